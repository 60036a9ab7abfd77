// Agents that move while what they do is reported by many: nothing is lost, and nothing is filed under the wrong client.
import type { Client } from 'pg';
import type { Caller } from '../support/client';
import { untilWaiting } from '../support/activity';
import { connectAsOwner } from '../support/database';
import {
  MoveAgentDocument,
  RecordCallsDocument,
  RecordMessagesDocument,
  type CallReport,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import type { TestAgent } from '../support/arrange';
import { createWorld, type World } from '../support/world';
import { asToken } from './reporting';

const writers = 8;
const moves = 12;

let server: TestServer;
let world: World;
let platform: Caller;
let agents: TestAgent[];

beforeAll(async () => {
  server = await startTestServer({ settings: { POOL_SIZE: String(writers + 2) } });
  world = await createWorld(server);
  platform = await asToken(world, server, { permissions: ['RECORD_ACTIVITY'] });
  agents = [];
  for (let count = 0; count < 3; count += 1)
    agents.push(await world.arrange.agent(world.accountId, world.clients.one));
});
afterAll(() => server.close());

/** As moving does it: under the locks of clients and agent, at the moment when they are held. Before it commits, somebody waits who reports. */
async function move(owner: Client, agent: TestAgent, to: string): Promise<void> {
  await owner.query('begin');
  await owner.query(
    'select from ringfence.clients where account_id = $1 and id = any ($2) order by id for no key update',
    [world.accountId, [world.clients.one, world.clients.two]],
  );
  await owner.query('select from ringfence.agents where id = $1 for update', [agent.id]);
  await owner.query(
    'update ringfence.agent_stays set ended_at = clock_timestamp() where agent_id = $1 and ended_at is null',
    [agent.id],
  );
  await owner.query(
    `with stay as (
       insert into ringfence.agent_stays (account_id, client_id, agent_id, agent_name, agent_kind, started_at)
       select account_id, $2, agent_id, agent_name, agent_kind, ended_at from ringfence.agent_stays
       where agent_id = $1 order by ended_at desc nulls last limit 1 returning client_id, id)
     update ringfence.agents a set client_id = stay.client_id, stay_id = stay.id from stay where a.id = $1`,
    [agent.id, to],
  );
  await untilWaiting(server.owner);
  await owner.query('commit');
}

/** Reports from many writers at once while the agents move back and forth, and what of it is found where. */
async function reportWhileMoving(
  name: string,
  moveTo: (agent: TestAgent, clientId: string) => Promise<void>,
): Promise<void> {
  const sent: string[] = [];
  let moving = true;
  const write = async (writer: number) => {
    for (let round = 0; moving; round += 1) {
      const calls = Array.from({ length: 20 }, (_, index): CallReport => ({
        agentId: agents[index % agents.length]?.id ?? '',
        externalId: `${name} ${writer} ${round} ${index}`,
        direction: 'INBOUND',
        // Just now, or a little while ago.
        startedAt: new Date(Date.now() - (index % 4) * 100).toISOString(),
      }));
      const { recordCalls } = await platform.get(RecordCallsDocument, { input: { calls } });
      for (const { status, externalId } of recordCalls.results)
        if (status === 'CREATED') sent.push(externalId);
      expect(recordCalls.results.filter(({ status }) => status !== 'CREATED')).toEqual([]);
    }
  };
  const writing = Promise.all(Array.from({ length: writers }, (_, writer) => write(writer)));
  try {
    const places = [world.clients.two, world.clients.one];
    for (let count = 0; count < moves; count += 1)
      await moveTo(
        agents[count % agents.length] as TestAgent,
        places[Math.floor(count / agents.length) % 2] ?? '',
      );
  } finally {
    moving = false;
    await writing;
  }
  const { rows } = await server.owner.query<{ calls: number; misfiled: number; clients: number }>(
    `select count(*)::int as calls, count(distinct c.client_id)::int as clients,
       (count(*) filter (where s.client_id <> c.client_id or c.started_at < s.started_at or c.started_at >= s.ended_at))::int as misfiled
     from ringfence.calls c join ringfence.agent_stays s on s.id = c.stay_id where c.external_id like $1 || ' %'`,
    [name],
  );
  expect(sent.length).toBeGreaterThan(writers * 20);
  expect(new Set(sent).size).toBe(sent.length);
  expect(rows).toEqual([{ calls: sent.length, misfiled: 0, clients: 2 }]);
}

describe('of calls that are reported while their agents move, none is lost and none is misfiled', () => {
  test('by moveAgent', async () => {
    await reportWhileMoving('moveAgent', async ({ id }, clientId) => {
      await world.asOwner.get(MoveAgentDocument, { input: { id, clientId } });
    });
  });

  test('also of those that began between the moment of the move and its commit', async () => {
    const owner = await connectAsOwner(server.database);
    try {
      await reportWhileMoving('slowly', (agent, clientId) => move(owner, agent, clientId));
    } finally {
      await owner.end();
    }
  });
});

test('the same call reported by many at once is recorded once', async () => {
  const agentId = agents[0]?.id ?? '';
  const startedAt = new Date().toISOString();
  const calls = Array.from({ length: 10 }, (_, index): CallReport => {
    return { agentId, externalId: `same ${index}`, direction: 'OUTBOUND', startedAt };
  });
  const answers = await Promise.all(
    Array.from({ length: writers }, () => platform.get(RecordCallsDocument, { input: { calls } })),
  );
  const statuses = answers.flatMap(({ recordCalls }) => recordCalls.results.map(({ status }) => status));
  expect(statuses.filter((status) => status === 'CREATED')).toHaveLength(10);
  expect(statuses.filter((status) => status === 'UNCHANGED')).toHaveLength(10 * (writers - 1));
});

test('messages of one conversation reported by many at once are all in it, and counted', async () => {
  const agentId = agents[0]?.id ?? '';
  const sentAt = new Date().toISOString();
  const answers = await Promise.all(
    Array.from({ length: writers }, (_, writer) =>
      platform.get(RecordMessagesDocument, {
        input: {
          messages: Array.from({ length: 20 }, (_unused, index) => ({
            agentId,
            conversationExternalId: 'crowded',
            // Half of them are reported by everybody.
            externalId: index % 2 === 0 ? `of all ${index}` : `of ${writer} ${index}`,
            author: 'AGENT' as const,
            text: 'Hello',
            sentAt,
          })),
        },
      }),
    ),
  );
  const results = answers.flatMap(({ recordMessages }) => recordMessages.results);
  const created = results.filter(({ status }) => status === 'CREATED').length;
  expect(created).toBe(10 + 10 * writers);
  const { rows } = await server.owner.query<{ message_count: number; messages: number }>(
    `select c.message_count, (select count(*) from ringfence.messages m where m.conversation_id = c.id)::int as messages
     from ringfence.conversations c where c.external_id = 'crowded'`,
  );
  expect(rows).toEqual([{ message_count: created, messages: created }]);
});

test('a client that is archived while calls are reported gets none after it', async () => {
  const client = await world.arrange.client(world.accountId, 'Closing');
  const { id: agentId } = await world.arrange.agent(world.accountId, client);
  const owner = await connectAsOwner(server.database);
  await owner.query('begin');
  await owner.query(
    "update ringfence.clients set status = 'ARCHIVED', status_before_archive = 'ACTIVE' where id = $1",
    [client],
  );
  const waiting = platform.get(RecordCallsDocument, {
    input: {
      calls: [{ agentId, externalId: 'late', direction: 'INBOUND', startedAt: new Date().toISOString() }],
    },
  });
  await untilWaiting(server.owner);
  await owner.query('commit');
  const { recordCalls } = await waiting;
  expect(recordCalls.results).toMatchObject([{ status: 'REJECTED', error: { reason: 'CLIENT_ARCHIVED' } }]);
  await owner.end();
});
