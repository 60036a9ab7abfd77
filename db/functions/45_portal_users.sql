-- Portal users: people on a client's side. Whoever creates them needs CREATE_CLIENTS, whoever changes them EDIT_CLIENTS, and
-- the client within reach; nobody lets them see what they do not see themselves. As with the team, it is decided under the
-- lock of the account's row, by what the caller holds then.

-- Locks the account and the client, and answers the caller's authority of this moment. RF001; RF003; RF004
-- (CLIENT_ARCHIVED); RF006 with the field where the client is not within reach.
create or replace function fence.lock_portal(identity text, permission text, client uuid, field text) returns text
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_authority(identity);
begin
  perform fence.require_permission(authority, permission);
  -- Who could not see them could not be answered.
  perform fence.require_permission(authority, 'VIEW_CLIENTS');
  perform fence.lock_client(authority, client, field);
  return authority;
end $$;

-- RF003 where somebody lets a portal user see what they may not see themselves.
create or replace function fence.require_portal_rights_held(authority text, recordings boolean, billable_minutes boolean) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if recordings then
    perform fence.require_permission(authority, 'VIEW_RECORDINGS');
  end if;
  if billable_minutes then
    perform fence.require_permission(authority, 'VIEW_BILLABLE_MINUTES');
  end if;
end $$;

-- The portal user and the caller's authority over them. RF006: there is none, or not within reach.
create or replace function fence.lock_portal_user(identity text, permission text, portal_user uuid, out authority text, out person ringfence.portal_users)
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  select p.* into person from ringfence.portal_users p
  where p.account_id = substr(identity, 7, 36)::uuid and p.id = portal_user;
  authority := fence.lock_portal(identity, permission, person.client_id, 'id');
  -- Again, now that nobody else changes it.
  select p.* into person from ringfence.portal_users p where p.account_id = person.account_id and p.id = portal_user;
  if not found then
    raise exception 'id' using errcode = 'RF006';
  end if;
end $$;

-- Adds a portal user, and answers the id. Null for a password: they are invited; null for agents: they see all of the client.
-- RF003; RF006 (agentIds); RF010; a taken email violates logins_account_id_email_key.
create or replace function fence.add_portal_user(
  authority text, client uuid, name text, email text, password_hash text, recordings boolean, billable_minutes boolean, agents uuid[])
returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  person ringfence.portal_users;
begin
  perform fence.require_portal_rights_held(authority, recordings, billable_minutes);
  insert into ringfence.portal_users (account_id, client_id, name, status, views_recordings, views_billable_minutes, agent_access)
  values (account, client, add_portal_user.name, case when add_portal_user.password_hash is null then 'INVITED' else 'ACTIVE' end,
          recordings, billable_minutes, case when agents is null then 'ALL' else 'ASSIGNED' end) returning * into person;
  perform fence.bind_portal_user(authority, person, agents);
  insert into fence.logins (account_id, portal_user_id, email, password_hash)
  values (account, person.id, add_portal_user.email, add_portal_user.password_hash);
  return person.id;
end $$;

-- Adds a portal user who signs in with a password, and answers the id. Definer: no serving role writes portal users or
-- logins. As fence.add_portal_user; RF004; RF006 (clientId).
create or replace function ringfence.create_portal_user(
  client uuid, name text, email text, password_hash text, recordings boolean, billable_minutes boolean, agents uuid[]) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_portal(fence.identity(), 'CREATE_CLIENTS', client, 'clientId');
begin
  perform fence.require_password_hash(password_hash);
  return fence.add_portal_user(authority, client, name, email, password_hash, recordings, billable_minutes, agents);
end $$;

-- Changes what is named in `changes`: name, email, passwordHash, viewsRecordings, viewsBillableMinutes, agentIds (null: they see
-- all of the client). A new email or password ends the sessions; setting one is signing in as them, so it needs all that they
-- may see, and so does a right over all of that. Definer: as create_portal_user. RF003; RF004 (VERSION, CLIENT_ARCHIVED); RF006 (id, agentIds); RF010.
create or replace function ringfence.update_portal_user(portal_user uuid, changes jsonb, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  locked record := fence.lock_portal_user(identity, 'EDIT_CLIENTS', portal_user);
  before ringfence.portal_users := locked.person;
  account uuid := before.account_id;
  recordings boolean := coalesce((changes ->> 'viewsRecordings')::boolean, before.views_recordings);
  billable_minutes boolean := coalesce((changes ->> 'viewsBillableMinutes')::boolean, before.views_billable_minutes);
  sets_login boolean := changes ?| array['email', 'passwordHash'];
  gains_rights boolean := (recordings and not before.views_recordings) or (billable_minutes and not before.views_billable_minutes);
  sees_all boolean := case when changes ? 'agentIds' then jsonb_typeof(changes -> 'agentIds') = 'null' else before.agent_access = 'ALL' end;
begin
  if before.version <> expected_version then
    raise exception 'VERSION' using errcode = 'RF004';
  end if;
  perform fence.require_portal_rights_held(locked.authority,
    recordings and (sets_login or not before.views_recordings),
    billable_minutes and (sets_login or not before.views_billable_minutes));
  if changes ? 'agentIds' and not (sees_all and before.agent_access = 'ALL') then
    perform fence.bind_portal_user(locked.authority, before,
      case when not sees_all then array(select a::uuid from jsonb_array_elements_text(changes -> 'agentIds') a) end);
  end if;
  if sets_login or gains_rights then
    -- What they see from now on: a right is one over all of it.
    before.agent_access := case when sees_all then 'ALL' else 'ASSIGNED' end;
    perform fence.require_portal_agents_seen(locked.authority, before);
  end if;
  if changes ? 'passwordHash' and before.status = 'INVITED' then
    raise exception 'INVITATION_PENDING' using errcode = 'RF004';
  end if;
  if changes ? 'email' and before.status = 'INVITED' then
    -- Their invitation goes elsewhere: that is inviting.
    perform fence.require_permission(locked.authority, 'CREATE_CLIENTS');
  end if;

  -- The version counts changes of the login too.
  update ringfence.portal_users p
  set name = coalesce(changes ->> 'name', p.name), views_recordings = recordings, views_billable_minutes = billable_minutes,
      agent_access = case when sees_all then 'ALL' else 'ASSIGNED' end
  where p.account_id = account and p.id = portal_user;
  if changes ? 'email' then
    -- Links that went to the address before are void.
    update fence.logins l
    set email = changes ->> 'email', reset_generation = l.reset_generation + 1, reset_expires_at = null
    where l.account_id = account and l.portal_user_id = portal_user;
    update ringfence.invitations i set email = changes ->> 'email', generation = i.generation + 1
    where i.account_id = account and i.portal_user_id = portal_user and i.status = 'PENDING';
    perform fence.write_audit(account, 'EMAIL_CHANGED', 'PORTAL_USER', portal_user, before.client_id, '{}');
    perform fence.end_sessions(account, portal_user, null, 'REVOKED');
  end if;
  if changes ? 'passwordHash' then
    perform fence.set_password(account, l.id, changes ->> 'passwordHash', null)
    from fence.logins l where l.account_id = account and l.portal_user_id = portal_user;
  end if;
end $$;

-- Removes a portal user with login and sessions; the log keeps the name.
create or replace function fence.remove_portal_user(person ringfence.portal_users) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  -- In the order in which signing in and refreshing lock them.
  perform from fence.logins l where l.account_id = person.account_id and l.portal_user_id = person.id for update;
  perform from fence.refresh_tokens t
  where t.account_id = person.account_id and t.session_id in (
    select s.id from fence.sessions s where s.account_id = person.account_id and s.portal_user_id = person.id)
  order by t.digest for update;
  delete from ringfence.portal_users p where p.account_id = person.account_id and p.id = person.id;
  perform fence.write_audit(person.account_id, 'PORTAL_USER_DELETED', 'PORTAL_USER', person.id, person.client_id,
    jsonb_build_object('name', person.name));
end $$;

-- Deletes a portal user for good. Definer: no serving role deletes. RF003; RF004 (CLIENT_ARCHIVED); RF006.
create or replace function ringfence.delete_portal_user(portal_user uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  locked record := fence.lock_portal_user(fence.identity(), 'EDIT_CLIENTS', portal_user);
begin
  perform fence.remove_portal_user(locked.person);
end $$;

-- Ends all sessions of a portal user. Definer: no serving role reaches the sessions. RF003; RF004 (CLIENT_ARCHIVED); RF006.
create or replace function ringfence.end_portal_user_sessions(portal_user uuid) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  locked record := fence.lock_portal_user(fence.identity(), 'EDIT_CLIENTS', portal_user);
begin
  return fence.end_sessions((locked.person).account_id, portal_user, null, 'REVOKED');
end $$;

-- How portal users sign in, and when they last did: for those who see them, and for each their own. Definer: emails live
-- with the logins, which no serving role reaches.
create or replace function ringfence.portal_user_logins(portal_users uuid[])
returns table (portal_user_id uuid, email text, last_sign_in_at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
  team boolean := position(',VIEW_CLIENTS,' in substr(identity, 115)) > 0;
begin
  return query
    select l.portal_user_id, l.email, l.last_sign_in_at
    from fence.logins l
    join ringfence.portal_users p on p.account_id = l.account_id and p.id = l.portal_user_id
    where l.account_id = account and l.portal_user_id = any (portal_users)
      and (l.portal_user_id = myself or (team and fence.reaches_client(identity, p.client_id)));
end $$;

grant execute on function ringfence.create_portal_user, ringfence.update_portal_user, ringfence.delete_portal_user,
  ringfence.end_portal_user_sessions
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
grant execute on function ringfence.portal_user_logins
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner, ringfence_portal;
