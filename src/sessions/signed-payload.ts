// Texts that prove we made them: a payload and an HMAC over it and what it is for. A valid one proves that, nothing more.
import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';

/** `keys`: the first one signs. */
export function signPayload(keys: readonly KeyObject[], purpose: string, payload: Buffer): string {
  const [key] = keys;
  if (key === undefined) throw new Error(`there is no key for ${purpose}`);
  return `${payload.toString('base64url')}.${signatureOf(key, purpose, payload).toString('base64url')}`;
}

/** The payload of a text; null: none of the keys signed it, or for another purpose. */
export function openPayload(keys: readonly KeyObject[], purpose: string, text: string): Buffer | null {
  const [encoded = '', signature = '', ...more] = text.split('.');
  const payload = Buffer.from(encoded, 'base64url');
  const given = Buffer.from(signature, 'base64url');
  // In its one spelling: several texts decode to the same bytes.
  const spelled = `${payload.toString('base64url')}.${given.toString('base64url')}` === text;
  if (more.length > 0 || !spelled) return null;
  const ours = keys.some((key) => {
    const expected = signatureOf(key, purpose, payload);
    return expected.length === given.length && timingSafeEqual(expected, given);
  });
  return ours ? payload : null;
}

/** An id as the 16 bytes that it is. */
export function idBytes(id: string): Buffer {
  return Buffer.from(id.replaceAll('-', ''), 'hex');
}

/** The id that 16 bytes are. */
export function idOf(bytes: Buffer): string {
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

function signatureOf(key: KeyObject, purpose: string, payload: Buffer): Buffer {
  return createHmac('sha256', key).update(`${purpose}|`).update(payload).digest();
}
