// A lead that somebody holds is theirs alone, and comes back.
import { randomUUID } from 'node:crypto';
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import {
  ArchiveClientDocument,
  ArchiveLeadDocument,
  ArchiveListDocument,
  AssignClientsDocument,
  DeactivateMemberDocument,
  LeadHoldsDocument,
  type LeadFilter,
  MergeLeadsDocument,
  NextLeadDocument,
  ReleaseLeadDocument,
  RemoveMemberDocument,
  RevokeAccessTokenDocument,
  UpdateListDocument,
  UpdateMemberDocument,
} from '../support/documents.generated';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';
import type { TestMember } from '../support/arrange';
import { next, setLead } from './waiting';

let server: TestServer;
let world: World;
let client: string;
let list: string;
/** Two who work on the list. */
let first: Caller;
let second: Caller;
let firstMember: TestMember;
let secondMember: TestMember;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());
beforeEach(async () => {
  client = await world.arrange.client(world.accountId, `Client ${randomUUID().slice(0, 8)}`);
  list = await world.arrange.list(world.accountId, client);
  firstMember = await newMember();
  first = await signInAs(server, firstMember);
  secondMember = await newMember();
  second = await signInAs(server, secondMember);
});

const newMember = () =>
  world.arrange.member(world.accountId, { permissions: ['VIEW_CLIENTS', 'ACCESS_CRM'], clients: [client] });
const leads = async (...names: string[]) => {
  const ids: string[] = [];
  for (const [index, name] of names.entries())
    ids.push(
      await world.arrange.lead(list, { name, createdAt: new Date(Date.now() - 1e6 + index).toISOString() }),
    );
  return ids;
};
const tokenOf = async (memberId?: string) => {
  const token = await world.arrange.accessToken(world.accountId, {
    permissions: ['VIEW_CLIENTS', 'ACCESS_CRM'],
    ...(memberId === undefined ? {} : { memberId }),
  });
  return { id: token.id, caller: new Caller(server.url, token.text) };
};

describe('one at a time', () => {
  test('asked again it is the same lead, also for another list, through a token, and at the same time', async () => {
    await leads('One', 'Two');
    const other = await world.arrange.list(world.accountId, client);
    await world.arrange.lead(other, { name: 'Elsewhere' });
    const { caller: token } = await tokenOf(firstMember.id);
    const asked = await Promise.all([list, list, other, list].map((listId) => next(first, listId)));
    expect(new Set(asked).size).toBe(1);
    const [held] = asked;
    expect([await next(first, list), await next(first, other), await next(token, list)]).toEqual([
      held,
      held,
      held,
    ]);
  });

  test('is given for two hours, after which it is another’s and the first is given the next', async () => {
    const [one] = await leads('One', 'Two');
    const { nextLead } = await first.get(NextLeadDocument, { input: { listId: list } });
    expect(nextLead.lead).toMatchObject({ name: 'One', hold: { heldBy: { id: firstMember.id } } });
    const minutes = (Date.parse(String(nextLead.heldUntil)) - Date.now()) / 60_000;
    expect(minutes).toBeGreaterThan(119);
    expect(minutes).toBeLessThanOrEqual(120);
    await server.owner.query(
      "update ringfence.lead_holds set held_since = now() - interval '3 hours', held_until = now() where lead_id = $1",
      [one],
    );
    expect([await next(second, list), await next(first, list)]).toEqual(['One', 'Two']);
  });

  test('is logged, with the client, and asking again is not', async () => {
    const [one] = await leads('One');
    const log = await auditedBy(server.owner, async () => {
      await next(first, list);
      await next(first, list);
      await first.get(ReleaseLeadDocument, { input: { leadId: one ?? '' } });
    });
    expect(log).toMatchObject([
      { action: 'LEAD_HELD', actorId: firstMember.id, subjectId: one, clientId: client },
      { action: 'LEAD_RELEASED', actorId: firstMember.id, subjectId: one, clientId: client },
    ]);
  });

  test('two hundred who ask at once get one each, of a hundred and fifty that there are, and nobody goes without while there is one', async () => {
    await server.owner.query(
      `insert into ringfence.leads (account_id, client_id, list_id, name, time_zone, attempts, last_attempt_at)
       select account_id, client_id, id, 'Lead ' || n, (array[null, 'Asia/Tokyo', 'Europe/Berlin'])[1 + n % 3], n % 4, now() - interval '2 hours'
       from ringfence.lists, generate_series(1, 150) n where id = $1`,
      [list],
    );
    const callers: Caller[] = [];
    for (let number = 0; number < 200; number += 1) {
      const { caller } = await tokenOf(number % 2 === 0 ? (await newMember()).id : undefined);
      callers.push(caller);
    }
    const given = await Promise.all(callers.map((caller) => next(caller, list)));
    const names = given.filter((name) => name !== null);
    expect(names).toHaveLength(150);
    expect(new Set(names).size).toBe(150);
  });
});

describe('given back', () => {
  test('it stands where it stood, and whoever asks next is given it', async () => {
    const [one = ''] = await leads('One', 'Two');
    expect(await next(first, list)).toBe('One');
    expect(await second.refusal(ReleaseLeadDocument, { input: { leadId: one } })).toEqual({
      code: 'NOT_FOUND',
      field: 'input.leadId',
    });
    const { releaseLead } = await first.get(ReleaseLeadDocument, { input: { leadId: one } });
    expect(releaseLead.leadId).toBe(one);
    expect(await next(second, list)).toBe('One');
    expect(
      await changingNothing(server.owner, () =>
        first.refusal(ReleaseLeadDocument, { input: { leadId: one } }),
      ),
    ).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('by an administrator it is whoever held it', async () => {
    const [one = ''] = await leads('One');
    await next(first, list);
    await world.asAdmin.get(ReleaseLeadDocument, { input: { leadId: one } });
    expect(await next(second, list)).toBe('One');
  });

  const manage = <Input extends object>(
    document: TypedDocumentNode<unknown, { input: Input }>,
    input: Input,
  ) => world.asAdmin.get(document, { input });
  test.each<[string, (lead: string) => Promise<unknown>]>([
    ['with the member', () => manage(RemoveMemberDocument, { id: firstMember.id })],
    ['when the member is deactivated', () => manage(DeactivateMemberDocument, { id: firstMember.id })],
    [
      'when the client is not assigned any more',
      () => manage(AssignClientsDocument, { memberId: firstMember.id, remove: [client] }),
    ],
    [
      'with the permission',
      () => manage(UpdateMemberDocument, { id: firstMember.id, changes: { permissions: ['VIEW_CLIENTS'] } }),
    ],
    [
      'when the list is closed',
      async () => {
        const memberIds = [secondMember.id];
        await manage(UpdateListDocument, { id: list, changes: { access: 'NAMED', memberIds } });
      },
    ],
  ])('%s', async (_, lose) => {
    const [one = ''] = await leads('One');
    expect(await next(first, list)).toBe('One');
    await lose(one);
    expect(await next(second, list)).toBe('One');
  });

  test('what stays within reach is not taken back by changes of the rest', async () => {
    await leads('One');
    await next(first, list);
    await manage(AssignClientsDocument, { memberId: firstMember.id, add: [world.clients.one] });
    await manage(UpdateMemberDocument, { id: firstMember.id, changes: { permissions: ['ACCESS_CRM'] } });
    await manage(UpdateListDocument, {
      id: list,
      changes: { access: 'NAMED', memberIds: [firstMember.id, secondMember.id] },
    });
    expect([await next(second, list), await next(first, list)]).toEqual([null, 'One']);
  });

  test('with the access token of the account that held it', async () => {
    await leads('One');
    const { id, caller } = await tokenOf();
    expect(await next(caller, list)).toBe('One');
    await manage(RevokeAccessTokenDocument, { id });
    expect(await next(second, list)).toBe('One');
  });

  test.each<[string, (lead: string) => Promise<unknown>]>([
    ['the lead', (id) => manage(ArchiveLeadDocument, { id })],
    ['the list', () => manage(ArchiveListDocument, { id: list })],
    ['the client', () => manage(ArchiveClientDocument, { id: client })],
  ])('when %s is archived, so that the member is given another', async (_, archive) => {
    const [one = ''] = await leads('One');
    await next(first, list);
    await archive(one);
    const { rows } = await server.owner.query('select from ringfence.lead_holds where lead_id = $1', [one]);
    expect(rows).toEqual([]);
    const other = await world.arrange.client(world.accountId, `Other ${randomUUID().slice(0, 8)}`);
    await server.owner.query(
      'insert into ringfence.client_assignments (account_id, member_id, client_id) values ($1, $2, $3)',
      [world.accountId, firstMember.id, other],
    );
    const elsewhere = await world.arrange.list(world.accountId, other);
    await world.arrange.lead(elsewhere, { name: 'Elsewhere' });
    expect(await next(first, elsewhere)).toBe('Elsewhere');
  });
});

test('one that somebody else has is merged into no other, and keeps what others had', async () => {
  const [one = '', two = ''] = await leads('One', 'Two');
  await next(first, list);
  const merge = (id: string, mergedId: string) => ({ input: { id, mergedIds: [mergedId] } });
  for (const caller of [second, world.asAdmin])
    expect(
      await changingNothing(server.owner, () => caller.refusal(MergeLeadsDocument, merge(two, one))),
    ).toEqual({ code: 'CONFLICT', reason: 'LEAD_HELD' });
  await second.get(MergeLeadsDocument, merge(one, two));
  expect(await next(first, list)).toBe('One');
  const [three = ''] = await leads('Three');
  await first.get(MergeLeadsDocument, merge(three, one));
  expect(await next(second, list)).toBe('Three');
});

describe('who may ask', () => {
  test('whoever works on the list; others are refused like for one that is not there', async () => {
    await leads('One');
    const absent = randomUUID();
    const input = (listId: string) => ({ input: { listId } });
    const stranger = await signInAs(
      server,
      await world.arrange.member(world.accountId, {
        permissions: ['ACCESS_CRM'],
        clients: [world.clients.one],
      }),
    );
    const notFound = { code: 'NOT_FOUND', field: 'input.listId' };
    await changingNothing(server.owner, async () => {
      for (const caller of [stranger, world.other.asOwner])
        expect([
          await caller.refusal(NextLeadDocument, input(list)),
          await caller.refusal(NextLeadDocument, input(absent)),
        ]).toEqual([notFound, notFound]);
      expect(await world.asScopedMember.refusal(NextLeadDocument, input(list))).toEqual({
        code: 'FORBIDDEN',
      });
      expect(await world.asPortalUser.refusal(NextLeadDocument, input(list))).toEqual({ code: 'FORBIDDEN' });
    });
    expect(await next(world.asOwner, list)).toBe('One');
  });

  test('nobody who manages a closed list without being named on it', async () => {
    const closed = await world.arrange.list(world.accountId, client, { access: 'NAMED' });
    await world.arrange.lead(closed);
    const manager = await signInAs(
      server,
      await world.arrange.member(world.accountId, {
        permissions: ['ACCESS_CRM', 'MANAGE_LISTS'],
        clients: [client],
      }),
    );
    expect(await manager.refusal(NextLeadDocument, { input: { listId: closed } })).toEqual({
      code: 'FORBIDDEN',
    });
  });

  test('of an archived list nobody is given anything', async () => {
    const archived = await world.arrange.list(world.accountId, client, { status: 'ARCHIVED' });
    await world.arrange.lead(archived);
    expect(await first.refusal(NextLeadDocument, { input: { listId: archived } })).toEqual({
      code: 'CONFLICT',
      reason: 'LIST_ARCHIVED',
    });
  });
});

test('who holds a lead is shown to administrators, and to others of the one that they hold, in one statement for all', async () => {
  await leads('One', 'Two', 'Three');
  await next(first, list);
  await next(second, list);
  const holders = async (caller: Caller) =>
    (await caller.get(LeadHoldsDocument, { first: 100 })).leads.nodes.flatMap(
      ({ hold }) => hold?.heldBy?.id ?? [],
    );
  expect(await holders(first)).toEqual([firstMember.id]);
  expect(await holders(world.asAdmin)).toEqual(expect.arrayContaining([firstMember.id, secondMember.id]));
  const counted = (first: number) => statementsOf(() => world.asAdmin.get(LeadHoldsDocument, { first }));
  expect(await counted(100)).toBe(await counted(4));
});

test('leads are found by whether somebody has them, as far as that is seen, and by who tried them last', async () => {
  const [one = '', two = '', three = ''] = await leads('One', 'Two', 'Three');
  await next(first, list);
  await next(second, list);
  await setLead(server, three, { attempts: '1', last_attempt_by: `'${firstMember.id}'` });
  const found = async (caller: Caller, filter: LeadFilter) =>
    (await caller.get(LeadHoldsDocument, { first: 100, filter: { listId: list, ...filter } })).leads.nodes;
  const ids = async (caller: Caller, filter: LeadFilter) => (await found(caller, filter)).map(({ id }) => id);
  expect(await ids(world.asAdmin, { isHeld: true })).toEqual([one, two]);
  expect(await ids(world.asAdmin, { isHeld: false })).toEqual([three]);
  expect(await ids(second, { isHeld: true })).toEqual([two]);
  expect(await ids(second, { isHeld: false })).toEqual([one, three]);
  expect(await ids(second, { isHeld: null, lastAttemptById: null })).toEqual([one, two, three]);
  expect(await found(second, { lastAttemptById: firstMember.id })).toMatchObject([
    { id: three, lastAttemptBy: { id: firstMember.id } },
  ]);
  expect(await ids(second, { lastAttemptById: secondMember.id })).toEqual([]);
});
