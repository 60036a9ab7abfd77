// Every mutation writes what was done, to what, and by whom, in the transaction of the change.
import type { Caller } from '../support/client';
import {
  ActivateClientDocument,
  ArchiveClientDocument,
  ArchiveOrganizationDocument,
  AssignClientsDocument,
  ChangePlanDocument,
  CreateClientDocument,
  CreateOrganizationDocument,
  DeactivateClientDocument,
  RestoreClientDocument,
  RestoreOrganizationDocument,
  UpdateAccountDocument,
  UpdateClientDocument,
  UpdateOrganizationDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing, oneRow, type AuditEntry } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
let asManager: Caller;

const nobodys = '01900000-0000-7000-8000-000000000000';

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
  const member = await world.arrange.member(world.accountId, {
    clientAccess: 'ALL',
    permissions: ['VIEW_CLIENTS', 'MANAGE_MEMBERS'],
  });
  asManager = await signInAs(server, member);
});
afterAll(() => server.close());

/** An entry without who did it. */
type Done = Omit<AuditEntry, 'actorKind' | 'actorId'>;

const ofClient = (id: string, action: string, changed?: string[]): Done => ({
  action: `CLIENT_${action}`,
  subjectKind: 'CLIENT',
  subjectId: id,
  clientId: id,
  details: changed === undefined ? {} : { changed },
});
const ofOrganization = (id: string, action: string, changed?: string[]): Done => ({
  ...ofClient(id, '', changed),
  action: `ORGANIZATION_${action}`,
  subjectKind: 'ORGANIZATION',
  clientId: null,
});
const ofAccount = (action: string, changed: string[]): Done => ({
  ...ofClient(world.accountId, '', changed),
  action: `ACCOUNT_${action}`,
  subjectKind: 'ACCOUNT',
  clientId: null,
});
const assignment = (action: string, subjectId: string, clientId: string): Done => ({
  action,
  subjectKind: 'MEMBER',
  subjectId,
  clientId,
  details: {},
});

const by = (actorKind: string, actorId: string, entries: Done[]): AuditEntry[] =>
  entries.map((entry) => ({ ...entry, actorKind, actorId }));

test.each<[who: string, kind: string, caller: () => Caller, id: () => string]>([
  ['the owner', 'OWNER', () => world.asOwner, () => world.members.owner.id],
  ['an administrator', 'ADMIN', () => world.asAdmin, () => world.members.admin.id],
  ['a member with all clients', 'MEMBER', () => world.asMemberWithAll, () => world.members.all.id],
])('what %s does is written under their name and kind', async (_who, kind, caller, id) => {
  const entries = await auditedBy(server.owner, () =>
    caller().get(UpdateClientDocument, { input: { id: world.clients.one, changes: { contactName: kind } } }),
  );
  expect(entries).toEqual(by(kind, id(), [ofClient(world.clients.one, 'UPDATED', ['contact_name'])]));
});

test('a scoped creator is written down as assigned to what was created', async () => {
  let created = '';
  const entries = await auditedBy(server.owner, async () => {
    created = (
      await world.asScopedMember.get(CreateClientDocument, {
        input: { name: 'Created', organizationId: null },
      })
    ).createClient.client.id;
  });
  const { id } = world.members.scoped;
  expect(entries).toEqual(
    by('MEMBER', id, [assignment('CLIENT_ASSIGNED', id, created), ofClient(created, 'CREATED')]),
  );
});

test('an organization that is created with its client is written down as well', async () => {
  let client = '';
  let organization = '';
  const entries = await auditedBy(server.owner, async () => {
    const { createClient } = await world.asOwner.get(CreateClientDocument, {
      input: { name: 'Created', newOrganization: { name: 'Created too' } },
    });
    client = createClient.client.id;
    organization = createClient.client.organization?.id ?? '';
  });
  expect(entries).toEqual(
    by('OWNER', world.members.owner.id, [
      ofClient(client, 'CREATED'),
      ofOrganization(organization, 'CREATED'),
    ]),
  );
});

test('an edit names every column that changed, no other, and no value', async () => {
  const secrets = {
    name: 'Secret name',
    contactName: 'Secret contact',
    contactEmail: 'secret@client.test',
    contactPhone: '+4930901820',
    contactPosition: 'Secret position',
  };
  const entries = await auditedBy(server.owner, () =>
    world.asOwner.get(UpdateClientDocument, {
      input: {
        id: world.clients.four,
        changes: {
          ...secrets,
          blindMode: 'ON',
          organizationId: world.organizations.south,
          accountManagerId: world.members.all.id,
        },
      },
    }),
  );
  const changed = [
    'account_manager_id',
    'blind_mode',
    'contact_email',
    'contact_name',
    'contact_phone',
    'contact_position',
    'name',
    'organization_id',
  ];
  expect(entries).toEqual(
    by('OWNER', world.members.owner.id, [ofClient(world.clients.four, 'UPDATED', changed)]),
  );
  const again = await auditedBy(server.owner, () =>
    world.asOwner.get(UpdateClientDocument, {
      input: { id: world.clients.four, changes: { ...secrets, name: 'Other' } },
    }),
  );
  expect(again.map(({ details }) => details)).toEqual([{ changed: ['name'] }]);
  const { rows } = await server.owner.query<{ text: string }>(
    'select to_jsonb(e)::text as text from ringfence.audit_entries e',
  );
  for (const { text } of rows) expect(text).not.toMatch(/secret|\+4930901820/i);
});

test('every change of a client’s state is written by its name', async () => {
  const id = await world.arrange.client(world.accountId, 'Traveller');
  const input = { id };
  const entries = await auditedBy(server.owner, async () => {
    await world.asOwner.get(DeactivateClientDocument, { input });
    await world.asOwner.get(ActivateClientDocument, { input });
    await world.asOwner.get(ArchiveClientDocument, { input });
    await world.asOwner.get(RestoreClientDocument, { input });
  });
  const archiving = ['status', 'status_before_archive'];
  expect(entries).toEqual(
    by('OWNER', world.members.owner.id, [
      ofClient(id, 'ACTIVATED', ['status']),
      ofClient(id, 'ARCHIVED', archiving),
      ofClient(id, 'DEACTIVATED', ['status']),
      ofClient(id, 'RESTORED', archiving),
    ]),
  );
});

test('everything that is done to an organization is written, its tags under a name of their own', async () => {
  let id = '';
  const entries = await auditedBy(server.owner, async () => {
    const { createOrganization } = await world.asMemberWithAll.get(CreateOrganizationDocument, {
      input: { name: 'Secret group', tags: ['secret tag'] },
    });
    id = createOrganization.organization.id;
    const changes = {
      name: 'Secret name',
      description: 'Secret',
      website: 'https://secret.test',
      address: 'Secret',
      accountManagerId: world.members.all.id,
    };
    await world.asMemberWithAll.get(UpdateOrganizationDocument, { input: { id, changes } });
    await world.asMemberWithAll.get(ArchiveOrganizationDocument, { input: { id } });
    await world.asMemberWithAll.get(RestoreOrganizationDocument, { input: { id } });
  });
  expect(entries).toEqual(
    by('MEMBER', world.members.all.id, [
      ofOrganization(id, 'ARCHIVED', ['status']),
      ofOrganization(id, 'CREATED'),
      ofOrganization(id, 'RESTORED', ['status']),
      ofOrganization(id, 'TAGGED'),
      ofOrganization(id, 'UPDATED', ['account_manager_id', 'address', 'description', 'name', 'website']),
    ]),
  );
});

test('each client that is given or taken is an entry, and what changes nothing is none', async () => {
  const { one, two, three } = world.clients;
  const { id } = world.members.powerless;
  const entries = await auditedBy(server.owner, () =>
    world.asOwner.get(AssignClientsDocument, {
      input: { memberId: id, add: [one, two, two], remove: [three] },
    }),
  );
  expect(entries).toEqual(by('OWNER', world.members.owner.id, [assignment('CLIENT_ASSIGNED', id, two)]));
  const taken = await auditedBy(server.owner, () =>
    asManager.get(AssignClientsDocument, { input: { memberId: id, remove: [two] } }),
  );
  expect(taken).toMatchObject([assignment('CLIENT_UNASSIGNED', id, two)]);
});

test('changes of the account and of its plan are written', async () => {
  const changes = {
    name: 'Secret',
    timeZone: 'Europe/Berlin',
    locale: 'de',
    currency: 'USD',
    blindMode: true,
    passwordMinimum: 12,
  };
  const settings = await auditedBy(server.owner, () =>
    world.asAdmin.get(UpdateAccountDocument, { input: { changes } }),
  );
  const changed = ['blind_mode', 'currency', 'locale', 'name', 'password_minimum', 'time_zone'];
  expect(settings).toEqual(by('ADMIN', world.members.admin.id, [ofAccount('UPDATED', changed)]));
  const plan = await auditedBy(server.owner, () =>
    world.asOwner.get(ChangePlanDocument, { input: { planId: 'GROWTH' } }),
  );
  expect(plan).toEqual(by('OWNER', world.members.owner.id, [ofAccount('PLAN_CHANGED', ['plan_id'])]));
  await world.asOwner.get(ChangePlanDocument, { input: { planId: 'AGENCY' } });
});

test('an entry carries the session it was made in', async () => {
  const [entry] = await auditedBy(server.owner, () =>
    world.asAdmin.get(UpdateClientDocument, { input: { id: world.clients.one, changes: {} } }),
  );
  const row = await oneRow<{ member_id: string }>(
    server.owner,
    `select s.member_id from ringfence.audit_entries e join fence.sessions s on s.id = e.session_id order by e.id desc limit 1`,
  );
  expect(row.member_id).toBe(entry?.actorId);
});

test.each<[what: string, table: string, action: string, run: () => Promise<string>]>([
  [
    'createClient',
    'clients',
    'CLIENT_CREATED',
    async () =>
      (await world.asOwner.get(CreateClientDocument, { input: { name: 'Same', organizationId: null } }))
        .createClient.client.id,
  ],
  [
    'updateClient',
    'clients',
    'CLIENT_UPDATED',
    async () =>
      (
        await world.asOwner.get(UpdateClientDocument, {
          input: { id: world.clients.two, changes: { name: 'Same' } },
        })
      ).updateClient.client.id,
  ],
  [
    'archiveClient',
    'clients',
    'CLIENT_ARCHIVED',
    async () =>
      (await world.asOwner.get(ArchiveClientDocument, { input: { id: world.clients.two } })).archiveClient
        .client.id,
  ],
  [
    'createOrganization',
    'organizations',
    'ORGANIZATION_CREATED',
    async () =>
      (await world.asOwner.get(CreateOrganizationDocument, { input: { name: 'Same', tags: ['same'] } }))
        .createOrganization.organization.id,
  ],
  [
    'changePlan',
    'accounts',
    'ACCOUNT_PLAN_CHANGED',
    async () =>
      (await world.asOwner.get(ChangePlanDocument, { input: { planId: 'GROWTH' } })).changePlan.account.id,
  ],
])('the entry of %s is of the transaction that changed the row', async (_what, table, action, run) => {
  const id = await run();
  const { same } = await oneRow<{ same: boolean }>(
    server.owner,
    `select exists (select from ringfence.audit_entries e where e.subject_id = t.id and e.xmin = t.xmin and e.action = $2) as same
     from ringfence.${table} t where t.id = $1`,
    [id, action],
  );
  expect(same).toBe(true);
});

test.each<[what: string, refuse: () => Promise<{ code: string }>, code: string]>([
  [
    'an email that is taken',
    () =>
      world.asOwner.refusal(CreateClientDocument, {
        input: { name: 'X', contactEmail: 'one@client.test', newOrganization: { name: 'XX' } },
      }),
    'EMAIL_TAKEN',
  ],
  [
    'an archived client',
    () =>
      world.asOwner.refusal(UpdateClientDocument, {
        input: { id: world.clients.six, changes: { name: 'X' } },
      }),
    'CONFLICT',
  ],
  [
    'a stale version',
    () =>
      world.asOwner.refusal(UpdateClientDocument, {
        input: { id: world.clients.one, changes: { name: 'X' }, expectedVersion: 1 },
      }),
    'CONFLICT',
  ],
  [
    'a client that is hidden',
    () => world.asScopedMember.refusal(ArchiveClientDocument, { input: { id: world.clients.four } }),
    'NOT_FOUND',
  ],
  [
    'a permission that is missing',
    () => world.asPowerless.refusal(CreateOrganizationDocument, { input: { name: 'XX' } }),
    'FORBIDDEN',
  ],
  [
    'one foreign client among those to assign',
    () =>
      world.asOwner.refusal(AssignClientsDocument, {
        input: { memberId: world.members.powerless.id, add: [world.clients.four, world.other.clientId] },
      }),
    'NOT_FOUND',
  ],
  [
    'an organization that still has clients',
    () => world.asOwner.refusal(ArchiveOrganizationDocument, { input: { id: world.organizations.south } }),
    'CONFLICT',
  ],
  [
    'a manager that does not exist',
    () =>
      world.asOwner.refusal(UpdateOrganizationDocument, {
        input: { id: world.organizations.south, changes: { accountManagerId: nobodys, tags: ['x'] } },
      }),
    'NOT_FOUND',
  ],
])('what fails for %s writes nothing, neither the change nor an entry', async (_what, refuse, code) => {
  expect((await changingNothing(server.owner, refuse)).code).toBe(code);
});
