// What no platform should report is refused report by report, and holds nobody up.
import {
  CallsDocument,
  ConversationsDocument,
  RecordCallsDocument,
  RecordMessagesDocument,
  type CallReport,
  type MessageReport,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { startReporting, type Reporting } from './reporting';

let server: TestServer;
let world: World;
let reporting: Reporting;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  reporting = await startReporting(server, world);
});
afterAll(() => server.close());

const minutesAgo = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
const call = (changes: Partial<CallReport> = {}): CallReport => ({
  agentId: reporting.settled.id,
  externalId: 'call',
  direction: 'INBOUND',
  startedAt: minutesAgo(10),
  ...changes,
});
const message = (changes: Partial<MessageReport> = {}): MessageReport => ({
  agentId: reporting.settled.id,
  conversationExternalId: 'conversation',
  externalId: 'message',
  author: 'AGENT',
  text: 'Hello',
  sentAt: minutesAgo(10),
  ...changes,
});
const record = async (calls: CallReport[]) =>
  (await reporting.asPlatform.get(RecordCallsDocument, { input: { calls } })).recordCalls.results;
const recordMessages = async (messages: MessageReport[]) =>
  (await reporting.asPlatform.get(RecordMessagesDocument, { input: { messages } })).recordMessages.results;
const said = (results: readonly { status: string; error: { code: string; field: string | null } | null }[]) =>
  results.map(({ status, error }) => (error === null ? status : `${error.code} ${error.field}`));

test('a call a thousand times in one request is taken ten times, and rejected from then on', async () => {
  const same = call({ externalId: 'the same' });
  const others = ['another', 'third'].map((externalId) => call({ externalId }));
  const results = await record([...Array<CallReport>(998).fill(same), ...others]);
  expect(said(results)).toEqual([
    'CREATED',
    ...Array<string>(9).fill('UNCHANGED'),
    ...Array<string>(988).fill('VALIDATION_FAILED externalId'),
    'CREATED',
    'CREATED',
  ]);
  expect(results.map(({ index }) => index)).toEqual(results.map((_, index) => index));
});

test('a message a thousand times in one request is recorded once', async () => {
  const same = message({ conversationExternalId: 'the same' });
  const results = await recordMessages(Array<MessageReport>(1000).fill(same));
  expect(said(results)).toEqual(['CREATED', ...Array<string>(999).fill('UNCHANGED')]);
  expect(new Set(results.map(({ id }) => id)).size).toBe(1);
});

test('of several messages of the same id in one request the earliest is recorded, and begins the conversation', async () => {
  const { moved, movedAt } = reporting;
  const at = (minutes: number) => new Date(movedAt.getTime() + minutes * 60_000).toISOString();
  const same = message({ agentId: moved.id, conversationExternalId: 'contradictory' });
  const results = await recordMessages([
    { ...same, text: '', sentAt: at(-3) },
    { ...same, text: 'later', sentAt: at(1) },
    { ...same, text: 'earlier', sentAt: at(-1) },
  ]);
  expect(said(results)).toEqual(['VALIDATION_FAILED text', 'UNCHANGED', 'CREATED']);
  const { rows } = await server.owner.query(
    'select c.client_id, c.started_at = m.sent_at as "beganWithIt", c.message_count as count, m.text from ringfence.conversations c join ringfence.messages m on m.conversation_id = c.id where c.external_id = $1',
    ['contradictory'],
  );
  expect(rows).toEqual([{ client_id: world.clients.one, beganWithIt: true, count: 1, text: 'earlier' }]);
});

test('more than fits into the body of a request is refused as that, and recorded in several requests', async () => {
  const messages = Array.from({ length: 1000 }, (_, index) =>
    message({ conversationExternalId: 'long', externalId: `message ${index}`, text: 'x'.repeat(400) }),
  );
  expect(await reporting.asPlatform.refusal(RecordMessagesDocument, { input: { messages } })).toEqual({
    code: 'REQUEST_TOO_LARGE',
  });
  for (const half of [messages.slice(0, 500), messages.slice(500)])
    expect(new Set(said(await recordMessages(half)))).toEqual(new Set(['CREATED']));
});

describe('a time that no calendar of a database has', () => {
  // By another zone, GraphQL lets through what is beyond the years 1 to 9999.
  const times = ['0000-01-01T00:00:00Z', '0001-01-01T00:00:00+14:00', '9999-12-31T23:59:59-12:00'];

  test.each(times)('%s, rejects a call, not the request', async (time) => {
    const results = await record([
      call({ externalId: `started ${time}`, startedAt: time }),
      call({ externalId: `ended ${time}`, endedAt: time }),
      call({ externalId: `sound ${time}` }),
    ]);
    expect(said(results)).toEqual(['VALIDATION_FAILED startedAt', 'VALIDATION_FAILED endedAt', 'CREATED']);
  });

  test.each(times)('%s, rejects a message, not the request', async (time) => {
    const results = await recordMessages([
      message({ externalId: `sent ${time}`, sentAt: time }),
      message({ externalId: `begun ${time}`, conversationStartedAt: time }),
      message({ externalId: `sound ${time}` }),
    ]);
    expect(said(results)).toEqual([
      'VALIDATION_FAILED sentAt',
      'VALIDATION_FAILED conversationStartedAt',
      'CREATED',
    ]);
  });

  test.each(times)('%s, is before or after all that is listed', async (time) => {
    const later = time.startsWith('9999');
    const { asPlatform } = reporting;
    const calls = async (filter: object) =>
      (await asPlatform.get(CallsDocument, { filter })).calls.totalCount;
    expect((await calls({ startedFrom: time })) > 0).toBe(!later);
    expect((await calls({ startedBefore: time })) > 0).toBe(later);
    const conversations = async (filter: object) =>
      (await asPlatform.get(ConversationsDocument, { filter })).conversations.totalCount;
    expect((await conversations({ lastMessageFrom: time })) > 0).toBe(!later);
    expect((await conversations({ lastMessageBefore: time })) > 0).toBe(later);
  });
});
