-- Clients: creating (which grows sets), changing status, and what must hold whoever writes.

-- Creates a client, with its organization on the fly if asked, and gives it to a scoped creator. Definer: a set that
-- does not hold the new id yet can't be inserted into under row security, and the plan is counted over all clients.
-- organization_choice: GIVEN (organization, or null for none), NEW (new_organization), ONLY (the account's only
-- visible one, if there is exactly one). RF003, RF005, RF006 with the field.
create or replace function ringfence.create_client(
  client_name text, client_contact_name text, client_contact_email text, client_contact_phone text,
  client_contact_position text, client_blind_mode text, client_account_manager uuid,
  organization_choice text, organization uuid, new_organization text)
returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  candidates uuid[];
  client uuid;
begin
  perform fence.require_permission(identity, 'CREATE_CLIENTS');
  -- Who could not see the client could not be answered, and would create it again.
  perform fence.require_permission(identity, 'VIEW_CLIENTS');
  -- A token for certain clients is for those: nobody decided that it is for another one.
  if substr(identity, 6, 1) = 'S' then
    raise exception 'FIXED_CLIENTS' using errcode = 'RF003';
  end if;
  if organization_choice = 'NEW' then
    perform fence.require_permission(identity, 'MANAGE_CLIENT_ORGANIZATIONS');
  end if;
  perform fence.require_room_for_client(account);

  if organization_choice = 'NEW' then
    insert into ringfence.organizations (account_id, name) values (account, new_organization) returning id into organization;
  elsif organization_choice = 'ONLY' then
    candidates := array(
      select o.id from ringfence.organizations o
      where o.account_id = account and o.status = 'ACTIVE' and fence.reaches_organization(identity, o.id) limit 2);
    organization := case when cardinality(candidates) = 1 then candidates[1] end;
  elsif organization is not null and not fence.reaches_organization(identity, organization) then
    raise exception 'organizationId' using errcode = 'RF006';
  end if;

  insert into ringfence.clients (account_id, name, contact_name, contact_email, contact_phone, contact_position,
                                 blind_mode, account_manager_id, organization_id)
  values (account, client_name, client_contact_name, client_contact_email, client_contact_phone, client_contact_position,
          client_blind_mode, client_account_manager, organization)
  returning id into client;

  if substr(identity, 6, 1) = 'M' then
    perform fence.assign(account, array[substr(identity, 43, 36)::uuid], array[client]);
    perform fence.forget_list_names(account, substr(identity, 43, 36)::uuid);
  end if;
  return client;
end $$;

-- DEACTIVATE and ACTIVATE need EDIT_CLIENTS, ARCHIVE and RESTORE DELETE_CLIENTS. Definer: no serving role writes a
-- status, because which permission it needs depends on where it goes. RF003; RF004 with the reason; RF005; RF006.
create or replace function ringfence.change_client_status(client uuid, transition text, expected_version integer)
returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  present ringfence.clients;
begin
  if (transition in ('DEACTIVATE', 'ACTIVATE', 'ARCHIVE', 'RESTORE')) is not true then
    raise exception 'no such transition' using errcode = 'invalid_parameter_value';
  end if;
  perform fence.require_permission(identity,
    case when transition in ('ARCHIVE', 'RESTORE') then 'DELETE_CLIENTS' else 'EDIT_CLIENTS' end);
  perform fence.require_permission(identity, 'VIEW_CLIENTS');
  if not fence.reaches_client(identity, client) then
    raise exception 'id' using errcode = 'RF006';
  end if;
  if transition = 'RESTORE' then
    perform fence.lock_account(account);
  end if;
  select * into present from ringfence.clients where account_id = account and id = client for no key update;
  if not found then
    raise exception 'id' using errcode = 'RF006';
  elsif present.version <> expected_version then
    raise exception 'VERSION' using errcode = 'RF004';
  elsif present.status in ('ACTIVE', 'INACTIVE') and transition = 'RESTORE' then
    raise exception 'CLIENT_NOT_ARCHIVED' using errcode = 'RF004';
  elsif present.status <> 'ARCHIVED' or transition <> 'RESTORE' then
    perform fence.require_usable(present);
  end if;

  if transition = 'RESTORE' then
    perform fence.require_room_for_client(account);
    update ringfence.clients set status = status_before_archive, status_before_archive = null
    where account_id = account and id = client;
    perform fence.restore_lists_with(present);
  elsif transition = 'ARCHIVE' then
    perform fence.refuse_changing_lists(present);
    update ringfence.clients set status = 'ARCHIVED', status_before_archive = present.status
    where account_id = account and id = client;
    perform fence.archive_lists_with(present);
  else
    update ringfence.clients set status = case transition when 'ACTIVATE' then 'ACTIVE' else 'INACTIVE' end
    where account_id = account and id = client;
  end if;
  if transition in ('ARCHIVE', 'DEACTIVATE') then
    perform fence.end_sessions(account, p.id, null, 'REVOKED') from ringfence.portal_users p
    where p.account_id = account and p.client_id = client;
  end if;
end $$;

-- Why nothing of a client may be changed: it is archived, or being deleted; null: it may.
create or replace function fence.unusable_because(client_status text) returns text
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select case when client_status in ('ARCHIVED', 'DELETING') then 'CLIENT_' || client_status end
$$;

-- RF004 where nothing of a client may be changed. For whoever has locked its row.
create or replace function fence.require_usable(client ringfence.clients) returns void
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  if fence.unusable_because(client.status) is not null then
    raise exception '%', fence.unusable_because(client.status) using errcode = 'RF004';
  end if;
end $$;

-- Locks a client of which something is written. RF004 where nothing may be; RF006 with the field where it is not within reach.
create or replace function fence.lock_client(authority text, client uuid, field text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.clients;
begin
  select c.* into present from ringfence.clients c
  where c.account_id = substr(authority, 7, 36)::uuid and c.id = client for no key update;
  if not found or not fence.reaches_client(authority, client) then
    raise exception '%', field using errcode = 'RF006';
  end if;
  perform fence.require_usable(present);
end $$;

-- RF004 where one of some clients is being deleted: who it is given to, or taken from, decides nothing any more. For whoever
-- has locked the account.
create or replace function fence.refuse_deleting(account uuid, clients uuid[]) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  -- One by one: the planner would rather read the account by an index that has the id somewhere.
  if exists (
       select from unnest(clients) as given
       cross join lateral (select c.status from ringfence.clients c where c.account_id = account and c.id = given offset 0) c
       where c.status = 'DELETING') then
    raise exception 'CLIENT_DELETING' using errcode = 'RF004';
  end if;
end $$;

-- Before update: an archived client changes only by being restored or deleted, one that is being deleted not at all.
create or replace function fence.guard_archived_client() returns trigger
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  -- Foreign keys act as the owner: what they clear is gone, whatever state this is in.
  if (old.status = 'DELETING' or (old.status = 'ARCHIVED' and new.status = 'ARCHIVED')) and current_user <> 'ringfence_owner' then
    raise exception '%', 'CLIENT_' || old.status using errcode = 'RF004';
  end if;
  return new;
end $$;

-- After insert or update, so that the row has passed its policies and nothing is learnt about an organization or a
-- member that is not the caller's to name: the organization is not archived, the account manager is active. Definer:
-- archived organizations and members' status may be hidden from the caller. RF004, RF006.
create or replace function fence.check_client_references() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  if new.status in ('ACTIVE', 'INACTIVE') and new.organization_id is not null and (
       tg_op = 'INSERT' or new.organization_id is distinct from old.organization_id or old.status = 'ARCHIVED') then
    -- The lock keeps the organization from being archived until this transaction has ended.
    perform from ringfence.organizations
    where account_id = new.account_id and id = new.organization_id and status = 'ACTIVE' for share;
    if not found then
      raise exception 'ORGANIZATION_ARCHIVED' using errcode = 'RF004';
    end if;
  end if;
  if new.account_manager_id is not null and (
       tg_op = 'INSERT' or new.account_manager_id is distinct from old.account_manager_id) then
    perform from ringfence.member_access
    where account_id = new.account_id and member_id = new.account_manager_id and status = 'ACTIVE';
    if not found then
      raise exception 'accountManagerId' using errcode = 'RF006';
    end if;
  end if;
  return null;
end $$;

-- After insert or update: keeps the registry of contact emails. A taken one violates contact_emails_pkey. Definer: the
-- registry has no grants, so nobody can ask it about hidden clients.
create or replace function fence.register_contact_email() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  key text := case when new.status in ('ACTIVE', 'INACTIVE') then lower(new.contact_email collate "und-x-icu") end;
begin
  delete from fence.contact_emails
  where account_id = new.account_id and client_id = new.id and email_key is distinct from key;
  if key is not null and not exists (
       select from fence.contact_emails where account_id = new.account_id and client_id = new.id) then
    insert into fence.contact_emails (account_id, email_key, client_id) values (new.account_id, key, new.id);
  end if;
  return null;
end $$;

grant execute on function fence.guard_archived_client, fence.check_client_references, fence.register_contact_email
  to ringfence_owner;
grant execute on function ringfence.create_client, ringfence.change_client_status
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
