import { Field, ID, Int, ObjectType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../graphql/scalars';

@ObjectType({ description: "A person on the account's team.", simpleResolvers: true })
@Entity({ schema: 'ringfence', name: 'members' })
export class Member {
  @Column({ type: 'uuid', primary: true, name: 'account_id', update: false })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the member.' })
  @Column({ type: 'uuid', primary: true, insert: false, update: false })
  id: string;

  @Field(() => String, { description: 'Name.' })
  @Column('text')
  name: string;

  @Field(() => String, { nullable: true, description: 'Job title; null: none was given.' })
  @Column({ type: 'text', name: 'job_title', nullable: true })
  jobTitle: string | null;

  @Field(() => Int, { description: 'Counts changes; for `expectedVersion`.' })
  @Column({ type: 'int', insert: false, update: false })
  version: number;

  @Field(() => DateTime, { description: 'When the member was added.' })
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt: string;
}
