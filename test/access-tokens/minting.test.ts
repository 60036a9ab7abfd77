// Who mints a partner token, with what, and who ever sees its text.
import { parseToken } from '../../src/access-tokens/token-text';
import {
  AccessTokenDocument,
  AccessTokensDocument,
  CreateAccessTokenDocument,
  UpdateAccessTokenDocument,
  ViewerDocument,
  type CreateAccessTokenInput,
} from '../support/documents.generated';
import {
  clientsSeenBy,
  inDays,
  mint,
  permissionsOf,
  tokenInput,
  tokensListedBy,
} from '../support/access-tokens';
import type { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
/** VIEW and EDIT_CLIENTS, and tokens; clients `one` and `three`. */
let asManager: Caller;
let managerId: string;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const manager = await world.arrange.member(world.accountId, {
    name: 'Mia Manager',
    permissions: ['VIEW_CLIENTS', 'EDIT_CLIENTS', 'MANAGE_ACCESS_TOKENS'],
    clients: [world.clients.one, world.clients.three],
  });
  managerId = manager.id;
  asManager = await signInAs(server, manager);
});
afterAll(() => server.close());

const refused = (by: Caller, input: CreateAccessTokenInput) =>
  changingNothing(server.owner, () => by.refusal(CreateAccessTokenDocument, { input }));

test('a token is shown with what it was given, opens that, and its text looks as scanners expect', async () => {
  const input = tokenInput(['VIEW_CLIENTS', 'EDIT_CLIENTS'], [world.clients.one]);
  const { text, id, accessToken, caller } = await mint(asManager, input);
  expect(text).toMatch(/^rf_[0-9A-Za-z]{71}$/);
  expect(parseToken(text)?.id).toBe(id);
  expect(text.startsWith(accessToken.prefix)).toBe(true);
  expect(accessToken).toMatchObject({
    name: 'Nightly sync',
    state: 'ACTIVE',
    permissions: ['EDIT_CLIENTS', 'VIEW_CLIENTS'],
    effectivePermissions: ['EDIT_CLIENTS', 'VIEW_CLIENTS'],
    allClients: false,
    clientIds: [world.clients.one],
    member: { id: managerId },
    createdBy: { id: managerId },
    lastUsedAt: null,
    revokedAt: null,
  });
  expect(await clientsSeenBy(caller)).toEqual(['One']);
  const { viewer } = await caller.get(ViewerDocument);
  expect(viewer).toMatchObject({
    kind: 'PARTNER_TOKEN',
    role: null,
    clientAccess: 'ASSIGNED',
    account: { slug: 'alpha' },
    member: null,
    portalUser: null,
    accessToken: { id, name: 'Nightly sync', prefix: accessToken.prefix },
  });
  expect(viewer.sessionExpiresAt).toBe(accessToken.expiresAt);
});

test('its text is shown once: not in the list, and not when the mutation is sent again under its key', async () => {
  const input = tokenInput(['VIEW_CLIENTS'], [world.clients.one]);
  const first = await mint(asManager.under('mint-once'), input);
  const again = await asManager.under('mint-once').get(CreateAccessTokenDocument, { input });
  expect(again.createAccessToken).toMatchObject({ token: null, accessToken: { id: first.id } });
  const listed = await asManager.get(AccessTokensDocument);
  expect(JSON.stringify(listed)).not.toContain(first.text.slice(first.accessToken.prefix.length));
  expect((await tokensListedBy(asManager)).filter((id) => id === first.id)).toHaveLength(1);
});

describe('nobody mints', () => {
  test('what they do not hold or reach', async () => {
    const { one, two } = world.clients;
    expect(await refused(asManager, tokenInput(['VIEW_CLIENTS', 'DELETE_CLIENTS'], [one]))).toEqual({
      code: 'FORBIDDEN',
    });
    expect(await refused(asManager, tokenInput(['VIEW_CLIENTS']))).toEqual({ code: 'FORBIDDEN' });
    for (const client of [two, world.other.clientId, '01900000-0000-7000-8000-000000000000'])
      expect(await refused(asManager, tokenInput(['VIEW_CLIENTS'], [one, client]))).toEqual({
        code: 'NOT_FOUND',
        field: 'input.clientIds',
      });
  });

  test('without MANAGE_ACCESS_TOKENS, anonymously, from a portal, or as a program', async () => {
    const input = tokenInput(['VIEW_CLIENTS'], [world.clients.one]);
    const { caller } = await mint(world.asOwner, tokenInput(['VIEW_CLIENTS', 'EDIT_CLIENTS']));
    for (const by of [world.asMemberWithAll, world.asPowerless, world.asPortalUser, caller])
      expect(await refused(by, input)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(world.asAnonymous, input)).toEqual({ code: 'UNAUTHENTICATED' });
    expect(await caller.refusal(AccessTokensDocument)).toEqual({ code: 'FORBIDDEN' });
  });

  test('for the account, but owners', async () => {
    const input = tokenInput(['VIEW_CLIENTS'], [world.clients.one], { belongsToAccount: true });
    expect(await refused(world.asAdmin, input)).toEqual({ code: 'FORBIDDEN' });
    expect(await refused(asManager, input)).toEqual({ code: 'FORBIDDEN' });
    const { accessToken } = await mint(world.asOwner, input);
    expect(accessToken).toMatchObject({ member: null, createdBy: { id: world.members.owner.id } });
  });

  test.each<[string, () => Partial<CreateAccessTokenInput>, string]>([
    ['that manages members', () => ({ permissions: ['MANAGE_MEMBERS'] }), 'permissions'],
    ['that mints tokens', () => ({ permissions: ['MANAGE_ACCESS_TOKENS'] }), 'permissions'],
    ['that changes the account', () => ({ permissions: ['MANAGE_ACCOUNT'] }), 'permissions'],
    ['that may do nothing', () => ({ permissions: [] }), 'permissions'],
    ['for nobody', () => ({ allClients: false }), 'clientIds'],
    ['for all and for some', () => ({ clientIds: [world.clients.one] }), 'clientIds'],
    ['that has expired', () => ({ expiresAt: inDays(-1) }), 'expiresAt'],
    ['for longer than a year and a day', () => ({ expiresAt: inDays(367) }), 'expiresAt'],
    ['without a name', () => ({ name: ' ' }), 'name'],
  ])('a token %s', async (_, more, field) => {
    expect(await refused(world.asOwner, tokenInput(['VIEW_CLIENTS'], undefined, more()))).toEqual({
      code: 'VALIDATION_FAILED',
      field: `input.${field}`,
    });
  });
});

test('members list their own tokens, administrators all of the account, nobody those of another account', async () => {
  const own = await mint(asManager, tokenInput(['VIEW_CLIENTS'], [world.clients.three]));
  const ofAccount = await mint(
    world.asOwner,
    tokenInput(['VIEW_CLIENTS'], undefined, { belongsToAccount: true }),
  );
  const foreign = await mint(world.other.asOwner, tokenInput(['VIEW_CLIENTS']));
  expect(await tokensListedBy(asManager)).toContain(own.id);
  expect(await tokensListedBy(asManager)).not.toContain(ofAccount.id);
  for (const by of [world.asOwner, world.asAdmin]) {
    expect(await tokensListedBy(by)).toEqual(expect.arrayContaining([own.id, ofAccount.id]));
    expect(await tokensListedBy(by)).not.toContain(foreign.id);
  }
  const { accessTokens } = await world.asAdmin.get(AccessTokensDocument, {
    filter: { memberId: managerId, state: ['ACTIVE'] },
  });
  expect(new Set(accessTokens.nodes.map(({ member }) => member?.id))).toEqual(new Set([managerId]));
  for (const id of [ofAccount.id, foreign.id])
    expect(await asManager.refusal(AccessTokenDocument, { id })).toEqual({ code: 'NOT_FOUND', field: 'id' });
  const input = { id: foreign.id, name: 'Stolen' };
  expect(
    await changingNothing(server.owner, () => world.asOwner.refusal(UpdateAccessTokenDocument, { input })),
  ).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
});

test('a token is renamed, and that, like minting, is in the log', async () => {
  let id = '';
  const minted = await auditedBy(server.owner, async () => {
    id = (await mint(asManager, tokenInput(['VIEW_CLIENTS'], [world.clients.one]))).id;
  });
  expect(minted).toMatchObject([{ action: 'ACCESS_TOKEN_CREATED', actorId: managerId, subjectId: id }]);
  const renamed = await auditedBy(server.owner, () =>
    asManager.get(UpdateAccessTokenDocument, { input: { id, name: 'Weekly sync' } }),
  );
  expect(renamed).toMatchObject([{ action: 'ACCESS_TOKEN_UPDATED', details: { changed: ['name'] } }]);
});

test('listing takes as many statements for many tokens as for one', async () => {
  const list = (first: number) => () => world.asOwner.get(AccessTokensDocument, { first });
  await list(10)();
  expect(await statementsOf(list(10))).toBe(await statementsOf(list(1)));
});

test('what was minted before one lost a permission does no more than one does oneself', async () => {
  const { caller } = await mint(asManager, tokenInput(['VIEW_CLIENTS', 'EDIT_CLIENTS'], [world.clients.one]));
  expect(await permissionsOf(caller)).toEqual(['EDIT_CLIENTS', 'VIEW_CLIENTS']);
  await server.owner.query(
    "delete from ringfence.member_permissions where member_id = $1 and permission = 'EDIT_CLIENTS'",
    [managerId],
  );
  expect(await permissionsOf(caller)).toEqual(['VIEW_CLIENTS']);
});
