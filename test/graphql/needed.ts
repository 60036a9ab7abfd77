// The permissions that the rules of root fields ask for.
import type { Rules } from '../../src/graphql/shield';
import { Permission } from '../../src/members/permission';

/** What a rule made by `can` asks for, one of these, or by `canAll`, all of these. */
export interface Needed {
  permissions: Permission[];
  all: boolean;
}

/** What a rule asks for, from its name; no permission where it asks for none. */
export function permissionsOf(rule: Rules[string][string] | undefined): Needed {
  const [, list = ''] = /^can (.+)$/.exec((rule as { name?: string } | undefined)?.name ?? '') ?? [];
  const permissions = list.split(/ or | and /).filter(Boolean) as Permission[];
  return { permissions, all: list.includes(' and ') };
}

/** Of what there is too little without: all of which one would be enough, or each of which all are needed. */
export const lackedBy = ({ permissions, all }: Needed): Permission[][] =>
  all ? permissions.map((permission) => [permission]) : [permissions];

export const allBut = (missing: readonly Permission[]): Permission[] =>
  Object.values(Permission).filter((permission) => !missing.includes(permission));

export const isEnough = ({ permissions, all }: Needed, held: readonly string[]): boolean => {
  const holds = (permission: Permission) => held.includes(permission);
  return all ? permissions.every(holds) : permissions.some(holds);
};
