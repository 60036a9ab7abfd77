// How exports end: with one state of the database from the first row to the last, or visibly before.
import { Client } from 'pg';
import { until } from '../support/activity';
import { Caller } from '../support/client';
import {
  arrangeManyRows,
  databaseWaits,
  download,
  endOf,
  filesIn,
  manyRows,
  receive,
  recordsIn,
  statesOfExports,
} from '../support/exports';
import { startTestServer, type TestServer } from '../support/server';
import type { TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let superuser: Client;
let stayId: string;

beforeAll(async () => {
  server = await startTestServer({ settings: { EXPORT_CHECK_MILLISECONDS: '0' } });
  world = await createWorld(server);
  superuser = new Client({ connectionString: server.database.adminUrl });
  await superuser.connect();
  ({ stayId } = await arrangeManyRows(server.owner, world));
});
afterAll(async () => {
  await superuser.end();
  await server.close();
});
afterEach(async () => {
  // Whatever happened: nobody holds a connection, and there is a place for the next.
  await until(async () => (await statesOfExports(superuser)).every((state) => state === 'idle'));
});

/** Somebody who may export client `one`, and see the agent by assignment. */
async function exporter(permissions: string[] = []): Promise<{ member: TestMember; caller: Caller }> {
  const member = await world.arrange.member(world.accountId, {
    permissions: ['VIEW_CLIENTS', 'EXPORT_DATA', ...permissions],
    clients: [world.clients.one],
    agentAccess: 'ASSIGNED',
    agents: [stayId],
  });
  return { member, caller: await signInAs(server, member) };
}

test('an export is one snapshot: what is changed while it is taken is not in it, in no kind', async () => {
  const receiving = await receive(world.asOwner, world.clients.one);
  const added = await world.arrange.member(world.accountId, { clients: [world.clients.one] });
  await server.owner.query("update ringfence.agent_configurations set saved_by = 'Somebody else'");
  const records = recordsIn(await receiving.rest());
  expect(records.at(-1)).toMatchObject({ type: 'end', complete: true, counts: { agents: 1 } });
  const configurations = records.filter(({ type }) => type === 'agentConfiguration');
  expect(configurations).toHaveLength(manyRows);
  expect(new Set(configurations.map(({ savedBy }) => savedBy))).toEqual(new Set(['Adam']));
  expect(records.map(({ memberId }) => memberId)).not.toContain(added.id);

  const next = recordsIn((await download(world.asOwner, world.clients.one)).body);
  expect(next.map(({ memberId }) => memberId)).toContain(added.id);
  expect(next.find(({ type }) => type === 'agentConfiguration')).toMatchObject({ savedBy: 'Somebody else' });
});

test('an export that is not taken keeps the database waiting instead of filling the memory', async () => {
  const receiving = await receive(world.asOwner, world.clients.one);
  await until(() => databaseWaits(superuser));
  expect(endOf(await receiving.rest())).toMatchObject({ complete: true });
});

describe('an export ends visibly, at the next look, when', () => {
  const change = (text: string) => async (member: TestMember) =>
    void (await server.owner.query(text, [member.id]));

  test.each<[what: string, permissions: string[], lose: (member: TestMember) => Promise<void>]>([
    [
      'the right to export is taken away',
      [],
      change("delete from ringfence.member_permissions where member_id = $1 and permission = 'EXPORT_DATA'"),
    ],
    [
      'the right to see a kind is taken away',
      ['USE_ADVANCED_EDITOR'],
      change(
        "delete from ringfence.member_permissions where member_id = $1 and permission = 'USE_ADVANCED_EDITOR'",
      ),
    ],
    [
      'the client is no longer assigned',
      [],
      change('delete from ringfence.client_assignments where member_id = $1'),
    ],
    [
      'an agent is no longer assigned',
      [],
      change('delete from ringfence.agent_assignments where member_id = $1'),
    ],
    [
      'the session ends',
      [],
      change("update fence.sessions set ended_at = now(), end_reason = 'SIGNED_OUT' where member_id = $1"),
    ],
    [
      'the member is deactivated',
      [],
      change("update ringfence.member_access set status = 'DISABLED' where member_id = $1"),
    ],
    [
      'the member becomes another kind',
      [],
      change("update ringfence.member_access set role = 'ADMIN', client_access = 'ALL' where member_id = $1"),
    ],
  ])('%s', async (_what, permissions, lose) => {
    const { member, caller } = await exporter(permissions);
    const receiving = await receive(caller, world.clients.one);
    await lose(member);
    const records = recordsIn(await receiving.rest());
    expect(records.at(-1)).toMatchObject({ type: 'end', complete: false, reason: 'REVOKED' });
    const rows = records.filter(({ type }) => type === 'agentConfiguration').length;
    expect(rows).toBeLessThan(manyRows);
    expect(records.at(-1)?.counts).toMatchObject({ 'agent-configurations': rows });
  });

  test.each([
    [
      'leads come into blind mode',
      "update ringfence.clients c set blind_mode = 'ON' from ringfence.lists l where c.id = l.client_id and l.id = $1",
      "update ringfence.clients c set blind_mode = 'INHERIT' from ringfence.lists l where c.id = l.client_id and l.id = $1",
    ],
    [
      'a list is closed',
      "update ringfence.lists set access = 'NAMED' where id = $1",
      "update ringfence.lists set access = 'ALL' where id = $1",
    ],
  ])('%s', async (_what, hide, show) => {
    const list = await world.arrange.list(world.accountId, world.clients.one);
    await world.arrange.lead(list, { name: 'Not for them' });
    const { caller } = await exporter(['ACCESS_CRM']);
    const receiving = await receive(caller, world.clients.one);
    await server.owner.query(hide, [list]);
    const rest = await receiving.rest();
    await server.owner.query(show, [list]);
    expect(endOf(rest)).toMatchObject({ complete: false, reason: 'REVOKED' });
    expect(rest).not.toContain('Not for them');
  });

  test('a partner token is revoked', async () => {
    const token = await world.arrange.accessToken(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'EXPORT_DATA'],
    });
    const receiving = await receive(new Caller(server.url, token.text), world.clients.one);
    await server.owner.query('update ringfence.access_tokens set revoked_at = now() where id = $1', [
      token.id,
    ]);
    expect(endOf(await receiving.rest())).toMatchObject({ complete: false, reason: 'REVOKED' });
  });

  test('its access token expires, and says that it is this', async () => {
    const { member, caller } = await exporter();
    const receiving = await receive(caller, world.clients.one);
    await server.owner.query(
      'update fence.access_credentials set expires_at = now() where session_id in (select id from fence.sessions where member_id = $1)',
      [member.id],
    );
    expect(endOf(await receiving.rest())).toMatchObject({ complete: false, reason: 'TOKEN_EXPIRED' });
  });

  test('its partner token expires, and says that it is this', async () => {
    const token = await world.arrange.accessToken(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'EXPORT_DATA'],
    });
    const receiving = await receive(new Caller(server.url, token.text), world.clients.one);
    await server.owner.query(
      "update ringfence.access_tokens set created_at = now() - interval '2 days', expires_at = now() where id = $1",
      [token.id],
    );
    expect(endOf(await receiving.rest())).toMatchObject({ complete: false, reason: 'TOKEN_EXPIRED' });
  });

  test('it is a zip: the manifest says so, behind what there is of the files', async () => {
    const { member, caller } = await exporter();
    await server.owner.query(
      "update ringfence.agent_configurations set settings = jsonb_build_object('text', (select string_agg(md5(n::text || number), '') from generate_series(1, 300) n))",
    );
    const receiving = await receive(caller, `${world.clients.one}?format=csv`);
    await server.owner.query('delete from ringfence.client_assignments where member_id = $1', [member.id]);
    await receiving.rest();
    const files = await filesIn(Buffer.from(receiving.received, 'latin1'));
    expect([...files.keys()].at(-1)).toBe('manifest.json');
    expect(JSON.parse(files.get('manifest.json') ?? '')).toMatchObject({
      complete: false,
      reason: 'REVOKED',
    });
    expect(files.has('agent-advanced-configurations.csv')).toBe(false);
  });
});
