-- Before anybody is known: what the sign-in login may do, and nothing else. It equals all accounts and is guarded like
-- that: a pool of its own, these functions only. Secrets arrive as sha256 digests and are kept as sha256 of the digest.

-- Logins that a password may be tried against: of those who may sign in, with a password. Without an account, at most
-- `most` of those that share the email.
create or replace function signin.find_logins(account_slug text, login_email text, most integer)
returns table (account_id uuid, login_id uuid, password_hash text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return query
    select l.account_id, l.id, l.password_hash
    from fence.logins l
    join ringfence.accounts a on a.id = l.account_id
    where l.email_key = lower(login_email collate "und-x-icu") and (account_slug is null or a.slug = account_slug)
      and l.password_hash is not null and fence.may_sign_in(l.account_id, l.member_id, l.portal_user_id)
    order by l.account_id
    limit most;
end $$;

-- The password hash of somebody who may sign in, to compare the password with before it is changed. Null: there is none.
create or replace function signin.password_hash(account uuid, principal uuid) returns text
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  return (select l.password_hash
          from fence.logins l
          where l.account_id = account and (l.member_id = principal or l.portal_user_id = principal)
            and fence.may_sign_in(l.account_id, l.member_id, l.portal_user_id));
end $$;

-- Adds an access credential and a refresh token to a session and tells what the access token says about its holder.
create or replace function signin.issue(session uuid, access_digest bytea, refresh_digest bytea, access_seconds integer)
returns table (session_id uuid, kind text, account_id uuid, principal_id uuid, permissions text[], access_expires_at timestamptz, session_expires_at timestamptz)
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  holder record;
  expiry timestamptz;
begin
  select s.account_id, coalesce(s.member_id, s.portal_user_id) as principal, s.expires_at,
         case when s.member_id is null then 'P' else fence.kind_of(m.role, m.client_access) end as kind
  into strict holder
  from fence.sessions s
  left join ringfence.member_access m on m.account_id = s.account_id and m.member_id = s.member_id
  where s.id = session;
  expiry := least(now() + make_interval(secs => access_seconds), holder.expires_at);
  delete from fence.access_credentials c where c.session_id = session and c.expires_at <= now();
  insert into fence.access_credentials (account_id, session_id, digest, expires_at)
  values (holder.account_id, session, sha256(access_digest), expiry);
  insert into fence.refresh_tokens (account_id, session_id, digest)
  values (holder.account_id, session, sha256(refresh_digest));
  return query select session, holder.kind, holder.account_id, holder.principal,
    array_remove(string_to_array(fence.permissions_of(holder.account_id, holder.principal, holder.kind), ','), ''),
    expiry, holder.expires_at;
end $$;

-- The login whose password was right, locked for as long as its session begins; null: it is gone, or the password changed
-- meanwhile. Whoever deactivates them, or their client, waits for the session, to end it, or is waited for. The client before
-- the login, as those who change portal users lock them.
create or replace function signin.lock_login(account uuid, login uuid, matched_hash text) returns fence.logins
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  person fence.logins;
begin
  perform from fence.logins l
  join ringfence.portal_users p on p.account_id = l.account_id and p.id = l.portal_user_id
  join ringfence.clients c on c.account_id = p.account_id and c.id = p.client_id
  where l.account_id = account and l.id = login for share of c, p;
  select l.* into person from fence.logins l
  where l.account_id = account and l.id = login and l.password_hash = matched_hash
  for no key update;
  perform from ringfence.member_access m where m.account_id = account and m.member_id = person.member_id for share;
  return person;
end $$;

-- Begins the session of a login that is locked, whose password was right, and a code too where one is needed: for
-- signin.start_session and its like, which see to that. No row: it was disabled meanwhile.
create or replace function signin.begin_session(
  person fence.logins, access_digest bytea, refresh_digest bytea, access_seconds integer, session_seconds integer,
  client_user_agent text, client_address text)
returns table (session_id uuid, kind text, account_id uuid, principal_id uuid, permissions text[], access_expires_at timestamptz, session_expires_at timestamptz)
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  session uuid;
begin
  -- A statement of its own, after what was waited for.
  if not fence.may_sign_in(person.account_id, person.member_id, person.portal_user_id) then
    return;
  end if;
  insert into fence.sessions (account_id, member_id, portal_user_id, expires_at, user_agent, address)
  values (person.account_id, person.member_id, person.portal_user_id, now() + make_interval(secs => session_seconds),
          client_user_agent, client_address)
  returning id into session;
  update fence.logins l set last_sign_in_at = now() where l.account_id = person.account_id and l.id = person.id;
  perform fence.write_person_audit(person.account_id, 'SIGNED_IN', person.member_id, person.portal_user_id, '{}');
  perform fence.note_activity(p.account_id, p.client_id, now()) from ringfence.portal_users p
  where p.account_id = person.account_id and p.id = person.portal_user_id;
  return query select * from signin.issue(session, access_digest, refresh_digest, access_seconds);
end $$;

-- Exchanges a refresh token. No row: unknown, expired, or of somebody who may no longer sign in. A token that was used
-- before ends its session, whoever holds the newer one; that must be kept, so it is no error here.
create or replace function signin.refresh_session(
  refresh_digest bytea, access_digest bytea, next_refresh_digest bytea, access_seconds integer,
  client_user_agent text, client_address text)
returns table (session_id uuid, kind text, account_id uuid, principal_id uuid, permissions text[], access_expires_at timestamptz, session_expires_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  token fence.refresh_tokens;
begin
  select * into token from fence.refresh_tokens t where t.digest = sha256(refresh_digest) for update;
  if not found then
    return;
  end if;
  if token.used_at is not null then
    perform signin.finish_session(token.account_id, token.session_id, 'REFRESH_TOKEN_REUSED');
    return;
  end if;
  update fence.sessions s
  set last_used_at = now(), user_agent = client_user_agent, address = client_address
  where s.account_id = token.account_id and s.id = token.session_id and s.ended_at is null and s.expires_at > now()
    and fence.may_sign_in(s.account_id, s.member_id, s.portal_user_id);
  if not found then
    return;
  end if;
  update fence.refresh_tokens t set used_at = now() where t.digest = token.digest;
  return query select * from signin.issue(token.session_id, access_digest, next_refresh_digest, access_seconds);
end $$;

-- Ends a session that has not ended yet; its credentials open nothing from the next statement on.
create or replace function signin.finish_session(account uuid, session uuid, reason text) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  ended fence.sessions;
begin
  update fence.sessions set ended_at = now(), end_reason = reason
  where account_id = account and id = session and ended_at is null
  returning * into ended;
  if not found then
    return false;
  end if;
  perform fence.write_person_audit(account, case reason when 'SIGNED_OUT' then 'SIGNED_OUT' else 'SESSION_ENDED' end,
    ended.member_id, ended.portal_user_id, jsonb_build_object('reason', reason));
  return true;
end $$;

-- Signs out by refresh token, for those whose access token has expired. True: a session was ended.
create or replace function signin.sign_out(refresh_digest bytea) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  token fence.refresh_tokens;
begin
  select * into token from fence.refresh_tokens where digest = sha256(refresh_digest);
  return found and signin.finish_session(token.account_id, token.session_id, 'SIGNED_OUT');
end $$;

-- Signs out the session of the running transaction. Definer: sessions are out of every serving role's reach.
create or replace function ringfence.sign_out() returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return signin.finish_session(substr(identity, 7, 36)::uuid, substr(identity, 79, 36)::uuid, 'SIGNED_OUT');
end $$;

-- A new account with its house client and its owner. Returns what start_session needs.
create or replace function signin.sign_up(
  account_slug text, account_name text, account_time_zone text, account_locale text, account_currency text,
  owner_name text, owner_email text, owner_password_hash text)
returns table (account_id uuid, login_id uuid)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  account uuid;
  member uuid;
  login uuid;
begin
  insert into ringfence.accounts (slug, name, time_zone, locale, currency)
  values (account_slug, account_name, account_time_zone, account_locale, account_currency) returning id into account;
  insert into ringfence.members (account_id, name) values (account, owner_name) returning id into member;
  insert into ringfence.member_access (account_id, member_id, role, client_access, agent_access)
  values (account, member, 'OWNER', 'ALL', 'ALL');
  insert into fence.logins (account_id, member_id, email, password_hash)
  values (account, member, owner_email, owner_password_hash) returning id into login;
  return query select account, login;
end $$;

grant execute on function signin.find_logins, signin.password_hash, signin.refresh_session, signin.sign_out, signin.sign_up
  to ringfence_signin;
grant execute on function ringfence.sign_out
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_portal;
