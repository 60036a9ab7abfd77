// What has had its time goes, also of accounts in which nobody does anything any more.
import { startAnotherServer, type AnotherServer } from '../support/another-server';
import { settled, until } from '../mail/outbox';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';

let server: TestServer;
let working: AnotherServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  working = await startAnotherServer(server.database, { settings: { WORKER: 'true' } });
});
afterAll(async () => {
  await working.close();
  await server.close();
});

test('uploads that never arrived and idempotency keys are removed in their time, and nothing else of them', async () => {
  const { owner } = server;
  const calls = await Promise.all(
    [world.clients.one, world.clients.two].map(async (clientId) =>
      world.arrange.call((await world.arrange.agent(world.accountId, clientId)).stayId),
    ),
  );
  for (const [call = '', age] of [
    [calls[0], '3 hours'],
    [calls[1], '1 hour'],
  ]) {
    const id = await world.arrange.upload(call, world.members.owner.id);
    await owner.query('update fence.uploads set expires_at = now() - $2::interval where id = $1', [id, age]);
  }
  await owner.query(
    `insert into fence.idempotency_keys (account_id, principal_id, key_digest, position, input_digest, created_at)
     select id, id, sha256(hours::text::bytea), 0, sha256('input'), now() - make_interval(hours => hours)
     from ringfence.accounts, (values (23), (25)) ages (hours)`,
  );
  await owner.query("select graphile_worker.add_job('remove_expired')");
  await settled(owner, 'remove_expired');
  const { rows: uploads } = await owner.query('select call_id as call from fence.uploads');
  expect(uploads).toEqual([{ call: calls[1] }]);
  const { rows: keys } = await owner.query(
    `select count(*)::int as count, count(distinct account_id)::int as accounts, max(now() - created_at) < interval '24 hours' as young
     from fence.idempotency_keys`,
  );
  const { rows: accounts } = await owner.query('select from ringfence.accounts');
  expect(keys).toEqual([{ count: accounts.length, accounts: accounts.length, young: true }]);
});

test('the worker comes back to it every hour', async () => {
  await until(async () => {
    const { rows } = await server.owner.query(
      'select identifier from graphile_worker._private_known_crontabs',
    );
    return rows.length > 0;
  });
  const { rows } = await server.owner.query('select identifier from graphile_worker._private_known_crontabs');
  expect(rows).toEqual([{ identifier: 'remove_expired' }]);
});
