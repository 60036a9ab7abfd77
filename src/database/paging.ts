// How every list is read: one statement per page, by keyset, forwards or backwards; the total only when it is asked for.
import type { CursorCodec, Place } from './cursor';
import type { SealedKind, Transaction } from './transaction';
import type { Conditions } from './conditions';
import { countRows, directionOf, readRows } from './reach';
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

/** The orderings of a list, by each of its keys and both ways: of NAME, by NAME_ASC and NAME_DESC. */
export function defineOrderings<Key extends string>(
  list: string,
  keys: Record<Key, Pick<Ordering, 'sortKey' | 'type'>>,
): Record<`${Key}_ASC` | `${Key}_DESC`, Ordering> {
  const orderings: Record<string, Ordering> = {};
  for (const [key, by] of Object.entries<Pick<Ordering, 'sortKey' | 'type'>>(keys)) {
    orderings[`${key}_ASC`] = { name: `${list}:${key}_ASC`, ...by, direction: 'asc' };
    orderings[`${key}_DESC`] = { name: `${list}:${key}_DESC`, ...by, direction: 'desc' };
  }
  return orderings;
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
  /** SQL of the clients of which rows are seen, by kind, where these are not all of the client set. */
  clientSet?: Partial<Record<SealedKind, string>>;
  /**
   * SQL of the stay that a row belongs to, where rows are what agents did: those who see some agents see some stays. There must
   * be a third index, which begins with account and stay.
   */
  stay?: string;
  /** SQL of an array of stays, where only rows of these are wanted; the conditions say nothing of it. */
  onlyStays?: string;
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
  const { ordering } = statement;
  const asked = askedPage(cursors, accountId, statement, page);
  const rows = await readRows<Node & Place>(
    transaction,
    statement,
    asked.place,
    asked.size + 1,
    asked.backwards,
  );
  return connectionOf(
    rows,
    asked,
    (row) => cursors.encode(ordering.name, accountId, row),
    () => countRows(transaction, statement),
  );
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
