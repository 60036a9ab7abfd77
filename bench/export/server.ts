// The server whose exports are measured: Ringfence as it is shipped, in production. It tells the largest memory it had since it
// was asked last.
import 'reflect-metadata';
import process from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import pino from 'pino';
import { features } from '../../src/graphql/features';
import { serveBenchmark } from '../contender';
import { startRingfence } from '../ringfence/start';

const sampleMilliseconds = 20;

let largestBytes = 0;
setInterval(
  () => (largestBytes = Math.max(largestBytes, process.memoryUsage.rss())),
  sampleMilliseconds,
).unref();

process.on('message', (question) => {
  if (question === 'largest') void tellLargest();
});

/** Then gives back what starting, or the last export, left behind. */
async function tellLargest(): Promise<void> {
  process.send?.({ largestBytes });
  for (let time = 0; time < 2; time += 1) {
    globalThis.gc?.();
    await wait(sampleMilliseconds);
  }
  largestBytes = 0;
}

serveBenchmark(async (settings) => {
  const { url } = await startRingfence(settings, features, pino.destination(2));
  return url;
});
