// The processes of a run: the contenders and the load generator. Whatever happens, all of them end with this one.
import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { Keyring } from '../src/sessions/keyring';
import type { ContenderSettings, FromContender, ToContender } from './contender';
import type { DatabaseUrls } from './database/cluster';
import { connections, shippedArguments } from './options';
import { benchFolder, compiledFolder } from './paths';

export type ContenderName = 'ringfence' | 'postgraphile' | 'handwritten';
export const contenderNames: ContenderName[] = ['ringfence', 'postgraphile', 'handwritten'];

export interface Server {
  name: string;
  /** Where requests go. */
  url: string;
  pid: number;
  memoryBytes(): Promise<number>;
  startProfile(): Promise<void>;
  /** Writes a .cpuprofile; not PostGraphile's. */
  stopProfile(file: string): Promise<void>;
  stop(): Promise<void>;
}

export interface StartOptions {
  /** Arguments of Node, such as --cpu-prof. */
  nodeArguments?: string[];
  /** The compiled file or script to run in place of the contender's own. */
  script?: string;
  /** Another host and port to reach Postgres through. */
  databaseHost?: string;
}

const children = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

const scripts: Record<ContenderName, string> = {
  ringfence: join(compiledFolder, 'bench/ringfence/server.js'),
  postgraphile: join(benchFolder, 'postgraphile/server.mjs'),
  handwritten: join(compiledFolder, 'bench/handwritten/server.js'),
};

export async function startContender(
  name: ContenderName,
  urls: DatabaseUrls,
  secretKeys: string[],
  { nodeArguments = [], script = scripts[name], databaseHost }: StartOptions = {},
): Promise<Server> {
  const through = (url: string) => {
    const changed = new URL(url);
    if (databaseHost !== undefined) changed.host = databaseHost;
    return changed.href;
  };
  const tokenKeys = [...new Keyring(secretKeys).derive('access-token')].map(
    ([id, key]) => [id, key.export().toString('base64')] as const,
  );
  const settings: ContenderSettings & { tokenKeys: Record<string, string> } = {
    databaseUrl: through(name === 'postgraphile' ? urls.peerUrl : urls.loginUrl),
    signinUrl: urls.signinUrl,
    secretKeys,
    tokenKeys: Object.fromEntries(tokenKeys),
    connections,
  };
  const child = start(script, [...(name === 'ringfence' ? shippedArguments : []), ...nodeArguments], {
    NODE_ENV: 'production',
    GRAPHILE_ENV: 'production',
    BENCH_CONTENDER: JSON.stringify(settings),
  });
  const message = await answerOf(child);
  if (typeof message === 'string' || !('ready' in message))
    throw new Error(`${name} did not start: ${JSON.stringify(message)}`);
  return {
    name,
    url: message.ready,
    pid: child.pid ?? 0,
    memoryBytes: async () => {
      const answer = await tell(child, 'memory');
      return typeof answer === 'object' && 'memoryBytes' in answer ? answer.memoryBytes : 0;
    },
    startProfile: async () => void (await tell(child, 'start profile')),
    stopProfile: async (file) => void (await tell(child, { stopProfile: file })),
    stop: () => end(child),
  };
}

/** Starts a process that talks; what it writes goes to our stderr. */
export function start(
  script: string,
  nodeArguments: string[] = [],
  environment: NodeJS.ProcessEnv = {},
): ChildProcess {
  const child = fork(script, [], {
    execArgv: nodeArguments,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...environment },
    stdio: ['ignore', 2, 2, 'ipc'],
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Tells a contender something and waits for what it says to it. */
function tell(child: ChildProcess, message: ToContender): Promise<FromContender> {
  const answer = answerOf(child);
  child.send(message);
  return answer;
}

/** The next thing a process says. Rejects when it ends instead. */
export function answerOf<Message = FromContender>(child: ChildProcess): Promise<Message> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null) => reject(new Error(`${child.spawnargs[1]} ended with ${code}`));
    child.once('exit', ended);
    child.once('message', (message) => {
      child.removeListener('exit', ended);
      resolve(message as Message);
    });
  });
}

/** Ends a process as if the benchmark had ended, so that it can write what it has to. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (child.connected) child.disconnect();
  await ended;
}

/** Ends every process that was started. */
export async function endAll(): Promise<void> {
  await Promise.all([...children].map(end));
}
