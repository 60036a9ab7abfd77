// Real sessions below the API: what signing in does once the password was right, through the sign-in login's functions.
import { createHash } from 'node:crypto';
import { Client } from 'pg';
import type { ServingRole } from '../../db/policies/matrix';
import { SealedKind, type Credential } from '../../src/database/transaction';
import { Permission } from '../../src/members/permission';
import { newSecret } from '../../src/sessions/access-token';
import type { Caller } from '../support/client';
import { onDatabase, type TestDatabase } from '../support/database';
import type { TestAccessToken, TestMember } from '../support/arrange';

export interface Session {
  credential: Credential;
  /** The role that the API serves this kind as. */
  role: ServingRole;
  accountId: string;
  principalId: string;
  permissions: readonly string[];
}

export const roleOfKind: Record<SealedKind, ServingRole> = {
  [SealedKind.OWNER]: 'ringfence_admin',
  [SealedKind.ADMIN]: 'ringfence_admin',
  [SealedKind.MEMBER_ALL]: 'ringfence_member_all',
  [SealedKind.MEMBER]: 'ringfence_member',
  [SealedKind.PORTAL_USER]: 'ringfence_portal',
  [SealedKind.PARTNER_ALL]: 'ringfence_partner_all',
  [SealedKind.PARTNER]: 'ringfence_partner',
};

const sessionSeconds = 3600;

/** Starts a session for each person, member or portal user, in their order. */
export async function startSessions(
  database: TestDatabase,
  owner: Client,
  people: TestMember[],
): Promise<Session[]> {
  const signin = new Client({ connectionString: database.signinUrl });
  await signin.connect();
  try {
    const sessions: Session[] = [];
    for (const person of people) sessions.push(await startSession(signin, owner, person));
    return sessions;
  } finally {
    await signin.end();
  }
}

async function startSession(signin: Client, owner: Client, person: TestMember): Promise<Session> {
  const access = newSecret();
  const { rows: logins } = await owner.query<{ id: string; password_hash: string }>(
    'select id, password_hash from fence.logins where account_id = $1 and $2 in (member_id, portal_user_id)',
    [person.accountId, person.id],
  );
  const { rows } = await signin.query<{ session_id: string; kind: SealedKind; permissions: string[] }>(
    'select session_id, kind, permissions from signin.start_session($1, $2, $3, $4, $5, $6, $6, null, null)',
    [
      person.accountId,
      logins[0]?.id,
      logins[0]?.password_hash,
      access.digest,
      newSecret().digest,
      sessionSeconds,
    ],
  );
  const [started] = rows;
  if (started === undefined) throw new Error(`no session was started for ${person.email}`);
  return {
    credential: { sessionId: started.session_id, secretDigest: access.digest, kind: started.kind },
    role: roleOfKind[started.kind],
    accountId: person.accountId,
    principalId: person.id,
    permissions: started.permissions,
  };
}

/** What partner tokens open, in their order. */
export async function openTokens(database: TestDatabase, tokens: TestAccessToken[]): Promise<Session[]> {
  return onDatabase(database.loginUrl, (login) =>
    Promise.all(tokens.map((token) => openToken(login, token))),
  );
}

async function openToken(login: Client, { id, secretDigest }: TestAccessToken): Promise<Session> {
  const { rows } = await login.query<{ kind: SealedKind; account_id: string; permissions: string[] }>(
    'select * from ringfence.resolve_access_token($1, $2)',
    [id, secretDigest],
  );
  const [opened] = rows;
  if (opened === undefined) throw new Error(`the token ${id} opens nothing`);
  return {
    credential: { sessionId: id, secretDigest, kind: opened.kind },
    role: roleOfKind[opened.kind],
    accountId: opened.account_id,
    principalId: id,
    permissions: opened.permissions,
  };
}

/** The session inside an access token, taken apart without verifying it. */
export function sessionOfToken(caller: Caller): Session {
  const payload = caller.token?.split('.')[1] ?? '';
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as {
    sid: string;
    secret: string;
    kind: SealedKind;
    account: string;
    principal: string;
    permissions: string[];
  };
  const secretDigest = createHash('sha256').update(Buffer.from(claims.secret, 'base64url')).digest();
  return {
    credential: { sessionId: claims.sid, secretDigest, kind: claims.kind },
    role: roleOfKind[claims.kind],
    accountId: claims.account,
    principalId: claims.principal,
    permissions: claims.permissions,
  };
}

export const everyPermission: readonly string[] = Object.values(Permission);

/** All that a partner token can be given. */
export const tokenPermissions = everyPermission.filter(
  (permission) => !['MANAGE_MEMBERS', 'MANAGE_ACCESS_TOKENS', 'MANAGE_ACCOUNT'].includes(permission),
);

/** Whatever decides that something of a client is seen. */
export const seeingPermissions = [
  'VIEW_CLIENTS',
  'CREATE_CLIENTS',
  'MANAGE_MEMBERS',
  'EDIT_AGENTS',
  'USE_ADVANCED_EDITOR',
  'RECORD_ACTIVITY',
  'DELETE_CLIENTS',
  'VIEW_RECORDINGS',
  'VIEW_BILLABLE_MINUTES',
  'ACCESS_CRM',
  'MANAGE_LISTS',
] as const;
