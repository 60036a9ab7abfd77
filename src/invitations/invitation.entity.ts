import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { SelectedAs } from '../database/columns';
import { DateTime } from '../graphql/scalars';

export enum InvitationKind {
  MEMBER = 'MEMBER',
  PORTAL_USER = 'PORTAL_USER',
}

registerEnumType(InvitationKind, {
  name: 'InvitationKind',
  description: 'What somebody is invited to be.',
  valuesConfig: {
    MEMBER: { description: 'A member of the team.' },
    PORTAL_USER: { description: 'A portal user of a client.' },
  },
});

export enum InvitationStatus {
  PENDING = 'PENDING',
  ACCEPTED = 'ACCEPTED',
  EXPIRED = 'EXPIRED',
  CANCELLED = 'CANCELLED',
}

registerEnumType(InvitationStatus, {
  name: 'InvitationStatus',
  description: 'What became of an invitation.',
  valuesConfig: {
    PENDING: { description: 'Sent, and not accepted yet.' },
    ACCEPTED: { description: 'Accepted: the person signs in with a password of their own.' },
    EXPIRED: { description: 'Not accepted in time; sending it again makes it pending.' },
    CANCELLED: { description: 'Taken back; the person is gone and the email free.' },
  },
});

/** By the clock of the database, like everything that expires. */
export const statusOf = (row: string) =>
  `case when ${row}.status = 'PENDING' and ${row}.expires_at <= now() then 'EXPIRED' else ${row}.status end`;

@ObjectType({ description: 'An invitation to sign in, by mail.', simpleResolvers: true })
@Entity({ schema: 'ringfence', name: 'invitations' })
export class Invitation {
  @Column({ type: 'uuid', primary: true, name: 'account_id', update: false })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the invitation; opens nothing.' })
  @Column({ type: 'uuid', primary: true, insert: false, update: false })
  id: string;

  @Column({ type: 'uuid', name: 'client_id', update: false })
  clientId: string;

  @Column({ type: 'uuid', name: 'member_id', nullable: true })
  memberId: string | null;

  @Column({ type: 'uuid', name: 'portal_user_id', nullable: true })
  portalUserId: string | null;

  @Column({ type: 'uuid', name: 'invited_by', nullable: true })
  invitedById: string | null;

  @Field(() => InvitationKind, { description: 'What they are invited to be.' })
  @Column('text')
  kind: InvitationKind;

  @Field(() => String, { description: 'Name, as it was when they were invited.' })
  @Column('text')
  name: string;

  @Field(() => String, { description: 'Email that the invitation was sent to.' })
  @Column('text')
  email: string;

  @Field(() => InvitationStatus, { description: 'What became of it.' })
  @SelectedAs(statusOf)
  @Column({ type: 'text', insert: false, update: false })
  status: InvitationStatus;

  @Field(() => DateTime, { description: 'Until when it can be accepted.' })
  @Column({ type: 'timestamptz', name: 'expires_at' })
  expiresAt: string;

  @Field(() => DateTime, {
    nullable: true,
    description: 'When it was accepted or cancelled; null: neither has happened.',
  })
  @Column({ type: 'timestamptz', name: 'closed_at', nullable: true })
  closedAt: string | null;

  @Field(() => DateTime, { description: 'When they were invited first.' })
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt: string;
}
