-- Lists: creating, changing, archiving and deleting them, and who is named on them. Decided under the lock of the account's row, by
-- what the caller holds then; after it the client is locked, and after that the list, by everybody.

-- The caller's authority of this moment. RF001; RF003 without MANAGE_LISTS.
create or replace function fence.lock_lists(identity text) returns text
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_authority(identity);
begin
  perform fence.require_permission(authority, 'MANAGE_LISTS');
  return authority;
end $$;

-- A list that the caller sees, locked to be changed, archived or not. RF004: VERSION, or it is being moved or deleted, or the client is
-- archived or being deleted; RF006.
create or replace function fence.lock_list_to_change(authority text, list uuid, expected_version integer) returns ringfence.lists
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  client ringfence.clients;
  present ringfence.lists;
begin
  if not fence.reaches_list(authority, list) then
    raise exception 'id' using errcode = 'RF006';
  end if;
  select c.* into client from ringfence.clients c
  where c.account_id = account and c.id = (select l.client_id from ringfence.lists l where l.account_id = account and l.id = list)
  for share;
  perform fence.require_usable(client);
  select l.* into present from ringfence.lists l where l.account_id = account and l.client_id = client.id and l.id = list for no key update;
  -- It went with its client meanwhile.
  if not found then
    raise exception 'id' using errcode = 'RF006';
  end if;
  perform fence.require_settled_list(present);
  if present.version <> expected_version then
    raise exception 'VERSION' using errcode = 'RF004';
  end if;
  return present;
end $$;

-- A list with what is named in `changes`: left out means unchanged, null cleared. Of other columns nothing can be named.
create or replace function fence.list_with(list ringfence.lists, changes jsonb) returns ringfence.lists
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  columns constant text[] := array[
    'name', 'description', 'access', 'duplicate_handling', 'queue_order', 'maximum_attempts', 'call_back_delay_minutes', 'calling_days',
    'calling_from', 'calling_until', 'calling_time_zone'];
begin
  return jsonb_populate_record(list, (
    select coalesce(jsonb_object_agg(named.name, named.value), '{}')
    from (select lower(regexp_replace(c.key, '([A-Z])', '_\1', 'g')) as name, c.value from jsonb_each(changes) c) named
    where named.name = any (columns)));
end $$;

-- Whether a member may be named on a list: they reach its client; on one of the house, they reach all clients or have none assigned.
create or replace function fence.may_be_named(list ringfence.lists, member uuid) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return exists (select from ringfence.member_access m
                 where m.account_id = list.account_id and m.member_id = member and m.client_access = 'ALL')
    or list.of_house <> exists (
      select from ringfence.client_assignments a
      where a.account_id = list.account_id and a.member_id = member and (list.of_house or a.client_id = list.client_id));
end $$;

-- For the log: who was named on a list, and who is not any more.
create or replace function fence.audit_names(list ringfence.lists, added uuid[], removed uuid[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if added <> '{}' or removed <> '{}' then
    perform fence.write_audit(list.account_id, 'LIST_MEMBERS_CHANGED', 'LIST', list.id, list.client_id,
      jsonb_strip_nulls(jsonb_build_object('added', nullif(added, '{}'), 'removed', nullif(removed, '{}'))));
  end if;
end $$;

-- Replaces who is named on a list. Whoever is named already stays so. RF004 (OWN_MEMBER: the caller would no longer see it); RF006
-- (memberIds); lists_member_ids_check where one does not reach its client.
create or replace function fence.set_list_members(authority text, list ringfence.lists, members uuid[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  before uuid[] := array(
    select n.member_id from ringfence.list_members n
    where n.account_id = list.account_id and n.client_id = list.client_id and n.list_id = list.id order by 1);
  added uuid[] := array(select m from unnest(members) m except select b from unnest(before) b order by 1);
  removed uuid[] := array(select b from unnest(before) b except select m from unnest(members) m order by 1);
begin
  if exists (select from unnest(added) a
             where not exists (select from ringfence.members m where m.account_id = list.account_id and m.id = a)) then
    raise exception 'memberIds' using errcode = 'RF006';
  elsif exists (select from unnest(added) a where not fence.may_be_named(list, a)) then
    raise exception 'not everybody reaches the client' using errcode = 'check_violation', table = 'lists', constraint = 'lists_member_ids_check';
  elsif list.of_house and fence.named_as(authority) = any (removed) then
    raise exception 'OWN_MEMBER' using errcode = 'RF004';
  end if;
  delete from ringfence.list_members n
  where n.account_id = list.account_id and n.client_id = list.client_id and n.list_id = list.id and n.member_id = any (removed);
  insert into ringfence.list_members (account_id, client_id, list_id, member_id)
  select list.account_id, list.client_id, list.id, a from unnest(added) a;
  perform fence.audit_names(list, added, removed);
end $$;

-- Takes the names of a member from lists whose client they no longer reach, or, being given a client, from those of the house: what
-- is lost later opens nothing again; and the lead that they hold, where they no longer work on its list. For whoever has locked the
-- account and changed what a member reaches.
create or replace function fence.forget_list_names(account uuid, member uuid) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  list ringfence.lists;
begin
  for list in
    select l.* from ringfence.list_members n
    join ringfence.lists l on l.account_id = n.account_id and l.client_id = n.client_id and l.id = n.list_id
    where n.account_id = account and n.member_id = member and not fence.may_be_named(l, member)
  loop
    delete from ringfence.list_members n
    where n.account_id = account and n.client_id = list.client_id and n.list_id = list.id and n.member_id = member;
    perform fence.audit_names(list, '{}', array[member]);
  end loop;
  perform fence.release_lost_lead(account, member);
end $$;

-- Replaces the fields of a list, in their order: with the id of one that is there it is changed, without it is new, and those that
-- are not named go. One that leads have values in does not go: the key of the values refuses. RF006 (fields); lists_fields_check
-- where the type or the uniqueness of one would change; list_fields_name_key.
create or replace function fence.set_list_fields(list ringfence.lists, fields jsonb) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  given constant uuid[] := array(select (f ->> 'id')::uuid from jsonb_array_elements(fields) f where f ->> 'id' is not null);
  before jsonb := fence.rows_of_list('list_fields', list);
begin
  perform fence.require_parts('list_fields', list, given, 'fields');
  if exists (
       select from jsonb_to_recordset(fields) as f (id uuid, type text, "uniqueInClient" boolean)
       join ringfence.list_fields p on p.account_id = list.account_id and p.id = f.id
       where p.type <> f.type or p.unique_in_client <> f."uniqueInClient") then
    raise exception 'what a field is does not change' using errcode = 'check_violation', table = 'lists', constraint = 'lists_fields_check';
  end if;
  delete from ringfence.list_fields p
  where p.account_id = list.account_id and p.client_id = list.client_id and p.list_id = list.id and p.id <> all (given);
  update ringfence.list_fields p
  set name = f.name, choices = f.choices, required = f.required, position = f.place
  from rows from (jsonb_to_recordset(fields) as (id uuid, name text, choices text[], required boolean)) with ordinality
    as f (id, name, choices, required, place)
  where p.account_id = list.account_id and p.id = f.id;
  insert into ringfence.list_fields (account_id, client_id, list_id, name, type, choices, required, unique_in_client, position)
  select list.account_id, list.client_id, list.id, f.name, f.type, f.choices, f.required, f.unique_in_client, f.place
  from rows from (jsonb_to_recordset(fields) as (id uuid, name text, type text, choices text[], required boolean, "uniqueInClient" boolean))
    with ordinality as f (id, name, type, choices, required, unique_in_client, place)
  where f.id is null;
  if before is distinct from fence.rows_of_list('list_fields', list) then
    perform fence.write_audit(list.account_id, 'LIST_FIELDS_CHANGED', 'LIST', list.id, list.client_id, '{}');
  end if;
end $$;

-- Replaces the dispositions of a list, as set_list_fields. RF006 (dispositions); list_dispositions_name_key.
create or replace function fence.set_list_dispositions(list ringfence.lists, dispositions jsonb) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  given constant uuid[] := array(select (d ->> 'id')::uuid from jsonb_array_elements(dispositions) d where d ->> 'id' is not null);
  before jsonb := fence.rows_of_list('list_dispositions', list);
begin
  perform fence.require_parts('list_dispositions', list, given, 'dispositions');
  delete from ringfence.list_dispositions p
  where p.account_id = list.account_id and p.client_id = list.client_id and p.list_id = list.id and p.id <> all (given);
  update ringfence.list_dispositions p set name = d.name, lead_state = d.lead_state, position = d.place
  from rows from (jsonb_to_recordset(dispositions) as (id uuid, name text, "leadState" text)) with ordinality as d (id, name, lead_state, place)
  where p.account_id = list.account_id and p.id = d.id;
  insert into ringfence.list_dispositions (account_id, client_id, list_id, name, lead_state, position)
  select list.account_id, list.client_id, list.id, d.name, d.lead_state, d.place
  from rows from (jsonb_to_recordset(dispositions) as (id uuid, name text, "leadState" text)) with ordinality as d (id, name, lead_state, place)
  where d.id is null;
  if before is distinct from fence.rows_of_list('list_dispositions', list) then
    perform fence.write_audit(list.account_id, 'LIST_DISPOSITIONS_CHANGED', 'LIST', list.id, list.client_id, '{}');
  end if;
end $$;

-- The fields or dispositions of a list as they are, to see whether they change.
create or replace function fence.rows_of_list(part text, list ringfence.lists) returns jsonb
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  found_rows jsonb;
begin
  execute format('select jsonb_agg(to_jsonb(p) order by p.id) from ringfence.%I p where p.account_id = $1 and p.client_id = $2 and p.list_id = $3', part)
    into found_rows using list.account_id, list.client_id, list.id;
  return found_rows;
end $$;

-- RF006 with the field unless every id is one of this list's, and named once.
create or replace function fence.require_parts(part text, list ringfence.lists, ids uuid[], field text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  known bigint;
begin
  execute format('select count(*) from ringfence.%I p where p.account_id = $1 and p.client_id = $2 and p.list_id = $3 and p.id = any ($4)', part)
    into known using list.account_id, list.client_id, list.id, ids;
  if known <> cardinality(ids) then
    raise exception '%', field using errcode = 'RF006';
  end if;
end $$;

-- What `changes` says of fields, dispositions and members.
create or replace function fence.set_list_parts(authority text, list ringfence.lists, changes jsonb) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if changes ? 'fields' then
    perform fence.set_list_fields(list, changes -> 'fields');
  end if;
  if changes ? 'dispositions' then
    perform fence.set_list_dispositions(list, changes -> 'dispositions');
  end if;
  if changes ? 'memberIds' then
    perform fence.set_list_members(authority, list, array(select jsonb_array_elements_text(changes -> 'memberIds')::uuid));
  end if;
end $$;

-- The house client, for a list of it. RF003 where the caller works for certain clients.
create or replace function fence.house_for_list(authority text) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if not fence.may_be_of_house(authority) then
    raise exception '%', case when substr(authority, 6, 1) = 'S' then 'FIXED_CLIENTS' else 'REACH' end using errcode = 'RF003';
  end if;
  return fence.house_client(substr(authority, 7, 36)::uuid);
end $$;

-- Creates a list of a client, or, with null, of none, and answers its id. Who creates one of the house is named on it. Definer: no
-- serving role writes lists, the plan is not everybody's to read, and a house list is not seen before somebody is named on it.
-- RF001; RF003; RF004; RF006 (clientId, memberIds); RF011.
create or replace function ringfence.create_list(client uuid, details jsonb) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_lists(fence.identity());
  added ringfence.lists := fence.list_with(null::ringfence.lists, details);
begin
  added.account_id := substr(authority, 7, 36)::uuid;
  added.of_house := client is null;
  if added.of_house then
    added.client_id := fence.house_for_list(authority);
  else
    perform fence.lock_client(authority, client, 'clientId');
    perform fence.require_feature(added.account_id, 'CLIENT_ISOLATION');
    added.client_id := client;
  end if;
  insert into ringfence.lists (account_id, client_id, of_house, name, description, access, duplicate_handling, queue_order, maximum_attempts,
    call_back_delay_minutes, calling_days, calling_from, calling_until, calling_time_zone)
  values (added.account_id, added.client_id, added.of_house, added.name, added.description, added.access, added.duplicate_handling,
    added.queue_order, added.maximum_attempts, added.call_back_delay_minutes, added.calling_days, added.calling_from, added.calling_until,
    added.calling_time_zone)
  returning * into added;
  perform fence.set_list_parts(authority, added, details);
  if not fence.reaches_list(authority, added.id) then
    perform fence.set_list_members(authority, added, array(
      select n.member_id from ringfence.list_members n
      where n.account_id = added.account_id and n.client_id = added.client_id and n.list_id = added.id) || fence.named_as(authority));
  end if;
  return added.id;
end $$;

-- Changes what is named in `changes`: name, description, access, duplicateHandling, the workflow, fields, dispositions, memberIds.
-- Definer: as create_list. RF001; RF003; RF004 (LIST_ARCHIVED, …); RF006.
create or replace function ringfence.update_list(list uuid, changes jsonb, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_lists(fence.identity());
  present ringfence.lists := fence.lock_list_to_change(authority, list, expected_version);
begin
  perform fence.require_active_list(present);
  present := fence.list_with(present, changes);
  update ringfence.lists l
  set name = present.name, description = present.description, access = present.access, duplicate_handling = present.duplicate_handling,
      queue_order = present.queue_order, maximum_attempts = present.maximum_attempts,
      call_back_delay_minutes = present.call_back_delay_minutes, calling_days = present.calling_days,
      calling_from = present.calling_from, calling_until = present.calling_until, calling_time_zone = present.calling_time_zone
  where l.account_id = present.account_id and l.id = list;
  perform fence.set_list_parts(authority, present, changes);
  if changes ?| array['access', 'memberIds'] then
    perform fence.release_lost_leads_of(present);
  end if;
end $$;

-- ARCHIVE or RESTORE. Definer: no serving role writes lists. RF001; RF003; RF004 (LIST_ARCHIVED, LIST_NOT_ARCHIVED, …); RF006.
create or replace function ringfence.change_list_status(list uuid, transition text, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_lists(fence.identity());
  present ringfence.lists := fence.lock_list_to_change(authority, list, expected_version);
begin
  if (transition in ('ARCHIVE', 'RESTORE')) is not true then
    raise exception 'no such transition' using errcode = 'invalid_parameter_value';
  elsif (present.status = 'ARCHIVED') = (transition = 'ARCHIVE') then
    raise exception '%', case transition when 'ARCHIVE' then 'LIST_ARCHIVED' else 'LIST_NOT_ARCHIVED' end using errcode = 'RF004';
  end if;
  update ringfence.lists l
  set status = case transition when 'ARCHIVE' then 'ARCHIVED' else 'ACTIVE' end, archived_with_client = false
  where l.account_id = present.account_id and l.id = list;
end $$;

-- Has a list deleted with all that belongs to it, and answers the job that does it: at once where it has no leads, else in the
-- background, and from now on nobody but administrators sees these. Definer: no serving role deletes. RF001; RF003; RF004; RF006;
-- lists_confirm_name_check where that is not its name.
create or replace function ringfence.delete_list(list uuid, confirm_name text, expected_version integer) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_lists(fence.identity());
  present ringfence.lists := fence.lock_list_to_change(authority, list, expected_version);
begin
  if (normalize(confirm_name) = normalize(present.name)) is not true then
    raise exception 'that is not its name' using errcode = 'check_violation', table = 'lists', constraint = 'lists_confirm_name_check';
  end if;
  update ringfence.lists l set status = 'DELETING', archived_with_client = false
  where l.account_id = present.account_id and l.id = list returning * into present;
  return fence.add_list_job(authority, present, 'DELETION');
end $$;

-- Archives the active lists of a client that is archived or to be deleted, or gives back those that were archived with it. For
-- whoever has locked the client.
create or replace function fence.archive_lists_with(client ringfence.clients) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  update ringfence.lists l set status = 'ARCHIVED', archived_with_client = true
  where l.account_id = client.account_id and l.client_id = client.id and l.status = 'ACTIVE';
end $$;

create or replace function fence.restore_lists_with(client ringfence.clients) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  update ringfence.lists l set status = 'ACTIVE', archived_with_client = false
  where l.account_id = client.account_id and l.client_id = client.id and l.archived_with_client;
end $$;

grant execute on function ringfence.create_list, ringfence.update_list, ringfence.change_list_status, ringfence.delete_list
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
