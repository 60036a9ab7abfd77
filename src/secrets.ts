// Secrets for a start without settings: made once, kept beside the embedded database, readable by its owner alone. Never
// used in production.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface GeneratedSecrets {
  secretKeys: string[];
  loginPassword: string;
  signinPassword: string;
  workerPassword: string;
}

const newPassword = () => randomBytes(24).toString('base64url');

/** Reads the secrets of a data directory; those that it does not have yet are made and kept. */
export function generatedSecrets(directory: string): GeneratedSecrets {
  const file = join(directory, 'secrets.json');
  const kept = keptSecrets(file);
  const secrets = {
    secretKeys: [`local:${randomBytes(32).toString('base64')}`],
    loginPassword: newPassword(),
    signinPassword: newPassword(),
    workerPassword: newPassword(),
    ...kept,
  };
  if (Object.keys(secrets).some((name) => !(name in (kept ?? {})))) {
    mkdirSync(directory, { recursive: true });
    // Put in place at once: who starts at the same time reads a whole file, or is refused.
    const written = `${file}.${process.pid}`;
    writeFileSync(written, JSON.stringify(secrets), { mode: 0o600, flag: 'wx' });
    renameSync(written, file);
  }
  return secrets;
}

function keptSecrets(file: string): Partial<GeneratedSecrets> | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Partial<GeneratedSecrets>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return undefined;
  }
}
