// Notes and history of a lead can be read to their end, a page at a time, and of many leads as cheaply as of one.
import {
  LeadHistoryDocument,
  LeadNotesDocument,
  LeadsWithPartsDocument,
} from '../support/documents.generated';
import type { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { createWorld, type World } from '../support/world';
import { asWorker, blindMode } from './people';

let server: TestServer;
let world: World;
let list: string;
let lead: string;
let asMember: Caller;

/** More than one page, and many of one moment, which only their ids tell apart. */
const parts = 230;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  list = await world.arrange.list(world.accountId, world.clients.one);
  lead = await world.arrange.lead(list, { name: 'Much written about' });
  const times = `timestamptz '2026-01-01Z' + (n / 10) * interval '1 minute'`;
  await server.owner.query(
    `insert into ringfence.lead_notes (account_id, client_id, list_id, lead_id, text, author_id, created_at)
     select account_id, client_id, list_id, id, 'Note ' || n, account_id, ${times}
     from ringfence.leads, generate_series(2, $2) n where id = $1`,
    [lead, parts],
  );
  await server.owner.query(
    `insert into ringfence.lead_changes (account_id, client_id, list_id, lead_id, subject, to_text, actor_id, changed_at)
     select account_id, client_id, list_id, id, 'NAME', 'Change ' || n, account_id, ${times}
     from ringfence.leads, generate_series(2, $2) n where id = $1`,
    [lead, parts],
  );
  asMember = await asWorker(server, world, { clients: [world.clients.one] });
});
afterAll(() => server.close());

interface Page {
  said: (string | null)[];
  totalCount: number;
  pageInfo: { hasNextPage: boolean; startCursor: string | null; endCursor: string | null };
}

interface PageOf {
  first?: number;
  after?: string | null;
  last?: number;
  before?: string | null;
}

async function notes(page: PageOf): Promise<Page> {
  const answer = await asMember.get(LeadNotesDocument, { id: lead, ...page });
  if (answer.lead === null) throw new Error('no lead');
  return { ...answer.lead.notes, said: answer.lead.notes.nodes.map(({ text }) => text) };
}

async function history(page: PageOf): Promise<Page> {
  const answer = await asMember.get(LeadHistoryDocument, { id: lead, ...page });
  if (answer.lead === null) throw new Error('no lead');
  return { ...answer.lead.history, said: answer.lead.history.nodes.map(({ to }) => to) };
}

const refusedNotes = (caller: Caller, page: PageOf = {}) =>
  caller.refusal(LeadNotesDocument, { id: lead, ...page });
const refusedHistory = (caller: Caller, page: PageOf = {}) =>
  caller.refusal(LeadHistoryDocument, { id: lead, ...page });

describe.each([
  ['notes', notes, 'Note', refusedNotes],
  ['the history', history, 'Change', refusedHistory],
] as const)('%s', (_, read, word, refusal) => {
  /** From the latest, but for those of one moment, of which the ids decide. */
  const expected = Array.from({ length: parts - 1 }, (_, n) => `${word} ${parts - n}`);
  const number = (text: string | null | undefined) => Number(text?.split(' ')[1] ?? 0);

  test('is read to its end, each once, the latest first', async () => {
    const said: (string | null)[] = [];
    let after: string | null = null;
    do {
      const page: Page = await read({ first: 100, after });
      expect(page.totalCount).toBe(parts);
      said.push(...page.said);
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(said).toHaveLength(parts);
    // What the lead was arranged with is the newest.
    const arranged = said.slice(1);
    expect([...arranged].sort()).toEqual([...expected].sort());
    const moments = arranged.map((text) => Math.floor(number(text) / 10));
    expect(moments).toEqual([...moments].sort((one, other) => other - one));
  });

  test('is read backwards as well, from the oldest or from any cursor', async () => {
    const oldest = await read({ last: 5 });
    expect(oldest.said.map(number).every((n) => n < 10)).toBe(true);
    const before = await read({ last: 3, before: oldest.pageInfo.startCursor });
    expect(before.said).toHaveLength(3);
    const again = await read({ first: 5, after: before.pageInfo.endCursor });
    expect(again.said).toEqual(oldest.said);
  });

  test('takes no cursor of another list', async () => {
    const other = await (read === notes ? history : notes)({ first: 1 });
    const refused = { code: 'VALIDATION_FAILED', field: 'after' };
    for (const after of [other.pageInfo.endCursor, 'nonsense'])
      expect(await refusal(asMember, { after })).toEqual(refused);
    expect(await refusal(asMember, { first: 101 })).toEqual({ code: 'VALIDATION_FAILED', field: 'first' });
  });

  test('is nobody’s who does not see the lead', async () => {
    const { one, two } = world.clients;
    const elsewhere = await asWorker(server, world, { clients: [two] });
    const nothing = { code: 'NOT_FOUND', field: 'id' };
    expect(await refusal(elsewhere)).toEqual(nothing);
    await blindMode(server, one, 'ON');
    expect(await refusal(asMember)).toEqual(nothing);
    await blindMode(server, one, 'INHERIT');
  });
});

test('of a page of leads, both take the same number of statements, however many the leads are', async () => {
  for (let n = 0; n < 5; n += 1) await world.arrange.lead(list);
  const counted = (first: number) => statementsOf(() => asMember.get(LeadsWithPartsDocument, { first }));
  await counted(1);
  expect(await counted(1)).toBe(await counted(6));
});
