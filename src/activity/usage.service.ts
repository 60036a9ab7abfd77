import { Conditions } from '../database/conditions';
import type { RequestContext } from '../graphql/context';
import { validationFailed } from '../graphql/errors';
import { UsageGroup, type UsageArgs, type UsageLine } from './usage.types';

/** A year, and time to look back at it. */
const maximumDays = 400;

/** Lines of one answer: it is a report, not a list to page through. */
const maximumLines = 20_000;

const millisecondsPerDay = 86_400_000;

/** What is summed up: as which sum, of which table, by when. */
const sources = [
  { sum: 'calls', table: 'calls', at: 'started_at', value: 'count(*)' },
  { sum: 'billableSeconds', table: 'call_billing', at: 'started_at', value: 'sum(t.billable_seconds)' },
  { sum: 'conversations', table: 'conversations', at: 'started_at', value: 'count(*)' },
  { sum: 'messages', table: 'messages', at: 'sent_at', value: 'count(*)' },
] as const;

/** Sums over what the viewer sees, as the policies decide it. VALIDATION_FAILED: too long a time, or too many lines. */
export async function usage(context: RequestContext, args: UsageArgs): Promise<UsageLine[]> {
  const days = (Date.parse(args.to) - Date.parse(args.from)) / millisecondsPerDay;
  if (days < 1 || days > maximumDays)
    throw validationFailed('to', `Must be 1 to ${maximumDays} days after the first day.`);
  const values = new Conditions();
  const statement = usageStatement(values, context.signedIn.accountId, args);
  const lines = await context.transaction.query<UsageLine>(statement, values.values);
  if (lines.length > maximumLines)
    throw validationFailed('groupBy', 'There are too many lines. Group by less, or take a shorter time.');
  return lines;
}

/**
 * The moment at which a local time of the account `a` comes, for the first time where it comes twice: Postgres would take the
 * second. A time that summer time leaves out comes when it would have.
 */
function momentOf(localTime: string): string {
  return `(select case when m.earlier at time zone a.time_zone = m.local then m.earlier else m.later end
    from (select l.local, l.later, l.later - ((l.later - interval '1 day') at time zone a.time_zone + interval '1 day' - l.local) as earlier
      from (select t.local, t.local at time zone a.time_zone as later from (select ${localTime} as local) t) l) m)`;
}

/**
 * Each client is summed up by itself, by the indexes that begin with the client: whoever sees few of them reads little. What
 * falls into which month is decided by the account's time zone, with the hour that summer time takes or gives.
 */
function usageStatement(values: Conditions, accountId: string, args: UsageArgs): string {
  const account = values.bind(accountId);
  const first = `${values.bind(args.from)}::date::timestamp`;
  const last = `${values.bind(args.to)}::date::timestamp`;
  const { clientId, agentId } = args.filter ?? {};
  const [byClient, byAgent, byMonth] = [UsageGroup.CLIENT, UsageGroup.AGENT, UsageGroup.MONTH].map((group) =>
    args.groupBy.includes(group),
  );
  const ofClient = clientId == null ? '' : `and c.id = ${values.bind(clientId)}`;
  const ofAgent = agentId == null ? '' : `and s.agent_id = ${values.bind(agentId)}`;
  const parts = sources.map(({ sum: own, table, at, value }) => {
    const month = byMonth ? `width_bucket(t.${at}, span.months)` : 'null::integer';
    const sums = sources.map(({ sum }) => `${sum === own ? value : '0'}::bigint as "${sum}"`).join(', ');
    return `select c.id as client_id, c.sort_name, part.* from span cross join client c cross join lateral (
      select t.stay_id, ${month} as month, ${sums} from ringfence.${table} t
      where t.account_id = ${account} and t.client_id = c.id and t.${at} >= span.since and t.${at} < span.until
      group by 1, 2) part`;
  });
  // An agent is a line per client: who saw it with one client knows nothing of another.
  const groups = [
    ...(byMonth ? ['p.month'] : []),
    ...(byClient || byAgent ? ['p.sort_name', 'p.client_id'] : []),
    ...(byAgent ? ['s.agent_id'] : []),
  ];
  const agentName = '(array_agg(s.agent_name order by s.started_at desc nulls last))[1]';
  // Months are told by where they begin, which is found out once each: finding it out for every row costs more than the rest.
  return `with span as materialized (
      select a.time_zone, ${momentOf(first)} as since, ${momentOf(last)} as until,
        array(select ${momentOf('month')} from generate_series(date_trunc('month', ${first}), ${last}, '1 month') month order by 1) as months
      from ringfence.accounts a where a.id = ${account}
    ), client as materialized (
      select c.id, c.sort_name from ringfence.clients c where c.account_id = ${account} ${ofClient}
    )
    select ${byClient || byAgent ? 'p.client_id' : 'null::uuid'} as "clientId",
      ${byAgent ? `s.agent_id as "agentId", ${agentName}` : 'null::uuid as "agentId", null::text'} as "agentName",
      ${byMonth ? `to_char(date_trunc('month', ${first}) + (p.month - 1) * interval '1 month', 'YYYY-MM')` : 'null::text'} as month,
      ${sources.map(({ sum }) => `coalesce(sum(p."${sum}"), 0)::bigint as "${sum}"`).join(', ')}
    from (${parts.join(' union all ')}) p
    join ringfence.agent_stays s on s.account_id = ${account} and s.id = p.stay_id ${ofAgent}
    ${groups.length === 0 ? '' : `group by ${groups.join(', ')}`}
    ${groups.length === 0 ? '' : `order by ${groups.join(', ')}`}
    limit ${maximumLines + 1}`;
}
