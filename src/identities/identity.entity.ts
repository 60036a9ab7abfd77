import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../graphql/scalars';

export enum IdentityKind {
  CALLER_ID = 'CALLER_ID',
  EMAIL = 'EMAIL',
}

registerEnumType(IdentityKind, {
  name: 'IdentityKind',
  description: 'What an identity is; it never changes.',
  valuesConfig: {
    CALLER_ID: { description: 'A phone number that calls show.' },
    EMAIL: { description: 'An address that mail comes from.' },
  },
});

@ObjectType({
  description:
    'What outreach is sent from: a caller id or an email identity, of one client or of none. Those of an archived client are hidden until it is restored.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'identities' })
export class Identity {
  @Column({ type: 'uuid', primary: true, name: 'account_id' })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the identity, whichever client has it.' })
  @Column({ type: 'uuid', primary: true })
  id: string;

  @Column({ type: 'uuid', name: 'client_id' })
  clientId: string;

  @Field(() => IdentityKind, { description: 'What it is.' })
  @Column('text')
  kind: IdentityKind;

  @Field(() => String, {
    nullable: true,
    description: 'The phone number of a caller id, E.164; null: it is an email identity.',
  })
  @Column({ type: 'text', name: 'phone_number', nullable: true })
  phoneNumber: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The address of an email identity; null: it is a caller id.',
  })
  @Column({ type: 'text', nullable: true })
  email: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'What recipients see beside the number or address; null: nothing.',
  })
  @Column({ type: 'text', name: 'display_name', nullable: true })
  displayName: string | null;

  @Field(() => DateTime, {
    nullable: true,
    description:
      'When whoever reads the mail of the address has confirmed it; null: not yet, or it is a caller id.',
  })
  @Column({ type: 'timestamptz', name: 'verified_at', nullable: true })
  verifiedAt: string | null;

  @Field(() => Int, { description: 'Counts changes; for `expectedVersion`.' })
  @Column('int')
  version: number;

  @Field(() => DateTime, { description: 'When it was created.' })
  @Column({ type: 'timestamptz', name: 'created_at' })
  createdAt: string;

  @Field(() => DateTime, { description: 'When it was last changed, moved or verified.' })
  @Column({ type: 'timestamptz', name: 'updated_at' })
  updatedAt: string;
}
