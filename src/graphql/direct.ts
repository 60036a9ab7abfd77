// Fields of rows are resolved once per row. type-graphql turns the row into an instance of its class first, and looks its
// arguments up one by one; where there are no arguments, the method is called with the row as it is.
import type { GraphQLSchema } from 'graphql';
import { getMetadataStorage } from 'type-graphql';

/** What a method of a resolver class can be called with, without looking at arguments. */
const sources = ['root', 'context', 'info'];

/** Replaces the resolvers of fields without arguments in every object type. */
export function resolveDirectly(schema: GraphQLSchema): GraphQLSchema {
  const { fieldResolvers, objectTypes } = getMetadataStorage();
  for (const { kind, getObjectType, schemaName, methodName, params = [], target } of fieldResolvers) {
    const typeName = objectTypes.find((type) => type.target === getObjectType?.())?.name;
    const type = schema.getType(typeName ?? '');
    if (kind !== 'external' || type === undefined || !('getFields' in type)) continue;
    const field = type.getFields()[schemaName];
    const given = [...params].sort((one, other) => one.index - other.index);
    if (field === undefined || !('resolve' in field)) continue;
    if (
      !given.every(
        (parameter) =>
          sources.includes(parameter.kind) && !('propertyName' in parameter && parameter.propertyName),
      )
    )
      continue;
    const instance = new (target as new () => Record<string, (...values: unknown[]) => unknown>)();
    const takes = given.map((parameter) => parameter.kind).join();
    field.resolve =
      takes === 'root,context'
        ? (root, _args, context) => instance[methodName]?.(root, context)
        : (root: unknown, _args, context: unknown, info) => {
            const values: Record<string, unknown> = { root, context, info };
            return instance[methodName]?.(...given.map((parameter) => values[parameter.kind]));
          };
  }
  return schema;
}
