// Who hears a recording, by which address, and for how long. What an address is worth is decided when it is used.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Caller } from '../support/client';
import {
  ArchiveClientDocument,
  CallRecordingsDocument,
  DeleteRecordingDocument,
  SignOutDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import type { TestAgent, TestMember } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';
import { nothingThere, on, playingUrl, recordingSeenBy, refusal, upload, wav } from './recordings';

const sound = wav(2000);

let folder: string;
let server: TestServer;
let world: World;
let agent: TestAgent;
let other: TestAgent;
let callId: string;
let platform: Caller;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ringfence-files-'));
  server = await startTestServer({ settings: { FILES_DIRECTORY: folder } });
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  agent = await arrange.agent(accountId, clients.one);
  other = await arrange.agent(accountId, clients.one, { name: 'Grace' });
  callId = await arrange.call(agent.stayId);
  const token = await arrange.accessToken(accountId, { permissions: ['RECORD_ACTIVITY'] });
  platform = new Caller(server.url, token.text);
  await upload(server, platform, callId, sound);
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

const hearing = ['VIEW_CLIENTS', 'VIEW_RECORDINGS'];
const newMember = async (options: Parameters<World['arrange']['member']>[1] = {}) => {
  const member = await world.arrange.member(world.accountId, {
    permissions: hearing,
    clients: [world.clients.one],
    ...options,
  });
  return { member, caller: await signInAs(server, member) };
};
const newToken = async (options: Parameters<World['arrange']['accessToken']>[1] = {}) => {
  const token = await world.arrange.accessToken(world.accountId, { permissions: hearing, ...options });
  return { token, caller: new Caller(server.url, token.text) };
};
const newPortalUser = async (options: Parameters<World['arrange']['portalUser']>[2]) => {
  const person = await world.arrange.portalUser(world.accountId, world.clients.one, options);
  return { person, caller: await signInAs(server, person) };
};
const hears = async (caller: Caller) => {
  const answer = await fetch(await playingUrl(server, caller, callId));
  return answer.status === 200 && Buffer.from(await answer.arrayBuffer()).equals(sound);
};

describe('who may, hears it', () => {
  const principals: Record<string, () => Promise<Caller>> = {
    'an owner': () => Promise.resolve(world.asOwner),
    'an administrator': () => Promise.resolve(world.asAdmin),
    'a member with all clients': async () => (await newMember({ clientAccess: 'ALL', clients: [] })).caller,
    'a scoped member': async () => (await newMember()).caller,
    'a member with this agent assigned': async () =>
      (await newMember({ agentAccess: 'ASSIGNED', agents: [agent.stayId] })).caller,
    'a token for all clients': async () => (await newToken()).caller,
    'a token for the client': async () => (await newToken({ clients: [world.clients.one] })).caller,
    'a portal user': async () => (await newPortalUser({ recordings: true })).caller,
    'a portal user bound to the agent': async () =>
      (await newPortalUser({ recordings: true, agents: [agent.stayId] })).caller,
  };
  test.each(Object.keys(principals))('%s', async (name) => {
    expect(await hears((await principals[name]?.()) ?? world.asAnonymous)).toBe(true);
  });

  test('and is told what it is', async () => {
    const recording = await recordingSeenBy(world.asOwner, callId);
    expect(recording).toMatchObject({
      durationSeconds: null,
      name: `${callId}.wav`,
      contentType: 'audio/wav',
      byteCount: sound.length,
    });
    const seconds = (Date.parse(recording?.expiresAt ?? '') - Date.now()) / 1000;
    expect(seconds).toBeGreaterThan(580);
    expect(seconds).toBeLessThan(610);
  });
});

describe('who may not, is not told that there is one', () => {
  const principals: Record<string, () => Promise<Caller>> = {
    'a member without VIEW_RECORDINGS': async () =>
      (await newMember({ permissions: ['VIEW_CLIENTS'] })).caller,
    'a token without VIEW_RECORDINGS': async () =>
      (await newToken({ permissions: ['VIEW_CLIENTS', 'RECORD_ACTIVITY'] })).caller,
    'a portal user without the flag': async () => (await newPortalUser({})).caller,
  };
  test.each(Object.keys(principals))('%s, who sees the call', async (name) => {
    expect(await recordingSeenBy((await principals[name]?.()) ?? world.asAnonymous, callId)).toBeNull();
  });

  const strangers: Record<string, () => Promise<Caller>> = {
    'a member of another client': async () => (await newMember({ clients: [world.clients.two] })).caller,
    'a member with another agent': async () =>
      (await newMember({ agentAccess: 'ASSIGNED', agents: [other.stayId] })).caller,
    'a portal user of another client': async () =>
      signInAs(
        server,
        await world.arrange.portalUser(world.accountId, world.clients.two, { recordings: true }),
      ),
    'a portal user bound to another agent': async () =>
      (await newPortalUser({ recordings: true, agents: [other.stayId] })).caller,
    'a token for another client': async () => (await newToken({ clients: [world.clients.two] })).caller,
    'the owner of another account': () => Promise.resolve(world.other.asOwner),
  };
  test.each(Object.keys(strangers))('%s, who does not see the call', async (name) => {
    const answer = await ((await strangers[name]?.()) ?? world.asAnonymous).ask(CallRecordingsDocument);
    expect(answer.data?.calls.nodes.map(({ id }) => id) ?? []).not.toContain(callId);
  });
});

describe('an address that somebody was given is worth nothing any more when', () => {
  const owner = (text: string, ...values: unknown[]) => server.owner.query(text, values);
  const ways: [string, () => Promise<{ caller: Caller; lose: () => Promise<unknown> }>][] = [
    [
      'they signed out',
      async () => {
        const { caller } = await newMember();
        return { caller, lose: () => caller.get(SignOutDocument) };
      },
    ],
    [
      'they lost VIEW_RECORDINGS',
      async () => {
        const { member, caller } = await newMember();
        return {
          caller,
          lose: () =>
            owner(
              "delete from ringfence.member_permissions where member_id = $1 and permission = 'VIEW_RECORDINGS'",
              member.id,
            ),
        };
      },
    ],
    [
      'the client was taken from them',
      async () => {
        const { member, caller } = await newMember();
        return {
          caller,
          lose: () => owner('delete from ringfence.client_assignments where member_id = $1', member.id),
        };
      },
    ],
    [
      'the agent was taken from them',
      async () => {
        const { member, caller } = await newMember({ agentAccess: 'ASSIGNED', agents: [agent.stayId] });
        return {
          caller,
          lose: () => owner('delete from ringfence.agent_assignments where member_id = $1', member.id),
        };
      },
    ],
    ['they were deactivated', async () => losing(await newMember(), deactivate)],
    [
      'the token was revoked',
      async () => {
        const { token, caller } = await newToken();
        return {
          caller,
          lose: () => owner('update ringfence.access_tokens set revoked_at = now() where id = $1', token.id),
        };
      },
    ],
    [
      "a portal user's flag was taken away",
      async () => {
        const { person, caller } = await newPortalUser({ recordings: true });
        return {
          caller,
          lose: () =>
            owner('update ringfence.portal_users set views_recordings = false where id = $1', person.id),
        };
      },
    ],
    [
      'the portal user was deleted',
      async () => {
        const { person, caller } = await newPortalUser({ recordings: true });
        return { caller, lose: () => owner('delete from ringfence.portal_users where id = $1', person.id) };
      },
    ],
  ];
  const deactivate = (member: TestMember) =>
    owner("update ringfence.member_access set status = 'DISABLED' where member_id = $1", member.id);
  const losing = (
    { member, caller }: { member: TestMember; caller: Caller },
    lose: (member: TestMember) => Promise<unknown>,
  ) => ({ caller, lose: () => lose(member) });

  test.each(ways)('%s', async (_, arranged) => {
    const { caller, lose } = await arranged();
    const url = await playingUrl(server, caller, callId);
    expect((await fetch(url)).status).toBe(200);
    await lose();
    expect(await refusal(await fetch(url))).toEqual(nothingThere);
    // Others' are.
    expect(await hears(world.asOwner)).toBe(true);
  });

  test('the client is archived, for its portal users; the team still hears it', async () => {
    const { arrange, accountId } = world;
    const clientId = await arrange.client(accountId, 'Soon archived');
    const stay = (await arrange.agent(accountId, clientId)).stayId;
    const recorded = await arrange.call(stay);
    await upload(server, platform, recorded);
    const person = await arrange.portalUser(accountId, clientId, { recordings: true });
    const { token, caller: limited } = await newToken({ clients: [clientId] });
    expect(token.id).toBeDefined();
    const theirs = [
      await playingUrl(server, await signInAs(server, person), recorded),
      await playingUrl(server, limited, recorded),
    ];
    await world.asOwner.get(ArchiveClientDocument, { input: { id: clientId } });
    for (const url of theirs) expect(await refusal(await fetch(url))).toEqual(nothingThere);
    expect((await fetch(await playingUrl(server, world.asOwner, recorded))).status).toBe(200);
  });

  test('the recording was replaced or deleted', async () => {
    const recorded = await world.arrange.call(agent.stayId);
    await upload(server, platform, recorded, wav(10));
    const first = await playingUrl(server, world.asOwner, recorded);
    await upload(server, platform, recorded, wav(20));
    expect(await refusal(await fetch(first))).toEqual(nothingThere);
    const second = await playingUrl(server, world.asOwner, recorded);
    expect((await fetch(second)).headers.get('content-length')).toBe('64');
    await platform.get(DeleteRecordingDocument, { input: { callId: recorded } });
    expect(await refusal(await fetch(second))).toEqual(nothingThere);
    expect(await recordingSeenBy(world.asOwner, recorded)).toBeNull();
  });
});

test('an address that was changed in any place, cut, or made up is answered like none', async () => {
  const url = await playingUrl(server, world.asOwner, callId);
  const start = url.lastIndexOf('/') + 1;
  const flipped = Array.from({ length: url.length - start }, (_, index) => {
    const at = start + index;
    return url.slice(0, at) + (url[at] === 'A' ? 'B' : 'A') + url.slice(at + 1);
  });
  const others = [
    url.slice(0, -1),
    `${url}A`,
    `${url}.${url.split('.').at(-1)}`,
    `${server.url}/files/x`,
    `${server.url}/files/..%2f..%2fsecrets.json`,
    `${server.url}/files/%00`,
    `${server.url}/files/`,
    `${server.url}/files/${callId}`,

    url.replace('/files/', '/uploads/'),
  ];
  for (const address of [...flipped.filter((_, index) => index % 9 === 0), flipped.at(-1) ?? '', ...others]) {
    expect([address, (await fetch(address)).status]).toEqual([address, 404]);
  }
});

test('the address carries neither the access token nor its secret', async () => {
  const { caller } = await newMember();
  const url = await playingUrl(server, caller, callId);
  const [, claims = ''] = caller.token?.split('.') ?? [];
  const { secret } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { secret: string };
  const bytes = Buffer.from(url.split('/').at(-1)?.split('.')[0] ?? '', 'base64url').toString('hex');
  expect(bytes).not.toContain(Buffer.from(secret, 'base64url').toString('hex'));
  expect(url).not.toContain(secret);
});

test('a page of calls takes as many statements for many recordings as for few, and each has an address of its own', async () => {
  const ask = () => world.asOwner.get(CallRecordingsDocument);
  await world.arrange.recording(await world.arrange.call(agent.stayId));
  const few = await statementsOf(ask);
  for (let count = 0; count < 3; count += 1) {
    const recorded = await world.arrange.call(agent.stayId);
    await world.arrange.recording(recorded);
  }
  expect(await statementsOf(ask)).toBe(few);
  const answer = await ask();
  const heard = answer.calls.nodes.filter(({ recording }) => recording !== null);
  expect(heard.length).toBeGreaterThan(3);
  expect(new Set(heard.map(({ recording }) => on(server, recording?.url ?? 'http://none'))).size).toBe(
    heard.length,
  );
});
