-- One's own password and sessions, for members and portal users alike, and what those who manage them use of it.

-- What the server makes of a password (src/sessions/passwords.ts), and nothing else: a hash says what it costs to compare
-- with, and that must not be for a caller to say.
create or replace function fence.require_password_hash(hash text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  if (hash ~ '^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$') is not true then
    raise exception 'no password hash' using errcode = 'invalid_parameter_value';
  end if;
end $$;

-- Ends the sessions of somebody, a member or a portal user, that have not ended, all or all but one.
create or replace function fence.end_sessions(account uuid, person uuid, but uuid, reason text) returns integer
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  session uuid;
  ended integer := 0;
begin
  for session in
    select s.id from fence.sessions s
    where s.account_id = account and (s.member_id = person or s.portal_user_id = person) and s.ended_at is null and s.expires_at > now()
      and s.id is distinct from but
  loop
    if signin.finish_session(account, session, reason) then
      ended := ended + 1;
    end if;
  end loop;
  return ended;
end $$;

-- Sets the password of a login, tells whose it is by mail, and ends their sessions, all or all but one.
create or replace function fence.set_password(account uuid, login uuid, new_hash text, but uuid) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  person fence.logins;
begin
  perform fence.require_password_hash(new_hash);
  -- A link to choose a new one is void.
  update fence.logins l
  set password_hash = new_hash, reset_generation = l.reset_generation + 1, reset_expires_at = null
  where l.account_id = account and l.id = login returning l.* into strict person;
  perform fence.write_person_audit(account, 'PASSWORD_CHANGED', person.member_id, person.portal_user_id, '{}');
  perform fence.post_mail(account, 'PASSWORD_CHANGED', login);
  perform fence.end_sessions(account, coalesce(person.member_id, person.portal_user_id), but, 'PASSWORD_CHANGED');
end $$;

-- Sets one's own password and ends one's other sessions. The proof is sha256 of the hash that the password before was
-- compared with, which only the sign-in login can read: a statement of somebody's own sets no password. False: it is not,
-- or no longer, that hash. Definer: no serving role reaches the logins.
create or replace function ringfence.change_own_password(proof bytea, new_hash text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
  login uuid;
begin
  perform fence.require_what_is_committed();
  perform fence.require_password_hash(new_hash);
  select l.id into login from fence.logins l
  where l.account_id = account and (l.member_id = myself or l.portal_user_id = myself)
    and sha256(convert_to(l.password_hash, 'UTF8')) = proof
  for no key update;
  if not found then
    return false;
  end if;
  perform fence.set_password(account, login, new_hash, substr(identity, 79, 36)::uuid);
  return true;
end $$;

-- One's own sessions that are open, the one used last first. Definer: no serving role reaches the sessions.
create or replace function ringfence.own_sessions()
returns table (id uuid, created_at timestamptz, last_used_at timestamptz, expires_at timestamptz, user_agent text, address text, current boolean)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
begin
  return query
    select s.id, s.created_at, s.last_used_at, s.expires_at, s.user_agent, s.address, s.id = substr(identity, 79, 36)::uuid
    from fence.sessions s
    where s.account_id = account and (s.member_id = myself or s.portal_user_id = myself)
      and s.ended_at is null and s.expires_at > now()
    order by s.last_used_at desc, s.id;
end $$;

-- Ends one of one's own sessions, or all but the one that asks (null). Answers how many; RF006: there is no such session of
-- one's own. Definer: no serving role reaches the sessions.
create or replace function ringfence.end_own_sessions(session uuid) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
  present fence.sessions;
begin
  perform fence.require_what_is_committed();
  if session is null then
    return fence.end_sessions(account, myself, substr(identity, 79, 36)::uuid, 'REVOKED');
  end if;
  select s.* into present from fence.sessions s
  where s.account_id = account and (s.member_id = myself or s.portal_user_id = myself) and s.id = session;
  if not found then
    raise exception 'id' using errcode = 'RF006';
  end if;
  return case when present.expires_at > now() then signin.finish_session(account, session, 'REVOKED')::integer else 0 end;
end $$;

grant execute on function ringfence.change_own_password, ringfence.own_sessions, ringfence.end_own_sessions
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_portal;
