import { readFile, stat } from 'node:fs/promises';
import { run, type ServerUser } from './program';
import { ifThere } from './files';

/** The first of these that exists runs Postgres when we are root. */
const PREFERRED_NAMES = ['postgres', 'nobody'];

/**
 * Who runs Postgres. It refuses to run as root, so root (a container, mostly) hands it to an OS user that owns
 * as little as possible; everybody else runs it as themselves, which is what undefined means.
 *
 * Data that is there already decides: its owner goes on owning it, so that one `sudo npm start` does not lock
 * the developer out of their own database.
 */
export async function chooseServerUser(dataFolder: string): Promise<ServerUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const accounts = await readAccounts();
  const owner = await ifThere(stat(dataFolder));
  const user =
    owner && owner.uid !== 0
      ? {
          name: `uid ${owner.uid}`,
          ...accounts.find(({ uid }) => uid === owner.uid),
          uid: owner.uid,
          gid: owner.gid,
        }
      : PREFERRED_NAMES.map((wanted) => accounts.find(({ name }) => name === wanted)).find(Boolean);
  if (!user) {
    throw new Error(
      'Postgres refuses to run as root, and /etc/passwd has neither a user "postgres" nor "nobody" to run it as: ' +
        'start as another user, or set DATABASE_URL to a database of your own.',
    );
  }
  await assertCanBecome(user);
  return user;
}

async function readAccounts(): Promise<ServerUser[]> {
  const lines = ((await ifThere(readFile('/etc/passwd', 'utf8'))) ?? '').split('\n');
  return lines
    .map((line) => line.split(':'))
    .map(([name = '', , uid, gid]) => ({ name, uid: Number(uid), gid: Number(gid) }))
    .filter(
      ({ name, uid, gid }) => name !== '' && Number.isInteger(uid) && Number.isInteger(gid) && uid !== 0,
    );
}

/** Root of a container without the right to change users, or with only one user mapped, stops here. */
async function assertCanBecome(user: ServerUser): Promise<void> {
  try {
    await run('/bin/sh', ['-c', ':'], user);
  } catch (cause) {
    throw new Error(
      `Postgres refuses to run as root, and this process may not switch to the OS user ${user.name}: ` +
        'start as another user, or set DATABASE_URL to a database of your own.',
      { cause },
    );
  }
}
