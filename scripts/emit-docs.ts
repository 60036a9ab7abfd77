// Emits the pages that the code knows best: docs/settings.md from the settings, docs/access.md from the rules of the features,
// db/tables.md from a migrated database.
// With --check nothing is written: it fails when a page is not what the code says.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import * as prettier from 'prettier';
import { settings } from '../src/config';
import { allow } from '../src/graphql/shield';
import { rulesOf } from '../src/graphql/schema';
import { startEmbeddedPostgres } from '../src/database/embedded';
import { migrate } from '../src/database/migrate';
import { notForTokens } from '../src/members/permission';
import { projectRoot } from '../src/project';

function settingsPage(): string {
  const rows = Object.entries(settings.shape).map(([name, schema]) => {
    const parsed = schema.safeParse(undefined);
    const fallback =
      parsed.success && parsed.data !== undefined
        ? `\`${JSON.stringify(parsed.data).replace(/^"|"$/g, '')}\``
        : '';
    return `| \`${name}\` | ${fallback} | ${schema.description ?? ''} |`;
  });
  return `# Settings

Read from the environment once, at start. One that can't be used stops the start, with a line for each. Switches take
\`true\` and \`false\`. This page is made from \`src/config.ts\`.

| setting | default | what it is |
| --- | --- | --- |
${rows.join('\n')}
`;
}

/** Kinds of principals, and which of them a rule lets through; null: those who hold the permission. */
const kinds: [kind: string, mayCall: (rule: string) => boolean | null][] = [
  ['anonymous', (rule) => rule === 'allow'],
  [
    'portal user',
    (rule) =>
      // What they hold by a flag of theirs; VIEW_CLIENTS they always hold.
      /^can .*\bVIEW_(RECORDINGS|BILLABLE_MINUTES)\b/.test(rule)
        ? null
        : /^(allow|signed in|is person)$|^can .*\bVIEW_CLIENTS\b/.test(rule),
  ],
  ['partner token', (rule) => (tokenMay(rule) ? null : ['allow', 'signed in'].includes(rule))],
  [
    'member',
    (rule) =>
      rule.startsWith('can ') ? null : ['allow', 'signed in', 'is person', 'is member'].includes(rule),
  ],
  ['administrator', (rule) => rule !== 'is owner'],
  ['owner', () => true],
];

/** Whether permissions that are enough for a rule can be given to a token. */
function tokenMay(rule: string): boolean {
  return (
    rule.startsWith('can ') &&
    rule
      .slice('can '.length)
      .split(' or ')
      .some((enough) => !enough.split(' and ').some((permission) => notForTokens.includes(permission)))
  );
}

function accessPage(): string {
  const rules = rulesOf();
  const table = (type: 'Query' | 'Mutation') =>
    Object.entries(rules[type] ?? {})
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .map(([field, rule]) => {
        const name = rule === allow ? 'allow' : ((rule as { name?: string }).name ?? '');
        const needed = name.startsWith('can ') ? `with ${name.slice('can '.length)}` : '';
        const cells = kinds.map(
          ([, mayCall]) => ({ true: 'yes', false: '', null: needed })[String(mayCall(name))],
        );
        return `| \`${field}\` | ${cells.join(' | ')} |`;
      })
      .join('\n');
  const head = `| | ${kinds.map(([kind]) => kind).join(' | ')} |\n| --- | ${kinds.map(() => '---').join(' | ')} |`;
  return `# Who may call what

By kind of principal; empty: refused, UNAUTHENTICATED where nobody is signed in and FORBIDDEN otherwise. Which rows one then
sees or changes is decided by the database, whatever stands here. This page is made from the rules of the features
(\`src/<feature>/<feature>.rules.ts\`).

## Queries

${head}
${table('Query')}

## Mutations

${head}
${table('Mutation')}
`;
}

const tableQuery = `
  select n.nspname || '.' || c.relname as "table", obj_description(c.oid) as comment,
    (select string_agg(format('| \`%s\` | %s | %s | %s |', a.attname, format_type(a.atttypid, a.atttypmod),
       case when a.attnotnull then '' else 'null' end,
       case when a.attgenerated = 's' then 'generated: ' else '' end || coalesce('\`' || pg_get_expr(d.adbin, d.adrelid) || '\`', '')), E'\\n' order by a.attnum)
     from pg_attribute a left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
     where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped) as columns,
    (select string_agg(format('- \`%s\`: \`%s\`', k.conname, regexp_replace(pg_get_constraintdef(k.oid), '\\s+', ' ', 'g')), E'\\n' order by k.contype desc, k.conname)
     from pg_constraint k where k.conrelid = c.oid and k.contype <> 'n') as keys,
    (select string_agg(format('- \`%s\`: \`%s\`', i.relname, regexp_replace(pg_get_indexdef(x.indexrelid), '^CREATE (UNIQUE )?INDEX .* USING ', '\\1')), E'\\n' order by i.relname)
     from pg_index x join pg_class i on i.oid = x.indexrelid
     where x.indrelid = c.oid and not exists (select from pg_constraint k where k.conindid = x.indexrelid)) as indexes,
    (select string_agg(format('- \`%s\`: %s', t.tgname, regexp_replace(pg_get_triggerdef(t.oid), '^CREATE TRIGGER \\S+ | ON \\S+', '', 'g')), E'\\n' order by t.tgname)
     from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal) as triggers
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname in ('ringfence', 'fence') and c.relkind = 'r'
  order by n.nspname desc, c.relname`;

async function tablesPage(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), 'ringfence-docs-'));
  // As root, Postgres runs as somebody else, who must get in.
  chmodSync(directory, 0o755);
  const server = await startEmbeddedPostgres({ directory: join(directory, 'postgres'), durable: false });
  try {
    await migrate({
      url: server.url,
      loginUrl: as(server.url, 'ringfence_login'),
      signinUrl: as(server.url, 'ringfence_signin'),
      workerUrl: null,
    });
    const client = new Client({ connectionString: server.url });
    await client.connect();
    const { rows } =
      await client.query<Record<'table' | 'columns' | 'keys' | 'indexes' | 'triggers', string | null>>(
        tableQuery,
      );
    await client.end();
    const sections = rows.map((row) =>
      [
        `## ${row.table ?? ''}`,
        `| column | type | | default |\n| --- | --- | --- | --- |\n${row.columns ?? ''}`,
        ...(['keys', 'indexes', 'triggers'] as const).flatMap((part) =>
          row[part] === null ? [] : [`${part}:\n\n${row[part]}`],
        ),
      ].join('\n\n'),
    );
    return `# Tables

The final shape of every table, after all migrations; who may do what with them is in \`db/policies\`. This page is made from
a migrated database.

${sections.join('\n\n')}
`;
  } finally {
    await server.stop();
    rmSync(directory, { recursive: true, force: true });
  }
}

function as(serverUrl: string, user: string): string {
  const url = new URL(serverUrl);
  url.username = user;
  url.password = 'for-this-page';
  return url.href;
}

async function main(): Promise<void> {
  const pages = {
    'docs/settings.md': settingsPage(),
    'docs/access.md': accessPage(),
    'db/tables.md': await tablesPage(),
  };
  for (const [name, text] of Object.entries(pages)) {
    const path = join(projectRoot, name);
    const formatted = await prettier.format(text, {
      parser: 'markdown',
      ...(await prettier.resolveConfig(path)),
    });
    if (!process.argv.includes('--check')) writeFileSync(path, formatted);
    else if (readFileSync(path, 'utf8') !== formatted)
      throw new Error(`${name} is not up to date: npm run generate`);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
