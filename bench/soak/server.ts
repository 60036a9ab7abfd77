// The server of the soak: Ringfence in production, with a feature beside its own that fails. It tells what the soak
// wants to know of it in the end.
import 'reflect-metadata';
import './matrix';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { features } from '../../src/graphql/features';
import type { RunningServer } from '../../src/server';
import { serveBenchmark } from '../contender';
import { startRingfence } from '../ringfence/start';
import { refusalFeature } from './refusal.resolver';

export interface ServerState {
  /** Resident memory, after what is not used any more was given back. */
  memoryBytes: number;
  pool: { total: number; idle: number; waiting: number };
  /** How many errors were logged, and the first of them. */
  faults: number;
  firstFaults: string[];
}

const faultLevel = 50;
const keptFaults = 5;
const faults = { count: 0, first: [] as string[] };

const log = {
  write(line: string) {
    if ((JSON.parse(line) as { level: number }).level < faultLevel) return;
    faults.count += 1;
    if (faults.first.length < keptFaults) faults.first.push(line.trim());
  },
};

let running: RunningServer | undefined;

process.on('message', (question) => {
  if (question === 'state') void tellState();
});

async function tellState(): Promise<void> {
  if (running === undefined) return;
  for (let time = 0; time < 2; time += 1) {
    globalThis.gc?.();
    await wait(50);
  }
  const { pool } = running.services.database;
  const state: ServerState = {
    memoryBytes: process.memoryUsage.rss(),
    pool: { total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount },
    faults: faults.count,
    firstFaults: faults.first,
  };
  process.send?.(state);
}

serveBenchmark(async (settings) => {
  running = await startRingfence(settings, [...features, refusalFeature], log);
  return running.url;
});
