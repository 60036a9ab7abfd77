// Attacks on the sealed session, as SQL of the attacker's own choosing on a connection of the API's login: by somebody who
// holds a valid session as a scoped member, or none.
import { DatabaseError } from 'pg';
import { Arrange } from '../support/arrange';
import { createWorld } from '../support/world';
import { startTestServer } from '../support/server';
import { createArena, type Arena } from './arena';
import { LoginConnection, type Outcome } from './login-connection';
import { columnsWith, tablesIn } from './matrix-cells';
import { forgedIdentities, forgingDifferences, gateProblems, nobodys } from './probes';
import { servingRoles } from '../../db/policies/matrix';
import { sessionOfToken, startSessions, type Session } from './sessions';

let arena: Arena;
let login: LoginConnection;
let scoped: Session;
let administrator: Session;
/** Clients of the scoped member, as its rows. */
let ownClients: Outcome;

const denied = '42501';
const noSession = 'RF001';
const listClients = 'select id from ringfence.clients order by id';

beforeAll(async () => {
  arena = await createArena();
  login = arena.login;
  scoped = arena.principals['a scoped member, viewing'];
  administrator = arena.principals['an administrator'];
  const { one, four, archived } = arena.alpha.clients;
  ownClients = [one, four, archived].sort().map((id) => ({ id }));
});
afterAll(() => arena.close());

interface Seal {
  identity: string;
  seal: string;
}

const readSeal = async (connection: LoginConnection): Promise<Seal> => {
  const [row] = await connection.rows(
    "select current_setting('ringfence.identity') as identity, current_setting('ringfence.seal') as seal",
  );
  return row as unknown as Seal;
};
const writeSeal = (connection: LoginConnection, { identity, seal }: Seal) =>
  connection.rows(
    "select set_config('ringfence.identity', $1, true), set_config('ringfence.seal', $2, true)",
    [identity, seal],
  );

/** The seal of a session that was open a moment ago, in another transaction. */
const sealOf = (session: Session) => login.as(session, () => readSeal(login));

describe('S01 an identity widened within one statement', () => {
  const spellings = {
    'a materialized CTE':
      "with x as materialized (select set_config('ringfence.identity', $1, true)) select c.id from x, ringfence.clients c",
    'a CTE that also changes the role':
      "with x as materialized (select set_config('ringfence.identity', $1, true), set_config('role', 'ringfence_admin', true)) select c.id from x, ringfence.clients c",
    'a condition':
      "select id from ringfence.clients where set_config('ringfence.identity', $1, true) is not null",
    'a lateral join':
      "select c.id from (select set_config('ringfence.identity', $1, true) as s offset 0) x cross join lateral (select id from ringfence.clients where x.s is not null) c",
    'a union':
      "select null as id where set_config('ringfence.identity', $1, true) is null union all select id from ringfence.clients",
    'a scalar subquery':
      "select (select max(id::text)::uuid from ringfence.clients where set_config('ringfence.identity', $1, true) <> '') as id",
    'an order by': "select id from ringfence.clients order by set_config('ringfence.identity', $1, true)",
  };

  test.each(Object.entries(spellings))('by %s shows no row that is not their own', async (_, statement) => {
    await login.as(scoped, async () => {
      const own = new Set((ownClients as { id: string }[]).map((row) => row.id));
      const { identity } = await readSeal(login);
      for (const forged of Object.values(forgedIdentities(arena, identity))) {
        const outcome = await login.dry(statement, [forged.identity]);
        // Whether the set is read before or after the forgery is the planner's choice; either way nothing is won.
        const foreign = Array.isArray(outcome)
          ? outcome.filter((row) => row.id !== null && !own.has(row.id as string))
          : [];
        expect(Array.isArray(outcome) || outcome === noSession).toBe(true);
        expect(foreign).toEqual([]);
      }
    });
  });

  test('and used by the next statement opens nothing', async () => {
    expect(await forgingDifferences(arena)).toEqual([]);
  });

  test('through pg_settings, or by opening a second session that is not theirs, opens nothing', async () => {
    await login.as(scoped, async () => {
      await login.attempt(
        "update pg_catalog.pg_settings set setting = 'x' where name = 'ringfence.identity'",
      );
      expect(await login.dry(listClients)).toEqual(ownClients);
      const { sessionId, kind } = administrator.credential;
      expect(
        await login.dry('select ringfence.open_session($1, $2, $3)', [
          sessionId,
          scoped.credential.secretDigest,
          kind,
        ]),
      ).toBe(denied);
      await login.rows('reset role');
      expect(
        await login.dry('select ringfence.open_session($1, $2, $3)', [
          sessionId,
          scoped.credential.secretDigest,
          kind,
        ]),
      ).toBe(noSession);
    });
  });
});

describe('S02 a context that is not the sealed one', () => {
  const broken: Record<string, string> = {
    'both settings emptied':
      "select set_config('ringfence.identity', '', true), set_config('ringfence.seal', '', true)",
    'the seal emptied': "select set_config('ringfence.seal', '', true)",
    'the seal truncated':
      "select set_config('ringfence.seal', left(current_setting('ringfence.seal'), 63), true)",
    'the seal in capitals':
      "select set_config('ringfence.seal', upper(current_setting('ringfence.seal')), true)",
    'one flipped digit of the seal':
      "select set_config('ringfence.seal', translate(left(current_setting('ringfence.seal'), 1), '0123456789abcdef', '123456789abcdef0') || substr(current_setting('ringfence.seal'), 2), true)",
    'both settings reset': 'reset "ringfence.identity"; reset "ringfence.seal"',
    'all settings discarded': 'reset all',
  };

  test.each(Object.entries(broken))('%s raises, and never means no rows', async (_, statement) => {
    await login.as(scoped, async () => {
      await login.rows(statement);
      expect(await login.attempt(listClients)).toBe(noSession);
    });
  });

  test('no session at all raises in every table that a role may read', async () => {
    for (const role of servingRoles) {
      await login.as(
        null,
        async () => {
          for (const table of await tablesIn(arena.owner)) {
            const readable = columnsWith(role, table, 'select').length > 0;
            expect({
              table: table.name,
              role,
              outcome: await login.attempt(`select from ${table.name}`),
            }).toEqual({
              table: table.name,
              role,
              outcome: readable ? noSession : denied,
            });
          }
        },
        { role },
      );
    }
  });
});

describe('S03 a copy of a seal', () => {
  test("of an administrator whose session has ended opens nothing in a transaction of the administrators' role", async () => {
    const [ended] = await startSessions(arena.database, arena.owner, [
      await new Arrange(arena.owner).member(arena.alpha.id, { role: 'ADMIN' }),
    ]);
    if (ended === undefined) throw new Error('no session');
    const copy = await sealOf(ended);
    await arena.owner.query(
      "update fence.sessions set ended_at = now(), end_reason = 'REVOKED' where id = $1",
      [ended.credential.sessionId],
    );
    await login.as(
      null,
      async () => {
        await writeSeal(login, copy);
        expect(await login.attempt(listClients)).toBe(noSession);
      },
      { role: 'ringfence_admin' },
    );
  });

  test('of a live session opens nothing in any other transaction, also not in their own', async () => {
    const copy = await sealOf(administrator);
    for (const session of [null, scoped, administrator]) {
      await login.as(
        session,
        async () => {
          await writeSeal(login, copy);
          expect(await login.attempt(listClients)).toBe(noSession);
        },
        { role: 'ringfence_admin' },
      );
    }
  });

  test('of the seal of one session does not fit the identity of another in the same transaction', async () => {
    await login.begin(administrator, { role: null });
    try {
      const theirs = await readSeal(login);
      const { sessionId, secretDigest, kind } = scoped.credential;
      await login.rows('select ringfence.open_session($1, $2, $3)', [sessionId, secretDigest, kind]);
      const own = await readSeal(login);
      await login.rows('set local role ringfence_admin');
      await writeSeal(login, { identity: theirs.identity, seal: own.seal });
      expect(await login.attempt(listClients)).toBe(noSession);
    } finally {
      await login.rows('rollback');
    }
  });
});

describe('S04 a seal beyond its transaction', () => {
  test.each(['commit and chain', 'rollback and chain', 'commit; begin'])(
    'does not survive %s',
    async (end) => {
      await login.begin(scoped);
      try {
        const copy = await readSeal(login);
        await login.rows(end);
        await login.rows('set local role ringfence_member');
        expect(await login.attempt(listClients)).toBe(noSession);
        await writeSeal(login, copy);
        expect(await login.attempt(listClients)).toBe(noSession);
      } finally {
        await login.rows('rollback');
      }
    },
  );

  test('holds inside its own, before, in and after a savepoint', async () => {
    await login.as(scoped, async () => {
      const own = await readSeal(login);
      await login.rows('savepoint mark');
      expect(await login.rows(listClients)).toEqual(ownClients);
      await login.rows("select set_config('ringfence.identity', '', true)");
      expect(await login.attempt(listClients)).toBe(noSession);
      await login.rows('rollback to savepoint mark');
      expect(await login.rows(listClients)).toEqual(ownClients);
      await login.rows("select set_config('ringfence.identity', '', true)");
      await writeSeal(login, own);
      expect(await login.rows(listClients)).toEqual(ownClients);
    });
  });

  test('that was overwritten inside a savepoint stays broken when the savepoint is released', async () => {
    await login.as(scoped, async () => {
      const { identity } = await readSeal(login);
      await login.rows('savepoint mark');
      await login.rows("select set_config('ringfence.identity', $1, true)", [
        identity.replace(/^(.{5})M/, '$1A'),
      ]);
      await login.rows('release savepoint mark');
      expect(await login.attempt(listClients)).toBe(noSession);
    });
  });

  test('is verified in parallel workers, which find their own seal and no forged one', async () => {
    await login.as(scoped, async () => {
      const [version] = await login.rows("select current_setting('server_version_num')::int as number");
      await login.rows('set local max_parallel_workers_per_gather = 2');
      await login.rows(
        `set local ${Number(version?.number) >= 160_000 ? 'debug_parallel_query' : 'force_parallel_mode'} = on`,
      );
      const inWorker =
        "select bool_and(ringfence.has_permission('VIEW_CLIENTS')) as held from pg_catalog.pg_class";
      const plan = JSON.stringify(await login.rows(`explain (analyze, format json) ${inWorker}`));
      expect(plan).toContain('"Workers Launched":1');
      expect(await login.rows(inWorker)).toEqual([{ held: true }]);
      await login.rows(
        "select set_config('ringfence.identity', current_setting('ringfence.identity') || 'MANAGE_MEMBERS,', true)",
      );
      expect(await login.attempt(inWorker)).toBe(noSession);
    });
  });

  test('that is overwritten while a cursor is open gives the cursor no other rows', async () => {
    await login.as(scoped, async () => {
      const copy = await readSeal(login);
      await login.rows(`declare unread cursor for ${listClients}`);
      await login.rows(`declare half_read cursor for ${listClients}`);
      expect(await login.rows('fetch 1 from half_read')).toHaveLength(1);
      await login.rows("select set_config('ringfence.identity', $1, true)", [
        copy.identity.replace(/^(.{5})M/, '$1A'),
      ]);
      await login.rows('set local role ringfence_admin');
      expect(await login.attempt('fetch all from half_read')).toEqual((ownClients as unknown[]).slice(1));
      expect(await login.attempt('fetch all from unread')).toBe(noSession);
    });
  });
});

describe('S06 a credential that does not open', () => {
  type Arguments = [session: unknown, digest: unknown, kind: unknown];
  const own = (): Arguments => [scoped.credential.sessionId, scoped.credential.secretDigest, 'M'];
  const wrong: { what: string; credential: () => Arguments | Promise<Arguments> }[] = [
    { what: 'a guessed secret', credential: () => [own()[0], Buffer.alloc(32), 'M'] },
    { what: 'an id alone', credential: () => [own()[0], null, 'M'] },
    { what: 'nothing', credential: () => [null, null, null] },
    { what: 'a session that nobody has', credential: () => [nobodys, own()[1], 'M'] },
    {
      what: 'the secret of another session',
      credential: () => [
        own()[0],
        arena.principals['a scoped member, everything'].credential.secretDigest,
        'M',
      ],
    },
    {
      what: 'what the database keeps of the secret',
      credential: async () => {
        const { rows } = await arena.owner.query<{ digest: Buffer }>(
          'select digest from fence.access_credentials where session_id = $1',
          [own()[0]],
        );
        return [own()[0], rows[0]?.digest, 'M'];
      },
    },
    ...['O', 'A', 'L', 'X', '', null].map((kind) => ({
      what: `another kind (${kind})`,
      credential: (): Arguments => [own()[0], own()[1], kind],
    })),
  ];

  const open = async (credential: Arguments) => {
    const error: unknown = await login.client
      .query('select ringfence.open_session($1, $2, $3)', credential)
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({
      code: noSession,
      message: 'no session',
      detail: undefined,
      hint: undefined,
    });
  };

  test.each(wrong)('is refused with the same words: $what', async ({ credential }) => {
    await open(await credential());
  });

  test.each([
    {
      what: 'a session that has ended',
      table: 'fence.sessions',
      change: "ended_at = now(), end_reason = 'REVOKED'",
      back: 'ended_at = null, end_reason = null',
    },
    {
      what: 'a session that has expired',
      table: 'fence.sessions',
      change: 'expires_at = now()',
      back: "expires_at = now() + interval '1 hour'",
    },
    {
      what: 'a credential that has expired',
      table: 'fence.access_credentials',
      change: 'expires_at = now()',
      back: "expires_at = now() + interval '1 hour'",
    },
    {
      what: 'a member who was disabled',
      table: 'ringfence.member_access',
      change: "status = 'DISABLED'",
      back: "status = 'ACTIVE'",
    },
    {
      what: 'a member who was promoted',
      table: 'ringfence.member_access',
      change: "role = 'ADMIN', client_access = 'ALL'",
      back: "role = 'MEMBER', client_access = 'ASSIGNED'",
    },
    {
      what: 'an account that was suspended',
      table: 'ringfence.accounts',
      change: "status = 'SUSPENDED'",
      back: "status = 'ACTIVE'",
    },
  ])('is refused with the same words: $what', async ({ table, change, back }) => {
    const [key, value] =
      {
        'fence.sessions': ['id', scoped.credential.sessionId],
        'fence.access_credentials': ['session_id', scoped.credential.sessionId],
        'ringfence.member_access': ['member_id', scoped.principalId],
        'ringfence.accounts': ['id', scoped.accountId],
      }[table] ?? [];
    try {
      expect(
        (await arena.owner.query(`update ${table} set ${change} where ${key} = $1`, [value])).rowCount,
      ).toBe(1);
      await open(own());
    } finally {
      await arena.owner.query(`update ${table} set ${back} where ${key} = $1`, [value]);
    }
    expect(await login.as(scoped, () => login.rows(listClients))).toEqual(ownClients);
  });

  test('opens with what an access token carries, got by signing in over HTTP, until signing out', async () => {
    const server = await startTestServer();
    const connection = await LoginConnection.open(server.database.loginUrl);
    try {
      const world = await createWorld(server);
      const session = sessionOfToken(world.asScopedMember);
      const seen = () =>
        connection.as(session, () => connection.rows('select name from ringfence.clients order by name'));
      expect(await seen()).toEqual([{ name: 'One' }, { name: 'Three' }]);
      await connection.begin(session);
      expect(await connection.rows('select ringfence.sign_out() as ended')).toEqual([{ ended: true }]);
      await connection.rows('commit');
      await expect(seen()).rejects.toMatchObject({ code: noSession });
    } finally {
      await connection.close();
      await server.close();
    }
  });
});

describe('S09 leaving the role', () => {
  test.each([
    'reset role',
    'set role none',
    'set local role none',
    'set session authorization default',
    'reset session authorization',
  ])('%s leaves no right on any table', async (statement) => {
    await login.as(scoped, async () => {
      await login.rows(statement);
      for (const table of await tablesIn(arena.owner))
        expect(await login.attempt(`select from ${table.name}`)).toBe(denied);
    });
  });

  test.each([
    'ringfence_owner',
    'ringfence_definer',
    'ringfence_signin',
    'ringfence_worker',
    'pg_read_all_data',
    'pg_database_owner',
  ])('becoming %s is refused', async (role) => {
    await login.as(scoped, async () => {
      expect(await login.dry(`set role ${role}`)).toBe(denied);
      expect(await login.dry(`set session authorization ${role}`)).toBe(denied);
      expect(await login.dry("select set_config('role', $1, false)", [role])).toBe(denied);
    });
  });
});

describe('S10 a login that changes itself', () => {
  test.each(['ringfence_login', 'ringfence_member'])(
    '%s can preset its own settings, and the gate sees it',
    async (role) => {
      await login.begin(null, { role: role === 'ringfence_login' ? null : role });
      try {
        await login.rows(`alter role ${role} set work_mem = '1GB'`);
        await login.rows('reset role');
        expect((await gateProblems(arena)).join()).toContain(`settings of ${role}`);
      } finally {
        await login.rows('rollback');
      }
      expect(await gateProblems(arena)).toEqual([]);
    },
  );
});
