// Identities in the export of their client.
import { Caller } from '../support/client';
import { ArchiveClientDocument } from '../support/documents.generated';
import { download, recordsIn, refusalIn } from '../support/exports';
import { startTestServer, type TestServer } from '../support/server';
import { createWorld, type World } from '../support/world';

let server: TestServer;
let world: World;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());

const exportOf = async (caller: Caller, path: string) => recordsIn((await download(caller, path)).body);
const withPermissions = async (permissions: string[]) =>
  new Caller(server.url, (await world.arrange.accessToken(world.accountId, { permissions })).text);

test('the client’s own are exported to whoever holds ACCESS_CRM, and nothing of what makes a link', async () => {
  const { arrange, accountId, clients } = world;
  await arrange.identity(accountId, clients.one, { phoneNumber: '+4930901820' }, { displayName: '=Sales' });
  await arrange.identity(accountId, null, { email: 'none@identities.test' });
  await arrange.identity(accountId, clients.two, { email: 'two@identities.test' });
  const caller = await withPermissions(['VIEW_CLIENTS', 'EXPORT_DATA', 'ACCESS_CRM']);
  const identities = (await exportOf(caller, clients.one)).filter(({ type }) => type === 'identity');
  expect(identities).toEqual([
    {
      type: 'identity',
      id: expect.any(String) as string,
      kind: 'CALLER_ID',
      phoneNumber: '+4930901820',
      email: null,
      displayName: '=Sales',
      verifiedAt: null,
      version: 1,
      createdAt: expect.any(String) as string,
      updatedAt: expect.any(String) as string,
    },
  ]);
});

test('of an archived client they are withheld, and said to be', async () => {
  const { arrange, accountId } = world;
  const client = await arrange.client(accountId, 'Archived soon');
  await arrange.identity(accountId, client, { email: 'hidden@identities.test' });
  await world.asOwner.get(ArchiveClientDocument, { input: { id: client } });
  const records = await exportOf(world.asOwner, client);
  expect(records[0]?.withheld).toEqual([{ kind: 'identities', reason: 'CLIENT_ARCHIVED' }]);
  expect(records[0]?.kinds).not.toContain('identities');
  expect(JSON.stringify(records)).not.toContain('hidden@');
  expect(refusalIn(await download(world.asOwner, `${client}/identities`))).toEqual({
    status: 409,
    code: 'CONFLICT',
  });
});
