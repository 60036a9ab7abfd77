import { ValidateNested } from 'class-validator';
import { ArgsType, Field, ID, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import { ConnectionOf, EdgeOf, PageArgs } from '../graphql/connection';
import type { Deferred } from '../graphql/deferred';
import { LocalDate } from '../graphql/scalars';
import { VersionedInput } from '../graphql/subject-input';
import { Id, Ids, NotNull, Nullable, SearchText, Text } from '../graphql/validation';
import { Campaign, CampaignState } from './campaign.entity';

/** Members who are named on one campaign at most. */
const maximumMembers = 500;

export enum CampaignOrder {
  NAME_ASC = 'NAME_ASC',
  NAME_DESC = 'NAME_DESC',
  CREATED_AT_ASC = 'CREATED_AT_ASC',
  CREATED_AT_DESC = 'CREATED_AT_DESC',
}

registerEnumType(CampaignOrder, {
  name: 'CampaignOrder',
  description: 'Order of campaigns.',
  valuesConfig: {
    NAME_ASC: { description: 'By name, ignoring case.' },
    NAME_DESC: { description: 'By name, ignoring case, backwards.' },
    CREATED_AT_ASC: { description: 'Oldest first.' },
    CREATED_AT_DESC: { description: 'Newest first.' },
  },
});

@InputType({ description: "Which of a list's campaigns; all conditions together." })
export class ListCampaignFilter {
  @Field(() => [CampaignState], { nullable: true, description: 'In one of these states.' })
  state?: CampaignState[] | null;

  @Field(() => ID, {
    nullable: true,
    description: 'In which this member is named, or that are open to all who work on their list.',
  })
  @Nullable()
  @Id()
  memberId?: string | null;
}

@InputType({ description: "Which of a client's campaigns; all conditions together." })
export class ClientCampaignFilter extends ListCampaignFilter {
  @Field(() => ID, { nullable: true, description: 'Of this list.' })
  @Nullable()
  @Id()
  listId?: string | null;
}

@InputType({ description: 'Which campaigns; all conditions together.' })
export class CampaignFilter extends ClientCampaignFilter {
  @Field(() => ID, { nullable: true, description: 'Of lists of this client.' })
  @Nullable()
  @Id()
  clientId?: string | null;
}

@ArgsType()
abstract class CampaignListArgs extends PageArgs {
  @Field(() => String, { nullable: true, description: 'Part of the name, in any case.' })
  @Nullable()
  @SearchText()
  search?: string | null;

  @Field(() => CampaignOrder, { defaultValue: CampaignOrder.NAME_ASC, description: 'Their order.' })
  orderBy: CampaignOrder;
}

@ArgsType()
export class CampaignsArgs extends CampaignListArgs {
  @Field(() => CampaignFilter, { nullable: true, description: 'Which campaigns.' })
  @Nullable()
  @ValidateNested()
  filter?: CampaignFilter | null;
}

@ArgsType()
export class ClientCampaignsArgs extends CampaignListArgs {
  @Field(() => ClientCampaignFilter, { nullable: true, description: 'Which of its campaigns.' })
  @Nullable()
  @ValidateNested()
  filter?: ClientCampaignFilter | null;
}

@ArgsType()
export class ListCampaignsArgs extends CampaignListArgs {
  @Field(() => ListCampaignFilter, { nullable: true, description: 'Which of its campaigns.' })
  @Nullable()
  @ValidateNested()
  filter?: ListCampaignFilter | null;
}

@ObjectType({ description: 'A campaign in a list.', simpleResolvers: true })
export class CampaignEdge extends EdgeOf(Campaign, 'campaign') {}

@ObjectType({ description: 'A page of campaigns.', simpleResolvers: true })
export class CampaignConnection extends ConnectionOf(Campaign, CampaignEdge, 'campaigns') {}

@ObjectType({
  description: 'How far one is with the leads of a campaign, those of its list or segment as they are now.',
  simpleResolvers: true,
})
export class CampaignProgress {
  @Field(() => Int, { description: 'All of them.' })
  total: number;

  @Field(() => Int, { description: 'Of which nothing is decided: NEW, IN_PROGRESS or CALL_BACK.' })
  open: number;

  @Field(() => Int, { description: 'That were tried at least once.' })
  attempted: number;

  @Field(() => Int, { description: 'That were WON.' })
  won: number;

  @Field(() => Int, { description: 'That were LOST.' })
  lost: number;

  @Field(() => Int, { description: 'Whose time to be called back has come.' })
  callBacksDue: number;
}

@InputType()
abstract class CampaignDetails {
  @Field(() => ID, {
    nullable: true,
    description: 'A segment of the list that is shared; null: the whole list.',
  })
  @Nullable()
  @Id()
  segmentId?: string | null;

  @Field(() => ID, {
    nullable: true,
    description:
      'As whom one calls or writes: an identity of the client of the list, or of no client; null: nothing is said.',
  })
  @Nullable()
  @Id()
  identityId?: string | null;

  @Field(() => [ID], {
    nullable: true,
    description: `All who take part, who must work on the list, ${maximumMembers} at most; none: all who work on it. Cannot be cleared, but empty.`,
  })
  @NotNull()
  @Ids(maximumMembers)
  memberIds?: string[];

  @Field(() => LocalDate, { nullable: true, description: 'Its first day; null: none.' })
  startsOn?: string | null;

  @Field(() => LocalDate, { nullable: true, description: 'Its last day, not before the first; null: none.' })
  endsOn?: string | null;
}

@InputType({ description: 'A new campaign; a list and a name are enough.' })
export class CreateCampaignInput extends CampaignDetails {
  @Field(() => ID, { description: 'Of which list.' })
  @Id()
  listId: string;

  @Field(() => String, { description: 'Name, 1 to 200 characters.' })
  @Text({ maximum: 200 })
  name: string;
}

@InputType({ description: 'What to change about a campaign: left out means unchanged, null means cleared.' })
export class CampaignChanges extends CampaignDetails {
  @Field(() => String, { nullable: true, description: 'Name, 1 to 200 characters; cannot be cleared.' })
  @Text({ maximum: 200 })
  name?: string;
}

@InputType({ description: 'Changes to a campaign.' })
export class UpdateCampaignInput extends VersionedInput('campaign') {
  @Field(() => CampaignChanges, { description: 'What to change.' })
  @ValidateNested()
  changes: CampaignChanges;
}

@InputType({ description: 'A campaign whose state changes.' })
export class ChangeCampaignStateInput extends VersionedInput('campaign') {}

@InputType({ description: 'A campaign to delete.' })
export class DeleteCampaignInput extends VersionedInput('campaign') {}

@ObjectType({ simpleResolvers: true })
abstract class CampaignPayload {
  @Field(() => Campaign, { description: 'The campaign as it is now.' })
  campaign: Deferred<Campaign>;
}

@ObjectType({ description: 'Answer of `createCampaign`.', simpleResolvers: true })
export class CreateCampaignPayload extends CampaignPayload {}

@ObjectType({ description: 'Answer of `updateCampaign`.', simpleResolvers: true })
export class UpdateCampaignPayload extends CampaignPayload {}

@ObjectType({ description: 'Answer of `startCampaign`.', simpleResolvers: true })
export class StartCampaignPayload extends CampaignPayload {}

@ObjectType({ description: 'Answer of `pauseCampaign`.', simpleResolvers: true })
export class PauseCampaignPayload extends CampaignPayload {}

@ObjectType({ description: 'Answer of `resumeCampaign`.', simpleResolvers: true })
export class ResumeCampaignPayload extends CampaignPayload {}

@ObjectType({ description: 'Answer of `finishCampaign`.', simpleResolvers: true })
export class FinishCampaignPayload extends CampaignPayload {}

@ObjectType({ description: 'Answer of `deleteCampaign`.', simpleResolvers: true })
export class DeleteCampaignPayload {
  @Field(() => ID, { description: 'The campaign that was deleted.' })
  deletedId: string;
}
