import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { DateTime } from '../../src/graphql/scalars';

export enum LeadStatus {
  NEW = 'NEW',
  OPEN = 'OPEN',
  CALLBACK = 'CALLBACK',
  WON = 'WON',
  LOST = 'LOST',
}

registerEnumType(LeadStatus, { name: 'LeadStatus', description: 'State of a lead.' });

@ObjectType({ description: 'Somebody who may become a customer of a client.', simpleResolvers: true })
@Entity({ schema: 'ringfence', name: 'leads' })
export class Lead {
  @Column({ type: 'uuid', primary: true, name: 'account_id', insert: false, update: false })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the lead.' })
  @Column({ type: 'uuid', primary: true, insert: false, update: false })
  id: string;

  @Field(() => ID, { description: 'The client it belongs to.' })
  @Column({ type: 'uuid', name: 'client_id', insert: false, update: false })
  clientId: string;

  @Field(() => String, { description: 'Name.' })
  @Column({ type: 'text', insert: false, update: false })
  name: string;

  @Field(() => String, { description: 'Email.' })
  @Column({ type: 'text', insert: false, update: false })
  email: string;

  @Field(() => String, { description: 'Phone number.' })
  @Column({ type: 'text', insert: false, update: false })
  phone: string;

  @Field(() => LeadStatus, { description: 'State of the lead.' })
  @Column({ type: 'text', insert: false, update: false })
  status: LeadStatus;

  @Field(() => DateTime, { description: 'When it came.' })
  @Column({ type: 'timestamptz', name: 'created_at', insert: false, update: false })
  createdAt: string;
}
