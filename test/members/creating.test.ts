import { codeOf, postDocument } from '../support/http';
import type { Caller } from '../support/client';
import {
  ClientNamesDocument,
  CreateMemberDocument,
  MemberDocument,
  SignInDocument,
  type CreateMemberInput,
} from '../support/documents.generated';
import { startSession } from '../support/sessions';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import { Caller as Somebody } from '../support/client';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let asScopedManager: Caller;
let asManagerWithAll: Caller;

const chosen = 'umbrella teapot lantern';
let count = 0;
const input = (more: Partial<CreateMemberInput> = {}): CreateMemberInput => ({
  name: 'Nina New',
  email: `new-${(count += 1)}@team.test`,
  password: chosen,
  ...more,
});

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const permissions = ['VIEW_CLIENTS', 'MANAGE_MEMBERS'];
  const { arrange, accountId, clients } = world;
  asScopedManager = await signInAs(
    server,
    await arrange.member(accountId, {
      agentAccess: 'ASSIGNED',
      clients: [clients.one, clients.two],
      permissions,
    }),
  );
  asManagerWithAll = await signInAs(
    server,
    await arrange.member(accountId, { clientAccess: 'ALL', permissions }),
  );
});
afterAll(() => server.close());

const create = async (caller: Caller, more: Partial<CreateMemberInput> = {}) =>
  (await caller.get(CreateMemberDocument, { input: input(more) })).createMember.member;
const refused = (caller: Caller, more: Partial<CreateMemberInput> = {}) =>
  changingNothing(server.owner, () => caller.refusal(CreateMemberDocument, { input: input(more) }));

test('a new member sees clients, the assigned ones, and nothing else', async () => {
  expect(await create(world.asOwner, { email: 'Nina@Team.test', jobTitle: 'Support' })).toMatchObject({
    name: 'Nina New',
    jobTitle: 'Support',
    initials: 'NN',
    email: 'Nina@Team.test',
    role: 'MEMBER',
    status: 'ACTIVE',
    clientAccess: 'ASSIGNED',
    agentAccess: 'ASSIGNED',
    permissions: ['VIEW_CLIENTS'],
    assignedClientIds: [],
  });
});

test('they sign in with the password at once, and see the clients they were given', async () => {
  const email = 'given@team.test';
  const clientIds = [world.clients.one, world.clients.four];
  await create(world.asAdmin, { email, clientIds });
  const { accessToken } = await startSession(server.url, { email }, { password: chosen });
  const { clients } = await new Somebody(server.url, accessToken).get(ClientNamesDocument);
  expect(clients.nodes.map(({ name }) => name).sort()).toEqual(['Four', 'One']);
});

test('an administrator reaches all clients, whatever was said', async () => {
  const { id } = await create(world.asAdmin, { role: 'ADMIN', clientAccess: 'ASSIGNED', permissions: [] });
  const { member } = await world.asOwner.get(MemberDocument, { id });
  expect(member).toMatchObject({ role: 'ADMIN', clientAccess: 'ALL' });
  expect(member?.permissions).toContain('MANAGE_ACCOUNT');
});

test('it is in the log, with what was given and without the password', async () => {
  const entries = await auditedBy(server.owner, () =>
    create(world.asOwner, { clientIds: [world.clients.two], permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS'] }),
  );
  expect(entries).toMatchObject([
    { action: 'CLIENT_ASSIGNED', actorKind: 'OWNER', clientId: world.clients.two },
    {
      action: 'MEMBER_ACCESS_GIVEN',
      details: {
        role: 'MEMBER',
        permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS'],
        clientAccess: 'ASSIGNED',
        agentAccess: 'ASSIGNED',
      },
    },
    { action: 'MEMBER_CREATED', actorId: world.members.owner.id },
  ]);
  expect(JSON.stringify(entries)).not.toContain(chosen);
});

describe('nobody gives what they do not hold', () => {
  test('owners make owners; administrators do not', async () => {
    expect((await create(world.asOwner, { role: 'OWNER' })).role).toBe('OWNER');
    expect(await refused(world.asAdmin, { role: 'OWNER' })).toEqual({ code: 'FORBIDDEN' });
  });

  test.each<[string, Partial<CreateMemberInput>]>([
    ['the role of an owner', { role: 'OWNER' }],
    ['the role of an administrator', { role: 'ADMIN' }],
    ['a permission', { permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS'] }],
  ])('%s: neither a member with all clients nor a scoped one', async (_, more) => {
    for (const caller of [asManagerWithAll, asScopedManager])
      expect(await refused(caller, more)).toEqual({ code: 'FORBIDDEN' });
  });

  test('all clients, all agents: a member who has them, not a scoped one', async () => {
    for (const more of [{ clientAccess: 'ALL' }, { agentAccess: 'ALL' }] as const) {
      expect(await create(asManagerWithAll, more)).toMatchObject(more);
      expect(await refused(asScopedManager, more)).toEqual({ code: 'FORBIDDEN' });
    }
  });

  test('clients: a scoped member those of the own set; others are not there, like those of another account', async () => {
    const clientIds = [world.clients.one, world.clients.two];
    expect((await create(asScopedManager, { clientIds })).assignedClientIds).toHaveLength(2);
    for (const foreign of [world.clients.three, world.other.clientId, '01900000-0000-7000-8000-000000000000'])
      expect(await refused(asScopedManager, { clientIds: [world.clients.one, foreign] })).toEqual({
        code: 'NOT_FOUND',
        field: 'input.clientIds',
      });
    expect(await refused(world.asOwner, { clientIds: [world.other.clientId] })).toEqual({
      code: 'NOT_FOUND',
      field: 'input.clientIds',
    });
  });
});

test('without MANAGE_MEMBERS: FORBIDDEN; without a session: UNAUTHENTICATED', async () => {
  for (const caller of [world.asMemberWithAll, world.asScopedMember, world.asPowerless])
    expect(await refused(caller)).toEqual({ code: 'FORBIDDEN' });
  expect(await refused(world.asAnonymous)).toEqual({ code: 'UNAUTHENTICATED' });
});

describe('the email', () => {
  test('is taken within the account, whatever its case; another account has its own', async () => {
    await create(world.asOwner, { email: 'taken@team.test' });
    expect(await refused(world.asOwner, { email: 'TAKEN@team.test' })).toEqual({
      code: 'EMAIL_TAKEN',
      field: 'input.email',
    });
    expect((await create(world.other.asOwner, { email: 'taken@team.test' })).email).toBe('taken@team.test');
  });

  test('of fifty at once is given to one', async () => {
    const email = 'race@team.test';
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => world.asOwner.ask(CreateMemberDocument, { input: input({ email }) })),
    );
    const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code);
    expect(codes.filter((code) => code === undefined)).toHaveLength(1);
    expect(new Set(codes)).toEqual(new Set([undefined, 'EMAIL_TAKEN']));
  });

  test.each([
    ['nothing', ''],
    ['two of them', 'one@team.test, two@team.test'],
    ['a line break', 'one@team.test\r\nBcc: two@team.test'],
    ['a comment', 'one(comment)@team.test'],
    ['a name', 'Nina <one@team.test>'],
    ['NUL', 'one\0@team.test'],
  ])('is refused with %s', async (_, email) => {
    expect(await refused(world.asOwner, { email })).toEqual({
      code: 'VALIDATION_FAILED',
      field: 'input.email',
    });
  });
});

describe('the password', () => {
  const field = 'input.password';
  test.each([
    ['shorter than the account wants', 'five5'],
    ['one of the most common', 'Password'],
    ['of 129 characters', 'x'.repeat(129)],
    ['of a hundred thousand characters', 'x'.repeat(100_000)],
    ['with NUL', 'umbrella\0teapot'],
  ])('is refused when it is %s', async (_, password) => {
    expect(await refused(world.asOwner, { password })).toEqual({ code: 'VALIDATION_FAILED', field });
  });

  test('of a megabyte never reaches the validation', async () => {
    const answer = await postDocument(
      server.url,
      CreateMemberDocument,
      { input: input({ password: 'x'.repeat(2 ** 20) }) },
      { authorization: `Bearer ${world.asOwner.token}` },
    );
    expect([answer.status, codeOf(answer)]).toEqual([413, 'REQUEST_TOO_LARGE']);
  });

  test('is as long as the account says', async () => {
    await server.owner.query('update ringfence.accounts set password_minimum = 12 where id = $1', [
      world.other.accountId,
    ]);
    expect(await refused(world.other.asOwner, { password: 'elevenchars' })).toEqual({
      code: 'VALIDATION_FAILED',
      field,
    });
    expect((await create(world.other.asOwner, { password: 'twelve chars' })).status).toBe('ACTIVE');
  });

  test.each([
    ['of another script', 'пароль на каждый день'],
    ['of 128 characters beyond the first plane', '🔑'.repeat(128)],
  ])('may be one %s, and is kept whole', async (_, password) => {
    const email = `script-${(count += 1)}@team.test`;
    await create(world.asOwner, { email, password });
    await startSession(server.url, { email }, { password });
    const cut = [...password].slice(0, -1).join('');
    const answer = await postDocument(server.url, SignInDocument, { input: { email, password: cut } });
    expect(codeOf(answer)).toBe('UNAUTHENTICATED');
  });
});

test.each([
  ['a name of spaces', { name: '   ' }, 'input.name'],
  ['a name of 201 characters', { name: 'x'.repeat(201) }, 'input.name'],
  ['a job title with a control character', { jobTitle: 'a\u0007b' }, 'input.jobTitle'],
  ['a client that is no id', { clientIds: ['one'] }, 'input.clientIds'],
  [
    'more permissions than there are',
    { permissions: Array<'VIEW_CLIENTS'>(22).fill('VIEW_CLIENTS') },
    'input.permissions',
  ],
])('%s is refused', async (_, more, field) => {
  expect(await refused(world.asOwner, more)).toEqual({ code: 'VALIDATION_FAILED', field });
});

test('a permission named twice is given once', async () => {
  const { permissions } = await create(world.asOwner, { permissions: ['VIEW_CLIENTS', 'VIEW_CLIENTS'] });
  expect(permissions).toEqual(['VIEW_CLIENTS']);
});

test('sent again under its Idempotency-Key, one is created', async () => {
  const once = input();
  const caller = world.asOwner.under('one-member');
  const first = await caller.get(CreateMemberDocument, { input: once });
  const second = await caller.get(CreateMemberDocument, { input: once });
  expect(second.createMember.member.id).toBe(first.createMember.member.id);
});
