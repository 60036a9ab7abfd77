// An address is verified by whoever reads its mail, through a link that works once.
import type { Caller } from '../support/client';
import { settled } from '../mail/outbox';
import { tokenOf } from '../invitations/invitations';
import {
  ArchiveClientDocument,
  DeleteIdentityDocument,
  IdentityDocument,
  IdentityVerificationDocument,
  RequestIdentityVerificationDocument,
  RequestPasswordResetDocument,
  ResetPasswordDocument,
  RestoreClientDocument,
  UpdateIdentityDocument,
  VerifyIdentityDocument,
} from '../support/documents.generated';
import { startTestServer, type TestServer } from '../support/server';
import { auditedBy, changingNothing } from '../support/stored';
import { createWorld, signInAs, type World } from '../support/world';

let server: TestServer;
let world: World;
/** MANAGE_IDENTITIES, client one. */
let scoped: Caller;

beforeAll(async () => {
  server = await startTestServer({ settings: { WORKER: 'true' } });
  world = await createWorld(server);
  const { arrange, accountId, clients } = world;
  scoped = await signInAs(
    server,
    await arrange.member(accountId, { permissions: ['MANAGE_IDENTITIES'], clients: [clients.one] }),
  );
});
afterAll(() => server.close());

let count = 0;
const newEmail = () => `verify-${(count += 1)}@identities.test`;
const arranged = async (clientId: string | null = world.clients.one) => {
  const email = newEmail();
  return { id: await world.arrange.identity(world.accountId, clientId, { email }), email };
};
const request = async (id: string, caller = scoped) =>
  (await caller.get(RequestIdentityVerificationDocument, { input: { id } })).requestIdentityVerification
    .identity;
const refusedRequest = (id: string, caller = scoped) =>
  changingNothing(server.owner, () => caller.refusal(RequestIdentityVerificationDocument, { input: { id } }));
const verify = (token: string, caller = world.asAnonymous) =>
  caller.get(VerifyIdentityDocument, { input: { token } });
const invalid = { code: 'NOT_FOUND', field: 'input.token' };
const refused = (token: string) =>
  changingNothing(server.owner, () =>
    world.asAnonymous.refusal(VerifyIdentityDocument, { input: { token } }),
  );
const mailsTo = async (email: string) => {
  await settled(server.owner);
  return (server.services.mailbox?.mails ?? []).filter(({ to }) => to.address === email);
};
/** The token of the last mail to an address. */
const mailed = async (email: string) => tokenOf(/\S+#\S+/.exec((await mailsTo(email))[0]?.text ?? '')?.[0]);
const requested = async ({ id, email }: { id: string; email: string }) => {
  await request(id);
  return mailed(email);
};
const verifiedAt = async (id: string) =>
  (await world.asOwner.get(IdentityDocument, { id })).identity?.verifiedAt;
/** As if the last mail had been written earlier. */
const later = (id: string, interval = '2 minutes') =>
  server.owner.query('update ringfence.identities set sent_at = sent_at - $2::interval where id = $1', [
    id,
    interval,
  ]);

test('a link is mailed to the address alone, says who asks, and verifies the address once, for whoever holds it', async () => {
  const identity = await arranged();
  const asked = await auditedBy(server.owner, () => request(identity.id));
  expect(asked).toMatchObject([
    { action: 'IDENTITY_VERIFICATION_REQUESTED', clientId: world.clients.one, details: {} },
  ]);
  const mails = await mailsTo(identity.email);
  expect(mails).toHaveLength(1);
  expect(mails[0]).toMatchObject({
    subject: `May Account alpha send mail from ${identity.email}?`,
    to: { address: identity.email },
  });
  expect(mails[0]?.text).toContain('http://localhost:0/verify-identity#');
  // Of the account its name alone: the address need not know whom it serves.
  expect(`${mails[0]?.text}${mails[0]?.html}`).not.toMatch(/\bOne\b/);
  const token = await mailed(identity.email);

  const { identityVerification } = await world.asAnonymous.get(IdentityVerificationDocument, { token });
  expect(identityVerification).toMatchObject({ accountName: 'Account alpha', email: identity.email });
  // Looking at it is no confirmation.
  expect(await verifiedAt(identity.id)).toBeNull();
  const entries = await auditedBy(server.owner, () => verify(token));
  expect(entries).toMatchObject([
    { action: 'IDENTITY_VERIFIED', actorKind: 'SYSTEM', clientId: world.clients.one, subjectId: identity.id },
  ]);
  expect(await verifiedAt(identity.id)).not.toBeNull();
  expect(await refused(token)).toEqual(invalid);
  expect(await world.asAnonymous.refusal(IdentityVerificationDocument, { token })).toMatchObject({
    code: 'NOT_FOUND',
  });
});

test('who is signed in is no different, also where they see nothing of it', async () => {
  const identity = await arranged(null);
  await request(identity.id, world.asOwner);
  await verify(await mailed(identity.email), world.other.asOwner);
  expect(await verifiedAt(identity.id)).not.toBeNull();
});

test('of many who use a link at once one verifies', async () => {
  const token = await requested(await arranged());
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => world.asAnonymous.ask(VerifyIdentityDocument, { input: { token } })),
  );
  expect(answers.filter(({ data }) => data?.verifyIdentity.verified)).toHaveLength(1);
});

test('a link that is forged, altered, of another kind or of another identity is none', async () => {
  const identity = await arranged();
  const token = await requested(identity);
  const [payload = '', signature = ''] = token.split('.');
  const flipped = Buffer.from(payload, 'base64url');
  flipped[0] = (flipped[0] ?? 0) ^ 1;
  const raised = Buffer.from(payload, 'base64url');
  raised.writeUInt32BE(9, 16);
  const person = world.members.all;
  await world.asAnonymous.get(RequestPasswordResetDocument, { input: { email: person.email } });
  const resetting = await mailed(person.email);
  for (const forged of [
    '',
    'garbage',
    `${payload}.`,
    `${payload}.${signature.slice(0, -2)}AA`,
    `${flipped.toString('base64url')}.${signature}`,
    `${raised.toString('base64url')}.${signature}`,
    `${token}.${signature}`,
    resetting,
  ])
    expect(await refused(forged)).toEqual(invalid);
  expect(
    await world.asAnonymous.refusal(ResetPasswordDocument, {
      input: { token, password: 'umbrella teapot lantern' },
    }),
  ).toEqual(invalid);
  await verify(token);
});

test('another address has to be verified anew, and links to the one before are void', async () => {
  const identity = await arranged();
  const token = await requested(identity);
  const email = newEmail();
  const { updateIdentity } = await scoped.get(UpdateIdentityDocument, {
    input: { id: identity.id, changes: { email } },
  });
  expect(updateIdentity.identity).toMatchObject({ email, verifiedAt: null });
  expect(await refused(token)).toEqual(invalid);

  await later(identity.id);
  const second = await requested({ id: identity.id, email });
  await verify(second);
  await scoped.get(UpdateIdentityDocument, {
    input: { id: identity.id, changes: { email: identity.email } },
  });
  expect(await verifiedAt(identity.id)).toBeNull();
  for (const old of [token, second]) expect(await refused(old)).toEqual(invalid);
});

test('the same address again, or another display name, leaves what was confirmed as it is', async () => {
  const { id, email } = await arranged();
  await verify(await requested({ id, email }));
  const changes = { email, displayName: 'Sales' };
  const { updateIdentity } = await scoped.get(UpdateIdentityDocument, { input: { id, changes } });
  expect(updateIdentity.identity.verifiedAt).not.toBeNull();
});

test('asked again within a minute it is RATE_LIMITED; after it the link that is out goes on working', async () => {
  const identity = await arranged();
  const first = await requested(identity);
  const { errors } = await scoped.ask(RequestIdentityVerificationDocument, { input: { id: identity.id } });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 60 });
  // Nor by changing the address to and fro.
  await scoped.get(UpdateIdentityDocument, { input: { id: identity.id, changes: { email: newEmail() } } });
  await scoped.get(UpdateIdentityDocument, {
    input: { id: identity.id, changes: { email: identity.email } },
  });
  expect(await refusedRequest(identity.id)).toEqual({ code: 'RATE_LIMITED' });
  await later(identity.id);
  const second = await requested(identity);
  expect(await refused(first)).toEqual(invalid);
  await later(identity.id);
  expect(await requested(identity)).toBe(second);
  await verify(second);
});

test('an account that mails more links than anybody means to is RATE_LIMITED for a while', async () => {
  const other = await world.arrange.account('busy');
  const owner = await signInAs(server, await world.arrange.member(other, { role: 'OWNER' }));
  const id = await world.arrange.identity(other, null, { email: newEmail() });
  await server.owner.query(
    `insert into fence.outbox (account_id, kind, subject_id, dropped_at)
     select $1, case when n % 2 = 0 then 'INVITATION' else 'IDENTITY_VERIFICATION' end, gen_random_uuid(), now() from generate_series(1, 1000) n`,
    [other],
  );
  const { errors } = await owner.ask(RequestIdentityVerificationDocument, { input: { id } });
  expect(errors?.[0]?.extensions).toMatchObject({ code: 'RATE_LIMITED', retryAfterSeconds: 3600 });
});

test('a link that has expired is none, and a new one can be asked for', async () => {
  const identity = await arranged();
  const token = await requested(identity);
  await server.owner.query('update ringfence.identities set link_expires_at = now() where id = $1', [
    identity.id,
  ]);
  expect(await refused(token)).toEqual(invalid);
  await later(identity.id);
  const another = await requested(identity);
  expect(another).not.toBe(token);
  await verify(another);
});

test('a link of an identity that is gone, hidden with its client, or of a suspended account is none', async () => {
  const deleted = await arranged();
  const gone = await requested(deleted);
  await scoped.get(DeleteIdentityDocument, { input: { id: deleted.id } });
  expect(await refused(gone)).toEqual(invalid);

  const client = await world.arrange.client(world.accountId, 'Paused');
  const hidden = await arranged(client);
  await request(hidden.id, world.asOwner);
  const token = await mailed(hidden.email);
  await world.asOwner.get(ArchiveClientDocument, { input: { id: client } });
  expect(await refused(token)).toEqual(invalid);
  expect(await refusedRequest(hidden.id, world.asOwner)).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
  await world.asOwner.get(RestoreClientDocument, { input: { id: client } });

  const suspend = (status: string) =>
    server.owner.query('update ringfence.accounts set status = $2 where id = $1', [world.accountId, status]);
  await suspend('SUSPENDED');
  expect(await refused(token)).toEqual(invalid);
  await suspend('ACTIVE');
  await verify(token);
});

test('a mail whose link is void when its turn comes is not sent', async () => {
  const identity = await arranged();
  // As if the worker had been away while the address was another one, or was verified.
  const { rows } = await server.owner.query<{ id: string }>(
    `insert into fence.outbox (account_id, kind, subject_id) values ($1, 'IDENTITY_VERIFICATION', $2) returning id`,
    [world.accountId, identity.id],
  );
  await server.owner.query('select fence.queue_mail($1, $2)', [world.accountId, rows[0]?.id]);
  const states = await settled(server.owner);
  expect(states.find(({ id }) => id === rows[0]?.id)).toMatchObject({ state: 'dropped' });
  expect(await mailsTo(identity.email)).toEqual([]);
});

test('asking needs MANAGE_IDENTITIES and the identity within reach, and an address that is not verified', async () => {
  const { id } = await arranged();
  const reader = await signInAs(
    server,
    await world.arrange.member(world.accountId, { clientAccess: 'ALL', permissions: ['ACCESS_CRM'] }),
  );
  for (const caller of [reader, world.asPowerless, world.asPortalUser])
    expect(await refusedRequest(id, caller)).toEqual({ code: 'FORBIDDEN' });
  expect(await refusedRequest(id, world.asAnonymous)).toEqual({ code: 'UNAUTHENTICATED' });
  const { id: ofTwo } = await arranged(world.clients.two);
  const { id: ofNone } = await arranged(null);
  for (const unseen of [ofTwo, ofNone, world.accountId])
    expect(await refusedRequest(unseen)).toEqual({ code: 'NOT_FOUND', field: 'input.id' });
  expect(await refusedRequest(id, world.other.asOwner)).toEqual({ code: 'NOT_FOUND', field: 'input.id' });

  const callerId = await world.arrange.identity(world.accountId, world.clients.one, {
    phoneNumber: '+4930901820',
  });
  expect(await refusedRequest(callerId)).toEqual({ code: 'CONFLICT', reason: 'IDENTITY_NOT_EMAIL' });
  const verified = await world.arrange.identity(
    world.accountId,
    world.clients.one,
    { email: newEmail() },
    { verified: true },
  );
  expect(await refusedRequest(verified)).toEqual({ code: 'CONFLICT', reason: 'IDENTITY_VERIFIED' });
});

test('nothing that opens a link is stored', async () => {
  const token = await requested(await arranged());
  const { rows } = await server.owner.query<{ found: boolean }>(
    `select bool_or(i::text like '%' || $1 || '%') as found from ringfence.identities i`,
    [token.split('.')[1]],
  );
  expect(rows[0]?.found).toBe(false);
});
