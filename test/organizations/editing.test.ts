import type { Caller } from '../support/client';
import {
  CreateOrganizationDocument,
  OrganizationDocument,
  OrganizationsDocument,
  UpdateOrganizationDocument,
  type CreateOrganizationInput,
  type OrganizationChanges,
  type OrganizationDetailsFragment,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let asScopedManager: Caller;

const nobodys = '01900000-0000-7000-8000-000000000000';

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const member = await world.arrange.member(world.accountId, {
    permissions: ['MANAGE_CLIENT_ORGANIZATIONS'],
    name: 'Max Manager',
  });
  asScopedManager = await signInAs(server, member);
});
afterAll(() => server.close());

const create = async (caller: Caller, input: CreateOrganizationInput) =>
  (await caller.get(CreateOrganizationDocument, { input })).createOrganization.organization;
const update = async (caller: Caller, id: string, changes: OrganizationChanges, expectedVersion?: number) =>
  (await caller.get(UpdateOrganizationDocument, { input: { id, changes, expectedVersion } }))
    .updateOrganization.organization;
const refused = (caller: Caller, id: string, changes: OrganizationChanges, expectedVersion?: number) =>
  changingNothing(server.owner, () =>
    caller.refusal(UpdateOrganizationDocument, { input: { id, changes, expectedVersion } }),
  );
const read = async (id: string) => (await world.asOwner.get(OrganizationDocument, { id })).organization;

describe('creating', () => {
  test('takes a name alone', async () => {
    const organization = await create(world.asOwner, { name: 'Xy' });
    expect(organization).toMatchObject({
      name: 'Xy',
      status: 'ACTIVE',
      version: 1,
      tags: [],
      clientCount: 0,
      description: null,
      website: null,
      address: null,
      accountManager: null,
    });
    expect(await read(organization.id)).toEqual(organization);
  });

  test('keeps everything that is given, cleaned of spaces around it', async () => {
    const organization = await create(world.asMemberWithAll, {
      name: '  Full  ',
      description: ' First line\r\n\tSecond line\n',
      website: ' Https://Example.com/Path?query#part ',
      address: ' Street 1\n12345 City ',
      accountManagerId: world.members.scoped.id.toUpperCase(),
      tags: [' Gold ', 'silver'],
    });
    expect(organization).toMatchObject({
      name: 'Full',
      description: 'First line\n\tSecond line',
      website: 'https://Example.com/Path?query#part',
      address: 'Street 1\n12345 City',
      accountManager: { id: world.members.scoped.id, name: 'Sam Scoped' },
      tags: ['Gold', 'silver'],
    });
  });

  test('is for owners, administrators and holders of MANAGE_CLIENT_ORGANIZATIONS, scoped or not', async () => {
    for (const caller of [world.asOwner, world.asAdmin, world.asMemberWithAll, asScopedManager]) {
      const { id } = await create(caller, { name: 'Created', tags: ['created'] });
      expect((await caller.get(OrganizationDocument, { id })).organization?.tags).toEqual(['created']);
    }
  });

  test('is for nobody else', async () => {
    const attempt = (caller: Caller) =>
      changingNothing(server.owner, () =>
        caller.refusal(CreateOrganizationDocument, { input: { name: 'Refused' } }),
      );
    expect(await attempt(world.asScopedMember)).toEqual({ code: 'FORBIDDEN' });
    expect(await attempt(world.asPowerless)).toEqual({ code: 'FORBIDDEN' });
    expect(await attempt(world.asAnonymous)).toEqual({ code: 'UNAUTHENTICATED' });
  });

  test('puts it into the own account only', async () => {
    const { id } = await create(world.other.asOwner, { name: 'Elsewhere' });
    expect(await world.asOwner.refusal(OrganizationDocument, { id })).toEqual({
      code: 'NOT_FOUND',
      field: 'id',
    });
    expect(
      (await world.asOwner.get(OrganizationsDocument, { search: 'Elsewhere' })).organizations.nodes,
    ).toEqual([]);
  });
});

describe('editing', () => {
  let complete: OrganizationDetailsFragment;
  beforeAll(async () => {
    complete = await create(world.asOwner, {
      name: 'Complete',
      description: 'Description',
      website: 'http://complete.test',
      address: 'Address',
      accountManagerId: world.members.all.id,
      tags: ['one', 'two'],
    });
  });

  test.each<[changes: OrganizationChanges, expected: Partial<OrganizationDetailsFragment>]>([
    [{ name: ' Renamed ' }, { name: 'Renamed' }],
    [{ description: 'New' }, { description: 'New' }],
    [{ website: 'https://new.test' }, { website: 'https://new.test' }],
    [{ address: 'New' }, { address: 'New' }],
    [{ tags: ['three'] }, { tags: ['three'] }],
    [{ description: null }, { description: null }],
    [{ website: null }, { website: null }],
    [{ address: null }, { address: null }],
    [{ accountManagerId: null }, { accountManager: null }],
    [{ tags: [] }, { tags: [] }],
    [{}, {}],
  ])('with %j changes that and nothing else', async (changes, expected) => {
    const before = await read(complete.id);
    const organization = await update(world.asOwner, complete.id, changes);
    expect(organization).toEqual({
      ...before,
      ...expected,
      version: (before?.version ?? 0) + 1,
      updatedAt: organization.updatedAt,
    });
    expect(await read(complete.id)).toEqual(organization);
  });

  test('with a version that is not this one is a conflict, and changes neither the row nor the tags', async () => {
    const { id } = await create(world.asOwner, { name: 'Guarded', tags: ['kept'] });
    expect(
      (await update(world.asOwner, id, { name: 'Guarded once', tags: ['kept', 'more'] }, 1)).version,
    ).toBe(2);
    for (const expectedVersion of [0, 1, 3]) {
      const refusal = await refused(world.asAdmin, id, { name: 'Refused', tags: ['lost'] }, expectedVersion);
      expect(refusal).toEqual({ code: 'CONFLICT', reason: 'VERSION' });
    }
    expect(await read(id)).toMatchObject({ name: 'Guarded once', tags: ['kept', 'more'] });
  });

  test('at once by many counts each of them', async () => {
    const { id } = await create(world.asOwner, { name: 'Crowded' });
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        update(world.asOwner, id, { description: `Edit ${index}`, tags: [`tag ${index}`] }),
      ),
    );
    const organization = await read(id);
    expect(organization?.version).toBe(21);
    expect(organization?.tags).toHaveLength(1);
  });

  test('is for holders of MANAGE_CLIENT_ORGANIZATIONS, also of organizations without a client of theirs', async () => {
    for (const caller of [world.asAdmin, world.asMemberWithAll, asScopedManager]) {
      expect((await update(caller, world.organizations.south, { description: 'Edited' })).description).toBe(
        'Edited',
      );
    }
  });

  test('is for nobody else, whether they see it or not', async () => {
    for (const id of [world.organizations.north, world.other.organizationId, nobodys]) {
      expect(await refused(world.asScopedMember, id, { name: 'Refused' })).toEqual({ code: 'FORBIDDEN' });
      expect(await refused(world.asPowerless, id, { name: 'Refused' })).toEqual({ code: 'FORBIDDEN' });
      expect(await refused(world.asAnonymous, id, { name: 'Refused' })).toEqual({ code: 'UNAUTHENTICATED' });
    }
  });

  test.each([
    ['of another account', () => world.other.organizationId],
    ['that does not exist', () => nobodys],
    ['which is a client', () => world.clients.one],
  ])('of an organization %s finds nothing, whatever is to be changed', async (_what, id) => {
    for (const changes of [{ name: 'Refused' }, { tags: ['refused'] }, {}]) {
      for (const caller of [world.asOwner, asScopedManager]) {
        expect(await refused(caller, id(), changes)).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
        expect(await refused(caller, id(), changes, 1)).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
      }
    }
  });
});

describe('tags', () => {
  test.each<[what: string, given: string[], kept: string[]]>([
    ['are one where they differ only in case, written as at first', ['Gold', 'GOLD', 'gold'], ['Gold']],
    ['are one where they differ only in spaces around them', ['gold', ' gold', 'gold '], ['gold']],
    ['are one where letters with accents differ only in case', ['Öko', 'öKO'], ['Öko']],
    ['are shown in alphabetical order, ignoring case', ['b', 'C', 'a'], ['a', 'b', 'C']],
    [
      'may be 20',
      Array.from({ length: 20 }, (_, n) => `tag ${n + 10}`),
      Array.from({ length: 20 }, (_, n) => `tag ${n + 10}`),
    ],
    ['may have 50 characters of any script', ['𝔉'.repeat(50), '日本'], ['日本', '𝔉'.repeat(50)]],
  ])('%s', async (_what, tags, kept) => {
    expect((await create(world.asOwner, { name: 'Tagged', tags })).tags).toEqual(kept);
    const { id } = await create(world.asOwner, { name: 'Tagged', tags: ['before'] });
    expect((await update(world.asOwner, id, { tags })).tags).toEqual(kept);
  });

  test('are replaced as a whole, and may be written anew in another case', async () => {
    const { id } = await create(world.asOwner, { name: 'Retagged', tags: ['one', 'Two'] });
    expect((await update(world.asOwner, id, { tags: ['TWO', 'three'] })).tags).toEqual(['three', 'TWO']);
  });

  test('of one organization are not those of another', async () => {
    const [one, other] = [
      await create(world.asOwner, { name: 'First', tags: ['same'] }),
      await create(world.asOwner, { name: 'Second', tags: ['same'] }),
    ];
    await update(world.asOwner, one.id, { tags: [] });
    expect((await read(other.id))?.tags).toEqual(['same']);
  });
});

describe('an account manager', () => {
  test.each([
    ['of another account', () => world.other.owner.id],
    ['who does not exist', () => nobodys],
  ])('%s is not found', async (_what, accountManagerId) => {
    const refusal = (path: string) => ({ code: 'NOT_FOUND', field: `${path}.accountManagerId` });
    for (const caller of [world.asOwner, asScopedManager]) {
      const input = { name: 'Refused', accountManagerId: accountManagerId(), tags: ['refused'] };
      expect(
        await changingNothing(server.owner, () => caller.refusal(CreateOrganizationDocument, { input })),
      ).toEqual(refusal('input'));
      expect(
        await refused(caller, world.organizations.north, { accountManagerId: accountManagerId() }),
      ).toEqual(refusal('input.changes'));
    }
  });
});

const inText: [what: string, value: string][] = [
  ['a null character', 'a\u0000b'],
  ['a bell', 'a\u0007b'],
  ['an escape sequence', '\u001b[31mred'],
  ['a C1 control character', 'a\u0085b'],
];
const bad: [field: keyof OrganizationChanges, what: string, value: unknown][] = [
  ...[
    ...inText,
    ['nothing', ''],
    ['one character', 'x'],
    ['one character between spaces', ' x '],
    ['201 characters', 'x'.repeat(201)],
    ['a line break', 'a\nb'],
  ].map(([what, value]): [keyof OrganizationChanges, string, unknown] => ['name', what ?? '', value]),
  ...[...inText, ['nothing', ''], ['only spaces', '  '], ['2,001 characters', 'x'.repeat(2001)]].map(
    ([what, value]): [keyof OrganizationChanges, string, unknown] => ['description', what ?? '', value],
  ),
  ...[...inText, ['nothing', ''], ['only line breaks', '\n\n'], ['501 characters', 'x'.repeat(501)]].map(
    ([what, value]): [keyof OrganizationChanges, string, unknown] => ['address', what ?? '', value],
  ),
  ...[
    '',
    ' ',
    'example.com',
    'javascript:alert(1)',
    'JavaScript://example.com/%0aalert(1)',
    'data:text/html,x',
    'ftp://example.com',
    'https://example.com/\ud800',
    'file:///etc/passwd',
    '//example.com',
    'https://',
    'https://exa mple.com',
    'https://example.com/<script>',
    'https://example.com\r\nX: y',
    `https://example.com/${'x'.repeat(500)}`,
  ].map((value): [keyof OrganizationChanges, string, unknown] => [
    'website',
    JSON.stringify(value.slice(0, 50)),
    value,
  ]),
  ['tags', 'null', null],
  ['tags', 'an empty tag', ['fine', '']],
  ['tags', 'a tag of spaces', ['  ']],
  ['tags', 'a tag of 51 characters', ['x'.repeat(51)]],
  ['tags', 'a tag with a control character', ['a\u0000b']],
  ['tags', 'a tag with a line break', ['a\nb']],
  ['tags', '21 tags', Array.from({ length: 21 }, (_, n) => `tag ${n}`)],
  ['accountManagerId', 'a name', 'Mia'],
  ['accountManagerId', 'nothing', ''],
];

test.each(bad)('a bad %s is refused: %s', async (field, _what, value) => {
  const creating = { name: 'Refused', [field]: value };
  const refusal = await changingNothing(server.owner, () =>
    world.asOwner.refusal(CreateOrganizationDocument, { input: creating }),
  );
  expect(refusal).toEqual({ code: 'VALIDATION_FAILED', field: `input.${field}` });
  expect(await refused(world.asOwner, world.organizations.north, { [field]: value })).toEqual({
    code: 'VALIDATION_FAILED',
    field: `input.changes.${field}`,
  });
});

test('a name cannot be cleared, and an id must be one', async () => {
  expect(await refused(world.asOwner, world.organizations.north, { name: null })).toEqual({
    code: 'VALIDATION_FAILED',
    field: 'input.changes.name',
  });
  expect(await refused(world.asOwner, 'North', { name: 'Refused' })).toEqual({
    code: 'VALIDATION_FAILED',
    field: 'input.id',
  });
});
