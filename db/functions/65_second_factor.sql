-- The second factor: a code of an app, or a recovery code, besides the password. The server keeps the key under which secrets
-- are encrypted, and compares codes; the database sees neither. It decides, under the lock of the login, that a code works
-- once, and that no session starts without one where one is needed.
--
-- `proof` is sha256 of the encrypted secret. Only the sign-in login can read that, so whoever has the proof is the server,
-- which has compared a code: a statement of somebody's own turns no factor on or off. A code that is used is either the
-- `step` (30 seconds since 1970) of an app's code, or the digest of a recovery code.

-- Locks the login of a member or a portal user, and answers it. Whoever starts a session, or changes a factor, comes through
-- this lock.
create or replace function fence.lock_own_login(account uuid, myself uuid) returns fence.logins
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  login fence.logins;
begin
  select l.* into strict login from fence.logins l
  where l.account_id = account and (l.member_id = myself or l.portal_user_id = myself) for no key update;
  return login;
end $$;

-- For the log: what happened to somebody's factor.
create or replace function fence.audit_second_factor(person fence.logins, action text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.write_person_audit(person.account_id, action, person.member_id, person.portal_user_id, '{}');
end $$;

-- Whether an account demands a second factor of a login: of its members. Null: there is no such login.
create or replace function fence.second_factor_required(account uuid, login uuid) returns boolean
language sql stable set search_path = pg_catalog, pg_temp as $$
  select a.second_factor_required and l.member_id is not null
  from fence.logins l join ringfence.accounts a on a.id = l.account_id
  where l.account_id = account and l.id = login
$$;

-- Uses a code of a confirmed factor, in the statement that looks whether it has been used: of the same code twice, also at the
-- same moment, one is accepted. False: it was used, or the factor is no longer what the code was compared with.
create or replace function fence.use_code(person fence.logins, proof bytea, step bigint, recovery_digest bytea) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if recovery_digest is null then
    update fence.second_factors f set last_step = step
    where f.account_id = person.account_id and f.login_id = person.id and f.confirmed_at is not null
      and sha256(f.secret) = proof and f.last_step < step;
    return found;
  end if;
  update fence.recovery_codes c set used_at = now() from fence.second_factors f
  where f.account_id = person.account_id and f.login_id = person.id and f.confirmed_at is not null and sha256(f.secret) = proof
    and c.account_id = f.account_id and c.login_id = f.login_id and c.digest = sha256(recovery_digest) and c.used_at is null;
  if not found then
    return false;
  end if;
  perform fence.audit_second_factor(person, 'RECOVERY_CODE_USED');
  return true;
end $$;

-- Gives a factor its recovery codes; those before are worth nothing.
create or replace function fence.set_recovery_codes(person fence.logins, digests bytea[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  delete from fence.recovery_codes c where c.account_id = person.account_id and c.login_id = person.id;
  insert into fence.recovery_codes (account_id, login_id, digest)
  select person.account_id, person.id, sha256(d) from unnest(digests) d;
end $$;

-- What goes with a factor that guards from now on: recovery codes, an entry in the log, and the end of sessions that began
-- without it, but for the one that confirms it.
create or replace function fence.second_factor_enabled(person fence.logins, recovery_digests bytea[], but uuid) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.set_recovery_codes(person, recovery_digests);
  perform fence.audit_second_factor(person, 'SECOND_FACTOR_ENABLED');
  perform fence.end_sessions(person.account_id, coalesce(person.member_id, person.portal_user_id), but, 'REVOKED');
end $$;

-- Removes a factor with its recovery codes. False: there was none that was confirmed.
create or replace function fence.remove_factor(person fence.logins) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  was_confirmed boolean;
begin
  delete from fence.second_factors f where f.account_id = person.account_id and f.login_id = person.id
  returning f.confirmed_at is not null into was_confirmed;
  if was_confirmed is not true then
    return false;
  end if;
  perform fence.audit_second_factor(person, 'SECOND_FACTOR_REMOVED');
  return true;
end $$;

-- Signing in. Definers: only here are logins and factors read before anybody is known.

-- What the server needs to ask for a code and to compare it: the password as it is, what an app shows, the factor if there is
-- one, and the time, which is the database's, so that all servers agree on it.
create or replace function signin.second_factor(account uuid, login uuid)
returns table (password_hash text, email text, account_name text, required boolean, secret bytea, confirmed boolean, asked_at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return query
    select l.password_hash, l.email, a.name, fence.second_factor_required(account, login), f.secret,
           coalesce(f.confirmed_at is not null, false), now()
    from fence.logins l
    join ringfence.accounts a on a.id = l.account_id
    left join fence.second_factors f on f.account_id = l.account_id and f.login_id = l.id
    where l.account_id = account and l.id = login;
end $$;

-- The login of somebody who is signed in. Null: they have none.
create or replace function signin.own_login_id(account uuid, principal uuid) returns uuid
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  return (select l.id from fence.logins l where l.account_id = account and (l.member_id = principal or l.portal_user_id = principal));
end $$;

-- Keeps the secret that somebody is shown, until a code confirms it; one that was not confirmed is replaced. False: there is
-- a confirmed one, or the password that was right has changed meanwhile.
create or replace function signin.offer_second_factor(account uuid, login uuid, matched_hash text, new_secret bytea) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform from fence.logins l
  where l.account_id = account and l.id = login and l.password_hash = matched_hash for no key update;
  if not found then
    return false;
  end if;
  insert into fence.second_factors as f (account_id, login_id, secret) values (account, login, new_secret)
  on conflict (account_id, login_id) do update set secret = excluded.secret, created_at = now() where f.confirmed_at is null;
  return found;
end $$;

-- Starts a session for a login whose password was right and that needs no second factor. No row: it needs one, it was disabled,
-- or the password changed, meanwhile.
create or replace function signin.start_session(
  account uuid, login uuid, matched_hash text, access_digest bytea, refresh_digest bytea, access_seconds integer, session_seconds integer,
  client_user_agent text, client_address text)
returns table (session_id uuid, kind text, account_id uuid, principal_id uuid, permissions text[], access_expires_at timestamptz, session_expires_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  person fence.logins := signin.lock_login(account, login, matched_hash);
begin
  -- Decided after the lock: whoever is enabling a factor was waited for.
  if person.id is null or fence.second_factor_required(account, login) or exists (
       select from fence.second_factors f
       where f.account_id = account and f.login_id = login and f.confirmed_at is not null) then
    return;
  end if;
  return query select * from signin.begin_session(person, access_digest, refresh_digest, access_seconds,
    session_seconds, client_user_agent, client_address);
end $$;

-- Starts a session with a code, and uses that. No row: the code was used, or password or factor changed, meanwhile. RF001: the
-- login was disabled meanwhile; then the code is not used either.
create or replace function signin.start_session_with_code(
  account uuid, login uuid, matched_hash text, access_digest bytea, refresh_digest bytea, access_seconds integer, session_seconds integer,
  client_user_agent text, client_address text, proof bytea, step bigint, recovery_digest bytea)
returns table (session_id uuid, kind text, account_id uuid, principal_id uuid, permissions text[], access_expires_at timestamptz, session_expires_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  person fence.logins := signin.lock_login(account, login, matched_hash);
begin
  if person.id is null or not fence.use_code(person, proof, step, recovery_digest) then
    return;
  end if;
  return query select * from signin.begin_session(person, access_digest, refresh_digest, access_seconds,
    session_seconds, client_user_agent, client_address);
  if not found then
    raise exception 'no session' using errcode = 'RF001';
  end if;
end $$;

-- Starts a session with the first code of a new factor, which is confirmed by that. No row: there is a confirmed one, or the
-- password changed, meanwhile. RF001: as above.
create or replace function signin.start_session_with_new_factor(
  account uuid, login uuid, matched_hash text, access_digest bytea, refresh_digest bytea, access_seconds integer, session_seconds integer,
  client_user_agent text, client_address text, new_secret bytea, step bigint, recovery_digests bytea[])
returns table (session_id uuid, kind text, account_id uuid, principal_id uuid, permissions text[], access_expires_at timestamptz, session_expires_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  person fence.logins := signin.lock_login(account, login, matched_hash);
begin
  if person.id is null then
    return;
  end if;
  insert into fence.second_factors as f (account_id, login_id, secret, confirmed_at, last_step)
  values (account, login, new_secret, now(), step)
  on conflict (account_id, login_id) do update
  set secret = excluded.secret, confirmed_at = now(), last_step = excluded.last_step, created_at = now()
  where f.confirmed_at is null;
  if not found then
    return;
  end if;
  perform fence.second_factor_enabled(person, recovery_digests, null);
  return query select * from signin.begin_session(person, access_digest, refresh_digest, access_seconds,
    session_seconds, client_user_agent, client_address);
  if not found then
    raise exception 'no session' using errcode = 'RF001';
  end if;
end $$;

-- One's own, signed in. Definers: no serving role reaches logins and factors.

-- Since when one's own factor guards, and how many recovery codes are left. No row: it is off.
create or replace function ringfence.own_second_factor() returns table (enabled_at timestamptz, recovery_codes_left integer)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
begin
  return query
    select f.confirmed_at, (
      select count(*)::integer from fence.recovery_codes c
      where c.account_id = f.account_id and c.login_id = f.login_id and c.used_at is null)
    from fence.logins l
    join fence.second_factors f on f.account_id = l.account_id and f.login_id = l.id and f.confirmed_at is not null
    where l.account_id = account and (l.member_id = myself or l.portal_user_id = myself);
end $$;

-- Turns one's own factor on, ends one's other sessions. False: the secret is no longer the one that the code was compared
-- with, or it is confirmed already.
create or replace function ringfence.confirm_second_factor(proof bytea, step bigint, recovery_digests bytea[]) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  person fence.logins;
begin
  perform fence.require_what_is_committed();
  person := fence.lock_own_login(substr(identity, 7, 36)::uuid, substr(identity, 43, 36)::uuid);
  update fence.second_factors f set confirmed_at = now(), last_step = step
  where f.account_id = person.account_id and f.login_id = person.id and f.confirmed_at is null
    and sha256(f.secret) = proof and f.last_step < step;
  if not found then
    return false;
  end if;
  perform fence.second_factor_enabled(person, recovery_digests, substr(identity, 79, 36)::uuid);
  return true;
end $$;

-- Uses a code, and replaces one's own recovery codes. False: as with fence.use_code.
create or replace function ringfence.replace_recovery_codes(proof bytea, step bigint, recovery_digest bytea, recovery_digests bytea[])
returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  person fence.logins;
begin
  perform fence.require_what_is_committed();
  person := fence.lock_own_login(substr(identity, 7, 36)::uuid, substr(identity, 43, 36)::uuid);
  if not fence.use_code(person, proof, step, recovery_digest) then
    return false;
  end if;
  perform fence.set_recovery_codes(person, recovery_digests);
  perform fence.audit_second_factor(person, 'RECOVERY_CODES_REPLACED');
  return true;
end $$;

-- Uses a code, and turns one's own factor off. The proof of the password is as with change_own_password. False: as with
-- fence.use_code, or the password has changed. RF004 (SECOND_FACTOR_REQUIRED): the account demands it.
create or replace function ringfence.remove_second_factor(password_proof bytea, proof bytea, step bigint, recovery_digest bytea)
returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  person fence.logins;
begin
  perform fence.require_what_is_committed();
  person := fence.lock_own_login(substr(identity, 7, 36)::uuid, substr(identity, 43, 36)::uuid);
  if fence.second_factor_required(person.account_id, person.id) then
    raise exception 'SECOND_FACTOR_REQUIRED' using errcode = 'RF004';
  end if;
  if sha256(convert_to(person.password_hash, 'UTF8')) = password_proof and fence.use_code(person, proof, step, recovery_digest) then
    return fence.remove_factor(person);
  end if;
  return false;
end $$;

-- Those of others, for whoever manages the team or a client's portal users.

-- Removes the factor of a member who has lost it, and ends their sessions. Definer: as above. RF003; RF004 (OWN_MEMBER: one's own
-- asks for a code); RF006.
create or replace function ringfence.reset_member_second_factor(member uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_team(fence.identity());
  account uuid := substr(authority, 7, 36)::uuid;
begin
  perform fence.require_power_over(authority, member);
  perform fence.refuse_oneself(authority, member);
  perform fence.remove_factor(fence.lock_own_login(account, member));
  perform fence.end_sessions(account, member, null, 'REVOKED');
end $$;

-- The same of a portal user: it needs what setting their password needs. RF003; RF004 (CLIENT_ARCHIVED); RF006.
create or replace function ringfence.reset_portal_user_second_factor(portal_user uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  locked record := fence.lock_portal_user(fence.identity(), 'EDIT_CLIENTS', portal_user);
  person ringfence.portal_users := locked.person;
begin
  perform fence.require_portal_rights_held(locked.authority, person.views_recordings, person.views_billable_minutes);
  perform fence.require_portal_agents_seen(locked.authority, person);
  perform fence.remove_factor(fence.lock_own_login(person.account_id, portal_user));
  perform fence.end_sessions(person.account_id, portal_user, null, 'REVOKED');
end $$;

-- Whether members have a second factor, for those who may know: holders of MANAGE_MEMBERS, and everybody their own. Definer: as above.
create or replace function ringfence.member_second_factors(members uuid[]) returns table (member_id uuid, enabled boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
  everybody boolean := position(',MANAGE_MEMBERS,' in substr(identity, 115)) > 0;
begin
  return query
    select l.member_id, f.confirmed_at is not null
    from fence.logins l
    left join fence.second_factors f on f.account_id = l.account_id and f.login_id = l.id
    where l.account_id = account and l.member_id = any (members) and (everybody or l.member_id = myself);
end $$;

grant execute on function signin.second_factor, signin.own_login_id, signin.offer_second_factor, signin.start_session,
  signin.start_session_with_code, signin.start_session_with_new_factor
  to ringfence_signin;
grant execute on function ringfence.own_second_factor, ringfence.confirm_second_factor, ringfence.replace_recovery_codes,
  ringfence.remove_second_factor
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_portal;
grant execute on function ringfence.member_second_factors
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner, ringfence_portal;
grant execute on function ringfence.reset_member_second_factor, ringfence.reset_portal_user_second_factor
  to ringfence_admin, ringfence_member_all, ringfence_member;
