import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../graphql/scalars';
import { AccessScope } from '../members/member.types';

export enum PortalUserStatus {
  ACTIVE = 'ACTIVE',
  INVITED = 'INVITED',
}

registerEnumType(PortalUserStatus, {
  name: 'PortalUserStatus',
  description: 'Whether a portal user can sign in.',
  valuesConfig: {
    ACTIVE: { description: 'Can sign in while the client is active.' },
    INVITED: { description: 'Has not accepted the invitation yet.' },
  },
});

@ObjectType({
  description: "A person on a client's side, who signs in to see that one client.",
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'portal_users' })
export class PortalUser {
  @Column({ type: 'uuid', primary: true, name: 'account_id', update: false })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the portal user.' })
  @Column({ type: 'uuid', primary: true, insert: false, update: false })
  id: string;

  @Column({ type: 'uuid', name: 'client_id', update: false })
  clientId: string;

  @Field(() => String, { description: 'Name.' })
  @Column('text')
  name: string;

  @Field(() => PortalUserStatus, { description: 'Whether they can sign in.' })
  @Column({ type: 'text', insert: false, update: false })
  status: PortalUserStatus;

  @Field(() => Boolean, { description: 'Whether they hear recordings of their client.' })
  @Column({ type: 'boolean', name: 'views_recordings' })
  viewsRecordings: boolean;

  @Field(() => Boolean, {
    description: 'Whether they see billable time of their client; invoices they see anyway.',
  })
  @Column({ type: 'boolean', name: 'views_billable_minutes' })
  viewsBillableMinutes: boolean;

  @Column({ type: 'text', name: 'agent_access', insert: false, update: false })
  agentAccess: AccessScope;

  @Field(() => Int, { description: 'Counts changes; for `expectedVersion`.' })
  @Column({ type: 'int', insert: false, update: false })
  version: number;

  @Field(() => DateTime, { description: 'When they were added.' })
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt: string;
}
