// What can be asked for on the command line: `npm run bench -- --quick --only W1,W2`.
import { parseArgs } from 'node:util';
import { workIds, type WorkId } from './works';

export type Command = 'run' | 'growth' | 'serve';

export interface Options {
  command: Command;
  works: WorkId[];
  rounds: number;
  /** How long each contender is under load, per work, concurrency and round. */
  seconds: number;
  warmUpSeconds: number;
  concurrencies: number[];
  /** Small database and short rounds: to see that everything works, not to measure. */
  quick: boolean;
  /** Writes docs/performance.md and its chart. */
  publish: boolean;
  /** Runs Ringfence alone with the profiler. */
  profile: boolean;
  /** Which growths, for `growth`. */
  growths: string[];
}

/** What Ringfence is started with, as `npm start` and docs/operations.md do. */
export const shippedArguments = ['--max-semi-space-size=16'];

/** Connections of each contender to Postgres. */
export const connections = 10;

const list = (text: string) => text.split(',').map((part) => part.trim());

export function readOptions(argv: string[]): Options {
  const { values, positionals } = parseArgs({
    args: argv,
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      concurrency: { type: 'string', default: '8,64' },
      publish: { type: 'boolean', default: false },
      profile: { type: 'boolean', default: false },
    },
  });
  const [command = 'run'] = positionals;
  if (!['run', 'growth', 'serve'].includes(command)) {
    throw new Error(`there is run (the default), growth and serve, not ${command}`);
  }
  const only = values.only === undefined ? undefined : list(values.only);
  const works = command === 'growth' ? [...workIds] : workIds.filter((id) => only?.includes(id) ?? true);
  if (works.length === 0) throw new Error(`--only takes ${workIds.join(', ')}`);
  const seconds = Number(values.seconds ?? (values.quick ? 2 : 4));
  return {
    command: command as Command,
    works,
    rounds: Number(values.rounds ?? (values.quick ? 1 : 5)),
    seconds,
    warmUpSeconds: Math.min(seconds, 2),
    concurrencies: list(values.concurrency).map(Number),
    quick: values.quick,
    publish: values.publish,
    profile: values.profile,
    growths:
      command === 'growth' ? (only ?? ['G1', 'G2', 'G3', 'G4', 'G9', 'G10', 'G11', 'W7', 'Q', 'C']) : [],
  };
}
