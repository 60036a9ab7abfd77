// One JSON object a line, with a `type`. Values are exactly what is stored.
import { typeOf, type ColumnType, type Kind } from './kinds';
import { isoTime, plain, type CopiedRow } from './rows';
import type { Run } from './run';

export async function* ndjson(run: Run): AsyncGenerator<Buffer> {
  yield line({ type: 'export', ...run.about });
  for (const kind of run.kinds) {
    const record = recordsOf(kind);
    yield* run.written(kind, (rows) => rows.map(record).join(''));
  }
  yield line({ type: 'end', ...(await run.end()) });
}

function line(record: object): Buffer {
  return Buffer.from(`${JSON.stringify(record)}\n`);
}

const written: Record<ColumnType, (value: string) => string> = {
  fixed: (value) => `"${value}"`,
  text: (value) => JSON.stringify(value),
  number: (value) => value,
  boolean: (value) => (value === 't' ? 'true' : 'false'),
  time: (value) => `"${isoTime(value)}"`,
  json: (value) => value,
};

/** Written here rather than by JSON.stringify of an object, which takes several times as long for a million of them. */
function recordsOf({ type, columns }: Kind): (row: CopiedRow) => string {
  const fields = Object.entries(columns).map(([name, column]) => ({
    before: `,${JSON.stringify(name)}:`,
    write: written[typeOf(column)],
  }));
  const start = `{"type":${JSON.stringify(type)}`;
  return (row) => {
    let record = start;
    for (const [index, { before, write }] of fields.entries()) {
      const value = plain(row[index] ?? '');
      record += before + (value === null ? 'null' : write(value));
    }
    return `${record}}\n`;
  };
}
