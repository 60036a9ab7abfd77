// What a partner token looks like: `rf_`, the token's id, a 256-bit secret and a checksum, in base62, so that a double click
// selects all of it and scanners of source code find it (the expression is in SECURITY.md). The checksum lets them, and us,
// refuse what is mistyped or made up without asking a database.
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { digestOf } from '../sessions/access-token';

const start = 'rf_';
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idBytes = 16;
const secretBytes = 32;
/** Digits of base62 that hold so many bytes, or a CRC-32. */
const idDigits = 22;
const secretDigits = 43;
const checksumDigits = 6;

const shape = new RegExp(
  `^${start}([0-9A-Za-z]{${idDigits}})([0-9A-Za-z]{${secretDigits}})[0-9A-Za-z]{${checksumDigits}}$`,
);

/** A token as it was sent. */
export interface PresentedToken {
  id: string;
  secretDigest: Buffer;
}

/** Random bytes for a token, and the digest that the database is given. */
export function newTokenSecret(): { secret: Buffer; digest: Buffer } {
  const secret = randomBytes(secretBytes);
  return { secret, digest: digestOf(secret) };
}

/** The text of a token. */
export function tokenText(id: string, secret: Buffer): string {
  const text = tokenPrefix(id) + toBase62(secret, secretDigits);
  return text + checksumOf(text);
}

/** What of a token's text may be shown: it tells which token it is, and opens nothing. */
export function tokenPrefix(id: string): string {
  return start + toBase62(Buffer.from(id.replaceAll('-', ''), 'hex'), idDigits);
}

/** Takes a token apart; null: it is none. */
export function parseToken(text: string): PresentedToken | null {
  const [, idText = '', secretText = ''] = shape.exec(text) ?? [];
  const [id, secret] = [fromBase62(idText, idBytes), fromBase62(secretText, secretBytes)];
  if (id === null || secret === null || !text.endsWith(checksumOf(text.slice(0, -checksumDigits))))
    return null;
  const uuid = id.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { id: uuid, secretDigest: digestOf(secret) };
}

function checksumOf(text: string): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc32(text));
  return toBase62(bytes, checksumDigits);
}

function toBase62(bytes: Buffer, digits: number): string {
  let rest = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (let place = 0; place < digits; place += 1) {
    text = alphabet.charAt(Number(rest % 62n)) + text;
    rest /= 62n;
  }
  return text;
}

/** Null: nothing, or a number that so many bytes can't hold. */
function fromBase62(text: string, bytes: number): Buffer | null {
  let number = 0n;
  for (const digit of text) number = number * 62n + BigInt(alphabet.indexOf(digit));
  const hex = number.toString(16).padStart(bytes * 2, '0');
  return text === '' || hex.length > bytes * 2 ? null : Buffer.from(hex, 'hex');
}
