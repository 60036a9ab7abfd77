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
