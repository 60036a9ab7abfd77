// What is stored under an Idempotency-Key and what is not: results and refusals are; failures that may pass, faults, and
// what was refused before the change began are not.
import { createHash } from 'node:crypto';
import { ShownOnce } from '../../src/graphql/change';
import { apiError, ErrorCode, notFound, unauthenticated } from '../../src/graphql/errors';
import { send, type Caller } from '../support/client';
import {
  ArchiveClientDocument,
  ChangePlanDocument,
  CreateClientDocument,
  CreateOrganizationDocument,
  UpdateClientDocument,
} from '../support/documents.generated';
import { dumpDatabase } from '../support/dump';
import { comparable, keysStored, replayedIn } from '../support/idempotency';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';
import { attempt, createNamed, trial, trialFeature } from './trial';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer({ features: [trialFeature] });
  world = await createWorld(server);
});
afterAll(() => server.close());

let keys = 0;
const newKey = () => `outcome ${(keys += 1)}`;
const secret = () => new ShownOnce('unimportant');

async function organizationsNamed(name: string): Promise<number> {
  const { rowCount } = await server.owner.query('select from ringfence.organizations where name = $1', [
    name,
  ]);
  return rowCount ?? 0;
}

/** Fails the test unless both refuse, the second from what is stored, in exactly the same words. */
async function expectRefusedAgain(
  ask: () => ReturnType<Caller['ask']>,
  meanwhile: () => Promise<unknown>,
): Promise<string | undefined> {
  const first = await ask();
  expect(replayedIn(first)).toEqual([]);
  await meanwhile();
  const again = await changingNothing(server.owner, ask);
  expect(replayedIn(again)).toHaveLength(1);
  expect(comparable(again)).toEqual(comparable(first));
  return again.errors?.[0]?.extensions.code;
}

describe('a refusal is answered again although it would succeed by now:', () => {
  test('EMAIL_TAKEN, when the email is free again', async () => {
    const input = { name: 'Second', contactEmail: 'two@client.test' };
    const ask = () => world.asOwner.under('email').ask(CreateClientDocument, { input });
    const code = await expectRefusedAgain(ask, () =>
      world.asOwner.get(ArchiveClientDocument, { input: { id: world.clients.two } }),
    );
    expect(code).toBe('EMAIL_TAKEN');
    expect((await ask()).errors?.[0]?.extensions.field).toBe('input.contactEmail');
    const { createClient } = await world.asOwner.under('email, again').get(CreateClientDocument, { input });
    expect(createClient.client.contactEmail).toBe('two@client.test');
  });

  test('PLAN_LIMIT_REACHED, when the plan has room', async () => {
    const accountId = await world.arrange.account('full', 'STARTER');
    for (const name of ['A', 'B', 'C']) await world.arrange.client(accountId, name);
    const asOwner = await signInAs(server, await world.arrange.member(accountId, { role: 'OWNER' }));
    const code = await expectRefusedAgain(
      () => asOwner.under('plan').ask(CreateClientDocument, { input: { name: 'D' } }),
      () => asOwner.get(ChangePlanDocument, { input: { planId: 'GROWTH' } }),
    );
    expect(code).toBe('PLAN_LIMIT_REACHED');
  });

  test('CONFLICT with its reason, and NOT_FOUND with its field', async () => {
    const key = newKey();
    const input = { id: world.clients.one, changes: { name: 'One' }, expectedVersion: 999 };
    const conflict = await expectRefusedAgain(
      () => world.asOwner.under(key).ask(UpdateClientDocument, { input }),
      () => server.owner.query('update ringfence.clients set version = 999 where id = $1', [input.id]),
    );
    expect(conflict).toBe('CONFLICT');
    const missing = await expectRefusedAgain(
      () =>
        world.asScopedMember.under(key).ask(UpdateClientDocument, {
          input: { id: world.clients.four, changes: { name: 'Four' } },
        }),
      () =>
        server.owner.query(
          'insert into ringfence.client_assignments (account_id, member_id, client_id) values ($1, $2, $3)',
          [world.accountId, world.members.scoped.id, world.clients.four],
        ),
    );
    expect(missing).toBe('NOT_FOUND');
  });

  test('one of two in a document, while the other was done', async () => {
    const input = { name: 'Half done', contactEmail: 'half@client.test' };
    const query = `mutation ($input: CreateClientInput!) {
      a: createClient(input: $input) { client { id } } b: createClient(input: $input) { client { id } } }`;
    const ask = () => send(server.url, world.asOwner.token, query, { input }, { 'idempotency-key': 'half' });
    const first = await ask();
    expect(first.errors?.map(({ path, extensions }) => [path?.[0], extensions.code])).toEqual([
      ['b', 'EMAIL_TAKEN'],
    ]);
    const again = await changingNothing(server.owner, ask);
    expect(replayedIn(again)).toEqual(['a', 'b']);
    expect(comparable(again)).toEqual(comparable(first));
  });
});

describe('of a change that is refused', () => {
  test('in the middle nothing is kept but the refusal, and its connection serves on', async () => {
    trial.work = async (context) => {
      await createNamed(context, 'Undone');
      throw notFound('name');
    };
    const key = newKey();
    const audited = await auditedBy(server.owner, async () => {
      expect((await attempt(world.asOwner, key)).errors?.[0]?.extensions.code).toBe('NOT_FOUND');
    });
    expect([audited, await organizationsNamed('Undone')]).toEqual([[], 0]);
    expect(replayedIn(await attempt(world.asOwner, key))).toEqual(['attempt']);
    const { pool } = server.services.database;
    expect(pool.totalCount - pool.idleCount).toBe(0);
  });

  test('by the database in the middle nothing is kept but the refusal', async () => {
    trial.work = async (context) => {
      await createNamed(context, 'Undone too');
      await context.transaction.query("select ringfence.change_client_status($1, 'ARCHIVE', 12345)", [
        world.clients.one,
      ]);
      return { id: '', secret: secret() };
    };
    const key = newKey();
    const answers = [await attempt(world.asOwner, key), await attempt(world.asOwner, key)];
    expect(answers.map(({ errors }) => errors?.[0]?.extensions.reason)).toEqual(['VERSION', 'VERSION']);
    expect(answers.map(replayedIn)).toEqual([[], ['attempt']]);
    expect(await organizationsNamed('Undone too')).toBe(0);
  });

  test('while other parts of it go on, no part is done', async () => {
    let written = 0;
    let stopped: unknown;
    trial.work = async (context) => {
      const writing = (async () => {
        for (;;) {
          await createNamed(context, 'Straggler');
          written += 1;
        }
      })();
      writing.catch((error: unknown) => (stopped = error));
      while (written < 3) await new Promise(setImmediate);
      throw notFound('name');
    };
    const key = newKey();
    const answers = [await attempt(world.asOwner, key), await attempt(world.asOwner, key)];
    expect(answers.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(['NOT_FOUND', 'NOT_FOUND']);
    expect(answers.map(replayedIn)).toEqual([[], ['attempt']]);
    expect(stopped).toBeDefined();
    expect(await organizationsNamed('Straggler')).toBe(0);
  });
});

describe('nothing is stored, and the same is tried again, after', () => {
  /** Fails once with what is thrown, then succeeds. */
  async function expectTriedAgain(thrown: unknown, code: string): Promise<void> {
    const name = `Tried again after ${code}`;
    const key = newKey();
    const stored = await keysStored(server.owner);
    trial.work = async (context) => {
      await createNamed(context, name);
      throw thrown;
    };
    const failed = await attempt(world.asOwner, key);
    expect(failed.errors?.[0]?.extensions.code).toBe(code);
    expect([await keysStored(server.owner), await organizationsNamed(name)]).toEqual([stored, 0]);
    trial.work = async (context) => ({ id: await createNamed(context, name), secret: secret() });
    const again = await attempt(world.asOwner, key);
    expect([again.errors, replayedIn(again)]).toEqual([undefined, []]);
    expect(await organizationsNamed(name)).toBe(1);
  }

  test('a fault of ours', () => expectTriedAgain(new Error('a fault'), 'INTERNAL'));

  test.each([
    apiError(ErrorCode.UNAVAILABLE, 'Not now.'),
    apiError(ErrorCode.RATE_LIMITED, 'Not now.', { retryAfterSeconds: 1 }),
    unauthenticated(),
  ])('a failure that passes: $extensions.code', (error) =>
    expectTriedAgain(error, String(error.extensions.code)),
  );

  test('a statement that is wrong, whose connection is not used again', async () => {
    trial.work = async ({ transaction }) => {
      await transaction.query('select 1 / 0');
      return { id: '', secret: secret() };
    };
    const key = newKey();
    const stored = await keysStored(server.owner);
    const { pool } = server.services.database;
    const removed: unknown[] = [];
    pool.once('remove', (client) => removed.push(client));
    expect((await attempt(world.asOwner, key)).errors?.[0]?.extensions.code).toBe('INTERNAL');
    expect([await keysStored(server.owner), removed.length]).toEqual([stored, 1]);
  });

  test('the end of the connection in the middle', async () => {
    const key = newKey();
    const stored = await keysStored(server.owner);
    trial.work = async (context) => {
      await createNamed(context, 'Cut off');
      const [backend] = await context.transaction.query<{ pid: number }>('select pg_backend_pid() as pid');
      await server.owner.query('reset role');
      await server.owner.query('select pg_terminate_backend($1)', [backend?.pid]);
      await server.owner.query('set role ringfence_owner');
      return { id: await createNamed(context, 'Cut off'), secret: secret() };
    };
    const failed = await attempt(world.asOwner, key);
    expect([failed.status, failed.errors?.[0]?.extensions.code]).toEqual([503, 'UNAVAILABLE']);
    expect([await keysStored(server.owner), await organizationsNamed('Cut off')]).toEqual([stored, 0]);
    trial.work = async (context) => ({ id: await createNamed(context, 'Cut off'), secret: secret() });
    expect((await attempt(world.asOwner, key)).errors).toBeUndefined();
    expect(await organizationsNamed('Cut off')).toBe(1);
  });

  test('an input that is not allowed', async () => {
    const caller = world.asOwner.under(newKey());
    const stored = await keysStored(server.owner);
    expect(await caller.refusal(CreateClientDocument, { input: { name: '' } })).toMatchObject({
      code: 'VALIDATION_FAILED',
    });
    expect(await keysStored(server.owner)).toBe(stored);
    expect(replayedIn(await caller.ask(CreateClientDocument, { input: { name: 'Allowed' } }))).toEqual([]);
  });

  test('the first lock refused, also once it lets them through', async () => {
    const key = newKey();
    const stored = await keysStored(server.owner);
    const input = { name: 'Not yet allowed' };
    const ask = async (permissions: string[]) => {
      await server.owner.query('delete from ringfence.member_permissions where member_id = $1', [member.id]);
      await server.owner.query(
        'insert into ringfence.member_permissions (account_id, member_id, permission) select $1, $2, p from unnest($3::text[]) p',
        [world.accountId, member.id, permissions],
      );
      return (await signInAs(server, member)).under(key).ask(CreateOrganizationDocument, { input });
    };
    const member = await world.arrange.member(world.accountId, { permissions: [] });
    expect((await ask([])).errors?.[0]?.extensions.code).toBe('FORBIDDEN');
    expect(await keysStored(server.owner)).toBe(stored);
    expect((await ask(['MANAGE_CLIENT_ORGANIZATIONS'])).errors).toBeUndefined();
    expect(await organizationsNamed(input.name)).toBe(1);
  });
});

describe('a secret that is shown once', () => {
  test('is in the first answer, in no other, and nowhere in the database', async () => {
    const shown = 'rf_secret_a7f3c1d9e5b2';
    trial.work = async (context) => {
      const digest = createHash('sha256').update(shown).digest('hex').slice(0, 20);
      return { id: await createNamed(context, `Digest ${digest}`), secret: new ShownOnce(shown) };
    };
    const key = newKey();
    const [first, again] = [await attempt(world.asOwner, key), await attempt(world.asOwner, key)];
    expect(first.data?.attempt.secret).toBe(shown);
    expect(again.data?.attempt).toEqual({ id: first.data?.attempt.id, secret: null });
    expect(replayedIn(again)).toEqual(['attempt']);
    const everything = [...(await dumpDatabase(server.owner)).values()].flat().join('\n');
    expect(everything).toContain(String(first.data?.attempt.id));
    expect(everything).not.toContain(shown);
    expect(everything).not.toContain(Buffer.from(shown).toString('hex'));
    expect(JSON.stringify(server.log)).not.toContain(shown);
  });

  test('is null wherever it is written down', () => {
    const kept = new ShownOnce('shown');
    expect(JSON.stringify({ kept })).toBe('{"kept":null}');
    expect(`${String(kept)}${JSON.stringify(Object.entries(kept))}`).not.toContain('shown');
  });
});
