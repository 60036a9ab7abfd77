// Secrets of second factors, as the database keeps them: encrypted with AES-256-GCM, under keys that it never has, each for one
// login. One that is moved to another login's row does not open there.
//
// A sealed secret: length of the key's id (1 byte), the id, nonce (12), ciphertext, tag (16).
import { createCipheriv, createDecipheriv, randomBytes, type KeyObject } from 'node:crypto';
import type { Keyring } from './keyring';

const algorithm = 'aes-256-gcm';
const nonceBytes = 12;
const tagBytes = 16;

/** Whose secret it is. */
export interface LoginKey {
  account_id: string;
  login_id: string;
}

export class SecondFactorSecrets {
  private readonly keys: Map<string, KeyObject>;
  private readonly activeId: string;

  constructor(keyring: Keyring) {
    this.keys = keyring.derive('second-factor');
    this.activeId = keyring.activeId;
  }

  seal(login: LoginKey, secret: Buffer): Buffer {
    const key = this.keys.get(this.activeId);
    if (key === undefined) throw new Error('the active key is missing');
    const id = Buffer.from(this.activeId);
    const nonce = randomBytes(nonceBytes);
    const cipher = createCipheriv(algorithm, key, nonce).setAAD(associatedData(login));
    const text = Buffer.concat([cipher.update(secret), cipher.final()]);
    return Buffer.concat([Buffer.from([id.length]), id, nonce, text, cipher.getAuthTag()]);
  }

  /** Null: it is not this login's, it was changed, or the server no longer has the key; then no code fits. */
  open(login: LoginKey, sealed: Buffer): Buffer | null {
    const idEnd = 1 + (sealed[0] ?? 0);
    const textStart = idEnd + nonceBytes;
    const key = this.keys.get(sealed.subarray(1, idEnd).toString());
    if (key === undefined || sealed.length < textStart + tagBytes) return null;
    try {
      const cipher = createDecipheriv(algorithm, key, sealed.subarray(idEnd, textStart))
        .setAAD(associatedData(login))
        .setAuthTag(sealed.subarray(-tagBytes));
      return Buffer.concat([cipher.update(sealed.subarray(textStart, -tagBytes)), cipher.final()]);
    } catch {
      return null;
    }
  }
}

/** Ids have one length and one form, so that no two logins read alike. */
function associatedData({ account_id, login_id }: LoginKey): Buffer {
  return Buffer.from(`second factor of ${account_id} ${login_id}`);
}
