// Puts tables between their markers in docs/performance.md, whose prose is written by hand and left alone.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../src/project';

const documentFile = join(projectRoot, 'docs/performance.md');

export function publishTables(name: 'works' | 'growth', markdown: string): void {
  const [start, end] = [`<!-- ${name}: made by npm run bench -->`, `<!-- ${name}: end -->`];
  const text = readFileSync(documentFile, 'utf8');
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has lost its markers for ${name}`);
  writeFileSync(documentFile, `${text.slice(0, from + start.length)}\n\n${markdown}\n\n${text.slice(to)}`);
}

/** The tables of the works under their chart. */
export function publishWorks(markdown: string, svg: string): void {
  writeFileSync(join(projectRoot, 'docs/performance.svg'), svg);
  publishTables('works', `![Ratios of every work, with their goals](performance.svg)\n\n${markdown}`);
}
