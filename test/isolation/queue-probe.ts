// Whether the queue gives leads to those alone who work on its list, and whether what is held is told to whoever holds it.
import { principalNames, type Arena } from './arena';
import { cellOf, conditionFor } from './matrix-cells';
import { describeOutcome, rowsOf, type Probe } from './probes';
import type { Session } from './sessions';

/** The lead that a principal holds, as the matrix says; null: none. */
async function heldLead(arena: Arena, session: Session): Promise<string | null> {
  if (session.role === 'ringfence_admin') return null;
  const cell = cellOf('ringfence.lead_holds', session.role, 'select') ?? 'false';
  const rows = await rowsOf(
    arena,
    `select lead_id from ringfence.lead_holds where ${conditionFor(cell, session)}`,
  );
  return rows[0] === undefined ? null : String(rows[0].lead_id);
}

/** The functions that policies ask name the lead that is held to its holder, whatever role asks them. */
export const heldLeadDifferences: Probe = async (arena, who = principalNames) => {
  const differences: string[] = [];
  for (const name of who) {
    const session = arena.principals[name];
    const held = await heldLead(arena, session);
    for (const [kind, roles] of [
      ['member', ['ringfence_admin', 'ringfence_member_all', 'ringfence_member']],
      ['partner', ['ringfence_partner_all', 'ringfence_partner']],
    ] as const)
      for (const role of roles) {
        const ask = () => arena.login.rows(`select ringfence.${kind}_held_lead_id() as id`);
        const [answer] = await arena.login.as(session, ask, { role });
        if (answer?.id !== (session.role.includes(kind) ? held : null))
          differences.push(`${name} as ${role}: ${String(answer?.id)}`);
      }
  }
  return differences;
};

const next = 'select lead_id from ringfence.next_lead($1)';
const release = 'select ringfence.release_lead($1)';
const record = 'select ringfence.record_disposition($1, $2, null, null)';
const work = 'select list_id from ringfence.list_work($1) order by 1';

/** Everybody is given leads of the lists that they work on, that nobody else holds, and gives back what they hold. */
export const queueDifferences: Probe = async (arena, who = principalNames) => {
  const differences: string[] = [];
  const holds = await rowsOf(
    arena,
    'select lead_id, list_id, account_id, holder_id, held_until > now() as lasts from ringfence.lead_holds',
  );
  for (const name of who) {
    const session = arena.principals[name];
    const { role, accountId, principalId, permissions } = session;
    if (role === 'ringfence_portal') continue;
    const worksWithLeads = permissions.includes('ACCESS_CRM');
    const cell = cellOf('ringfence.lists', role, 'select') ?? 'false';
    const sees = conditionFor(cell, session);
    const works = conditionFor(
      role === 'ringfence_admin' ? cell : cell.replaceAll("held('MANAGE_LISTS')", 'false'),
      session,
    );
    const lists = await rowsOf(
      arena,
      `select l.id, case when l.id not in (select id from ringfence.lists where ${sees}) then 'RF006'
         when c.status in ('ARCHIVED', 'DELETING') or l.status <> 'ACTIVE' then 'RF004'
         when l.id not in (select id from ringfence.lists where ${works}) then 'RF003' else 'done' end as outcome
       from ringfence.lists l join ringfence.clients c on c.id = l.client_id`,
    );
    const [token] = await rowsOf(arena, 'select member_id from ringfence.access_tokens where id = $1', [
      principalId,
    ]);
    const holder = token?.member_id ?? principalId;
    const seen = conditionFor(cellOf('ringfence.leads', role, 'select') ?? 'false', session);
    const leads = await rowsOf(
      arena,
      `select d.id, d.list_id, (select min(i.id::text) from ringfence.list_dispositions i where i.list_id = d.list_id) as disposition,
         case when d.id not in (select id from ringfence.leads where ${seen}) then 'RF006'
           when c.status in ('ARCHIVED', 'DELETING') or l.status <> 'ACTIVE'
             or d.id in (select lead_id from ringfence.lead_holds where held_until > now() and holder_id <> $1) then 'RF004'
           else 'done' end as outcome
       from ringfence.leads d join ringfence.lists l on l.id = d.list_id join ringfence.clients c on c.id = l.client_id`,
      [holder],
    );
    const lasting = holds.filter(({ lasts }) => lasts);
    const own = await heldLead(arena, session);
    const listed = await rowsOf(
      arena,
      `select id, list_id from ringfence.leads where ${seen} and (id = $1 and client_id in (select id from ringfence.clients where blind_mode = 'ON')) is not true`,
      [own],
    );
    await arena.login.as(session, async () => {
      for (const { id, outcome } of lists) {
        const given = await arena.login.dry(next, [id]);
        const expected = worksWithLeads ? String(outcome) : 'RF003';
        const became = typeof given === 'string' ? given : 'done';
        if (became !== expected)
          differences.push(`${name}: list ${String(id)}, ${String(outcome)}: ${describeOutcome(given)}`);
        if (typeof given === 'string') continue;
        const free = leads.filter(
          (lead) => lead.list_id === id && !lasting.some(({ lead_id }) => lead_id === lead.id),
        );
        const possible = own === null ? free.map((lead) => lead.id) : [own];
        const leadId = given[0]?.lead_id;
        if (possible.length === 0 ? leadId !== undefined : !possible.includes(leadId))
          differences.push(`${name}: is given ${String(leadId)} of list ${String(id)}`);
      }
      for (const { id, disposition, outcome } of leads) {
        const recorded = await arena.login.dry(record, [id, disposition]);
        const expected = worksWithLeads ? outcome : 'RF003';
        if ((typeof recorded === 'string' ? recorded : 'done') !== expected)
          differences.push(`${name}: ends a call with ${String(id)}: ${describeOutcome(recorded)}`);
      }
      const told = await arena.login.rows(work, [lists.map(({ id }) => id)]);
      const counted = [...new Set(listed.map(({ list_id }) => String(list_id)))].sort();
      if (JSON.stringify(told.map(({ list_id }) => list_id)) !== JSON.stringify(counted))
        differences.push(`${name}: is told of work on ${JSON.stringify(told)}`);
      const mine = await arena.login.dry('select ringfence.own_held_lead_id() as id');
      if (
        typeof mine === 'string' ? mine !== 'RF003' || worksWithLeads : !worksWithLeads || mine[0]?.id !== own
      )
        differences.push(`${name}: holds ${JSON.stringify(mine)}`);
      for (const { lead_id, account_id, holder_id, lasts } of holds) {
        const mine = role === 'ringfence_admin' || (holder_id === holder && lead_id === own);
        const expected = !worksWithLeads
          ? 'RF003'
          : lasts === true && account_id === accountId && mine
            ? 'done'
            : 'RF006';
        const outcome = await arena.login.dry(release, [lead_id]);
        if ((typeof outcome === 'string' ? outcome : 'done') !== expected)
          differences.push(`${name}: gives back ${String(lead_id)}: ${describeOutcome(outcome)}`);
      }
    });
  }
  return differences;
};
