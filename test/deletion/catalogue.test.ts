// Nothing of a deleted client is forgotten: what is deleted is compared with the catalog, and then with all that is stored.
import { DeleteClientDocument } from '../support/documents.generated';
import { dumpDatabase } from '../support/dump';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { clientData, rowsOf } from './client-data';
import { createFullClient, marker } from './full-client';
import { finishDeletions } from './working';

/** What may still name a client that is gone, or what it owned, by id; and why. */
const kept: Record<string, string> = {
  'ringfence.client_deletions': 'says that it was done: id, name and numbers',
  'ringfence.audit_entries': 'the log outlives its subjects: ids, and of the client the name',
  'fence.events': 'ids alone; whoever follows changes has to learn that it is gone',
  'fence.outbox': 'neither address nor content; counts against what an account may send in a day',
  'fence.idempotency_keys': 'ids alone, for a day',
};

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const names = async (text: string) =>
  (await server.owner.query<{ name: string }>(text)).rows.map(({ name }) => name);

const named = 'format($$%s.%s$$, n.nspname, c.relname)';

test('every table that belongs to clients, by its columns or its keys, is emptied with one, or is kept for a reason', async () => {
  const owned = await names(
    `with recursive owned as (
       select 'ringfence.clients'::regclass::oid as id
       union
       select c.oid from pg_class c join pg_attribute a on a.attrelid = c.oid
       where c.relkind in ('r', 'p') and a.attname = 'client_id' and not a.attisdropped
       union
       select k.conrelid from owned join pg_constraint k on k.confrelid = owned.id and k.contype = 'f' and k.confdeltype in ('c', 'a', 'r'))
     select ${named} as name from owned join pg_class c on c.oid = owned.id join pg_namespace n on n.oid = c.relnamespace`,
  );
  const emptied = (await clientData(server.owner)).map(({ data }) => data);
  const forgotten = owned.filter((table) => !emptied.includes(table) && !(table in kept));
  expect(forgotten).toEqual([]);
  expect(emptied.filter((table) => !owned.includes(table))).toEqual([]);
  expect(new Set(emptied).size).toBe(emptied.length);
  expect(emptied.length).toBeGreaterThan(20);
});

test('what references something is deleted before it', async () => {
  const order = (await clientData(server.owner)).map(({ data }) => data);
  const { rows } = await server.owner.query<{ from: string; to: string }>(
    `select conrelid::regclass::text as from, confrelid::regclass::text as to from pg_constraint where contype = 'f'`,
  );
  const wrong = rows.filter(
    ({ from, to }) => order.includes(from) && order.includes(to) && order.indexOf(from) > order.indexOf(to),
  );
  expect(wrong).toEqual([]);
});

test('what belongs to a client is found by an index that begins with what is looked for', async () => {
  const slow: string[] = [];
  for (const { data, condition } of await clientData(server.owner)) {
    const column = /^d\.(\w+)/.exec(condition)?.[1] ?? '';
    const indexes = await names(
      `select (select string_agg(a.attname, ' ' order by k.place) from unnest(i.indkey::int2[]) with ordinality k (number, place)
               join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.number) as name
       from pg_index i where i.indrelid = '${data}'::regclass and i.indpred is null`,
    );
    const wanted = new RegExp(`^(account_id )?${column}\\b`);
    if (!indexes.some((columns) => wanted.test(columns))) slow.push(`${data}.${column}`);
  }
  expect(slow).toEqual([]);
});

test('of a client with a row in every table nothing is left but ids and its name, and no other row has changed', async () => {
  const client = await createFullClient(server, world);
  await createFullClient(server, world);
  const owned = await rowsOf(server.owner, world.accountId, client.id);
  // Whoever adds a table to the list adds a row of it to full-client.ts.
  expect(owned.filter(({ rows }) => rows.length === 0)).toEqual([]);
  const ids = owned.flatMap(({ rows }) => rows.flatMap(({ id }) => (typeof id === 'string' ? id : [])));
  const mentions = (row: string) => ids.some((id) => row.includes(id));

  const before = await dumpDatabase(server.owner);
  await world.asOwner.get(DeleteClientDocument, { input: { id: client.id, confirmName: client.name } });
  await finishDeletions(server);
  const after = await dumpDatabase(server.owner);

  const changing = /^graphile_worker\.|^fence\.(rate_limits|migrations)$/;
  for (const [table, rows] of after) {
    if (changing.test(table)) continue;
    const left = rows.filter(mentions);
    if (!(table in kept)) expect({ table, left }).toEqual({ table, left: [] });
    const others = (before.get(table) ?? []).filter((row) => !mentions(row));
    expect({ table, missing: others.filter((row) => !rows.includes(row)) }).toEqual({ table, missing: [] });
  }
  const texts = [...after].flatMap(([table, rows]) =>
    rows.filter((row) => row.includes(marker) && mentions(row)).map(() => table),
  );
  expect(texts.sort()).toEqual([
    'ringfence.audit_entries',
    'ringfence.audit_entries',
    'ringfence.client_deletions',
  ]);
});
