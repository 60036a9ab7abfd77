// Attacks on the sealed session that write, or leave something behind, as SQL of the attacker's own choosing on a
// connection of the API's login. What the next user of the same pooled connection notices is in connections.test.ts.
import { Client } from 'pg';
import { servingRoles } from '../../db/policies/matrix';
import { createArena, type Arena } from './arena';
import { LoginConnection, type Outcome } from './login-connection';
import { columnsWith, tablesIn } from './matrix-cells';
import type { Session } from './sessions';

let arena: Arena;
let login: LoginConnection;
let scoped: Session;
let ownClients: Outcome;

const denied = '42501';
const noSession = 'RF001';
const unclean = 'RF002';
const listClients = 'select id from ringfence.clients order by id';
const createClient =
  "select ringfence.create_client($1, null, null, null, null, 'INHERIT', null, 'GIVEN', null, null) as id";

beforeAll(async () => {
  arena = await createArena();
  login = arena.login;
  scoped = arena.principals['a scoped member, viewing'];
  const { one, four, archived } = arena.alpha.clients;
  ownClients = [one, four, archived].sort().map((id) => ({ id }));
});
afterAll(() => arena.close());

const openSession = (connection: LoginConnection, { credential }: Session) =>
  connection.outside('select ringfence.open_session($1, $2, $3)', [
    credential.sessionId,
    credential.secretDigest,
    credential.kind,
  ]);

describe('S07, S13 what is left behind on a connection', () => {
  let connection: LoginConnection;
  beforeEach(async () => {
    connection = await LoginConnection.open(arena.database.loginUrl);
  });
  afterEach(() => connection.close());

  test.each([
    ['a prepared statement', 'prepare behind as select 1'],
    [
      'a prepared statement in place of a deallocated one',
      'prepare behind as select 1; deallocate all; prepare behind as select 2',
    ],
    ['a cursor that is held', `declare left_open cursor with hold for ${listClients}`],
    ['a listening channel', 'listen anything'],
  ])('%s opens no further session on it', async (_, statement) => {
    await connection.begin(scoped);
    await connection.rows(statement);
    await connection.rows('commit');
    expect(await openSession(connection, scoped)).toBe(unclean);
  });

  test.each([
    ['a temporary table', 'create temporary table behind (i int)', denied],
    ['a temporary table from a query', 'select id into temporary behind from ringfence.clients', denied],
    ['a temporary view', 'create temporary view behind as select 1', denied],
    [
      'a temporary function',
      'create function pg_temp.behind() returns int language sql as $$ select 1 $$',
      denied,
    ],
    ['a table', 'create table ringfence.behind (i int)', denied],
    ['a schema', 'create schema left_behind', denied],
    ['an advisory lock of the session', 'select pg_advisory_lock(42)', denied],
    ['a large object', "select lo_from_bytea(0, 'left')", denied],
    ['an anonymous block', 'do $$ begin end $$', denied],
    ['a prepared transaction', "prepare transaction 'left'", '55000'],
  ])('%s is refused', async (_, statement, state) => {
    await connection.begin(scoped);
    expect(await connection.outside(statement)).toBe(state);
    await connection.rows('rollback');
  });

  test.each([
    ['timezone', 'Asia/Kolkata'],
    ['row_security', 'off'],
    ['search_path', 'pg_temp, public'],
    ['default_transaction_read_only', 'on'],
    ['default_transaction_isolation', 'serializable'],
    ['statement_timeout', '0'],
    ['ringfence.identity', 'left'],
  ])(
    'S08 %s set for the whole session is back to its own value in the next transaction',
    async (setting, value) => {
      const show = async () =>
        (await connection.rows('select current_setting($1, true) as value', [setting]))[0]?.value;
      const before = await show();
      await connection.begin(scoped);
      await connection.rows('select set_config($1, $2, false)', [setting, value]);
      await connection.rows('commit');
      expect(await show()).toBe(value);
      await connection.rows('begin isolation level read committed read write; reset all');
      expect((await show()) || null).toBe(before);
      await openSession(connection, scoped);
      await connection.rows('set local role ringfence_member');
      expect(await connection.rows(listClients)).toEqual(ownClients);
    },
  );
});

describe('S11 conflicts with hidden rows', () => {
  test('no serving role can choose the values of a unique key, neither inserting nor updating', async () => {
    const reachable: string[] = [];
    for (const table of await tablesIn(arena.owner)) {
      const { rows: keys } = await arena.owner.query<{ name: string; columns: string[] }>(
        // An expression among the keys stands for every column that the index depends on.
        `select i.indexrelid::regclass::text as name, array(
           select a.attname::text from pg_attribute a
           where a.attrelid = i.indrelid and (a.attnum = any (i.indkey::int2[]) or (0 = any (i.indkey::int2[]) and exists (
             select from pg_depend d where d.objid = i.indexrelid and d.refobjid = i.indrelid and d.refobjsubid = a.attnum)))) as columns
         from pg_index i where i.indisunique and i.indrelid = $1::regclass`,
        [table.name],
      );
      for (const role of servingRoles) {
        const inserted = columnsWith(role, table, 'insert');
        const updated = columnsWith(role, table, 'update');
        for (const key of keys) {
          const chosen = key.columns.filter((column) => column !== 'account_id');
          const hitByInsert = inserted.length > 0 && chosen.every((column) => inserted.includes(column));
          if (hitByInsert || chosen.some((column) => updated.includes(column)))
            reachable.push(`${role}: ${key.name}`);
        }
      }
    }
    expect(reachable).toEqual([]);
  });

  test.each([
    'on conflict do nothing',
    'on conflict (account_id, id) do nothing',
    'on conflict (account_id, id) do update set website = null where organizations.description::int is null',
    'on conflict (account_id, id) do update set name = organizations.description',
  ])('an insert with "%s" answers like one without', async (clause) => {
    const manager = arena.principals['a scoped member, managing organizations'];
    await login.as(manager, async () => {
      const insert = (name: string) =>
        login.dry(
          `insert into ringfence.organizations (account_id, name) values ($1, $2) ${clause} returning name`,
          [arena.alpha.id, name],
        );
      // Also a name that a hidden row of the same table has.
      for (const name of ['alpha closed', 'beta north', 'Never seen'])
        expect(await insert(name)).toEqual([{ name }]);
    });
  });

  test('an id, an account and a slug cannot be proposed, so that none can be found taken', async () => {
    await login.as(arena.principals['the owner'], async () => {
      const { alpha, beta } = arena;
      for (const [statement, values] of [
        [
          'insert into ringfence.organizations (account_id, id, name) values ($1, $2, $3)',
          [alpha.id, beta.organizations.north, 'X1'],
        ],
        ['insert into ringfence.clients (account_id, name) values ($1, $2)', [alpha.id, 'X']],
        [
          'insert into ringfence.clients (account_id, id, name) values ($1, $2, $3) on conflict do nothing',
          [beta.id, beta.clients.one, 'X'],
        ],
        ["insert into ringfence.accounts (slug, name) values ('beta', 'X') on conflict do nothing", []],
        ["update ringfence.accounts set slug = 'beta'", []],
        ['update ringfence.organizations set id = $1', [beta.organizations.north]],
      ] as const) {
        expect(await login.dry(statement, [...values])).toBe(denied);
      }
    });
  });
});

describe('S12 what the planner estimates', () => {
  test('is the same for a text that only another account has and for one that nobody has', async () => {
    await withoutTrace(async () => {
      await arena.owner.query(
        `insert into ringfence.clients (account_id, name, contact_name, contact_phone, contact_position)
         select $1, 'Secret name', 'Secret contact', '+4930123456', 'Secret position' from generate_series(1, 400)`,
        [arena.beta.id],
      );
      await arena.owner.query(
        `insert into ringfence.organizations (account_id, name, description, website, address)
         select $1, 'Secret name', 'Secret description', 'https://secret.test', 'Secret street' from generate_series(1, 400)`,
        [arena.beta.id],
      );
      await arena.owner.query(
        `insert into ringfence.members (account_id, name, job_title) select $1, 'Secret name', 'Secret title' from generate_series(1, 400)`,
        [arena.beta.id],
      );
      await analyze();
      await login.as(arena.principals['a scoped member, everything'], async () => {
        const told: string[] = [];
        for (const [table, column, secret] of [
          ['clients', 'name', 'Secret name'],
          ['clients', 'sort_name', 'secret name'],
          ['clients', 'contact_name', 'Secret contact'],
          ['clients', 'contact_phone', '+4930123456'],
          ['clients', 'contact_position', 'Secret position'],
          ['clients', 'contact_email', 'one@beta.test'],
          ['organizations', 'name', 'Secret name'],
          ['organizations', 'sort_name', 'secret name'],
          ['organizations', 'description', 'Secret description'],
          ['organizations', 'website', 'https://secret.test'],
          ['organizations', 'address', 'Secret street'],
          ['organization_tags', 'tag', 'beta only'],
          ['organization_tags', 'tag_key', 'beta only'],
          ['members', 'name', 'Secret name'],
          ['members', 'sort_name', 'secret name'],
          ['members', 'job_title', 'Secret title'],
          ['accounts', 'name', 'Account beta'],
          ['accounts', 'slug', 'beta'],
        ] as const) {
          for (const operator of ['=', '<']) {
            const estimate = async (value: string) => {
              const [row] = await login.rows(
                `explain (format json) select from ringfence.${table} where ${column} ${operator} '${value}'`,
              );
              return JSON.stringify(row).replaceAll(value, '');
            };
            const [known, other] = [await estimate(secret), await estimate(`Zz nobody ${column}`)];
            if (known !== other) told.push(`${table}.${column} ${operator}`);
          }
        }
        expect(told).toEqual([]);
      });
    });
  });

  test('is kept about no text that a serving role reads, except where there is a closed list of values', async () => {
    const closedLists = [
      'access_token_permissions.permission',
      'accounts.time_zone',
      'accounts.locale',
      'accounts.currency',
      'accounts.status',
      'accounts.plan_id',
      'agents.kind',
      'agents.status',
      'agent_stays.agent_kind',
      'calls.direction',
      'calls.outcome',
      'campaigns.state',
      'clients.blind_mode',
      'clients.status',
      'clients.status_before_archive',
      'client_deletions.state',
      'files.content_type',
      'identities.kind',
      'list_dispositions.lead_state',
      'list_fields.type',
      'lead_changes.subject',
      'leads.state',
      'leads.state_before_archive',
      'list_jobs.kind',
      'list_jobs.state',
      'lists.access',
      'lists.calling_time_zone',
      'lists.duplicate_handling',
      'lists.queue_order',
      'lists.status',
      'messages.author',
      'organizations.status',
      'portal_users.agent_access',
      'portal_users.status',
      'invitations.kind',
      'invitations.status',
      'member_access.role',
      'member_access.client_access',
      'member_access.agent_access',
      'member_access.status',
      'member_permissions.permission',
      'plans.id',
      'plans.name',
      'plan_features.plan_id',
      'plan_features.feature',
    ];
    const { rows } = await arena.owner.query<{ name: string }>(
      `select c.relname || '.' || a.attname as name
       from pg_attribute a join pg_class c on c.oid = a.attrelid
       where c.relnamespace = 'ringfence'::regnamespace and c.relkind = 'r' and a.attnum > 0 and a.atttypid in ('text'::regtype, 'jsonb'::regtype)
         and coalesce(a.attstattarget, -1) <> 0
         and exists (select from unnest($1::text[]) role where has_column_privilege(role, c.oid, a.attnum, 'select'))`,
      [servingRoles],
    );
    expect(rows.map((row) => row.name).filter((name) => !closedLists.includes(name))).toEqual([]);
  });
});

describe('S15 rows for others', () => {
  test('an audit entry cannot be written, changed, read or left out by whoever is served', async () => {
    for (const session of Object.values(arena.principals)) {
      await login.as(session, async () => {
        for (const statement of [
          'select from ringfence.audit_entries',
          "insert into ringfence.audit_entries (account_id, client_id, actor_kind, action, subject_kind, subject_id) select gen_random_uuid(), gen_random_uuid(), 'OWNER', 'X', 'X', gen_random_uuid()",
          'update ringfence.audit_entries set action = action',
          'delete from ringfence.audit_entries',
          "select fence.write_audit(gen_random_uuid(), 'X', 'X', gen_random_uuid(), null, '{}')",
          'alter table ringfence.clients disable trigger all',
          'set local session_replication_role = replica',
        ]) {
          expect({ statement, outcome: await login.dry(statement) }).toEqual({ statement, outcome: denied });
        }
      });
    }
  });

  test('mail, events and jobs are out of reach of whoever is served', async () => {
    for (const session of Object.values(arena.principals)) {
      await login.as(session, async () => {
        for (const statement of [
          'select from fence.outbox',
          "insert into fence.outbox (account_id, kind, subject_id) select gen_random_uuid(), 'PASSWORD_CHANGED', gen_random_uuid()",
          'update fence.outbox set sent_at = null',
          'select from fence.events',
          "insert into fence.events (account_id, client_id, kind, action, subject_id) select gen_random_uuid(), gen_random_uuid(), 'X', 'X', gen_random_uuid()",
          "select fence.post_mail(gen_random_uuid(), 'PASSWORD_CHANGED', gen_random_uuid())",
          'select fence.queue_mail(gen_random_uuid(), gen_random_uuid())',
          "select graphile_worker.add_job('send_mail', '{}')",
          "select graphile_worker.remove_job('x')",
          "select graphile_worker.force_unlock_workers(array['x'])",
          'select from graphile_worker.jobs',
          'select from graphile_worker._private_jobs',
          'insert into graphile_worker._private_jobs (task_id) values (1)',
          'select from worker.mail(gen_random_uuid())',
          'select worker.mail_sent(gen_random_uuid())',
          "select from worker.events_after('0', 0, 10)",
          'set local role ringfence_worker',
        ]) {
          expect({ statement, outcome: await login.dry(statement) }).toEqual({ statement, outcome: denied });
        }
      });
    }
  });

  test('a change leaves one entry, with the actor of the seal', async () => {
    const session = arena.principals['a scoped member, editing'];
    const { one } = arena.alpha.clients;
    const entries = async () =>
      (
        await arena.owner.query<Record<string, unknown>>(
          'select actor_kind, actor_id, session_id, action, client_id, details from ringfence.audit_entries where subject_id = $1 order by created_at, id',
          [one],
        )
      ).rows;
    const before = (await entries()).length;
    await login.begin(session);
    await login.rows("update ringfence.clients set contact_name = 'Seen' where id = $1", [one]);
    await login.rows('commit');
    expect((await entries()).slice(before)).toEqual([
      {
        actor_kind: 'MEMBER',
        actor_id: session.principalId,
        session_id: session.credential.sessionId,
        action: 'CLIENT_UPDATED',
        client_id: one,
        details: { changed: ['contact_name'] },
      },
    ]);
  });

  test.each([
    [
      "with x as materialized (select set_config('ringfence.identity', '', true)) update ringfence.clients set contact_name = x::text from x where id = $1",
    ],
    [
      "update ringfence.clients set contact_name = set_config('ringfence.identity', '', true) || 'x' where id = $1",
    ],
    [
      "update ringfence.clients set contact_name = set_config('ringfence.seal', '', true) || 'x' where id = $1",
    ],
    [
      "update ringfence.clients set contact_name = set_config('ringfence.identity', overlay(current_setting('ringfence.identity') placing $2 from 43), true) where id = $1",
    ],
  ])('nobody changes a row as nobody or as somebody else: %s', async (statement) => {
    await login.as(arena.principals['a scoped member, editing'], async () => {
      const values = [
        arena.alpha.clients.one,
        ...(statement.includes('$2') ? [arena.principals['the owner'].principalId] : []),
      ];
      expect(await login.dry(statement, values)).toBe(noSession);
    });
  });
});

describe('S16 notifications', () => {
  test('of what others do no channel tells more than that there is something to do', async () => {
    const listener = await LoginConnection.open(arena.database.loginUrl);
    const heard: string[] = [];
    // graphile-worker adds a random number, so that equal notifications of one transaction are not made one.
    listener.client.on('notification', ({ channel, payload = '' }) =>
      heard.push(`${channel} ${payload.replace(/0\.\d+(e-\d+)?/, 'random')}`),
    );
    try {
      const channels = ['ringfence', 'events', 'clients', 'audit', 'jobs', 'ringfence_events', 'proof'];
      for (const channel of channels) await listener.rows(`listen ${channel}`);
      await listener.rows('listen "jobs:insert"');
      await login.begin(arena.principals['the owner']);
      await login.rows(createClient, ['Unheard of']);
      await login.rows("update ringfence.clients set contact_name = 'Unheard' where id = $1", [
        arena.alpha.clients.one,
      ]);
      await login.rows('select ringfence.change_member_password($1, $2)', [
        arena.principals['an administrator'].principalId,
        `$argon2id$v=19$m=19456,t=2,p=1$${'a'.repeat(22)}$${'b'.repeat(43)}`,
      ]);
      await login.rows("notify proof, 'that it listens'");
      await login.rows('commit');
      await listener.rows('select 1');
      expect(heard).toEqual([
        'ringfence_events ',
        'jobs:insert {"r":random,"count":1}',
        'proof that it listens',
      ]);
    } finally {
      await listener.close();
    }
  });
});

/** Gathers statistics as somebody who may. */
async function analyze(): Promise<void> {
  const superuser = new Client({ connectionString: arena.database.adminUrl });
  await superuser.connect();
  try {
    await superuser.query('analyze');
  } finally {
    await superuser.end();
  }
}

/** Removes the rows that the work adds to the other account. */
async function withoutTrace(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    for (const table of ['clients', 'organizations', 'members']) {
      await arena.owner.query(
        `delete from ringfence.${table} where account_id = $1 and name = 'Secret name'`,
        [arena.beta.id],
      );
    }
  }
}
