// How one row is changed: with the version in the condition when the caller has an expectation, and with the honest
// answer when nothing was changed.
import type { EntityTarget, FindOptionsWhere, ObjectLiteral } from 'typeorm';
import type { QueryDeepPartialEntity } from 'typeorm/query-builder/QueryPartialEntity.js';
import type { RequestContext } from '../graphql/context';
import { forbidden, notFound } from '../graphql/errors';
import type { Permission } from '../members/permission';
import { conflict } from './sql-errors';

interface Versioned extends ObjectLiteral {
  id: string;
  version: number;
}

export interface RowUpdate<Entity> {
  entity: EntityTarget<Entity>;
  /** The primary key. */
  key: FindOptionsWhere<Entity>;
  /** Undefined members stay as they are. */
  changes: QueryDeepPartialEntity<Entity>;
  expectedVersion: number | null | undefined;
  /** What the policy asks for; named when it is missing. */
  permission: Permission;
}

/**
 * Updates one row. NOT_FOUND when it is not there or not the caller's, FORBIDDEN when the permission is missing,
 * CONFLICT when the version is another one.
 */
export async function updateRow<Entity extends Versioned>(
  context: RequestContext,
  update: RowUpdate<Entity>,
): Promise<void> {
  const { manager } = context.transaction;
  const condition =
    update.expectedVersion == null ? update.key : { ...update.key, version: update.expectedVersion };
  const given = Object.fromEntries(Object.entries(update.changes).filter(([, value]) => value !== undefined));
  // Nothing to change is still a change that is checked, counted and logged.
  const changes = Object.keys(given).length > 0 ? given : { name: () => 'name' };
  const { affected } = await manager.update(
    update.entity,
    condition,
    changes as QueryDeepPartialEntity<Entity>,
  );
  if (affected === 1) return;

  if (!(await manager.existsBy(update.entity, update.key))) throw notFound();
  if (!(await context.identity()).permissions.has(update.permission)) throw forbidden(update.permission);
  throw conflict('VERSION');
}
