// What a run found: kept as JSON, so that tables and charts can be made again, and as the tables of report.ts.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Size } from './database/size';
import type { Machine } from './machine';
import type { Measurement } from './measure';
import { benchFolder } from './paths';
import type { ContenderName } from './processes';
import type { RequestCosts } from './statements';

export interface Results {
  measuredAt: string;
  machine: Machine;
  size: Size;
  connections: number;
  secondsEach: number;
  measurements: Measurement[];
  costs: Partial<RequestCosts>;
  /** Resident memory after the last round, in bytes. */
  memory: Record<ContenderName, number>;
}

const resultsFolder = join(benchFolder, 'results');

/** Writes `<name>.json` and `<name>.md`; answers the folder. */
export function keepResults(name: string, results: unknown, markdown: string): string {
  mkdirSync(resultsFolder, { recursive: true });
  writeFileSync(join(resultsFolder, `${name}.json`), `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(join(resultsFolder, `${name}.md`), `${markdown}\n`);
  return resultsFolder;
}
