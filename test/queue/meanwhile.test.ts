// Who asks for a lead while something else is going on: while a right is taken from them they are given nothing, which would be theirs
// for two hours, and nobody's; for who edits leads they do not wait.
import { whileChanging } from '../support/activity';
import { Caller } from '../support/client';
import { NextLeadDocument } from '../support/documents.generated';
import { losses } from '../support/losses';
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

/** Under the lock that others take who change what a member may do. */
async function lose(memberId: string, loss: string): Promise<void> {
  await server.owner.query('select from ringfence.member_access where member_id = $1 for no key update', [
    memberId,
  ]);
  await server.owner.query(loss, [memberId]);
}

test.each(losses)('nothing is given to who waits while they lose %s', async (_, loss, code) => {
  const { arrange, accountId, clients } = world;
  const list = await arrange.list(accountId, clients.one);
  await arrange.lead(list, { name: 'One' });
  const member = await arrange.member(accountId, { permissions: ['ACCESS_CRM'], clientAccess: 'ALL' });
  const caller = await signInAs(server, member);
  expect(
    await whileChanging(
      server.owner,
      () => lose(member.id, loss),
      () => caller.refusal(NextLeadDocument, { input: { listId: list } }),
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
      server.owner,
      () => lose(member.id, 'delete from ringfence.member_permissions where member_id = $1'),
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
  const archive = async () => {
    await server.owner.query(
      "update ringfence.clients set status = 'ARCHIVED', status_before_archive = 'ACTIVE' where id = $1",
      [client],
    );
    await server.owner.query(
      "update ringfence.lists set status = 'ARCHIVED', archived_with_client = true where client_id = $1",
      [client],
    );
  };
  expect(
    await whileChanging(server.owner, archive, () =>
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
