// The two kinds of codes: those of an app, which change every 30 seconds (TOTP, RFC 6238, with what every app understands: SHA-1,
// 6 digits), and recovery codes, which are kept on paper.
import { createHash, randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';

/** 160 bits, as RFC 4226 recommends. */
const secretBytes = 20;
/** Steps before and after the present one whose codes are accepted: clocks differ, and typing takes a while. */
const acceptedSkewSteps = 1;
const periodSeconds = 30;

const recoveryCodes = 10;
/** 80 bits: sixteen letters of 5 bits. */
const recoveryLetters = 16;
/** Crockford's base 32: without i, l, o and u, which are read as something else, or as more than was meant. */
const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
const groupsOfFour = /.{4}(?=.)/g;

/** A code as somebody typed it. */
export type TypedCode = { digits: string } | { recoveryDigest: Buffer };

export function newSecondFactorSecret(): Buffer {
  return randomBytes(secretBytes);
}

/** A secret as it is typed into an app, and as the address that an app reads from a picture. */
export function setupOf(secret: Buffer, issuer: string, label: string): { secret: string; uri: string } {
  const totp = totpOf(secret, issuer, label);
  return { secret: totp.secret.base32, uri: totp.toString() };
}

/** The step, in 30 seconds since 1970, whose code this is; null: none of those that are accepted at that time. */
export function stepOf(secret: Buffer, digits: string, at: Date): number | null {
  const timestamp = at.getTime();
  const skew = totpOf(secret).validate({ token: digits, timestamp, window: acceptedSkewSteps });
  return skew === null ? null : Math.floor(timestamp / 1000 / periodSeconds) + skew;
}

/** Ten new recovery codes, to be shown once, and their digests, to be given to the database. */
export function newRecoveryCodes(): { codes: string[]; digests: Buffer[] } {
  const plain = Array.from({ length: recoveryCodes }, () =>
    // 32 letters: the low 5 bits of a byte are evenly one of them.
    [...randomBytes(recoveryLetters)].map((byte) => alphabet[byte % alphabet.length]).join(''),
  );
  return { codes: plain.map((code) => code.replace(groupsOfFour, '$&-')), digests: plain.map(digestOf) };
}

/** What kind of code was typed, whatever its case, spaces and hyphens; null: neither. */
export function readCode(typed: string): TypedCode | null {
  const code = typed.toLowerCase().replace(/[\s-]/g, '');
  if (/^[0-9]{6}$/.test(code)) return { digits: code };
  const letters = code.replaceAll('o', '0').replace(/[il]/g, '1');
  return letters.length === recoveryLetters && [...letters].every((letter) => alphabet.includes(letter))
    ? { recoveryDigest: digestOf(letters) }
    : null;
}

function totpOf(secret: Buffer, issuer?: string, label?: string): TOTP {
  return new TOTP({
    ...(issuer === undefined ? {} : { issuer }),
    ...(label === undefined ? {} : { label }),
    algorithm: 'SHA1',
    digits: 6,
    period: periodSeconds,
    secret: new Secret({ buffer: Uint8Array.from(secret).buffer }),
  });
}

function digestOf(code: string): Buffer {
  return createHash('sha256').update(code).digest();
}
