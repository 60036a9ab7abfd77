// Attack SQL as a partner token, below the API: credentials in the wrong place, functions with other rights, sets against WHERE.
import { SealedKind } from '../../src/database/transaction';
import { createArena, type Arena, type PrincipalName } from './arena';
import { conditionsOfSet } from './client-sets';
import { nobodys } from './probes';
import { sqlStateOf } from './login-connection';
import type { Session } from './sessions';

let arena: Arena;
let some: Session;
let all: Session;

beforeAll(async () => {
  arena = await createArena();
  some = arena.principals['a token for some clients, everything'];
  all = arena.principals['a token for all clients, everything'];
});
afterAll(() => arena.close());

const kinds = Object.values(SealedKind);

/** What opening a session answers: opened, or a SQLSTATE. */
async function opening(id: string, digest: Buffer, kind: string): Promise<string> {
  return arena.login.as(null, async () => {
    try {
      await arena.login.rows('select ringfence.open_session($1, $2, $3)', [id, digest, kind]);
      return 'opened';
    } catch (error) {
      return sqlStateOf(error);
    }
  });
}

test.each<PrincipalName>([
  'the owner',
  'an administrator',
  'a member with all clients, everything',
  'a scoped member, everything',
  'a portal user',
  'a token for all clients of the account',
  'a token for all clients of a scoped member',
  'a token for some clients, everything',
])('the credential of %s opens as its own kind and no other', async (name) => {
  const { sessionId, secretDigest, kind } = arena.principals[name].credential;
  for (const expected of kinds)
    expect([expected, await opening(sessionId, secretDigest, expected)]).toEqual([
      expected,
      expected === kind ? 'opened' : 'RF001',
    ]);
});

test('no secret opens the token of another, and no id opens anything', async () => {
  const { credential } = some;
  for (const other of Object.values(arena.principals).filter(
    ({ credential: { sessionId } }) => sessionId !== credential.sessionId,
  )) {
    const { secretDigest } = other.credential;
    expect(await opening(credential.sessionId, secretDigest, 'S')).toBe('RF001');
    expect(
      await arena.login.outside('select * from ringfence.resolve_access_token($1, $2)', [
        credential.sessionId,
        secretDigest,
      ]),
    ).toEqual([]);
  }
  expect(await opening(credential.sessionId, Buffer.alloc(32), 'S')).toBe('RF001');
});

test('a secret whose overlap is over opens nothing any more', async () => {
  const { sessionId, secretDigest } = all.credential;
  const setExpiry = (expiry: string) =>
    arena.owner.query(
      `update fence.access_token_secrets set expires_at = ${expiry} where access_token_id = $1`,
      [sessionId],
    );
  await setExpiry("now() + interval '1 minute'");
  expect(await opening(sessionId, secretDigest, 'T')).toBe('opened');
  await setExpiry("now() - interval '1 second'");
  expect(await opening(sessionId, secretDigest, 'T')).toBe('RF001');
  await setExpiry('null');
});

test.each([
  "select ringfence.create_access_token('New', '{}', null, now(), false, '')",
  "select ringfence.rotate_access_token(gen_random_uuid(), '', 0)",
  'select ringfence.revoke_access_token(gen_random_uuid())',
  "select ringfence.create_member('New', null, 'new@example.test', 'x', 'MEMBER', '{}', 'ASSIGNED', '{}', 'ASSIGNED', '{}')",
  "select ringfence.assign_clients(gen_random_uuid(), '{}', '{}')",
  "select ringfence.assign_agents(gen_random_uuid(), '{}', '{}')",
  'select ringfence.own_sessions()',
  "select ringfence.change_plan('GROWTH')",
  'select ringfence.member_client_ids()',
  'select ringfence.own_member_id()',
  'select fence.partner_clients(null)',
  'select from fence.access_token_secrets',
  "update ringfence.access_tokens set expires_at = now() + interval '300 days'",
  "insert into ringfence.access_token_permissions (account_id, access_token_id, permission) values (gen_random_uuid(), gen_random_uuid(), 'VIEW_AUDIT')",
  'insert into ringfence.access_token_clients (account_id, access_token_id, client_id) values (gen_random_uuid(), gen_random_uuid(), gen_random_uuid())',
])('is not for tokens: %s', async (statement) => {
  for (const session of [all, some])
    await arena.login.as(session, async () => expect(await arena.login.dry(statement)).toBe('42501'));
});

describe('functions with other rights answer about a row outside the set as about none', () => {
  test.each<[statement: string, values: (id: string) => unknown[]]>([
    ['select ringfence.change_client_status($1, $2, null)', (id) => [id, 'ARCHIVE']],
    ['select ringfence.change_client_status($1, $2, 7)', (id) => [id, 'RESTORE']],
    ["select ringfence.delete_client($1, 'Guessed', null)", (id) => [id]],
    [
      "select ringfence.create_portal_user($1, 'New', 'new@example.test', 'x', false, false, null)",
      (id) => [id],
    ],
    [
      "select ringfence.invite_portal_user($1, 'New', 'new@example.test', false, false, null, 60)",
      (id) => [id],
    ],
    ['select * from ringfence.access_token_powers($1)', (id) => [[id]]],
    ["select ringfence.create_agent($1, 'New', 'CHAT', 'DRAFT', false, '{}')", (id) => [id]],
    [`select ringfence.update_agent($1, '{"name": "X"}', null)`, (id) => [id]],
    ["select ringfence.duplicate_agent($1, null, 'New')", (id) => [id]],
    ['select * from ringfence.move_agent($1, $2, null, null)', (id) => [id, arena.alpha.clients.one]],
    ['select * from ringfence.move_agent($1, $2, null, null)', (id) => [arena.alpha.agents.settled.id, id]],
    ['select * from ringfence.delete_agent($1, null, null)', (id) => [id]],
    ["select ringfence.save_agent_configuration($1, '{}', null)", (id) => [id]],
  ])('%s', async (statement, values) => {
    const { alpha, beta } = arena;
    const hidden = [
      alpha.clients.two,
      beta.clients.one,
      alpha.agents.moved.id,
      beta.agents.settled.id,
      all.principalId,
      arena.principals['a token of another account'].principalId,
    ];
    await arena.login.as(some, async () => {
      const absent = await arena.login.dry(statement, values(nobodys));
      expect(absent).not.toHaveLength(1);
      for (const id of hidden) expect(await arena.login.dry(statement, values(id))).toEqual(absent);
    });
  });

  test('a token for a set adds no client, one for all does', async () => {
    const create =
      "select ringfence.create_client('New', null, null, null, null, 'INHERIT', null, 'GIVEN', null, null)";
    await arena.login.as(some, async () => expect(await arena.login.dry(create)).toBe('RF003'));
    await arena.login.as(all, async () => expect(await arena.login.dry(create)).toHaveLength(1));
  });
});

test('with each of the 64 subsets of six clients given to it, a token sees what a WHERE over the subset selects', async () => {
  const { login, owner, alpha } = arena;
  const token = arena.principals['a token for some clients, seeing all of a client'];
  const { one, two, three, four, five, six } = alpha.clients;
  const clients = [one, two, three, four, five, six];
  const ofClients = await conditionsOfSet(
    owner,
    token,
    // Not what is on its way; the token is the account's, which nothing else narrows.
    "list_id in (select id from ringfence.lists where status in ('ACTIVE', 'ARCHIVED'))",
    // Seen by whose they are.
    /_assignments$/,
  );
  const lists = [
    ...ofClients,
    ['ringfence.clients', 'id', 'id = any ($1)'],
    [
      'ringfence.organizations',
      'id',
      'id = any (select organization_id from ringfence.clients where id = any ($1))',
    ],
  ] as const;
  const keys = [token.accountId, token.principalId];
  await login.as(token, async () => {
    for (let bits = 0; bits < 2 ** clients.length; bits += 1) {
      const subset = clients.filter((_, index) => (bits & (1 << index)) !== 0);
      await owner.query(
        'delete from ringfence.access_token_clients where account_id = $1 and access_token_id = $2',
        keys,
      );
      await owner.query(
        'insert into ringfence.access_token_clients (account_id, access_token_id, client_id) select $1, $2, c from unnest($3::uuid[]) c',
        [...keys, subset],
      );
      for (const [table, key, condition] of lists) {
        const visible = await login.rows(`select ${key} from ${table} order by ${key}`);
        const { rows } = await owner.query(`select ${key} from ${table} where ${condition} order by ${key}`, [
          subset,
        ]);
        expect({ table, subset, visible }).toEqual({ table, subset, visible: rows });
      }
    }
  });
});
