// A feature that only tests have: one mutation, `attempt`, whose work each test says.
import { Arg, Ctx, Field, ID, Mutation, ObjectType, Resolver } from 'type-graphql';
import { change, Change, ShownOnce } from '../../src/graphql/change';
import { RequestContext } from '../../src/graphql/context';
import type { Feature } from '../../src/graphql/features';
import { signedIn } from '../../src/graphql/shield';
import { send, type Caller, type GraphqlAnswer } from '../support/client';

type Left = { id: string; secret: ShownOnce };

@ObjectType({ description: 'Answer of `attempt`.', simpleResolvers: true })
class AttemptPayload {
  @Field(() => ID, { description: 'Made by the attempt.' })
  id: string;

  @Field(() => String, { nullable: true, description: 'Shown once; null: it was shown before.' })
  secret: ShownOnce | null;
}

/** What `attempt` does; each test says it anew. */
export const trial: { work: (context: RequestContext) => Promise<Left> } = {
  work: () => Promise.reject(new Error('nothing was said')),
};

@Resolver()
class TrialResolver {
  @Mutation(() => AttemptPayload, { description: 'Does what the test says.' })
  attempt(
    @Arg('name', () => String, { description: 'Anything.' }) _name: string,
    @Ctx() context: RequestContext,
  ): Change<AttemptPayload> {
    return change(
      () => trial.work(context),
      (left) => left,
    );
  }
}

export const trialFeature: Feature = {
  entities: [],
  resolver: TrialResolver,
  rules: { Mutation: { attempt: signedIn } },
};

export interface Attempt {
  attempt: { id: string; secret: string | null };
}

/** Sends the mutation under a key. */
export function attempt(caller: Caller, key: string, name = 'Trial'): Promise<GraphqlAnswer<Attempt>> {
  const query = 'mutation ($name: String!) { attempt(name: $name) { id secret } }';
  return send<Attempt>(caller.url, caller.token, query, { name }, { 'idempotency-key': key });
}

/** Creates an organization and answers its id: what an attempt mostly does. */
export async function createNamed({ transaction, signedIn: { accountId } }: RequestContext, name: string) {
  const [row] = await transaction.query<{ id: string }>(
    'insert into ringfence.organizations (account_id, name) values ($1, $2) returning id',
    [accountId, name],
  );
  if (row === undefined) throw new Error('nothing was inserted');
  return row.id;
}
