// W7: searching leads. The same server on a copy without the fence asks the same index for the same clients.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compareAnswers } from '../compare';
import { withClient, type Cluster, type DatabaseUrls } from '../database/cluster';
import type { LoadGenerator } from '../load/load';
import { benchFolder } from '../paths';
import { say } from '../say';
import { stageOn, type Stage } from '../stage';
import { makePlainCopy, startPlain } from './plain';
import { race, type Raced, type RaceOptions, type Runner } from './race';

/** Sizes of client sets that search. */
const searchingSets = [1, 100, 1000];

const searchFor = (words: string[]) =>
  words.map((search) =>
    JSON.stringify({
      query:
        'query W7($search: String!) { leads(first: 50, search: $search, orderBy: CREATED_AT_DESC) ' +
        '{ nodes { id name company state attempts createdAt listId } pageInfo { hasNextPage endCursor } } }',
      variables: { search },
    }),
  );

/** Beginnings of numbers for one client, and the more digits the larger the set is, so that each finds some leads. */
const found = (setSize: number) => {
  const first = setSize === 1 ? 10 : setSize === 100 ? 100 : 1000;
  return searchFor(Array.from({ length: 20 }, (_, index) => String(Math.floor(first * (1 + index / 20)))));
};

/** Other accounts have it in every company's name. */
const othersOnly = searchFor(['quokka']);
const nobodys = searchFor(['wombat']);

/** Leads made findable in one statement; two at a time, one for each core. */
const batch = 50_000;

/** Fills what leads are found by, unless it is there. */
async function prepareSearch({ adminUrl }: DatabaseUrls): Promise<void> {
  const ready = await withClient(adminUrl, async (client) => {
    const { rows } = await client.query<{ ready: boolean }>(
      "select to_regclass('fence.lead_search_pieces_idx') is not null and exists (select from fence.lead_search) as ready",
    );
    return rows[0]?.ready === true;
  });
  if (ready) return;
  const total = await withClient(adminUrl, async (client) => {
    await client.query('truncate fence.lead_search; drop index if exists fence.lead_search_pieces_idx');
    const { rows } = await client.query<{ total: number }>(
      'select count(*)::int as total from ringfence.leads',
    );
    return rows[0]?.total ?? 0;
  });
  const text = readFileSync(join(benchFolder, 'growth/search.sql'), 'utf8');
  let next = 0;
  const fill = () =>
    withClient(adminUrl, async (client) => {
      while (next < total) {
        const first = next + 1;
        next += batch;
        await client.query(text, [first, first + batch - 1]);
        say(`  ${Math.min(next, total)} of ${total} leads to be found`);
      }
    });
  await Promise.all([fill(), fill()]);
  await withClient(adminUrl, async (client) => {
    await client.query("set maintenance_work_mem = '1GB'");
    await client.query(
      'create index lead_search_pieces_idx on fence.lead_search using gin (pieces) with (fastupdate = off)',
    );
    await client.query('vacuum (analyze) fence.lead_search');
  });
}

export interface SearchRaces {
  /** Under the fence against the same without, by size of the set. */
  sets: [size: number, raced: Raced[]][];
  /** A word that only others have against one that nobody has. */
  others: Raced[];
}

export async function raceSearches(
  cluster: Cluster,
  stage: Stage,
  load: LoadGenerator,
  options: RaceOptions,
): Promise<SearchRaces> {
  await prepareSearch(stage.urls);
  const copy = await makePlainCopy(cluster, stage.urls);
  const server = await stage.start('ringfence');
  const sets: SearchRaces['sets'] = [];
  for (const size of searchingSets) {
    const { accessToken, sample } = await stageOn(stage.urls, size);
    const plain = await startPlain(copy.urls, size);
    const sealed = { url: server.url, accessToken };
    const bodies = found(size);
    await compareAnswers(
      {
        id: `W7, a set of ${size}`,
        writes: false,
        bodies: () => ({ ringfence: bodies, postgraphile: [], handwritten: [] }),
        rows: (_who, { leads }) => (leads as { nodes: unknown[] }).nodes,
      },
      [
        { ...plain, who: 'ringfence', name: 'plain' },
        { ...sealed, who: 'ringfence', name: 'sealed' },
      ],
      sample,
    );
    const runners: Runner[] = [
      { ...plain, label: 'filter in the query', bodies },
      { ...sealed, label: 'seal and row security', bodies },
    ];
    sets.push([size, await race(load, runners, options)]);
    await plain.stop();
  }
  await copy.drop();
  const { accessToken } = stage;
  const others = await race(
    load,
    [
      { label: 'a word that nobody has', url: server.url, accessToken, bodies: nobodys },
      { label: 'a word that only others have', url: server.url, accessToken, bodies: othersOnly },
    ],
    options,
  );
  await server.stop();
  return { sets, others };
}
