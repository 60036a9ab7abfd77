// G10 and G11: what agents did. A page of calls beside W4, which is a page of as many leads; and a thousand calls recorded beside
// the plainest insert of as many rows.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { asBenchOwner, type DatabaseUrls } from '../database/cluster';
import { fewAgents, usualSet } from '../database/size';
import type { LoadGenerator } from '../load/load';
import { benchFolder } from '../paths';
import { say } from '../say';
import { stageOn, type Stage } from '../stage';
import { spreadOf } from '../statistics';
import { race, type Raced, type RaceOptions } from './race';

const batch = 1000;
const outcomes = ['COMPLETED', 'TRANSFERRED', 'VOICEMAIL', 'BUSY', 'FAILED'];

const pagesOfCalls = outcomes.map((outcome) =>
  JSON.stringify({
    query:
      'query G10($outcome: CallOutcome!) { calls(first: 50, filter: { outcome: [$outcome] }, orderBy: STARTED_AT_DESC) ' +
      '{ nodes { id externalId fromNumber toNumber outcome startedAt agentId } pageInfo { hasNextPage endCursor } } }',
    variables: { outcome },
  }),
);

const sqlFile = (name: string) => readFileSync(join(benchFolder, 'growth', name), 'utf8');

/** Adds calls to a database of the benchmark, unless it has them. */
async function prepareCalls({ adminUrl }: DatabaseUrls): Promise<void> {
  await asBenchOwner(adminUrl, async (owner) => {
    if ((await owner.query('select from ringfence.calls limit 1')).rowCount !== 0) return;
    say('  a call for each lead');
    await owner.query('alter table ringfence.calls disable trigger user');
    await owner.query(sqlFile('calls.sql'));
    await owner.query('alter table ringfence.calls enable trigger user');
    await owner.query(sqlFile('few-agents.sql'), [String(usualSet)]);
    await owner.query('vacuum (analyze)');
  });
}

/** A page of calls against a page of leads, as the same member, and as one who sees three agents. */
export async function racePages(
  stage: Stage,
  pagesOfLeads: string[],
  load: LoadGenerator,
  options: RaceOptions,
): Promise<Raced[]> {
  await prepareCalls(stage.urls);
  const server = await stage.start('ringfence');
  const few = await stageOn(stage.urls, fewAgents);
  const { url } = server;
  const raced = await race(
    load,
    [
      { label: 'a page of leads (W4)', url, accessToken: stage.accessToken, bodies: pagesOfLeads },
      { label: 'a page of calls', url, accessToken: stage.accessToken, bodies: pagesOfCalls },
      { label: 'a page of calls of 3 agents', url, accessToken: few.accessToken, bodies: pagesOfCalls },
    ],
    options,
  );
  await server.stop();
  return raced;
}

interface Agent {
  clientId: string;
  stayId: string;
  agentId: string;
}

/** One request, or one transaction, at a time; in turns. */
export async function raceRecording(stage: Stage, rounds: number): Promise<Raced[]> {
  await prepareCalls(stage.urls);
  const server = await stage.start('ringfence');
  const { accountId, clientIds } = stage.sample;
  const perSecond: [plain: number[], recorded: number[]] = [[], []];
  await asBenchOwner(stage.urls.adminUrl, async (owner) => {
    const { rows: agents } = await owner.query<Agent>(
      'select client_id as "clientId", id as "stayId", agent_id as "agentId" from ringfence.agent_stays where client_id = any ($1) order by id',
      [clientIds],
    );
    for (let round = 0; round < rounds; round += 1) {
      const calls = callsOf(agents, round);
      const began = performance.now();
      await insertPlainly(owner, accountId, calls);
      const inserted = performance.now();
      await record(server.url, stage.accessToken, calls);
      const recorded = performance.now();
      perSecond[0].push(1000 / (inserted - began));
      perSecond[1].push(1000 / (recorded - inserted));
      say(
        `  round ${round + 1}  plain ${(inserted - began).toFixed(0)} ms, recordCalls ${(recorded - inserted).toFixed(0)} ms`,
      );
    }
    await owner.query(
      "delete from ringfence.calls where external_id like 'plain %' or external_id like 'recorded %'",
    );
    await owner.query("delete from fence.events where kind = 'AGENT_STAY'");
  });
  await server.stop();
  const [plain, recorded] = perSecond;
  return [
    { label: 'a multi-row insert', requestsPerSecond: spreadOf(plain), slower: spreadOf(plain.map(() => 1)) },
    {
      label: '`recordCalls`',
      requestsPerSecond: spreadOf(recorded),
      slower: spreadOf(recorded.map((value, round) => (plain[round] ?? Number.NaN) / value)),
    },
  ];
}

interface NewCall extends Agent {
  externalId: string;
  startedAt: string;
  endedAt: string;
}

function callsOf(agents: Agent[], round: number): NewCall[] {
  const now = Date.now();
  return Array.from({ length: batch }, (_, index) => ({
    ...(agents[(index * 7) % agents.length] as Agent),
    externalId: `${round} ${index} ${now}`,
    startedAt: new Date(now - 120_000 - index).toISOString(),
    endedAt: new Date(now - 60_000 - index).toISOString(),
  }));
}

/** Everything beside the rows, their keys and indexes is left out: triggers as well. */
async function insertPlainly(
  owner: { query(text: string, values?: unknown[]): Promise<unknown> },
  accountId: string,
  calls: NewCall[],
): Promise<void> {
  const values: unknown[] = [];
  const row = (members: unknown[]) => `(${members.map((member) => `$${values.push(member)}`).join(', ')})`;
  const rows = calls.map(({ clientId, stayId, agentId, externalId, startedAt, endedAt }) =>
    row([
      accountId,
      clientId,
      stayId,
      agentId,
      `plain ${externalId}`,
      'INBOUND',
      'COMPLETED',
      '+4930901820',
      '+4930901821',
      startedAt,
      endedAt,
      60,
    ]),
  );
  await owner.query('begin');
  await owner.query('alter table ringfence.calls disable trigger user');
  await owner.query(
    `with added as (
       insert into ringfence.calls (account_id, client_id, stay_id, agent_id, external_id, direction, outcome, from_number, to_number,
         started_at, ended_at, duration_seconds)
       values ${rows.join(', ')} returning account_id, client_id, id, stay_id, started_at)
     insert into ringfence.call_billing (account_id, client_id, call_id, stay_id, started_at, billable_seconds)
     select account_id, client_id, id, stay_id, started_at, 60 from added`,
    values,
  );
  await owner.query('alter table ringfence.calls enable trigger user');
  await owner.query('commit');
}

async function record(url: string, accessToken: string, calls: NewCall[]): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
    body: JSON.stringify({
      query:
        'mutation G11($input: RecordCallsInput!) { recordCalls(input: $input) { results { index id status } } }',
      variables: {
        input: {
          calls: calls.map(({ agentId, externalId, startedAt, endedAt }) => ({
            agentId,
            externalId: `recorded ${externalId}`,
            direction: 'INBOUND',
            outcome: 'COMPLETED',
            fromNumber: '+4930901820',
            toNumber: '+4930901821',
            startedAt,
            endedAt,
            durationSeconds: 60,
            billableSeconds: 60,
          })),
        },
      },
    }),
  });
  const answer = (await response.json()) as { data?: { recordCalls: { results: { status: string }[] } } };
  const recorded = answer.data?.recordCalls.results.filter(({ status }) => status === 'CREATED').length;
  if (recorded !== batch)
    throw new Error(`${recorded} of ${batch} calls were recorded: ${JSON.stringify(answer).slice(0, 500)}`);
}
