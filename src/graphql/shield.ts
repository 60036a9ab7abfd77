// The first lock: whether a principal may call a field at all. Rules look at the access token's hint; a refusal is
// checked against the database before it is given, because permissions may have been granted since. The second lock, row
// security, knows nothing of this.
import { allow, deny, rule, shield, type IRules } from 'graphql-shield';
import { applyMiddleware, type IMiddlewareTypeMap } from 'graphql-middleware';
import type { GraphQLSchema } from 'graphql';
import { SealedKind } from '../database/transaction';
import type { Permission } from '../members/permission';
import type { RequestContext } from './context';
import { isOfTeam, isPartner } from './principal';
import { apiError, ErrorCode, forbidden, unauthenticated } from './errors';

export { allow } from 'graphql-shield';
type ShieldRule = ReturnType<ReturnType<typeof rule>> | typeof allow;

/** Rules by type and field, as each feature declares them. */
export type Rules = Record<string, Record<string, ShieldRule>>;

type Verdict = true | Error;

function contextRule(
  name: string,
  judge: (context: RequestContext) => Verdict | Promise<Verdict>,
): ShieldRule {
  return rule(name, { cache: 'no_cache' })(async (_parent, _args, context: RequestContext) => {
    try {
      return await judge(context);
    } catch (error) {
      // Shield would hide what a rule throws; a broken connection must stay what it is.
      return error instanceof Error ? error : new Error(String(error));
    }
  });
}

/** Anybody who is signed in. */
export const signedIn: ShieldRule = contextRule('signed in', (context) =>
  context.principal === null ? unauthenticated() : true,
);

const permissionRules = new Map<string, ShieldRule>();

/** Whoever lacks nothing: `lacking` answers the permission that is missing, or undefined. */
function permissionRule(
  name: string,
  lacking: (held: ReadonlySet<string>) => Permission | undefined,
): ShieldRule {
  const known = permissionRules.get(name);
  if (known !== undefined) return known;
  const made = contextRule(name, async (context) => {
    if (context.principal === null) return unauthenticated();
    if (lacking(context.principal.permissions) === undefined) return true;
    const permission = lacking((await context.identity()).permissions);
    return permission === undefined ? true : forbidden(permission);
  });
  permissionRules.set(name, made);
  return made;
}

/** Whoever holds one of the permissions. */
export function can(...permissions: [Permission, ...Permission[]]): ShieldRule {
  return permissionRule(`can ${permissions.join(' or ')}`, (held) =>
    permissions.some((permission) => held.has(permission)) ? undefined : permissions[0],
  );
}

/** Whoever holds all of the permissions. */
export function canAll(...permissions: [Permission, Permission, ...Permission[]]): ShieldRule {
  return permissionRule(`can ${permissions.join(' and ')}`, (held) =>
    permissions.find((permission) => !held.has(permission)),
  );
}

/** Members and portal users: who signed in themselves, instead of a program with a token. */
export const isPerson: ShieldRule = contextRule('is person', async (context) => {
  if (context.principal === null) return unauthenticated();
  if (!isPartner(context.principal)) return true;
  await context.identity();
  return forbidden('PERSON');
});

/** Members of the team. */
export const isMember: ShieldRule = contextRule('is member', async (context) => {
  if (context.principal === null) return unauthenticated();
  if (isOfTeam(context.principal)) return true;
  await context.identity();
  return forbidden('MEMBER');
});

/** Owners of the account. A kind that changed is noticed when the session is opened, so the hint is enough. */
export const isOwner: ShieldRule = contextRule('is owner', async (context) => {
  if (context.principal === null) return unauthenticated();
  if (context.principal.kind === SealedKind.OWNER) return true;
  await context.identity();
  return forbidden('OWNER');
});

/** Owners and administrators of the account. */
export const isAdministrator: ShieldRule = contextRule('is administrator', async (context) => {
  if (context.principal === null) return unauthenticated();
  if (context.principal.kind === SealedKind.OWNER || context.principal.kind === SealedKind.ADMIN) return true;
  await context.identity();
  return forbidden('ADMIN');
});

/** Joins the rules of the features; two rules for one field are a mistake. */
export function joinRules(features: readonly Rules[]): Rules {
  const joined: Rules = {};
  for (const feature of features) {
    for (const [type, fields] of Object.entries(feature)) {
      for (const [field, fieldRule] of Object.entries(fields)) {
        const ofType = (joined[type] ??= {});
        if (ofType[field] !== undefined) throw new Error(`two rules for ${type}.${field}`);
        ofType[field] = fieldRule;
      }
    }
  }
  return joined;
}

/**
 * Puts the rules before the resolvers. Fields without a rule are denied on the root types; fields whose rule is `allow`
 * are left unwrapped, because shield makes an asynchronous call of every field it wraps, also where nothing is to be asked.
 */
export function applyShield(schema: GraphQLSchema, rules: Rules): GraphQLSchema {
  const tree = Object.fromEntries(
    Object.entries(rules).map(([type, fields]) => [
      type,
      isRootType(type) ? { '*': deny, ...fields } : { '*': allow, ...fields },
    ]),
  );
  const generated = shield(tree as IRules, {
    fallbackRule: deny,
    fallbackError: () => apiError(ErrorCode.FORBIDDEN, 'You may not do this.'),
    allowExternalErrors: true,
  }).generate(schema) as Record<string, Record<string, unknown>>;

  const middleware: Record<string, Record<string, unknown>> = {};
  for (const [type, fields] of Object.entries(generated)) {
    const object = schema.getType(type);
    if (object === undefined || !('getFields' in object)) continue;
    for (const field of Object.keys(object.getFields())) {
      const declared = rules[type]?.[field];
      if (declared === allow || (declared === undefined && !isRootType(type))) continue;
      (middleware[type] ??= {})[field] = fields[field];
    }
  }
  return applyMiddleware(schema, middleware as IMiddlewareTypeMap);
}

function isRootType(type: string): boolean {
  return type === 'Query' || type === 'Mutation' || type === 'Subscription';
}
