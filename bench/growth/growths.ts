// G1 to G4: what a request costs when there is more of something, as a multiple of what it cost before.
import { compareAnswers } from '../compare';
import { prepareDatabase } from '../database/build';
import type { Cluster } from '../database/cluster';
import { fullSize, quickSize, setSizes, usualSet, type Size } from '../database/size';
import type { LoadGenerator } from '../load/load';
import { setStage, stageOn, type Stage } from '../stage';
import { works, type Work, type WorkId } from '../works';
import { racePages, raceRecording } from './calls';
import { raceCommits } from './commits';
import { makePlainCopy, startPlain } from './plain';
import { raceQueues } from './queue';
import { race, type Raced, type RaceOptions, type Runner } from './race';
import { raceSearches } from './search';

export interface Growth {
  id: string;
  title: string;
  /** At most so many times the time of the first. */
  goal: number;
  raced: Raced[];
}

export interface GrowthSetting {
  cluster: Cluster;
  load: LoadGenerator;
  options: RaceOptions;
  quick: boolean;
}

export const growths: Record<string, (setting: GrowthSetting) => Promise<Growth[]>> = {
  G1: sealAndRowSecurity,
  G2: moreLeads,
  G3: moreClientsInTheSet,
  G4: moreAccounts,
  G10: pagesOfCalls,
  G11: recordedCalls,
  W7: searchedLeads,
  Q: leadsGivenOut,
  C: savedChanges,
};

function workCalled(id: WorkId): Work {
  const work = works.find((candidate) => candidate.id === id);
  if (work === undefined) throw new Error(`there is no work ${id}`);
  return work;
}

const usualSize = (quick: boolean): Size => (quick ? quickSize : fullSize);

async function sealAndRowSecurity({ cluster, load, options, quick }: GrowthSetting): Promise<Growth[]> {
  const sealed = await setStage(cluster, usualSize(quick));
  const copy = await makePlainCopy(cluster, sealed.urls);
  const servers = {
    plain: await startPlain(copy.urls, usualSet),
    sealed: await sealed.start('ringfence'),
  };
  const found: Growth[] = [];
  for (const id of ['W2', 'W3'] as const) {
    const work = workCalled(id);
    const bodies = work.bodies(sealed.sample).ringfence;
    await compareAnswers(
      work,
      [
        { ...servers.sealed, who: 'ringfence', name: 'sealed', accessToken: sealed.accessToken },
        { ...servers.plain, who: 'ringfence', name: 'plain' },
      ],
      sealed.sample,
    );
    const raced = await race(
      load,
      [
        { ...servers.plain, label: 'filter in the query', bodies },
        { label: 'seal and row security', url: servers.sealed.url, accessToken: sealed.accessToken, bodies },
      ],
      options,
    );
    found.push({ id: 'G1', title: `row security and seal, ${id}`, goal: 1.1, raced });
  }
  await Promise.all(Object.values(servers).map((server) => server.stop()));
  await copy.drop();
  return found;
}

async function moreLeads({ cluster, load, options, quick }: GrowthSetting): Promise<Growth[]> {
  const counts = quick ? [10_000, 100_000] : [10_000, 1_000_000, 10_000_000];
  const sizes = counts.map((leads): [string, Size] => [
    `${leads.toLocaleString('en')} leads`,
    { ...fullSize, leads: leads * 0.9, otherLeads: leads * 0.1 },
  ]);
  const raced = await raceSizes(cluster, load, options, 'W4', sizes);
  return [{ id: 'G2', title: 'W4 with more leads in the table', goal: 1.3, raced }];
}

async function moreAccounts({ cluster, load, options, quick }: GrowthSetting): Promise<Growth[]> {
  const counts = quick ? [1, 100] : [1, 1000, 10_000];
  const sizes = counts.map((others): [string, Size] => [
    `${others.toLocaleString('en')} other account${others === 1 ? '' : 's'}`,
    { ...fullSize, accounts: 1 + others, otherClients: others * 10, leads: 0, otherLeads: 0 },
  ]);
  const raced = await raceSizes(cluster, load, options, 'W2', sizes);
  return [{ id: 'G4', title: 'W2 with more accounts', goal: 1.1, raced }];
}

async function raceSizes(
  cluster: Cluster,
  load: LoadGenerator,
  options: RaceOptions,
  id: WorkId,
  sizes: [string, Size][],
): Promise<Raced[]> {
  const stages: [string, Stage][] = [];
  for (const [label, size] of sizes) {
    stages.push([label, await stageOn(await prepareDatabase(cluster, size), usualSet)]);
  }
  const servers = await Promise.all(stages.map(([, stage]) => stage.start('ringfence')));
  const runners = stages.map(([label, { accessToken, sample }], index): Runner => ({
    label,
    url: servers[index]?.url ?? '',
    accessToken,
    bodies: workCalled(id).bodies(sample).ringfence,
  }));
  const raced = await race(load, runners, options);
  await Promise.all(servers.map((server) => server.stop()));
  return raced;
}

async function moreClientsInTheSet({ cluster, load, options, quick }: GrowthSetting): Promise<Growth[]> {
  const stage = await setStage(cluster, usualSize(quick));
  const server = await stage.start('ringfence');
  const runners: Runner[] = [];
  for (const setSize of setSizes) {
    const { accessToken, sample } = await stageOn(stage.urls, setSize);
    runners.push({
      label: `set of ${setSize.toLocaleString('en')}`,
      url: server.url,
      accessToken,
      bodies: workCalled('W4').bodies(sample).ringfence,
    });
  }
  const raced = await race(load, runners, options);
  await server.stop();
  return [{ id: 'G3', title: 'W4 with more clients in the set', goal: 2, raced }];
}

async function pagesOfCalls({ cluster, load, options, quick }: GrowthSetting): Promise<Growth[]> {
  const stage = await setStage(cluster, usualSize(quick));
  const raced = await racePages(stage, workCalled('W4').bodies(stage.sample).ringfence, load, options);
  return [{ id: 'G10', title: 'a page of 50 calls, against W4', goal: 1.3, raced }];
}

async function recordedCalls({ cluster, options, quick }: GrowthSetting): Promise<Growth[]> {
  const stage = await setStage(cluster, usualSize(quick));
  // Each is a single request, so there are more of them.
  const raced = await raceRecording(stage, options.rounds * 5);
  return [{ id: 'G11', title: '1,000 calls recorded, one request at a time', goal: 3, raced }];
}

async function searchedLeads({ cluster, load, options, quick }: GrowthSetting): Promise<Growth[]> {
  const stage = await setStage(cluster, usualSize(quick));
  const { sets, others } = await raceSearches(cluster, stage, load, options);
  return [
    // At least 0.67 of the requests are at most 1.5 times the time.
    ...sets.map(([size, raced]) => ({
      id: 'W7',
      title: `search, a set of ${size.toLocaleString('en')}`,
      goal: 1.5,
      raced,
    })),
    { id: 'W7', title: 'search for what others have', goal: 1.1, raced: others },
  ];
}

async function leadsGivenOut({ cluster, options, quick }: GrowthSetting): Promise<Growth[]> {
  const stage = await setStage(cluster, usualSize(quick));
  const raced = await raceQueues(stage, options.rounds);
  return [{ id: 'Q', title: '`nextLead` and `recordDisposition`, leads per second', goal: 1, raced }];
}

async function savedChanges({ cluster, options, quick }: GrowthSetting): Promise<Growth[]> {
  const { urls } = await setStage(cluster, usualSize(quick));
  const raced = await raceCommits(urls, options.rounds, options.seconds);
  return [{ id: 'C', title: 'small changes by 32 at once, each with a notification', goal: 1, raced }];
}
