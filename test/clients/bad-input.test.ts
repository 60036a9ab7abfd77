// What is refused before anything is done: the code, the field, and that nothing was changed.
import type { Caller } from '../support/client';
import { send } from '../support/client';
import {
  ActivateClientDocument,
  ArchiveClientDocument,
  ClientDocument,
  CreateClientDocument,
  DeactivateClientDocument,
  RestoreClientDocument,
  UpdateClientDocument,
  type CreateClientInput,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing } from '../support/stored';
import { createWorld, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const megabyte = 'x'.repeat(1_000_000);

type Details = Omit<CreateClientInput, 'newOrganization'>;

const badTexts: [what: string, text: string][] = [
  ['empty', ''],
  ['only spaces', '   '],
  ['only tabs and line breaks', '\t\r\n'],
  ['only spaces of other scripts', '\u00a0\u2003\u3000'],
  ['201 characters', 'x'.repeat(201)],
  ['500 characters', 'x'.repeat(500)],
  ['201 characters of two code units each', '𝔉'.repeat(201)],
  ['a null character', 'a\u0000b'],
  ['a line break', 'a\nb'],
  ['a carriage return', 'a\rb'],
  ['a tab', 'a\tb'],
  ['a bell', 'a\u0007b'],
  ['an escape sequence', '\u001b[31mred'],
  ['a delete character', 'a\u007fb'],
  ['a C1 control character', 'a\u0085b'],
  ['a line separator', 'a\u2028b'],
  ['a paragraph separator', 'a\u2029b'],
];

const badEmails: [what: string, email: string][] = [
  ['empty', ''],
  ['only spaces', '   '],
  ['no at', 'name.example.com'],
  ['no domain', 'name@'],
  ['no name', '@example.com'],
  ['two ats', 'a@b@example.com'],
  ['no dot in the domain', 'name@example'],
  ['a line break and a header', 'a@example.com\r\nBcc: b@example.com'],
  ['a trailing line break', 'a@example.com\n'],
  ['a list with a comma', 'a@example.com,b@example.com'],
  ['a list with a semicolon', 'a@example.com;b@example.com'],
  ['a display name', 'Somebody <a@example.com>'],
  ['a comment', 'a(comment)@example.com'],
  ['a quoted name', '"a b"@example.com'],
  ['a space', 'a b@example.com'],
  ['a null character', 'a\u0000@example.com'],
  ['255 characters', `${'a'.repeat(64)}@${`${'b'.repeat(61)}.`.repeat(3)}com.de`],
  ['500 characters', `${'a'.repeat(488)}@example.com`],
];

const badPhones: [what: string, phone: string][] = [
  ['empty', ''],
  ['only spaces', '   '],
  ['words', 'call me'],
  ['no country code', '030 901820'],
  ['too few digits', '+49 30'],
  ['too many digits', '+49 30 9018201234567890'],
  ['a country code that is none', '+999 30 901820'],
  ['words around it', 'call +49 30 901820 now'],
  ['an extension, which would be lost', '+49 30 901820 ext. 12'],
  ['two numbers, of which one would be lost', '+49 30 901820 / +49 30 901821'],
  ['a line break and another one', '+49 30 901820\n+49 30 901821'],
  ['500 digits', `+49${'1'.repeat(498)}`],
];

const badIds: [what: string, id: string][] = [
  ['empty', ''],
  ['a word', 'one'],
  ['a number', '1'],
  ['SQL', "' or 1=1 --"],
  ['an id with something after it', '01900000-0000-7000-8000-000000000000x'],
  ['an id in braces', '{01900000-0000-7000-8000-000000000000}'],
  ['a null character', '\u0000'],
  ['500 characters', 'a'.repeat(500)],
];

const named = (field: keyof Details, cases: [string, string][]) =>
  cases.map(([what, value]): [keyof Details, string, string] => [field, what, value]);

describe.each([
  [
    'creating',
    'input',
    (caller: Caller, details: Partial<Details>) =>
      caller.refusal(CreateClientDocument, { input: { name: 'Refused', ...details } }),
  ],
  [
    'editing',
    'input.changes',
    (caller: Caller, details: Partial<Details>) =>
      caller.refusal(UpdateClientDocument, { input: { id: world.clients.one, changes: details } }),
  ],
])('%s a client', (_verb, path, refusal) => {
  const refused = (details: Partial<Details>) =>
    changingNothing(server.owner, () => refusal(world.asOwner, details));

  test.each([
    ...named('name', badTexts),
    ...named('contactName', badTexts),
    ...named('contactPosition', badTexts),
    ...named('contactEmail', badEmails),
    ...named('contactPhone', badPhones),
    ...named('organizationId', badIds),
    ...named('accountManagerId', badIds),
  ])('is refused with a %s that is: %s', async (field, _what, value) => {
    expect(await refused({ [field]: value })).toEqual({
      code: 'VALIDATION_FAILED',
      field: `${path}.${field}`,
    });
  });

  test('is refused with a blind mode that is null, and with one that there is not', async () => {
    expect(await refused({ blindMode: null })).toEqual({
      code: 'VALIDATION_FAILED',
      field: `${path}.blindMode`,
    });
    expect(await refused({ blindMode: 'SOMETIMES' as 'ON' })).toEqual({
      code: 'VALIDATION_FAILED',
      field: `${path}.blindMode`,
    });
  });

  test('names every field that is wrong at once', async () => {
    const details = { name: '', contactEmail: 'x', contactPhone: 'x' };
    const input = path === 'input' ? details : { id: world.clients.one, changes: details };
    const document = path === 'input' ? CreateClientDocument : UpdateClientDocument;
    const { errors } = await world.asOwner.ask(document as typeof CreateClientDocument, {
      input: input as CreateClientInput,
    });
    expect(errors).toHaveLength(1);
    expect(errors?.[0]?.extensions.fields?.map(({ field }) => field).sort()).toEqual(
      ['contactEmail', 'contactPhone', 'name'].map((field) => `${path}.${field}`),
    );
    for (const { message } of errors?.[0]?.extensions.fields ?? []) expect(message).toMatch(/^Must .+\.$/);
  });

  test('is refused with a string of 1 MB before anything looks at it', async () => {
    for (const field of ['name', 'contactEmail', 'organizationId']) {
      const details = { name: 'Refused', [field]: megabyte };
      const input = path === 'input' ? details : { id: world.clients.one, changes: details };
      const document =
        path === 'input'
          ? 'mutation ($input: CreateClientInput!) { createClient(input: $input) { client { id } } }'
          : 'mutation ($input: UpdateClientInput!) { updateClient(input: $input) { client { id } } }';
      const { status, data, errors } = await changingNothing(server.owner, () =>
        send(server.url, world.asOwner.token, document, { input }),
      );
      expect({ status, data, code: errors?.[0]?.extensions.code }).toEqual({
        status: 413,
        data: undefined,
        code: 'REQUEST_TOO_LARGE',
      });
    }
  });
});

test.each(badIds)('an id that is %s is refused wherever a client is named', async (_what, id) => {
  expect(await world.asOwner.refusal(ClientDocument, { id })).toEqual({
    code: 'VALIDATION_FAILED',
    field: 'id',
  });
  const refusal = { code: 'VALIDATION_FAILED', field: 'input.id' };
  await changingNothing(server.owner, async () => {
    expect(
      await world.asOwner.refusal(UpdateClientDocument, { input: { id, changes: { name: 'Refused' } } }),
    ).toEqual(refusal);
    for (const document of [
      DeactivateClientDocument,
      ActivateClientDocument,
      ArchiveClientDocument,
      RestoreClientDocument,
    ]) {
      expect(
        await world.asOwner.refusal(document as typeof ArchiveClientDocument, { input: { id } }),
      ).toEqual(refusal);
    }
  });
});

test('whose fields are bad is not told to those who may not create clients anyway', async () => {
  for (const [caller, code] of [
    [world.asPowerless, 'FORBIDDEN'],
    [world.asAnonymous, 'UNAUTHENTICATED'],
  ] as const) {
    expect(await caller.refusal(CreateClientDocument, { input: { name: '' } })).toEqual({ code });
  }
});

test('a document whose variables do not fit is refused with the variable’s name', async () => {
  const create = 'mutation ($input: CreateClientInput!) { createClient(input: $input) { client { id } } }';
  const cases: [unknown, string][] = [
    [{}, 'input'],
    [null, 'input'],
    ['One', 'input'],
    [{ name: 1 }, 'input.name'],
    [{ name: ['One'] }, 'input.name'],
    [{ name: 'One', status: 'ARCHIVED' }, 'input'],
    [{ name: 'One', accountId: world.other.accountId }, 'input'],
    [{ name: 'One', version: 7 }, 'input'],
  ];
  for (const [input, field] of cases) {
    const { status, errors } = await changingNothing(server.owner, () =>
      send(server.url, world.asOwner.token, create, { input }),
    );
    expect({ status, ...errors?.[0]?.extensions }).toMatchObject({
      status: 200,
      code: 'VALIDATION_FAILED',
      field,
    });
  }
});
