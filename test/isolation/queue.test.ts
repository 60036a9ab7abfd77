// The queue is worked by definer functions, which row security does not narrow: they give what the caller works on.
import { createArena, principalNames, type Arena } from './arena';
import { queueDifferences } from './queue-probe';

let arena: Arena;

beforeAll(async () => {
  arena = await createArena();
});
afterAll(() => arena.close());

test.each(principalNames)(
  '%s is given leads of the lists that they work on, and gives back what they hold',
  async (name) => {
    expect(await queueDifferences(arena, [name])).toEqual([]);
  },
);
