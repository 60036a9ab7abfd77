// The last look at a key before it becomes a path: ids and slashes, no dot, nothing else.
const id = '[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const key = new RegExp(`^${id}/${id}/${id}$`);
const prefix = new RegExp(`^${id}/(${id}/)?$`);

export function isKey(text: string): boolean {
  return key.test(text);
}

/** Of an account or of a client: an empty one would be everything. */
export function isPrefix(text: string): boolean {
  return prefix.test(text);
}

/** Throws for whatever is not the key of one file. */
export function requireKey(text: string): void {
  if (!isKey(text)) throw new Error(`this is no key of a file: ${JSON.stringify(text)}`);
}

/** Throws for whatever is not the prefix of an account or of a client. */
export function requirePrefix(text: string): void {
  if (!isPrefix(text)) throw new Error(`this is no prefix of files: ${JSON.stringify(text)}`);
}
