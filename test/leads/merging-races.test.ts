// Merging, editing and adding at once: each is done whole before or after the other, no lead is lost, and nobody waits for ever.
import {
  AddLeadNoteDocument,
  CreateLeadDocument,
  LeadsDocument,
  MergeLeadsDocument,
  UpdateLeadDocument,
  UpdateLeadsDocument,
} from '../support/documents.generated';
import type { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { untilWaiting } from '../support/activity';
import { createWorld, signInAs, type World } from '../support/world';
import { asWorker, blindMode } from './people';

let server: TestServer;
let world: World;
/** Each of another client, and two of one. */
let lists: [string, string, string];
let asAll: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  lists = [
    await arrange.list(accountId, clients.one),
    await arrange.list(accountId, clients.one),
    await arrange.list(accountId, clients.three),
  ];
  asAll = await asWorker(server, world, { clientAccess: 'ALL' });
});
afterAll(() => server.close());

/** How often somebody was told to begin again, because two waited for each other. */
const deadlocks = async () => {
  await server.owner.query('select pg_stat_clear_snapshot()');
  const { rows } = await server.owner.query<{ deadlocks: string }>(
    'select deadlocks from pg_stat_database where datname = current_database()',
  );
  return rows[0]?.deadlocks;
};

/** Every round may come out another way. */
const rounds = Array.from({ length: 6 }, (_, n) => n);
const merging = (id: string, mergedIds: string[]) =>
  asAll.ask(MergeLeadsDocument, { input: { id, mergedIds } });
const remaining = async (ids: string[]) => {
  const { rows } = await server.owner.query<{ id: string; emails: string[] }>(
    `select l.id, array(select e.email from ringfence.lead_emails e where e.lead_id = l.id order by 1) as emails
     from ringfence.leads l where l.id = any ($1)`,
    [ids],
  );
  return rows;
};
const codes = (answers: { errors?: { extensions: { code: string } }[] }[]) =>
  answers.map(({ errors }) => errors?.[0]?.extensions.code ?? 'done');

test.each(rounds)('of two merges that overlap, neither loses a lead (%i)', async (round) => {
  const mail = (name: string) => `${name}${round}@overlap.test`;
  const lead = (name: string, list: string) => world.arrange.lead(list, { name, email: mail(name) });
  const [a, b, c] = [await lead('a', lists[0]), await lead('b', lists[1]), await lead('c', lists[0])];
  const answers = await Promise.all([merging(a, [b]), merging(b, [c]), merging(c, [a])]);
  expect(codes(answers).filter((code) => code !== 'done' && code !== 'NOT_FOUND')).toEqual([]);
  expect(codes(answers)).toContain('done');
  const left = await remaining([a, b, c]);
  expect(left.flatMap(({ emails }) => emails).sort()).toEqual(['a', 'b', 'c'].map(mail));
  // What was merged may have been merged on before its answer was read, which then says NOT_FOUND.
  const { rowCount: merged } = await server.owner.query(
    "select from ringfence.audit_entries where action = 'LEAD_MERGED' and subject_id = any ($1)",
    [[a, b, c]],
  );
  expect(left).toHaveLength(3 - (merged ?? 0));
  expect(codes(answers).filter((code) => code === 'done').length).toBeLessThanOrEqual(merged ?? 0);
});

test.each(rounds)(
  'an edit of a lead that is merged is done before, and kept, or answered NOT_FOUND (%i)',
  async (round) => {
    const [kept, other] = [await world.arrange.lead(lists[0]), await world.arrange.lead(lists[1])];
    const company = `Edited ${round}`;
    const [, edited, noted] = await Promise.all([
      merging(kept, [other]),
      asAll.ask(UpdateLeadDocument, { input: { id: other, changes: { company } } }),
      asAll.ask(AddLeadNoteDocument, { input: { leadId: other, text: company } }),
    ]);
    const { rows } = await server.owner.query<{ companies: string; notes: string }>(
      `select (select count(*) from ringfence.lead_changes where lead_id = $1 and from_text = $2) as companies,
       (select count(*) from ringfence.lead_notes where lead_id = $1 and text = $2) as notes`,
      [kept, company],
    );
    expect([codes([edited]), codes([noted])]).toEqual([
      // The answer reads the lead, which may be gone by then.
      [Number(rows[0]?.companies) === 1 ? expect.stringMatching(/^(done|NOT_FOUND)$/) : 'NOT_FOUND'],
      [Number(rows[0]?.notes) === 1 ? expect.stringMatching(/^(done|NOT_FOUND)$/) : 'NOT_FOUND'],
    ]);
    expect(await remaining([kept, other])).toHaveLength(1);
  },
);

test.each(rounds)(
  'a lead that is added while its duplicate is merged is found in what is left (%i)',
  async (round) => {
    const phone = `+49309040${String(round).padStart(2, '0')}`;
    const [kept, other] = [await world.arrange.lead(lists[0]), await world.arrange.lead(lists[1], { phone })];
    await Promise.all([
      merging(kept, [other]),
      ...[0, 1, 2].map(() =>
        asAll.ask(CreateLeadDocument, { input: { listId: lists[0], name: 'Again', phones: [phone] } }),
      ),
    ]);
    const { leads } = await asAll.get(LeadsDocument, { search: phone });
    expect(leads.nodes.map(({ id }) => id)).toEqual([kept]);
  },
);

test('a lead that is held in blind mode, edited with others, does not keep others waiting who wait for it', async () => {
  const { arrange, accountId } = world;
  const [blind, open] = [await arrange.client(accountId, 'Blind'), await arrange.client(accountId, 'Open')];
  await blindMode(server, blind, 'ON');
  const [ofBlind, ofOpen] = [
    await arrange.lead(await arrange.list(accountId, blind)),
    await arrange.lead(await arrange.list(accountId, open)),
  ];
  const member = await arrange.member(accountId, { permissions: ['ACCESS_CRM'], clients: [blind, open] });
  await arrange.leadHold(ofBlind, member.id);
  const asHolder = await signInAs(server, member);
  const edit = (caller: Caller, ids: string[]) =>
    caller.get(UpdateLeadsDocument, {
      input: { leads: ids.map((id) => ({ id, changes: { company: 'New' } })) },
    });
  const before = await deadlocks();
  await server.owner.query('begin');
  await server.owner.query('select from ringfence.leads where id = $1 for update', [ofOpen]);
  const first = edit(asHolder, [ofOpen, ofBlind]);
  await untilWaiting(server.owner, 1);
  const second = edit(world.asAdmin, [ofBlind, ofOpen]);
  await untilWaiting(server.owner, 2);
  await server.owner.query('commit');
  for (const { updateLeads } of await Promise.all([first, second]))
    expect(updateLeads.results.map(({ outcome }) => outcome)).toEqual(['UPDATED', 'UPDATED']);
  expect(await deadlocks()).toBe(before);
});

test('edits of many leads of two clients, in either order, wait for each other and are all done', async () => {
  const ids: string[] = [];
  for (let n = 0; n < 6; n += 1) ids.push(await world.arrange.lead(lists[n % 2 === 0 ? 0 : 2]));
  const edit = (order: string[], name: string) =>
    asAll.get(UpdateLeadsDocument, { input: { leads: order.map((id) => ({ id, changes: { name } })) } });
  const before = await deadlocks();
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, n) => edit(n % 2 === 0 ? ids : ids.toReversed(), `Edit ${n}`)),
  );
  expect(
    answers.flatMap(({ updateLeads }) => updateLeads.results).every(({ outcome }) => outcome === 'UPDATED'),
  ).toBe(true);
  expect(await deadlocks()).toBe(before);
});
