// Creating, editing and deleting lists.
import {
  ChangePlanDocument,
  CreateListDocument,
  type CreateListInput,
  DeleteListDocument,
  ListDocument,
  UpdateListDocument,
  type UpdateListInput,
} from '../support/documents.generated';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let one: string;
let two: string;
/** Client `one`, MANAGE_LISTS. */
let manager: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  ({ one, two } = world.clients);
  manager = await memberWith(['VIEW_CLIENTS', 'MANAGE_LISTS'], { clients: [one] });
});
afterAll(() => server.close());

const memberWith = async (
  permissions: string[],
  more: Parameters<World['arrange']['member']>[1] = {},
): Promise<Caller> => signInAs(server, await world.arrange.member(world.accountId, { permissions, ...more }));
const asToken = async (options: Parameters<World['arrange']['accessToken']>[1]) =>
  new Caller(server.url, (await world.arrange.accessToken(world.accountId, options)).text);

const input = (more: Partial<CreateListInput> = {}): CreateListInput => ({
  clientId: one,
  name: 'Prospects',
  ...more,
});
const create = async (caller: Caller, more: Partial<CreateListInput> = {}) =>
  (await caller.get(CreateListDocument, { input: input(more) })).createList.list;
const refusedToCreate = (caller: Caller, more: Partial<CreateListInput> = {}) =>
  changingNothing(server.owner, () => caller.refusal(CreateListDocument, { input: input(more) }));
type Changes = UpdateListInput['changes'];
const update = async (caller: Caller, id: string, changes: Changes, expectedVersion?: number) =>
  (
    await caller.get(UpdateListDocument, {
      input: { id, changes, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
    })
  ).updateList.list;
const refusedToUpdate = (caller: Caller, id: string, changes: Changes, expectedVersion?: number) =>
  changingNothing(server.owner, () =>
    caller.refusal(UpdateListDocument, {
      input: { id, changes, ...(expectedVersion === undefined ? {} : { expectedVersion }) },
    }),
  );
const absent = (field: string) => ({ code: 'NOT_FOUND', field });
const forbidden = { code: 'FORBIDDEN' };
const invalid = (field: string) => ({ code: 'VALIDATION_FAILED', field });

describe('creating', () => {
  test('a list belongs to the client that was chosen, with everything that was said of it', async () => {
    const { owner, scoped } = world.members;
    const entries = await auditedBy(server.owner, async () => {
      expect(
        await create(world.asAdmin, {
          name: '  Spring fair ',
          description: 'Met at the fair.\nCall soon.',
          access: 'NAMED',
          duplicateHandling: 'UPDATE',
          workflow: {
            queueOrder: 'FEWEST_ATTEMPTS_FIRST',
            maximumAttempts: 5,
            callBackDelayMinutes: 90,
            callingDays: ['FRIDAY', 'MONDAY'],
            callingFrom: '09:00',
            callingUntil: '17:30',
            callingTimeZone: 'ACCOUNT',
          },
          fields: [
            { name: 'Budget', type: 'NUMBER', required: true },
            { name: 'Source', type: 'CHOICE', choices: [' Fair ', 'Web'] },
            { name: 'Customer number', type: 'TEXT', uniqueInClient: true },
          ],
          dispositions: [{ name: 'Interested', leadState: 'WON' }],
          memberIds: [scoped.id, owner.id],
        }),
      ).toMatchObject({
        name: 'Spring fair',
        description: 'Met at the fair.\nCall soon.',
        status: 'ACTIVE',
        access: 'NAMED',
        duplicateHandling: 'UPDATE',
        client: { id: one },
        workflow: {
          queueOrder: 'FEWEST_ATTEMPTS_FIRST',
          maximumAttempts: 5,
          callBackDelayMinutes: 90,
          callingDays: ['MONDAY', 'FRIDAY'],
          callingFrom: '09:00',
          callingUntil: '17:30',
          callingTimeZone: 'ACCOUNT',
        },
        fields: [
          { name: 'Budget', type: 'NUMBER', choices: null, required: true, uniqueInClient: false },
          { name: 'Source', type: 'CHOICE', choices: ['Fair', 'Web'], required: false },
          { name: 'Customer number', type: 'TEXT', uniqueInClient: true },
        ],
        dispositions: [{ name: 'Interested', leadState: 'WON' }],
        members: [{ name: 'Olga Owner' }, { name: 'Sam Scoped' }],
        version: 1,
      });
    });
    expect(entries.map(({ action, clientId }) => [action, clientId])).toEqual([
      ['LIST_CREATED', one],
      ['LIST_DISPOSITIONS_CHANGED', one],
      ['LIST_FIELDS_CHANGED', one],
      ['LIST_MEMBERS_CHANGED', one],
    ]);
  });

  test('the name and the client are enough: open to all who reach it, called at any time, with ways to end a call', async () => {
    expect(await create(manager)).toMatchObject({
      access: 'ALL',
      duplicateHandling: 'SKIP',
      description: null,
      workflow: {
        queueOrder: 'OLDEST_FIRST',
        maximumAttempts: null,
        callBackDelayMinutes: 60,
        callingDays: ['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY'],
        callingFrom: null,
        callingUntil: null,
        callingTimeZone: 'LEAD',
      },
      fields: [],
      dispositions: [
        { name: 'No answer', leadState: 'IN_PROGRESS' },
        { name: 'Call back', leadState: 'CALL_BACK' },
        { name: 'Won', leadState: 'WON' },
        { name: 'Lost', leadState: 'LOST' },
      ],
      members: [],
    });
  });

  test.each<[string, Partial<CreateListInput>, string]>([
    ['empty name', { name: ' ' }, 'input.name'],
    ['long description', { description: 'x'.repeat(2001) }, 'input.description'],
    ['client id that is none', { clientId: 'one' }, 'input.clientId'],
    ['attempt too few', { workflow: { maximumAttempts: 0 } }, 'input.workflow.maximumAttempts'],
    ['delay too long', { workflow: { callBackDelayMinutes: 43_201 } }, 'input.workflow.callBackDelayMinutes'],
    ['week without a day', { workflow: { callingDays: [] } }, 'input.workflow.callingDays'],
    ['day twice', { workflow: { callingDays: ['MONDAY', 'MONDAY'] } }, 'input.workflow.callingDays'],
    [
      'hour with seconds',
      { workflow: { callingFrom: '09:00:30', callingUntil: '10:00' } },
      'input.workflow.callingFrom',
    ],
    ['start without an end', { workflow: { callingFrom: '09:00' } }, 'input.workflow'],
    ['end before the start', { workflow: { callingFrom: '09:00', callingUntil: '08:00' } }, 'input.workflow'],
    ['unnamed field', { fields: [{ name: '', type: 'TEXT' }] }, 'input.fields.0.name'],
    ['choice without choices', { fields: [{ name: 'A', type: 'CHOICE' }] }, 'input.fields.0.choices'],
    [
      'choice twice',
      { fields: [{ name: 'A', type: 'CHOICE', choices: ['x', 'x'] }] },
      'input.fields.0.choices',
    ],
    [
      'text with choices',
      { fields: [{ name: 'A', type: 'TEXT', choices: ['x'] }] },
      'input.fields.0.choices',
    ],
    [
      'unique truth',
      { fields: [{ name: 'A', type: 'BOOLEAN', uniqueInClient: true }] },
      'input.fields.0.uniqueInClient',
    ],
    [
      'name of two fields',
      {
        fields: [
          { name: 'A', type: 'TEXT' },
          { name: 'a', type: 'DATE' },
        ],
      },
      'input.fields',
    ],
    [
      'name of two dispositions',
      {
        dispositions: [
          { name: 'A', leadState: 'WON' },
          { name: 'a', leadState: 'LOST' },
        ],
      },
      'input.dispositions',
    ],
    [
      '51st field',
      { fields: Array.from({ length: 51 }, (_, n) => ({ name: `F${n}`, type: 'TEXT' as const })) },
      'input.fields',
    ],
    ['open list of no client', { clientId: null, access: 'ALL' }, 'input.access'],
  ])('an %s is refused, and nothing is left', async (_, more, field) => {
    expect(await refusedToCreate(world.asAdmin, more)).toEqual(invalid(field));
  });

  test('it needs MANAGE_LISTS, the client within reach, and one that is not archived', async () => {
    expect(
      await refusedToCreate(await memberWith(['VIEW_CLIENTS', 'ACCESS_CRM'], { clients: [one] })),
    ).toEqual(forbidden);
    expect(await refusedToCreate(manager, { clientId: two })).toEqual(absent('input.clientId'));
    expect(await refusedToCreate(world.asAdmin, { clientId: world.other.clientId })).toEqual(
      absent('input.clientId'),
    );
    expect(await refusedToCreate(world.asAdmin, { clientId: world.clients.six })).toEqual({
      code: 'CONFLICT',
      reason: 'CLIENT_ARCHIVED',
    });
    expect(await refusedToCreate(world.asPortalUser)).toEqual(forbidden);
    expect((await refusedToCreate(world.asAnonymous)).code).toBe('UNAUTHENTICATED');
  });

  test('a token creates lists of the clients that it is for, and of no client none', async () => {
    const token = await asToken({ permissions: ['MANAGE_LISTS'], clients: [one] });
    // Without VIEW_CLIENTS it is not told which client that is.
    expect(await create(token)).toMatchObject({ name: 'Prospects', client: null });
    expect(await refusedToCreate(token, { clientId: two })).toEqual(absent('input.clientId'));
    expect(await refusedToCreate(token, { clientId: null })).toEqual(forbidden);
  });

  test('of a client it needs a plan with CLIENT_ISOLATION; what is there stays and can be edited', async () => {
    const accountId = await world.arrange.account('starter', 'STARTER');
    const clientId = await world.arrange.client(accountId, 'Small');
    const asOwner = await signInAs(server, await world.arrange.member(accountId, { role: 'OWNER' }));
    expect(await refusedToCreate(asOwner, { clientId })).toEqual({ code: 'PLAN_FEATURE_MISSING' });
    await create(asOwner, { clientId: null });
    await asOwner.get(ChangePlanDocument, { input: { planId: 'GROWTH' } });
    const { id } = await create(asOwner, { clientId });
    await asOwner.get(ChangePlanDocument, { input: { planId: 'STARTER' } });
    expect(await refusedToCreate(asOwner, { clientId })).toEqual({ code: 'PLAN_FEATURE_MISSING' });
    // What is not within reach is not there, whatever the plan.
    expect(await refusedToCreate(asOwner, { clientId: one })).toEqual(absent('input.clientId'));
    expect(await update(asOwner, id, { name: 'Kept' })).toMatchObject({ name: 'Kept' });
  });
});

describe('a list of no client', () => {
  test('is of whoever creates it, and of those who are named: members with all clients, or with none', async () => {
    const withoutClients = await world.arrange.member(world.accountId, { permissions: ['ACCESS_CRM'] });
    const withAll = await memberWith(['MANAGE_LISTS'], { clientAccess: 'ALL', name: 'Lena Lists' });
    const created = await create(withAll, { clientId: null, memberIds: [withoutClients.id] });
    expect(created).toMatchObject({
      client: null,
      access: 'NAMED',
      members: [{ name: 'Lena Lists' }, { name: 'Somebody' }],
    });
    expect(
      (await (await signInAs(server, withoutClients)).get(ListDocument, { id: created.id })).list,
    ).toMatchObject({
      id: created.id,
      members: null,
    });
    const another = await memberWith(['MANAGE_LISTS', 'ACCESS_CRM'], { clientAccess: 'ALL' });
    expect(await another.refusal(ListDocument, { id: created.id })).toEqual(absent('id'));
    expect(await refusedToUpdate(another, created.id, { name: 'Mine' })).toEqual(absent('input.id'));
  });

  test('is created by members who work for no client, and their tokens, not by those who work for some', async () => {
    const member = await world.arrange.member(world.accountId, {
      permissions: ['MANAGE_LISTS', 'ACCESS_CRM'],
    });
    const caller = await signInAs(server, member);
    const { id } = await create(caller, { clientId: null });
    const token = await asToken({ memberId: member.id, permissions: ['MANAGE_LISTS'] });
    expect((await token.get(ListDocument, { id })).list).toMatchObject({ id });
    await create(token, { clientId: null });
    expect(await refusedToCreate(manager, { clientId: null })).toEqual(forbidden);
  });

  test('nobody takes their own name off it, who would then no longer see it', async () => {
    const withAll = await memberWith(['MANAGE_LISTS'], { clientAccess: 'ALL' });
    const { id } = await create(withAll, { clientId: null });
    expect(await refusedToUpdate(withAll, id, { memberIds: [] })).toEqual({
      code: 'CONFLICT',
      reason: 'OWN_MEMBER',
    });
    await update(world.asAdmin, id, { memberIds: [] });
    expect(await withAll.refusal(ListDocument, { id })).toEqual(absent('id'));
  });
});

describe('editing', () => {
  test('what is left out stays, null clears, and each edit counts', async () => {
    const { id } = await create(manager, {
      description: 'Old',
      workflow: { maximumAttempts: 3, callingFrom: '09:00', callingUntil: '17:00' },
      fields: [{ name: 'A', type: 'TEXT' }],
    });
    expect(await update(manager, id, { name: 'New' }, 1)).toMatchObject({
      name: 'New',
      description: 'Old',
      workflow: { maximumAttempts: 3, callingFrom: '09:00' },
      fields: [{ name: 'A' }],
      version: 2,
    });
    expect(
      await update(manager, id, {
        description: null,
        workflow: { maximumAttempts: null, callingFrom: null, callingUntil: null },
        fields: [],
        dispositions: [],
      }),
    ).toMatchObject({
      description: null,
      workflow: { maximumAttempts: null, callingFrom: null, callingUntil: null, callBackDelayMinutes: 60 },
      fields: [],
      dispositions: [],
      version: 3,
    });
  });

  test('a start or an end alone is measured against the other, which is there', async () => {
    const { id } = await create(manager, { workflow: { callingFrom: '09:00', callingUntil: '17:00' } });
    expect(await update(manager, id, { workflow: { callingUntil: '18:00' } })).toMatchObject({
      workflow: { callingFrom: '09:00', callingUntil: '18:00' },
    });
    expect(await refusedToUpdate(manager, id, { workflow: { callingFrom: '19:00' } })).toEqual(
      invalid('input.changes.workflow'),
    );
  });

  test.each<[string, Changes, string]>([
    ['name', { name: null }, 'name'],
    ['access', { access: null }, 'access'],
    ['workflow', { workflow: null }, 'workflow'],
    ['fields', { fields: null }, 'fields'],
    ['members', { memberIds: null }, 'memberIds'],
  ])('the %s cannot be cleared', async (_, changes, field) => {
    const { id } = await create(manager);
    expect(await refusedToUpdate(manager, id, changes)).toEqual(invalid(`input.changes.${field}`));
  });

  test('fields and dispositions keep who they are, swap names, change places, come and go', async () => {
    const { id, fields, dispositions } = await create(manager, {
      fields: [
        { name: 'A', type: 'TEXT' },
        { name: 'B', type: 'CHOICE', choices: ['x', 'y'] },
        { name: 'Gone', type: 'DATE' },
      ],
      dispositions: [
        { name: 'Yes', leadState: 'WON' },
        { name: 'No', leadState: 'LOST' },
      ],
    });
    const [a, b] = fields.map((field) => field.id);
    const [yes, no] = dispositions.map((disposition) => disposition.id);
    const changes: Changes = {
      fields: [
        { id: b, name: 'A', type: 'CHOICE', choices: ['y', 'z'], required: true },
        { name: 'New', type: 'NUMBER' },
        { id: a, name: 'B', type: 'TEXT' },
      ],
      dispositions: [
        { id: no, name: 'Yes', leadState: 'CALL_BACK' },
        { id: yes, name: 'No', leadState: 'WON' },
      ],
    };
    const entries = await auditedBy(server.owner, async () => {
      expect(await update(manager, id, changes)).toMatchObject({
        fields: [
          { id: b, name: 'A', choices: ['y', 'z'], required: true },
          { name: 'New', type: 'NUMBER' },
          { id: a, name: 'B', type: 'TEXT' },
        ],
        dispositions: [
          { id: no, name: 'Yes', leadState: 'CALL_BACK' },
          { id: yes, name: 'No', leadState: 'WON' },
        ],
      });
    });
    expect(entries.map(({ action }) => action)).toEqual([
      'LIST_DISPOSITIONS_CHANGED',
      'LIST_FIELDS_CHANGED',
      'LIST_UPDATED',
    ]);
    const unchanged = await auditedBy(server.owner, () =>
      update(manager, id, { dispositions: changes.dispositions }),
    );
    expect(unchanged.map(({ action }) => action)).toEqual(['LIST_UPDATED']);
  });

  test('what a field is does not change, nor is one of another list taken', async () => {
    const { id, fields } = await create(manager, { fields: [{ name: 'A', type: 'TEXT' }] });
    const { fields: foreign, dispositions } = await create(manager, {
      fields: [{ name: 'A', type: 'TEXT' }],
    });
    const field = fields[0]?.id;
    for (const changed of [
      { id: field, name: 'A', type: 'NUMBER' as const },
      { id: field, name: 'A', type: 'TEXT' as const, uniqueInClient: true },
    ])
      expect(await refusedToUpdate(manager, id, { fields: [changed] })).toEqual(
        invalid('input.changes.fields'),
      );
    const taken = { id: foreign[0]?.id, name: 'A', type: 'TEXT' as const };
    expect(await refusedToUpdate(manager, id, { fields: [taken] })).toEqual(absent('input.changes.fields'));
    const twice = { id: field, name: 'A', type: 'TEXT' as const };
    expect(await refusedToUpdate(manager, id, { fields: [twice, { ...twice, name: 'B' }] })).toEqual(
      absent('input.changes.fields'),
    );
    const disposition = { id: dispositions[0]?.id, name: 'A', leadState: 'WON' as const };
    expect(await refusedToUpdate(manager, id, { dispositions: [disposition] })).toEqual(
      absent('input.changes.dispositions'),
    );
  });

  test('it needs MANAGE_LISTS, a list that is seen, and the version that is expected', async () => {
    const { id } = await create(world.asAdmin);
    const reader = await memberWith(['VIEW_CLIENTS', 'ACCESS_CRM'], { clients: [one] });
    expect(await refusedToUpdate(reader, id, { name: 'X' })).toEqual(forbidden);
    expect(await refusedToUpdate(world.other.asOwner, id, { name: 'X' })).toEqual(absent('input.id'));
    const elsewhere = await memberWith(['MANAGE_LISTS'], { clients: [two] });
    expect(await refusedToUpdate(elsewhere, id, { name: 'X' })).toEqual(absent('input.id'));
    expect(await refusedToUpdate(manager, id, { name: 'X' }, 7)).toEqual({
      code: 'CONFLICT',
      reason: 'VERSION',
    });
  });
});

describe('deleting', () => {
  const refusedToDelete = (
    caller: Caller,
    id: string,
    confirmName = 'Prospects',
    expectedVersion: number | null = null,
  ) =>
    changingNothing(server.owner, () =>
      caller.refusal(DeleteListDocument, { input: { id, confirmName, expectedVersion } }),
    );

  test('a list goes with its fields, dispositions and names, once its name is typed again', async () => {
    const { id } = await create(manager, {
      fields: [{ name: 'A', type: 'TEXT' }],
      memberIds: [world.members.scoped.id],
    });
    expect(await refusedToDelete(manager, id, 'prospects')).toEqual(invalid('input.confirmName'));
    expect(await refusedToDelete(manager, id, 'Prospects', 2)).toEqual({
      code: 'CONFLICT',
      reason: 'VERSION',
    });
    const entries = await auditedBy(server.owner, () =>
      manager.get(DeleteListDocument, { input: { id, confirmName: 'Prospects' } }),
    );
    expect(entries).toMatchObject(
      ['LIST_DELETED', 'LIST_DELETION_REQUESTED'].map((action) => ({
        action,
        subjectId: id,
        clientId: one,
        details: { name: 'Prospects' },
      })),
    );
    expect(await manager.refusal(ListDocument, { id })).toEqual(absent('id'));
    for (const table of ['list_fields', 'list_dispositions', 'list_members']) {
      const { rows } = await server.owner.query(`select from ringfence.${table} where list_id = $1`, [id]);
      expect(rows).toEqual([]);
    }
  });

  test('it needs MANAGE_LISTS and a list that is seen', async () => {
    const { id } = await create(world.asAdmin);
    expect(await refusedToDelete(await memberWith(['ACCESS_CRM'], { clients: [one] }), id)).toEqual(
      forbidden,
    );
    expect(await refusedToDelete(await memberWith(['MANAGE_LISTS'], { clients: [two] }), id)).toEqual(
      absent('input.id'),
    );
    expect(await refusedToDelete(world.other.asOwner, id)).toEqual(absent('input.id'));
  });
});
