// Attack SQL as the serving role of somebody with a valid session, below the API. Attacks on the seal itself are in
// sealed-session.test.ts, conflicts and things left behind in sealed-session-writing.test.ts, whole-table rights in
// matrix.test.ts; the API is attacked in attacks-over-http.test.ts.
import { Client, type DatabaseError } from 'pg';
import { logins, servingRoles } from '../../db/policies/matrix';
import { createArena, type Arena } from './arena';
import type { LoginConnection } from './login-connection';
import { tablesIn } from './matrix-cells';
import { nobodys, referenceDifferences } from './probes';
import type { Session } from './sessions';

let arena: Arena;
let login: LoginConnection;
let scoped: Session;
let everything: Session;
let ownIds: string[];
let superuser: Client;

const denied = '42501';

beforeAll(async () => {
  arena = await createArena();
  login = arena.login;
  scoped = arena.principals['a scoped member, viewing'];
  everything = arena.principals['a scoped member, everything'];
  const { one, four, archived } = arena.alpha.clients;
  ownIds = [one, four, archived].sort();
  superuser = new Client({ connectionString: arena.database.adminUrl });
  await superuser.connect();
});
afterAll(async () => {
  await superuser.end();
  await arena.close();
});

const ids = (rows: Record<string, unknown>[]) => rows.map((row) => String(row.id)).sort();

describe('statements that are refused', () => {
  test.each([
    ['A07', 'alter table ringfence.clients disable row level security'],
    ['A07', 'alter table ringfence.clients no force row level security'],
    ['A07', 'drop policy member on ringfence.clients'],
    ['A07', 'alter policy member on ringfence.clients using (true)'],
    ['A07', 'create policy open on ringfence.clients using (true)'],
    ['A07', 'create rule open as on update to ringfence.clients do instead nothing'],
    [
      'A07',
      'create trigger open before update on ringfence.clients for each row execute function fence.touch()',
    ],
    ['A07', 'alter table ringfence.clients disable trigger all'],
    ['A07', 'alter table ringfence.clients owner to ringfence_member'],
    ['A07', 'alter function ringfence.member_client_ids owner to ringfence_member'],
    [
      'A07',
      "create or replace function ringfence.member_client_ids() returns uuid[] language sql as $$ select '{}'::uuid[] $$",
    ],
    ['A07', 'drop function ringfence.member_client_ids'],
    ['A07', 'grant ringfence_admin to ringfence_member'],
    ['A07', 'alter role ringfence_member bypassrls'],
    ['A07', 'create role mine'],
    ['A09', 'set local session_replication_role = replica'],
    ['A13', 'update ringfence.clients set account_id = account_id'],
    ['A13', 'update ringfence.clients set id = gen_random_uuid()'],
    ['A13', "update ringfence.clients set status = 'ACTIVE'"],
    ['A13', 'update ringfence.clients set is_house = true'],
    ['A13', 'update ringfence.client_assignments set client_id = client_id'],
    ['A14', 'delete from ringfence.clients returning id'],
    ['A33', 'create materialized view ringfence.mine as select * from ringfence.clients'],
    ['A35', 'create view ringfence.mine as select * from ringfence.clients'],
    ['A35', "create function ringfence.mine() returns int language sql as 'select 1'"],
    ['A35', "create function public.mine() returns int language sql as 'select 1'"],
    ['A35', 'create operator public.=== (leftarg = text, rightarg = text, function = pg_catalog.texteq)'],
    ['A36', 'create temporary table clients (id uuid)'],
    ['A37', 'create table public.mine (i int)'],
    ['A37', 'create table fence.mine (i int)'],
    ['A37', 'create schema mine'],
    ['A38', "do $$ begin perform set_config('ringfence.identity', '', true); end $$"],
    ['A47', "copy (select 1) to program 'id'"],
    ['A47', "copy (select 1) to '/tmp/stolen'"],
    ['A47', "copy ringfence.organizations (name) from '/etc/passwd'"],
    ['A47', "copy ringfence.organizations (name) from program 'id'"],
    ['A47', "select pg_read_file('/etc/passwd')"],
    ['A47', "select pg_read_binary_file('PG_VERSION')"],
    ['A47', "select pg_ls_dir('.')"],
    ['A47', "select pg_stat_file('PG_VERSION')"],
    ['A47', "select lo_import('/etc/passwd')"],
    ['A47', "select lo_export(1, '/tmp/stolen')"],
    ['A47', 'create extension file_fdw'],
    ['A47', "load 'auto_explain'"],
    ['A57', 'select from pg_catalog.pg_authid'],
    ['A57', 'select from pg_catalog.pg_shadow'],
    ['A57', 'select from pg_catalog.pg_statistic'],
    ['A57', 'select from pg_catalog.pg_statistic_ext_data'],
    ['A57', 'select from pg_catalog.pg_user_mapping'],
    ['A57', 'select from pg_catalog.pg_largeobject'],
    ['A57', 'select from pg_catalog.pg_hba_file_rules'],
    ['A57', 'select from fence.seal_keys'],
    ['A57', 'select from fence.logins'],
    ['A57', "select fence.seal('', '', '')"],
    ['A57', 'select fence.identity()'],
    ['A57', 'select signin.find_logins(null, null, 1)'],
    ['A57', 'select signin.sign_out(null)'],
  ])('%s: %s', async (_, statement) => {
    for (const session of [everything, arena.principals['the owner']]) {
      await login.as(session, async () => expect(await login.dry(statement)).toBe(denied));
    }
  });

  test('A07: rights that they have cannot be passed on', async () => {
    await login.as(everything, async () => {
      await login.rows('grant all on ringfence.clients to ringfence_anonymous');
      await login.rows('grant execute on function ringfence.member_client_ids to ringfence_anonymous');
      await login.rows('set local role ringfence_anonymous');
      for (const statement of ['select from ringfence.clients', 'select ringfence.member_client_ids()']) {
        expect(await login.attempt(statement)).toBe(denied);
      }
    });
  });

  test('A47: the server cannot be configured', async () => {
    await login.rows('set role ringfence_member');
    expect(await login.outside("alter system set log_statement = 'all'")).toBe(denied);
    await login.rows('reset role');
  });

  test('A06: reading with row security off is an error, not all rows', async () => {
    await login.as(everything, async () => {
      await login.rows('set local row_security = off');
      for (const table of await tablesIn(arena.owner))
        expect(await login.attempt(`select from ${table.name}`)).toBe(denied);
    });
  });

  test('A12: rows for another account are refused', async () => {
    const { alpha, beta } = arena;
    await login.as(everything, async () => {
      for (const [statement, values] of [
        ['insert into ringfence.organizations (account_id, name) values ($1, $2)', [beta.id, 'Foreign']],
        [
          'insert into ringfence.organizations (account_id, name) select $1, name from ringfence.clients',
          [beta.id],
        ],
        [
          'insert into ringfence.organizations (account_id, name) values ($1, $2), ($3, $2)',
          [alpha.id, 'Both', beta.id],
        ],
        [
          'insert into ringfence.client_assignments (account_id, member_id, client_id) values ($1, $2, $3)',
          [alpha.id, everything.principalId, alpha.clients.two],
        ],
        [
          'insert into ringfence.member_permissions (account_id, member_id, permission) values ($1, $2, $3)',
          [alpha.id, everything.principalId, 'VIEW_AUDIT'],
        ],
      ] as const) {
        expect(await login.dry(statement, [...values])).toBe(denied);
      }
    });
  });

  test('A14: rows of another account, or outside the set, are neither changed nor found', async () => {
    const { alpha, beta } = arena;
    await login.as(everything, async () => {
      for (const id of [beta.clients.one, alpha.clients.two, nobodys]) {
        expect(
          await login.dry("update ringfence.clients set name = 'Mine' where id = $1 returning *", [id]),
        ).toEqual([]);
        expect(await login.dry('select from ringfence.clients where id = $1 for update', [id])).toEqual([]);
      }
      expect(
        await login.dry("update ringfence.organizations set name = 'Mine' where id = $1 returning *", [
          beta.organizations.north,
        ]),
      ).toEqual([]);
      expect(
        await login.dry("update ringfence.accounts set name = 'Mine' where id = $1 returning id", [beta.id]),
      ).toEqual([]);
    });
  });

  test('A19, A20: a reference to a foreign row is refused like one to no row', async () => {
    expect(await referenceDifferences(arena)).toEqual([]);
  });
});

describe('statements that see no more than their own rows', () => {
  test.each([
    ['A55', 'table ringfence.clients'],
    ['A55', 'select * from only ringfence.clients'],
    ['A55', 'select id from ringfence.clients tablesample bernoulli (100)'],
    ['A55', 'select id from ringfence.clients tablesample system (100)'],
    ['A55', "select id from ringfence.clients where ctid >= '(0,0)'"],
    [
      'A55',
      'select id from ringfence.clients where xmin is not null or xmax is not null or cmin is not null',
    ],
    ['A55', 'select (c).id from (select c from ringfence.clients c) whole'],
    ['A55', "select (to_jsonb(c) ->> 'id') as id from ringfence.clients c"],
    [
      'A55',
      'with recursive r as (select id from ringfence.clients union select c.id from r, ringfence.clients c) select id from r',
    ],
    ['A55', 'select l.id from generate_series(1, 1) cross join lateral (select id from ringfence.clients) l'],
    ['A55', 'select distinct c.id from ringfence.members m, ringfence.clients c'],
    ['A55', 'select unnest(array_agg(id) over ()) as id from ringfence.clients group by id'],
    [
      'A55',
      'select c.id from ringfence.clients c full join (select 1 as x) o on false where c.id is not null',
    ],
    ['A55', 'select id from ringfence.clients union select id from ringfence.clients'],
    ['A55', 'select id from ringfence.clients order by account_id = id, name desc limit all offset 0'],
    [
      'A55',
      'select (select x from ringfence.clients c2 cross join lateral (values (c2.id)) v (x) where c2.id = c.id) as id from ringfence.clients c',
    ],
    ['A55', 'select id from ringfence.clients where id in (select client_id from ringfence.client_activity)'],
    ['A35', 'set local search_path = pg_temp, ringfence, public; select id from clients'],
    ['A35', 'set local plan_cache_mode = force_generic_plan; select id from ringfence.clients'],
    [
      'A55',
      'set local enable_indexscan = off; set local enable_bitmapscan = off; select id from ringfence.clients',
    ],
  ])('%s: %s', async (_, statement) => {
    await login.as(scoped, async () => {
      const results: unknown = await login.client.query(statement);
      const last = (Array.isArray(results) ? results.at(-1) : results) as { rows: Record<string, unknown>[] };
      expect(new Set(ids(last.rows))).toEqual(new Set(ownIds));
    });
  });

  test('A46: copying a table out copies their own rows', async () => {
    const copied: string[] = [];
    const stream = (
      login.client as unknown as {
        connection: {
          on(event: string, listener: (message: { chunk: Buffer }) => void): void;
          removeAllListeners(event: string): void;
        };
      }
    ).connection;
    await login.as(scoped, async () => {
      stream.on('copyData', ({ chunk }) => copied.push(chunk.toString().trim()));
      for (const statement of [
        'copy ringfence.clients (id) to stdout',
        'copy (select id from ringfence.clients) to stdout',
      ]) {
        copied.length = 0;
        await login.client.query(statement);
        expect([...copied].sort()).toEqual(ownIds);
      }
    });
  });

  test.each([
    "select query_to_xml('select id from ringfence.clients', true, true, '') as xml",
    "select table_to_xml('ringfence.clients', true, true, '') as xml",
    "select cursor_to_xml('open_cursor', 100, true, true, '') as xml",
  ])('A58: %s', async (statement) => {
    await login.as(scoped, async () => {
      await login.rows('declare open_cursor cursor for select id from ringfence.clients');
      const outcome = await login.dry(statement);
      // Postgres without libxml says that it has no such feature.
      if (outcome === '0A000') return;
      const text = JSON.stringify(outcome);
      expect([...text.matchAll(/<id>([0-9a-f-]{36})<\/id>/g)].map((match) => match[1]).sort()).toEqual(
        ownIds,
      );
    });
  });

  test('A58: a whole schema as XML fails at the first table that is not theirs', async () => {
    await login.as(scoped, async () => {
      expect(['0A000', denied]).toContain(await login.dry("select schema_to_xml('fence', true, true, '')"));
    });
  });
});

describe('functions that tell what they see', () => {
  beforeAll(async () => {
    await superuser.query(`
      create schema leaky; grant usage on schema leaky to public;
      create function leaky.f_leak(seen text) returns boolean language plpgsql cost 0.0000001 as $$
        begin raise warning 'seen %', seen; return true; end $$;
      grant execute on function leaky.f_leak to public`);
  });

  test('A24: a cheap condition that is not leakproof is shown their own rows only', async () => {
    const seen: string[] = [];
    const listener = ({ message }: { message?: string }) => seen.push(message ?? '');
    login.client.on('notice', listener);
    await login.as(scoped, async () => {
      await login.rows('select from ringfence.clients where leaky.f_leak(name)');
      await login.rows(
        'select from ringfence.clients c join ringfence.client_activity a on leaky.f_leak(c.name) and a.client_id = c.id',
      );
    });
    login.client.removeListener('notice', listener);
    expect([...new Set(seen)].sort()).toEqual(['seen alpha archived', 'seen alpha four', 'seen alpha one']);
  });

  test('A25: an error depends on their own rows only', async () => {
    const divide = (name: string) =>
      login.dry('select from ringfence.clients where 1 / (case when name = $1 then 0 else 1 end) = 1', [
        name,
      ]);
    await login.as(scoped, async () => {
      expect(await divide('alpha one')).toBe('22012');
      for (const hidden of ['alpha two', 'beta one', 'nobody'])
        expect(await divide(hidden)).toHaveLength(ownIds.length);
    });
  });

  test('A26: the text of an error quotes their own rows only', async () => {
    await login.as(scoped, async () => {
      for (const [order, quoted] of [
        ['asc', 'alpha archived'],
        ['desc', 'alpha one'],
      ] as const) {
        await login.rows('savepoint cast_error');
        const error: unknown = await login
          .rows(
            `select name::int from (select name from ringfence.clients order by name ${order} offset 0) c`,
          )
          .catch((thrown: unknown) => thrown);
        expect((error as DatabaseError).message).toContain(quoted);
        await login.rows('rollback to savepoint cast_error');
      }
    });
  });

  test('A28: statistics of no table are shown', async () => {
    await superuser.query('analyze');
    const views = ['pg_stats', 'pg_stats_ext', 'pg_stats_ext_exprs'];
    const known = await superuser.query("select from pg_stats where schemaname = 'ringfence'");
    expect(known.rowCount).toBeGreaterThan(0);
    for (const session of Object.values(arena.principals)) {
      await login.as(session, async () => {
        for (const view of views)
          expect(
            await login.rows(`select from pg_catalog.${view} where schemaname in ('ringfence', 'fence')`),
          ).toEqual([]);
      });
    }
  });
});

describe('A40 one prepared statement, many identities', () => {
  test.each([
    'select id from ringfence.clients where $1::int is not null order by id',
    'with c as materialized (select id from ringfence.clients) select id from c where $1::int is not null order by id',
    'select c.id from unnest(array[$1::int]) x cross join lateral (select id from ringfence.clients where x is not null) c order by id',
    'select id from ringfence.clients where exists (select from ringfence.client_activity a where a.client_id = id) and $1::int is not null order by id',
  ])('gives each of them their own rows, also after its plan has become generic: %s', async (text) => {
    const names = [
      'a scoped member, viewing',
      'the owner',
      'a member with all clients, viewing',
      'the owner of another account',
      'a scoped member, nothing',
    ] as const;
    const expected: Record<(typeof names)[number], string[]> = {
      'a scoped member, viewing': ownIds,
      'the owner': Object.values(arena.alpha.clients).sort(),
      'a member with all clients, viewing': Object.values(arena.alpha.clients).sort(),
      'the owner of another account': Object.values(arena.beta.clients).sort(),
      'a scoped member, nothing': [],
    };
    for (let round = 0; round < 10; round += 1) {
      for (const name of names) {
        const rows = await login.as(
          arena.principals[name],
          async () =>
            (await login.client.query({ name: text.slice(0, 60), text, values: [round] })).rows as Record<
              string,
              unknown
            >[],
        );
        expect({ name, round, ids: ids(rows) }).toEqual({ name, round, ids: expected[name] });
      }
    }
  });
});

describe('the catalog', () => {
  const none = async (text: string, values: unknown[] = []) =>
    expect((await superuser.query(text, values)).rows).toEqual([]);
  const ours = "n.nspname in ('ringfence', 'fence', 'signin', 'worker')";

  test('every table has row security, forced also on its owner, who is the owner of the fence', () =>
    none(`select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace where ${ours} and c.relkind in ('r', 'p')
          and not (c.relrowsecurity and c.relforcerowsecurity and c.relowner = 'ringfence_owner'::regrole)`));

  test('A31, A32, A33: there is no partition, view, materialized view, rule or foreign table to go around it', () =>
    none(`select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace
          where (${ours} or n.nspname = 'public') and (c.relkind in ('p', 'v', 'm', 'f') or c.relispartition or c.relhasrules or c.relhassubclass)`));

  test('A21, A22: every foreign key between tables of an account contains the account', () =>
    none(`select c.conname from pg_constraint c
          where c.contype = 'f' and exists (select from pg_attribute where attrelid = c.confrelid and attname = 'account_id')
            and not exists (
              select from unnest(c.conkey, c.confkey) as k (child, parent)
              join pg_attribute a on a.attrelid = c.conrelid and a.attnum = k.child and a.attname = 'account_id'
              join pg_attribute b on b.attrelid = c.confrelid and b.attnum = k.parent and b.attname = 'account_id')`));

  test('pitfall 12: no function claims to be leakproof', () =>
    none(
      `select p.oid::regprocedure from pg_proc p join pg_namespace n on n.oid = p.pronamespace where ${ours} and p.proleakproof`,
    ));

  test('pitfall 23: nobody who is served may reference, attach triggers to or maintain a table', async () => {
    const { rows } = await superuser.query<{ number: number }>(
      "select current_setting('server_version_num')::int as number",
    );
    const rights = ['REFERENCES', 'TRIGGER', ...((rows[0]?.number ?? 0) >= 170_000 ? ['MAINTAIN'] : [])];
    await none(
      `select r, c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace cross join unnest($1::text[]) r cross join unnest($2::text[]) p
       where ${ours} and c.relkind = 'r' and has_table_privilege(r, c.oid, p)`,
      [[...servingRoles, 'ringfence_login', 'ringfence_signin'], rights],
    );
  });

  test('pitfall 2: no role that the logins can become is a superuser, free of row security, or an owner of anything', () =>
    none(
      `select r.rolname from unnest($1::text[]) login join pg_roles r on pg_has_role(login, r.oid, 'member')
          where r.rolsuper or r.rolbypassrls or r.rolcreaterole or r.rolcreatedb or r.rolreplication
            or exists (select from pg_class where relowner = r.oid) or exists (select from pg_proc where proowner = r.oid)`,
      [logins],
    ));

  test('pitfall 31: a serving role is shown no statement of any other session', async () => {
    await login.as(scoped, async () => {
      const others = await login.rows(
        'select query from pg_catalog.pg_stat_activity where pid <> pg_backend_pid() and usename is not null',
      );
      expect(others.length).toBeGreaterThan(0);
      expect(others.filter(({ query }) => query !== '<insufficient privilege>')).toEqual([]);
    });
  });
});
