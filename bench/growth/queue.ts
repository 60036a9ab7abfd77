// Q: how fast leads are given out: whoever works through a list asks for the next lead and says how the call ended, one at a time each,
// until so many were called. No two are ever given the same one.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ask } from '../ask';
import { asBenchOwner } from '../database/cluster';
import { benchFolder } from '../paths';
import { say } from '../say';
import { stageOn, type Stage } from '../stage';
import { racedOf, type Raced } from './race';

/** How many work on the list at once, the first what the other is compared with. */
const crews = [1, 64];
/** Leads that are called in each turn. */
const calledAtOnce = 640;

interface Queue {
  url: string;
  listId: string;
  dispositionId: string;
  accessTokens: string[];
}

const operation = (query: string, variables: object) => JSON.stringify({ query, variables });

/** Works through the list until so many leads were called by all together, and answers which. */
async function work({ url, listId, dispositionId, accessTokens }: Queue, crew: number): Promise<string[]> {
  const called: string[] = [];
  let left = calledAtOnce;
  await Promise.all(
    accessTokens.slice(0, crew).map(async (accessToken) => {
      while (left > 0) {
        left -= 1;
        const { nextLead } = (await ask(
          url,
          accessToken,
          operation(
            'mutation Next($input: NextLeadInput!) { nextLead(input: $input) { lead { id name phones } heldUntil } }',
            { input: { listId } },
          ),
        )) as { nextLead: { lead: { id: string } | null } };
        if (nextLead.lead === null) throw new Error('the list is worked through');
        called.push(nextLead.lead.id);
        await ask(
          url,
          accessToken,
          operation(
            'mutation Ended($input: RecordDispositionInput!) { recordDisposition(input: $input) { lead { id state } } }',
            { input: { leadId: nextLead.lead.id, dispositionId } },
          ),
        );
      }
    }),
  );
  return called;
}

/** Leads called per second by one, and by many at once, in turns. */
export async function raceQueues(stage: Stage, rounds: number): Promise<Raced[]> {
  const most = Math.max(...crews);
  const leads = crews.length * rounds * calledAtOnce * 10;
  await asBenchOwner(stage.urls.adminUrl, (owner) =>
    owner.query(readFileSync(join(benchFolder, 'growth/queue.sql'), 'utf8'), [most, leads]),
  );
  const server = await stage.start('ringfence');
  const workers = await Promise.all(
    Array.from({ length: most }, (_, index) => stageOn(stage.urls, `queue ${index + 1}`)),
  );
  const perSecond = crews.map(() => [] as number[]);
  await asBenchOwner(stage.urls.adminUrl, async (owner) => {
    const { rows } = await owner.query<{ listId: string; dispositionId: string }>(
      `select l.id as "listId", d.id as "dispositionId" from ringfence.lists l
       join ringfence.list_dispositions d on d.account_id = l.account_id and d.list_id = l.id where l.name = 'Queue'`,
    );
    const [list] = rows;
    if (list === undefined) throw new Error('there is no list to work through');
    const queue = { url: server.url, ...list, accessTokens: workers.map(({ accessToken }) => accessToken) };
    const given = new Set<string>();
    for (let round = 0; round < rounds; round += 1) {
      for (const [index, crew] of crews.entries()) {
        const began = performance.now();
        const called = await work(queue, crew);
        const rate = (1000 * called.length) / (performance.now() - began);
        perSecond[index]?.push(rate);
        for (const id of called) {
          if (given.has(id)) throw new Error(`${id} was given twice`);
          given.add(id);
        }
        say(`  round ${round + 1}  ${crew} at once: ${rate.toFixed(0)} leads/s`);
      }
    }
    await owner.query("delete from ringfence.leads where name like 'Queued %'");
    await owner.query(
      "delete from fence.list_places where list_id in (select id from ringfence.lists where name = 'Queue')",
    );
    await owner.query("delete from ringfence.lists where name = 'Queue'");
    await owner.query("delete from ringfence.members where name like 'Set of queue %'");
    await owner.query('delete from ringfence.audit_entries');
    await owner.query("delete from fence.events where kind = 'LEAD'");
  });
  await server.stop();
  return racedOf(
    crews.map((crew) => `${crew} at once`),
    perSecond,
  );
}
