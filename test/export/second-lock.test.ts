// Below the API: what the database refuses by itself, and what the connections of exports give to their next user.
import { SealedKind, type Transaction } from '../../src/database/transaction';
import { copyStatement, kinds } from '../../src/export/kinds';
import { roleOfKind, sessionOfToken } from '../isolation/sessions';
import type { Caller } from '../support/client';
import { download, endOf } from '../support/exports';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing } from '../support/stored';
import type { TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let exporter: TestMember;
let asExporter: Caller;

beforeAll(async () => {
  server = await startTestServer({ settings: { EXPORTS_AT_ONCE: '1' } });
  world = await createWorld(server);
  exporter = await world.arrange.member(world.accountId, {
    permissions: ['VIEW_CLIENTS', 'EXPORT_DATA'],
    clients: [world.clients.one],
  });
  asExporter = await signInAs(server, exporter);
  for (const [accountId, clientId] of [
    [world.accountId, world.clients.one],
    [world.accountId, world.clients.two],
    [world.other.accountId, world.other.clientId],
  ] as const) {
    const agent = await world.arrange.agent(accountId, clientId);
    await world.arrange.call(agent.stayId);
    await world.arrange.conversation(agent.stayId);
    await world.arrange.portalUser(accountId, clientId);
  }
});
afterAll(() => server.close());

const credentialOf = (caller: Caller) => sessionOfToken(caller).credential;

async function writing(caller: Caller, text: string, values: unknown[]): Promise<unknown[]> {
  const transaction = server.services.database.transaction(credentialOf(caller), 'read write');
  try {
    return await transaction.query(text, values);
  } finally {
    await transaction.rollback();
  }
}

const start = (caller: Caller, clientId: string, format = 'NDJSON', names: string[] | null = ['client']) =>
  writing(caller, 'select ringfence.start_export($1, $2, $3)', [clientId, format, names]);

const refusedWith = (code: string) => ({ extensions: { code } });

test('no export begins for whoever may not export, or not this client', async () => {
  await changingNothing(server.owner, async () => {
    for (const caller of [world.asMemberWithAll, world.asScopedMember, world.asPowerless, world.asPortalUser])
      await expect(start(caller, world.clients.one)).rejects.toMatchObject(refusedWith('FORBIDDEN'));
    for (const id of [world.clients.two, world.other.clientId, world.accountId])
      await expect(start(asExporter, id)).rejects.toMatchObject(refusedWith('NOT_FOUND'));
  });
  expect(await start(asExporter, world.clients.one)).toHaveLength(1);
});

test('the log takes no other formats, kinds and reasons than there can be', async () => {
  for (const [format, names] of [
    ['XML', ['client']],
    [null, ['client']],
    ['CSV', []],
    ['CSV', null],
    ['CSV', ['Client 1']],
    ['CSV', [null]],
  ] as [string, string[]][])
    await expect(start(asExporter, world.clients.one, format, names)).rejects.toMatchObject({
      code: '22023',
    });
  const end = (id: string | null, reason: string | null) =>
    writing(asExporter, endStatement, [world.clients.one, id, reason]);
  await expect(end(world.clients.one, 'any text')).rejects.toMatchObject({ code: '22023' });
  await expect(end(null, null)).rejects.toMatchObject({ code: '22023' });
});

const endStatement = 'select ringfence.end_export($1, $2, $3)';

async function started(clientId: string): Promise<string> {
  const transaction = server.services.database.transaction(credentialOf(asExporter), 'read write');
  const [row] = await transaction.query<{ id: string }>(
    "select ringfence.start_export($1, 'NDJSON', '{client}') as id",
    [clientId],
  );
  await transaction.commit();
  return row?.id ?? '';
}

test('an export ends once, and for whoever began it', async () => {
  const { one, two } = world.clients;
  const id = await started(one);
  const otherExporter = await signInAs(
    server,
    await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'EXPORT_DATA'],
      clients: [one],
    }),
  );
  for (const [caller, clientId, exportId] of [
    [otherExporter, one, id],
    [world.asOwner, one, id],
    [asExporter, two, id],
    [asExporter, world.other.clientId, id],
    [asExporter, one, world.accountId],
  ] as const)
    await expect(writing(caller, endStatement, [clientId, exportId, null])).rejects.toMatchObject(
      refusedWith('NOT_FOUND'),
    );
  const transaction = server.services.database.transaction(credentialOf(asExporter), 'read write');
  await transaction.query(endStatement, [one, id, null]);
  await expect(transaction.query(endStatement, [one, id, 'REVOKED'])).rejects.toMatchObject(
    refusedWith('NOT_FOUND'),
  );
  await transaction.rollback();
});

test("the end of an export of a client that is no longer within reach is the account's, and tells nothing of the client", async () => {
  const { one } = world.clients;
  const id = await started(one);
  await server.owner.query(
    'delete from ringfence.client_assignments where client_id = $1 and member_id = $2',
    [one, exporter.id],
  );
  const transaction = server.services.database.transaction(credentialOf(asExporter), 'read write');
  await transaction.query(endStatement, [one, id, 'REVOKED']);
  await transaction.commit();
  const { rows } = await server.owner.query<{ is_house: boolean; account_id: string }>(
    `select c.is_house, e.account_id from ringfence.audit_entries e join ringfence.clients c on c.account_id = e.account_id and c.id = e.client_id
     where e.action = 'CLIENT_EXPORT_ENDED' and e.details ->> 'export' = $1`,
    [id],
  );
  expect(rows).toEqual([{ is_house: true, account_id: world.accountId }]);
  await server.owner.query(
    'insert into ringfence.client_assignments (account_id, client_id, member_id) values ($1, $2, $3)',
    [world.accountId, one, exporter.id],
  );
});

/** What copying a kind of a client gives to somebody, whatever they may export. */
async function copied(caller: Caller, accountId: string, clientId: string): Promise<Record<string, string>> {
  const transaction: Transaction = server.services.database.streamingTransaction(credentialOf(caller));
  await transaction.query(
    "select set_config('ringfence.exported_account', $1, true), set_config('ringfence.exported_client', $2, true)",
    [accountId, clientId],
  );
  const found: Record<string, string> = {};
  for (const kind of kinds) {
    let text = '';
    for await (const piece of transaction.copyOut(copyStatement(kind, 'principal'))) text += piece.toString();
    if (text !== '') found[kind.name] = text;
  }
  await transaction.commit();
  return found;
}

test('copying reads under the policies: whatever client is named, only what somebody sees comes out', async () => {
  const own = await copied(asExporter, world.accountId, world.clients.one);
  expect(Object.keys(own)).toEqual(
    expect.arrayContaining(['client', 'portal-users', 'agents', 'calls', 'messages']),
  );
  for (const caller of [asExporter, world.asScopedMember])
    expect(await copied(caller, world.accountId, world.clients.two)).toEqual({});
  for (const caller of [asExporter, world.asOwner])
    expect(await copied(caller, world.other.accountId, world.other.clientId)).toEqual({});
  // Who has no right at all on a table is told so.
  await expect(copied(world.asPortalUser, world.accountId, world.clients.one)).rejects.toMatchObject(
    refusedWith('FORBIDDEN'),
  );
  expect(await copied(world.asPowerless, world.accountId, world.clients.one)).not.toHaveProperty('calls');
});

test.each([
  ['a session-wide identity', ["select set_config('ringfence.identity', 'A', false)"]],
  ['row security off', ['set row_security = off']],
  ['the role of administrators', ['set role ringfence_admin']],
  [
    "another's client to be exported",
    ["select set_config('ringfence.exported_client', gen_random_uuid()::text, false)"],
  ],
  ['another date style and time zone', ["set datestyle = 'SQL, DMY'", "set timezone = 'Asia/Kolkata'"]],
  ['a held cursor', ['declare behind cursor with hold for select 1']],
  ['a prepared statement', ['prepare behind as select 1']],
  ['a transaction of another role', ['begin', 'set local role ringfence_admin', 'select 1']],
])(
  '%s left behind on a connection does not reach the next export, nor fail it',
  async (_what, statements) => {
    const client = await server.services.database.streaming.pool.connect();
    for (const statement of statements) await client.query(statement);
    client.release();
    const { body } = await download(asExporter, `${world.clients.one}/calls`);
    expect(endOf(body.toString())).toMatchObject({ complete: true, counts: { calls: 1 } });
    expect(body.toString()).toMatch(/"startedAt":"\d{4}-\d\d-\d\dT[\d:.]+Z"/);
  },
);

test('a session that does not open any more, or is of another kind, opens none for an export', async () => {
  const credential = { ...credentialOf(asExporter), kind: SealedKind.OWNER };
  expect(roleOfKind[credential.kind]).toBe('ringfence_admin');
  const transaction = server.services.database.streamingTransaction(credential);
  await expect(transaction.query('select 1')).rejects.toMatchObject(refusedWith('UNAUTHENTICATED'));
  const { pool } = server.services.database.streaming;
  expect([pool.totalCount, pool.waitingCount]).toEqual([pool.idleCount, 0]);
});
