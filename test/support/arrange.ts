// Rows for tests, arranged as the owner of the tables where arranging them is not what is tested.
import { randomBytes, randomUUID } from 'node:crypto';
import { Algorithm, hash } from '@node-rs/argon2';
import { newTokenSecret, tokenText } from '../../src/access-tokens/token-text';
import { ArrangeOutreach } from './arrange-outreach';

export const password = 'correct horse battery';
/** As cheap as argon2id can be: these tests are not about its price. */
const passwordHash = hash(password, {
  algorithm: Algorithm.Argon2id,
  memoryCost: 8,
  timeCost: 1,
  parallelism: 1,
});

export interface MemberOptions {
  role?: 'OWNER' | 'ADMIN' | 'MEMBER';
  clientAccess?: 'ALL' | 'ASSIGNED';
  /** Left out: ALL, so that agents narrow only where a test says so. */
  agentAccess?: 'ALL' | 'ASSIGNED';
  permissions?: readonly string[];
  clients?: string[];
  /** Stays of the agents that are assigned. */
  agents?: string[];
  name?: string;
  email?: string;
  status?: 'ACTIVE' | 'INVITED' | 'DISABLED';
}

/** A partner token, with the text that it is sent as. */
export interface TestAccessToken {
  id: string;
  text: string;
  secretDigest: Buffer;
}

export interface AccessTokenOptions {
  /** Whose; left out: the account's. */
  memberId?: string;
  permissions?: readonly string[];
  /** Left out: all. */
  clients?: string[];
  /** Stays of the agents that it sees alone; left out: those of its member. */
  agents?: string[];
  /** False: it came from a member who was narrowed by lists. */
  allLists?: boolean;
}

/** A member, or a portal user. */
export interface TestMember {
  id: string;
  email: string;
  accountId: string;
}

/** An agent, its present stay, and the one before where it was moved. */
export interface TestAgent {
  id: string;
  stayId: string;
  earlierStayId: string | undefined;
}

/** Arranges rows as the owner of the tables. Each method answers the new row's id. */
export class Arrange extends ArrangeOutreach {
  async account(slug: string, plan = 'AGENCY'): Promise<string> {
    return this.id('insert into ringfence.accounts (slug, name, plan_id) values ($1, $2, $3) returning id', [
      slug,
      `Account ${slug}`,
      plan,
    ]);
  }

  async organization(accountId: string, name: string, tags: string[] = []): Promise<string> {
    const id = await this.id(
      'insert into ringfence.organizations (account_id, name) values ($1, $2) returning id',
      [accountId, name],
    );
    await this.owner.query(
      'insert into ringfence.organization_tags (account_id, organization_id, tag) select $1, $2, t from unnest($3::text[]) t',
      [accountId, id, tags],
    );
    return id;
  }

  async client(
    accountId: string,
    name: string,
    columns: { organization_id?: string; contact_email?: string; status?: string } = {},
  ): Promise<string> {
    const { organization_id = null, contact_email = null, status = 'ACTIVE' } = columns;
    return this.id(
      `insert into ringfence.clients (account_id, name, organization_id, contact_email, status, status_before_archive)
       values ($1, $2, $3, $4, $5, $6) returning id`,
      [accountId, name, organization_id, contact_email, status, status === 'ARCHIVED' ? 'ACTIVE' : null],
    );
  }

  async member(accountId: string, options: MemberOptions = {}): Promise<TestMember> {
    const {
      role = 'MEMBER',
      permissions = ['VIEW_CLIENTS'],
      clients = [],
      status = 'ACTIVE',
      name = 'Somebody',
    } = options;
    const clientAccess = role === 'MEMBER' ? (options.clientAccess ?? 'ASSIGNED') : 'ALL';
    const email = options.email ?? `${randomBytes(6).toString('hex')}@example.test`;
    const id = await this.id(
      'insert into ringfence.members (account_id, name) values ($1, $2) returning id',
      [accountId, name],
    );
    await this.owner.query(
      'insert into ringfence.member_access (account_id, member_id, role, client_access, agent_access, status) values ($1, $2, $3, $4, $5, $6)',
      [accountId, id, role, clientAccess, options.agentAccess ?? 'ALL', status],
    );
    if (role === 'MEMBER') {
      await this.owner.query(
        'insert into ringfence.member_permissions (account_id, member_id, permission) select $1, $2, p from unnest($3::text[]) p',
        [accountId, id, permissions],
      );
    }
    await this.owner.query(
      'insert into ringfence.client_assignments (account_id, member_id, client_id) select $1, $2, c from unnest($3::uuid[]) c',
      [accountId, id, clients],
    );
    await this.owner.query(
      `insert into ringfence.agent_assignments (account_id, client_id, member_id, stay_id)
       select account_id, client_id, $2, id from ringfence.agent_stays where account_id = $1 and id = any ($3::uuid[])`,
      [accountId, id, options.agents ?? []],
    );
    await this.owner.query(
      'insert into fence.logins (account_id, member_id, email, password_hash) values ($1, $2, $3, $4)',
      [accountId, id, email, await passwordHash],
    );
    return { id, email, accountId };
  }

  async portalUser(
    accountId: string,
    clientId: string,
    options: {
      name?: string;
      email?: string;
      recordings?: boolean;
      billableMinutes?: boolean;
      status?: 'ACTIVE' | 'INVITED';
      /** Stays of the agents that they are bound to; left out: all agents of the client. */
      agents?: string[];
    } = {},
  ): Promise<TestMember> {
    const { name = 'Petra Portal', recordings = false, billableMinutes = false, status = 'ACTIVE' } = options;
    const email = options.email ?? `${randomBytes(6).toString('hex')}@client.test`;
    const id = await this.id(
      `insert into ringfence.portal_users (account_id, client_id, name, status, views_recordings, views_billable_minutes, agent_access)
       values ($1, $2, $3, $4, $5, $6, $7) returning id`,
      [
        accountId,
        clientId,
        name,
        status,
        recordings,
        billableMinutes,
        options.agents === undefined ? 'ALL' : 'ASSIGNED',
      ],
    );
    await this.owner.query(
      `insert into ringfence.portal_user_agents (account_id, client_id, portal_user_id, stay_id)
       select $1, $2, $3, s from unnest($4::uuid[]) s`,
      [accountId, clientId, id, options.agents ?? []],
    );
    await this.owner.query(
      'insert into fence.logins (account_id, portal_user_id, email, password_hash) values ($1, $2, $3, $4)',
      [accountId, id, email, status === 'ACTIVE' ? await passwordHash : null],
    );
    return { id, email, accountId };
  }

  /** An agent with its stay; `movedFrom` names a client that it worked for before, for a day. */
  async agent(
    accountId: string,
    clientId: string,
    options: {
      name?: string;
      kind?: 'VOICE' | 'CHAT';
      status?: 'DRAFT' | 'ACTIVE' | 'PAUSED';
      isPublic?: boolean;
      movedFrom?: string;
    } = {},
  ): Promise<TestAgent> {
    const { name = 'Ada', kind = 'VOICE', status = 'ACTIVE', isPublic = false, movedFrom } = options;
    const stay = (client: string, from: string | null, until: string | null, agentId: string) =>
      this.id(
        `insert into ringfence.agent_stays (account_id, client_id, agent_id, agent_name, agent_kind, started_at, ended_at)
         values ($1, $2, $3, $4, $5, now() - $6::interval, now() - $7::interval) returning id`,
        [accountId, client, agentId, name, kind, from, until],
      );
    const id = randomUUID();
    const earlierStayId = movedFrom === undefined ? undefined : await stay(movedFrom, null, '1 day', id);
    const stayId = await stay(clientId, movedFrom === undefined ? null : '1 day', null, id);
    await this.owner.query(
      `insert into ringfence.agents (account_id, client_id, id, stay_id, name, kind, status, is_public)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [accountId, clientId, id, stayId, name, kind, status, isPublic],
    );
    return { id, stayId, earlierStayId };
  }

  /** The recording of a call: its rows, without bytes. */
  async recording(callId: string): Promise<string> {
    const fileId = await this.id(
      `insert into ringfence.files (account_id, client_id, id, name, content_type, byte_count, digest)
       select account_id, client_id, ringfence.uuidv7(), id || '.wav', 'audio/wav', 44, sha256(id::text::bytea)
       from ringfence.calls where id = $1 returning id`,
      [callId],
    );
    await this.owner.query(
      `insert into ringfence.recordings (account_id, client_id, call_id, stay_id, file_id, duration_seconds)
       select account_id, client_id, id, stay_id, $2, 60 from ringfence.calls where id = $1`,
      [callId, fileId],
    );
    return fileId;
  }

  /** An announced upload of a recording. */
  async upload(callId: string, principalId: string): Promise<string> {
    return this.id(
      `insert into fence.uploads (account_id, client_id, call_id, stay_id, principal_id, expires_at)
       select account_id, client_id, id, stay_id, $2, now() + interval '10 minutes' from ringfence.calls where id = $1 returning id`,
      [callId, principalId],
    );
  }

  /** A call of a stay, which was billed; null for the seconds: it was not. */
  async call(
    stayId: string,
    options: {
      startedAt?: string;
      direction?: 'INBOUND' | 'OUTBOUND';
      outcome?: string | null;
      billableSeconds?: number | null;
      portalUserId?: string | null;
      externalId?: string;
    } = {},
  ): Promise<string> {
    const {
      startedAt = new Date().toISOString(),
      direction = 'INBOUND',
      outcome = 'COMPLETED',
      billableSeconds = 60,
      portalUserId = null,
      externalId = randomUUID(),
    } = options;
    const id = await this.id(
      `insert into ringfence.calls (account_id, client_id, stay_id, agent_id, external_id, direction, outcome, from_number, to_number,
         portal_user_id, portal_user_name, started_at, ended_at, duration_seconds)
       select s.account_id, s.client_id, s.id, s.agent_id, $2, $3, $4::text, '+4930901820', '+4930901821', p.id, p.name, $5::timestamptz,
         case when $4 is not null then $5::timestamptz + interval '1 minute' end, case when $4 is not null then 55 end
       from ringfence.agent_stays s
       left join ringfence.portal_users p on p.account_id = s.account_id and p.id = $6
       where s.id = $1 returning id`,
      [stayId, externalId, direction, outcome, startedAt, portalUserId],
    );
    await this.owner.query(
      `insert into ringfence.call_billing (account_id, client_id, call_id, stay_id, billable_seconds, started_at)
       select account_id, client_id, id, stay_id, $2, started_at from ringfence.calls where id = $1 and $2::int is not null`,
      [id, billableSeconds],
    );
    return id;
  }

  /** A conversation of a stay, with a message per text, a minute apart. */
  async conversation(
    stayId: string,
    options: { startedAt?: string; texts?: string[]; portalUserId?: string | null; externalId?: string } = {},
  ): Promise<string> {
    const {
      startedAt = new Date().toISOString(),
      texts = ['Hello'],
      portalUserId = null,
      externalId = randomUUID(),
    } = options;
    const id = await this.id(
      `insert into ringfence.conversations (account_id, client_id, stay_id, agent_id, external_id, portal_user_id, portal_user_name,
         started_at, message_count, last_message_at)
       select s.account_id, s.client_id, s.id, s.agent_id, $2, p.id, p.name, $3::timestamptz, $4, $3::timestamptz + ($4 - 1) * interval '1 minute'
       from ringfence.agent_stays s
       left join ringfence.portal_users p on p.account_id = s.account_id and p.id = $5
       where s.id = $1 returning id`,
      [stayId, externalId, startedAt, texts.length, portalUserId],
    );
    await this.owner.query(
      `insert into ringfence.messages (account_id, client_id, stay_id, conversation_id, external_id, author, text, sent_at)
       select c.account_id, c.client_id, c.stay_id, c.id, 'message ' || m.number, case when m.number % 2 = 1 then 'CONTACT' else 'AGENT' end,
         m.text, c.started_at + (m.number - 1) * interval '1 minute'
       from ringfence.conversations c, unnest($2::text[]) with ordinality m (text, number) where c.id = $1`,
      [id, texts],
    );
    return id;
  }

  /** Invites a portal user, by a member. */
  async invitation(accountId: string, portalUser: TestMember, invitedBy: TestMember): Promise<string> {
    return this.id(
      `insert into ringfence.invitations (account_id, client_id, portal_user_id, kind, name, email, invited_by, sent_at, expires_at)
       select account_id, client_id, id, 'PORTAL_USER', name, $3, $4, now() - interval '1 hour', now() + interval '7 days'
       from ringfence.portal_users where account_id = $1 and id = $2 returning id`,
      [accountId, portalUser.id, portalUser.email, invitedBy.id],
    );
  }

  async accessToken(accountId: string, options: AccessTokenOptions = {}): Promise<TestAccessToken> {
    const { memberId = null, permissions = ['VIEW_CLIENTS'], clients, agents, allLists = true } = options;
    const { secret, digest } = newTokenSecret();
    const id = await this.id(
      `insert into ringfence.access_tokens (account_id, name, member_id, created_by, all_clients, all_agents, all_lists, expires_at)
       values ($1, 'A program', $2, $2, $3, $4, $5, now() + interval '90 days') returning id`,
      [accountId, memberId, clients === undefined, agents === undefined, allLists],
    );
    await this.owner.query(
      `insert into ringfence.access_token_agents (account_id, client_id, access_token_id, stay_id)
       select account_id, client_id, $2, id from ringfence.agent_stays where account_id = $1 and id = any ($3::uuid[])`,
      [accountId, id, agents ?? []],
    );
    await this.owner.query(
      'insert into ringfence.access_token_permissions (account_id, access_token_id, permission) select $1, $2, p from unnest($3::text[]) p',
      [accountId, id, permissions],
    );
    await this.owner.query(
      'insert into ringfence.access_token_clients (account_id, access_token_id, client_id) select $1, $2, c from unnest($3::uuid[]) c',
      [accountId, id, clients ?? []],
    );
    await this.owner.query(
      'insert into fence.access_token_secrets (account_id, access_token_id, digest) values ($1, $2, sha256($3))',
      [accountId, id, digest],
    );
    return { id, text: tokenText(id, secret), secretDigest: digest };
  }
}
