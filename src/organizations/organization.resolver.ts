import { GraphQLResolveInfo } from 'graphql';
import { Arg, Args, Ctx, FieldResolver, ID, Info, Int, Mutation, Query, Resolver, Root } from 'type-graphql';
import { change, Change } from '../graphql/change';
import { deferred } from '../graphql/deferred';
import { Reads } from '../database/columns';
import { RequestContext } from '../graphql/context';
import { idArgument } from '../graphql/validation';
import { Member } from '../members/member.entity';
import { memberById } from '../members/member.service';
import { Organization } from './organization.entity';
import {
  changeOrganizationStatus,
  clientCountByOrganizationId,
  createOrganization,
  organization,
  organizations,
  tagsByOrganizationId,
  updateOrganization,
} from './organization.service';
import {
  ArchiveOrganizationPayload,
  ChangeOrganizationStatusInput,
  CreateOrganizationInput,
  CreateOrganizationPayload,
  OrganizationConnection,
  OrganizationsArgs,
  RestoreOrganizationPayload,
  UpdateOrganizationInput,
  UpdateOrganizationPayload,
} from './organization.types';

@Resolver(() => Organization)
export class OrganizationResolver {
  @Query(() => Organization, { nullable: true, description: 'An organization. NOT_FOUND.' })
  organization(
    @Arg('id', () => ID, { description: 'Which organization.', validateFn: idArgument }) id: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Organization> {
    return organization(context, id, info);
  }

  @Query(() => OrganizationConnection, { description: 'The organizations that the viewer sees.' })
  organizations(
    @Args(() => OrganizationsArgs) args: OrganizationsArgs,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<OrganizationConnection> {
    return organizations(context, args, info);
  }

  @Mutation(() => CreateOrganizationPayload, {
    description:
      'Creates an organization. Needs MANAGE_CLIENT_ORGANIZATIONS. VALIDATION_FAILED, NOT_FOUND (account manager).',
  })
  createOrganization(
    @Arg('input', () => CreateOrganizationInput, { description: 'The organization.' })
    input: CreateOrganizationInput,
    @Ctx() context: RequestContext,
  ): Change<CreateOrganizationPayload> {
    return change(
      () => createOrganization(context, input),
      (id) => ({ organization: deferred((info) => organization(context, id, info)) }),
    );
  }

  @Mutation(() => UpdateOrganizationPayload, {
    description:
      'Edits an organization. Needs MANAGE_CLIENT_ORGANIZATIONS. VALIDATION_FAILED, NOT_FOUND, CONFLICT.',
  })
  updateOrganization(
    @Arg('input', () => UpdateOrganizationInput, { description: 'Which organization, and what to change.' })
    input: UpdateOrganizationInput,
    @Ctx() context: RequestContext,
  ): Change<UpdateOrganizationPayload> {
    return change(
      () => updateOrganization(context, input),
      () => ({ organization: deferred((info) => organization(context, input.id, info)) }),
    );
  }

  @Mutation(() => ArchiveOrganizationPayload, {
    description:
      'Archives an organization without clients, archived ones aside. Needs MANAGE_CLIENT_ORGANIZATIONS. NOT_FOUND, CONFLICT.',
  })
  archiveOrganization(
    @Arg('input', () => ChangeOrganizationStatusInput, { description: 'Which organization.' })
    input: ChangeOrganizationStatusInput,
    @Ctx() context: RequestContext,
  ): Change<ArchiveOrganizationPayload> {
    return change(
      () => changeOrganizationStatus(context, 'ARCHIVE', input),
      () => ({ organization: deferred((info) => organization(context, input.id, info)) }),
    );
  }

  @Mutation(() => RestoreOrganizationPayload, {
    description:
      'Takes an organization out of the archive. Needs MANAGE_CLIENT_ORGANIZATIONS. NOT_FOUND, CONFLICT.',
  })
  restoreOrganization(
    @Arg('input', () => ChangeOrganizationStatusInput, { description: 'Which organization.' })
    input: ChangeOrganizationStatusInput,
    @Ctx() context: RequestContext,
  ): Change<RestoreOrganizationPayload> {
    return change(
      () => changeOrganizationStatus(context, 'RESTORE', input),
      () => ({ organization: deferred((info) => organization(context, input.id, info)) }),
    );
  }

  @FieldResolver(() => [String], { description: 'Tags, in alphabetical order.' })
  @Reads()
  tags(@Root() { id }: Organization, @Ctx() context: RequestContext): Promise<string[]> {
    return tagsByOrganizationId(context.transaction).load(id);
  }

  @FieldResolver(() => Int, {
    description:
      'Clients of it that the viewer sees; those that are archived or being deleted are not counted.',
  })
  @Reads()
  clientCount(@Root() { id }: Organization, @Ctx() context: RequestContext): Promise<number> {
    return clientCountByOrganizationId(context.transaction).load(id);
  }

  @FieldResolver(() => Member, {
    nullable: true,
    description: 'Who on the team looks after it; null: nobody.',
  })
  @Reads('accountManagerId')
  accountManager(
    @Root() { accountManagerId }: Organization,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<Member | null> | null {
    return accountManagerId === null ? null : memberById(context.transaction, info).load(accountManagerId);
  }
}
