// Segments and campaigns are written by definer functions, which row security does not narrow: they write what the caller sees.
import { createArena, principalNames, type Arena } from './arena';
import { planDifferences, planNamingDifferences } from './plan-probe';

let arena: Arena;

beforeAll(async () => {
  arena = await createArena();
});
afterAll(() => arena.close());

test.each(principalNames)(
  '%s writes the segments and campaigns that they see, and no other',
  async (name) => {
    expect(await planDifferences(arena, [name])).toEqual([]);
  },
);

test('a campaign and a filter name nothing that is not the caller’s to name, or of another list', async () => {
  expect(await planNamingDifferences(arena)).toEqual([]);
});
