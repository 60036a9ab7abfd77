// Emits schema.graphql from the code. With --check nothing is written: it fails when the file is not what the code says,
// or when something published would break without having been deprecated first.
import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CriticalityLevel, diff, DiffRule } from '@graphql-inspector/core';
import { buildASTSchema, lexicographicSortSchema, parse, printSchema } from 'graphql';
import { buildSchema } from '../src/graphql/schema';
import { projectRoot } from '../src/project';

const emitted = join(projectRoot, 'schema.graphql');
/** The schema of the last release; `--publish` replaces it. */
const published = join(projectRoot, 'schema.published.graphql');

async function main(): Promise<void> {
  const text = `${printSchema(lexicographicSortSchema(buildSchema()))}\n`;
  if (process.argv.includes('--publish')) writeFileSync(published, text);
  if (!process.argv.includes('--check')) return writeFileSync(emitted, text);

  if (readFileSync(emitted, 'utf8') !== text)
    throw new Error('schema.graphql is not up to date: npm run generate');
  const changes = await diff(
    buildASTSchema(parse(readFileSync(published, 'utf8'))),
    buildASTSchema(parse(text)),
    [DiffRule.suppressRemovalOfDeprecatedField],
  );
  const breaking = changes.filter((change) => change.criticality.level === CriticalityLevel.Breaking);
  if (breaking.length > 0) {
    throw new Error(
      `these changes break published members; deprecate them first:\n${breaking.map((change) => `  ${change.message}`).join('\n')}`,
    );
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
