// Duplicates and colleagues are found across all lists of one client, never beyond it, and never beyond what somebody sees.
import { randomInt } from 'node:crypto';
import fc from 'fast-check';
import {
  CreateLeadDocument,
  CreateLeadsDocument,
  LeadDocument,
  UpdateLeadDocument,
} from '../support/documents.generated';
import type { Caller } from '../support/client';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';
import { asWorker, create, fieldsOf, handleDuplicates } from './people';

let server: TestServer;
let world: World;
/** Open lists of client one, one of client two, and one of client one for those who are named. */
let first: string;
let second: string;
let foreign: string;
let closed: string;
let asMember: Caller;
let asAll: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  first = await arrange.list(accountId, clients.one, { name: 'First' });
  second = await arrange.list(accountId, clients.one, { name: 'Second' });
  foreign = await arrange.list(accountId, clients.two, { name: 'Foreign' });
  closed = await arrange.list(accountId, clients.one, { name: 'Closed', access: 'NAMED' });
  asMember = await asWorker(server, world, { clients: [clients.one] });
  asAll = await asWorker(server, world, { clientAccess: 'ALL' });
});
afterAll(() => server.close());

const namesOf = async (caller: Caller, id: string, what: 'duplicates' | 'colleagues') => {
  const { lead } = await caller.get(LeadDocument, { id });
  return lead?.[what].map(({ name }) => name);
};
/** A telephone number that no other test has. */
let numbers = 7_000_000;
const newPhone = () => `+4930${(numbers += 1)}`;

describe('a new lead that the client has already, on whichever list', () => {
  test('SKIP: the one that is there is answered, found by a phone number or an email however it is written', async () => {
    const phone = newPhone();
    const there = await create(asMember, {
      listId: first,
      name: 'There',
      phones: [phone],
      emails: ['There@Straße.example'],
    });
    for (const how of [
      { phones: [phone.replace('+4930', '+49 (30) ')] },
      { emails: ['tHERE@straße.example'] },
    ]) {
      const again = await create(asMember, { listId: second, name: 'Another name', company: 'New', ...how });
      expect(again).toMatchObject({
        outcome: 'SKIPPED',
        lead: { id: there.lead.id, company: null, version: 1 },
      });
    }
  });

  test('UPDATE: it gets what it lacks, and nothing of it changes', async () => {
    const phone = newPhone();
    const { TEXT = '', NUMBER = '' } = await fieldsOf(server, second);
    await handleDuplicates(server, second, 'UPDATE');
    const there = await create(asMember, {
      listId: second,
      name: 'Filled in',
      phones: [phone],
      values: [{ fieldId: TEXT, text: 'Kept' }],
    });
    const again = await create(asMember, {
      listId: second,
      name: 'Another name',
      company: 'New company',
      phones: [phone, newPhone()],
      emails: ['filled@in.test'],
      state: 'WON',
      values: [
        { fieldId: TEXT, text: 'Not this' },
        { fieldId: NUMBER, number: 3 },
      ],
    });
    expect(again).toMatchObject({
      outcome: 'UPDATED',
      lead: {
        id: there.lead.id,
        name: 'Filled in',
        company: 'New company',
        state: 'NEW',
        emails: ['filled@in.test'],
      },
    });
    expect(again.lead.phones).toHaveLength(2);
    expect(again.lead.values).toMatchObject([{ text: 'Kept' }, { number: 3 }]);
    expect(again.lead.history.nodes.map(({ subject }) => subject)).toEqual(
      expect.arrayContaining(['COMPANY', 'EMAILS', 'PHONES', 'VALUE']),
    );
    await handleDuplicates(server, second, 'SKIP');
  });

  test('KEEP: it is added beside the other, and each names the other', async () => {
    const phone = newPhone();
    await handleDuplicates(server, second, 'KEEP');
    const one = await create(asMember, { listId: second, name: 'Kept once', phones: [phone] });
    const two = await create(asMember, { listId: second, name: 'Kept twice', phones: [phone] });
    expect(two.outcome).toBe('CREATED');
    expect(await namesOf(asMember, one.lead.id, 'duplicates')).toEqual(['Kept twice']);
    expect(await namesOf(asMember, two.lead.id, 'duplicates')).toEqual(['Kept once']);
    await handleDuplicates(server, second, 'SKIP');
  });

  test('is none where another client has it, or another account', async () => {
    const phone = newPhone();
    await world.arrange.lead(foreign, { phone, email: 'same@company.test', company: 'Same' });
    const beta = await world.arrange.list(world.other.accountId, world.other.clientId);
    await world.arrange.lead(beta, { phone, email: 'same@company.test', company: 'Same' });
    const { outcome, lead } = await create(world.asOwner, {
      listId: first,
      name: 'Alone',
      company: 'Same',
      phones: [phone],
      emails: ['same@company.test'],
    });
    expect(outcome).toBe('CREATED');
    expect(lead).toMatchObject({ duplicates: [], colleagues: [] });
  });

  test('of twenty that add the same at once, one does, and all are answered the same lead', async () => {
    const phone = newPhone();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        create(n % 2 === 0 ? asMember : asAll, {
          listId: n % 3 === 0 ? first : second,
          name: `Racer ${n}`,
          phones: [phone],
        }),
      ),
    );
    expect(answers.filter(({ outcome }) => outcome === 'CREATED')).toHaveLength(1);
    expect(new Set(answers.map(({ lead }) => lead.id)).size).toBe(1);
  });
});

describe('what is on a list that is closed to somebody', () => {
  test('is no duplicate to them: a lead is added as if it were not there, and is shown to those who see both', async () => {
    const phone = newPhone();
    await world.arrange.lead(closed, { name: 'Hidden', phone, company: 'Hidden Works' });
    const { outcome, lead } = await create(asMember, {
      listId: first,
      name: 'Seen',
      company: 'Hidden Works',
      phones: [phone],
    });
    expect(outcome).toBe('CREATED');
    expect(lead).toMatchObject({ duplicates: [], colleagues: [] });
    expect(await namesOf(world.asAdmin, lead.id, 'duplicates')).toEqual(['Hidden']);
    expect((await create(world.asAdmin, { listId: first, name: 'Third', phones: [phone] })).outcome).toBe(
      'SKIPPED',
    );
  });

  test('takes no unique value that they could notice', async () => {
    const [ofFirst, ofClosed] = [await fieldsOf(server, first), await fieldsOf(server, closed)];
    await server.owner.query('update ringfence.list_fields set unique_in_client = true where id = any ($1)', [
      [ofFirst.NUMBER, ofClosed.NUMBER],
    ]);
    const value = (fields: Record<string, string>, number: number) => ({
      name: 'Numbered',
      values: [{ fieldId: fields.NUMBER ?? '', number }],
    });
    await create(world.asAdmin, { listId: closed, ...value(ofClosed, 4711) });
    const taken = { code: 'CONFLICT', field: 'input.values', reason: 'LEAD_VALUE_TAKEN' };
    expect(
      await world.asAdmin.refusal(CreateLeadDocument, { input: { listId: first, ...value(ofFirst, 4711) } }),
    ).toEqual(taken);
    const { outcome, lead } = await create(asMember, { listId: first, ...value(ofFirst, 4711) });
    expect(outcome).toBe('CREATED');
    // Of what they see, it is taken now.
    expect(
      await asMember.refusal(CreateLeadDocument, { input: { listId: first, ...value(ofFirst, 4711) } }),
    ).toEqual(taken);
    const other = await create(asMember, { listId: first, ...value(ofFirst, 4712) });
    const changes = { values: value(ofFirst, 4711).values };
    expect(
      await asMember.refusal(UpdateLeadDocument, { input: { id: other.lead.id, changes } }),
    ).toMatchObject({
      code: 'CONFLICT',
      reason: 'LEAD_VALUE_TAKEN',
    });
    await asMember.get(UpdateLeadDocument, { input: { id: lead.id, changes } });
  });
});

describe('a value that is to be unique', () => {
  const unique = async (listId: string) => {
    const { TEXT = '' } = await fieldsOf(server, listId);
    await server.owner.query('update ringfence.list_fields set unique_in_client = true where id = $1', [
      TEXT,
    ]);
    return (text: string) => ({ listId, name: 'Valued', values: [{ fieldId: TEXT, text }] });
  };

  test('is compared, however long it is and in whatever script', async () => {
    const valued = await unique(await world.arrange.list(world.accountId, world.clients.one));
    const letter = (code: number) => String.fromCodePoint(0x4e00 + code);
    const long = Array.from({ length: 1999 }, () => letter(randomInt(0x5000))).join('');
    await create(asMember, valued(`${long}ä`));
    expect(await asMember.refusal(CreateLeadDocument, { input: valued(`${long}Ä`) })).toMatchObject({
      reason: 'LEAD_VALUE_TAKEN',
    });
    await create(asMember, valued(`${long}ö`));
  });

  test('makes leads that have it duplicates, for those who see both', async () => {
    const [ofFirst, ofClosed] = [await unique(first), await unique(closed)];
    const there = await create(world.asAdmin, { ...ofClosed('One of a kind'), name: 'Closed off' });
    const { lead } = await create(asMember, { ...ofFirst('ONE of a kind'), name: 'Beside it' });
    expect(await namesOf(asMember, lead.id, 'duplicates')).toEqual([]);
    expect(await namesOf(world.asAdmin, lead.id, 'duplicates')).toEqual(['Closed off']);
    expect(await namesOf(world.asAdmin, there.lead.id, 'duplicates')).toEqual(['Beside it']);
  });
});

test('of more than fifty with one number the oldest are shown, and the oldest is found again', async () => {
  const list = await world.arrange.list(world.accountId, world.clients.one, { name: 'Switchboard' });
  const phone = newPhone();
  await handleDuplicates(server, list, 'KEEP');
  const input = Array.from({ length: 60 }, (_, n) => ({
    name: `Extension ${String(n).padStart(2, '0')}`,
    company: 'Switchboard Works',
    phones: [phone],
  }));
  await asMember.get(CreateLeadsDocument, { input: { listId: list, leads: input } });
  await handleDuplicates(server, list, 'SKIP');
  const again = await create(asMember, { listId: first, name: 'Again', phones: [phone] });
  expect([again.outcome, again.lead.name]).toEqual(['SKIPPED', 'Extension 00']);
  const others = input.slice(1, 51).map(({ name }) => name);
  expect(await namesOf(asMember, again.lead.id, 'duplicates')).toEqual(others);
  expect(await namesOf(asMember, again.lead.id, 'colleagues')).toEqual(others);
});

describe('colleagues', () => {
  const colleague = async (name: string, about: { company?: string; emails?: string[] }, listId = first) =>
    (await create(asMember, { listId, name, ...about })).lead.id;

  test('are those at the same company, by its name or the domain of their email, on all lists of the client', async () => {
    const id = await colleague('Anna', { company: 'Müller & Söhne GmbH', emails: ['anna@mueller.test'] });
    await colleague('Bert', { company: 'MÜLLER  und... Söhne' }, second);
    await colleague('Carl', { company: 'Müller & Söhne, Inc.' }, second);
    await colleague('Dora', { emails: ['dora@MUELLER.test'] });
    await colleague('Emil', { company: 'Müller' });
    expect(await namesOf(asMember, id, 'colleagues')).toEqual(['Carl', 'Dora']);
  });

  test('are not all who have mail with the same provider', async () => {
    const id = await colleague('Gerd', { emails: ['gerd@gmail.com'] });
    await colleague('Gabi', { emails: ['gabi@gmail.com'] });
    expect(await namesOf(asMember, id, 'colleagues')).toEqual([]);
  });
});

describe('the key of a company', () => {
  const keyOf = async (company: string) => {
    await server.owner.query('reset role; set role ringfence_definer');
    const { rows } = await server.owner.query<{ key: string | null }>('select fence.company_key($1) as key', [
      company,
    ]);
    await server.owner.query('reset role; set role ringfence_owner');
    return rows[0]?.key;
  };
  const word = fc.stringMatching(/^[a-zäöü]{3,12}x$/);

  test('is the same however it is written: case, spaces, punctuation, width, and legal form do not matter', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(word, { minLength: 1, maxLength: 3 }),
        fc.constantFrom('GmbH', 'Inc.', 'e.K.', 'S.A.', 'Ltd', 'GmbH & Co. KG'),
        async (words, form) => {
          const key = await keyOf(words.join(' '));
          expect(key).toBe(words.join(' '));
          expect(await keyOf(`  ${words.join('-').toUpperCase()},  ${form}`)).toBe(
            form.includes('&') ? await keyOf(`${words.join(' ')} ${form}`) : key,
          );
          expect(await keyOf(words.join(' ').normalize('NFD'))).toBe(key);
        },
      ),
      { numRuns: 40 },
    );
  });

  test('is none of what has neither letter nor digit, and never empty', async () => {
    expect(await keyOf('…!')).toBeNull();
    expect(await keyOf('Limited')).toBe('limited');
  });
});
