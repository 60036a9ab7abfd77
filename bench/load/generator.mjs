// The load: autocannon in a process of its own. Told what to send and for how long, it answers how it went.
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import autocannon from 'autocannon';

/** Numbers what must be unique among all requests of a run; stands in bodies as %n%. */
let number = 0;

process.on('disconnect', () => process.exit(0));
process.on('message', async (job) => process.send(await run(job)));

/**
 * @param {{ url: string, accessToken: string, bodies: string[], connections: number, seconds?: number, amount?: number }} job
 * @returns what was answered, in milliseconds; `failure` is the first answer that was not right
 */
async function run({ url, accessToken, bodies, connections, seconds, amount }) {
  const times = [];
  let failure = null;
  let seat = 0;
  const startedAt = performance.now();
  let answeredAt = startedAt;
  const instance = autocannon({
    url,
    connections,
    ...(amount === undefined ? { duration: seconds } : { amount }),
    timeout: 30,
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${accessToken}` },
    setupClient: (client) => {
      // Each connection begins elsewhere, so that they do not ask for the same at the same time.
      const first = (seat++ * 7) % bodies.length;
      client.setRequests(
        [...bodies.slice(first), ...bodies.slice(0, first)].map((body) =>
          body.includes('%n%')
            ? {
                body,
                setupRequest: (request) => ({ ...request, body: body.replaceAll('%n%', String(++number)) }),
              }
            : { body },
        ),
      );
    },
    verifyBody: (body) => {
      const right = /^\{"data" ?:/.test(body) && !body.includes('"errors":');
      if (!right) failure ??= body.slice(0, 500);
      return right;
    },
  });
  instance.on('response', (_client, status, _bytes, milliseconds) => {
    times.push(milliseconds);
    answeredAt = performance.now();
    if (status !== 200) failure ??= `status ${status}`;
  });
  const result = await instance;
  if (result.errors > 0) failure ??= `${result.errors} connections failed, ${result.timeouts} by waiting`;
  // Not when autocannon ends, which looks at its clock once a second.
  const elapsedSeconds = (answeredAt - startedAt) / 1000;
  times.sort((a, b) => a - b);
  const percentile = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? 0;
  return {
    requests: times.length,
    elapsedSeconds,
    requestsPerSecond: times.length / elapsedSeconds,
    p50: percentile(0.5),
    p99: percentile(0.99),
    failure,
  };
}
