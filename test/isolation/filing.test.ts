// What agents did is filed by definer functions, which row security does not narrow: they file under what the reporter reaches.
import { createArena, principalNames, type Arena } from './arena';
import { filingDifferences } from './filing-probe';

let arena: Arena;

beforeAll(async () => {
  arena = await createArena();
});
afterAll(() => arena.close());

test.each(principalNames)(
  '%s files what agents did under the stays that they reach, by its time',
  async (name) => {
    expect(await filingDifferences(arena, [name])).toEqual([]);
  },
);
