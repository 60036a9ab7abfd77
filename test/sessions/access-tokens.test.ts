// What passes for an access token, and what does not. Forgeries here are made with the real keys where an attacker would
// not have them: what is refused then is refused for its content.
import { createHash, createSecretKey, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import {
  AccountDocument,
  ChangePlanDocument,
  ClientNamesDocument,
  UpdateAccountDocument,
  ViewerDocument,
} from '../support/documents.generated';
import { Keyring } from '../../src/sessions/keyring';
import { newSecretKey, startAnotherServer, type AnotherServer } from '../support/another-server';
import { Caller } from '../support/client';
import { post } from '../support/http';
import { startTestServer, type TestServer } from '../support/server';
import { startSession, viewerOf } from '../support/sessions';
import { Arrange, type TestMember } from '../support/arrange';

const refused = 'UNAUTHENTICATED';
const [activeKey, retiredKey, removedKey] = ['active', 'retired', 'removed'].map(newSecretKey) as [
  string,
  string,
  string,
];

let database: TestServer;
let server: AnotherServer;
let arrange: Arrange;
let alpha: string;
let member: TestMember;
let owner: TestMember;
let token: string;
let header: jwt.JwtHeader;
let claims: Record<string, unknown>;

beforeAll(async () => {
  database = await startTestServer();
  server = await startAnotherServer(database.database, { secretKeys: [activeKey, retiredKey] });
  arrange = new Arrange(database.owner);
  alpha = await arrange.account('alpha');
  owner = await arrange.member(alpha, { role: 'OWNER' });
  const client = await arrange.client(alpha, 'Assigned');
  await arrange.client(alpha, 'Hidden');
  member = await arrange.member(alpha, { permissions: ['VIEW_CLIENTS'], clients: [client] });
  token = (await startSession(server.url, member)).accessToken;
  const decoded = jwt.decode(token, { complete: true });
  header = decoded?.header ?? { alg: 'none' };
  claims = decoded?.payload as Record<string, unknown>;
});
afterAll(async () => {
  await server.close();
  await database.close();
});

function keyFor(purpose: string, secretKey = activeKey): KeyObject {
  const keyring = new Keyring([secretKey]);
  const key = keyring.derive(purpose).get(keyring.activeId);
  if (key === undefined) throw new Error('no key');
  return key;
}

interface Forgery {
  claims?: Record<string, unknown>;
  header?: Record<string, unknown>;
  key?: KeyObject | null;
  algorithm?: jwt.Algorithm;
}

/** The real token, signed again with something else about it; undefined takes a claim or a header away. */
function forge(forgery: Forgery = {}): string {
  const { key = keyFor('access-token'), algorithm = 'HS256' } = forgery;
  return jwt.sign(JSON.stringify({ ...claims, ...forgery.claims }), key ?? '', {
    algorithm,
    header: { ...header, alg: algorithm, ...forgery.header },
  });
}

function worth(accessToken: string): Promise<string | undefined> {
  return viewerOf(server.url, accessToken);
}

test('a token signed again with the same key and content is accepted: forging works, so refusing means something', async () => {
  expect(await worth(forge())).toBe('MEMBER');
});

describe('a token that was tampered with', () => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

  function flip(position: number, bit: number): string {
    const character = token[position] ?? '';
    const flipped = alphabet[alphabet.indexOf(character) ^ (1 << bit)] ?? '';
    return `${token.slice(0, position)}${flipped}${token.slice(position + 1)}`;
  }

  test('is refused whichever single bit of it is flipped', () => {
    const { accessTokens } = server.services.signIn;
    expect(accessTokens.verify(token)).not.toBeNull();
    const positions = [...token].flatMap((character, position) => (character === '.' ? [] : [position]));
    const accepted = positions.filter((position) =>
      [0, 1, 2, 3, 4, 5].some((bit) => accessTokens.verify(flip(position, bit)) !== null),
    );
    expect(accepted).toEqual([]);
  });

  test('is refused over HTTP in each of its parts', async () => {
    const [first = '', second = ''] = token.split('.');
    const inParts = [5, first.length + 5, first.length + second.length + 7];
    expect(await Promise.all(inParts.map((position) => worth(flip(position, 0))))).toEqual([
      refused,
      refused,
      refused,
    ]);
  });

  test('is refused without a part, with one more, or with one of another token', async () => {
    const other = (await startSession(server.url, owner)).accessToken;
    const [head = '', body = '', signature = ''] = token.split('.');
    const [, otherBody = ''] = other.split('.');
    const forgeries = [
      `${head}.${body}`,
      `${head}.${body}.`,
      `.${body}.${signature}`,
      `${token}.`,
      `${token}.${signature}`,
      `${head}.${otherBody}.${signature}`,
    ];
    for (const forgery of forgeries) expect(await worth(forgery)).toBe(refused);
  });
});

describe('a token that claims another way of signing', () => {
  test('alg none is refused, signed or not, in any case', async () => {
    for (const alg of ['none', 'None', 'NONE', '']) {
      const unsigned = Buffer.from(JSON.stringify({ ...header, alg })).toString('base64url');
      const [, body = '', signature = ''] = token.split('.');
      expect(await worth(`${unsigned}.${body}.`)).toBe(refused);
      expect(await worth(`${unsigned}.${body}.${signature}`)).toBe(refused);
    }
    expect(await worth(forge({ algorithm: 'none', key: null }))).toBe(refused);
  });

  test.each(['HS384', 'HS512'] as const)('%s is refused even with the right key', async (algorithm) => {
    expect(await worth(forge({ algorithm }))).toBe(refused);
  });

  test('a key inside the token, or an address of one, is not used', async () => {
    const key = keyFor('access-token', removedKey);
    const jwk = { kty: 'oct', k: key.export().toString('base64url') };
    const addresses = { jku: `${server.url}/keys`, x5u: `${server.url}/keys` };
    for (const more of [{ jwk }, addresses, { jwk, kid: undefined }])
      expect(await worth(forge({ key, header: more }))).toBe(refused);
  });

  test('a key derived for another purpose, or not derived at all, is refused', async () => {
    const [, secret = ''] = activeKey.split(':');
    const others = [keyFor('cursor'), keyFor('ACCESS-TOKEN'), createSecretKey(Buffer.from(secret, 'base64'))];
    for (const key of others) expect(await worth(forge({ key }))).toBe(refused);
  });
});

describe('the key that a token names', () => {
  test.each([
    ['of nobody', 'unknown'],
    ['empty', ''],
    ['missing', undefined],
    ['of a prototype', '__proto__'],
    ['of a method', 'constructor'],
    ['in a list', ['active']],
    ['in an object', { toString: 'active' }],
    ['as a number', 0],
    ['in another case', 'ACTIVE'],
    ['with spaces', ' active'],
    ['as a path', '../../../../dev/null'],
    ['as SQL', `active' or '1'='1`],
    ['of another key of the ring', 'retired'],
  ])('%s is refused', async (_name, kid) => {
    expect(await worth(forge({ header: { kid } }))).toBe(refused);
  });

  test('may be a retired one, which still verifies, but not a removed one', async () => {
    const signedBy = (secretKey: string) =>
      forge({ key: keyFor('access-token', secretKey), header: { kid: secretKey.split(':')[0] } });
    expect(await worth(signedBy(retiredKey))).toBe('MEMBER');
    expect(await worth(signedBy(removedKey))).toBe(refused);
  });

  test('is the first of the ring for new tokens, also after the ring has turned', async () => {
    const nextKey = newSecretKey('next');
    const turned = await startAnotherServer(database.database, { secretKeys: [nextKey, activeKey] });
    try {
      expect(await viewerOf(turned.url, token)).toBe('MEMBER');
      const { accessToken } = await startSession(turned.url, member);
      expect(jwt.decode(accessToken, { complete: true })?.header.kid).toBe('next');
      expect(await worth(accessToken)).toBe(refused);
    } finally {
      await turned.close();
    }
  });
});

describe('a well signed token', () => {
  const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

  test.each<[string, () => Record<string, unknown>]>([
    ['of another issuer', () => ({ iss: 'somebody' })],
    ['without an issuer', () => ({ iss: undefined })],
    ['for another audience', () => ({ aud: 'ringfence:partner' })],
    ['without an audience', () => ({ aud: undefined })],
    ['that has expired', () => ({ exp: Math.floor(Date.now() / 1000) - 60 })],
    ['that is not valid yet', () => ({ nbf: inAnHour() })],
    ['without a session', () => ({ sid: undefined })],
    ['with a session of nobody', () => ({ sid: '01900000-0000-7000-8000-000000000000' })],
    ['without a secret', () => ({ secret: undefined })],
    ['with another secret', () => ({ secret: Buffer.alloc(32, 7).toString('base64url') })],
    ['with the digest in place of the secret', () => ({ secret: digestOfSecret() })],
    ['without a kind', () => ({ kind: undefined })],
    ['of a kind that does not exist', () => ({ kind: 'S' })],
    ['of a higher kind', () => ({ kind: 'O' })],
    ['of a kind with all clients', () => ({ kind: 'L' })],
  ])('%s opens nothing', async (_name, changed) => {
    expect(await worth(forge({ claims: changed() }))).toBe(refused);
  });

  function digestOfSecret(): string {
    return createHash('sha256')
      .update(Buffer.from(String(claims.secret), 'base64url'))
      .digest('base64url');
  }

  test('with the secret of another session opens neither', async () => {
    const other = jwt.decode((await startSession(server.url, owner)).accessToken) as Record<string, unknown>;
    expect(await worth(forge({ claims: { secret: other.secret } }))).toBe(refused);
    expect(await worth(forge({ claims: { sid: other.sid } }))).toBe(refused);
    expect(await worth(forge({ claims: { sid: other.sid, secret: other.secret } }))).toBe(refused);
  });

  test('that lasts longer than its credential is worth nothing when that expires', async () => {
    const { accessToken } = await startSession(server.url, owner);
    const own = jwt.decode(accessToken) as Record<string, unknown>;
    const longer = forge({ claims: { ...own, exp: inAnHour() } });
    expect(await worth(longer)).toBe('MEMBER');
    await database.owner.query(
      'update fence.access_credentials set expires_at = now() where session_id = $1',
      [own.sid],
    );
    expect(await worth(longer)).toBe(refused);
  });

  test('that claims more permissions gains none of them', async () => {
    const permissions = ['VIEW_CLIENTS', 'MANAGE_ACCOUNT', 'MANAGE_MEMBERS', 'EDIT_CLIENTS'];
    const caller = new Caller(server.url, forge({ claims: { permissions } }));
    expect(await namesSeenBy(caller)).toEqual(['Assigned']);
    const input = { changes: { name: 'Taken over' } };
    expect((await caller.refusal(UpdateAccountDocument, { input })).code).toBe('FORBIDDEN');
    expect((await caller.refusal(ChangePlanDocument, { input: { planId: 'GROWTH' } })).code).toBe(
      'FORBIDDEN',
    );
  });

  test('that claims another account or another member sees nothing of either', async () => {
    const beta = await arrange.account('beta');
    await arrange.client(beta, 'Of beta');
    const elsewhere = new Caller(server.url, forge({ claims: { account: beta } }));
    expect(await namesSeenBy(elsewhere)).toEqual([]);
    expect((await elsewhere.refusal(AccountDocument)).code).toBe('NOT_FOUND');
    const asSomebodyElse = new Caller(server.url, forge({ claims: { member: owner.id } }));
    expect(await namesSeenBy(asSomebodyElse)).toEqual(['Assigned']);
    expect((await asSomebodyElse.get(ViewerDocument)).viewer.member?.id).toBe(member.id);
  });

  async function namesSeenBy(caller: Caller): Promise<string[]> {
    return (await caller.get(ClientNamesDocument)).clients.nodes.map(({ name }) => name);
  }
});

describe('where a token is looked for', () => {
  const viewer = { query: '{ viewer { kind } }' };

  test('is the authorization header, in any case of its scheme', async () => {
    for (const scheme of ['Bearer', 'bearer', 'BEARER', 'Bearer ']) {
      const { text } = await post(server.url, viewer, { authorization: `${scheme} ${token}` });
      expect(JSON.parse(text)).toEqual({ data: { viewer: { kind: 'MEMBER' } } });
    }
  });

  test('is not another scheme: whatever else is in the header is a token that is not valid', async () => {
    for (const authorization of [
      `Basic ${token}`,
      token,
      'Bearer',
      'Bearer ',
      `Bearer ${token} ${token}`,
      `Bearer ${token},`,
      'null',
    ]) {
      expect((await post(server.url, viewer, { authorization })).text).toContain(refused);
    }
  });

  test('is nowhere else: not the address, not the body, not another header, not a cookie', async () => {
    const asked = (more: { path?: string; body?: object; headers?: Record<string, string> }) =>
      fetch(`${server.url}/graphql${more.path ?? ''}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...more.headers },
        body: JSON.stringify({ ...viewer, ...more.body }),
      }).then((answer) => answer.text());
    const answers = await Promise.all([
      asked({ path: `?access_token=${token}` }),
      asked({ path: `?authorization=Bearer%20${token}` }),
      asked({ body: { access_token: token, token, extensions: { authorization: `Bearer ${token}` } } }),
      asked({ headers: { 'x-access-token': token, 'x-authorization': `Bearer ${token}` } }),
      asked({ headers: { cookie: `ringfence_access=${token}; authorization=${token}` } }),
    ]);
    for (const answer of answers)
      expect(JSON.parse(answer)).toEqual({ data: { viewer: { kind: 'ANONYMOUS' } } });
  });
});
