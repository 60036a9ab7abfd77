// Lists that hang on a row, as connections: the same page of each row of a list is read together, so that the number of
// statements does not depend on the number of rows.
import DataLoader from 'dataloader';
import type { GraphQLResolveInfo } from 'graphql';
import type { Connection, PageArguments } from '../database/paging';
import type { Transaction } from '../database/transaction';
import type { RequestContext } from './context';

type PageLoader<Node, Args> = (
  context: RequestContext,
  parentId: string,
  args: Args,
  info: GraphQLResolveInfo,
) => Promise<Connection<Node>>;

/** Declares such a list. `read` gets the distinct parents of one tick that one field asks about with the same arguments. */
export function definePageLoader<Node, Args extends PageArguments>(
  read: (
    context: RequestContext,
    parentIds: readonly string[],
    args: Args,
    info: GraphQLResolveInfo,
  ) => Promise<Map<string, Connection<Node>>>,
): PageLoader<Node, Args> {
  type Loaders = Map<string, DataLoader<string, Connection<Node>>>;
  const ofTransaction = new WeakMap<Transaction, WeakMap<object, Loaders>>();
  return (context, parentId, args, info) => {
    const ofField = ofTransaction.get(context.transaction) ?? new WeakMap<object, Loaders>();
    ofTransaction.set(context.transaction, ofField);
    // What the list selects depends on where in the document it stands.
    const field = info.fieldNodes[0] ?? info;
    const ofArgs = ofField.get(field) ?? (new Map() as Loaders);
    ofField.set(field, ofArgs);
    const key = JSON.stringify(args);
    let loader = ofArgs.get(key);
    if (loader === undefined) {
      loader = new DataLoader(async (parentIds) => {
        const pages = await read(context, parentIds, args, info);
        return parentIds.map((id) => pages.get(id) ?? new Error(`no page for ${id}`));
      });
      ofArgs.set(key, loader);
    }
    return loader.load(parentId);
  };
}
