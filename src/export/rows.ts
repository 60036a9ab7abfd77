// Rows out of what Postgres copies, which is text: a line for each row, tabs between values, backslashes before what would be
// mistaken for either. Taking that apart costs a fraction of reading rows one by one.
import { StringDecoder } from 'node:string_decoder';

/** The values of a row as they are copied: escaped, or `nothing`. */
export type CopiedRow = string[];

/** What a null is copied as. */
const nothing = '\\N';

/** Puts rows together from the pieces that they come in. */
export class RowReader {
  private readonly decoder = new StringDecoder('utf8');
  private unfinished = '';

  /** The rows that are whole with this piece. */
  take(piece: Buffer): CopiedRow[] {
    const lines = (this.unfinished + this.decoder.write(piece)).split('\n');
    this.unfinished = lines.pop() ?? '';
    return lines.map((line) => line.split('\t'));
  }
}

const escapes: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' };

/** A value as it is in the database; null: there is none. */
export function plain(value: string): string | null {
  if (value === nothing) return null;
  if (!value.includes('\\')) return value;
  return value.replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
}

/** A time as the API writes it: ISO 8601, in UTC. */
export function isoTime(text: string): string {
  return text.replace(' ', 'T').replace('+00', 'Z');
}
