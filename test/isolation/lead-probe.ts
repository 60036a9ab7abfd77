// Whether the functions that find and write leads, which row security does not narrow, ask for what the policies of leads ask for.
import { principalNames } from './arena';
import { cellOf, conditionFor } from './matrix-cells';
import { describeOutcome, rowsOf, type Probe } from './probes';

const change = "select ringfence.update_lead($1, '{}', null)";
const add = `select problem from ringfence.create_leads($1, '[{"name": "New", "emails": [], "phones": [], "values": []}]')`;
const note = "select ringfence.add_lead_note($1, 'Note')";

/** What becomes of writing something of a lead that is seen. */
const usable = `case when c.status in ('ARCHIVED', 'DELETING') or l.status = 'ARCHIVED' then 'RF004' else 'done' end`;

/** Everybody finds what they see, and writes of what they see, and of nothing else. */
export const leadDifferences: Probe = async (arena, who = principalNames) => {
  const differences: string[] = [];
  for (const name of who) {
    const session = arena.principals[name];
    if (session.role === 'ringfence_portal') continue;
    const seen = conditionFor(cellOf('ringfence.leads', session.role, 'select') ?? 'false', session);
    const leads = await rowsOf(
      arena,
      `select d.id, d.list_id, ${usable} as outcome, d.id in (select id from ringfence.leads where ${seen}) as seen
       from ringfence.leads d join ringfence.lists l on l.id = d.list_id join ringfence.clients c on c.id = d.client_id order by d.id desc`,
    );
    const holds = session.permissions.includes('ACCESS_CRM');
    await arena.login.as(session, async () => {
      const [found] = await arena.login.rows("select ringfence.search_leads('lea lead', null) as ids");
      const expected = leads.filter((lead) => lead.seen).map(({ id }) => id);
      if (JSON.stringify(found?.ids) !== JSON.stringify(expected))
        differences.push(`${name}: finds ${JSON.stringify(found?.ids)}`);
      for (const lead of leads) {
        const within = await arena.login.rows("select ringfence.search_leads('lead', $1) as ids", [
          lead.list_id,
        ]);
        if (JSON.stringify(within[0]?.ids) !== JSON.stringify(lead.seen ? [lead.id] : []))
          differences.push(
            `${name}: finds ${JSON.stringify(within[0]?.ids)} on list ${String(lead.list_id)}`,
          );
        const hidden = holds ? ['RF006', 'RF003'] : ['RF003'];
        for (const [statement, id] of [
          [change, lead.id],
          [note, lead.id],
          [add, lead.list_id],
        ] as const) {
          const outcome = await arena.login.dry(statement, [id]);
          const became = typeof outcome === 'string' ? outcome : 'done';
          const allowed = lead.seen
            ? [String(lead.outcome)]
            : statement === add
              ? hidden
              : hidden.slice(0, 1);
          if (!allowed.includes(became))
            differences.push(`${name}: ${statement} ${String(id)}: ${describeOutcome(outcome)}`);
        }
      }
    });
  }
  return differences;
};
