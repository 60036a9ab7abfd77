// Blind mode: who is no administrator gets leads one at a time, so nothing else may show one, count one, or tell of one.
import {
  AddLeadNoteDocument,
  ArchiveLeadDocument,
  CreateLeadDocument,
  CreateLeadsDocument,
  CreateSegmentDocument,
  DeleteLeadNoteDocument,
  LeadDocument,
  LeadsDocument,
  LeadsOfClientDocument,
  LeadsOfListDocument,
  MergeLeadsDocument,
  RestoreLeadDocument,
  UpdateAccountDocument,
  UpdateClientDocument,
  UpdateLeadDocument,
  UpdateLeadNoteDocument,
  UpdateLeadsDocument,
  UpdateSegmentDocument,
} from '../support/documents.generated';
import { whileChanging } from '../support/activity';
import { Caller } from '../support/client';
import { download, recordsIn } from '../support/exports';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';
import {
  asWorker,
  blindMode,
  create,
  fieldsOf,
  narrowedKinds,
  narrowedWorkers,
  type NarrowedKind,
} from './people';

const absent = '00000000-0000-4000-8000-000000000000';
const phone = '+4930901777';
const email = 'blind@blind.test';

let server: TestServer;
let world: World;
/** Of client one, which is in blind mode, and of client three, which is not. */
let blindList: string;
let openList: string;
let blindLead: string;
let note: string;
let openLead: string;
let as: (kind: NarrowedKind) => Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  blindList = await arrange.list(accountId, clients.one, { name: 'Blind' });
  openList = await arrange.list(accountId, clients.three, { name: 'Open' });
  blindLead = await arrange.lead(blindList, { name: 'Berta Blind', company: 'Blind Works', phone, email });
  note = await arrange.leadNote(blindLead);
  openLead = await arrange.lead(openList, { name: 'Olaf Open', company: 'Blind Works' });
  await blindMode(server, clients.one, 'ON');
  ({ as } = await narrowedWorkers(server, world, [clients.one, clients.three]));
});
afterAll(() => server.close());

describe.each(narrowedKinds)('to %s', (kind) => {
  test('a lead of a client in blind mode is not in any list, and is not counted', async () => {
    const caller = as(kind);
    const { leads } = await caller.get(LeadsDocument, { first: 100 });
    expect(leads.nodes.map(({ id }) => id)).toContain(openLead);
    expect(leads.nodes.map(({ id }) => id)).not.toContain(blindLead);
    expect(leads.totalCount).toBe(leads.nodes.length);
    const nothing = { totalCount: 0, nodes: [] };
    for (const filter of [{ listId: blindList }, { clientId: world.clients.one }])
      expect((await caller.get(LeadsDocument, { filter })).leads).toMatchObject(nothing);
    expect((await caller.get(LeadsOfClientDocument, { id: world.clients.one })).client?.leads).toEqual(
      nothing,
    );
    expect((await caller.get(LeadsOfListDocument, { id: blindList })).list).toEqual({
      leadCount: 0,
      leads: nothing,
    });
  });

  test('no condition and no order finds one', async () => {
    const caller = as(kind);
    const { TEXT = '' } = await fieldsOf(server, blindList);
    for (const filter of [
      { name: { equals: 'Berta Blind' } },
      { name: { contains: 'Blind' } },
      { company: { equals: 'Blind Works' }, clientId: world.clients.one },
      { email: { equals: email } },
      { phone },
      { values: [{ fieldId: TEXT, isSet: true }] },
      { values: [{ fieldId: TEXT, text: { equals: 'Something' } }] },
      { createdAt: { from: '2000-01-01T00:00:00.000Z' }, listId: blindList },
    ])
      expect((await caller.get(LeadsDocument, { filter })).leads).toMatchObject({ totalCount: 0, nodes: [] });
    for (const search of ['Berta', 'blind works', email, '0309 01777'])
      expect(
        (await caller.get(LeadsDocument, { search, filter: { clientId: world.clients.one } })).leads,
      ).toMatchObject({
        totalCount: 0,
        nodes: [],
      });
    for (const orderBy of ['NAME_ASC', 'UPDATED_AT_DESC', 'CALL_BACK_AT_ASC'] as const) {
      const { leads } = await caller.get(LeadsDocument, { first: 100, orderBy });
      expect(leads.nodes.map(({ id }) => id)).not.toContain(blindLead);
    }
  });

  test('one that is there is answered like one that is not, whatever is asked of it', async () => {
    const caller = as(kind);
    const codes = async (id: string, noteId: string) => [
      await caller.refusal(LeadDocument, { id }),
      await caller.refusal(UpdateLeadDocument, { input: { id, changes: { name: 'No' } } }),
      await caller.refusal(ArchiveLeadDocument, { input: { id } }),
      await caller.refusal(RestoreLeadDocument, { input: { id } }),
      await caller.refusal(AddLeadNoteDocument, { input: { leadId: id, text: 'No' } }),
      await caller.refusal(UpdateLeadNoteDocument, { input: { id: noteId, text: 'No' } }),
      await caller.refusal(DeleteLeadNoteDocument, { input: { id: noteId } }),
    ];
    await changingNothing(server.owner, async () => {
      const answers = await codes(blindLead, note);
      expect(answers).toEqual(await codes(absent, absent));
      expect(new Set(answers.map(({ code }) => code))).toEqual(new Set(['NOT_FOUND']));
    });
  });

  test('adding one is refused, the same for one that is a duplicate and one that is not', async () => {
    const caller = as(kind);
    const answers = await changingNothing(server.owner, async () => [
      await caller.ask(CreateLeadDocument, { input: { listId: blindList, name: 'New' } }),
      await caller.ask(CreateLeadDocument, { input: { listId: blindList, name: 'Berta', phones: [phone] } }),
      await caller.ask(CreateLeadsDocument, {
        input: { listId: blindList, leads: [{ name: 'Berta', emails: [email] }] },
      }),
      await caller.ask(CreateLeadsDocument, { input: { listId: blindList, leads: [{ name: 'Nobody' }] } }),
    ]);
    expect(answers.map(({ errors }) => errors?.[0]?.extensions.code)).toEqual(Array(4).fill('FORBIDDEN'));
    expect(new Set(answers.map(({ errors }) => errors?.[0]?.message)).size).toBe(1);
  });

  test('an export has none of it', async () => {
    const caller = as(kind);
    const exported = async (clientId: string) =>
      recordsIn((await download(caller, clientId)).body).map(({ type }) => type);
    const ofLeads = (types: string[]) => types.filter((type) => type.startsWith('lead'));
    expect(ofLeads(await exported(world.clients.one))).toEqual([]);
    expect(ofLeads(await exported(world.clients.three))).toEqual(['lead', 'leadNote', 'leadChange']);
  });
});

test('leads that were related are not, when their client comes into blind mode, and are again afterwards', async () => {
  const { arrange, accountId, clients } = world;
  const [here, there] = [
    await arrange.list(accountId, clients.two),
    await arrange.list(accountId, clients.two),
  ];
  const first = await arrange.lead(here, { name: 'First', phone: '+4930901778' });
  await arrange.lead(there, { name: 'Second', phone: '+4930901778' });
  const caller = await asWorker(server, world, { clients: [clients.two] });
  const { lead } = await caller.get(LeadDocument, { id: first });
  expect(lead).toMatchObject({ duplicates: [{ name: 'Second' }] });
  expect(lead?.colleagues.map(({ name }) => name)).toContain('Second');
  await blindMode(server, clients.two, 'ON');
  expect(await caller.refusal(LeadDocument, { id: first })).toEqual({ code: 'NOT_FOUND', field: 'id' });
  await blindMode(server, clients.two, 'OFF');
  expect((await caller.get(LeadDocument, { id: first })).lead?.duplicates).toEqual(lead?.duplicates);
});

test('the account’s default holds for clients that inherit it, for no others, and for leads of no client', async () => {
  const { arrange, accountId, clients } = world;
  const member = await arrange.member(accountId, { permissions: ['ACCESS_CRM', 'VIEW_CLIENTS'] });
  const house = await arrange.list(accountId, null, { members: [member.id] });
  const ofHouse = await arrange.lead(house);
  const caller = await signInAs(server, member);
  const scoped = as('a scoped member');
  const sees = async (who: Caller, id: string) => (await who.ask(LeadDocument, { id })).errors === undefined;
  expect([await sees(scoped, openLead), await sees(caller, ofHouse)]).toEqual([true, true]);
  await server.owner.query('update ringfence.accounts set blind_mode = true where id = $1', [accountId]);
  expect([await sees(scoped, openLead), await sees(caller, ofHouse)]).toEqual([false, false]);
  await blindMode(server, clients.three, 'OFF');
  expect(await sees(scoped, openLead)).toBe(true);
  await server.owner.query('update ringfence.accounts set blind_mode = false where id = $1', [accountId]);
  await blindMode(server, clients.three, 'INHERIT');
  await blindMode(server, clients.one, 'ON');
});

test('administrators, and tokens of the account, see and write leads in blind mode', async () => {
  const { text } = await world.arrange.accessToken(world.accountId, { permissions: ['ACCESS_CRM'] });
  for (const caller of [world.asOwner, world.asAdmin, new Caller(server.url, text)]) {
    expect((await caller.get(LeadDocument, { id: blindLead })).lead?.name).toBe('Berta Blind');
    expect((await caller.get(LeadsOfListDocument, { id: blindList })).list?.leadCount).toBeGreaterThan(0);
    expect((await create(caller, { listId: blindList, name: 'Again', phones: [phone] })).lead.id).toBe(
      blindLead,
    );
  }
});

describe('whom it keeps from leads', () => {
  /** A member with all clients, a scoped one, and a token of theirs, who may change clients and the account. */
  async function changers(): Promise<{ members: Caller[]; token: Caller }> {
    const { arrange, accountId, clients } = world;
    const permissions = ['VIEW_CLIENTS', 'ACCESS_CRM', 'EDIT_CLIENTS', 'MANAGE_ACCOUNT'];
    const scoped = await arrange.member(accountId, { permissions, clients: [clients.one, clients.three] });
    const all = await arrange.member(accountId, { permissions, clientAccess: 'ALL' });
    const { text } = await arrange.accessToken(accountId, {
      memberId: scoped.id,
      permissions: ['VIEW_CLIENTS', 'ACCESS_CRM', 'EDIT_CLIENTS'],
    });
    return {
      members: [await signInAs(server, scoped), await signInAs(server, all)],
      token: new Caller(server.url, text),
    };
  }
  const forbidden = { code: 'FORBIDDEN' };
  const change = (id: string, changes: { blindMode?: 'ON' | 'OFF' | 'INHERIT'; name?: string }) => ({
    input: { id, changes },
  });

  test('does not switch it off for a client, and changes everything else', async () => {
    const { clients } = world;
    const { members, token } = await changers();
    for (const caller of [...members, token]) {
      for (const blindMode of ['OFF', 'INHERIT'] as const)
        expect(
          await changingNothing(server.owner, () =>
            caller.refusal(UpdateClientDocument, change(clients.one, { blindMode })),
          ),
        ).toEqual(forbidden);
      await caller.get(UpdateClientDocument, change(clients.one, { blindMode: 'ON', name: 'One' }));
      // Of which it keeps nothing from them.
      await caller.get(UpdateClientDocument, change(clients.three, { blindMode: 'OFF' }));
      await blindMode(server, clients.three, 'INHERIT');
    }
    for (const blindMode of ['OFF', 'ON'] as const)
      await world.asAdmin.get(UpdateClientDocument, change(clients.one, { blindMode }));
  });

  test('does not switch it off for the account', async () => {
    const { members } = await changers();
    const settings = (blindMode: boolean) => ({ input: { changes: { blindMode } } });
    await world.asAdmin.get(UpdateAccountDocument, settings(true));
    for (const caller of members)
      expect(
        await changingNothing(server.owner, () => caller.refusal(UpdateAccountDocument, settings(false))),
      ).toEqual(forbidden);
    await world.asAdmin.get(UpdateAccountDocument, settings(false));
  });

  test('does not say by a filter of their own whom they are given next', async () => {
    const filter = { phone };
    for (const kind of narrowedKinds) {
      const caller = as(kind);
      const input = { listId: blindList, name: 'Whom I look for', filter };
      expect(
        await changingNothing(server.owner, () => caller.refusal(CreateSegmentDocument, { input })),
      ).toEqual(forbidden);
      const { createSegment } = await world.asAdmin.get(CreateSegmentDocument, {
        input: { ...input, filter: {} },
      });
      const { id } = createSegment.segment;
      expect(
        await changingNothing(server.owner, () =>
          caller.refusal(UpdateSegmentDocument, { input: { id, changes: { filter } } }),
        ),
      ).toEqual(forbidden);
    }
  });
});

describe('whoever waits for their turn while the client comes into blind mode', () => {
  const whileSwitching = <Answer>(clientId: string, ask: () => Promise<Answer>) =>
    whileChanging(server.owner, () => blindMode(server, clientId, 'ON'), ask);

  test('is told of no duplicate, and changes nothing', async () => {
    const { arrange, accountId } = world;
    const client = await arrange.client(accountId, 'Blind soon');
    const list = await arrange.list(accountId, client);
    const [lead, other] = [await arrange.lead(list, { phone: '+4930901779' }), await arrange.lead(list)];
    const caller = await asWorker(server, world, { clients: [client] });
    const leads = [{ name: 'There already', phones: ['+4930901779'] }];
    const row = { id: lead, changes: { name: 'No' } };
    for (const [ask, expected] of [
      [() => caller.refusal(CreateLeadsDocument, { input: { listId: list, leads } }), { code: 'FORBIDDEN' }],
      [() => caller.refusal(UpdateLeadDocument, { input: row }), { code: 'NOT_FOUND', field: 'input.id' }],
      [
        () => caller.refusal(MergeLeadsDocument, { input: { id: lead, mergedIds: [other] } }),
        { code: 'NOT_FOUND', field: 'input.id' },
      ],
    ] as const) {
      await blindMode(server, client, 'OFF');
      expect(await whileSwitching(client, ask)).toEqual(expected);
    }
    await blindMode(server, client, 'OFF');
    const many = await whileSwitching(client, () =>
      caller.get(UpdateLeadsDocument, { input: { leads: [row] } }),
    );
    expect(many.updateLeads.results).toMatchObject([{ outcome: 'REJECTED', error: { code: 'NOT_FOUND' } }]);
    expect((await world.asOwner.get(LeadDocument, { id: lead })).lead).toMatchObject({ version: 1 });
  });
});
