// A zip of one CSV for each kind (RFC 4180, UTF-8, a header line), and as its last entry `manifest.json`, which says whether it
// is complete. What was cut off on its way has no directory and opens nowhere.
import { once } from 'node:events';
import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';
import { typeOf, type ColumnType, type Kind } from './kinds';
import { isoTime, plain, type CopiedRow } from './rows';
import type { Run } from './run';

/** Sizes are not known beforehand, and may be beyond what the older form of a zip can say. */
const entry = { forceZip64Format: true };

export async function* zippedCsv(run: Run): AsyncGenerator<Buffer> {
  const archive = new ZipFile();
  const output = archive.outputStream as Readable;
  fill(archive, run).catch((error: unknown) => output.destroy(error as Error));
  yield* output as AsyncIterable<Buffer>;
}

async function fill(archive: ZipFile, run: Run): Promise<void> {
  for (const kind of run.kinds) {
    if (run.over) break;
    const lines = Readable.from(linesOf(kind, run), { objectMode: false });
    archive.addReadStream(lines, `${kind.name}.csv`, entry);
    await once(lines, 'end');
  }
  const manifest = { ...run.about, ...(await run.end()) };
  archive.addBuffer(Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`), 'manifest.json');
  archive.end();
}

async function* linesOf(kind: Kind, run: Run): AsyncGenerator<Buffer> {
  yield Buffer.from(lineOf(Object.keys(kind.columns)));
  const writers = Object.values(kind.columns).map((column) => written[typeOf(column)]);
  const record = (row: CopiedRow) =>
    lineOf(
      row.map((copied, index) => {
        const value = plain(copied);
        return value === null ? '' : (writers[index]?.(value) ?? value);
      }),
    );
  yield* run.written(kind, (rows) => rows.map(record).join(''));
}

/**
 * Two rules are all there is to it, and keep up with the database; a library took three times as long for a million rows. What
 * other spreadsheets take for a separator is quoted as well.
 */
function lineOf(values: string[]): string {
  const quoted = values.map((value) =>
    /[",;\t\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value,
  );
  return `${quoted.join(',')}\r\n`;
}

const asIs = (value: string) => value;

const written: Record<ColumnType, (value: string) => string> = {
  fixed: asIs,
  text: harmless,
  number: asIs,
  boolean: (value) => (value === 't' ? 'true' : 'false'),
  time: isoTime,
  json: harmlessJson,
};

// What a spreadsheet would compute (OWASP, CSV injection). One that separates by semicolons or tabs does not see quotes that stand
// within a line, so that a cell may begin for it wherever a separator or a new line is.

/** Where there is none, there is no formula. */
const startsFormula = /[=+\-@＝＋－＠﹦﹢﹣﹫]/u;
/** What is not seen before a formula, and may be taken off; quotes, which are doubled, may be as well. */
const unseen = /(?:(?![\t\r\n])["\s\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}])*/u.source;
/** Numbers, and telephone numbers in E.164, begin alike and compute nothing. */
const number = /[+-]\d+(?:[.,]\d+)?(?:[;\t\r\n]|$)/u.source;
const formulas = new RegExp(`(^|[;\\t\\r\\n])(${unseen}(?!${number})${startsFormula.source})`, 'gu');

/** A text that no spreadsheet computes: an apostrophe before what would begin a formula. */
export function harmless(text: string): string {
  return startsFormula.test(text) ? text.replace(formulas, "$1'$2") : text;
}

const formulasInJson = new RegExp(`(;${unseen})(${startsFormula.source})`, 'gu');

/** The same document. Only in its texts can there be a semicolon, and there a character may be written by its number. */
function harmlessJson(text: string): string {
  return text.replace(
    formulasInJson,
    (_, before: string, start: string) => `${before}\\u${start.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
