// Select lists for read paths that bypass TypeORM's hydration: every column under its property's name, so that a row of pg
// is the entity's plain shape. Where it is known which fields are asked for, only their columns are read: a front end asks
// for few of them, and each costs in Postgres, on the wire and here.
import {
  getNamedType,
  isObjectType,
  Kind,
  type FieldNode,
  type GraphQLObjectType,
  type GraphQLResolveInfo,
  type SelectionSetNode,
} from 'graphql';
import { Extensions } from 'type-graphql';
import { getMetadataArgsStorage } from 'typeorm';
import { SealedKind } from './transaction';

/**
 * Declares the columns that a field resolver reads from its row, besides the id; without it the resolver gets all columns.
 */
export function Reads(...columns: string[]): MethodDecorator {
  return Extensions({ columns });
}

const notForPortal = new Map<unknown, Set<string>>();

/** Marks a column that portal users are told nothing of: theirs is null. The database grants them none of these. */
export function NotForPortal(): PropertyDecorator {
  return ({ constructor }, property) => {
    const columns = notForPortal.get(constructor) ?? new Set();
    notForPortal.set(constructor, columns.add(String(property)));
  };
}

const selectedAs = new Map<unknown, Map<string, (row: string) => string>>();

/** Marks a column that is read as an expression of its row instead. */
export function SelectedAs(expression: (row: string) => string): PropertyDecorator {
  return ({ constructor }, property) => {
    const columns = selectedAs.get(constructor) ?? new Map<string, (row: string) => string>();
    selectedAs.set(constructor, columns.set(String(property), expression));
  };
}

/** Fields of connections and edges that lead to their rows. */
const wayToRows = ['nodes', 'edges', 'node'];

const nothing: ReadonlySet<string> = new Set();
const remembered = new WeakMap<FieldNode, Map<string, string>>();

/**
 * The select list of an entity, as `alias`, for a principal of a kind. With `info`, of a field that answers the entity or a connection of it, only what
 * the operation asks for and the id; other properties of the rows are undefined.
 */
export function selectList(
  entity: NewableFunction,
  alias: string,
  kind: SealedKind,
  info?: GraphQLResolveInfo,
): string {
  const hidden = (kind === SealedKind.PORTAL_USER && notForPortal.get(entity)) || nothing;
  const [field, ...more] = info?.fieldNodes ?? [];
  // A field that is asked for in several places is rare enough.
  if (info === undefined || field === undefined || more.length > 0)
    return listOf(entity, alias, hidden, null);
  let ofField = remembered.get(field);
  if (ofField === undefined) remembered.set(field, (ofField = new Map<string, string>()));
  const key = `${entity.name} ${alias} ${hidden === nothing}`;
  let list = ofField.get(key);
  if (list === undefined)
    ofField.set(key, (list = listOf(entity, alias, hidden, columnsRead(entity, info, field))));
  return list;
}

function listOf(
  entity: NewableFunction,
  alias: string,
  hidden: ReadonlySet<string>,
  read: Set<string> | null,
): string {
  const expressions = selectedAs.get(entity);
  return getMetadataArgsStorage()
    .columns.filter((column) => column.target === entity)
    .filter(({ propertyName }) => read === null || propertyName === 'id' || read.has(propertyName))
    .map(({ propertyName, options }) =>
      hidden.has(propertyName)
        ? `null as "${propertyName}"`
        : `${expressions?.get(propertyName)?.(alias) ?? `${alias}.${options.name ?? propertyName}`} as "${propertyName}"`,
    )
    .join(', ');
}

/** Properties that the selection below a field reads; null: all. What is included by a variable counts as included. */
function columnsRead(
  entity: NewableFunction,
  info: GraphQLResolveInfo,
  field: FieldNode,
): Set<string> | null {
  const read = new Set<string>();
  const walk = (selections: SelectionSetNode | undefined, type: GraphQLObjectType): boolean =>
    (selections?.selections ?? []).every((selection) => {
      if (selection.kind === Kind.INLINE_FRAGMENT) return walk(selection.selectionSet, type);
      if (selection.kind === Kind.FRAGMENT_SPREAD)
        return walk(info.fragments[selection.name.value]?.selectionSet, type);
      const name = selection.name.value;
      const definition = type.getFields()[name];
      if (definition === undefined) return true;
      if (type.name !== entity.name) {
        const below = getNamedType(definition.type);
        return !wayToRows.includes(name) || !isObjectType(below) || walk(selection.selectionSet, below);
      }
      const columns = definition.resolve === undefined ? [name] : definition.extensions.columns;
      if (!Array.isArray(columns)) return false;
      for (const column of columns as string[]) read.add(column);
      return true;
    });
  const type = getNamedType(info.returnType);
  return isObjectType(type) && walk(field.selectionSet, type) ? read : null;
}
