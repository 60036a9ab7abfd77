-- The team: who is added, changed and removed, and by whom. Nobody gives what they do not hold, nobody has power over
-- somebody who reaches more than they do, and an account always has an owner. All of it is decided under the lock of the
-- account's row, by what the caller holds then: what was sealed is as old as the transaction. (Assigning clients is no power
-- over a member: whoever reaches a client says who else works for it. Nor is assigning agents.)

-- The identity with the permissions of this moment, for whoever holds a lock that those take who change them. RF001: the caller is no
-- longer what was sealed, or the session has been ended, or the token revoked, meanwhile.
create or replace function fence.present_authority(identity text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  kind text := substr(identity, 6, 1);
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
begin
  if kind in ('T', 'S') then
    if fence.access_token_kind(myself) is distinct from kind then
      raise exception 'no session' using errcode = 'RF001';
    end if;
  elsif not exists (select from ringfence.member_access m
                    where m.account_id = account and m.member_id = myself and m.status = 'ACTIVE'
                      and fence.kind_of(m.role, m.client_access) = kind)
     or not exists (select from fence.sessions s
                    where s.account_id = account and s.id = substr(identity, 79, 36)::uuid and s.ended_at is null) then
    raise exception 'no session' using errcode = 'RF001';
  end if;
  return left(identity, 114) || fence.permissions_of(account, myself, kind);
end $$;

-- Locks the account and answers the identity with the permissions of this moment. RF001 as above.
create or replace function fence.lock_authority(identity text) returns text
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.require_what_is_committed();
  perform fence.lock_account(substr(identity, 7, 36)::uuid);
  return fence.present_authority(identity);
end $$;

-- For those who manage the team: as lock_authority; RF003 without MANAGE_MEMBERS.
create or replace function fence.lock_team(identity text) returns text
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_authority(identity);
begin
  perform fence.require_permission(authority, 'MANAGE_MEMBERS');
  return authority;
end $$;

-- RF003 where somebody gives what they do not hold. Null: it is not given.
create or replace function fence.require_held(authority text, role text, permissions text[], client_access text, agent_access text)
returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  kind text := substr(authority, 6, 1);
  permission text;
begin
  if role = 'OWNER' and kind <> 'O' then
    raise exception 'OWNER' using errcode = 'RF003';
  end if;
  if role = 'ADMIN' and kind not in ('O', 'A') then
    raise exception 'ADMIN' using errcode = 'RF003';
  end if;
  foreach permission in array coalesce(permissions, '{}') loop
    perform fence.require_permission(authority, permission);
  end loop;
  if client_access = 'ALL' and kind = 'M' then
    raise exception 'REACH' using errcode = 'RF003';
  end if;
  if agent_access = 'ALL' and kind not in ('O', 'A') and not exists (
       select from ringfence.member_access m
       where m.account_id = substr(authority, 7, 36)::uuid and m.member_id = substr(authority, 43, 36)::uuid
         and m.agent_access = 'ALL') then
    raise exception 'REACH' using errcode = 'RF003';
  end if;
end $$;

-- RF003 unless the caller has power over a member: owners over everybody, administrators over all but owners, others over
-- those who hold and reach no more than they do, because whoever sets a password can sign in with it. RF006: no such member.
create or replace function fence.require_power_over(authority text, member uuid) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  target ringfence.member_access;
begin
  select * into target from ringfence.member_access m where m.account_id = account and m.member_id = member;
  if not found then
    raise exception 'id' using errcode = 'RF006';
  end if;
  perform fence.require_held(authority, target.role,
    array(select p.permission from ringfence.member_permissions p where p.account_id = account and p.member_id = member),
    target.client_access, target.agent_access);
  if substr(authority, 6, 1) = 'M' and exists (
       select client_id from ringfence.client_assignments where account_id = account and member_id = member
       except
       select client_id from ringfence.client_assignments
       where account_id = account and member_id = substr(authority, 43, 36)::uuid) then
    raise exception 'REACH' using errcode = 'RF003';
  end if;
  perform fence.require_agents_seen(authority, target.agent_access,
    array(select a.stay_id from ringfence.agent_assignments a where a.account_id = account and a.member_id = member));
end $$;

-- RF004: somebody else has to do this. Locking oneself out is nobody's intention.
create or replace function fence.refuse_oneself(identity text, member uuid) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if member = substr(identity, 43, 36)::uuid then
    raise exception 'OWN_MEMBER' using errcode = 'RF004';
  end if;
end $$;

-- RF008 where a member is the only owner who can sign in.
create or replace function fence.require_another_owner(account uuid, member uuid) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from ringfence.member_access m
             where m.account_id = account and m.member_id = member and m.role = 'OWNER' and m.status = 'ACTIVE')
     and not exists (select from ringfence.member_access m
                     join fence.logins l on l.account_id = m.account_id and l.member_id = m.member_id and l.password_hash is not null
                     where m.account_id = account and m.member_id <> member and m.role = 'OWNER' and m.status = 'ACTIVE') then
    raise exception 'the account needs an owner' using errcode = 'RF008';
  end if;
end $$;

-- Sets the name and the job title that `changes` name. False: there is no such member, or not in the expected version.
create or replace function fence.change_profile(account uuid, member uuid, changes jsonb, expected_version integer) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  update ringfence.members m
  set name = coalesce(changes ->> 'name', m.name),
      job_title = case when changes ? 'jobTitle' then changes ->> 'jobTitle' else m.job_title end
  where m.account_id = account and m.id = member and (expected_version is null or m.version = expected_version);
  return found;
end $$;

-- Gives members clients that they do not have yet. Whose names on lists no longer fit then is for the caller to ask:
-- fence.forget_list_names. RF004 (CLIENT_DELETING).
create or replace function fence.assign(account uuid, members uuid[], clients uuid[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  given ringfence.client_assignments;
begin
  perform fence.refuse_deleting(account, clients);
  for given in
    insert into ringfence.client_assignments (account_id, member_id, client_id)
    select account, m, c from unnest(members) m cross join unnest(clients) c
    on conflict do nothing returning *
  loop
    perform fence.write_audit(account, 'CLIENT_ASSIGNED', 'MEMBER', given.member_id, given.client_id, '{}');
  end loop;
end $$;

-- Takes clients away from members who have them. As fence.assign.
create or replace function fence.unassign(account uuid, members uuid[], clients uuid[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  taken ringfence.client_assignments;
begin
  perform fence.refuse_deleting(account, clients);
  for taken in
    delete from ringfence.client_assignments a
    where a.account_id = account and a.member_id = any (members) and a.client_id = any (clients) returning a.*
  loop
    perform fence.write_audit(account, 'CLIENT_UNASSIGNED', 'MEMBER', taken.member_id, taken.client_id, '{}');
  end loop;
end $$;

-- Adds a member, and answers the id. Null for a password: they are invited. RF003; RF006 (clientIds, agentIds); a taken email
-- violates logins_account_id_email_key.
create or replace function fence.add_member(
  authority text, name text, job_title text, email text, password_hash text,
  role text, permissions text[], client_access text, clients uuid[], agent_access text, agents uuid[]) returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  member uuid;
  client uuid;
begin
  perform fence.require_held(authority, role, permissions, client_access, agent_access);
  foreach client in array clients loop
    if not fence.reaches_client(authority, client) then
      raise exception 'clientIds' using errcode = 'RF006';
    end if;
  end loop;
  insert into ringfence.members (account_id, name, job_title)
  values (account, add_member.name, add_member.job_title) returning id into member;
  insert into ringfence.member_access (account_id, member_id, role, client_access, agent_access, status)
  values (account, member, add_member.role, add_member.client_access, add_member.agent_access,
          case when add_member.password_hash is null then 'INVITED' else 'ACTIVE' end);
  insert into ringfence.member_permissions (account_id, member_id, permission)
  select distinct account, member, p from unnest(permissions) p;
  insert into fence.logins (account_id, member_id, email, password_hash)
  values (account, member, add_member.email, add_member.password_hash);
  perform fence.write_audit(account, 'MEMBER_ACCESS_GIVEN', 'MEMBER', member, null, jsonb_build_object(
    'role', role, 'permissions', permissions, 'clientAccess', client_access, 'agentAccess', agent_access));
  perform fence.assign(account, array[member], clients);
  perform fence.give_agents(account, member, fence.visible_stays(authority, agents, 'agentIds'));
  return member;
end $$;

-- Adds a member who signs in with a password, and answers the id. Definer: no serving role writes access, permissions,
-- assignments or logins. As fence.add_member.
create or replace function ringfence.create_member(
  name text, job_title text, email text, password_hash text,
  role text, permissions text[], client_access text, clients uuid[], agent_access text, agents uuid[]) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_team(fence.identity());
begin
  perform fence.require_password_hash(password_hash);
  return fence.add_member(authority, name, job_title, email, password_hash, role, permissions, client_access, clients, agent_access, agents);
end $$;

-- Changes what is named in `changes`: name, jobTitle, role, permissions, clientAccess, agentAccess. Definer: as create_member.
-- RF003; RF004 (VERSION); RF006; RF008. The email never changes.
create or replace function ringfence.update_member(member uuid, changes jsonb, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_team(fence.identity());
  account uuid := substr(authority, 7, 36)::uuid;
  before ringfence.member_access;
  after ringfence.member_access;
  given text[];
  taken text[];
begin
  perform fence.require_power_over(authority, member);
  if not fence.change_profile(account, member, changes, expected_version) then
    raise exception 'VERSION' using errcode = 'RF004';
  end if;

  select * into strict before from ringfence.member_access m where m.account_id = account and m.member_id = member;
  after := before;
  after.role := coalesce(changes ->> 'role', before.role);
  -- Owners and administrators reach all clients; who is one no longer reaches those that are assigned.
  after.client_access := case
    when after.role <> 'MEMBER' then 'ALL'
    when changes ? 'clientAccess' then changes ->> 'clientAccess'
    when before.role <> 'MEMBER' then 'ASSIGNED'
    else before.client_access end;
  after.agent_access := coalesce(changes ->> 'agentAccess', before.agent_access);
  if changes ? 'permissions' then
    given := array(
      select p from jsonb_array_elements_text(changes -> 'permissions') p
      except select p.permission from ringfence.member_permissions p where p.account_id = account and p.member_id = member);
    taken := array(
      select p.permission from ringfence.member_permissions p where p.account_id = account and p.member_id = member
      except select p from jsonb_array_elements_text(changes -> 'permissions') p);
  end if;
  perform fence.require_held(authority, after.role, given, after.client_access, after.agent_access);
  if after.role <> 'OWNER' then
    perform fence.require_another_owner(account, member);
  end if;

  update ringfence.member_access m
  set role = after.role, client_access = after.client_access, agent_access = after.agent_access
  where m.account_id = account and m.member_id = member;
  delete from ringfence.member_permissions p
  where p.account_id = account and p.member_id = member and p.permission = any (taken);
  insert into ringfence.member_permissions (account_id, member_id, permission)
  select account, member, p from unnest(given) p;
  perform fence.forget_list_names(account, member);
  if after is distinct from before or given <> '{}' or taken <> '{}' then
    perform fence.write_audit(account, 'MEMBER_ACCESS_CHANGED', 'MEMBER', member, null, jsonb_strip_nulls(jsonb_build_object(
      'role', nullif(after.role, before.role), 'clientAccess', nullif(after.client_access, before.client_access),
      'agentAccess', nullif(after.agent_access, before.agent_access),
      'given', nullif(given, '{}'), 'taken', nullif(taken, '{}'))));
  end if;
end $$;

-- What everybody on the team may change of themselves. Definer: no serving role writes members.
create or replace function ringfence.update_own_profile(changes jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  perform fence.require_what_is_committed();
  perform fence.change_profile(substr(identity, 7, 36)::uuid, substr(identity, 43, 36)::uuid, changes, null);
end $$;

-- Lets a member sign in, or no longer; then their sessions end. What is so already stays so. Definer: as create_member.
-- RF003; RF004 (OWN_MEMBER); RF006; RF008.
create or replace function ringfence.change_member_status(member uuid, wanted text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_team(fence.identity());
  account uuid := substr(authority, 7, 36)::uuid;
begin
  perform fence.require_power_over(authority, member);
  perform fence.refuse_oneself(authority, member);
  if (wanted in ('ACTIVE', 'DISABLED')) is not true then
    raise exception 'no such status' using errcode = 'invalid_parameter_value';
  end if;
  if wanted = 'DISABLED' then
    perform fence.require_another_owner(account, member);
  end if;
  -- Who has no password yet is still invited.
  update ringfence.member_access m
  set status = case
    when wanted = 'ACTIVE' and exists (
      select from fence.logins l where l.account_id = account and l.member_id = member and l.password_hash is null) then 'INVITED'
    else wanted end
  where m.account_id = account and m.member_id = member and (m.status = 'DISABLED') <> (wanted = 'DISABLED');
  if not found then
    return;
  end if;
  perform fence.write_audit(account, case wanted when 'DISABLED' then 'MEMBER_DEACTIVATED' else 'MEMBER_ACTIVATED' end,
    'MEMBER', member, null, '{}');
  if wanted = 'DISABLED' then
    perform fence.end_sessions(account, member, null, 'REVOKED');
    perform fence.release_lost_lead(account, member);
    -- No link that is out lets them in when they are activated again.
    update fence.logins l set reset_generation = l.reset_generation + 1, reset_expires_at = null
    where l.account_id = account and l.member_id = member;
    update ringfence.invitations i set generation = i.generation + 1
    where i.account_id = account and i.member_id = member and i.status = 'PENDING';
  end if;
end $$;

-- Sets somebody else's password and ends their sessions. Definer: no serving role reaches the logins. RF003; RF004
-- (OWN_MEMBER: one's own asks for the one before); RF006.
create or replace function ringfence.change_member_password(member uuid, new_hash text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_team(fence.identity());
  account uuid := substr(authority, 7, 36)::uuid;
begin
  perform fence.require_power_over(authority, member);
  perform fence.refuse_oneself(authority, member);
  if exists (select from fence.logins l where l.account_id = account and l.member_id = member and l.password_hash is null) then
    raise exception 'INVITATION_PENDING' using errcode = 'RF004';
  end if;
  perform fence.set_password(account, l.id, new_hash, null)
  from fence.logins l where l.account_id = account and l.member_id = member;
end $$;

-- RF006 (transferTokensTo) unless the tokens of a member can go to `heir`: another member of the account, who is active.
-- RF003 where that is neither the caller nor somebody over whom the caller has power.
create or replace function fence.require_heir(authority text, member uuid, heir uuid) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if heir = member or not exists (
       select from ringfence.member_access m
       where m.account_id = substr(authority, 7, 36)::uuid and m.member_id = heir and m.status = 'ACTIVE') then
    raise exception 'transferTokensTo' using errcode = 'RF006';
  end if;
  if heir <> substr(authority, 43, 36)::uuid then
    perform fence.require_power_over(authority, heir);
  end if;
end $$;

-- Removes a member for good: with them go sessions, login, permissions and assignments; clients and organizations that they
-- managed are nobody's; the log keeps the name. Their tokens go to `heir`, an active member over whom the caller has power,
-- or the caller; null: they go as well. Answers those tokens. Definer: no serving role deletes. RF003; RF004 (OWN_MEMBER);
-- RF006 (transferTokensTo); RF008.
create or replace function ringfence.remove_member(member uuid, heir uuid)
returns table (access_token_id uuid, access_token_name text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_team(fence.identity());
  account uuid := substr(authority, 7, 36)::uuid;
  removed text;
begin
  perform fence.require_power_over(authority, member);
  perform fence.refuse_oneself(authority, member);
  perform fence.require_another_owner(account, member);
  if heir is not null then
    perform fence.require_heir(authority, member, heir);
  end if;
  return query select t.id, t.name from fence.settle_tokens(account, member, heir) t;
  -- In the order in which signing in and refreshing lock them.
  perform from fence.logins l where l.account_id = account and l.member_id = member for update;
  perform from fence.refresh_tokens t
  where t.account_id = account and t.session_id in (
    select s.id from fence.sessions s where s.account_id = account and s.member_id = member)
  order by t.digest for update;
  delete from ringfence.members m where m.account_id = account and m.id = member returning m.name into removed;
  perform fence.release_lost_lead(account, member);
  perform fence.write_audit(account, 'MEMBER_REMOVED', 'MEMBER', member, null, jsonb_build_object('name', removed));
end $$;

-- Ends all sessions of a member. Definer: no serving role reaches the sessions. RF003, RF006.
create or replace function ringfence.end_member_sessions(member uuid) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_team(fence.identity());
begin
  perform fence.require_power_over(authority, member);
  return fence.end_sessions(substr(authority, 7, 36)::uuid, member, null, 'REVOKED');
end $$;

-- Emails of members, for those who may know them: holders of MANAGE_MEMBERS, and everybody their own. Definer: emails
-- live with the logins, which no serving role reaches.
create or replace function ringfence.member_emails(members uuid[])
returns table (member_id uuid, email text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
  everybody boolean := position(',MANAGE_MEMBERS,' in substr(identity, 115)) > 0;
begin
  return query
    select l.member_id, l.email from fence.logins l
    where l.account_id = account and l.member_id = any (members) and (everybody or l.member_id = myself);
end $$;

-- Gives clients to a member and takes others away. Nobody grants, or takes, what they do not reach themselves.
-- Definer: no serving role writes assignments. RF003; RF004 (CLIENT_DELETING); RF006 with the field that names what is not there.
create or replace function ringfence.assign_clients(member uuid, add_clients uuid[], remove_clients uuid[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_team(fence.identity());
  account uuid := substr(authority, 7, 36)::uuid;
  client uuid;
begin
  if not exists (select from ringfence.members where account_id = account and id = member) then
    raise exception 'memberId' using errcode = 'RF006';
  end if;
  foreach client in array add_clients loop
    if not fence.reaches_client(authority, client) then
      raise exception 'add' using errcode = 'RF006';
    end if;
  end loop;
  foreach client in array remove_clients loop
    if not fence.reaches_client(authority, client) then
      raise exception 'remove' using errcode = 'RF006';
    end if;
  end loop;

  perform fence.assign(account, array[member], add_clients);
  perform fence.unassign(account, array[member], remove_clients);
  perform fence.forget_list_names(account, member);
end $$;

grant execute on function ringfence.member_emails
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner, ringfence_portal;
grant execute on function ringfence.assign_clients, ringfence.create_member, ringfence.update_member,
  ringfence.update_own_profile, ringfence.change_member_status, ringfence.change_member_password,
  ringfence.remove_member, ringfence.end_member_sessions
  to ringfence_admin, ringfence_member_all, ringfence_member;
