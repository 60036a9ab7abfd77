// Leads are deleted for good by who manages lists and sees them: nothing of one is left but that it was.
import {
  AddLeadNoteDocument,
  DeleteLeadDocument,
  DeleteLeadsDocument,
  LeadDocument,
  LeadsDocument,
  NextLeadDocument,
} from '../support/documents.generated';
import { Caller } from '../support/client';
import { dumpDatabase } from '../support/dump';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';
import { asWorker, blindMode, create, fieldsOf } from './people';

let server: TestServer;
let world: World;
let list: string;
let asManager: Caller;
const permissions = ['VIEW_CLIENTS', 'ACCESS_CRM', 'MANAGE_LISTS'] as const;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  list = await world.arrange.list(world.accountId, world.clients.one);
  asManager = await asWorker(server, world, { clients: [world.clients.one], permissions: [...permissions] });
});
afterAll(() => server.close());

const absent = '00000000-0000-4000-8000-000000000000';
const gone = { code: 'NOT_FOUND', field: 'input.id' };
const remove = async (id: string, caller = asManager) =>
  (await caller.get(DeleteLeadDocument, { input: { id } })).deleteLead.deletedId;

test('nothing of it is left but that it was deleted, and it can be added again', async () => {
  const { TEXT = '' } = await fieldsOf(server, list);
  const input = {
    listId: list,
    name: 'Erna Erasure',
    company: 'Erasure Works',
    emails: ['erna@erasure.test'],
    phones: ['+4930903001'],
    values: [{ fieldId: TEXT, text: 'Erasable' }],
  };
  const { lead } = await create(asManager, input);
  await asManager.get(AddLeadNoteDocument, { input: { leadId: lead.id, text: 'Wants Erasure' } });
  const { nextLead } = await asManager.get(NextLeadDocument, { input: { listId: list } });
  expect(nextLead.lead?.id).toBe(lead.id);
  let deleted = '';
  const audited = await auditedBy(server.owner, async () => {
    deleted = await remove(lead.id);
  });
  expect(deleted).toBe(lead.id);
  expect(audited).toMatchObject([{ action: 'LEAD_DELETED', subjectId: lead.id, details: {} }]);
  expect(await asManager.refusal(LeadDocument, { id: lead.id })).toEqual({ code: 'NOT_FOUND', field: 'id' });
  expect((await asManager.get(LeadsDocument, { search: 'erasure' })).leads.totalCount).toBe(0);
  for (const [table, rows] of await dumpDatabase(server.owner)) {
    const left = JSON.stringify(rows);
    expect([table, /eras(ure|able)|4930903001/i.test(left)]).toEqual([table, false]);
    if (!/audit|event|idempotency/.test(table))
      expect([table, left.includes(lead.id)]).toEqual([table, false]);
  }
  expect((await create(asManager, input)).outcome).toBe('CREATED');
});

test('an archived one as well, in the version that is meant; not one that somebody else has, nor of an archived list', async () => {
  const { arrange, accountId, clients } = world;
  const archived = await arrange.lead(list, { state: 'ARCHIVED' });
  const held = await arrange.lead(list);
  await arrange.leadHold(held, world.members.scoped.id);
  const ofArchived = await arrange.lead(await arrange.list(accountId, clients.one, { status: 'ARCHIVED' }));
  await changingNothing(server.owner, async () => {
    for (const [input, reason] of [
      [{ id: archived, expectedVersion: 7 }, 'VERSION'],
      [{ id: held }, 'LEAD_HELD'],
      [{ id: ofArchived }, 'LIST_ARCHIVED'],
    ] as const)
      expect(await asManager.refusal(DeleteLeadDocument, { input })).toEqual({ code: 'CONFLICT', reason });
  });
  expect(await remove(archived)).toBe(archived);
});

test('who does not see it is told that there is none, who may not is forbidden to', async () => {
  const { arrange, accountId, clients, other } = world;
  const lead = await arrange.lead(list);
  const blind = await arrange.client(accountId, 'Blind');
  await blindMode(server, blind, 'ON');
  const unseen = await arrange.lead(await arrange.list(accountId, blind));
  const foreign = await arrange.lead(await arrange.list(other.accountId, other.clientId));
  const inBlindMode = await asWorker(server, world, { clients: [blind], permissions: [...permissions] });
  const holder = await arrange.member(accountId, { clients: [blind], permissions: [...permissions] });
  await arrange.leadHold(unseen, holder.id);
  const asHolder = await signInAs(server, holder);
  expect((await asHolder.get(LeadDocument, { id: unseen })).lead?.id).toBe(unseen);
  const elsewhere = await asWorker(server, world, { clients: [clients.two], permissions: [...permissions] });
  const { text } = await arrange.accessToken(accountId, {
    permissions: ['ACCESS_CRM', 'MANAGE_LISTS'],
    clients: [clients.two],
  });
  const without = (left: string) =>
    asWorker(server, world, {
      clients: [clients.one],
      permissions: permissions.filter((permission) => permission !== left),
    });
  const lacking = [await without('MANAGE_LISTS'), await without('ACCESS_CRM')];
  await changingNothing(server.owner, async () => {
    for (const [caller, id] of [
      [inBlindMode, unseen],
      // Works with it, and does not decide about it.
      [asHolder, unseen],
      [elsewhere, lead],
      [new Caller(server.url, text), lead],
      [world.asOwner, foreign],
      [asManager, absent],
    ] as const) {
      expect(await caller.refusal(DeleteLeadDocument, { input: { id } })).toEqual(gone);
      const { deleteLeads } = await caller.get(DeleteLeadsDocument, { input: { leads: [{ id }] } });
      expect(deleteLeads.results).toMatchObject([{ outcome: 'REJECTED', error: { code: 'NOT_FOUND' } }]);
    }
    for (const caller of [...lacking, world.asPortalUser, world.asPowerless]) {
      const refusal = caller.refusal(DeleteLeadDocument, { input: { id: lead } });
      expect(await refusal).toEqual({ code: 'FORBIDDEN' });
      const many = caller.refusal(DeleteLeadsDocument, { input: { leads: [{ id: lead }] } });
      expect(await many).toEqual({ code: 'FORBIDDEN' });
    }
    expect(await world.asAnonymous.refusal(DeleteLeadDocument, { input: { id: lead } })).toEqual({
      code: 'UNAUTHENTICATED',
    });
  });
});

test('many are deleted each by itself, and under one key once, each answered the same again', async () => {
  const { arrange } = world;
  const ids = [await arrange.lead(list), await arrange.lead(list), await arrange.lead(list)];
  const leads = [
    { id: ids[0] ?? '' },
    { id: ids[1] ?? '', expectedVersion: 2 },
    { id: absent },
    { id: 'garbage' },
    { id: ids[2] ?? '' },
  ];
  const caller = asManager.under('deleting many');
  const first = await caller.get(DeleteLeadsDocument, { input: { leads } });
  expect(first.deleteLeads.results).toMatchObject([
    { outcome: 'DELETED', id: ids[0], lead: null, error: null },
    { outcome: 'REJECTED', id: null, error: { code: 'CONFLICT', reason: 'VERSION' } },
    { outcome: 'REJECTED', id: null, error: { code: 'NOT_FOUND' } },
    { outcome: 'REJECTED', id: null, error: { code: 'VALIDATION_FAILED', field: 'id' } },
    { outcome: 'DELETED', id: ids[2], lead: null, error: null },
  ]);
  await changingNothing(server.owner, async () => {
    expect(await caller.get(DeleteLeadsDocument, { input: { leads } })).toEqual(first);
  });
  const { rows } = await server.owner.query('select id from ringfence.leads where id = any ($1)', [ids]);
  expect(rows).toEqual([{ id: ids[1] }]);
});
