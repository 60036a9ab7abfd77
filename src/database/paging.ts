// How every list is read: one statement per page, by keyset, forwards or backwards; the total only when it is asked for.
import type { QueryResultRow } from 'pg';
import type { CursorCodec, Place } from './cursor';
import { SealedKind, type Transaction } from './transaction';
import type { Conditions } from './conditions';
import { validationFailed } from '../graphql/errors';

/** Relay's arguments of a connection. */
export interface PageArguments {
  first?: number | null;
  after?: string | null;
  last?: number | null;
  before?: string | null;
}

/** An ordering of a list: a never-null sort key and the direction; the id decides between equals. */
export interface Ordering {
  /** Names the list and the ordering, and is sealed into its cursors. */
  name: string;
  /** SQL of the sort key. */
  sortKey: string;
  type: 'text' | 'timestamptz' | 'bigint';
  direction: 'asc' | 'desc';
}

export interface ListStatement {
  /** Select list, without the sort key. */
  select: string;
  /** From and joins. */
  from: string;
  /** SQL of the row's id. */
  id: string;
  /**
   * SQL of the client that a row belongs to, where clients have many rows each. There must be two indexes that end in the
   * ordering: one that begins with account and client, and one that begins with the account alone.
   */
  client?: string;
  conditions: Conditions;
  ordering: Ordering;
}

export interface Edge<Node> {
  node: Node;
  cursor: () => string;
}

/** What is a function costs nothing unless it is selected: a cursor is a hash, the total a count. */
export interface Connection<Node> {
  edges: () => Edge<Node>[];
  nodes: Node[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: () => string | null;
    endCursor: () => string | null;
  };
  totalCount: () => Promise<number>;
}

export const maximumPageSize = 100;
const defaultPageSize = 20;

/** A page that was asked for, with the conditions that its cursors add. */
interface AskedPage {
  page: PageArguments;
  place: Conditions;
  size: number;
  backwards: boolean;
}

/** Reads one page. VALIDATION_FAILED names the argument that can't be used. */
export async function readPage<Node extends { id: string }>(
  transaction: Transaction,
  cursors: CursorCodec,
  accountId: string,
  statement: ListStatement,
  page: PageArguments,
): Promise<Connection<Node>> {
  const { ordering, conditions } = statement;
  const asked = askedPage(cursors, accountId, statement, page);
  const rows = await readRows<Node & Place>(
    transaction,
    statement,
    asked.place,
    asked.size + 1,
    asked.backwards,
  );
  const totalCount = async () => {
    const counted = await transaction.query<{ count: number }>(
      `select count(*) as count from ${statement.from} where ${conditions.text}`,
      conditions.values,
    );
    return counted[0]?.count ?? 0;
  };
  return connectionOf(rows, asked, (row) => cursors.encode(ordering.name, accountId, row), totalCount);
}

/**
 * Reads the same page of a list of each parent, in one statement, and all totals in another one. `parent`: SQL of the row's
 * parent, by which there is an index.
 */
export async function readPages<Node extends { id: string }>(
  transaction: Transaction,
  cursors: CursorCodec,
  accountId: string,
  statement: ListStatement & { parent: string },
  page: PageArguments,
  parentIds: readonly string[],
): Promise<Map<string, Connection<Node>>> {
  const { select, from, id, parent, ordering, conditions } = statement;
  const asked = askedPage(cursors, accountId, statement, page);
  const { place, size, backwards } = asked;
  const direction = directionOf(ordering, backwards);
  const found = await transaction.query<Node & Place & { parentId: string }>(
    `select parent as "parentId", each.* from unnest(${place.bind(parentIds)}::uuid[]) as parent cross join lateral (
       select ${select}, ${ordering.sortKey} as "sortKey" from ${from} where ${place.text} and ${parent} = parent
       order by ${ordering.sortKey} ${direction}, ${id} ${direction} limit ${place.bind(size + 1)}) each`,
    place.values,
  );
  let counting: Promise<Map<string, number>> | undefined;
  const count = async () => {
    const counted = conditions.copy();
    const rows = await transaction.query<{ parentId: string; count: number }>(
      `select parent as "parentId", (select count(*) from ${from} where ${counted.text} and ${parent} = parent) as count
       from unnest(${counted.bind(parentIds)}::uuid[]) as parent`,
      counted.values,
    );
    return new Map(rows.map((row) => [row.parentId, row.count]));
  };
  const rowsOf = Map.groupBy(found, (row) => row.parentId);
  return new Map(
    parentIds.map((parentId) => [
      parentId,
      connectionOf(
        rowsOf.get(parentId) ?? [],
        asked,
        (row) => cursors.encode(ordering.name, accountId, row),
        async () => (await (counting ??= count())).get(parentId) ?? 0,
      ),
    ]),
  );
}

function askedPage(
  cursors: CursorCodec,
  accountId: string,
  { ordering, conditions, id }: ListStatement,
  page: PageArguments,
): AskedPage {
  const place = conditions.copy();
  for (const [argument, cursor] of [
    ['after', page.after],
    ['before', page.before],
  ] as const) {
    if (cursor === undefined || cursor === null) continue;
    const at = cursors.decode(ordering.name, accountId, cursor);
    if (at === null)
      throw validationFailed(
        argument,
        'This cursor is not of this list in this order. Start again without it.',
      );
    const comparison = (argument === 'after') === (ordering.direction === 'asc') ? '>' : '<';
    place.add(
      `(${ordering.sortKey}, ${id}) ${comparison} (${place.bind(at.sortKey)}::${ordering.type}, ${place.bind(at.id)}::uuid)`,
    );
  }
  return { page, place, ...pageSize(page) };
}

/** `rows`: one more than the page has, if there is one. */
function connectionOf<Node extends { id: string }>(
  rows: (Node & Place)[],
  { page, size, backwards }: AskedPage,
  cursorOf: (row: Node & Place) => string,
  totalCount: () => Promise<number>,
): Connection<Node> {
  const hasMore = rows.length > size;
  if (hasMore) rows.pop();
  if (backwards) rows.reverse();
  const cursorAt = (index: number) => {
    const row = rows.at(index);
    return row === undefined ? null : cursorOf(row);
  };
  return {
    edges: () => rows.map((node) => ({ node, cursor: () => cursorOf(node) })),
    nodes: rows,
    pageInfo: {
      hasNextPage: backwards ? page.before !== undefined && page.before !== null : hasMore,
      hasPreviousPage: backwards ? hasMore : page.after !== undefined && page.after !== null,
      startCursor: () => cursorAt(0),
      endCursor: () => cursorAt(-1),
    },
    totalCount,
  };
}

/** Rows that are merged at most, of all clients together, before walking the account's index is preferred. */
const maximumMergedRows = 800;

/** How long the account's index is walked before the rows of the set's clients are merged after all. */
const maximumWalkMilliseconds = 200;

/** The client set of those who have one that is smaller than the account and may be large. */
const clientSets: Partial<Record<SealedKind, string>> = {
  [SealedKind.MEMBER]: 'ringfence.member_client_ids()',
  [SealedKind.PARTNER]: 'ringfence.partner_client_ids()',
};

/**
 * The one place that decides how the rows of an ordered page are found. All ways are the same under the policies; they
 * differ in what they read:
 *
 * - Whoever sees the whole account, and lists that no client has many rows of: the planner's choice.
 * - A small client set: the newest rows of each client by the clients' index, merged. Reads clients × page rows.
 * - A large one: the account's index in its order, rows outside the set skipped. Reads page × clients of the account /
 *   clients of the set rows, which is unbounded where all rows of the set are far away; so it ends after a while, and
 *   they are merged.
 *
 * The last two are one statement: the size of the set is only known to the database.
 */
async function readRows<Row extends QueryResultRow>(
  transaction: Transaction,
  { select, from, id, client, ordering }: ListStatement,
  conditions: Conditions,
  size: number,
  backwards: boolean,
): Promise<Row[]> {
  const direction = directionOf(ordering, backwards);
  const order = (sortKey: string, rowId: string) =>
    `order by ${sortKey} ${direction}, ${rowId} ${direction} limit ${limit}`;
  const limit = conditions.bind(size);
  const page = (...more: string[]) =>
    `select ${select}, ${ordering.sortKey} as "sortKey" from ${from} where ${[conditions.text, ...more].join(' and ')} ${order(ordering.sortKey, id)}`;
  const set = clientSets[transaction.kind];
  if (client === undefined || set === undefined) return transaction.query<Row>(page(), conditions.values);

  const merged = `select page.* from client_set cross join lateral unnest(ids) as one (client_id) cross join lateral (${page(`${client} = one.client_id`)}) page`;
  const largestMerged = Math.floor(maximumMergedRows / size);
  const walked = page(`(select cardinality(ids) > ${largestMerged} from client_set)`);
  const outOf = (ways: string) =>
    `with client_set as materialized (select ${set} as ids) select * from (${ways}) page ${order('"sortKey"', 'id')}`;
  const rows = await transaction.queryWithin<Row>(
    // Without sorting, the planner has no choice but the index that is in order.
    { enable_sort: 'off', statement_timeout: maximumWalkMilliseconds },
    outOf(`${merged} where cardinality(ids) <= ${largestMerged} union all (${walked})`),
    conditions.values,
  );
  return rows ?? transaction.query<Row>(outOf(merged), conditions.values);
}

/** Of the statement: a page from the end is read from there. */
function directionOf(ordering: Ordering, backwards: boolean): 'asc' | 'desc' {
  return (ordering.direction === 'asc') === backwards ? 'desc' : 'asc';
}

function pageSize({ first, last }: PageArguments): { size: number; backwards: boolean } {
  const backwards = last !== undefined && last !== null;
  if (backwards && first !== undefined && first !== null)
    throw validationFailed('last', 'Give first or last, not both.');
  const size = (backwards ? last : first) ?? defaultPageSize;
  if (size < 1 || size > maximumPageSize) {
    throw validationFailed(backwards ? 'last' : 'first', `Must be between 1 and ${maximumPageSize}.`);
  }
  return { size, backwards };
}
