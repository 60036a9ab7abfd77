import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../graphql/scalars';

@ObjectType({
  description: 'The tenant: an agency, a call centre, a workspace. Nothing is shared between accounts.',
  simpleResolvers: true,
})
@Entity({ schema: 'ringfence', name: 'accounts' })
export class Account {
  @Field(() => ID, { description: 'Identifies the account.' })
  @Column({ type: 'uuid', primary: true, insert: false, update: false })
  id: string;

  @Field(() => String, {
    description: 'Short name, needed at sign-in where an email belongs to several accounts. Never changes.',
  })
  @Column({ type: 'text', insert: false, update: false })
  slug: string;

  @Field(() => String, { description: 'Name of the account.' })
  @Column('text')
  name: string;

  @Field(() => String, { description: 'IANA time zone of the account: `Europe/Berlin`.' })
  @Column({ type: 'text', name: 'time_zone' })
  timeZone: string;

  @Field(() => String, { description: 'BCP 47 language tag: `en-GB`.' })
  @Column('text')
  locale: string;

  @Field(() => String, { description: 'ISO 4217 code: `EUR`.' })
  @Column('text')
  currency: string;

  @Field(() => Boolean, { description: 'Blind mode of clients whose own is INHERIT.' })
  @Column({ type: 'boolean', name: 'blind_mode' })
  blindMode: boolean;

  @Field(() => Int, { description: 'Characters a password needs at least.' })
  @Column({ type: 'int', name: 'password_minimum' })
  passwordMinimum: number;

  @Field(() => Boolean, {
    description: 'Whether members need a second factor to sign in; who has none sets it up then.',
  })
  @Column({ type: 'boolean', name: 'second_factor_required' })
  secondFactorRequired: boolean;

  @Field(() => Int, { description: 'Counts changes; for `expectedVersion`.' })
  @Column({ type: 'int', insert: false, update: false })
  version: number;

  @Field(() => DateTime, { description: 'When the account was opened.' })
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt: string;

  @Field(() => DateTime, { description: 'When it was last changed.' })
  @Column({ type: 'timestamptz', name: 'updated_at', insert: false, update: false })
  updatedAt: string;
}
