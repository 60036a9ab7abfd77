// Whether the functions that write segments and campaigns, which row security does not narrow, ask for what the policies ask for.
import { principalNames, type PrincipalName } from './arena';
import { cellOf, conditionFor } from './matrix-cells';
import { describeOutcome, nobodys, rowsOf, type Probe } from './probes';

/** What becomes of writing something of a list that is seen. */
const usable = `case when c.status in ('ARCHIVED', 'DELETING') or l.status <> 'ACTIVE' then 'RF004' else 'done' end`;

const became = (outcome: string | object) => (typeof outcome === 'string' ? outcome : 'done');

const writes: Record<string, string[]> = {
  segments: [
    `select ringfence.update_segment($1, '{"name": "X"}', null)`,
    // Campaigns may be about it: it stays shared, and is not deleted.
    `select ringfence.update_segment($1, '{"filter": {}, "shared": null}', null)`,
  ],
  campaigns: [
    `select ringfence.update_campaign($1, '{"name": "X", "memberIds": []}', null)`,
    "select ringfence.change_campaign_state($1, 'START', null)",
    'select ringfence.delete_campaign($1, null)',
  ],
};
const creating = [
  "select ringfence.create_segment($1, 'New', true, '{}')",
  `select ringfence.create_campaign($1, '{"name": "New"}')`,
];

/** Everybody writes what they see, and nothing else; what is planned names only what is theirs to name. */
export const planDifferences: Probe = async (arena, who = principalNames) => {
  const differences: string[] = [];
  for (const name of who) {
    const session = arena.principals[name];
    if (session.role === 'ringfence_portal') continue;
    const holds = session.permissions.includes('ACCESS_CRM');
    const hidden = holds ? 'RF006' : 'RF003';
    const rowsSeen = (table: string, list: string) => {
      const seen = conditionFor(cellOf(`ringfence.${table}`, session.role, 'select') ?? 'false', session);
      return rowsOf(
        arena,
        `select d.id, ${usable} as outcome, c.blind_mode = 'ON' as blind, d.id in (select id from ringfence.${table} where ${seen}) as seen
         from ringfence.${table} d join ringfence.lists l on l.id = d.${list} join ringfence.clients c on c.id = d.client_id order by d.id`,
      );
    };
    const tries: [statement: string, id: unknown, expected: string, blind: boolean][] = [];
    for (const [table, statements] of Object.entries(writes))
      for (const { id, seen, outcome, blind } of await rowsSeen(table, 'list_id'))
        for (const statement of statements)
          tries.push([statement, id, seen ? String(outcome) : hidden, blind === true]);
    for (const { id, seen, outcome, blind } of await rowsSeen('lists', 'id'))
      for (const statement of creating)
        tries.push([statement, id, seen && holds ? String(outcome) : hidden, blind === true]);
    await arena.login.as(session, async () => {
      for (const [statement, id, expected, blind] of tries) {
        const outcome = await arena.login.dry(statement, [id]);
        // Whom blind mode keeps from the leads saves no filter: test/leads/blind.test.ts says whom.
        if (blind && outcome === 'RF003' && /filter|create_segment/.test(statement)) continue;
        if (became(outcome) !== expected)
          differences.push(
            `${name}: ${statement} ${String(id)}: ${describeOutcome(outcome)}, not ${expected}`,
          );
      }
    });
  }
  return differences;
};

/** What a campaign may name, and a filter. */
export const planNamingDifferences: Probe = async (arena) => {
  const { login, alpha, beta, principals, owner } = arena;
  const differences: string[] = [];
  const idOf = async (text: string, values: unknown[]) =>
    (await owner.query<{ id: string }>(text, values)).rows[0]?.id ?? nobodys;
  const segmentOf = (list: string, own: boolean) =>
    idOf('select id from ringfence.segments where list_id = $1 and (owner_id is not null) = $2 limit 1', [
      list,
      own,
    ]);
  const fieldOf = (list: string) =>
    idOf("select id from ringfence.list_fields where list_id = $1 and type = 'TEXT'", [list]);
  const { lists, identities } = alpha;
  const member = (name: PrincipalName) => principals[name].principalId;
  const campaign = (details: object) => JSON.stringify({ name: 'New', ...details });
  const missing = 'RF006';
  const invalid = '23514';
  const naming: [details: object, expected: string][] = [
    [{ segmentId: await segmentOf(lists.open, false) }, 'done'],
    [{ segmentId: await segmentOf(lists.open, true) }, missing],
    [{ segmentId: await segmentOf(lists.other, false) }, missing],
    [{ segmentId: await segmentOf(beta.lists.open, false) }, missing],
    [{ segmentId: nobodys }, missing],
    [{ identityId: identities.one }, 'done'],
    [{ identityId: identities.four }, invalid],
    [{ identityId: identities.two }, missing],
    [{ identityId: identities.none }, missing],
    [{ identityId: beta.identities.one }, missing],
    [{ memberIds: [member('a scoped member, working with leads'), member('the owner')] }, 'done'],
    [{ memberIds: [member('a scoped member, viewing')] }, invalid],
    [{ memberIds: [member('a scoped member, managing lists')] }, invalid],
    [{ memberIds: [member('a member without clients who is named on a list')] }, invalid],
    [{ memberIds: [member('the owner of another account')] }, missing],
    [{ memberIds: [nobodys] }, missing],
    [{ state: 'RUNNING', clientId: alpha.clients.two, accountId: beta.id }, 'done'],
  ];
  const filters: [filter: object, expected: string][] = [
    [{ values: [{ fieldId: await fieldOf(lists.open), isSet: true }] }, 'done'],
    [{ values: [{ fieldId: await fieldOf(lists.other), isSet: true }] }, missing],
    [{ values: [{ fieldId: await fieldOf(beta.lists.open), isSet: true }] }, missing],
    [{ listId: lists.other }, invalid],
    [{ "name' or true --": 1 }, invalid],
    [{ name: { equals: "x' or true --" } }, 'done'],
    [{ attempts: { minimum: '0 or true' } }, invalid],
  ];
  const campaignOf = (list: string) => idOf('select id from ringfence.campaigns where list_id = $1', [list]);
  // In the arena the owner is named on all of them, and they are drafts.
  const asking: [who: PrincipalName, what: string, id: string, expected: string][] = [
    ['the owner', 'campaign', await campaignOf(lists.open), 'RF004'],
    ['a scoped member, everything', 'campaign', await campaignOf(lists.open), 'RF003'],
    ['a scoped member, everything', 'campaign', await campaignOf(lists.hidden), missing],
    ['a scoped member, everything', 'segment', await segmentOf(lists.open, true), missing],
    ['a scoped member, everything', 'segment', await segmentOf(lists.hidden, false), missing],
    ['a scoped member, everything', 'segment', await segmentOf(lists.open, false), 'done'],
    ['a scoped member, viewing', 'segment', await segmentOf(lists.open, false), 'RF003'],
  ];
  for (const [who, what, id, expected] of asking)
    await login.as(principals[who], async () => {
      const outcome = await login.dry(`select * from ringfence.next_lead_of_${what}($1)`, [id]);
      if (became(outcome) !== expected)
        differences.push(`${who}: the next lead of ${what} ${id}: ${describeOutcome(outcome)}`);
    });
  const as = 'a scoped member, everything';
  await login.as(principals[as], async () => {
    for (const [details, expected] of naming) {
      const statement = 'select ringfence.create_campaign($1, $2)';
      const outcome = await login.dry(statement, [lists.open, campaign(details)]);
      if (became(outcome) !== expected)
        differences.push(`${as}: a campaign of ${JSON.stringify(details)}: ${describeOutcome(outcome)}`);
    }
    for (const [filter, expected] of filters) {
      const statement = "select ringfence.create_segment($1, 'New', false, $2)";
      const outcome = await login.dry(statement, [lists.open, JSON.stringify(filter)]);
      if (became(outcome) !== expected)
        differences.push(`${as}: a segment of ${JSON.stringify(filter)}: ${describeOutcome(outcome)}`);
    }
  });
  return differences;
};
