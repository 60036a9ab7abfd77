import { ValidateNested } from 'class-validator';
import { Field, InputType, ObjectType } from 'type-graphql';
import type { Deferred } from '../graphql/deferred';
import { Nullable, Text } from '../graphql/validation';
import { Member } from './member.entity';

@InputType({ description: 'What to change about oneself: left out means unchanged.' })
export class ProfileChanges {
  @Field(() => String, { nullable: true, description: 'Name, 1 to 200 characters; cannot be cleared.' })
  @Text({ maximum: 200 })
  name?: string;

  @Field(() => String, { nullable: true, description: 'Job title, up to 200 characters; null: none.' })
  @Nullable()
  @Text({ maximum: 200 })
  jobTitle?: string | null;
}

@InputType({ description: 'Changes to oneself.' })
export class UpdateMyProfileInput {
  @Field(() => ProfileChanges, { description: 'What to change.' })
  @ValidateNested()
  changes: ProfileChanges;
}

@ObjectType({ description: 'Answer of `updateMyProfile`.', simpleResolvers: true })
export class UpdateMyProfilePayload {
  @Field(() => Member, { description: 'Oneself as one is now.' })
  member: Deferred<Member>;
}
