// A feature that only tests have: root fields that send what the test says, so that a document can fail where the test wants.
import { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Int, Query, Resolver } from 'type-graphql';
import { RequestContext } from '../../src/graphql/context';
import type { Feature } from '../../src/graphql/features';
import { signedIn } from '../../src/graphql/shield';

@Resolver()
class StatementResolver {
  @Query(() => [String], { nullable: true, description: 'The column `value` of each row of a statement.' })
  async statement(
    @Arg('sql', () => String, { description: 'The statement.' }) sql: string,
    @Ctx() context: RequestContext,
    @Info() info: GraphQLResolveInfo,
  ): Promise<string[]> {
    return valuesOf(await context.reading(info).query<{ value: string }>(sql));
  }

  @Query(() => [String], { nullable: true, description: 'The same; null: it took too long.' })
  async within(
    @Arg('sql', () => String, { description: 'The statement.' }) sql: string,
    @Arg('milliseconds', () => Int, { description: 'How long it may take.' }) milliseconds: number,
    @Ctx() context: RequestContext,
  ): Promise<string[] | null> {
    const rows = await context.transaction.queryWithin<{ value: string }>(
      { statement_timeout: milliseconds },
      sql,
      [],
    );
    return rows && valuesOf(rows);
  }
}

const valuesOf = (rows: { value: string }[]) => rows.map(({ value }) => value);

export const statementFeature: Feature = {
  entities: [],
  resolver: StatementResolver,
  rules: { Query: { statement: signedIn, within: signedIn } },
};
