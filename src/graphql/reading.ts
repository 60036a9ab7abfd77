// How the fields of a feature read: one row by its id, a page of a list, and the same page for each of many parents.
import type { GraphQLResolveInfo } from 'graphql';
import type { ShapedLoader } from '../database/loaders';
import {
  readPage,
  readPages,
  type Connection,
  type ListStatement,
  type PageArguments,
} from '../database/paging';
import type { RequestContext } from './context';
import { notFound } from './errors';

/** Declares how one row is read. It throws NOT_FOUND where there is none, or none that the viewer may see. */
export function defineRow<Row>(
  rowById: ShapedLoader<Row | null>,
): (context: RequestContext, id: string, info?: GraphQLResolveInfo) => Promise<Row> {
  return async (context, id, info) => {
    const row = await rowById(context.reading(info), info).load(id.toLowerCase());
    if (row === null) throw notFound();
    return row;
  };
}

/** Reads one page of a list. VALIDATION_FAILED names the argument that can't be used. */
export function pageOf<Node extends { id: string }>(
  context: RequestContext,
  list: ListStatement,
  page: PageArguments,
  info: GraphQLResolveInfo,
): Promise<Connection<Node>> {
  const { services, signedIn } = context;
  return readPage(context.reading(info), services.cursors, signedIn.accountId, list, page);
}

/** Reads the same page of a list of each parent; see `readPages`. */
export function pagesOf<Node extends { id: string }>(
  context: RequestContext,
  list: ListStatement & { parent: string },
  page: PageArguments,
  parentIds: readonly string[],
): Promise<Map<string, Connection<Node>>> {
  const { transaction, services, signedIn } = context;
  return readPages(transaction, services.cursors, signedIn.accountId, list, page, parentIds);
}
