// Cursors: where a page ends, opaque to clients. Bound to their ordering and account, and tamper-evident, so that a
// cursor is either one we gave for exactly this list or refused.
import { createHmac, timingSafeEqual, type KeyObject } from 'node:crypto';

/** The place of a row: its sort key, which converts back without loss, and its id. */
export interface Place {
  sortKey: string | number;
  id: string;
}

const macBytes = 12;

export class CursorCodec {
  /** The first key makes cursors; all of them verify. */
  constructor(private readonly keys: readonly KeyObject[]) {}

  encode(ordering: string, accountId: string, place: Place): string {
    const body = Buffer.from(JSON.stringify([place.sortKey, place.id]));
    const [key] = this.keys;
    if (key === undefined) throw new Error('cursors need a key');
    return Buffer.concat([mac(key, ordering, accountId, body), body]).toString('base64url');
  }

  /** Null: not a cursor of this ordering and account. */
  decode(ordering: string, accountId: string, cursor: string): Place | null {
    const bytes = Buffer.from(cursor, 'base64url');
    // Decoding skips what is no base64url, and the spare bits of the last character.
    if (bytes.toString('base64url') !== cursor) return null;
    const body = bytes.subarray(macBytes);
    const given = bytes.subarray(0, macBytes);
    if (
      bytes.length <= macBytes ||
      !this.keys.some((key) => timingSafeEqual(given, mac(key, ordering, accountId, body)))
    )
      return null;
    const [sortKey, id] = JSON.parse(body.toString()) as [string | number, string];
    return { sortKey, id };
  }
}

function mac(key: KeyObject, ordering: string, accountId: string, body: Buffer): Buffer {
  return createHmac('sha256', key)
    .update(`${ordering}|${accountId}|`)
    .update(body)
    .digest()
    .subarray(0, macBytes);
}
