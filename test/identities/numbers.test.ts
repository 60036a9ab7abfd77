// A telephone number belongs to one agent of the account, or is one caller id; whose it is, nobody is told.
import type { Caller } from '../support/client';
import {
  ArchiveClientDocument,
  CreateAgentDocument,
  CreateCallerIdDocument,
  DeleteAgentDocument,
  DeleteClientDocument,
  DeleteIdentityDocument,
  UpdateAgentDocument,
} from '../support/documents.generated';
import { finishDeletions } from '../deletion/working';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing, oneRow } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

const contenders = 20;

let server: TestServer;
let world: World;
/** Client one, with the rights to write agents and identities. */
let scoped: Caller;

beforeAll(async () => {
  server = await startTestServer({ settings: { POOL_SIZE: String(contenders + 2) } });
  world = await createWorld(server);
  scoped = await signInAs(
    server,
    await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'EDIT_AGENTS', 'MANAGE_IDENTITIES'],
      clients: [world.clients.one],
    }),
  );
});
afterAll(() => server.close());

let count = 0;
const newNumber = () => `+4930901${String((count += 1)).padStart(3, '0')}`;
const callerId = (phoneNumber: string, clientId: string | null = world.clients.one) => ({
  input: { clientId, phoneNumber },
});
const agent = (phoneNumber: string, clientId = world.clients.one) => ({
  input: { clientId, name: 'Ada', kind: 'VOICE' as const, phoneNumbers: [phoneNumber] },
});
const taken = (field: string) => ({
  code: 'CONFLICT',
  reason: 'PHONE_NUMBER_TAKEN',
  field: `input.${field}`,
});
const holders = (phoneNumber: string) =>
  oneRow<{ registered: number; agents: number; callerIds: number }>(
    server.owner,
    `select (select count(*)::int from fence.phone_numbers where phone_number = $1 and account_id = $2) as registered,
       (select count(*)::int from ringfence.agent_phone_numbers where phone_number = $1 and account_id = $2) as agents,
       (select count(*)::int from ringfence.identities where phone_number = $1 and account_id = $2) as "callerIds"`,
    [phoneNumber, world.accountId],
  );

test('of twenty who want one number at once, as a caller id or for an agent, one gets it', async () => {
  for (let round = 0; round < 3; round += 1) {
    const number = newNumber();
    const codes = await Promise.all(
      Array.from({ length: contenders }, async (_, index) => {
        const caller = index % 4 < 2 ? scoped : world.asOwner;
        const { errors } =
          index % 2 === 0
            ? await caller.ask(CreateCallerIdDocument, callerId(number))
            : await caller.ask(CreateAgentDocument, agent(number));
        return errors?.[0]?.extensions.reason ?? errors?.[0]?.extensions.code ?? 'created';
      }),
    );
    expect(codes.filter((code) => code === 'created')).toHaveLength(1);
    expect(codes.filter((code) => code === 'PHONE_NUMBER_TAKEN')).toHaveLength(contenders - 1);
    const { registered, agents, callerIds } = await holders(number);
    expect([registered, agents + callerIds]).toEqual([1, 1]);
  }
});

test('a number of a hidden client or of none is taken all the same, and nothing more is told', async () => {
  for (const hold of [
    (number: string) => world.asOwner.get(CreateCallerIdDocument, callerId(number, world.clients.two)),
    (number: string) => world.asOwner.get(CreateCallerIdDocument, callerId(number, null)),
    (number: string) => world.asOwner.get(CreateAgentDocument, agent(number, world.clients.two)),
  ]) {
    const number = newNumber();
    await hold(number);
    const refused = <Answer>(work: () => Promise<Answer>) => changingNothing(server.owner, work);
    expect(await refused(() => scoped.refusal(CreateCallerIdDocument, callerId(number)))).toEqual(
      taken('phoneNumber'),
    );
    expect(await refused(() => scoped.refusal(CreateAgentDocument, agent(number)))).toEqual(
      taken('phoneNumbers'),
    );
    const { errors } = await scoped.ask(CreateCallerIdDocument, callerId(number));
    expect(errors?.[0]?.message).toBe(
      'Another agent of the account has this phone number, or it is a caller id.',
    );
  }
});

test('who may not write there is told nothing of a number that is taken', async () => {
  const number = newNumber();
  await world.asOwner.get(CreateCallerIdDocument, callerId(number, world.clients.two));
  for (const phoneNumber of [number, newNumber()]) {
    expect(await world.asScopedMember.refusal(CreateCallerIdDocument, callerId(phoneNumber))).toEqual({
      code: 'FORBIDDEN',
    });
    expect(await scoped.refusal(CreateCallerIdDocument, callerId(phoneNumber, world.clients.two))).toEqual({
      code: 'NOT_FOUND',
      field: 'input.clientId',
    });
    expect(await scoped.refusal(CreateCallerIdDocument, callerId(phoneNumber, null))).toEqual({
      code: 'FORBIDDEN',
    });
  }
});

test('another account may have the same number', async () => {
  const number = newNumber();
  await scoped.get(CreateCallerIdDocument, callerId(number));
  await world.other.asOwner.get(CreateCallerIdDocument, callerId(number, world.other.clientId));
});

test('an agent gets no number of a caller id by being edited, and keeps those that it has', async () => {
  const [own, other] = [newNumber(), newNumber()];
  const { createAgent } = await scoped.get(CreateAgentDocument, agent(own));
  await scoped.get(CreateCallerIdDocument, callerId(other));
  const input = { id: createAgent.agent.id, changes: { phoneNumbers: [own, other] } };
  expect(await changingNothing(server.owner, () => scoped.refusal(UpdateAgentDocument, { input }))).toEqual({
    ...taken('phoneNumbers'),
    field: 'input.changes.phoneNumbers',
  });
});

test('a number goes from one to the other as soon as it is given up', async () => {
  const number = newNumber();
  const { createCallerId } = await scoped.get(CreateCallerIdDocument, callerId(number));
  await scoped.get(DeleteIdentityDocument, { input: { id: createCallerId.identity.id } });
  const { createAgent } = await scoped.get(CreateAgentDocument, agent(number));
  await scoped.get(DeleteAgentDocument, { input: { id: createAgent.agent.id } });
  await scoped.get(CreateCallerIdDocument, callerId(number));
});

test('a number of an archived client stays taken, one of a deleted client is free', async () => {
  const number = newNumber();
  const client = await world.arrange.client(world.accountId, 'Leaving');
  await world.asOwner.get(CreateCallerIdDocument, callerId(number, client));
  await world.asOwner.get(ArchiveClientDocument, { input: { id: client } });
  expect(await scoped.refusal(CreateCallerIdDocument, callerId(number))).toEqual(taken('phoneNumber'));
  await world.asOwner.get(DeleteClientDocument, { input: { id: client, confirmName: 'Leaving' } });
  await finishDeletions(server);
  await scoped.get(CreateCallerIdDocument, callerId(number));
});
