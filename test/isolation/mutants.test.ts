// Broken on purpose: a suite that stays green over a broken fence proves nothing. Each mutant opens the fence in one
// place, on a copy of its own, and the probes that the other suites expect nothing of must find it.
import type { Client } from 'pg';
import { servingRoles } from '../../db/policies/matrix';
import { copyOfArena, createArena, type Arena, type PrincipalName } from './arena';
import { clientPartsMutants } from './client-parts-mutants';
import { leadMutants } from './lead-mutants';
import { listMoveMutants } from './list-move-mutants';
import { cellOf, tableNames } from './matrix-cells';
import { edit, probes, sql, type Mutant, type ProbeName } from './mutating';
import { outreachMutants } from './outreach-mutants';
import { planMutants } from './plan-mutants';
import { otherRoleDifferences, readingDifferences } from './probes';

let arena: Arena;

beforeAll(async () => {
  arena = await createArena();
  await arena.disconnect();
});
afterAll(() => arena.database.drop());

/** One of each kind is enough to notice; those who change have the permission to. */
const witnesses: PrincipalName[] = [
  'an administrator',
  'a member with all clients, viewing',
  'a scoped member, viewing',
  'a scoped member, editing',
  'a member with all clients, nothing',
  'a scoped member, nothing',
  'a token for all clients of the account',
  'a token for all clients, viewing',
  'a token for all clients, editing blindly',
  'a token for some clients, viewing',
  'a token for some clients, editing blindly',
  'a token that was given more than its member has',
  'a member with all clients, everything',
  'a scoped member with some agents',
  'a token of a member with some agents',
  'a token that kept some agents',
  'a portal user bound to an agent',
  'a member with all clients, working with leads',
  'a scoped member, working with leads',
  'a scoped member, managing lists',
  'a member without clients who is named on a list',
  'a token of a member who works with leads',
  'a token of a member without clients',
  'a token that came from a member who was named',
];
/** For becoming another role, which takes longer: one of each kind that could gain something. */
const ambitious: PrincipalName[] = [
  'a member with all clients, viewing',
  'a scoped member, viewing',
  'a token for all clients, viewing',
  'a token for some clients, viewing',
];

async function expectNoticed(mutate: (client: Client) => Promise<unknown>, by: ProbeName): Promise<void> {
  const mutant = await copyOfArena(arena, mutate);
  try {
    const asked = by === 'becoming another role' ? ambitious : witnesses;
    let found: string[] = [];
    // One who notices is enough, and notices the next mutant too, often.
    for (const name of [...asked]) {
      found = await probes[by](mutant, [name]);
      if (found.length === 0) continue;
      asked.splice(asked.indexOf(name), 1);
      asked.unshift(name);
      break;
    }
    expect(found).not.toEqual([]);
  } finally {
    await mutant.close();
  }
}

test('without a mutation no probe finds anything', async () => {
  const copy = await copyOfArena(arena, () => Promise.resolve());
  try {
    for (const [name, probe] of Object.entries(probes)) {
      expect({ name, found: await probe(copy, witnesses) }).toEqual({ name, found: [] });
    }
  } finally {
    await copy.close();
  }
  // All of them one after the other.
}, 180_000);

const simpleKey = (table: string, name: string, column: string, parent: string) =>
  sql(
    `alter table ringfence.${parent} add constraint ${parent}_simple_key unique (id)`,
    `alter table ringfence.${table} drop constraint ${name}`,
    `alter table ringfence.${table} add constraint ${name} foreign key (${column}) references ringfence.${parent} (id) on delete set null`,
  );
const withoutKind = (name: string) => async (client: Client) => {
  await edit(
    `ringfence.${name}()`,
    /case when substr\(identity, 6, 1\) (=|in) .* then (.*) end;/,
    '$2;',
  )(client);
  await edit(`ringfence.${name}_with(text)`, /substr\(identity, 6, 1\) (=|in) .*/, 'true')(client);
};
/** For policies that ask for the account together with a permission. */
const withoutPermission = (name: string) =>
  edit(`ringfence.${name}_with(text)`, /and position\(.*? > 0/s, '');

describe('the fence around clients is noticed to be open to', () => {
  const mutants: Mutant[] = [
    [
      'everybody, without row security',
      'reading',
      sql('alter table ringfence.clients disable row level security'),
    ],
    [
      'everybody who writes, without row security',
      'updating',
      sql('alter table ringfence.clients disable row level security'),
    ],
    [
      'its owner, without FORCE',
      'the gate',
      sql('alter table ringfence.clients no force row level security'),
    ],
    [
      'scoped members, with using (true)',
      'reading',
      sql('alter policy member on ringfence.clients using (true)'),
    ],
    [
      'members with all clients, with using (true)',
      'reading',
      sql('alter policy member_all on ringfence.clients using (true)'),
    ],
    [
      'administrators, with using (true)',
      'reading',
      sql('alter policy admin on ringfence.clients using (true)'),
    ],
    [
      'an added policy',
      'reading',
      sql('create policy another on ringfence.clients for select to ringfence_member using (true)'),
    ],
    [
      'scoped members who update, with using (true)',
      'updating blindly',
      sql('alter policy member_update on ringfence.clients using (true)'),
    ],
    [
      'administrators who update, with using (true)',
      'updating blindly',
      sql('alter policy admin_update on ringfence.clients using (true)'),
    ],
    [
      'hidden organizations, with check (true)',
      'naming a hidden organization',
      sql('alter policy member_update on ringfence.clients with check (true)'),
    ],
    ['nobody, with a policy dropped', 'reading', sql('drop policy member on ringfence.clients')],
    [
      'nobody who writes, with a policy dropped',
      'updating',
      sql('drop policy member_update on ringfence.clients'),
    ],
    [
      'organizations of other accounts, with a simple foreign key',
      'naming a foreign row',
      simpleKey('clients', 'clients_organization_id_fkey', 'organization_id', 'organizations'),
    ],
    [
      'members of other accounts, with a simple foreign key',
      'naming a foreign row',
      simpleKey('clients', 'clients_account_manager_id_fkey', 'account_manager_id', 'members'),
    ],
    [
      'a foreign account, with an insert policy with check (true)',
      'inserting',
      sql('alter policy admin_insert on ringfence.organizations with check (true)'),
    ],
    [
      'inserts, with a right too many',
      'inserting',
      sql('grant insert on ringfence.clients to ringfence_member'),
    ],
    [
      'deletes, with a right too many',
      'the gate',
      sql('grant delete on ringfence.clients to ringfence_member'),
    ],
    [
      'forged identities, without the check of the seal',
      'forging an identity',
      edit('fence.identity()', /and fence\.seal\(.*?, true\)/s, ''),
    ],
    [
      'forged identities, with a seal over half of the identity',
      'forging an identity',
      edit('fence.seal(text, bytea, bytea)', 'identity ||', 'left(identity, 78) ||'),
    ],
    [
      'members who become administrators, without the check of the kind',
      'becoming another role',
      withoutKind('admin_account_id'),
    ],
    [
      'scoped members who become ones with all clients, without the check of the kind',
      'becoming another role',
      withoutKind('member_all_account_id'),
    ],
    [
      'members with all clients who become scoped ones, without the check of the kind',
      'becoming another role',
      withoutKind('member_account_id'),
    ],
    [
      'members with all clients who may not view them, without the check of the permission',
      'reading',
      withoutPermission('member_all_account_id'),
    ],
    [
      'scoped members who may not view clients, without the check of the permission',
      'reading',
      withoutPermission('member_account_id'),
    ],
    [
      'organizations without a client of theirs, for who names one',
      'asking for a set',
      edit(
        'fence.reaches_organization(text,uuid)',
        /and views_clients and exists \(.*?\)\)/s,
        'and views_clients)',
      ),
    ],
    [
      'organizations, for who names one and does not view clients',
      'asking for a set',
      edit('fence.reaches_organization(text,uuid)', "(kind = 'M' and views_clients", "(kind = 'M'"),
    ],
    [
      'a set left from an earlier scope, without the check of the kind',
      'asking for a set',
      edit('ringfence.member_client_ids()', /if substr.*?end if;/s, ''),
    ],
    [
      'clients left from an earlier scope, without both checks of the kind',
      'becoming another role',
      async (client) => {
        await edit('ringfence.member_client_ids()', /if substr.*?end if;/s, '')(client);
        await withoutKind('member_account_id')(client);
      },
    ],
    [
      'tokens for all clients, with using (true)',
      'reading',
      sql('alter policy partner_all on ringfence.clients using (true)'),
    ],
    [
      'tokens for some clients, with using (true)',
      'reading',
      sql('alter policy partner on ringfence.clients using (true)'),
    ],
    [
      'tokens for some clients that update, with using (true)',
      'updating blindly',
      sql('alter policy partner_update on ringfence.clients using (true) with check (true)'),
    ],
    [
      'tokens for all clients that may not view them, without the check of the permission',
      'reading',
      withoutPermission('partner_all_account_id'),
    ],
    [
      'tokens for some clients that may not view them, without the check of the permission',
      'reading',
      withoutPermission('partner_account_id'),
    ],
    [
      'others who become tokens for all clients, without the check of the kind',
      'becoming another role',
      withoutKind('partner_all_account_id'),
    ],
    [
      'tokens for all clients that become ones for some, without the checks of the kind',
      'becoming another role',
      async (client) => {
        await edit('fence.partner_clients(text)', /if substr.*?end if;/s, '')(client);
        await withoutKind('partner_account_id')(client);
      },
    ],
    [
      'a set of a token for all clients, without the check of the kind',
      'asking for a set',
      edit('fence.partner_clients(text)', /if substr.*?end if;/s, ''),
    ],
    [
      'what a token was given and its member does not hold',
      'updating',
      edit('fence.access_token_permissions(uuid,uuid)', 'held is null or', 'true or'),
    ],
    [
      'clients of a token that its member does not reach',
      'reading',
      edit('fence.partner_clients(text)', 'not scoped or', 'true or'),
    ],
    [
      'an organization that a token does not see',
      'naming a hidden organization',
      sql('alter policy partner_update on ringfence.clients with check (true)'),
    ],
    [
      'agents that are not assigned, without the check of the stay',
      'an agent that is not seen',
      edit('fence.reaches_stay(text,uuid,uuid)', /\s+and \(fence\.sees_all_agents.*?\);/s, ';'),
    ],
    [
      'clients where nothing may be written, without the check of their state',
      'an agent that is not seen',
      edit('fence.lock_client(text,uuid,text)', /perform fence\.require_usable\(present\);/, ''),
    ],
    [
      'agents of clients that are not reached, without the check of the target',
      'an agent that is not seen',
      async (client) => {
        await edit(
          'fence.lock_clients(text,uuid,uuid)',
          /if not fence\.reaches_client.*?end if;/s,
          '',
        )(client);
        await edit(
          'fence.lock_client(text,uuid,text)',
          /or not fence\.reaches_client\(authority, client\)/,
          '',
        )(client);
      },
    ],
    [
      'agents of a transferred token, with what its new member sees',
      'reading',
      edit('fence.assigned_stays_of_token(uuid,uuid)', /if present\.all_agents then/, 'if true then'),
    ],
    [
      'agents that the member of a narrowed token does not see',
      'reading',
      edit('fence.assigned_stays_of_token(uuid,uuid)', 'not narrowed or', 'true or'),
    ],
    [
      'what is reported of agents of hidden clients',
      'filing what agents did',
      edit('fence.reached_stays(text,uuid[])', '(kind in', '(true or kind in'),
    ],
    [
      'what is reported of hidden agents',
      'filing what agents did',
      edit('fence.reached_stays(text,uuid[])', '(all_agents or', '(true or'),
    ],
    [
      'calls of another time',
      'filing what agents did',
      // The wrong one alone: of two that fit, chance might choose the right one.
      edit('ringfence.record_calls(jsonb)', "< coalesce(s.ended_at, 'infinity')", '>= s.ended_at'),
    ],
    [
      'conversations of another time',
      'filing what agents did',
      edit(
        'ringfence.record_messages(jsonb)',
        "least(t.at, moment) >= coalesce(s.started_at, '-infinity')",
        'least(t.at, moment) < s.started_at',
      ),
    ],
    [
      'conversations that begin with what is rejected',
      'filing what agents did',
      edit(
        'ringfence.record_messages(jsonb)',
        'a.error is null and a.known_id is null',
        'a.fault is null and a.known_id is null',
      ),
    ],
    [
      'who may not report',
      'filing what agents did',
      edit(
        'ringfence.record_calls(jsonb)',
        "perform fence.require_permission(identity, 'RECORD_ACTIVITY');",
        '',
      ),
    ],
    ...outreachMutants,
    ...leadMutants,
    ...listMoveMutants,
    ...clientPartsMutants,
    ...planMutants,
    [
      'what a snapshot remembers, without the check of the isolation level',
      'an old snapshot',
      edit('fence.require_what_is_committed()', /if current_setting.*?end if;/s, ''),
    ],
  ];

  test.each(mutants)('%s (%s)', async (_, by, mutate) => {
    await expectNoticed(mutate, by);
  });
});

describe('the fence around every table that somebody reads is noticed', () => {
  const readable = tableNames.filter((table) =>
    servingRoles.some((role) => cellOf(table, role, 'select') !== null),
  );
  const policies = async (client: Client, change: (policy: string, table: string) => string) => {
    const { rows } = await client.query<{ name: string; on: string }>(
      `select polname as name, polrelid::regclass::text as on from pg_policy
       where polrelid = any ($1::regclass[]) and polcmd = 'r' and polroles <> array['ringfence_definer'::regrole::oid]`,
      [readable],
    );
    for (const { name, on } of rows) await client.query(change(name, on));
  };

  test.each<[what: string, mutate: (client: Client) => Promise<unknown>]>([
    [
      'to be open without row security',
      sql(...readable.map((table) => `alter table ${table} disable row level security`)),
    ],
    [
      'to be open with using (true)',
      (client) => policies(client, (name, table) => `alter policy ${name} on ${table} using (true)`),
    ],
    [
      'to be closed with its policies dropped',
      (client) => policies(client, (name, table) => `drop policy ${name} on ${table}`),
    ],
  ])('%s, table by table', async (_, mutate) => {
    const mutant = await copyOfArena(arena, mutate);
    try {
      const found = [
        ...(await readingDifferences(mutant, witnesses)),
        // Administrators read every plan anyway: that others do is seen by those who become one.
        ...(await otherRoleDifferences(mutant, ambitious)),
      ];
      const unnoticed = readable.filter(
        (table) => !found.some((difference) => new RegExp(`${table}(:|$)`).test(difference)),
      );
      expect(unnoticed).toEqual([]);
    } finally {
      await mutant.close();
    }
  });
});
