// What a member holds is also their tokens', as far as these reach: a token for some clients leaves alone what is beyond them.
import { blindMode } from '../leads/people';
import { Caller } from '../support/client';
import {
  LeadDocument,
  NextLeadDocument,
  RecordDispositionDocument,
  ReleaseLeadDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { changingNothing, oneRow } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';
import { next } from './waiting';

let server: TestServer;
let world: World;
/** Of client one and of client three. */
let near: string;
let far: string;
let nearLead: string;
let farLead: string;
/** A member of both, and a token of theirs for client one. */
let member: Caller;
let token: Caller;

beforeAll(async () => {
  server = await startTestServer();
  world = await createWorld(server);
});
afterAll(() => server.close());
beforeEach(async () => {
  const { arrange, accountId, clients } = world;
  near = await arrange.list(accountId, clients.one);
  far = await arrange.list(accountId, clients.three);
  nearLead = await arrange.lead(near, { name: 'Near' });
  farLead = await arrange.lead(far, { name: 'Far' });
  const permissions = ['VIEW_CLIENTS', 'ACCESS_CRM'];
  const { one, three } = clients;
  const somebody = await arrange.member(accountId, { permissions, clients: [one, three] });
  member = await signInAs(server, somebody);
  const { text } = await arrange.accessToken(accountId, {
    memberId: somebody.id,
    permissions,
    clients: [one],
  });
  token = new Caller(server.url, text);
});

test('while the member has a lead that the token does not reach, it is given none, and takes that one from nobody', async () => {
  await blindMode(server, world.clients.three, 'ON');
  expect(await next(member, far)).toBe('Far');
  await changingNothing(server.owner, async () => {
    const { nextLead } = await token.get(NextLeadDocument, { input: { listId: near } });
    expect(nextLead).toEqual({ lead: null, heldUntil: null });
  });
  expect((await member.get(LeadDocument, { id: farLead })).lead?.name).toBe('Far');
  const { id } = await oneRow<{ id: string }>(
    server.owner,
    "select id from ringfence.list_dispositions where list_id = $1 and lead_state = 'WON'",
    [far],
  );
  await member.get(RecordDispositionDocument, { input: { leadId: farLead, dispositionId: id } });
  expect([await next(token, near), await next(member, far)]).toEqual(['Near', 'Near']);
  await blindMode(server, world.clients.three, 'OFF');
});

test('it gives back what it reaches, and nothing else', async () => {
  await next(member, far);
  const input = { leadId: farLead };
  expect(await changingNothing(server.owner, () => token.refusal(ReleaseLeadDocument, { input }))).toEqual({
    code: 'NOT_FOUND',
    field: 'input.leadId',
  });
  await member.get(ReleaseLeadDocument, { input });
  await next(member, near);
  await token.get(ReleaseLeadDocument, { input: { leadId: nearLead } });
  expect(await next(world.asOwner, near)).toBe('Near');
});
