// Whatever agents and times somebody reports about, what they report is filed under the stay that the matrix lets them see and
// that held the time, or not at all.
import { isDeepStrictEqual } from 'node:util';
import { principalNames, type Arena } from './arena';
import { cellOf, conditionFor } from './matrix-cells';
import { nobodys, type Probe } from './probes';

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();

/** Agents that moved did so a day ago. */
const times = [daysAgo(2), daysAgo(0.5)];

const recorders = [
  {
    statement: 'select report, status, call_id as id from ringfence.record_calls($1) order by report',
    table: 'calls',
  },
  {
    statement: 'select report, status, message_id as id from ringfence.record_messages($1) order by report',
    table: 'messages',
  },
];

export const filingDifferences: Probe = async (arena, who = principalNames) => {
  const agents = [arena.alpha, arena.beta].flatMap((account) =>
    Object.values(account.agents).map(({ id }) => id),
  );
  const reports = [...agents, nobodys].flatMap((agentId) =>
    [...times, times[0]].map((at, index) => ({
      agentId,
      externalId: `filed ${index}`,
      direction: 'INBOUND',
      startedAt: at,
      // The last one would begin the conversation of the second, if it were not rejected.
      conversationExternalId: `filed ${Math.min(index, 1)}`,
      author: 'AGENT',
      text: 'Hello',
      sentAt: at,
      portalUserId: index < times.length ? null : nobodys,
    })),
  );
  const differences: string[] = [];
  for (const name of who) {
    const session = arena.principals[name];
    const expected = session.permissions.includes('RECORD_ACTIVITY')
      ? await expectedStays(arena, name, reports)
      : 'refused';
    for (const { statement, table } of recorders) {
      const found = await arena.login.as(session, async () => {
        await arena.login.rows('savepoint filing');
        const outcome = await arena.login.attempt(statement, [JSON.stringify(reports)]);
        const stays: unknown[] = [];
        if (Array.isArray(outcome))
          for (const { id } of outcome) stays.push(await stayOf(arena, table, id as string | null));
        await arena.login.rows('rollback to savepoint filing; release savepoint filing');
        return Array.isArray(outcome) ? stays : 'refused';
      });
      if (!isDeepStrictEqual(found, expected))
        differences.push(
          `${name}, ${table}: ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`,
        );
    }
  }
  return differences;
};

/** Where whoever reported, and sees what they report, finds it; who does not see it is told nothing but that it is recorded. */
async function stayOf(arena: Arena, table: string, id: string | null): Promise<unknown> {
  if (id === null) return null;
  const rows = await arena.login.rows(`select stay_id from ringfence.${table} where id = $1`, [id]);
  return rows[0]?.stay_id ?? 'unseen';
}

async function expectedStays(
  arena: Arena,
  name: (typeof principalNames)[number],
  reports: { agentId: string; startedAt: string | undefined; portalUserId: string | null }[],
): Promise<unknown[]> {
  const session = arena.principals[name];
  const sees = session.permissions.includes('VIEW_CLIENTS');
  const cell = cellOf('ringfence.agent_stays', session.role, 'select') ?? 'false';
  const { rows } = await arena.owner.query<{ stay: string | null }>(
    `select (select id from ringfence.agent_stays where agent_id = r.agent and (${conditionFor(cell.replaceAll("held('VIEW_CLIENTS')", 'true'), session)})
       and r.at >= coalesce(started_at, '-infinity') and r.at < coalesce(ended_at, 'infinity')) as stay
     from unnest($1::uuid[], $2::timestamptz[]) with ordinality r (agent, at, place) order by place`,
    [reports.map(({ agentId }) => agentId), reports.map(({ startedAt }) => startedAt)],
  );
  return rows.map(({ stay }, index) =>
    reports[index]?.portalUserId !== null ? null : stay === null || sees ? stay : 'unseen',
  );
}
