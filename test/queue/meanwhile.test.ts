// Who asks for a lead while something else is going on: while a right is taken from them they are given nothing, which would be theirs
// for two hours, and nobody's; for who edits leads they do not wait.
import { until } from '../support/activity';
import { Caller } from '../support/client';
import { NextLeadDocument } from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, signInAs, type World } from '../support/world';
import { next } from './waiting';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const lockOfMember = 'select from ringfence.member_access where member_id = $1 for no key update';

/** Has somebody ask while something is being changed that they wait for, by SQL about one id, and answers when it is. */
async function whileChanging<Answer>(
  id: string,
  changes: string[],
  ask: () => Promise<Answer>,
): Promise<Answer> {
  const { owner } = server;
  await owner.query('begin');
  for (const change of changes) await owner.query(change, [id]);
  const answer = ask();
  await until(async () => {
    const { rowCount } = await owner.query(
      `select from pg_locks where not granted and pid in (
         select pid from pg_stat_activity where usename = 'ringfence_login' and datname = current_database())`,
    );
    return rowCount !== 0;
  });
  await owner.query('commit');
  return answer;
}

test.each<[string, string, string]>([
  ['the permission', 'delete from ringfence.member_permissions where member_id = $1', 'FORBIDDEN'],
  [
    'all clients but those assigned to them',
    "update ringfence.member_access set client_access = 'ASSIGNED' where member_id = $1",
    'UNAUTHENTICATED',
  ],
  [
    'the session',
    "update fence.sessions set ended_at = now(), end_reason = 'REVOKED' where member_id = $1 and ended_at is null",
    'UNAUTHENTICATED',
  ],
])('nothing is given to who waits while they lose %s', async (_, changes, code) => {
  const { arrange, accountId, clients } = world;
  const list = await arrange.list(accountId, clients.one);
  await arrange.lead(list, { name: 'One' });
  const member = await arrange.member(accountId, { permissions: ['ACCESS_CRM'], clientAccess: 'ALL' });
  const caller = await signInAs(server, member);
  expect(
    await whileChanging(member.id, [lockOfMember, changes], () =>
      caller.refusal(NextLeadDocument, { input: { listId: list } }),
    ),
  ).toEqual({ code });
  const { rows } = await server.owner.query('select from ringfence.lead_holds where list_id = $1', [list]);
  expect(rows).toEqual([]);
  expect(await next(world.asOwner, list)).toBe('One');
});

test('nor through an access token of theirs', async () => {
  const { arrange, accountId, clients } = world;
  const list = await arrange.list(accountId, clients.two);
  await arrange.lead(list, { name: 'One' });
  const member = await arrange.member(accountId, { permissions: ['ACCESS_CRM'], clientAccess: 'ALL' });
  const { text } = await arrange.accessToken(accountId, {
    memberId: member.id,
    permissions: ['VIEW_CLIENTS', 'ACCESS_CRM'],
  });
  expect(
    await whileChanging(
      member.id,
      [lockOfMember, 'delete from ringfence.member_permissions where member_id = $1'],
      () => new Caller(server.url, text).refusal(NextLeadDocument, { input: { listId: list } }),
    ),
  ).toEqual({ code: 'FORBIDDEN' });
  const { rows } = await server.owner.query('select from ringfence.lead_holds where list_id = $1', [list]);
  expect(rows).toEqual([]);
});

test('nor of a client that is being archived', async () => {
  const { arrange, accountId } = world;
  const client = await arrange.client(accountId, 'Archived meanwhile');
  const list = await arrange.list(accountId, client);
  await arrange.lead(list);
  const changes = [
    "update ringfence.clients set status = 'ARCHIVED', status_before_archive = 'ACTIVE' where id = $1",
    "update ringfence.lists set status = 'ARCHIVED', archived_with_client = true where client_id = $1",
  ];
  expect(
    await whileChanging(client, changes, () =>
      world.asAdmin.refusal(NextLeadDocument, { input: { listId: list } }),
    ),
  ).toEqual({ code: 'CONFLICT', reason: 'CLIENT_ARCHIVED' });
});

test('a lead is given while others edit leads of the client, or wait for their turn to', async () => {
  const { arrange, accountId, clients } = world;
  const list = await arrange.list(accountId, clients.three);
  await arrange.lead(list, { name: 'One' });
  const { owner } = server;
  await owner.query('begin');
  await owner.query('select from ringfence.clients where id = $1 for no key update', [clients.three]);
  const given = await next(world.asAdmin, list);
  await owner.query('rollback');
  expect(given).toBe('One');
});
