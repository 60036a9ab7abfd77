// Whether the functions that find and write leads, which row security does not narrow, ask for what the policies of leads ask for.
import { principalNames } from './arena';
import { cellOf, conditionFor } from './matrix-cells';
import { describeOutcome, rowsOf, type Probe } from './probes';

const change = "select ringfence.update_lead($1, '{}', null)";
const add = `select problem from ringfence.create_leads($1, '[{"name": "New", "emails": [], "phones": [], "values": []}]')`;
const remove = 'select ringfence.delete_lead($1, null)';
const note = "select ringfence.add_lead_note($1, 'Note')";

const changeMany = `select problem from ringfence.update_leads(jsonb_build_array(jsonb_build_object('id', $1::uuid, 'changes', '{}'::jsonb)))`;
const merge = 'select ringfence.merge_leads($1, array[$2::uuid], null)';
/** Merging a lead with itself is refused for what it is, where the lead is seen. */
const itself = '23514';

/** What becomes of writing something of a lead that is seen. */
const usable = `case when c.status in ('ARCHIVED', 'DELETING') or l.status <> 'ACTIVE' then 'RF004' else 'done' end`;

/** Everybody finds what they see, and writes of what they see, and of nothing else. */
export const leadDifferences: Probe = async (arena, who = principalNames) => {
  const differences: string[] = [];
  for (const name of who) {
    const session = arena.principals[name];
    if (session.role === 'ringfence_portal') continue;
    const seen = conditionFor(cellOf('ringfence.leads', session.role, 'select') ?? 'false', session);
    const listSeen = conditionFor(cellOf('ringfence.lists', session.role, 'select') ?? 'false', session);
    const leads = await rowsOf(
      arena,
      `select d.id, d.list_id, ${usable} as outcome, d.id in (select id from ringfence.leads where ${seen}) as seen,
         l.status in ('MOVING', 'DELETING') and l.id in (select id from ringfence.lists where ${listSeen}) as changing,
         d.id in (select h.lead_id from ringfence.lead_holds h join ringfence.clients b on b.id = h.client_id and b.blind_mode = 'ON'
           where h.holder_id in ($1, (select t.member_id from ringfence.access_tokens t where t.id = $1))) as held,
         d.id in (select h.lead_id from ringfence.lead_holds h where h.held_until > now()
           and h.holder_id <> coalesce((select t.member_id from ringfence.access_tokens t where t.id = $1), $1)) as taken
       from ringfence.leads d join ringfence.lists l on l.id = d.list_id join ringfence.clients c on c.id = d.client_id order by d.id desc`,
      [session.principalId],
    );
    // What is held in blind mode is written, but neither found, nor merged, nor added to.
    const listed = leads.filter((lead) => lead.seen && !lead.held);
    const holds = session.permissions.includes('ACCESS_CRM');
    const manages = session.permissions.includes('MANAGE_LISTS');
    await arena.login.as(session, async () => {
      const [found] = await arena.login.rows("select ringfence.search_leads('lea lead', null, null) as ids");
      const expected = listed.map(({ id }) => id);
      if (JSON.stringify(found?.ids) !== JSON.stringify(expected))
        differences.push(`${name}: finds ${JSON.stringify(found?.ids)}`);
      for (const lead of leads) {
        const within = await arena.login.rows("select ringfence.search_leads('lead', null, $1) as ids", [
          lead.list_id,
        ]);
        const ofList = listed.filter(({ list_id }) => list_id === lead.list_id).map(({ id }) => id);
        if (JSON.stringify(within[0]?.ids) !== JSON.stringify(ofList))
          differences.push(
            `${name}: finds ${JSON.stringify(within[0]?.ids)} on list ${String(lead.list_id)}`,
          );
        const many = await arena.login.dry(changeMany, [lead.id]);
        const problem = typeof many === 'string' ? many : many[0]?.problem;
        const merged = [
          await arena.login.dry(merge, [lead.id, lead.id]),
          await arena.login.dry(merge, [expected[0] ?? lead.id, lead.id]),
          await arena.login.dry(merge, [lead.id, expected[0] ?? lead.id]),
        ];
        const refused = holds ? 'RF006' : 'RF003';
        const edited = problem !== 'ABSENT id';
        const unmerged = merged.every((outcome) => outcome === refused);
        const fits = lead.seen
          ? edited && (lead.held ? unmerged : merged[0] === itself && !merged.includes('RF006'))
          : problem === (holds ? 'ABSENT id' : refused) && unmerged;
        if (!fits)
          differences.push(
            `${name}: edits or merges ${String(lead.id)}: ${String(problem)} ${merged.map(describeOutcome).join(' ')}`,
          );
        const removed = await arena.login.dry(remove, [lead.id]);
        const removes = !lead.seen
          ? refused
          : lead.outcome !== 'done'
            ? lead.outcome
            : !manages
              ? 'RF003'
              : lead.held
                ? 'RF006'
                : lead.taken
                  ? 'RF004'
                  : 'done';
        if ((typeof removed === 'string' ? removed : 'done') !== removes)
          differences.push(`${name}: deletes ${String(lead.id)}: ${describeOutcome(removed)}`);
        const hidden = holds ? ['RF006', 'RF003'] : ['RF003'];
        for (const [statement, id] of [
          [change, lead.id],
          [note, lead.id],
          [add, lead.list_id],
        ] as const) {
          const outcome = await arena.login.dry(statement, [id]);
          const became = typeof outcome === 'string' ? outcome : 'done';
          const allowed =
            (lead.seen && !(lead.held && statement === add)) || (statement === add && holds && lead.changing)
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
