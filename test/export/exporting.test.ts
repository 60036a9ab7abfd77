// What an export holds: all of a client that its reader sees, kind by kind, and what is left out is said.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { kinds } from '../../src/export/kinds';
import { Caller, send } from '../support/client';
import { download, filesIn, recordsIn, refusalIn, type ExportedRecord } from '../support/exports';
import { startTestServer, type TestServer } from '../support/server';
import { statementsOf } from '../support/statements';
import { auditedBy } from '../support/stored';
import type { TestAgent } from '../support/arrange';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
/** Sees client `one` and may export; nothing else. */
let asExporter: Caller;
let exporterId: string;
let agent: TestAgent;
let call: string;

/** With everything that copying and JSON escape. */
const greeting = 'Tab\t newline\n return\r backslash \\ \\N quote " control \u0001 \u000b ünï 🎧 \u2028';
const oddName = greeting.slice(0, 60);

const kindNames = kinds.map(({ name }) => name);

beforeAll(async () => {
  server = await startTestServer({
    settings: { EXPORTS_AT_ONCE: '11', EXPORTS_PER_ACCOUNT: '10', EXPORTS_PER_PRINCIPAL: '10' },
  });
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  const exporter = await arrange.member(accountId, {
    permissions: ['VIEW_CLIENTS', 'EXPORT_DATA'],
    clients: [clients.one],
    name: 'Edda Exporter',
  });
  exporterId = exporter.id;
  asExporter = await signInAs(server, exporter);
  // It worked for another client before.
  agent = await arrange.agent(accountId, clients.one, { movedFrom: clients.three });
  await arrange.call(agent.earlierStayId ?? '', { externalId: 'call for another client' });
  const portalUserId = world.portalUsers.one.id;
  call = await arrange.call(agent.stayId, {
    externalId: '@call',
    startedAt: '2026-03-01T10:00:00.123456Z',
    portalUserId,
    billableSeconds: 42,
  });
  await arrange.recording(call);
  await arrange.conversation(agent.stayId, { texts: ['=Hello', 'Good\nmorning'], portalUserId });
  for (const table of ['agent_configurations', 'agent_advanced_configurations'])
    await server.owner.query(
      `insert into ringfence.${table} (account_id, client_id, agent_id, stay_id, number, settings, saved_by)
       values ($1, $2, $3, $4, 1, $5, $6)`,
      [accountId, clients.one, agent.id, agent.stayId, { greeting }, oddName],
    );
  await server.owner.query(
    `insert into ringfence.agent_phone_numbers (account_id, client_id, agent_id, stay_id, phone_number)
     select $1, $2, $3, $4, n from unnest(array['+4930222', '+4930111']) n`,
    [accountId, clients.one, agent.id, agent.stayId],
  );
  await server.owner.query(
    `update ringfence.clients set account_manager_id = $2, contact_name = '=HYPERLINK("http://evil.test")',
       contact_phone = '+4930901820', contact_position = E'"quotes", \\\\ and ünï' where id = $1`,
    [clients.one, world.members.admin.id],
  );
  await server.owner.query(
    `insert into ringfence.client_activity (account_id, client_id, last_activity_at) values ($1, $2, '2026-03-01T10:00:00Z')
     on conflict (account_id, client_id) do update set last_activity_at = excluded.last_activity_at`,
    [accountId, clients.one],
  );
});
afterAll(() => server.close());

const one = () => world.clients.one;
const exportOf = async (caller: Caller, path: string) => recordsIn((await download(caller, path)).body);
const ofType = (records: ExportedRecord[], type: string) => records.filter((record) => record.type === type);

describe('all of a client', () => {
  test('comes record by record, between one that says what is in it and one that says it is complete', async () => {
    const { status, headers, body } = await download(world.asOwner, one());
    expect([status, headers.get('content-type')]).toEqual([200, 'application/x-ndjson']);
    expect(headers.get('content-disposition')).toMatch(
      /^attachment; filename="One-\d{4}-\d\d-\d\d\.ndjson"$/,
    );
    const records = recordsIn(body);
    expect(records[0]).toEqual({
      type: 'export',
      clientId: one(),
      snapshotAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/) as string,
      kinds: kindNames,
      withheld: [],
    });
    expect(ofType(records, 'client')).toEqual([
      {
        type: 'client',
        id: one(),
        name: 'One',
        contactName: '=HYPERLINK("http://evil.test")',
        contactEmail: 'one@client.test',
        contactPhone: '+4930901820',
        contactPosition: '"quotes", \\ and ünï',
        organizationId: world.organizations.north,
        organizationName: 'North',
        organizationTags: ['priority', 'retail'],
        accountManagerId: world.members.admin.id,
        accountManagerName: 'Adam Admin',
        blindMode: 'INHERIT',
        status: 'ACTIVE',
        statusBeforeArchive: null,
        lastActivityAt: '2026-03-01T10:00:00Z',
        version: 2,
        createdAt: expect.stringMatching(/Z$/) as string,
        updatedAt: expect.stringMatching(/Z$/) as string,
      },
    ]);
    expect(ofType(records, 'portalUser')).toMatchObject([
      {
        id: world.portalUsers.one.id,
        email: world.portalUsers.one.email,
        viewsRecordings: true,
        agentStayIds: [],
      },
    ]);
    expect(ofType(records, 'assignment').map(({ memberName }) => memberName)).toEqual([
      'Sam Scoped',
      'Pat Powerless',
      'Edda Exporter',
    ]);
    expect(ofType(records, 'agent')).toMatchObject([
      { id: agent.id, phoneNumbers: ['+4930111', '+4930222'] },
    ]);
    expect(ofType(records, 'agentStay')).toMatchObject([
      { id: agent.stayId, agentName: 'Ada', endedAt: null },
    ]);
    expect(ofType(records, 'agentConfiguration')).toMatchObject([
      { number: 1, settings: { greeting }, savedBy: oddName },
    ]);
    expect(ofType(records, 'call')).toEqual([
      {
        type: 'call',
        id: call,
        agentId: agent.id,
        stayId: agent.stayId,
        externalId: '@call',
        direction: 'INBOUND',
        outcome: 'COMPLETED',
        fromNumber: '+4930901820',
        toNumber: '+4930901821',
        portalUserId: world.portalUsers.one.id,
        portalUserName: 'Petra Portal',
        startedAt: '2026-03-01T10:00:00.123456Z',
        endedAt: '2026-03-01T10:01:00.123456Z',
        durationSeconds: 55,
        createdAt: expect.stringMatching(/Z$/) as string,
        updatedAt: expect.stringMatching(/Z$/) as string,
      },
    ]);
    expect(ofType(records, 'callBilling')).toMatchObject([{ callId: call, billableSeconds: 42 }]);
    expect(ofType(records, 'conversation')).toMatchObject([{ agentId: agent.id, messageCount: 2 }]);
    expect(ofType(records, 'message').map(({ text }) => text)).toEqual(['=Hello', 'Good\nmorning']);
    const counts = Object.fromEntries(kinds.map(({ name, type }) => [name, ofType(records, type).length]));
    expect(records.at(-1)).toEqual({ type: 'end', complete: true, counts });
  });

  test('of an archived client as well', async () => {
    const [, client] = await exportOf(world.asOwner, world.clients.six);
    expect(client).toMatchObject({ name: 'Six', status: 'ARCHIVED', statusBeforeArchive: 'ACTIVE' });
  });

  test('is as GraphQL shows it, to the letter of every time', async () => {
    const [, exported] = await exportOf(world.asOwner, one());
    const { data } = await send<{ client: object }>(
      server.url,
      world.asOwner.token,
      `{ client(id: "${one()}") { name contactName contactEmail contactPhone contactPosition status version createdAt updatedAt lastActivityAt } }`,
    );
    expect(exported).toMatchObject(data?.client ?? { nothing: true });
  });

  test('is nothing of another client', async () => {
    const text = (await download(world.asOwner, one())).body.toString();
    for (const id of [...Object.values(world.clients), world.other.clientId, world.portalUsers.two.id])
      expect(text.includes(id)).toBe(id === one());
    expect(await exportOf(world.asOwner, world.clients.four)).toHaveLength(3);
  });

  test('can be had kind by kind', async () => {
    for (const { name, type } of kinds) {
      const records = await exportOf(world.asOwner, `${one()}/${name}`);
      expect(records[0]).toMatchObject({ kinds: [name], withheld: [] });
      expect(records.at(-1)).toMatchObject({ complete: true, counts: { [name]: records.length - 2 } });
      expect(new Set(records.slice(1, -1).map((record) => record.type))).toEqual(
        new Set(records.length > 2 ? [type] : []),
      );
    }
  });
});

describe('a zip of CSVs', () => {
  test('has one for each kind, and a manifest at the end that says it is complete', async () => {
    const { headers, body } = await download(world.asOwner, `${one()}?format=csv`);
    expect([headers.get('content-type'), headers.get('content-encoding')]).toEqual(['application/zip', null]);
    const files = await filesIn(body);
    expect([...files.keys()]).toEqual([...kindNames.map((name) => `${name}.csv`), 'manifest.json']);
    expect(JSON.parse(files.get('manifest.json') ?? '')).toMatchObject({
      clientId: one(),
      kinds: kindNames,
      withheld: [],
      complete: true,
      counts: { client: 1, agents: 1 },
    });
    for (const { name, columns } of kinds) {
      const [header] = parse(files.get(`${name}.csv`) ?? '');
      expect(header).toEqual(Object.keys(columns));
    }
  });

  test('is what other programs take for one', async () => {
    const { body } = await download(world.asOwner, `${one()}?format=csv`);
    const directory = mkdtempSync(join(tmpdir(), 'ringfence-export-'));
    const file = join(directory, 'export.zip');
    writeFileSync(file, body);
    // Python's, where there is no unzip.
    const { status, stdout } = spawnSync('sh', [
      '-c',
      `unzip -t "${file}" || python3 -m zipfile -t "${file}"`,
    ]);
    rmSync(directory, { recursive: true });
    expect([status, stdout.toString()]).toEqual([
      0,
      expect.stringMatching(/No errors detected|Done testing/),
    ]);
  });

  test('holds what the records hold, but for formulas: they are kept from being computed', async () => {
    const files = await filesIn((await download(world.asOwner, `${one()}?format=csv`)).body);
    const rowsIn = (name: string) =>
      parse<Record<string, string>>(files.get(`${name}.csv`) ?? '', { columns: true });
    expect(rowsIn('client')).toMatchObject([
      {
        name: 'One',
        contactName: `'=HYPERLINK("http://evil.test")`,
        contactPhone: '+4930901820',
        contactPosition: '"quotes", \\ and ünï',
        organizationTags: '["priority","retail"]',
        statusBeforeArchive: '',
        lastActivityAt: '2026-03-01T10:00:00Z',
        version: '2',
      },
    ]);
    const [configuration] = rowsIn('agent-configurations');
    expect(configuration?.savedBy).toBe(oddName);
    expect(JSON.parse(configuration?.settings ?? '')).toEqual({ greeting });
    expect(rowsIn('calls')).toMatchObject([
      { externalId: "'@call", fromNumber: '+4930901820', durationSeconds: '55' },
    ]);
    expect(rowsIn('messages').map(({ text }) => text)).toEqual(["'=Hello", 'Good\nmorning']);
    expect(rowsIn('portal-users')).toMatchObject([
      { viewsRecordings: 'true', viewsBillableMinutes: 'false' },
    ]);
  });

  test('is asked for by the address, or by what is accepted', async () => {
    const typeOf = async (path: string, accept?: string) =>
      (await download(world.asOwner, path, accept === undefined ? {} : { accept })).headers.get(
        'content-type',
      );
    expect(await typeOf(one(), 'application/zip')).toBe('application/zip');
    expect(await typeOf(one(), 'text/html, application/zip;q=0.1, application/x-ndjson;q=0.9')).toBe(
      'application/x-ndjson',
    );
    expect(await typeOf(`${one()}?format=ndjson`, 'application/zip')).toBe('application/x-ndjson');
  });
});

test.each([
  ['gzip', 'gzip'],
  ['br, gzip;q=0.5', 'gzip'],
  ['identity', null],
  ['gzip;q=0', null],
])('whoever accepts %s gets the encoding %s', async (accepted, encoding) => {
  const { headers, body } = await download(world.asOwner, one(), { 'accept-encoding': accepted });
  expect(headers.get('content-encoding')).toBe(encoding);
  expect(recordsIn(body).at(-1)).toMatchObject({ complete: true });
});

describe('columns and kinds follow the permissions', () => {
  const withheld = [
    { kind: 'invitations', permission: 'CREATE_CLIENTS' },
    { kind: 'assignments', permission: 'MANAGE_MEMBERS' },
    { kind: 'identities', permission: 'ACCESS_CRM' },
    { kind: 'agent-advanced-configurations', permission: 'USE_ADVANCED_EDITOR' },
    { kind: 'agent-assignments', permission: 'MANAGE_MEMBERS' },
    { kind: 'lists', permission: 'ACCESS_CRM' },
    { kind: 'list-fields', permission: 'ACCESS_CRM' },
    { kind: 'list-dispositions', permission: 'ACCESS_CRM' },
    { kind: 'list-members', permission: 'MANAGE_LISTS' },
    { kind: 'segments', permission: 'ACCESS_CRM' },
    { kind: 'campaigns', permission: 'ACCESS_CRM' },
    { kind: 'leads', permission: 'ACCESS_CRM' },
    { kind: 'lead-notes', permission: 'ACCESS_CRM' },
    { kind: 'lead-changes', permission: 'ACCESS_CRM' },
    { kind: 'call-billing', permission: 'VIEW_BILLABLE_MINUTES' },
    { kind: 'recordings', permission: 'VIEW_RECORDINGS' },
    { kind: 'files', permission: 'VIEW_RECORDINGS' },
  ];

  test('what somebody may not see is left out, and said to be', async () => {
    const records = await exportOf(asExporter, one());
    expect(records[0]).toMatchObject({ withheld });
    for (const { kind } of withheld) expect(records[0]?.kinds).not.toContain(kind);
    const types = new Set(records.map(({ type }) => type));
    for (const type of [
      'invitation',
      'assignment',
      'agentAdvancedConfiguration',
      'agentAssignment',
      'callBilling',
    ])
      expect(types).not.toContain(type);
    expect(ofType(records, 'portalUser')).toMatchObject([{ email: world.portalUsers.one.email }]);
  });

  test('asked for by name, it is refused', async () => {
    for (const { kind } of withheld)
      expect(refusalIn(await download(asExporter, `${one()}/${kind}`))).toEqual({
        status: 403,
        code: 'FORBIDDEN',
      });
  });

  test('of agents that somebody was not assigned there is nothing', async () => {
    const member = await world.arrange.member(world.accountId, {
      permissions: ['VIEW_CLIENTS', 'EXPORT_DATA', 'USE_ADVANCED_EDITOR'],
      clients: [one()],
      agentAccess: 'ASSIGNED',
    });
    const records = await exportOf(await signInAs(server, member), one());
    expect(records.at(-1)?.counts).toMatchObject({
      client: 1,
      agents: 0,
      'agent-stays': 0,
      'agent-configurations': 0,
      'agent-advanced-configurations': 0,
      calls: 0,
      conversations: 0,
      messages: 0,
    });
  });

  test('a partner token exports what it reaches, and nothing of the team', async () => {
    const permissions = [
      'VIEW_CLIENTS',
      'EXPORT_DATA',
      'CREATE_CLIENTS',
      'USE_ADVANCED_EDITOR',
      'VIEW_BILLABLE_MINUTES',
      'VIEW_RECORDINGS',
      'ACCESS_CRM',
      'MANAGE_LISTS',
    ];
    const token = await world.arrange.accessToken(world.accountId, { permissions, clients: [one()] });
    const caller = new Caller(server.url, token.text);
    const records = await exportOf(caller, one());
    expect(records[0]?.withheld).toEqual(
      withheld.filter(({ permission }) => permission === 'MANAGE_MEMBERS'),
    );
    expect(ofType(records, 'agentAdvancedConfiguration')).toHaveLength(1);
    expect(ofType(records, 'recording')).toMatchObject([{ callId: call }]);
    expect(ofType(records, 'file')).toMatchObject([{ id: ofType(records, 'recording')[0]?.fileId }]);
    expect(refusalIn(await download(caller, world.clients.two))).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
    });
  });
});

describe('refused is', () => {
  const missing = '01900000-0000-7000-8000-000000000000';

  test('whoever is not signed in, without a database being asked', async () => {
    const anonymous = { url: server.url, token: null };
    for (const token of [null, 'no.valid.token']) {
      const refused = await download({ url: server.url, token }, one());
      expect(refusalIn(refused)).toEqual({ status: 401, code: 'UNAUTHENTICATED' });
      expect(refused.headers.get('www-authenticate')).toBe('Bearer');
    }
    expect(await statementsOf(() => download(anonymous, one()))).toBe(0);
    const { status } = await fetch(
      `${server.url}/export/clients/${one()}?access_token=${world.asOwner.token}`,
    );
    expect(status).toBe(401);
  });

  test('whoever may not export, of whatever kind', async () => {
    for (const caller of [
      world.asMemberWithAll,
      world.asScopedMember,
      world.asPowerless,
      world.asPortalUser,
    ]) {
      for (const id of [one(), missing])
        expect(refusalIn(await download(caller, id))).toEqual({ status: 403, code: 'FORBIDDEN' });
    }
    const seeing = new Caller(server.url, world.accessToken.text);
    expect(refusalIn(await download(seeing, one()))).toEqual({ status: 403, code: 'FORBIDDEN' });
  });

  test("another's client, exactly like one that does not exist", async () => {
    const answers = await Promise.all(
      [world.clients.two, world.clients.six, world.other.clientId, missing].map((id) =>
        download(asExporter, id),
      ),
    );
    const shapes = answers.map(({ status, body }) => {
      const { errors } = JSON.parse(body.toString()) as { errors: { extensions: { requestId?: string } }[] };
      for (const { extensions } of errors) delete extensions.requestId;
      return { status, errors };
    });
    expect(new Set(shapes.map((shape) => JSON.stringify(shape))).size).toBe(1);
    expect(shapes[0]).toEqual({
      status: 404,
      errors: [
        { message: 'There is nothing here by that id.', extensions: { code: 'NOT_FOUND', field: 'id' } },
      ],
    });
  });

  test.each([
    ['no id', '', 'no-id', { status: 400, code: 'VALIDATION_FAILED', field: 'id' }],
    ['another format', '?format=xlsx', '', { status: 400, code: 'VALIDATION_FAILED', field: 'format' }],
    [
      'two formats',
      '?format=ndjson&format=csv',
      '',
      { status: 400, code: 'VALIDATION_FAILED', field: 'format' },
    ],
    ['a kind that there is not', '/secrets', '', { status: 400, code: 'VALIDATION_FAILED', field: 'kind' }],
  ])('%s', async (_what, rest, id, refusal) => {
    expect(refusalIn(await download(world.asOwner, (id || one()) + rest))).toEqual(refusal);
  });

  test('to ask for its head alone', async () => {
    const { status } = await fetch(`${server.url}/export/clients/${one()}`, {
      method: 'HEAD',
      headers: { authorization: `Bearer ${world.asOwner.token}` },
    });
    expect(status).toBe(404);
  });
});

test('an export costs as many statements for one row of a kind as for ten', async () => {
  const clientId = await world.arrange.client(world.accountId, 'With people');
  await world.arrange.portalUser(world.accountId, clientId);
  const counted = () => statementsOf(() => exportOf(world.asOwner, clientId));
  const few = await counted();
  for (let count = 0; count < 9; count += 1) await world.arrange.portalUser(world.accountId, clientId);
  expect(await counted()).toBe(few);
});

test('an export is written down when it begins and when it ends, by whom, and tells followers of changes nothing', async () => {
  const { rows: before } = await server.owner.query('select from fence.events');
  const entries = await auditedBy(server.owner, () => download(asExporter, `${one()}/agents?format=csv`));
  const { export: id } = entries[0]?.details ?? {};
  const entry = {
    actorKind: 'MEMBER',
    actorId: exporterId,
    subjectKind: 'CLIENT',
    subjectId: one(),
    clientId: one(),
  };
  expect(entries).toEqual([
    { ...entry, action: 'CLIENT_EXPORT_ENDED', details: { export: id, complete: true } },
    { ...entry, action: 'CLIENT_EXPORT_STARTED', details: { export: id, format: 'CSV', kinds: ['agents'] } },
  ]);
  expect((await server.owner.query('select from fence.events')).rowCount).toBe(before.length);
  expect(await auditedBy(server.owner, () => download(asExporter, world.clients.two))).toEqual([]);
});
