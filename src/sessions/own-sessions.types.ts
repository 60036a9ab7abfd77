import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Deferred } from '../graphql/deferred';
import { DateTime } from '../graphql/scalars';
import { Id } from '../graphql/validation';
import { Viewer } from './session.types';

@ObjectType({ description: 'A place where somebody is signed in.', simpleResolvers: true })
export class Session {
  @Field(() => ID, { description: 'Identifies the session; opens nothing.' })
  id: string;

  @Field(() => DateTime, { description: 'When it began, by signing in.' })
  createdAt: string;

  @Field(() => DateTime, { description: 'When it was last refreshed.' })
  lastUsedAt: string;

  @Field(() => DateTime, { description: 'When it ends, however often it is refreshed.' })
  expiresAt: string;

  @Field(() => String, {
    nullable: true,
    description: 'User agent that signed in or refreshed last; null: it sent none.',
  })
  userAgent: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Network address that signed in or refreshed last; null: not known.',
  })
  address: string | null;

  @Field(() => Boolean, { description: 'Whether it is the one that asks.' })
  current: boolean;
}

@InputType({ description: 'A session to end.' })
export class RevokeSessionInput {
  @Field(() => ID, { description: 'Which session.' })
  @Id()
  id: string;
}

@ObjectType({ description: 'Answer of `revokeSession`.', simpleResolvers: true })
export class RevokeSessionPayload {
  @Field(() => Boolean, { description: 'Whether it was still open.' })
  revoked: boolean;
}

@ObjectType({ description: 'Answer of `revokeOtherSessions`.', simpleResolvers: true })
export class RevokeOtherSessionsPayload {
  @Field(() => Int, { description: 'How many sessions were ended.' })
  revoked: number;
}

@InputType({ description: 'A new password for oneself.' })
export class ChangeMyPasswordInput {
  @Field(() => String, { description: 'The password as it is.' })
  currentPassword: string;

  @Field(() => String, {
    description:
      "The new password: at least the account's `passwordMinimum` characters, at most 128, of any script, and none of the most common ones.",
  })
  newPassword: string;
}

@ObjectType({ description: 'Answer of `changeMyPassword`.', simpleResolvers: true })
export class ChangeMyPasswordPayload {
  @Field(() => Viewer, { description: 'Who one is.' })
  viewer: Deferred<Viewer>;
}
