// What a mutation of something that is there begins with: which one, and in which version.
import { Field, ID, InputType, Int } from 'type-graphql';
import { Id } from './validation';

/** `what`: what it is, for the descriptions. */
export function SubjectInput(what: string) {
  @InputType()
  abstract class Input {
    @Field(() => ID, { description: `Which ${what}.` })
    @Id()
    id: string;
  }
  return Input;
}

/** For what two may change at once. */
export function VersionedInput(what: string) {
  @InputType()
  abstract class Input extends SubjectInput(what) {
    @Field(() => Int, {
      nullable: true,
      description: 'Refuse with CONFLICT if the version is another one; left out: any.',
    })
    expectedVersion?: number | null;
  }
  return Input;
}
