// Everything a run stands on: the database, whom the works act as, and what their requests vary over.
import { prepareDatabase } from './database/build';
import type { Cluster, DatabaseUrls } from './database/cluster';
import { signIn, type BenchPrincipal } from './database/principal';
import { usualSet, type Size } from './database/size';
import { startContender, type ContenderName, type Server, type StartOptions } from './processes';
import { takeSample, type Sample } from './sample';

/** Signs access tokens of the benchmark; guards nothing but made-up rows. */
const secretKeys = [`bench:${Buffer.alloc(32, 'benchmark').toString('base64')}`];

export interface Stage {
  urls: DatabaseUrls;
  principal: BenchPrincipal;
  accessToken: string;
  sample: Sample;
  start: (name: ContenderName, options?: StartOptions) => Promise<Server>;
}

export async function setStage(cluster: Cluster, size: Size): Promise<Stage> {
  return stageOn(await prepareDatabase(cluster, size), usualSet);
}

/** On a database that is there, as the member with a set of that size. */
export async function stageOn(urls: DatabaseUrls, setSize: number | string): Promise<Stage> {
  const principal = await signIn(urls, secretKeys, setSize);
  return {
    urls,
    principal,
    accessToken: principal.accessToken,
    sample: await takeSample(urls, principal),
    start: (name, options) => startContender(name, urls, secretKeys, options),
  };
}
