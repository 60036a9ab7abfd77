// The keys of SECRET_KEYS: one secret, a key derived from it for each purpose (HKDF, RFC 5869), so that nothing made
// for one purpose is ever good for another.
import { createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';

export class Keyring {
  private readonly secrets: Map<string, Buffer>;
  /** Id of the key that signs; the others verify. */
  readonly activeId: string;

  constructor(pairs: readonly string[]) {
    this.secrets = new Map(
      pairs.map((pair) => {
        const separator = pair.indexOf(':');
        return [pair.slice(0, separator), Buffer.from(pair.slice(separator + 1), 'base64')] as const;
      }),
    );
    const [first] = this.secrets.keys();
    if (first === undefined) throw new Error('a keyring needs a key');
    this.activeId = first;
  }

  /** Keys for one purpose, by id; the one that signs first. */
  derive(purpose: string): Map<string, KeyObject> {
    return new Map(
      [...this.secrets].map(
        ([id, secret]) =>
          [id, createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', purpose, 32)))] as const,
      ),
    );
  }
}
