import { getMetadataArgsStorage } from 'typeorm';

/**
 * The select list of an entity for read paths that bypass TypeORM's hydration: every column under its property's name,
 * so that a row of pg is the entity's plain shape.
 */
export function selectList(entity: NewableFunction, alias: string): string {
  return getMetadataArgsStorage()
    .columns.filter((column) => column.target === entity)
    .map((column) => `${alias}.${column.options.name ?? column.propertyName} as "${column.propertyName}"`)
    .join(', ');
}
