// One person is one lead, however their number, address or company is written: phones are kept as E.164, emails are compared without
// case, companies without their form. The key of a company has tests of its own (duplicates.test.ts).
import fc from 'fast-check';
import { CreateLeadDocument, LeadsDocument } from '../support/documents.generated';
import type { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { asWorker, create } from './people';

let server: TestServer;
let world: World;
let list: string;
let asMember: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  list = await world.arrange.list(world.accountId, world.clients.one);
  asMember = await asWorker(server, world, { clients: [world.clients.one] });
});
afterAll(() => server.close());

/** Every example is a request or more. */
const numRuns = 15;

/** Numbers of a country as they are written there, and as E.164. */
const german = fc.integer({ min: 100_000, max: 999_999 }).map((digits) => ({
  e164: `+4930${digits}`,
  parts: ['+49', '30', String(digits).slice(0, 3), String(digits).slice(3)],
}));
const american = fc.integer({ min: 100, max: 199 }).map((digits) => ({
  e164: `+12025550${digits}`,
  parts: ['+1', '202', '555', `0${digits}`],
}));
const written = fc
  .tuple(
    fc.oneof(german, american),
    fc.constantFrom(' ', '-', '.', '/', '  '),
    fc.boolean(),
    fc.constantFrom('', ' '),
  )
  .map(([{ e164, parts }, between, inParentheses, around]) => {
    const [country = '', area = '', ...rest] = parts;
    const shown = inParentheses ? `(${area})` : area;
    return { e164, text: `${around}${country} ${shown}${between}${rest.join(between)}${around}` };
  });

test('a phone number is kept as E.164, found as it was written, and one lead has it, however it is written again', async () => {
  await fc.assert(
    fc.asyncProperty(written, async ({ e164, text }) => {
      const first = await create(asMember, { listId: list, name: 'Phoned', phones: [text] });
      expect(first.lead.phones).toEqual([e164]);
      const again = await create(asMember, { listId: list, name: 'Phoned again', phones: [e164] });
      expect([again.outcome, again.lead.id]).toEqual(['SKIPPED', first.lead.id]);
      const { leads } = await asMember.get(LeadsDocument, { filter: { phone: text, listId: list } });
      expect(leads.nodes.map(({ id }) => id)).toEqual([first.lead.id]);
    }),
    { numRuns },
  );
});

test('what is no phone number with a country code is refused, and never guessed at', async () => {
  const wrong = fc.oneof(
    fc.stringMatching(/^0[1-9][0-9]{5,9}$/),
    fc.stringMatching(/^\+49[1-9]$/),
    fc.stringMatching(/^\+4930[0-9]{6} ?(ext\.?|x) ?[0-9]{1,4}$/),
    fc.stringMatching(/^\+0[0-9]{8}$/),
    fc.stringMatching(/^[a-z]{1,12}$/),
  );
  await fc.assert(
    fc.asyncProperty(wrong, async (phone) => {
      expect(
        await asMember.refusal(CreateLeadDocument, { input: { listId: list, name: 'No', phones: [phone] } }),
      ).toEqual({
        code: 'VALIDATION_FAILED',
        field: 'input.phones',
      });
    }),
    { numRuns },
  );
});

test('an email is kept as it was written, and one lead has it, in whatever case', async () => {
  const letters = fc.stringMatching(/^[a-zäéø]{3,10}$/);
  const inSomeCase = (text: string, upper: readonly boolean[]) =>
    [...text]
      .map((letter, at) => (upper[at % upper.length] === true ? letter.toUpperCase() : letter))
      .join('');
  const cases = fc.array(fc.boolean(), { minLength: 3, maxLength: 7 });
  let number = 0;
  await fc.assert(
    fc.asyncProperty(letters, letters, cases, cases, async (local, domain, one, other) => {
      const email = `${local}${(number += 1)}@${domain}.example`;
      const [first, second] = [inSomeCase(email, one), inSomeCase(email, other)];
      const added = await create(asMember, { listId: list, name: 'Mailed', emails: [`  ${first} `] });
      expect(added.lead.emails).toEqual([first]);
      const again = await create(asMember, { listId: list, name: 'Mailed again', emails: [second] });
      expect([again.outcome, again.lead.id]).toEqual(['SKIPPED', added.lead.id]);
    }),
    { numRuns },
  );
});

test('one with an accent is one email, as one character or as two', async () => {
  const one = await create(asMember, { listId: list, name: 'José', emails: ['jos\u00e9@accent.example'] });
  const again = await create(asMember, { listId: list, name: 'José', emails: ['jose\u0301@accent.example'] });
  expect([again.outcome, again.lead.id]).toEqual(['SKIPPED', one.lead.id]);
});

test('one that is given twice, in other letters, is kept once', async () => {
  const { lead } = await create(asMember, {
    listId: list,
    name: 'Twice',
    emails: ['Twice@once.example', 'tWICE@ONCE.example'],
    phones: ['+49 30 902901', '+49 (30) 902901'],
  });
  expect(lead).toMatchObject({ emails: ['Twice@once.example'], phones: ['+4930902901'] });
});
