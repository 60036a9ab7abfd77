import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import { Column, Entity } from 'typeorm';
import { NotForPortal } from '../database/columns';
import { DateTime } from '../graphql/scalars';

export enum OrganizationStatus {
  ACTIVE = 'ACTIVE',
  ARCHIVED = 'ARCHIVED',
}

registerEnumType(OrganizationStatus, {
  name: 'OrganizationStatus',
  description: 'Whether an organization is in use.',
  valuesConfig: {
    ACTIVE: { description: 'In use.' },
    ARCHIVED: {
      description:
        'Kept, but absent from lists unless asked for; nothing of it changes until it is restored.',
    },
  },
});

@ObjectType({ description: 'A group of clients of one account.', simpleResolvers: true })
@Entity({ schema: 'ringfence', name: 'organizations' })
export class Organization {
  @Column({ type: 'uuid', primary: true, name: 'account_id', update: false })
  accountId: string;

  @Field(() => ID, { description: 'Identifies the organization.' })
  @Column({ type: 'uuid', primary: true, insert: false, update: false, default: () => 'ringfence.uuidv7()' })
  id: string;

  @Field(() => String, { description: 'Name.' })
  @Column('text')
  name: string;

  @Field(() => String, {
    nullable: true,
    description: 'What it is; null: nothing was written, or it is a portal user who asks.',
  })
  @NotForPortal()
  @Column({ type: 'text', nullable: true })
  description: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Web address; null: none was given, or it is a portal user who asks.',
  })
  @NotForPortal()
  @Column({ type: 'text', nullable: true })
  website: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Postal address; null: none was given, or it is a portal user who asks.',
  })
  @NotForPortal()
  @Column({ type: 'text', nullable: true })
  address: string | null;

  @NotForPortal()
  @Column({ type: 'uuid', name: 'account_manager_id', nullable: true })
  accountManagerId: string | null;

  @Field(() => OrganizationStatus, { description: 'Whether it is in use.' })
  @Column({ type: 'text', insert: false, update: false })
  status: OrganizationStatus;

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
