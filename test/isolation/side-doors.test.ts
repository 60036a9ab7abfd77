// Ways around the fence that are neither rows nor rights: what Postgres prints about itself, in which order it evaluates
// conditions, and resolvers that outlive their answer.
import { createArena, type Arena } from './arena';
import { LoginConnection } from './login-connection';
import { send } from '../support/client';
import { startTestServer } from '../support/server';
import { createWorld } from '../support/world';

let arena: Arena;
let login: LoginConnection;
const session = () => arena.principals['a scoped member, editing'];

beforeAll(async () => {
  arena = await createArena();
  login = await LoginConnection.open(arena.database.loginUrl);
});
afterAll(async () => {
  await login.close();
  await arena.close();
});

test('the pads of the seal are in no plan that Postgres can be made to print', async () => {
  const { rows } = await arena.owner.query<{ inner: string; outer: string }>(
    `select encode(inner_pad, 'hex') as inner, encode(outer_pad, 'hex') as outer from fence.seal_keys`,
  );
  const bytesOf = (hex: string) => Buffer.from(hex, 'hex').subarray(0, 8);
  const printed: string[] = [];
  login.client.on('notice', (notice) => printed.push(`${notice.message} ${notice.detail ?? ''}`));
  for (let round = 0; round < 8; round += 1) {
    await login.client.query(
      `begin; set local client_min_messages = log; set local debug_print_plan = on; set local debug_print_rewritten = on;
       set local debug_print_parse = on; set local debug_pretty_print = off`,
    );
    const { sessionId, secretDigest, kind } = session().credential;
    await login.client.query('select ringfence.open_session($1, $2, $3)', [sessionId, secretDigest, kind]);
    await login.client.query(`set local role ${session().role}`);
    await login.client.query(
      "select ringfence.has_permission('VIEW_CLIENTS'), (select count(*) from ringfence.clients)",
    );
    await login.client.query('rollback');
  }
  login.client.removeAllListeners('notice');
  const text = printed.join('\n');
  expect(text.length).toBeGreaterThan(1000);
  for (const { inner, outer } of rows) {
    for (const pad of [inner, outer]) {
      // As Postgres prints the bytes of a constant: signed, separated by spaces.
      expect(text).not.toContain([...bytesOf(pad)].map((byte) => (byte > 127 ? byte - 256 : byte)).join(' '));
      expect(text).not.toContain(pad.slice(0, 16));
    }
  }
});

test("no condition of the caller's own is evaluated on another account's row", async () => {
  const { rows } = await arena.owner.query<{ name: string }>(
    'select name from ringfence.clients where account_id <> $1 and not is_house',
    [session().accountId],
  );
  const [foreign] = rows;
  // In one statement: when the probe fits somebody's row, the set is read, and by then the seal is broken.
  const probe = `select x.i, (select count(*) from ringfence.clients c where c.name = x.v)
    from (select i, case when i = 2 then set_config('ringfence.identity', '', true) end as broken,
          case when i = 1 then 'no' else $1 end as v from generate_series(1, 2) i offset 0) x
    where x.broken is null or x.broken = ''`;
  const outcome = (value: string) => login.as(session(), () => login.attempt(probe, [value]));
  expect(foreign).toBeDefined();
  expect(await outcome(foreign?.name ?? '')).toEqual(await outcome('a name that nobody has'));

  const plan = (value: string) =>
    login.as(session(), () =>
      login.attempt(
        'explain (analyze, costs off, timing off, summary off, buffers off) select from ringfence.clients where name = $1',
        [value],
      ),
    );
  const shapeOf = async (value: string) => JSON.stringify(await plan(value)).replaceAll(value, '');
  expect(await shapeOf(foreign?.name ?? '')).toBe(await shapeOf('a name that nobody has'));
});

test('a resolver that outlives its answer opens no transaction that nobody would end', async () => {
  const server = await startTestServer({ settings: { POOL_SIZE: '2', POOL_WAIT_MILLISECONDS: '2000' } });
  try {
    const world = await createWorld(server);
    for (let round = 0; round < 10; round += 1) {
      await send(
        server.url,
        world.asOwner.token,
        '{ ok: clients { totalCount } bad: clients(first: 1000) { totalCount } }',
      );
    }
    const { errors } = await send(server.url, world.other.asOwner.token, '{ clients { totalCount } }');
    expect(errors).toBeUndefined();
    const { pool } = server.services.database;
    expect(pool.totalCount - pool.idleCount).toBe(0);
  } finally {
    await server.close();
  }
});
