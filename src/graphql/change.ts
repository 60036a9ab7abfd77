// What a mutation does, described rather than done: the work, and how its answer is made of what the work left. So a
// mutation that is sent again under its Idempotency-Key is answered without being done again.

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What work may leave: something that is the same when it is read again as JSON, or nothing; a secret by itself or beside it. */
type Storable = Json | ShownOnce<unknown> | { readonly [name: string]: Json | ShownOnce<unknown> } | void;

type KeptMember<Value> = Value extends ShownOnce<unknown> ? Value | null : Value;

/** What the payload is made of: a secret that was shown before is null. */
type Kept<Left> =
  Left extends ShownOnce<unknown>
    ? Left | null
    : Left extends object
      ? { [Name in keyof Left]: KeptMember<Left[Name]> }
      : Left;

/**
 * A secret that is in the first answer and nowhere else: a field of the type String shows it, and as JSON, which is what
 * is stored and what is logged, it is null. A field that holds one is nullable; null says that it was shown before.
 */
export class ShownOnce<Secret = string> {
  readonly #secret: Secret;

  constructor(secret: Secret) {
    this.#secret = secret;
  }

  /** What GraphQL serializes; of a list, what the payload holds in its place. */
  valueOf(): Secret {
    return this.#secret;
  }

  toJSON(): null {
    return null;
  }
}

/** What the resolver of a mutation answers; made with `change`. */
export class Change<Payload> {
  constructor(
    readonly work: () => Promise<unknown>,
    private readonly describe: (left: never) => Payload,
  ) {}

  /** The answer, of what the work left, or of what was kept of it. */
  payload(left: unknown): Payload {
    return this.describe(left as never);
  }
}

/**
 * Describes a change. `work` does it, through the request's transaction, and answers what the payload has to know of it,
 * mostly an id, or nothing. `payload` makes the answer of that, and of the input; it is called also where the work was
 * done by an earlier request, so it reads what it shows later, through functions (`Deferred`).
 */
export function change<Left extends Storable, Payload>(
  work: () => Promise<Left>,
  payload: (left: Kept<Left>) => Payload,
): Change<Payload> {
  return new Change(work, payload);
}
