// What the operator of an installation does to accounts, from the command line, as the owner of the tables.
import { randomBytes } from 'node:crypto';
import type { Client } from 'pg';
import { asOwner } from '../database/owner';
import { Passwords } from '../sessions/passwords';

export interface NewOperatorAccount {
  slug: string;
  name: string;
  plan: string;
  ownerName: string;
  ownerEmail: string;
}

const generatedPasswordBytes = 15;

/** Opens an account with its owner, and answers the owner's generated password. */
export async function createAccount(adminUrl: string, account: NewOperatorAccount): Promise<string> {
  const { password, hash } = await generatePassword();
  await asOwner(adminUrl, async (client) => {
    await client.query(
      `with account as (
         insert into ringfence.accounts (slug, name, plan_id) values ($1, $2, $3) returning id
       ), owner as (
         insert into ringfence.members (account_id, name) select id, $4 from account returning account_id, id
       ), access as (
         insert into ringfence.member_access (account_id, member_id, role, client_access, agent_access)
         select account_id, id, 'OWNER', 'ALL', 'ALL' from owner
       )
       insert into fence.logins (account_id, member_id, email, password_hash) select account_id, id, $5, $6 from owner`,
      [account.slug, account.name, account.plan, account.ownerName, account.ownerEmail, hash],
    );
  });
  return password;
}

/** Gives an account another plan. Going below the number of clients keeps them and refuses new ones. */
export async function setPlan(adminUrl: string, slug: string, plan: string): Promise<void> {
  await asOwner(adminUrl, async (client) => {
    const { rowCount } = await client.query('update ringfence.accounts set plan_id = $2 where slug = $1', [
      slug,
      plan,
    ]);
    if (rowCount === 0) throw new Error(`there is no account ${slug}`);
  });
}

/** Gives an owner a generated password and ends every session of theirs. */
export async function resetOwnerPassword(adminUrl: string, slug: string, email: string): Promise<string> {
  const { password, hash } = await generatePassword();
  await asOwner(adminUrl, async (client) => {
    const owner = await findOwner(client, slug, email);
    await client.query('update fence.logins set password_hash = $3 where account_id = $1 and id = $2', [
      owner.accountId,
      owner.loginId,
      hash,
    ]);
    await endSessions(client, owner, 'PASSWORD_CHANGED');
    await writeAudit(client, owner, 'PASSWORD_CHANGED');
  });
  return password;
}

/** Removes the second factor of an owner who has lost it, and ends every session of theirs. */
export async function resetOwnerSecondFactor(adminUrl: string, slug: string, email: string): Promise<void> {
  await asOwner(adminUrl, async (client) => {
    const owner = await findOwner(client, slug, email);
    const { rowCount } = await client.query(
      'delete from fence.second_factors where account_id = $1 and login_id = $2',
      [owner.accountId, owner.loginId],
    );
    if (rowCount === 0) throw new Error(`${email} has no second factor`);
    await endSessions(client, owner, 'REVOKED');
    await writeAudit(client, owner, 'SECOND_FACTOR_REMOVED');
  });
}

interface Owner {
  accountId: string;
  memberId: string;
  loginId: string;
}

async function findOwner(client: Client, slug: string, email: string): Promise<Owner> {
  const { rows } = await client.query<Owner>(
    `select l.account_id as "accountId", l.member_id as "memberId", l.id as "loginId"
     from fence.logins l
     join ringfence.accounts a on a.id = l.account_id and a.slug = $1
     join ringfence.member_access m on m.account_id = l.account_id and m.member_id = l.member_id and m.role = 'OWNER'
     where l.email_key = lower($2 collate "und-x-icu") for no key update of l`,
    [slug, email],
  );
  const [owner] = rows;
  if (owner === undefined) throw new Error(`account ${slug} has no owner who signs in as ${email}`);
  return owner;
}

async function endSessions(client: Client, { accountId, memberId }: Owner, reason: string): Promise<void> {
  await client.query(
    `update fence.sessions set ended_at = now(), end_reason = $3
     where account_id = $1 and member_id = $2 and ended_at is null`,
    [accountId, memberId, reason],
  );
}

async function writeAudit(client: Client, { accountId, memberId }: Owner, action: string): Promise<void> {
  await client.query(
    `insert into ringfence.audit_entries (account_id, client_id, actor_kind, action, subject_kind, subject_id)
     select $1, c.id, 'SYSTEM', $3, 'MEMBER', $2 from ringfence.clients c where c.account_id = $1 and c.is_house`,
    [accountId, memberId, action],
  );
}

async function generatePassword(): Promise<{ password: string; hash: string }> {
  const password = randomBytes(generatedPasswordBytes).toString('base64url');
  return { password, hash: await new Passwords(1, 1).hash(password) };
}
