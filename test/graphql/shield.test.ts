// The first lock: a rule for everything that is resolved, and each rule at work.
import { defaultFieldResolver, graphql, isObjectType, type GraphQLSchema } from 'graphql';
import { UpdateClientDocument } from '../support/documents.generated';
import { Transaction } from '../../src/database/transaction';
import { apiError, ErrorCode, unavailable } from '../../src/graphql/errors';
import { buildSchema, rulesOf } from '../../src/graphql/schema';
import {
  allow,
  applyShield,
  can,
  isAdministrator,
  isMember,
  isOwner,
  isPerson,
  joinRules,
  signedIn,
  type Rules,
} from '../../src/graphql/shield';
import { Permission } from '../../src/members/permission';
import { tokenPermissions } from '../isolation/sessions';
import { Caller, send } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, signInAs, type World } from '../support/world';
import { allBut, isEnough, lackedBy, permissionsOf, type Needed } from './needed';
import { rootFields, type RootField } from './root-fields';

const schema = buildSchema();
const rules = rulesOf();

let server: TestServer;
let world: World;
let fields: RootField[];

beforeAll(async () => {
  // All of everything is asked for.
  server = await startTestServer({ settings: { MAXIMUM_COST: '1000000' } });
  world = await createWorld(server);
  fields = rootFields(schema, world);
});
afterAll(() => server.close());
afterEach(() => jest.restoreAllMocks());

function ruleOf({ type, name }: Pick<RootField, 'type' | 'name'>): Rules[string][string] | undefined {
  return rules[type]?.[name];
}

const named = ({ type, name }: Pick<RootField, 'type' | 'name'>) => `${type}.${name}`;

async function codeFor(caller: Caller, { query, variables }: RootField): Promise<string | undefined> {
  const { errors } = await send(caller.url, caller.token, query, variables);
  return errors?.[0]?.extensions.code;
}

describe('rules and the schema', () => {
  const objects = Object.values(schema.getTypeMap())
    .filter(isObjectType)
    .filter(({ name }) => !name.startsWith('__'));

  test('every field of Query and Mutation has a rule of its own', () => {
    const roots = [schema.getQueryType(), schema.getMutationType()].flatMap((type) =>
      Object.keys(type?.getFields() ?? {}).map((name) => ({ type: type?.name as RootField['type'], name })),
    );
    expect(roots.length).toBeGreaterThan(20);
    expect(roots.filter((field) => ruleOf(field) === undefined).map(named)).toEqual([]);
    // Subscriptions pass shield by: opening one needs a guard that does not exist yet.
    expect(schema.getSubscriptionType()).toBeFalsy();
  });

  test('every field with a resolver of its own has a rule', () => {
    const resolved = objects.flatMap((type) =>
      Object.values(type.getFields())
        .filter(({ resolve }) => resolve !== undefined && resolve !== defaultFieldResolver)
        .map(({ name }) => `${type.name}.${name}`),
    );
    expect(resolved).toEqual(
      expect.arrayContaining(['Member.email', 'Client.organization', 'Account.plan', 'Query.clients']),
    );
    const without = resolved.filter((field) => {
      const [type = '', name = ''] = field.split('.');
      return rules[type]?.[name] === undefined;
    });
    expect(without).toEqual([]);
  });

  test('every rule is for a field of an object type that exists', () => {
    for (const [type, ofType] of Object.entries(rules)) {
      // On interfaces, unions and inputs shield would accept a rule, and never ask it.
      expect(`${type}: ${isObjectType(schema.getType(type)) ? 'object' : 'none'}`).toBe(`${type}: object`);
      expect(Object.keys(ofType).filter((name) => fieldsOf(type)[name] === undefined)).toEqual([]);
    }
  });

  test('every rule is one: anything else would make shield drop those beside it', () => {
    const values = Object.entries(rules).flatMap(([type, ofType]) =>
      Object.entries(ofType).map(([name, rule]) => [`${type}.${name}`, rule] as const),
    );
    const others = values.filter(
      ([, rule]) =>
        !['Rule', 'RuleTrue', 'RuleFalse', 'RuleAnd', 'RuleOr', 'RuleNot'].includes(rule.constructor.name),
    );
    expect(others.map(([field]) => field)).toEqual([]);
  });

  function fieldsOf(type: string) {
    const found = schema.getType(type);
    return isObjectType(found) ? found.getFields() : {};
  }
});

describe('applying rules', () => {
  const somebody = { principal: { kind: 'O', permissions: new Set<string>() } };
  const errorsOf = async (served: GraphQLSchema, source: string, contextValue: object) =>
    (await graphql({ schema: served, source, contextValue })).errors?.map((error) => error.extensions.code);

  test('a root field without a rule is denied to everybody', async () => {
    const { Query: { account: _account, ...rest } = {}, ...others } = rules;
    const served = applyShield(buildSchema(), { ...others, Query: rest });
    expect(await errorsOf(served, '{ account { id } }', somebody)).toEqual(['FORBIDDEN']);
    expect(await errorsOf(applyShield(buildSchema(), {}), '{ viewer { kind } }', somebody)).toEqual([
      'FORBIDDEN',
    ]);
  });

  test('a field of another type is guarded by its rule', async () => {
    const guarded = joinRules([rules, { Viewer: { kind: can(Permission.VIEW_AUDIT) } }]);
    const anonymous = { principal: null, rejectedToken: false };
    expect(await errorsOf(applyShield(buildSchema(), guarded), '{ viewer { kind } }', anonymous)).toEqual([
      'UNAUTHENTICATED',
    ]);
  });

  test('two rules for one field are a mistake', () => {
    expect(() => joinRules([rules, { Query: { viewer: allow } }])).toThrow('two rules for Query.viewer');
  });

  test('what goes wrong inside a rule stays what it is, and is no refusal', async () => {
    const served = applyShield(buildSchema(), rules);
    const failing = (error: Error) => ({
      principal: { kind: 'M', permissions: new Set() },
      identity: () => Promise.reject(error),
    });
    expect(await errorsOf(served, '{ clients { totalCount } }', failing(unavailable()))).toEqual([
      'UNAVAILABLE',
    ]);
    expect(
      await errorsOf(served, '{ plans { id } }', failing(apiError(ErrorCode.UNAUTHENTICATED, 'x'))),
    ).toEqual(['UNAUTHENTICATED']);
    expect(await errorsOf(served, '{ clients { totalCount } }', failing(new Error('x')))).toEqual([
      undefined,
    ]);
  });
});

describe('every root field', () => {
  test('is refused to who is not signed in, unless it is for everybody, without asking the database', async () => {
    const run = jest.spyOn(Transaction.prototype, 'run');
    const guarded = fields.filter((field) => ruleOf(field) !== allow);
    const answers = await Promise.all(
      guarded.map(async (field) => [named(field), await codeFor(world.asAnonymous, field)]),
    );
    expect(answers).toEqual(guarded.map((field) => [named(field), 'UNAUTHENTICATED']));
    expect(run).not.toHaveBeenCalled();
    const forEverybody = fields.filter((field) => ruleOf(field) === allow).map(({ name }) => name);
    expect(forEverybody.sort()).toEqual([
      'acceptInvitation',
      'completeSignIn',
      'identityVerification',
      'invitation',
      'refreshSession',
      'requestPasswordReset',
      'resetPassword',
      'signIn',
      'signOut',
      'signUp',
      'verifyIdentity',
      'viewer',
    ]);
  });

  test('is refused to a member without any permission, unless it is for everybody who is signed in', async () => {
    const forEveryMember = [signedIn, isPerson, isMember];
    const guarded = fields.filter(
      (field) => ![allow, ...forEveryMember].includes(ruleOf(field) as typeof signedIn),
    );
    const answers = await Promise.all(
      guarded.map(async (field) => [named(field), await codeFor(world.asPowerless, field)]),
    );
    expect(answers).toEqual(guarded.map((field) => [named(field), 'FORBIDDEN']));
    const open = fields.filter((field) => forEveryMember.includes(ruleOf(field) as typeof signedIn));
    const answered: [field: string, code: string | undefined][] = [];
    for (const field of open) answered.push([named(field), await codeFor(world.asPowerless, field)]);
    // Everybody may ask for these; that some cannot be done with what is asked is another matter.
    expect(answered).toEqual([
      ['Query.account', undefined],
      ['Query.member', undefined],
      ['Query.members', undefined],
      ['Query.sessions', undefined],
      ['Query.secondFactor', undefined],
      ['Mutation.updateMyProfile', undefined],
      ['Mutation.revokeSession', 'NOT_FOUND'],
      ['Mutation.revokeOtherSessions', undefined],
      ['Mutation.changeMyPassword', 'VALIDATION_FAILED'],
      ['Mutation.startSecondFactor', 'VALIDATION_FAILED'],
      ['Mutation.confirmSecondFactor', 'CONFLICT'],
      ['Mutation.replaceRecoveryCodes', 'CONFLICT'],
      ['Mutation.removeSecondFactor', 'VALIDATION_FAILED'],
    ]);
  });

  test('that needs permissions is refused to a member with all others, with the name of one that is missing, and not to one with what is enough alone', async () => {
    const needing = fields
      .map((field) => ({ field, rule: permissionsOf(ruleOf(field)) }))
      .filter(({ rule }) => rule.permissions.length > 0);
    expect(needing.length).toBeGreaterThan(12);
    expect(needing.filter(({ rule }) => rule.all).length).toBeGreaterThan(1);
    const callers = new Map<string, Awaited<ReturnType<typeof callersFor>>>();
    for (const { field, rule } of needing) {
      const key = JSON.stringify(rule);
      const { lacking, enough } = callers.get(key) ?? (await callersFor(rule));
      callers.set(key, { lacking, enough });
      for (const [permission, without] of lacking) {
        const { errors } = await send(without.url, without.token, field.query, field.variables);
        expect([named(field), errors?.[0]?.extensions.code]).toEqual([named(field), 'FORBIDDEN']);
        expect(errors?.[0]?.message).toContain(permission);
      }
      const code = await codeFor(enough, field);
      expect([named(field), code]).toEqual([
        named(field),
        expect.not.stringMatching(/^(FORBIDDEN|UNAUTHENTICATED|INTERNAL)$/),
      ]);
    }
  });

  async function callersFor(rule: Needed) {
    const signIn = async (held: Permission[]) =>
      signInAs(
        server,
        await world.arrange.member(world.accountId, { clientAccess: 'ALL', permissions: held }),
      );
    const lacking: [missing: Permission | undefined, Caller][] = [];
    for (const missing of lackedBy(rule)) lacking.push([missing[0], await signIn(allBut(missing))]);
    // What was written is read again for the answer, which needs a permission of its own.
    const held = [...rule.permissions.slice(0, rule.all ? undefined : 1), Permission.VIEW_CLIENTS];
    return { lacking, enough: await signIn([...new Set(held)]) };
  }

  test('for people or members is refused to partner tokens, whatever they were given', async () => {
    const { text } = await world.arrange.accessToken(world.accountId, { permissions: tokenPermissions });
    const asProgram = new Caller(server.url, text);
    const forPeople = fields.filter((field) =>
      [isPerson, isMember].includes(ruleOf(field) as typeof isPerson),
    );
    expect(forPeople.map(named)).toEqual(
      expect.arrayContaining(['Query.sessions', 'Mutation.updateMyProfile']),
    );
    const forbidden = fields.filter((field) => {
      const needed = permissionsOf(ruleOf(field));
      return needed.permissions.length > 0 && !isEnough(needed, tokenPermissions);
    });
    expect(forbidden.map(named)).toEqual(
      expect.arrayContaining(['Query.accessTokens', 'Mutation.createAccessToken', 'Mutation.createMember']),
    );
    for (const field of [...forPeople, ...forbidden])
      expect([named(field), await codeFor(asProgram, field)]).toEqual([named(field), 'FORBIDDEN']);
  });

  test('for administrators or owners is refused to those below them, whatever their permissions', async () => {
    const member = await world.arrange.member(world.accountId, {
      clientAccess: 'ALL',
      permissions: Object.values(Permission),
    });
    const asMember = await signInAs(server, member);
    const forAdministrators = fields.filter((field) => ruleOf(field) === isAdministrator);
    const forOwners = fields.filter((field) => ruleOf(field) === isOwner);
    expect([forAdministrators.map(named), forOwners.map(named)]).toEqual([
      ['Query.plans'],
      ['Mutation.changePlan'],
    ]);
    for (const field of [...forAdministrators, ...forOwners])
      expect(await codeFor(asMember, field)).toBe('FORBIDDEN');
    for (const field of forAdministrators) expect(await codeFor(world.asAdmin, field)).toBeUndefined();
    for (const field of forOwners) expect(await codeFor(world.asAdmin, field)).toBe('FORBIDDEN');
    for (const field of forOwners) expect(await codeFor(world.asOwner, field)).toBeUndefined();
  });
});

describe('permissions that change after sign-in', () => {
  test('count at the very next request, whether they were given or taken away', async () => {
    const { id, ...member } = await world.arrange.member(world.accountId, {
      clientAccess: 'ALL',
      permissions: ['VIEW_CLIENTS'],
    });
    const caller = await signInAs(server, member);
    const input = { id: world.clients.four, changes: { contactName: 'Somebody' } };
    expect((await caller.refusal(UpdateClientDocument, { input })).code).toBe('FORBIDDEN');
    await server.owner.query(
      `insert into ringfence.member_permissions (account_id, member_id, permission) values ($1, $2, 'EDIT_CLIENTS')`,
      [world.accountId, id],
    );
    expect((await caller.get(UpdateClientDocument, { input })).updateClient.client.contactName).toBe(
      'Somebody',
    );

    const hinted = await signInAs(server, member);
    await server.owner.query('delete from ringfence.member_permissions where member_id = $1', [id]);
    expect((await hinted.refusal(UpdateClientDocument, { input })).code).toMatch(/^(FORBIDDEN|NOT_FOUND)$/);
  });
});
