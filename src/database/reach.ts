// The one place that decides how the rows of a list are found. All ways are the same under the policies; they differ in what
// they read.
import type { QueryResultRow } from 'pg';
import type { Conditions } from './conditions';
import type { ListStatement, Ordering } from './paging';
import { SealedKind, type Transaction } from './transaction';

/** Rows that are merged at most, of all clients or stays together, before walking the account's index is preferred. */
const maximumMergedRows = 800;

/** How long the account's index is walked before rows are merged after all. */
const maximumWalkMilliseconds = 200;

/** SQL of what a kind of principal reaches, where that may be less than the account. */
interface Reach {
  /** The client set, of those who have one that may be large; left out: the whole account, or one client. */
  clients?: string;
  /** Whether all agents of these clients are seen; if not, the stays that are. */
  allAgents: string;
  stays: string;
}

const reachOfMember = {
  allAgents: 'ringfence.member_sees_all_agents()',
  stays: 'ringfence.member_stay_ids()',
};
const reachOfPartner = {
  allAgents: 'ringfence.partner_sees_all_agents()',
  stays: 'ringfence.partner_stay_ids()',
};
const reaches: Partial<Record<SealedKind, Reach>> = {
  [SealedKind.MEMBER_ALL]: reachOfMember,
  [SealedKind.MEMBER]: { ...reachOfMember, clients: 'ringfence.member_client_ids()' },
  [SealedKind.PARTNER_ALL]: reachOfPartner,
  [SealedKind.PARTNER]: { ...reachOfPartner, clients: 'ringfence.partner_client_ids()' },
  [SealedKind.PORTAL_USER]: {
    allAgents: 'ringfence.portal_sees_all_agents()',
    stays: 'ringfence.portal_stay_ids()',
  },
};

/** A way to find rows that applies where `condition` over the CTE `reach` holds: all of them, or those of each id of an array. */
interface Way {
  condition: string;
  each?: { ids: string; column: string };
}

/** The CTE `reach`, and the ways of which exactly one applies; null: there is nothing to decide, the planner chooses. */
interface Plan {
  reach: string;
  ways: Way[];
}

function planOf(kind: SealedKind, { client, clientSet, stay, onlyStays }: ListStatement): Plan | null {
  if (stay !== undefined && onlyStays !== undefined) {
    return {
      reach: `select ${onlyStays} as stay_ids`,
      ways: [{ condition: 'true', each: { ids: 'stay_ids', column: stay } }],
    };
  }
  const reach = reaches[kind];
  if (client === undefined || reach === undefined) return null;
  const ofClients: Way | undefined =
    reach.clients === undefined
      ? undefined
      : { condition: 'all_agents', each: { ids: 'client_ids', column: client } };
  if (stay === undefined) {
    if (ofClients === undefined) return null;
    const clients = clientSet?.[kind] ?? reach.clients;
    return { reach: `select true as all_agents, ${clients} as client_ids`, ways: [ofClients] };
  }
  const columns = [`${reach.allAgents} as all_agents`, `${reach.stays} as stay_ids`];
  if (reach.clients !== undefined) columns.push(`${reach.clients} as client_ids`);
  return {
    reach: `select ${columns.join(', ')}`,
    ways: [
      { condition: 'not all_agents', each: { ids: 'stay_ids', column: stay } },
      ofClients ?? { condition: 'all_agents' },
    ],
  };
}

/**
 * The rows of a page, in their order, one way or another:
 *
 * - Whoever sees the whole account, and lists that no client has many rows of: the planner's choice.
 * - A small set of clients, or of stays where not all agents are seen: the newest rows of each by the index of clients or
 *   stays, merged. Reads clients × page rows.
 * - A large one: the account's index in its order, rows outside the set skipped. Reads page × clients of the account /
 *   clients of the set rows, which is unbounded where all rows of the set are far away; so it ends after a while, and
 *   they are merged.
 *
 * It is one statement with all ways in it: the size of the set is only known to the database.
 */
export async function readRows<Row extends QueryResultRow>(
  transaction: Transaction,
  statement: ListStatement,
  conditions: Conditions,
  size: number,
  backwards: boolean,
): Promise<Row[]> {
  const { select, from, id, ordering } = statement;
  const direction = directionOf(ordering, backwards);
  const limit = conditions.bind(size);
  const order = (sortKey: string, rowId: string) =>
    `order by ${sortKey} ${direction}, ${rowId} ${direction} limit ${limit}`;
  const page = (...more: string[]) =>
    `select ${select}, ${ordering.sortKey} as "sortKey" from ${from} where ${[conditions.text, ...more].join(' and ')} ${order(ordering.sortKey, id)}`;
  const plan = planOf(transaction.kind, statement);
  if (plan === null) return transaction.query<Row>(page(), conditions.values);

  const all = (condition: string) => `(${page(`(select ${condition} from reach)`)})`;
  const merged = ({ condition, each }: Way, bound = 'true') =>
    each === undefined
      ? all(condition)
      : `select page.* from reach cross join lateral unnest(${each.ids}) as one (id) cross join lateral (${page(`${each.column} = one.id`)}) page where ${condition} and ${bound}`;
  const outOf = (ways: string[]) =>
    `with reach as materialized (${plan.reach}) select * from (${ways.join(' union all ')}) page ${order('"sortKey"', 'id')}`;
  const unbounded = outOf(plan.ways.map((way) => merged(way)));
  if (statement.onlyStays !== undefined) return transaction.query<Row>(unbounded, conditions.values);

  const largest = Math.floor(maximumMergedRows / size);
  const isLarge = ({ condition, each }: Way) =>
    each === undefined ? condition : `(${condition} and cardinality(${each.ids}) > ${largest})`;
  const bounded = plan.ways.flatMap((way) =>
    way.each === undefined ? [] : [merged(way, `cardinality(${way.each.ids}) <= ${largest}`)],
  );
  const rows = await transaction.queryWithin<Row>(
    // Without sorting, the planner has no choice but the index that is in order.
    { enable_sort: 'off', statement_timeout: maximumWalkMilliseconds },
    outOf([...bounded, all(plan.ways.map(isLarge).join(' or '))]),
    conditions.values,
  );
  return rows ?? transaction.query<Row>(unbounded, conditions.values);
}

/** How many rows a list has on all pages. Rows of some stays are counted by stay, because the policies' `or` hides them from the planner. */
export async function countRows(transaction: Transaction, statement: ListStatement): Promise<number> {
  const { from, conditions, stay } = statement;
  const count = (...more: string[]) =>
    `select count(*) as count from ${from} where ${[conditions.text, ...more].join(' and ')}`;
  const plan = stay === undefined ? null : planOf(transaction.kind, statement);
  const part = ({ condition, each }: Way) =>
    each === undefined || each.column !== stay
      ? count(`(select ${condition} from reach)`)
      : `select part.count from reach cross join lateral unnest(${each.ids}) as one (id) cross join lateral (${count(`${each.column} = one.id`)}) part where ${condition}`;
  const [counted] = await transaction.query<{ count: number }>(
    plan === null
      ? count()
      : `with reach as materialized (${plan.reach}) select coalesce(sum(part.count), 0)::bigint as count from (${plan.ways.map(part).join(' union all ')}) part`,
    conditions.values,
  );
  return counted?.count ?? 0;
}

/** Of the statement: a page from the end is read from there. */
export function directionOf(ordering: Ordering, backwards: boolean): 'asc' | 'desc' {
  return (ordering.direction === 'asc') === backwards ? 'desc' : 'asc';
}
