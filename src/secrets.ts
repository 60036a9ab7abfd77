// Secrets for a start without settings: made once, kept beside the embedded database, readable by its owner alone. Never
// used in production.
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface GeneratedSecrets {
  secretKeys: string[];
  loginPassword: string;
  signinPassword: string;
}

/** Reads the secrets of a data directory, or makes them. */
export function generatedSecrets(directory: string): GeneratedSecrets {
  const file = join(directory, 'secrets.json');
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as GeneratedSecrets;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const secrets = {
    secretKeys: [`local:${randomBytes(32).toString('base64')}`],
    loginPassword: randomBytes(24).toString('base64url'),
    signinPassword: randomBytes(24).toString('base64url'),
  };
  mkdirSync(directory, { recursive: true });
  writeFileSync(file, JSON.stringify(secrets), { mode: 0o600, flag: 'wx' });
  return secrets;
}
