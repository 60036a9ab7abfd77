// Who can be named on a list, and what becomes of names and tokens when the reach behind them goes.
import {
  AssignClientsDocument,
  ListDocument,
  ListsDocument,
  RemoveMemberDocument,
  UpdateListDocument,
  UpdateMemberDocument,
} from '../support/documents.generated';
import { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import type { TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let one: string;
let two: string;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  ({ one, two } = world.clients);
});
afterAll(() => server.close());

const person = (more: Parameters<World['arrange']['member']>[1] = {}) =>
  world.arrange.member(world.accountId, { permissions: ['ACCESS_CRM'], ...more });
const closedList = (clientId: string | null, ...members: TestMember[]) =>
  world.arrange.list(world.accountId, clientId, { access: 'NAMED', members: members.map(({ id }) => id) });
const name = async (id: string, ...memberIds: string[]) =>
  (await world.asAdmin.get(UpdateListDocument, { input: { id, changes: { memberIds } } })).updateList.list;
const refusedToName = (id: string, ...memberIds: string[]) =>
  changingNothing(server.owner, () =>
    world.asAdmin.refusal(UpdateListDocument, { input: { id, changes: { memberIds } } }),
  );
const namesOn = async (id: string) =>
  (await world.asAdmin.get(ListDocument, { id })).list?.members?.map((member) => member.id);
const seenBy = async (caller: Caller, id: string) => {
  const { data, errors } = await caller.ask(ListDocument, { id });
  return data?.list?.id === id ? true : errors?.[0]?.extensions.code;
};
const assign = (memberId: string, add: string[], remove: string[]) =>
  world.asAdmin.get(AssignClientsDocument, { input: { memberId, add, remove } });

describe('naming', () => {
  test('whoever reaches the client is named: assigned to it, with all clients, an administrator', async () => {
    const list = await closedList(one);
    const people = [
      await person({ clients: [one] }),
      await person({ clientAccess: 'ALL' }),
      world.members.admin,
    ];
    const entries = await auditedBy(server.owner, () => name(list, ...people.map(({ id }) => id)));
    expect((await namesOn(list))?.sort()).toEqual(people.map(({ id }) => id).sort());
    expect(entries).toContainEqual(
      expect.objectContaining({
        action: 'LIST_MEMBERS_CHANGED',
        clientId: one,
        details: { added: people.map(({ id }) => id).sort() },
      }),
    );
  });

  test('whoever does not is refused, and so is who is not there', async () => {
    const list = await closedList(one);
    const house = await closedList(null);
    const invalid = { code: 'VALIDATION_FAILED', field: 'input.changes.memberIds' };
    expect(await refusedToName(list, (await person({ clients: [two] })).id)).toEqual(invalid);
    expect(await refusedToName(list, (await person()).id)).toEqual(invalid);
    expect(await refusedToName(house, (await person({ clients: [two] })).id)).toEqual(invalid);
    const absent = { code: 'NOT_FOUND', field: 'input.changes.memberIds' };
    expect(await refusedToName(list, world.other.owner.id)).toEqual(absent);
    expect(await refusedToName(list, world.portalUsers.one.id)).toEqual(absent);
  });

  test('a closed list opens to whoever is named at once, and closes at once', async () => {
    const member = await person({ clients: [one] });
    const caller = await signInAs(server, member);
    const list = await closedList(one);
    expect(await seenBy(caller, list)).toBe('NOT_FOUND');
    await name(list, member.id);
    expect(await seenBy(caller, list)).toBe(true);
    await name(list);
    expect(await seenBy(caller, list)).toBe('NOT_FOUND');
    await world.asAdmin.get(UpdateListDocument, { input: { id: list, changes: { access: 'ALL' } } });
    expect(await seenBy(caller, list)).toBe(true);
  });
});

describe('a name goes', () => {
  test('with the assignment to the client, and does not come back with it', async () => {
    const member = await person({ clients: [one, two] });
    const [here, there] = [await closedList(one, member), await closedList(two, member)];
    const entries = await auditedBy(server.owner, () => assign(member.id, [], [one]));
    expect(entries.map(({ action, clientId }) => [action, clientId])).toEqual([
      ['CLIENT_UNASSIGNED', one],
      ['LIST_MEMBERS_CHANGED', one],
    ]);
    expect([await namesOn(here), await namesOn(there)]).toEqual([[], [member.id]]);
    await assign(member.id, [one], []);
    expect(await seenBy(await signInAs(server, member), here)).toBe('NOT_FOUND');
  });

  test('from lists of no client with the first client, so that losing it opens nothing', async () => {
    const member = await person();
    const house = await closedList(null, member);
    const caller = await signInAs(server, member);
    expect(await seenBy(caller, house)).toBe(true);
    await assign(member.id, [one], []);
    expect(await namesOn(house)).toEqual([]);
    await assign(member.id, [], [one]);
    expect(await seenBy(caller, house)).toBe('NOT_FOUND');
  });

  test('when all clients become assigned ones', async () => {
    const member = await person({ clientAccess: 'ALL', clients: [two] });
    const [here, there, house] = [
      await closedList(one, member),
      await closedList(two, member),
      await closedList(null, member),
    ];
    await world.asAdmin.get(UpdateMemberDocument, {
      input: { id: member.id, changes: { clientAccess: 'ASSIGNED' } },
    });
    expect([await namesOn(here), await namesOn(there), await namesOn(house)]).toEqual([[], [member.id], []]);
  });

  test('with the member', async () => {
    const member = await person({ clients: [one] });
    const list = await closedList(one, member);
    await world.asAdmin.get(RemoveMemberDocument, { input: { id: member.id } });
    expect(await namesOn(list)).toEqual([]);
  });
});

test('a token that goes from a member to an administrator sees open lists, and no closed ones', async () => {
  const member = await person({ clientAccess: 'ALL' });
  const [closed, house] = [await closedList(one, member), await closedList(null, member)];
  const token = await world.arrange.accessToken(world.accountId, {
    memberId: member.id,
    permissions: ['ACCESS_CRM'],
  });
  const program = new Caller(server.url, token.text);
  expect([await seenBy(program, closed), await seenBy(program, house)]).toEqual([true, true]);
  await world.asOwner.get(RemoveMemberDocument, {
    input: { id: member.id, transferTokensTo: world.members.owner.id },
  });
  expect([await seenBy(program, closed), await seenBy(program, house)]).toEqual(['NOT_FOUND', 'NOT_FOUND']);
  const seen = (await program.get(ListsDocument)).lists.nodes.map((list) => list.id);
  expect(seen).toContain(world.list);
  expect(seen).not.toContain(closed);
});
