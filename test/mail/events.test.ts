// Events: every change writes one, in its transaction, and whoever follows them misses none and sees none twice.
import { setTimeout as delay } from 'node:timers/promises';
import { Client, type Notification } from 'pg';
import { buildSchema } from '../../src/graphql/schema';
import { rootFields } from '../graphql/root-fields';
import { arrangeCampaign, arrangeSegment } from '../support/arrange-plans';
import { send } from '../support/client';
import { CreateClientDocument } from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { password } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

interface Event {
  account_id: string;
  client_id: string;
  kind: string;
  action: string;
  subject_id: string;
  transaction_id: string;
  position: string;
}

let server: TestServer;
let world: World;
let worker: Client;
/** The last event that was read. */
let read = { transaction_id: '0', position: '0' };

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  worker = new Client({ connectionString: server.database.workerUrl });
  await worker.connect();
});
afterAll(async () => {
  await worker.end();
  await server.close();
});
beforeEach(async () => void (await following()));

/** Between two looks at what other suites, in other databases of the cluster, have running. */
const lookMilliseconds = 20;

/** What was added since the last time, as soon as nothing that began before now still runs. */
async function following(): Promise<Event[]> {
  const { rows } = await server.owner.query<{ now: string }>('select pg_current_xact_id() as now');
  for (;;) {
    const ended = await worker.query<{ ended: boolean }>(
      'select pg_snapshot_xmin(pg_current_snapshot()) > $1::xid8 as ended',
      [rows[0]?.now],
    );
    if (ended.rows[0]?.ended) return added();
    await delay(lookMilliseconds);
  }
}

/** What was added since the last time, as a follower reads it. */
async function added(most = 1000): Promise<Event[]> {
  const { rows } = await worker.query<Event>('select * from worker.events_after($1, $2, $3)', [
    read.transaction_id,
    read.position,
    most,
  ]);
  read = rows.at(-1) ?? read;
  return rows;
}

const createClient = (name: string) => world.asOwner.get(CreateClientDocument, { input: { name } });

test('a change says what it was, of which account and client', async () => {
  const { createClient: created } = await createClient('Followed');
  expect(await following()).toMatchObject([
    {
      account_id: world.accountId,
      client_id: created.client?.id,
      subject_id: created.client?.id,
      kind: 'CLIENT',
      action: 'CLIENT_CREATED',
    },
  ]);
  expect(await following()).toEqual([]);
});

test('what belongs to no client belongs to the house client, and outlives what it is about', async () => {
  const organization = await world.arrange.organization(world.accountId, 'Gone soon');
  await server.owner.query('delete from ringfence.organizations where id = $1', [organization]);
  const { rows } = await server.owner.query<{ id: string }>(
    'select id from ringfence.clients where account_id = $1 and is_house',
    [world.accountId],
  );
  expect(await following()).toMatchObject([
    { kind: 'ORGANIZATION', subject_id: organization, client_id: rows[0]?.id },
  ]);
});

test('a transaction that began earlier and still runs holds later ones back, and then comes first', async () => {
  const slow = new Client({ connectionString: server.database.adminUrl });
  await slow.connect();
  try {
    await slow.query('begin; set local role ringfence_owner');
    await slow.query("update ringfence.organizations set name = 'Slow' where id = $1", [
      world.organizations.north,
    ]);
    await createClient('Quick');
    expect(await added()).toEqual([]);
    await slow.query('commit');
  } finally {
    await slow.end();
  }
  expect((await following()).map(({ action }) => action)).toEqual(['ORGANIZATION_UPDATED', 'CLIENT_CREATED']);
});

test('what is rolled back was no event', async () => {
  await server.owner.query('begin');
  await world.arrange.organization(world.accountId, 'Never');
  await server.owner.query('rollback');
  expect(await following()).toEqual([]);
});

test('read in small steps or at once, the events are the same, in the same order', async () => {
  const from = read;
  for (const name of ['First', 'Second', 'Third', 'Fourth', 'Fifth']) await createClient(name);
  const stepwise: Event[] = [];
  await following();
  read = from;
  for (let step = await added(2); step.length > 0; step = await added(2)) stepwise.push(...step);
  read = from;
  expect(await following()).toEqual(stepwise);
  expect(stepwise).toHaveLength(5);
});

test('a commit wakes followers, and says nothing', async () => {
  const heard = new Promise<string | undefined>((resolve) =>
    worker.once('notification', (message: Notification) => resolve(message.payload)),
  );
  await worker.query('listen ringfence_events');
  await createClient('Heard');
  expect(await heard).toBe('');
  await worker.query('unlisten *');
});

/** Mutations that only concern who is signed in. */
const ofSessions = /^signIn$|^completeSignIn$|^signOut$|Sessions?$/;

/** Mutations that take a link of a mail: what they write is shown where there is one. */
const byLink = ['acceptInvitation', 'requestPasswordReset', 'resetPassword', 'verifyIdentity'];

/** Mutations on second factors take a code, or somebody who has one: what they write is shown where there are apps. */
const ofSecondFactors = /SecondFactor$|^replaceRecoveryCodes$/;

/** Announces what is written when it has arrived. */
const announcing = 'createRecordingUpload';

/** What an input says besides what its types ask for, so that it is accepted. */
async function accepted(mutation: string, input: Record<string, unknown>): Promise<void> {
  if (/Agent(Configuration)?$/.test(mutation) && 'id' in input) input.id = await configuredAgent();
  if (mutation === 'assignAgents') input.add = [await configuredAgent()];
  if (/List$/.test(mutation) && 'id' in input)
    input.id = await listOfItsOwn(mutation === 'restoreList' ? 'ARCHIVED' : 'ACTIVE');
  if (mutation === 'moveList') input.clientId = world.clients.one;
  if ('callId' in input) input.callId = await recordedCall();
  if (/Lead$/.test(mutation) && 'id' in input)
    input.id = await leadOfItsOwn(mutation === 'restoreLead' ? 'ARCHIVED' : 'NEW');
  if (mutation === 'mergeLeads') Object.assign(input, await leadsToMerge());
  if (/^(update|archive|restore|delete)Leads$/.test(mutation))
    for (const lead of input.leads as { id: string }[])
      lead.id = await leadOfItsOwn(mutation === 'restoreLeads' ? 'ARCHIVED' : 'NEW');
  if (/Segment$/.test(mutation) && 'id' in input) input.id = await segmentOfItsOwn();
  if (/Campaign$/.test(mutation) && 'id' in input) input.id = await campaignOfItsOwn(mutation);
  if (/LeadNote$/.test(mutation) && 'id' in input) input.id = await noteOfItsOwn();
  if ('leadId' in input) input.leadId = await leadOfItsOwn('NEW');
  if ('dispositionId' in input) input.dispositionId = await world.arrange.dispositionOf(String(input.leadId));
  if (mutation === 'releaseLead') await world.arrange.leadHold(String(input.leadId), world.members.admin.id);
  if (mutation === 'createLead' || mutation === 'createLeads') input.listId = await listOfItsOwn('ACTIVE');
  // One account has an email once.
  if ('email' in input) input.email = `${mutation}@example.test`;
  if (mutation === 'changeMyPassword') input.currentPassword = password;
}

/** An agent for one mutation alone, which may delete it; with a version of each part to go back to. */
async function configuredAgent(): Promise<string> {
  const { id } = await world.arrange.agent(world.accountId, world.clients.two);
  for (const [table, setting] of [
    ['agent_configurations', 'greeting'],
    ['agent_advanced_configurations', 'model'],
  ])
    await server.owner.query(
      `insert into ringfence.${table} (account_id, client_id, agent_id, stay_id, number, settings)
       select account_id, client_id, id, stay_id, n, jsonb_build_object($2::text, 'Number ' || n)
       from ringfence.agents, generate_series(1, 2) n where id = $1`,
      [id, setting],
    );
  await following();
  return id;
}

async function listOfItsOwn(status: 'ACTIVE' | 'ARCHIVED'): Promise<string> {
  const id = await world.arrange.list(world.accountId, world.clients.two, { status });
  await following();
  return id;
}

async function leadOfItsOwn(state: 'NEW' | 'ARCHIVED'): Promise<string> {
  const id = await world.arrange.lead(await listOfItsOwn('ACTIVE'), { state });
  await following();
  return id;
}

async function leadsToMerge(): Promise<{ id: string; mergedIds: string[] }> {
  const list = await listOfItsOwn('ACTIVE');
  const leads = { id: await world.arrange.lead(list), mergedIds: [await world.arrange.lead(list)] };
  await following();
  return leads;
}

async function segmentOfItsOwn(): Promise<string> {
  const id = await arrangeSegment(server.owner, await listOfItsOwn('ACTIVE'));
  await following();
  return id;
}

/** In the state that a mutation asks for. */
async function campaignOfItsOwn(mutation: string): Promise<string> {
  const states = { pauseCampaign: 'RUNNING', resumeCampaign: 'PAUSED', finishCampaign: 'RUNNING' } as const;
  const state = states[mutation as keyof typeof states] ?? 'DRAFT';
  const id = await arrangeCampaign(server.owner, await listOfItsOwn('ACTIVE'), { state });
  await following();
  return id;
}

async function noteOfItsOwn(): Promise<string> {
  return world.arrange.leadNote(await leadOfItsOwn('NEW'));
}

async function recordedCall(): Promise<string> {
  const id = await world.arrange.call(world.agent.stayId);
  await world.arrange.recording(id);
  await following();
  return id;
}

test('every mutation of the API that changes something writes an event of it', async () => {
  const member = await world.arrange.member(world.accountId, { clients: [world.clients.one] });
  // The plan that is chosen on the way has room for ten.
  await server.owner.query(
    'delete from ringfence.clients where account_id = $1 and not is_house and id <> all ($2)',
    [world.accountId, Object.values(world.clients)],
  );
  const empty = await world.arrange.organization(world.accountId, 'Empty');
  const owner = await signInAs(
    server,
    await world.arrange.member(world.accountId, { role: 'OWNER', email: 'second@owner.test' }),
  );
  // In the order of the schema each finds what it needs: archived comes before restored, deactivated before activated.
  const there: World = {
    ...world,
    members: { ...world.members, powerless: member },
    organizations: { ...world.organizations, north: empty },
  };
  await following();
  const mutations = rootFields(buildSchema(), there).filter(
    ({ type, name }) =>
      type === 'Mutation' &&
      !ofSessions.test(name) &&
      !ofSecondFactors.test(name) &&
      !byLink.includes(name) &&
      name !== announcing,
  );
  expect(mutations.length).toBeGreaterThan(20);
  const written: [string, boolean][] = [];
  for (const { name, query, variables } of mutations) {
    await accepted(name, variables.input as Record<string, unknown>);
    const { errors } = await send(server.url, owner.token, query, variables);
    expect({ name, errors }).toEqual({ name, errors: undefined });
    written.push([name, (await following()).length > 0]);
  }
  expect(written).toEqual(mutations.map(({ name }) => [name, true]));
});

test('who signs in, refreshes and signs out changes nothing', async () => {
  const caller = await signInAs(server, await world.arrange.member(world.accountId));
  await following();
  await signInAs(server, world.members.owner);
  await send(server.url, caller.token, 'mutation { signOut { __typename } }');
  expect(await following()).toEqual([]);
});
