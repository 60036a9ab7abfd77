// Idempotency keys: a change that is sent again under its key has the same result and no second effect. The key is
// claimed and the outcome stored in the transaction of the change (db/functions/70_idempotency.sql), so that there is
// no moment at which one of them is there without the other.
import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError, type GraphQLResolveInfo } from 'graphql';
import { collectFields } from 'graphql/execution/collectFields';
import { createHash, createHmac, type KeyObject } from 'node:crypto';
import { expectedError } from '../database/sql-errors';
import type { Change } from './change';
import type { RequestContext } from './context';
import { ErrorCode } from './errors';

/** What became of a root mutation field; it is committed as it is. */
export interface Settled {
  payload: unknown;
  /** Not null: it was refused, nothing was changed, and the refusal is stored. */
  refusal: GraphQLError | null;
  /** Whether it was answered from what is stored. */
  replayed: boolean;
}

/** As it is stored. */
type Outcome = { done: unknown } | { refused: { message: string; extensions: Record<string, unknown> } };

/** One root field of one request that was sent with a key. */
interface Claim {
  keyDigest: Buffer;
  position: number;
  inputDigests: Buffer[];
}

/** Refusals that say nothing of the change itself: the next try may do better. */
const passingCodes: ReadonlySet<unknown> = new Set([
  ErrorCode.UNAVAILABLE,
  ErrorCode.INTERNAL,
  ErrorCode.UNAUTHENTICATED,
  ErrorCode.RATE_LIMITED,
]);

/** Compares inputs without keeping them: they can hold passwords, of which a plain hash would be a way to try them. */
export class InputDigests {
  /** The first key makes the digest that is stored; all of them recognize. */
  constructor(private readonly keys: readonly KeyObject[]) {}

  of(field: string, args: Record<string, unknown>): Buffer[] {
    const input = canonicalJson([field, args]);
    return this.keys.map((key) => createHmac('sha256', key).update(input).digest());
  }
}

/** JSON in which members stand in the order of their names, whatever order they were sent in. */
function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_name, member: unknown) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** Does a change, unless it was done or refused before under the same key. Without a key nothing is asked or stored. */
export async function settle(
  context: RequestContext,
  change: Change<unknown>,
  args: Record<string, unknown>,
  info: GraphQLResolveInfo,
): Promise<Settled> {
  const key = context.http.idempotencyKey;
  // Where nobody is signed in there is nobody to keep an outcome for; the work itself will refuse.
  if (key === null || context.principal === null)
    return { payload: change.payload(await change.work()), refusal: null, replayed: false };
  const claim: Claim = {
    keyDigest: createHash('sha256').update(key).digest(),
    position: positionOf(info),
    inputDigests: context.services.inputDigests.of(info.fieldName, args),
  };
  const before = await claimed(context, claim);
  if (before === null) return settleFirst(context, change, claim);
  if ('refused' in before) return { payload: null, refusal: refusalOf(before.refused), replayed: true };
  return { payload: change.payload(before.done), refusal: null, replayed: true };
}

/** The work, and its outcome stored. What is a passing failure or a fault of ours is thrown, and undoes the claim too. */
async function settleFirst(context: RequestContext, change: Change<unknown>, claim: Claim): Promise<Settled> {
  let left: unknown;
  try {
    left = (await change.work()) ?? null;
  } catch (error) {
    const refusal = expectedError(error);
    if (refusal === null || passingCodes.has(refusal.extensions.code)) throw error;
    const { message } = refusal;
    const outcome = stored(claim, { refused: { message, extensions: kept(refusal.extensions) } });
    await context.transaction.conclude(savepoint, storeStatement, outcome);
    return { payload: null, refusal, replayed: false };
  }
  await context.transaction.query(storeStatement, stored(claim, { done: left }));
  return { payload: change.payload(left), refusal: null, replayed: false };
}

/** What of a refusal is kept. Names and secrets are not: they can be read again, or are gone. */
const keptExtensions: ReadonlySet<string> = new Set(['code', 'reason', 'field', 'fields']);

function kept(extensions: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(extensions).filter(([name]) => keptExtensions.has(name)));
}

const savepoint = 'change';
const claimStatement = 'select ringfence.claim_idempotency_key($1, $2, $3::bytea[]) as outcome';
const storeStatement = 'select ringfence.store_idempotency_outcome($1, $2, $3::jsonb)';

/** What became of it before; null: it is new, claimed, and followed by a savepoint to which a refusal goes back. */
async function claimed(context: RequestContext, claim: Claim): Promise<Outcome | null> {
  const { transaction } = context;
  const [[row]] = await Promise.all([
    transaction.query<{ outcome: Outcome | null }>(claimStatement, [
      claim.keyDigest,
      claim.position,
      claim.inputDigests,
    ]),
    transaction.query(`savepoint ${savepoint}`),
  ]);
  return row?.outcome ?? null;
}

function stored({ keyDigest, position }: Claim, outcome: Outcome): unknown[] {
  return [keyDigest, position, JSON.stringify(outcome)];
}

function refusalOf({
  message,
  extensions,
}: {
  message: string;
  extensions: Record<string, unknown>;
}): GraphQLError {
  return new GraphQLError(message, { extensions });
}

/**
 * Which root field of the document this is. Counted among all that the operation asks for, whatever was refused before
 * it, so that it is the same when the request is sent again.
 */
function positionOf({
  schema,
  fragments,
  variableValues,
  parentType,
  operation,
  path,
}: GraphQLResolveInfo): number {
  const fields = collectFields(schema, fragments, variableValues, parentType, operation.selectionSet);
  return [...fields.keys()].indexOf(String(path.key));
}

/** Says of an answer which root fields were answered from what is stored. */
export function replayedPlugin(): ApolloServerPlugin<RequestContext> {
  return {
    requestDidStart: () =>
      Promise.resolve({
        willSendResponse({ contextValue: { replayed }, response }) {
          if (replayed.length > 0 && response.body.kind === 'single') {
            const { singleResult } = response.body;
            response.http.headers.set('idempotency-replayed', 'true');
            singleResult.extensions = { ...singleResult.extensions, idempotencyReplayed: replayed };
          }
          return Promise.resolve();
        },
      }),
  };
}
