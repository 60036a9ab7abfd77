// What an export may occupy: places, time, and a snapshot for as long as somebody takes it. However it ends, its connection and
// its place are free, and the log says how.
import { Client } from 'pg';
import { patiently } from '../../src/export/patience';
import { unavailable } from '../../src/graphql/errors';
import { until, untilWaiting } from '../support/activity';
import { startAnotherServer, type AnotherServer, type AnotherServerOptions } from '../support/another-server';
import {
  arrangeManyRows,
  databaseWaits,
  download,
  endOf,
  manyRows,
  receive,
  recordsIn,
  refusalIn,
  statesOfExports,
} from '../support/exports';
import { UpdateClientDocument, ViewerDocument } from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, signInAs, type World } from '../support/world';
import type { Caller } from '../support/client';

let server: TestServer;
let world: World;
let superuser: Client;

beforeAll(async () => {
  server = await startTestServer({ settings: { EXPORTS_AT_ONCE: '3' } });
  world = await createWorld(server);
  await arrangeManyRows(server.owner, world);
  superuser = new Client({ connectionString: server.database.adminUrl });
  await superuser.connect();
});
afterAll(async () => {
  await superuser.end();
  await server.close();
});

/** The last export of client `one` that ended, as the log has it. */
async function lastEnd(): Promise<object | undefined> {
  const { rows } = await server.owner.query<{ details: object }>(
    "select details from ringfence.audit_entries where action = 'CLIENT_EXPORT_ENDED' order by id desc limit 1",
  );
  return rows[0]?.details;
}

/** Waits until no export runs: connections are given back, and the log says so of the last. */
async function allOver(reason: string): Promise<void> {
  await until(async () => {
    const end = (await lastEnd()) as { reason?: string } | undefined;
    const states = await statesOfExports(superuser);
    return end?.reason === reason && states.every((state) => state === 'idle');
  });
}

/** Works with another server, with settings of its own. */
async function withServer(
  settings: AnotherServerOptions['settings'],
  work: (another: AnotherServer, asOwner: Caller) => Promise<void>,
): Promise<void> {
  const another = await startAnotherServer(server.database, { settings: settings ?? {} });
  try {
    await work(another, await signInAs(another, world.members.owner));
  } finally {
    await another.close();
  }
}

/** Expects a refusal that says when to come again. */
async function expectRefused(caller: Caller, clientId: string, status: number, code: string): Promise<void> {
  const refused = await download(caller, clientId);
  expect(refusalIn(refused)).toEqual({ status, code });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
}

test('somebody with an export under way begins no other, nor does an account with two of them; another account does', async () => {
  const first = await receive(world.asOwner, world.clients.one);
  await expectRefused(world.asOwner, world.clients.two, 429, 'RATE_LIMITED');
  const second = await receive(world.asAdmin, world.clients.one);
  const exporter = await world.arrange.member(world.accountId, {
    permissions: ['VIEW_CLIENTS', 'EXPORT_DATA'],
    clients: [world.clients.one],
  });
  const asExporter = await signInAs(server, exporter);
  await expectRefused(asExporter, world.clients.one, 429, 'RATE_LIMITED');
  const { body } = await download(world.other.asOwner, world.other.clientId);
  expect(endOf(body.toString())).toMatchObject({ complete: true });

  expect(endOf(await first.rest())).toMatchObject({ complete: true });
  expect((await download(asExporter, world.clients.one)).status).toBe(200);
  expect(endOf(await second.rest())).toMatchObject({ complete: true });
  expect((await download(world.asOwner, world.clients.two)).status).toBe(200);
});

test('whatever an account is allowed, it leaves a place to others', async () => {
  await withServer({ EXPORTS_AT_ONCE: '2', EXPORTS_PER_ACCOUNT: '100' }, async (another, asOwner) => {
    const first = await receive(asOwner, world.clients.one);
    const asAdmin = await signInAs(another, world.members.admin);
    await expectRefused(asAdmin, world.clients.one, 429, 'RATE_LIMITED');
    const asOther = await signInAs(another, world.other.owner);
    expect((await download(asOther, world.other.clientId)).status).toBe(200);
    expect(endOf(await first.rest())).toMatchObject({ complete: true });
  });
});

test('when all places are taken nobody begins one', async () => {
  await withServer({ EXPORTS_AT_ONCE: '1' }, async (another, asOwner) => {
    const first = await receive(asOwner, world.clients.one);
    const asOther = await signInAs(another, world.other.owner);
    await expectRefused(asOther, world.other.clientId, 503, 'UNAVAILABLE');
    expect(endOf(await first.rest())).toMatchObject({ complete: true });
  });
});

describe('an export that finds no connection to look whether it is still allowed', () => {
  const settings = { POOL_SIZE: '1', POOL_WAIT_MILLISECONDS: '1000', EXPORT_CHECK_MILLISECONDS: '0' };

  /** Works while somebody else holds the only connection, waiting for a lock. */
  async function whileBusy(asOwner: Caller, work: () => Promise<void>): Promise<void> {
    const locking = new Client({ connectionString: server.database.adminUrl });
    await locking.connect();
    await locking.query('begin');
    await locking.query('select from ringfence.clients where id = $1 for update', [world.clients.two]);
    const input = { id: world.clients.two, changes: { name: 'Renamed' } };
    const waiting = asOwner.ask(UpdateClientDocument, { input });
    await untilWaiting(superuser);
    try {
      await work();
    } finally {
      await locking.end();
      await waiting;
    }
  }

  test('looks again, and goes on when there is one', async () => {
    await withServer(settings, async (_another, asOwner) => {
      const receiving = await receive(asOwner, world.clients.one);
      let rest: Promise<string> | undefined;
      await whileBusy(asOwner, async () => {
        rest = receiving.rest();
        // Whoever asks later was waiting for a connection behind it.
        await until(() => databaseWaits(superuser));
        expect(await asOwner.refusal(ViewerDocument)).toEqual({ code: 'UNAVAILABLE' });
      });
      expect(endOf((await rest) ?? '')).toMatchObject({ complete: true });
    });
  });

  test('gives up after some looks, and at once where it fails for another reason', async () => {
    for (const [error, expected] of [
      [unavailable(), 5],
      [new Error('a fault'), 1],
    ] as const) {
      let looks = 0;
      const look = () => {
        looks += 1;
        return Promise.reject(error);
      };
      await expect(patiently(look)).rejects.toBe(error);
      expect(looks).toBe(expected);
    }
  });
});

test('whoever is refused takes no place', async () => {
  for (let time = 0; time < 3; time += 1) {
    expect(refusalIn(await download(world.asScopedMember, world.clients.one)).code).toBe('FORBIDDEN');
    expect(refusalIn(await download(world.asOwner, world.other.clientId)).code).toBe('NOT_FOUND');
  }
  expect(endOf((await download(world.asOwner, world.clients.two)).body.toString())).toMatchObject({
    complete: true,
  });
});

test('whoever hangs up frees the snapshot and the place', async () => {
  for (const path of [world.clients.one, `${world.clients.one}?format=csv`]) {
    (await receive(world.asOwner, path)).hangUp();
    await allOver('CUT_OFF');
  }
  // The place is free once the end is written down, which is what was waited for, and a moment.
  await until(async () => (await download(world.asOwner, world.clients.two)).status === 200);
  const { body } = await download(world.asOwner, world.clients.two);
  expect(recordsIn(body).at(-1)).toMatchObject({ complete: true });
});

test('an export that nobody takes is cut off, so that it reads as unfinished', async () => {
  await withServer({ EXPORT_STALL_MILLISECONDS: '300' }, async (_another, asOwner) => {
    const receiving = await receive(asOwner, world.clients.one);
    await allOver('CUT_OFF');
    await expect(receiving.rest()).rejects.toThrow(/aborted/);
  });
});

test('an export that takes too long ends visibly', async () => {
  await withServer({ EXPORT_MILLISECONDS: '1000' }, async (_another, asOwner) => {
    const receiving = await receive(asOwner, world.clients.one);
    await until(async () => (await statesOfExports(superuser)).every((state) => state === 'idle'));
    expect(endOf(await receiving.rest())).toMatchObject({ complete: false, reason: 'TOO_LONG' });
    await allOver('TOO_LONG');
  });
});

test('no export is called complete to whoever lost the right to it before its end, however seldom that is looked at', async () => {
  await withServer({ EXPORT_CHECK_MILLISECONDS: '60000' }, async (another) => {
    const member = await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'EXPORT_DATA'],
      clients: [world.clients.one],
    });
    const receiving = await receive(await signInAs(another, member), world.clients.one);
    await server.owner.query('delete from ringfence.client_assignments where member_id = $1', [member.id]);
    expect(endOf(await receiving.rest())).toMatchObject({
      complete: false,
      reason: 'REVOKED',
      counts: { 'agent-configurations': manyRows },
    });
  });
});

test('a server that closes ends its exports visibly, and begins no others', async () => {
  const another = await startAnotherServer(server.database);
  const receiving = await receive(await signInAs(another, world.members.owner), world.clients.one);
  const closed = another.close();
  expect(endOf(await receiving.rest())).toMatchObject({ complete: false, reason: 'SHUTTING_DOWN' });
  await closed;
  await allOver('SHUTTING_DOWN');
});

test('a server that closes does not wait for whoever takes nothing', async () => {
  const another = await startAnotherServer(server.database);
  const receiving = await receive(await signInAs(another, world.members.owner), world.clients.one);
  await until(() => databaseWaits(superuser));
  await another.close();
  // What it had handed to the network by then may hold the end, or not.
  const end = await receiving.rest().then(endOf, (error: Error) => error.message);
  expect(typeof end === 'string' ? end : end?.reason).toMatch(/^(aborted|SHUTTING_DOWN)$/);
});

test('a database that goes away ends an export visibly', async () => {
  const receiving = await receive(world.asOwner, world.clients.one);
  await superuser.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'ringfence export' and query like 'copy %'",
  );
  expect(endOf(await receiving.rest())).toMatchObject({ complete: false, reason: 'FAILED' });
  await allOver('FAILED');
});

describe('a client that is being deleted for good', () => {
  afterEach(async () => {
    await server.owner.query("update ringfence.clients set status = 'ACTIVE' where id = $1", [
      world.clients.one,
    ]);
  });
  const beginDeleting = () =>
    server.owner.query("update ringfence.clients set status = 'DELETING' where id = $1", [world.clients.one]);

  test('ends its export visibly', async () => {
    await withServer({ EXPORT_CHECK_MILLISECONDS: '0' }, async (_another, asOwner) => {
      const receiving = await receive(asOwner, world.clients.one);
      await beginDeleting();
      expect(endOf(await receiving.rest())).toMatchObject({ complete: false, reason: 'CLIENT_DELETING' });
    });
  });

  test('is not exported any more', async () => {
    await beginDeleting();
    expect(refusalIn(await download(world.asOwner, world.clients.one))).toEqual({
      status: 409,
      code: 'CONFLICT',
    });
  });
});
