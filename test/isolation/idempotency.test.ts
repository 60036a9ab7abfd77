// Attacks on idempotency keys, as SQL of the attacker's own choosing with a valid session, or none: what others stored is
// neither told nor changed, and whoever misuses the functions spoils nothing but their own.
import { servingRoles } from '../../db/policies/matrix';
import { createArena, type Arena } from './arena';
import { Client } from 'pg';
import { LoginConnection } from './login-connection';
import { forgedIdentities } from './probes';
import type { Session } from './sessions';

let arena: Arena;
let login: LoginConnection;
let scoped: Session;
let everything: Session;

const denied = '42501';
const noSession = 'RF001';
const keyReused = 'RF007';
const noClaim = '25000';
const outsideOfTransaction = '25000';

const claim = 'select ringfence.claim_idempotency_key(sha256($1), 0, array[sha256($2)]) as outcome';
const store = 'select ringfence.store_idempotency_outcome(sha256($1), 0, $2)';
const fresh = [{ outcome: null }];
const done = (id: string) => ({ done: id });

beforeAll(async () => {
  arena = await createArena();
  login = arena.login;
  scoped = arena.principals['a scoped member, viewing'];
  everything = arena.principals['a scoped member, everything'];
});
afterAll(() => arena.close());

/** Does it in a transaction that is committed. */
async function committed<T>(session: Session, work: () => Promise<T>): Promise<T> {
  await login.begin(session);
  try {
    const result = await work();
    await login.rows('commit');
    return result;
  } catch (error) {
    await login.rows('rollback');
    throw error;
  }
}

/** Claims a key and stores an outcome, as a mutation does. */
const use = (session: Session, key: string, id: string) =>
  committed(session, async () => {
    expect(await login.rows(claim, [key, 'input'])).toEqual(fresh);
    await login.rows(store, [key, done(id)]);
  });
const outcomeOf = (session: Session, key: string) =>
  login.as(session, () => login.attempt(claim, [key, 'input']));

describe('the table', () => {
  test.each([
    'select from fence.idempotency_keys',
    'select count(*) from fence.idempotency_keys',
    'update fence.idempotency_keys set outcome = null',
    "update fence.idempotency_keys set created_at = now() - interval '1 year'",
    'delete from fence.idempotency_keys',
    'insert into fence.idempotency_keys default values',
    'truncate fence.idempotency_keys',
    'select fence.require_what_is_committed()',
    'select fence.idempotency_keys_expire_after()',
  ])('is reached by nobody who is served: %s', async (statement) => {
    for (const session of [scoped, arena.principals['the owner']]) {
      for (const role of [session.role, ...servingRoles, null]) {
        await login.as(session, async () => expect(await login.dry(statement)).toBe(denied), { role });
      }
    }
  });
});

describe('what is stored for one principal', () => {
  test('is told to no other one, of the account or of another', async () => {
    await use(scoped, 'told', 'private');
    expect(await outcomeOf(scoped, 'told')).toEqual([{ outcome: done('private') }]);
    for (const [name, session] of Object.entries(arena.principals)) {
      if (session !== scoped) expect([name, await outcomeOf(session, 'told')]).toEqual([name, fresh]);
    }
  });

  test('is told to nobody who only says that they are that principal', async () => {
    const attacker = arena.principals['a scoped member, editing'];
    await use(scoped, 'impersonated', 'private');
    await login.as(attacker, async () => {
      const [settings] = await login.rows("select current_setting('ringfence.identity') as identity");
      const forgeries = {
        ...forgedIdentities(arena, String(settings?.identity)),
        'the principal': {
          identity: String(settings?.identity).replace(attacker.principalId, scoped.principalId),
        },
      };
      for (const [what, { identity }] of Object.entries(forgeries)) {
        for (const [statement, values] of [
          [claim, ['impersonated', 'input']],
          [store, ['impersonated', done('forged')]],
        ] as const) {
          await login.rows('savepoint forged');
          await login.rows("select set_config('ringfence.identity', $1, true)", [identity]);
          expect([what, await login.attempt(statement, [...values])]).toEqual([what, noSession]);
          // Also where the identity changes within the very statement.
          await login.rows('rollback to savepoint forged');
        }
        const within = `with x as materialized (select set_config('ringfence.identity', $1, true) as x)
          select ringfence.claim_idempotency_key(sha256('impersonated'), 0, array[sha256('input')]) as outcome from x where x is not null`;
        expect([what, await login.dry(within, [identity])]).toEqual([what, noSession]);
      }
    });
    expect(await outcomeOf(scoped, 'impersonated')).toEqual([{ outcome: done('private') }]);
  });

  test('is told to nobody without a session', async () => {
    for (const role of [
      'ringfence_admin',
      'ringfence_member_all',
      'ringfence_member',
      'ringfence_partner',
    ] as const) {
      await login.as(
        null,
        async () => {
          expect(await login.attempt(claim, ['any', 'input'])).toBe(noSession);
          expect(await login.attempt(store, ['any', done('any')])).toBe(noSession);
        },
        { role },
      );
    }
    for (const role of [null, 'ringfence_anonymous'] as const) {
      await login.as(scoped, async () => expect(await login.attempt(claim, ['any', 'input'])).toBe(denied), {
        role,
      });
    }
  });

  test('is not changed by another one who uses the same key', async () => {
    await use(scoped, 'shared', 'of one');
    await use(everything, 'shared', 'of the other');
    expect(await outcomeOf(scoped, 'shared')).toEqual([{ outcome: done('of one') }]);
    expect(await outcomeOf(everything, 'shared')).toEqual([{ outcome: done('of the other') }]);
  });

  test('delays nobody: another one claims the same key while it is claimed', async () => {
    const other = await LoginConnection.open(arena.database.loginUrl);
    try {
      await login.begin(scoped);
      expect(await login.rows(claim, ['held', 'input'])).toEqual(fresh);
      await other.begin(everything);
      await other.rows("set local lock_timeout = '1ms'");
      expect(await other.attempt(claim, ['held', 'input'])).toEqual(fresh);
      await other.rows('rollback; begin');
    } finally {
      await login.rows('rollback');
      await other.close();
    }
  });
});

describe('an outcome that is stored', () => {
  test('is changed by no later transaction', async () => {
    await use(scoped, 'kept', 'first');
    await login.as(scoped, async () => {
      expect(await login.attempt(store, ['kept', done('second')])).toBe(noClaim);
      expect(await login.attempt(claim, ['kept', 'input'])).toEqual([{ outcome: done('first') }]);
      expect(await login.attempt(store, ['kept', done('second')])).toBe(noClaim);
    });
    expect(await outcomeOf(scoped, 'kept')).toEqual([{ outcome: done('first') }]);
  });

  test('is told for no other input, also not for none', async () => {
    await use(scoped, 'input', 'first');
    await login.as(scoped, async () => {
      const claimed = (digests: string) =>
        login.attempt(`select ringfence.claim_idempotency_key(sha256('input'), 0, ${digests})`);
      expect(await claimed("array[sha256('other')]")).toBe(keyReused);
      // What could never be stored is refused as that, whether the key was used or not.
      for (const digests of ["'{}'", 'null', 'array[null::bytea]'])
        expect(await claimed(digests)).toBe('23502');
      expect(await claimed("array[''::bytea]")).toBe('23514');
      expect(await claimed("array[sha256('other'), sha256('input')]")).toHaveLength(1);
    });
  });

  test('is needed: a claim that was committed without one counts as none', async () => {
    await committed(scoped, () => login.rows(claim, ['abandoned', 'another input']));
    expect(await outcomeOf(scoped, 'abandoned')).toEqual(fresh);
  });

  test('belongs to a claim, is no null, and is of a decent size', async () => {
    await login.as(scoped, async () => {
      expect(await login.attempt(store, ['never claimed', done('x')])).toBe(noClaim);
      await login.rows(claim, ['sized', 'input']);
      expect(await login.attempt(store, ['sized', null])).toBe(noClaim);
      expect(await login.attempt(store, ['sized', done('x'.repeat(100_000))])).toBe('23514');
      expect(await login.attempt(store, ['sized', done('x')])).toHaveLength(1);
    });
  });
});

describe('snapshots', () => {
  test.each(['repeatable read', 'serializable'] as const)(
    'of the caller’s own choosing decide nothing: %s',
    async (isolation) => {
      await login.as(
        scoped,
        async () => {
          expect(await login.attempt(claim, ['snapshot', 'input'])).toBe(outsideOfTransaction);
          expect(await login.attempt(store, ['snapshot', done('x')])).toBe(outsideOfTransaction);
        },
        { isolation },
      );
    },
  );
});

describe('what has expired', () => {
  const insert = `insert into fence.idempotency_keys (account_id, principal_id, key_digest, position, input_digest, outcome, created_at)
    select $1, $2, sha256(n::text::bytea), 7, sha256('input'), '{"done": null}', now() - $3::interval from generate_series(1, $4) n`;
  const count = async (accountId: string) => {
    const { rows } = await arena.owner.query<{ count: number }>(
      'select count(*)::int as count from fence.idempotency_keys where account_id = $1 and position = 7',
      [accountId],
    );
    return rows[0]?.count;
  };

  const removing = 'select worker.remove_expired($1) as left';
  let worker: Client;
  beforeAll(async () => {
    worker = new Client({ connectionString: arena.database.workerUrl });
    await worker.connect();
  });
  afterAll(() => worker.end());

  test('is removed by the worker, in every account, a little at a time', async () => {
    const { alpha, beta } = arena;
    for (const { id } of [alpha, beta])
      await arena.owner.query(insert, [id, everything.principalId, '25 hours', 30]);
    await arena.owner.query(insert.replace('7,', '8,'), [alpha.id, everything.principalId, '23 hours', 5]);
    for (const [left, more] of [
      [40, true],
      [20, true],
      [0, true],
      [0, false],
    ]) {
      expect((await worker.query<{ left: boolean }>(removing, [20])).rows).toEqual([{ left: more }]);
      expect(((await count(alpha.id)) ?? 0) + ((await count(beta.id)) ?? 0)).toBe(left);
    }
    const { rowCount } = await arena.owner.query(
      'select from fence.idempotency_keys where account_id = $1 and position = 8',
      [alpha.id],
    );
    expect(rowCount).toBe(5);
  });

  test('is not removed while somebody claims it anew, and nobody waits', async () => {
    const other = await LoginConnection.open(arena.database.loginUrl);
    try {
      await arena.owner.query(insert.replace('7,', '0,'), [
        arena.alpha.id,
        everything.principalId,
        '25 hours',
        1,
      ]);
      await other.begin(everything);
      expect(await other.rows(claim, ['1', 'input'])).toEqual(fresh);
      await worker.query("set lock_timeout = '1ms'");
      await worker.query(removing, [20]);
      await other.rows(store, ['1', done('anew')]);
      await other.rows('commit');
      await worker.query(removing, [20]);
      expect(await outcomeOf(everything, '1')).toEqual([{ outcome: done('anew') }]);
    } finally {
      await other.close();
    }
  });

  test('goes with its account', async () => {
    const { rows } = await arena.owner.query<{ id: string }>(
      "insert into ringfence.accounts (slug, name) values ('leaving', 'Leaving') returning id",
    );
    const id = rows[0]?.id ?? '';
    await arena.owner.query(insert, [id, everything.principalId, '0 hours', 3]);
    await arena.owner.query('delete from ringfence.accounts where id = $1', [id]);
    expect(await count(id)).toBe(0);
  });
});
