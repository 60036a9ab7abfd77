// Whether the sets of lists and of clients in blind mode are what they should be, for policies and for definer functions alike.
import { isDeepStrictEqual } from 'node:util';
import { principalNames, type Arena } from './arena';
import { cellOf, conditionFor } from './matrix-cells';
import { rowsOf, type Probe } from './probes';
import type { Session } from './sessions';

const sets = [
  'list_client_ids',
  'hidden_list_ids',
  'unseen_list_ids',
  'blind_client_ids',
  'lead_client_ids',
] as const;

/** What of a set is asked as a column, in an order of its own. */
const sorted = (who: string, set: string) =>
  `(select array_agg(x order by x) from unnest(coalesce(ringfence.${who}_${set}(), '{null}')) x) as ${set}`;

interface Expected {
  /** The clients within reach whose lists may be seen, with the house. */
  clients: string[];
  /** Lists that are seen by somebody who manages lists, or who does not. */
  managed: string[];
  open: string[];
  /** Lists whose leads are on their way, from or to one of these clients; empty for administrators. */
  changing: string[];
  /** Clients in blind mode; empty where nobody's name narrows. */
  blind: string[];
}

const inSet = `c.id in (select s.client_id from ringfence.client_assignments s where s.account_id = $1 and s.member_id = $2)`;

async function expectedFor(arena: Arena, session: Session): Promise<Expected> {
  const { accountId, principalId, role } = session;
  const cell = cellOf('ringfence.lists', role, 'select') ?? 'false';
  const lists = async (managing: boolean) => {
    const condition = conditionFor(
      cell.replaceAll("held('ACCESS_CRM')", 'true').replaceAll("held('MANAGE_LISTS')", String(managing)),
      session,
    );
    const rows = await rowsOf(arena, `select id from ringfence.lists where ${condition} order by 1`);
    return rows.map(({ id }) => String(id));
  };
  const reached = conditionFor(cellOf('ringfence.clients', role, 'select') ?? 'false', {
    ...session,
    permissions: ['VIEW_CLIENTS'],
  });
  const [row] = await rowsOf(
    arena,
    `select array(
         select c.id from ringfence.clients c
         where c.account_id = $1 and case when $3 in ('ringfence_admin', 'ringfence_member_all', 'ringfence_partner_all') then true
           when c.is_house then exists (
             select from ringfence.list_members n
             left join ringfence.access_tokens t on t.account_id = n.account_id and t.id = $2 and t.all_lists and t.all_clients
             where n.account_id = $1 and n.client_id = c.id and n.member_id in ($2, t.member_id)
               and not exists (select from ringfence.client_assignments s where s.account_id = $1 and s.member_id = n.member_id))
           when $3 = 'ringfence_member' then ${inSet}
           else c.id in (select id from ringfence.clients where ${reached}) end
         order by 1) as clients,
       array(select c.id from ringfence.clients c join ringfence.accounts a on a.id = c.account_id
             where a.id = $1 and (c.blind_mode = 'ON' or (c.blind_mode = 'INHERIT' and a.blind_mode)) order by 1) as blind,
       exists (select from ringfence.access_tokens t
               left join ringfence.member_access m on m.account_id = t.account_id and m.member_id = t.member_id
               where t.id = $2 and t.all_lists and (m is null or m.role <> 'MEMBER')) as free`,
    [accountId, principalId, role],
  );
  const clients = row?.clients as string[];
  const changing = await rowsOf(
    arena,
    `select distinct l.id from ringfence.lists l join fence.list_places p on p.list_id = l.id
     where l.account_id = $1 and l.status in ('MOVING', 'DELETING') and p.client_id = any ($2)`,
    [accountId, clients],
  );
  return {
    clients,
    managed: await lists(true),
    open: await lists(false),
    changing: role === 'ringfence_admin' ? [] : changing.map(({ id }) => String(id)),
    blind: row?.free === true ? [] : (row?.blind as string[]).filter((id) => clients.includes(id)),
  };
}

/** Every set, and what definer functions ask, for every principal; with the account's blind mode off, and on. */
export const listSetDifferences: Probe = async (arena, who = principalNames) => {
  const off = await differencesOfSets(arena, who);
  await arena.owner.query('update ringfence.accounts set blind_mode = true');
  try {
    return [...off, ...(await differencesOfSets(arena, who))];
  } finally {
    await arena.owner.query('update ringfence.accounts set blind_mode = false');
  }
};

const differencesOfSets: Probe = async (arena, who = principalNames) => {
  const differences: string[] = [];
  for (const name of who) {
    const session = arena.principals[name];
    const { accountId, permissions, role } = session;
    const expected = await expectedFor(arena, session);
    const lists = await rowsOf(
      arena,
      'select id, client_id from ringfence.lists where account_id = $1 order by 1',
      [accountId],
    );
    const within = lists.filter(({ client_id }) => expected.clients.includes(String(client_id)));
    const without = (seen: string[]) => within.map(({ id }) => String(id)).filter((id) => !seen.includes(id));
    const manages = permissions.includes('MANAGE_LISTS');
    const seen = manages ? expected.managed : expected.open;
    const none = [null];
    const kind = /member/.test(role) ? 'member' : /partner/.test(role) ? 'partner' : null;
    const asked = /^ringfence_(member|partner)$/.test(role) ? expected.clients : [];
    const answered = {
      list_client_ids: nothingAsNull(asked),
      hidden_list_ids: nothingAsNull([...new Set([...without(expected.open), ...expected.changing])].sort()),
      unseen_list_ids: nothingAsNull(without(seen)),
      blind_client_ids: nothingAsNull(expected.blind),
      lead_client_ids: nothingAsNull(asked.filter((id) => !expected.blind.includes(id))),
    };
    const ofNobody = {
      list_client_ids: null,
      hidden_list_ids: none,
      unseen_list_ids: none,
      blind_client_ids: none,
      lead_client_ids: null,
    };
    for (const [asking, roles] of [
      ['member', ['ringfence_admin', 'ringfence_member_all', 'ringfence_member']],
      ['partner', ['ringfence_partner_all', 'ringfence_partner']],
    ] as const) {
      for (const as of roles) {
        const columns = sets.map((set) => sorted(asking, set)).join(', ');
        const [answers] = await arena.login.as(session, () => arena.login.rows(`select ${columns}`), {
          role: as,
        });
        if (!isDeepStrictEqual(answers, asking === kind ? answered : ofNobody))
          differences.push(`${name} as ${as}: ${JSON.stringify(answers)}`);
      }
    }
    differences.push(
      ...(await functionDifferences(arena, session, expected, seen)).map((it) => `${name}: ${it}`),
    );
  }
  return differences;
};

const nothingAsNull = (ids: string[]) => (ids.length === 0 ? null : ids);

/** What functions that row security does not narrow are told of every list of every account. */
async function functionDifferences(
  { login, owner, principals }: Arena,
  session: Session,
  { open, blind, changing }: Expected,
  seen: string[],
): Promise<string[]> {
  const identity = await login.as(session, async () =>
    (await login.rows("select current_setting('ringfence.identity') as identity")).map((row) => row.identity),
  );
  await owner.query('reset role; set role ringfence_definer');
  const { rows } = await owner.query<{ id: string; client_id: string; reached: boolean; read: boolean }>(
    `select l.id, l.client_id, fence.reaches_list($1, l.id) as reached, fence.reads_leads_of($1, l.client_id, l.id) as read
     from ringfence.lists l`,
    identity,
  );
  await owner.query('reset role; set role ringfence_owner');
  const holds = (permission: string) => session.permissions.includes(permission);
  const exempt = session.role === 'ringfence_admin' || session === principals['the owner'];
  return rows.flatMap(({ id, client_id, reached, read }) => {
    const reaches = (holds('ACCESS_CRM') || holds('MANAGE_LISTS')) && seen.includes(id);
    const reads =
      holds('ACCESS_CRM') &&
      open.includes(id) &&
      !changing.includes(id) &&
      (exempt || !blind.includes(client_id));
    return [
      ...(reached === reaches ? [] : [`${reached ? 'reaches' : 'does not reach'} list ${id}`]),
      ...(read === reads ? [] : [`${read ? 'reads' : 'does not read'} leads of list ${id}`]),
    ];
  });
}
