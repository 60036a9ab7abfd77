// Whether a field is the only one of its operation that reads from the database. Then its statement is all there is, and
// its transaction can end with it.
import {
  getNamedType,
  isLeafType,
  isObjectType,
  Kind,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type GraphQLSchema,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { callsProperty } from './compiled';

/** Marks a field, without a resolver of its own, that shows what its parent holds already. */
export function ReadsNothing(): PropertyDecorator & MethodDecorator {
  return Extensions({ readsNothing: true });
}

const remembered = new WeakMap<OperationDefinitionNode, boolean>();

/** Told from the operation alone: what is left out by a variable counts too, and where it can't be told, it is not alone. */
export function readsAlone(info: GraphQLResolveInfo): boolean {
  const { operation } = info;
  let alone = remembered.get(operation);
  if (alone === undefined) {
    const root = info.schema.getRootType(operation.operation);
    alone = root != null && readsBelow(info, operation.selectionSet, root) === 1;
    remembered.set(operation, alone);
  }
  return alone;
}

/** How many fields of a selection read; many where it can't be told. */
function readsBelow(info: GraphQLResolveInfo, selections: SelectionSetNode, type: GraphQLObjectType): number {
  let count = 0;
  for (const selection of selections.selections) {
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      count += readsBelow(info, selection.selectionSet, type);
      continue;
    }
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      const fragment = info.fragments[selection.name.value];
      if (fragment !== undefined) count += readsBelow(info, fragment.selectionSet, type);
      continue;
    }
    const field = type.getFields()[selection.name.value];
    // __typename and introspection.
    if (field === undefined) continue;
    if (reads(info.schema, type, field)) count += 1;
    const below = getNamedType(field.type);
    if (selection.selectionSet === undefined) continue;
    count += isObjectType(below) ? readsBelow(info, selection.selectionSet, below) : Infinity;
  }
  return count;
}

/** Root fields of mutations have transactions of their own; what their payloads show is read afterwards. */
function reads(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  { resolve, extensions, type: answers }: GraphQLField<unknown, unknown>,
): boolean {
  if (extensions.readsNothing === true || type === schema.getMutationType()) return false;
  if (resolve !== undefined && !callsProperty(resolve)) return true;
  // What is a property may be a function, unless it is a plain column.
  return extensions.computed === true || !isLeafType(getNamedType(answers));
}
