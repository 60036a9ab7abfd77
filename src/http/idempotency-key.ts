// The header Idempotency-Key (draft-ietf-httpapi-idempotency-key-header): a string, in quotes as the draft writes it, or
// without them as most clients do; both are the same key.
import type { IncomingMessage } from 'node:http';

const maximumLength = 255;

const printable = /^[\x20-\x7e]+$/;
/** A string of RFC 8941: quotes and backslashes in it are escaped, nothing follows it. */
const quoted = /^"((?:[^"\\]|\\["\\])*)"$/;

/** Null: there is none. Undefined: there is one that is no key, or there are several. */
export function idempotencyKeyOf(request: IncomingMessage): string | null | undefined {
  // Most requests have none, and to tell headers apart takes all of them apart.
  if (request.headers['idempotency-key'] === undefined) return null;
  const [given = '', ...more] = request.headersDistinct['idempotency-key'] ?? [];
  if (more.length > 0) return undefined;
  const key = given.startsWith('"') ? quoted.exec(given)?.[1]?.replace(/\\(.)/g, '$1') : given;
  return key !== undefined && key.length <= maximumLength && printable.test(key) ? key : undefined;
}
