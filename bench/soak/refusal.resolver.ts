// A root field whose statement the database refuses: what fails in the middle of a document.
import { Ctx, Query, Resolver } from 'type-graphql';
import { RequestContext } from '../../src/graphql/context';
import type { Feature } from '../../src/graphql/features';
import { signedIn } from '../../src/graphql/shield';

@Resolver()
class RefusalResolver {
  @Query(() => String, { nullable: true, description: 'Always FORBIDDEN, by the database.' })
  async refusal(@Ctx() context: RequestContext): Promise<string> {
    return JSON.stringify(await context.transaction.query('select from fence.seal_keys'));
  }
}

export const refusalFeature: Feature = {
  entities: [],
  resolver: RefusalResolver,
  rules: { Query: { refusal: signedIn } },
};
