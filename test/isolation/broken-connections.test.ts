// A connection that breaks while several statements are under way: what was not answered is UNAVAILABLE, and nobody is
// answered rows of somebody else, neither now nor on the connection that takes its place.
import { Client } from 'pg';
import { allowSleeping, statesOfApi, until } from '../support/activity';
import { startAnotherServer } from '../support/another-server';
import { send, type GraphqlAnswer } from '../support/client';
import { cuttingProxy } from '../support/cutting';
import { watchReleases } from '../support/releases';
import { startTestServer, type TestServer } from '../support/server';
import { statementFeature } from '../support/statement-feature';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let superuser: Client;

beforeAll(async () => {
  server = await startTestServer({
    settings: { POOL_SIZE: '2', POOL_WAIT_MILLISECONDS: '20000' },
    features: [statementFeature],
  });
  await allowSleeping(server.database.adminUrl);
  world = await createWorld(server);
  superuser = new Client({ connectionString: server.database.adminUrl });
  await superuser.connect();
});
afterAll(async () => {
  await superuser.end();
  await server.close();
});

const namesStatement = 'select name as value from ringfence.clients where not is_house order by name';
const own = { asScopedMember: ['One', 'Three'], other: ['Beta Client'] };

test('a backend that is terminated with several statements under way answers what was answered before, the rest UNAVAILABLE, and everybody else exactly their own', async () => {
  const releases = watchReleases(server.services.database.pool);
  const document = `query ($names: String!, $slow: String!) {
    before: statement(sql: $names)
    slow: statement(sql: $slow)
    behind: statement(sql: $names)
    last: statement(sql: $names)
  }`;
  const plain = 'query ($names: String!) { names: statement(sql: $names) }';
  for (let time = 0; time < 8; time += 1) {
    const broken = [world.asScopedMember, world.other.asOwner].map(({ token }) =>
      send(server.url, token, document, { names: namesStatement, slow: 'select pg_sleep(30)' }),
    );
    // These wait for the two connections that are about to break.
    const waiting = [world.other.asOwner, world.asScopedMember, world.other.asOwner].map(({ token }) =>
      send(server.url, token, plain, { names: namesStatement }),
    );
    await until(async () => {
      const { rows } = await superuser.query<{ pid: number }>(
        "select pid from pg_stat_activity where datname = current_database() and wait_event = 'PgSleep'",
      );
      if (rows.length === 2)
        await superuser.query('select pg_terminate_backend(pid) from unnest($1::int[]) pid', [
          rows.map(({ pid }) => pid),
        ]);
      return rows.length === 2;
    });
    const [member, other] = await Promise.all(broken);
    for (const [answer, names] of [
      [member, own.asScopedMember],
      [other, own.other],
    ] as const) {
      expect(answer?.status).toBe(503);
      expect(answer?.data).toEqual({ before: names, slow: null, behind: null, last: null });
      expect(codesOf(answer)).toEqual({ slow: 'UNAVAILABLE', behind: 'UNAVAILABLE', last: 'UNAVAILABLE' });
    }
    expect((await Promise.all(waiting)).map(({ data }) => data)).toEqual([
      { names: own.other },
      { names: own.asScopedMember },
      { names: own.other },
    ]);
  }
  expect(new Set(await statesOfApi(superuser))).toEqual(new Set(['idle']));
  expect(releases).toMatchObject({ wrong: [], destroyed: 16 });
});

test('a connection that is cut in the middle of an answer, wherever that is, answers each field its own or UNAVAILABLE, and everybody else exactly their own', async () => {
  const proxy = await cuttingProxy(server.database.loginUrl);
  const behindProxy = await startAnotherServer(server.database, {
    settings: { POOL_SIZE: '1', POOL_WAIT_MILLISECONDS: '20000' },
    loginUrl: proxy.through(server.database.loginUrl),
  });
  const releases = watchReleases(behindProxy.services.database.pool);
  try {
    const document = (id: string) => `{
      client(id: "${id}") { name organization { name } }
      clients { totalCount nodes { name organization { name } } }
      organizations { totalCount nodes { name tags } }
      account { name slug }
      viewer { member { name } }
    }`;
    const callers = await Promise.all(
      [world.members.scoped, world.members.admin, world.other.owner].map(async (member) => ({
        token: (await signInAs({ ...server, url: behindProxy.url }, member)).token,
        document: document(member === world.other.owner ? world.other.clientId : world.clients.one),
      })),
    );
    const ask = () =>
      Promise.all(callers.map((caller) => send(behindProxy.url, caller.token, caller.document)));
    // Several times, until everything is prepared.
    const complete = (await ask()).map(({ data }) => data);
    expect(complete.map((data) => (data?.account as { slug: string }).slug)).toEqual([
      'alpha',
      'alpha',
      'beta',
    ]);
    const seen = { UNAVAILABLE: 0, complete: 0 };
    for (let bytes = 1; bytes < 9000; bytes += 101) {
      proxy.cutAfter(bytes);
      for (const [index, answer] of (await ask()).entries()) {
        if (answer.errors === undefined) {
          expect(answer.data).toEqual(complete[index]);
          seen.complete += 1;
          continue;
        }
        seen.UNAVAILABLE += 1;
        expect(answer.status).toBe(503);
        expect(new Set(Object.values(codesOf(answer)))).toEqual(new Set(['UNAVAILABLE']));
        // A field that is there is complete; most are required, so that mostly nothing is.
        for (const [field, value] of Object.entries(answer.data ?? {}))
          if (value !== null) expect(value).toEqual(complete[index]?.[field]);
      }
    }
    expect(seen.UNAVAILABLE).toBeGreaterThan(10);
    expect(seen.complete).toBeGreaterThan(100);
    expect(proxy.cuts).toBeGreaterThan(50);
    expect(releases.wrong).toEqual([]);
    proxy.cutAfter(Infinity);
    expect((await ask()).map(({ data }) => data)).toEqual(complete);
    expect(behindProxy.log.filter(({ level }) => Number(level) >= 50)).toEqual([]);
  } finally {
    await behindProxy.close();
    await proxy.close();
  }
});

/** Code of each root field that failed. */
function codesOf(answer: GraphqlAnswer<unknown> | undefined): Record<string, string> {
  return Object.fromEntries(
    answer?.errors?.map((error) => [String(error.path?.[0]), error.extensions.code]) ?? [],
  );
}
