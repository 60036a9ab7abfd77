// Access tokens: JWTs (RFC 7519) that carry a session's id and a secret. The signature lets the server refuse rubbish
// without asking the database; kind and permissions are hints that allow nothing.
import { createHash, randomBytes, type KeyObject } from 'node:crypto';
import jwt from 'jsonwebtoken';
import { LRUCache } from 'lru-cache';
import type { SealedKind } from '../database/transaction';
import type { SignedInPrincipal } from '../graphql/principal';
import type { Keyring } from './keyring';

const issuer = 'ringfence';
const audience = 'ringfence:api';
const algorithm = 'HS256';
const clockToleranceSeconds = 5;
const secretBytes = 32;

/** Tokens whose signature is remembered: a front end sends the same one for ten minutes. */
const rememberedTokens = 2000;

interface Claims {
  sid: string;
  secret: string;
  kind: SealedKind;
  account: string;
  principal: string;
  permissions: string[];
}

interface Verified {
  principal: SignedInPrincipal;
  /** Seconds since 1970. */
  expiresAt: number;
}

/** A new secret, to be sent once, and its digest, to be given to the database. */
export function newSecret(): { secret: string; digest: Buffer } {
  const bytes = randomBytes(secretBytes);
  return { secret: bytes.toString('base64url'), digest: digestOf(bytes) };
}

/** sha256 of a secret in base64url; what the database is given in its place. */
export function secretDigest(secret: string): Buffer {
  return digestOf(Buffer.from(secret, 'base64url'));
}

/** sha256; of a secret, all that the database is given of it. */
export function digestOf(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}

export class AccessTokens {
  private readonly keys: Map<string, KeyObject>;
  private readonly activeId: string;
  private readonly verified = new LRUCache<string, Verified>({ max: rememberedTokens });

  constructor(keyring: Keyring) {
    this.keys = keyring.derive('access-token');
    this.activeId = keyring.activeId;
  }

  sign(claims: Claims, expiresAt: Date): string {
    const key = this.keys.get(this.activeId);
    if (key === undefined) throw new Error('the active key is missing');
    return jwt.sign({ ...claims, exp: Math.floor(expiresAt.getTime() / 1000) }, key, {
      algorithm,
      issuer,
      audience,
      keyid: this.activeId,
    });
  }

  /** Whom a token stands for; null: it is not one of ours, or expired. */
  verify(token: string): SignedInPrincipal | null {
    const known = this.verified.get(token);
    if (known !== undefined) {
      return Math.floor(Date.now() / 1000) < known.expiresAt + clockToleranceSeconds ? known.principal : null;
    }
    try {
      const header = jwt.decode(token, { complete: true })?.header;
      const key = this.keys.get(header?.kid ?? '');
      if (key === undefined) return null;
      const claims = jwt.verify(token, key, {
        algorithms: [algorithm],
        issuer,
        audience,
        clockTolerance: clockToleranceSeconds,
      }) as unknown as Claims & { exp: number };
      const principal: SignedInPrincipal = {
        kind: claims.kind,
        accountId: claims.account,
        principalId: claims.principal,
        permissions: new Set(claims.permissions),
        credential: { sessionId: claims.sid, secretDigest: secretDigest(claims.secret), kind: claims.kind },
      };
      this.verified.set(token, { principal, expiresAt: claims.exp });
      return principal;
    } catch {
      return null;
    }
  }
}
