// How every list is read: one statement per page, by keyset, forwards or backwards; the total only when it is asked for.
import type { Transaction } from './transaction';
import type { CursorCodec } from './cursor';
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
  /** SQL of the sort key; its text form must convert back without loss. */
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

/** Reads one page. VALIDATION_FAILED names the argument that can't be used. */
export async function readPage<Node extends { id: string }>(
  transaction: Transaction,
  cursors: CursorCodec,
  accountId: string,
  statement: ListStatement,
  page: PageArguments,
): Promise<Connection<Node>> {
  const { ordering, conditions } = statement;
  const { size, backwards } = pageSize(page);
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
      `(${ordering.sortKey}, ${statement.id}) ${comparison} (${place.bind(at.sortKey)}::${ordering.type}, ${place.bind(at.id)}::uuid)`,
    );
  }
  const direction = (ordering.direction === 'asc') === backwards ? 'desc' : 'asc';
  const rows = await transaction.query<Node & { sortKey: string }>(
    `select ${statement.select}, (${ordering.sortKey})::text as "sortKey" from ${statement.from} where ${place.text} ` +
      `order by ${ordering.sortKey} ${direction}, ${statement.id} ${direction} limit ${place.bind(size + 1)}`,
    place.values,
  );
  const hasMore = rows.length > size;
  if (hasMore) rows.pop();
  if (backwards) rows.reverse();

  const cursorOf = (row: Node & { sortKey: string }) => cursors.encode(ordering.name, accountId, row);
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
    totalCount: async () => {
      const counted = await transaction.query<{ count: number }>(
        `select count(*) as count from ${statement.from} where ${conditions.text}`,
        conditions.values,
      );
      return counted[0]?.count ?? 0;
    },
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
