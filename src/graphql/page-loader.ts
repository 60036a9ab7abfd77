// Lists that hang on a row, as connections: the same page of each row of a list is read together, so that the number of
// statements does not depend on the number of rows.
import DataLoader from 'dataloader';
import type { FieldNode, GraphQLResolveInfo } from 'graphql';
import type { Connection, PageArguments } from '../database/paging';
import type { RequestContext } from './context';

type PageLoader<Node, Args> = (
  context: RequestContext,
  parentId: string,
  args: Args,
  info: GraphQLResolveInfo,
) => Promise<Connection<Node>>;

/**
 * Declares such a list. `read` gets the distinct parents of one tick that one field asks about with the same arguments, `most` at once.
 */
export function definePageLoader<Node, Args extends PageArguments>(
  read: (
    context: RequestContext,
    parentIds: readonly string[],
    args: Args,
    info: GraphQLResolveInfo,
  ) => Promise<Map<string, Connection<Node>>>,
  most = Infinity,
): PageLoader<Node, Args> {
  const none = () => new Map<string, DataLoader<string, Connection<Node>>>();
  return (context, parentId, args, info) => {
    const loaders = context.transaction.keep(none);
    const key = `${placeOf(info)} ${JSON.stringify(args)}`;
    let loader = loaders.get(key);
    if (loader === undefined) {
      loader = new DataLoader(
        async (parentIds) => {
          const pages = await read(context, parentIds, args, info);
          return parentIds.map((id) => pages.get(id) ?? new Error(`no page for ${id}`));
        },
        { maxBatchSize: most },
      );
      loaders.set(key, loader);
    }
    return loader.load(parentId);
  };
}

const numbers = new WeakMap<FieldNode, number>();
let numbered = 0;

/**
 * What a list selects depends on where in the document it stands: on all places, since a field may stand in a fragment here and
 * be merged with one more of its name there.
 */
function placeOf({ fieldNodes }: GraphQLResolveInfo): string {
  return fieldNodes
    .map((node) => {
      const number = numbers.get(node) ?? (numbered += 1);
      numbers.set(node, number);
      return number;
    })
    .join();
}
