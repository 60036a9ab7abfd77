import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../graphql/scalars';

export enum ClientStatus {
  ACTIVE = 'ACTIVE',
  INACTIVE = 'INACTIVE',
  ARCHIVED = 'ARCHIVED',
  DELETING = 'DELETING',
}

registerEnumType(ClientStatus, {
  name: 'ClientStatus',
  description: 'State of a client.',
  valuesConfig: {
    ACTIVE: { description: 'Being served.' },
    INACTIVE: { description: 'Kept as it is, counts toward the plan, but its people cannot sign in.' },
    ARCHIVED: {
      description:
        'Readable, absent from lists unless asked for, not counted; nothing of it changes until it is restored.',
    },
    DELETING: {
      description:
        'Being deleted for good, which nothing takes back: what is left of it is readable, absent from lists unless asked for, not counted; nothing of it changes.',
    },
  },
});

export enum BlindMode {
  INHERIT = 'INHERIT',
  ON = 'ON',
  OFF = 'OFF',
}

registerEnumType(BlindMode, {
  name: 'BlindMode',
  description: 'Whether members get leads one at a time instead of seeing them.',
  valuesConfig: {
    INHERIT: { description: 'As the account says.' },
    ON: { description: 'On.' },
    OFF: { description: 'Off.' },
  },
});

@ObjectType({
  description: 'A business or person that the account serves; what belongs to one is never seen by another.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'clients' })
export class Client {
  @Column({ type: 'uuid', primary: true, name: 'account_id', update: false })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the client.' })
  @Column({ type: 'uuid', primary: true, insert: false, update: false })
  id: string;

  @Field(() => String, { description: 'Name of the business or person.' })
  @Column('text')
  name: string;

  @Field(() => String, { nullable: true, description: 'Whom to talk to; null: nobody was named.' })
  @Column({ type: 'text', name: 'contact_name', nullable: true })
  contactName: string | null;

  @Field(() => String, { nullable: true, description: "The contact's email; null: none was given." })
  @Column({ type: 'text', name: 'contact_email', nullable: true })
  contactEmail: string | null;

  @Field(() => String, {
    nullable: true,
    description: "The contact's phone number, E.164; null: none was given.",
  })
  @Column({ type: 'text', name: 'contact_phone', nullable: true })
  contactPhone: string | null;

  @Field(() => String, { nullable: true, description: "The contact's position; null: none was given." })
  @Column({ type: 'text', name: 'contact_position', nullable: true })
  contactPosition: string | null;

  @Column({ type: 'uuid', name: 'organization_id', nullable: true })
  organizationId: string | null;

  @Column({ type: 'uuid', name: 'account_manager_id', nullable: true })
  accountManagerId: string | null;

  @Field(() => BlindMode, { description: 'Blind mode of the client itself.' })
  @Column({ type: 'text', name: 'blind_mode' })
  blindMode: BlindMode;

  @Field(() => ClientStatus, { description: 'State of the client.' })
  @Column({ type: 'text', insert: false, update: false })
  status: ClientStatus;

  @Field(() => Int, { description: 'Counts changes; for `expectedVersion`.' })
  @Column({ type: 'int', insert: false, update: false })
  version: number;

  @Field(() => DateTime, { description: 'When it was created.' })
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt: string;

  @Field(() => DateTime, { description: 'When it was last changed.' })
  @Column({ type: 'timestamptz', name: 'updated_at', insert: false, update: false })
  updatedAt: string;
}
