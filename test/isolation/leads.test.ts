// Leads are found and written by definer functions, which row security does not narrow: they find and write what the caller sees.
import { createArena, principalNames, type Arena } from './arena';
import { leadDifferences } from './lead-probe';

let arena: Arena;

beforeAll(async () => {
  arena = await createArena();
});
afterAll(() => arena.close());

test.each(principalNames)('%s finds the leads that they see, and writes of no other', async (name) => {
  expect(await leadDifferences(arena, [name])).toEqual([]);
});

test('who changes one lead is asked whether they see that one, and not whether they see all others', async () => {
  const { login, owner, principals, alpha } = arena;
  const leads = `insert into ringfence.leads (account_id, client_id, list_id, name)
    select account_id, client_id, id, 'Many' from ringfence.lists, generate_series(1, 100) where id = $1 returning id`;
  const {
    rows: [lead],
  } = await owner.query<{ id: string }>(leads, [alpha.lists.open]);
  await login.as(principals['a scoped member, working with leads'], async () => {
    const asked = async () => {
      const [row] = await login.rows(
        "select (seq_scan + idx_scan)::int as times from pg_stat_xact_user_tables where relname = 'list_places'",
      );
      return Number(row?.times);
    };
    const before = await asked();
    const changes = JSON.stringify([{ id: lead?.id, changes: { name: 'One' } }]);
    expect(await login.rows('select problem from ringfence.update_leads($1)', [changes])).toEqual([
      { problem: null },
    ]);
    expect((await asked()) - before).toBeLessThan(20);
  });
});
