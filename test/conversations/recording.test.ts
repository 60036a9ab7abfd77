// Messages that platforms report: a conversation begins with the first of them, filed by when it began, and later ones join it.
import { asToken, startReporting, type Reporting } from '../calls/reporting';
import type { Caller } from '../support/client';
import {
  ClientsActivityDocument,
  ConversationDocument,
  ConversationsDocument,
  MessagesDocument,
  RecordMessagesDocument,
  type MessageReport,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { createWorld, signInAs, type World } from '../support/world';

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
const atMove = (minutes: number) => new Date(reporting.movedAt.getTime() + minutes * 60_000).toISOString();
let reported = 0;
/** A message that was not reported before, of a conversation of its own. */
const report = (changes: Partial<MessageReport> = {}): MessageReport => {
  reported += 1;
  return {
    agentId: reporting.settled.id,
    conversationExternalId: `conversation ${reported}`,
    externalId: `message ${reported}`,
    author: 'CONTACT',
    text: `Text ${reported}`,
    sentAt: minutesAgo(10),
    ...changes,
  };
};

const record = async (caller: Caller, ...messages: MessageReport[]) =>
  (await caller.get(RecordMessagesDocument, { input: { messages } })).recordMessages.results;
const statuses = (results: readonly { status: string }[]) => results.map(({ status }) => status);

/** The conversation of a message that was recorded, as the owner sees it. */
async function conversationOf(result: { message: { conversationId: string } | null } | undefined) {
  const id = result?.message?.conversationId ?? '';
  const { conversation } = await world.asOwner.get(ConversationDocument, { id });
  const { conversation: read } = await world.asOwner.get(MessagesDocument, { conversationId: id });
  return { conversation, messages: read?.messages };
}

describe('messages that are reported', () => {
  test('make a conversation, with all that was said of it', async () => {
    const first = report({
      portalUserId: world.portalUsers.one.id,
      sentAt: minutesAgo(30),
      text: 'Good\nmorning',
    });
    const second = {
      ...first,
      externalId: 'answer',
      author: 'AGENT',
      text: 'Hello',
      sentAt: minutesAgo(29),
    } as const;
    const results = await record(reporting.asPlatform, second, first);
    expect(statuses(results)).toEqual(['CREATED', 'CREATED']);
    const { conversation, messages } = await conversationOf(results[0]);
    expect(conversation).toMatchObject({
      externalId: first.conversationExternalId,
      agentId: reporting.settled.id,
      agentName: 'Settled',
      portalUserId: world.portalUsers.one.id,
      portalUserName: 'Petra Portal',
      messageCount: 2,
      lastMessage: { text: 'Hello' },
      client: { id: world.clients.one },
    });
    expect(new Date(conversation?.startedAt ?? '').toISOString()).toBe(first.sentAt);
    expect(new Date(conversation?.lastMessageAt ?? '').toISOString()).toBe(second.sentAt);
    expect(messages?.nodes.map(({ author, text }) => `${author} ${text}`)).toEqual([
      'CONTACT Good\nmorning',
      'AGENT Hello',
    ]);
  });

  test('again are the same messages, within one request as well; later ones join the conversation', async () => {
    const first = report();
    const [one, same] = await record(reporting.asPlatform, first, first);
    expect([one?.status, same?.status, same?.id]).toEqual(['CREATED', 'UNCHANGED', one?.id]);
    const next = { ...first, externalId: 'next', sentAt: minutesAgo(5) };
    const results = await record(reporting.asPlatform, { ...first, text: 'Another text' }, next);
    expect(statuses(results)).toEqual(['UNCHANGED', 'CREATED']);
    const { conversation, messages } = await conversationOf(results[0]);
    expect(conversation).toMatchObject({ messageCount: 2, lastMessage: { text: first.text } });
    expect(messages?.nodes.map(({ text }) => text)).toEqual([first.text, first.text]);
  });

  test('are answered for in their order, one that is rejected taking no other with it, nor making a conversation', async () => {
    const { rows: before } = await server.owner.query('select count(*) from ringfence.conversations');
    const results = await record(
      reporting.asPlatform,
      report({ externalId: '' }),
      report({ conversationExternalId: 'x'.repeat(201) }),
      report({ conversationStartedAt: minutesAgo(-60) }),
      report({ text: '' }),
      report({ text: 'x'.repeat(10_001) }),
      report({ text: 'one\u0000two' }),
      report({ sentAt: minutesAgo(-60) }),
      report({ agentId: 'nobody' }),
      report({ agentId: reporting.other.id }),
      report({ portalUserId: world.portalUsers.two.id }),
    );
    expect(results.map(({ error }) => `${error?.code} ${error?.field}`)).toEqual([
      'VALIDATION_FAILED externalId',
      'VALIDATION_FAILED conversationExternalId',
      'VALIDATION_FAILED conversationStartedAt',
      'VALIDATION_FAILED text',
      'VALIDATION_FAILED text',
      'VALIDATION_FAILED text',
      'VALIDATION_FAILED sentAt',
      'NOT_FOUND agentId',
      'NOT_FOUND agentId',
      'NOT_FOUND portalUserId',
    ]);
    expect((await server.owner.query('select count(*) from ringfence.conversations')).rows).toEqual(before);
    const sound = report();
    expect(statuses(await record(reporting.asPlatform, { ...sound, text: '' }, sound))).toEqual([
      'REJECTED',
      'CREATED',
    ]);
  });

  test('keep the name of a portal user who is deleted, and all that was written', async () => {
    const portalUser = await world.arrange.portalUser(world.accountId, world.clients.one, { name: 'Gone' });
    const [result] = await record(
      reporting.asPlatform,
      report({ portalUserId: portalUser.id, author: 'PORTAL_USER', text: 'Good bye' }),
    );
    await server.owner.query('delete from ringfence.portal_users where id = $1', [portalUser.id]);
    const { conversation, messages } = await conversationOf(result);
    expect(conversation).toMatchObject({ portalUserId: null, portalUserName: 'Gone' });
    expect(messages?.nodes).toMatchObject([{ author: 'PORTAL_USER', text: 'Good bye' }]);
  });

  test('under an Idempotency-Key are recorded once, a thousand of them as well', async () => {
    const caller = reporting.asPlatform.under('a thousand messages');
    const first = report();
    const messages = Array.from({ length: 1000 }, (_, index) => ({
      ...first,
      externalId: `message ${index}`,
    }));
    const answer = await caller.ask(RecordMessagesDocument, { input: { messages } });
    expect(answer.errors).toBeUndefined();
    const again = await caller.ask(RecordMessagesDocument, { input: { messages } });
    expect(again.data).toEqual(answer.data);
    expect(again.extensions?.idempotencyReplayed).toEqual(['recordMessages']);
    const { conversation, messages: page } = await conversationOf(answer.data?.recordMessages.results[0]);
    expect([conversation?.messageCount, page?.totalCount]).toEqual([1000, 1000]);
  });
});

describe('a conversation', () => {
  test('is filed by when it began: before a move under the earlier client, from its moment on under the later one', async () => {
    const { moved } = reporting;
    const [before, at, told] = await record(
      reporting.asPlatform,
      report({ agentId: moved.id, sentAt: atMove(-1) }),
      report({ agentId: moved.id, sentAt: atMove(0) }),
      report({ agentId: moved.id, sentAt: atMove(1), conversationStartedAt: atMove(-1) }),
    );
    const clients = [];
    for (const result of [before, at, told])
      clients.push((await conversationOf(result)).conversation?.client?.id);
    expect(clients).toEqual([world.clients.one, world.clients.two, world.clients.one]);
  });

  test('begins with the first message that is recorded: one that is rejected decides nothing', async () => {
    const { moved } = reporting;
    const before = report({ agentId: moved.id, sentAt: atMove(-1), portalUserId: world.portalUsers.two.id });
    const after = { ...before, externalId: 'after', sentAt: atMove(2), portalUserId: null };
    const reported = [
      before,
      { ...after, externalId: 'to two', portalUserId: world.portalUsers.two.id },
      { ...after, externalId: 'to one', portalUserId: world.portalUsers.one.id },
      after,
      { ...after, externalId: 'empty', sentAt: atMove(-2), text: '' },
    ];
    const results = await record(reporting.asPlatform, ...reported);
    expect(statuses(results)).toEqual(['REJECTED', 'CREATED', 'REJECTED', 'CREATED', 'REJECTED']);
    expect([results[0], results[2]]).toMatchObject(
      Array(2).fill({ error: { code: 'NOT_FOUND', field: 'portalUserId' } }),
    );
    const { conversation } = await conversationOf(results[3]);
    expect(conversation).toMatchObject({ client: { id: world.clients.two }, messageCount: 2 });
    expect(new Date(conversation?.startedAt ?? '').toISOString()).toBe(after.sentAt);
    const { conversations } = await world.asPortalUser.get(ConversationsDocument);
    expect(conversations.nodes.map(({ externalId }) => externalId)).not.toContain(
      before.conversationExternalId,
    );
  });

  test('goes on with the client it began with after the agent has moved, unseen by the next one', async () => {
    const { moved } = reporting;
    const first = report({ agentId: moved.id, sentAt: atMove(-1) });
    await record(reporting.asPlatform, first);
    const [next] = await record(reporting.asPlatform, { ...first, externalId: 'next', sentAt: atMove(1) });
    expect((await conversationOf(next)).conversation).toMatchObject({
      messageCount: 2,
      client: { id: world.clients.one },
    });
    const ofTwo = await world.arrange.member(world.accountId, { clients: [world.clients.two] });
    const conversationId = next?.message?.conversationId ?? '';
    const caller = await signInAs(server, ofTwo);
    expect(await caller.refusal(ConversationDocument, { id: conversationId })).toEqual({
      code: 'NOT_FOUND',
      field: 'id',
    });
    expect(await caller.refusal(MessagesDocument, { conversationId })).toEqual({
      code: 'NOT_FOUND',
      field: 'id',
    });
  });

  test('gets no more messages when its client is archived', async () => {
    const client = await world.arrange.client(world.accountId, 'Closing');
    const agent = await world.arrange.agent(world.accountId, client, { kind: 'CHAT' });
    const first = report({ agentId: agent.id });
    await record(reporting.asPlatform, first);
    await server.owner.query(
      "update ringfence.clients set status = 'ARCHIVED', status_before_archive = 'ACTIVE' where id = $1",
      [client],
    );
    expect(await record(reporting.asPlatform, { ...first, externalId: 'next' })).toMatchObject([
      { status: 'REJECTED', error: { code: 'CONFLICT', reason: 'CLIENT_ARCHIVED' } },
    ]);
  });
});

describe('who reports messages', () => {
  test('needs RECORD_ACTIVITY, and sees nothing for it', async () => {
    const input = { messages: [report()] };
    for (const caller of [world.asMemberWithAll, world.asScopedMember, world.asPortalUser, world.asPowerless])
      expect(await caller.refusal(RecordMessagesDocument, { input })).toEqual({ code: 'FORBIDDEN' });
    expect(await world.asAnonymous.refusal(RecordMessagesDocument, { input })).toEqual({
      code: 'UNAUTHENTICATED',
    });
    const blind = await asToken(world, server, { permissions: ['RECORD_ACTIVITY'] });
    expect(await record(blind, ...input.messages)).toMatchObject([{ status: 'CREATED', message: null }]);
    expect(await blind.refusal(ConversationsDocument)).toEqual({ code: 'FORBIDDEN' });
  });

  test('reaches no further than their clients and agents', async () => {
    const { moved, settled, elsewhere } = reporting;
    const narrow = await world.arrange.member(world.accountId, {
      permissions: ['RECORD_ACTIVITY'],
      clients: [world.clients.one, world.clients.two],
      agentAccess: 'ASSIGNED',
      agents: [settled.stayId, moved.earlierStayId ?? ''],
    });
    for (const caller of [
      await asToken(world, server, { permissions: ['RECORD_ACTIVITY'], clients: [world.clients.one] }),
      await signInAs(server, narrow),
    ]) {
      const results = await record(
        caller,
        report({ agentId: settled.id }),
        report({ agentId: moved.id, sentAt: atMove(-1) }),
        report({ agentId: moved.id, sentAt: atMove(1) }),
        report({ agentId: elsewhere.id }),
      );
      expect(statuses(results)).toEqual(['CREATED', 'CREATED', 'REJECTED', 'REJECTED']);
    }
  });
});

describe('conversations', () => {
  test('are listed by their latest message, filtered by client, agent, portal user and time', async () => {
    const client = await world.arrange.client(world.accountId, 'Talkative');
    const portalUser = await world.arrange.portalUser(world.accountId, client);
    const agents = [
      await world.arrange.agent(world.accountId, client),
      await world.arrange.agent(world.accountId, client),
    ];
    const ids: string[] = [];
    for (const [index, day] of ['2026-05-01', '2026-05-02', '2026-05-03'].entries())
      ids.push(
        await world.arrange.conversation(agents[index % 2]?.stayId ?? '', {
          startedAt: `${day}T10:00:00Z`,
          portalUserId: index === 0 ? portalUser.id : null,
        }),
      );
    const [one, two, three] = ids;
    const list = async (filter: object, more: object = {}) => {
      const { conversations } = await world.asOwner.get(ConversationsDocument, { filter, ...more });
      expect(conversations.totalCount).toBe(conversations.nodes.length);
      return conversations.nodes.map(({ id }) => id);
    };
    expect(await list({ clientId: client })).toEqual([three, two, one]);
    expect(await list({ clientId: client }, { orderBy: 'LAST_MESSAGE_AT_ASC' })).toEqual([one, two, three]);
    expect(await list({ agentId: agents[0]?.id })).toEqual([three, one]);
    expect(await list({ portalUserId: portalUser.id })).toEqual([one]);
    expect(
      await list({
        clientId: client,
        lastMessageFrom: '2026-05-02T10:00:00Z',
        lastMessageBefore: '2026-05-03T10:00:00Z',
      }),
    ).toEqual([two]);
  });

  test('are read message by message, in pages, in either order', async () => {
    const id = await world.arrange.conversation(reporting.settled.stayId, {
      texts: ['a', 'b', 'c', 'd', 'e'],
    });
    const read = async (variables: object) =>
      (await world.asOwner.get(MessagesDocument, { conversationId: id, ...variables })).conversation
        ?.messages;
    const first = await read({ first: 2 });
    expect(first).toMatchObject({ totalCount: 5, nodes: [{ text: 'a' }, { text: 'b' }] });
    const rest = await read({ first: 5, after: first?.pageInfo.endCursor ?? null });
    expect(rest?.nodes.map(({ text }) => text)).toEqual(['c', 'd', 'e']);
    const backwards = await read({ orderBy: 'SENT_AT_DESC' });
    expect(backwards?.nodes.map(({ text }) => text)).toEqual(['e', 'd', 'c', 'b', 'a']);
  });

  test('and calls of many clients are read with a number of statements that does not depend on how many', async () => {
    const ofClients = async (first: number) => {
      let found: object = {};
      const statements = await statementsOf(async () => {
        found = await world.asOwner.get(ClientsActivityDocument, { first });
      });
      return { statements, found };
    };
    await world.arrange.conversation(reporting.elsewhere.stayId, { texts: ['a', 'b', 'c'] });
    await world.arrange.call(reporting.elsewhere.stayId);
    const [few, many] = [await ofClients(4), await ofClients(100)];
    expect(many.statements).toBe(few.statements);
    expect(many.found).toMatchObject({
      clients: {
        nodes: expect.arrayContaining([
          expect.objectContaining({
            id: world.clients.two,
            conversations: expect.objectContaining({
              nodes: expect.arrayContaining([
                expect.objectContaining({
                  lastMessage: { text: 'c' },
                  messages: { totalCount: 3, nodes: [{ text: 'a' }, { text: 'b' }] },
                }),
              ]) as unknown,
            }) as unknown,
          }),
        ]) as unknown,
      },
    });
  });
});
