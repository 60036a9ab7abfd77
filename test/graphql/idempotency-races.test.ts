// Mutations under one Idempotency-Key that meet each other, or a deadlock.
import { Client } from 'pg';
import { ShownOnce } from '../../src/graphql/change';
import { CreateClientDocument } from '../support/documents.generated';
import { untilWaiting } from '../support/activity';
import { startAnotherServer } from '../support/another-server';
import { Caller } from '../support/client';
import { keysStored, replayedIn } from '../support/idempotency';
import { startTestServer, type TestServer } from '../support/server';
import { startSession } from '../support/sessions';
import { auditedBy } from '../support/stored';
import { createWorld, type World } from '../support/world';
import { attempt, createNamed, trial, trialFeature } from './trial';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer({ features: [trialFeature] });
  world = await createWorld(server);
});
afterAll(() => server.close());

async function rowsNamed(table: 'clients' | 'organizations', name: string): Promise<number> {
  const { rowCount } = await server.owner.query(`select from ringfence.${table} where name = $1`, [name]);
  return rowCount ?? 0;
}

test('a hundred at once have one effect and a hundred equal answers', async () => {
  const caller = world.asOwner.under('a hundred');
  let answers: Awaited<ReturnType<typeof ask>>[] = [];
  const ask = () => caller.ask(CreateClientDocument, { input: { name: 'One of a hundred' } });
  const audited = await auditedBy(server.owner, async () => {
    answers = await Promise.all(Array.from({ length: 100 }, ask));
  });
  expect(audited.map(({ action }) => action)).toEqual(['CLIENT_CREATED']);
  expect(
    new Set(answers.map(({ status, data, errors }) => JSON.stringify([status, data, errors]))).size,
  ).toBe(1);
  expect(answers[0]?.data?.createClient.client.name).toBe('One of a hundred');
  expect(answers.filter((answer) => replayedIn(answer).length > 0)).toHaveLength(99);
});

test('a hundred at once that are refused are refused alike', async () => {
  const input = { name: 'Refused a hundred times', contactEmail: 'one@client.test' };
  const answers = await Promise.all(
    Array.from({ length: 100 }, () =>
      world.asOwner.under('a hundred refusals').ask(CreateClientDocument, { input }),
    ),
  );
  expect(answers.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(
    Array<string>(100).fill('EMAIL_TAKEN'),
  );
  expect(answers.filter((answer) => replayedIn(answer).length > 0)).toHaveLength(99);
});

test('two servers, at once, with the same key have one effect', async () => {
  const another = await startAnotherServer(server.database);
  try {
    const { accessToken } = await startSession(another.url, world.members.owner);
    const there = new Caller(another.url, accessToken).under('two servers');
    const ask = (caller: Caller) => caller.ask(CreateClientDocument, { input: { name: 'Of two servers' } });
    // Their rings differ: whoever comes second cannot recognize the input, and must not do it again.
    const answers = await Promise.all([ask(world.asOwner.under('two servers')), ask(there)]);
    expect(answers.map(({ errors }) => errors?.[0]?.extensions.code).sort()).toEqual([
      'IDEMPOTENCY_KEY_REUSED',
      undefined,
    ]);
    expect(await rowsNamed('clients', 'Of two servers')).toBe(1);
  } finally {
    await another.close();
  }
});

test('whoever waits for one that fails does it itself', async () => {
  let begun = 0;
  let fail = () => {};
  const failing = new Promise<void>((resolve) => (fail = resolve));
  trial.work = async (context) => {
    const id = await createNamed(context, 'Taken over');
    if ((begun += 1) === 1) {
      await failing;
      throw new Error('a fault');
    }
    return { id, secret: new ShownOnce('unimportant') };
  };
  const first = attempt(world.asOwner, 'taken over');
  while (begun === 0) await new Promise(setImmediate);
  const second = attempt(world.asOwner, 'taken over');
  await untilWaiting(server.owner);
  fail();
  expect((await first).errors?.[0]?.extensions.code).toBe('INTERNAL');
  expect([(await second).errors, replayedIn(await second), begun]).toEqual([undefined, [], 2]);
  expect(await rowsNamed('organizations', 'Taken over')).toBe(1);
});

test('whoever loses a deadlock is run again as a whole, its claim included', async () => {
  const { one, two } = world.clients;
  const rename = 'update ringfence.clients set contact_name = $2 where id = $1';
  let runs = 0;
  trial.work = async (context) => {
    runs += 1;
    const id = await createNamed(context, 'After a deadlock');
    await context.transaction.query(rename, [one, 'Trial']);
    await context.transaction.query(rename, [two, 'Trial']);
    return { id, secret: new ShownOnce('unimportant') };
  };
  const rival = new Client({ connectionString: server.database.adminUrl });
  await rival.connect();
  try {
    // Patient, so that it is the other that is chosen.
    await rival.query("begin; set local deadlock_timeout = '1min'; set local role ringfence_owner");
    await rival.query(rename, [two, 'Rival']);
    const stored = await keysStored(server.owner);
    const answer = attempt(world.asOwner, 'deadlock');
    await untilWaiting(server.owner);
    await rival.query(rename, [one, 'Rival']);
    await rival.query('commit');
    expect((await answer).errors).toBeUndefined();
    expect(runs).toBe(2);
    expect([await rowsNamed('organizations', 'After a deadlock'), await keysStored(server.owner)]).toEqual([
      1,
      stored + 1,
    ]);
    expect(replayedIn(await attempt(world.asOwner, 'deadlock'))).toEqual(['attempt']);
  } finally {
    await rival.end();
  }
});
