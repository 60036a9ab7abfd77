// A client that owns a row in every table that belongs to clients, so that a deletion is seen to leave none.
import { createHash, randomUUID } from 'node:crypto';
import { arrangeCampaign, arrangeSegment } from '../support/arrange-plans';
import type { TestServer } from '../support/server';
import type { TestAgent, TestMember } from '../support/arrange';
import { clientPermissions, type World } from '../support/world';
import { signInAs } from '../support/world';

export interface FullClient {
  id: string;
  name: string;
  portalUser: TestMember;
  invited: TestMember;
  agent: TestAgent;
}

/** In every text of it, so that none is overlooked. */
export const marker = 'qzx';

const digestOf = (text: string) => createHash('sha256').update(text).digest();

export async function createFullClient({ owner, url }: TestServer, world: World): Promise<FullClient> {
  const { arrange, accountId, members } = world;
  const unique = randomUUID().slice(0, 8);
  const name = `Doomed ${marker} ${unique}`;
  const id = await arrange.client(accountId, name, {
    contact_email: `${unique}@${marker}.test`,
    organization_id: world.organizations.north,
  });
  await owner.query(
    `insert into ringfence.client_activity (account_id, client_id, last_activity_at)
     values ($1, $2, date_trunc('hour', now(), 'UTC'))`,
    [accountId, id],
  );
  const agent = await arrange.agent(accountId, id, { name: `Agent ${marker}` });
  const stays = [agent.stayId];
  await arrange.member(accountId, { permissions: clientPermissions, clients: [id], agents: stays });
  await arrange.accessToken(accountId, { clients: [id, world.clients.four], agents: stays });
  await fillAgent(owner, accountId, agent, unique);

  const list = await arrange.list(accountId, id, { name: `List ${marker}`, members: [members.all.id] });
  await arrange.listJob(list);
  const segmentId = await arrangeSegment(owner, list, { name: `Segment ${marker}` });
  await arrangeCampaign(owner, list, { name: `Campaign ${marker}`, segmentId, members: [members.all.id] });
  const lead = await arrange.lead(list, { name: `Lead ${marker}`, email: `${unique}@lead.${marker}.test` });
  await arrange.leadHold(lead, randomUUID());
  const person = (options: { status?: 'INVITED'; agents?: string[] }) =>
    arrange.portalUser(accountId, id, {
      name: `Portal ${marker}`,
      email: `${randomUUID()}@${marker}.test`,
      ...options,
    });
  const portalUser = await person({ agents: stays });
  const invited = await person({ status: 'INVITED' });
  await arrange.invitation(accountId, invited, members.owner);
  await signInAs({ url }, portalUser);
  await fillLogin(owner, portalUser);
  const call = await arrange.call(agent.stayId, {
    portalUserId: portalUser.id,
    externalId: `call ${marker} ${unique}`,
  });
  await arrange.recording(call);
  await arrange.upload(call, members.owner.id);
  await arrange.conversation(agent.stayId, { portalUserId: portalUser.id, texts: [marker, marker] });
  await arrange.identity(accountId, id, { phoneNumber: `+48${Number.parseInt(unique, 16)}` });
  await arrange.identity(
    accountId,
    id,
    { email: `${unique}@${marker}.test` },
    { displayName: `Sales ${marker}` },
  );
  // The log says of people how they were called.
  await owner.query(
    `insert into ringfence.audit_entries (account_id, client_id, actor_kind, action, subject_kind, subject_id, details)
     values ($1, $2, 'OWNER', 'PORTAL_USER_DELETED', 'PORTAL_USER', gen_random_uuid(), $3)`,
    [accountId, id, JSON.stringify({ name: `Portal ${marker}` })],
  );
  return { id, name, portalUser, invited, agent };
}

async function fillAgent(
  owner: TestServer['owner'],
  accountId: string,
  { id }: TestAgent,
  unique: string,
): Promise<void> {
  const number = `+49${Number.parseInt(unique, 16)}`;
  await owner.query(
    'insert into fence.phone_numbers (account_id, phone_number, agent_id) values ($1, $2, $3)',
    [accountId, number, id],
  );
  await owner.query(
    `insert into ringfence.agent_phone_numbers (account_id, client_id, agent_id, stay_id, phone_number)
     select account_id, client_id, id, stay_id, $2 from ringfence.agents where id = $1`,
    [id, number],
  );
  for (const table of ['agent_configurations', 'agent_advanced_configurations'])
    await owner.query(
      `insert into ringfence.${table} (account_id, client_id, agent_id, stay_id, number, settings)
       select account_id, client_id, id, stay_id, 1, $2 from ringfence.agents where id = $1`,
      [id, JSON.stringify({ prompt: marker })],
    );
}

async function fillLogin(owner: TestServer['owner'], person: TestMember): Promise<void> {
  await owner.query(
    `with factor as (
       insert into fence.second_factors (account_id, login_id, secret, confirmed_at)
       select account_id, id, $2::bytea || $2::bytea, now() from fence.logins where portal_user_id = $1 returning account_id, login_id)
     insert into fence.recovery_codes (account_id, login_id, digest) select account_id, login_id, $2 from factor`,
    [person.id, digestOf(person.id)],
  );
}
