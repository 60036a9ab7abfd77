// Mutations that are sent again under their Idempotency-Key: the same result, no second effect.
import { randomUUID } from 'node:crypto';
import { buildSchema, rulesOf } from '../../src/graphql/schema';
import { allow } from '../../src/graphql/shield';
import { newSecretKey, startAnotherServer } from '../support/another-server';
import { Caller, send } from '../support/client';
import {
  AssignClientsDocument,
  ClientNamesDocument,
  CreateClientDocument,
  CreateOrganizationDocument,
  SignInDocument,
  SignOutDocument,
  TwoClientsDocument,
  UpdateClientDocument,
} from '../support/documents.generated';
import { age, comparable, keysStored, replayedIn } from '../support/idempotency';
import { startTestServer, type TestServer } from '../support/server';
import { startSession } from '../support/sessions';
import { statementsOf } from '../support/statements';
import { auditedBy, changingNothing } from '../support/stored';
import { password } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';
import { rootFields } from './root-fields';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  await server.owner.query(
    "insert into ringfence.plans (id, name, position) values ('UNLIMITED', 'Unlimited', 9)",
  );
  await server.owner.query("update ringfence.accounts set plan_id = 'UNLIMITED'");
});
afterAll(() => server.close());

const newKey = () => randomUUID();
const reused = { code: 'IDEMPOTENCY_KEY_REUSED' };

async function clientsNamed(name: string): Promise<number> {
  return (await server.owner.query('select from ringfence.clients where name = $1', [name])).rowCount ?? 0;
}

/** Sends the same twice, and fails the test unless the second changed nothing and says that it did not. */
async function createTwice(caller: Caller, name: string): Promise<string> {
  const first = await caller.ask(CreateClientDocument, { input: { name } });
  expect(replayedIn(first)).toEqual([]);
  const again = await changingNothing(server.owner, () =>
    caller.ask(CreateClientDocument, { input: { name } }),
  );
  expect(replayedIn(again)).toEqual(['createClient']);
  expect(again.data).toEqual(first.data);
  return first.data?.createClient.client.id ?? '';
}

/** As it is shown again: what is shown once is null then. */
function withoutSecrets(answer: unknown): unknown {
  return JSON.parse(JSON.stringify(answer).replace(/"(link|token)":"[^"]+"/g, '"$1":null'));
}

describe('sent again,', () => {
  test('a mutation has the same answer, creates no second row and writes no second audit entry', async () => {
    const audited = await auditedBy(server.owner, () => createTwice(world.asOwner.under(newKey()), 'Once'));
    expect(audited.map(({ action }) => action)).toEqual(['CLIENT_CREATED']);
    expect(await clientsNamed('Once')).toBe(1);
  });

  test('every mutation has the same answer and changes nothing, but those on sessions', async () => {
    const rules = rulesOf().Mutation ?? {};
    const mutations = rootFields(buildSchema(), world).filter(
      ({ type, name }) => type === 'Mutation' && rules[name] !== allow,
    );
    expect(mutations.length).toBeGreaterThan(10);
    for (const { name, query, variables } of mutations) {
      const ask = () =>
        send(server.url, world.asOwner.token, query, variables, { 'idempotency-key': `every-${name}` });
      const first = await ask();
      const again = await changingNothing(server.owner, ask);
      expect([name, replayedIn(first), replayedIn(again)]).toEqual([name, [], [name]]);
      expect([name, comparable(again)]).toEqual([name, withoutSecrets(comparable(first))]);
    }
    await server.owner.query("update ringfence.accounts set plan_id = 'UNLIMITED'");
    await server.owner.query(
      "update ringfence.clients set status = 'ACTIVE', status_before_archive = null where id = $1",
      [world.clients.one],
    );
  });

  test('it shows what it made as that is now', async () => {
    const caller = world.asOwner.under(newKey());
    const id = await createTwice(caller, 'Before');
    await world.asOwner.get(UpdateClientDocument, { input: { id, changes: { name: 'After' } } });
    const { createClient } = await caller.get(CreateClientDocument, { input: { name: 'Before' } });
    expect(createClient.client).toMatchObject({ id, name: 'After' });
  });

  test('it shows nothing that is not theirs any more', async () => {
    const caller = world.asScopedMember.under(newKey());
    const id = await createTwice(caller, 'Taken away');
    await world.asOwner.get(AssignClientsDocument, {
      input: { memberId: world.members.scoped.id, remove: [id] },
    });
    const again = await caller.ask(CreateClientDocument, { input: { name: 'Taken away' } });
    expect(again.data).toBeNull();
    expect(again.errors?.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND']);
    expect(replayedIn(again)).toEqual(['createClient']);
    expect(await clientsNamed('Taken away')).toBe(1);
  });

  test('it is refused to whoever may not do it any more', async () => {
    const member = await world.arrange.member(world.accountId, {
      clientAccess: 'ALL',
      permissions: ['VIEW_CLIENTS', 'CREATE_CLIENTS'],
    });
    const key = newKey();
    await createTwice((await signInAs(server, member)).under(key), 'Was allowed');
    await server.owner.query(
      "delete from ringfence.member_permissions where member_id = $1 and permission = 'CREATE_CLIENTS'",
      [member.id],
    );
    const since = (await signInAs(server, member)).under(key);
    expect(await since.refusal(CreateClientDocument, { input: { name: 'Was allowed' } })).toEqual({
      code: 'FORBIDDEN',
    });
  });

  test('the key in quotes is the same key', async () => {
    const key = `say "${newKey()}"`;
    const quoted = `"${key.replaceAll('"', String.raw`\"`)}"`;
    await world.asOwner.under(key).get(CreateClientDocument, { input: { name: 'Quoted' } });
    const again = await world.asOwner.under(quoted).ask(CreateClientDocument, { input: { name: 'Quoted' } });
    expect(replayedIn(again)).toEqual(['createClient']);
  });
});

describe('the same key', () => {
  test('with another input is refused, and nothing is changed', async () => {
    const caller = world.asOwner.under(newKey());
    await createTwice(caller, 'Mine');
    await changingNothing(server.owner, async () => {
      for (const input of [
        { name: 'Other' },
        { name: 'mine' },
        { name: 'Mine', contactName: 'Somebody' },
        { name: 'Mine', organizationId: null },
      ]) {
        expect(await caller.refusal(CreateClientDocument, { input })).toEqual(reused);
      }
    });
    const { status } = await caller.ask(CreateClientDocument, { input: { name: 'Other' } });
    expect(status).toBe(200);
  });

  test('for another field is refused, and nothing is changed', async () => {
    const caller = world.asOwner.under(newKey());
    await createTwice(caller, 'A client');
    await changingNothing(server.owner, async () => {
      expect(await caller.refusal(CreateOrganizationDocument, { input: { name: 'A client' } })).toEqual(
        reused,
      );
    });
  });

  test('is the same whether the input stands in the document or beside it, in whatever order', async () => {
    const key = newKey();
    await world.asOwner
      .under(key)
      .get(CreateClientDocument, { input: { name: 'Either', contactName: 'Way', blindMode: 'ON' } });
    const again = await send(
      server.url,
      world.asOwner.token,
      'mutation { made: createClient(input: { blindMode: ON, contactName: "Way", name: "Either" }) { client { name } } }',
      {},
      { 'idempotency-key': key },
    );
    expect(replayedIn(again)).toEqual(['made']);
    expect(again.data).toEqual({ made: { client: { name: 'Either' } } });
  });

  test('of another principal is another key, within the account and beyond it', async () => {
    const key = newKey();
    for (const caller of [world.asOwner, world.asScopedMember, world.asMemberWithAll, world.other.asOwner])
      await createTwice(caller.under(key), 'Shared key');
    expect(await clientsNamed('Shared key')).toBe(4);
  });

  test('of the same member over another session, and as another kind, is the same key', async () => {
    const key = newKey();
    const member = await world.arrange.member(world.accountId, { role: 'OWNER' });
    await createTwice((await signInAs(server, member)).under(key), 'Two sessions');
    await server.owner.query("update ringfence.member_access set role = 'ADMIN' where member_id = $1", [
      member.id,
    ]);
    const again = await (
      await signInAs(server, member)
    )
      .under(key)
      .ask(CreateClientDocument, { input: { name: 'Two sessions' } });
    expect(replayedIn(again)).toEqual(['createClient']);
  });

  test('counts as never used after 24 hours, and not before', async () => {
    const caller = world.asOwner.under(newKey());
    const first = await createTwice(caller, 'Daily');
    await age(server.owner, '23 hours 59 minutes');
    expect(
      (await caller.get(CreateClientDocument, { input: { name: 'Daily' } })).createClient.client.id,
    ).toBe(first);
    await age(server.owner, '1 minute');
    const second = await createTwice(caller, 'Daily');
    expect(second).not.toBe(first);
    await age(server.owner, '24 hours');
    await createTwice(caller, 'Something else');
  });

  test('is known under every key of the server’s ring', async () => {
    const key = newKey();
    const [older, newer] = [newSecretKey('older'), newSecretKey('newer')];
    const replayedWith = async (...secretKeys: string[]) => {
      const another = await startAnotherServer(server.database, { secretKeys });
      try {
        const { accessToken } = await startSession(another.url, world.members.all);
        const answer = await new Caller(another.url, accessToken)
          .under(key)
          .ask(CreateClientDocument, { input: { name: 'Rotated' } });
        return answer.errors?.[0]?.extensions.code ?? replayedIn(answer);
      } finally {
        await another.close();
      }
    };
    expect(await replayedWith(older)).toEqual([]);
    expect(await replayedWith(newer, older)).toEqual(['createClient']);
    expect(await replayedWith(newer)).toBe('IDEMPOTENCY_KEY_REUSED');
    expect(await clientsNamed('Rotated')).toBe(1);
  });
});

describe('a document with several mutations', () => {
  const input = { first: { name: 'First' }, second: { name: 'Second' } };

  test('has an outcome for each, also where they are alike', async () => {
    const caller = world.asOwner.under(newKey());
    const same = { first: { name: 'Twin' }, second: { name: 'Twin' } };
    const first = await caller.get(TwoClientsDocument, same);
    expect(first.a?.client.id).not.toBe(first.b.client.id);
    const again = await changingNothing(server.owner, () => caller.ask(TwoClientsDocument, same));
    expect(again.data).toEqual(first);
    expect(replayedIn(again)).toEqual(['a', 'b']);
  });

  test('of which only the first got through goes on where it stopped', async () => {
    const key = newKey();
    // As if the process had ended between the two.
    await send(
      server.url,
      world.asOwner.token,
      'mutation { a: createClient(input: { name: "First" }) { client { id } } }',
      {},
      { 'idempotency-key': key },
    );
    const answer = await world.asOwner.under(key).ask(TwoClientsDocument, input);
    expect(replayedIn(answer)).toEqual(['a']);
    expect([await clientsNamed('First'), await clientsNamed('Second')]).toEqual([1, 1]);
  });

  test('counts what it asks for: what is skipped has no place, and names do not matter', async () => {
    const caller = world.asOwner.under(newKey());
    const skipping = { ...input, skipFirst: true };
    const first = await caller.get(TwoClientsDocument, skipping);
    const again = await caller.ask(TwoClientsDocument, skipping);
    expect(again.data).toEqual(first);
    expect(replayedIn(again)).toEqual(['b']);
    // Not skipped, `a` is the first and is something else than what was first before.
    expect(await caller.refusal(TwoClientsDocument, input)).toEqual(reused);
  });

  test('changes nothing under a key that stood for another document', async () => {
    const caller = world.asOwner.under(newKey());
    await caller.get(TwoClientsDocument, input);
    await changingNothing(server.owner, async () => {
      expect(await caller.refusal(TwoClientsDocument, { first: input.second, second: input.first })).toEqual(
        reused,
      );
    });
  });
});

describe('without effect is a key', () => {
  test('on a query', async () => {
    const stored = await keysStored(server.owner);
    const statements = (caller: Caller) => statementsOf(() => caller.get(ClientNamesDocument));
    expect(await statements(world.asOwner.under(newKey()))).toBe(await statements(world.asOwner));
    expect(await keysStored(server.owner)).toBe(stored);
  });

  test('of whoever is not signed in', async () => {
    const stored = await keysStored(server.owner);
    const anonymous = world.asAnonymous.under(newKey());
    const input = { email: world.members.owner.email, password };
    const [first, second] = [
      await anonymous.get(SignInDocument, { input }),
      await anonymous.ask(SignInDocument, { input }),
    ];
    expect(second.data?.signIn.accessToken).not.toBe(first.signIn.accessToken);
    expect(replayedIn(second)).toEqual([]);
    expect(await anonymous.refusal(CreateClientDocument, { input: { name: 'Nobody' } })).toEqual({
      code: 'UNAUTHENTICATED',
    });
    expect(await keysStored(server.owner)).toBe(stored);
  });

  test('on signing out, which never fails', async () => {
    const caller = new Caller(
      server.url,
      (await startSession(server.url, world.members.scoped)).accessToken,
    ).under(newKey());
    expect((await caller.get(SignOutDocument)).signOut.signedOut).toBe(true);
    expect((await caller.get(SignOutDocument)).signOut.signedOut).toBe(false);
  });

  test('that is not sent: nothing is stored, and the same again is done again', async () => {
    const stored = await keysStored(server.owner);
    for (let time = 0; time < 2; time += 1)
      await world.asOwner.get(CreateClientDocument, { input: { name: 'Twice' } });
    expect(await clientsNamed('Twice')).toBe(2);
    expect(await keysStored(server.owner)).toBe(stored);
  });
});
