// The tables: ratios of the same round, with goal and verdict; and what they were made of.
import { machineLine } from './machine';
import type { Measurement } from './measure';
import type { ContenderName } from './processes';
import type { Results } from './results';
import { spreadOf, type Spread } from './statistics';
import { table } from './table';
import { works, type Work } from './works';

export const contenderLabels: Record<ContenderName, string> = {
  ringfence: 'Ringfence',
  postgraphile: 'PostGraphile',
  handwritten: 'hand-written',
};

export type Other = Exclude<ContenderName, 'ringfence'>;
export const others: Other[] = ['postgraphile', 'handwritten'];

/** Requests per second of Ringfence for each of the other's, in the same round. */
export function ratios({ rounds }: Measurement, other: Other): Spread {
  return spreadOf(rounds.map((round) => round.ringfence.requestsPerSecond / round[other].requestsPerSecond));
}

export function workOf({ work }: Measurement): Work {
  const found = works.find(({ id }) => id === work);
  if (found === undefined) throw new Error(`there is no work ${work}`);
  return found;
}

export function reportMarkdown(results: Results): string {
  const { machine, measurements, memory, size } = results;
  const rounds = measurements[0]?.rounds.length ?? 0;
  return [
    `${machineLine(results.measuredAt, machine)} ` +
      `${count(size.accounts)} accounts, ${count(size.leads + size.otherLeads)} leads. ` +
      `${rounds} round${rounds === 1 ? '' : 's'} of ${results.secondsEach} s, ${results.connections} connections to Postgres each. ` +
      'Servers, Postgres and load generator share the machine.',
    'Requests per second of Ringfence for each of the other’s: median of the rounds (least to greatest).',
    ratioTable(measurements),
    'Requests per second, and milliseconds until half and until 99 % of the answers were there; medians of the rounds.',
    speedTable(measurements),
    'Processor time of a request, in milliseconds: of the server, and of Postgres; medians of the rounds.',
    processorTable(measurements),
    'Statements and round trips to Postgres per request.',
    costTable(results),
    `Resident memory at the end: ${Object.entries(memory)
      .map(([name, bytes]) => `${contenderLabels[name as ContenderName]} ${Math.round(bytes / 1e6)} MB`)
      .join(', ')}.`,
  ].join('\n\n');
}

function ratioTable(measurements: Measurement[]): string {
  return table(
    ['work', 'at once', ...others.flatMap((other) => [`÷ ${contenderLabels[other]}`, 'goal', 'verdict'])],
    measurements.map((measurement) => {
      const work = workOf(measurement);
      const cells = others.flatMap((other) => {
        const { minimum, median, maximum } = ratios(measurement, other);
        const goal = work.goals[other];
        return [
          `${median.toFixed(2)} (${minimum.toFixed(2)} to ${maximum.toFixed(2)})`,
          `≥ ${goal}`,
          median >= goal ? 'met' : '**missed**',
        ];
      });
      return [`${work.id} ${work.title}`, String(measurement.concurrency), ...cells];
    }),
  );
}

function speedTable(measurements: Measurement[]): string {
  const names = Object.keys(contenderLabels) as ContenderName[];
  return table(
    ['work', 'at once', ...names.map((name) => `${contenderLabels[name]} /s, p50, p99`)],
    measurements.map((measurement) => {
      const cells = names.map((name) => {
        const median = (pick: 'requestsPerSecond' | 'p50' | 'p99') =>
          spreadOf(measurement.rounds.map((round) => round[name][pick])).median;
        return `${count(median('requestsPerSecond'))}, ${median('p50').toFixed(1)}, ${median('p99').toFixed(1)}`;
      });
      return [measurement.work, String(measurement.concurrency), ...cells];
    }),
  );
}

function processorTable(measurements: Measurement[]): string {
  const names = Object.keys(contenderLabels) as ContenderName[];
  return table(
    ['work', 'at once', ...names.map((name) => `${contenderLabels[name]}: server, Postgres`)],
    measurements.map((measurement) => {
      const cells = names.map((name) =>
        (['server', 'postgres'] as const)
          .map((whose) => {
            const times = measurement.rounds.map((round) => round[name].processor[whose]);
            const known = times.filter((time) => time !== null);
            return known.length === 0 ? 'unknown' : spreadOf(known).median.toFixed(2);
          })
          .join(', '),
      );
      return [measurement.work, String(measurement.concurrency), ...cells];
    }),
  );
}

function costTable({ costs }: Results): string {
  const names = Object.keys(contenderLabels) as ContenderName[];
  return table(
    ['work', ...names.map((name) => `${contenderLabels[name]}`)],
    Object.entries(costs).map(([work, costOf]) => [
      work,
      ...names.map((name) => `${trim(costOf[name].statements)} in ${trim(costOf[name].roundTrips)}`),
    ]),
  );
}

const trim = (value: number) => String(Math.round(value * 10) / 10);
const count = (value: number) => Math.round(value).toLocaleString('en');
