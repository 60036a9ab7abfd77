-- What a client is made of, given as whole sets: the members who are assigned to it, its identities, and its lists. Each set takes
-- the permission that changing it one by one takes, and the same reach. Decided under the lock of the account's row; after it the
-- clients are locked, all of them at once and in the order of everybody who locks several, and the lists after these.

-- The ids that `parts` names under a key; null: the key is left out, and what it is about stays as it is.
create or replace function fence.selected_ids(parts jsonb, key text) returns uuid[]
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return case when parts ? key then array(select id::uuid from jsonb_array_elements_text(parts -> key) id) end;
end $$;

-- RF006 with the key and the place of the first of some ids that is none of those which are there, or are the caller's to name.
create or replace function fence.require_selectable(wanted uuid[], selectable uuid[], key text) returns void
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  place bigint := (
    select min(w.place) from unnest(wanted) with ordinality w (id, place) where w.id <> all (selectable));
begin
  if place is not null then
    -- Counted from 0, as in paths of arguments.
    raise exception '%.%', key, place - 1 using errcode = 'RF006';
  end if;
end $$;

-- Those of some lists that the caller sees.
create or replace function fence.visible_lists(authority text, wanted uuid[]) returns setof ringfence.lists
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return query
    select l.* from ringfence.lists l
    where l.account_id = substr(authority, 7, 36)::uuid and l.id = any (wanted) and fence.reaches_list(authority, l.id);
end $$;

-- Locks the members who are given a client or lose it. Before any client is locked, in the order of who asks for a lead
-- (fence.next_lead): the lead that they hold may be taken back (fence.release_lost_lead).
create or replace function fence.lock_client_members(account uuid, client uuid, members uuid[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform from ringfence.member_access m
  where m.account_id = account and m.member_id in (
    select unnest(members)
    union select a.member_id from ringfence.client_assignments a where a.account_id = account and a.client_id = client)
  order by m.member_id for no key update;
end $$;

-- Locks a client, and the clients that identities and lists come to it from, or go to: where some were chosen, others may become of none.
-- RF004; RF006 (id).
create or replace function fence.lock_client_parts(
  authority text, client uuid, identities uuid[], lists uuid[], expected_version integer) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
begin
  if not fence.reaches_client(authority, client) then
    raise exception 'id' using errcode = 'RF006';
  end if;
  perform from ringfence.clients c
  where c.account_id = account and c.id in (
    select client
    union select fence.house_client(account) where identities is not null or lists is not null
    union select i.client_id from fence.visible_identities(authority, identities) i
    union select l.client_id from fence.visible_lists(authority, lists) l)
  order by c.id for no key update;
  perform fence.lock_client(authority, client, 'id');
  if exists (select from ringfence.clients c where c.account_id = account and c.id = client and c.version <> expected_version) then
    raise exception 'VERSION' using errcode = 'RF004';
  end if;
end $$;

-- Replaces who is assigned to a client, and answers whose assignments changed. A member who reaches all clients may be assigned as
-- well: it counts when they no longer do. RF004 (OWN_MEMBER: the caller would no longer reach it); RF006 (memberIds).
create or replace function fence.set_client_members(authority text, client uuid, members uuid[]) returns uuid[]
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  before uuid[] := array(
    select a.member_id from ringfence.client_assignments a where a.account_id = account and a.client_id = client);
  added uuid[] := array(select m from unnest(members) m except select b from unnest(before) b order by 1);
  removed uuid[] := array(select b from unnest(before) b except select m from unnest(members) m order by 1);
begin
  perform fence.require_selectable(
    members, array(select m.id from ringfence.members m where m.account_id = account and m.id = any (members)), 'memberIds');
  if substr(authority, 6, 1) = 'M' and substr(authority, 43, 36)::uuid = any (removed) then
    raise exception 'OWN_MEMBER' using errcode = 'RF004';
  end if;
  perform fence.assign(account, added, array[client]);
  perform fence.unassign(account, removed, array[client]);
  return added || removed;
end $$;

-- Replaces what identities a client has: those that are not named are of no client from then on, those of others become its own. RF003
-- (REACH where the caller does not reach what is of no client); RF006 (identityIds); RF011 where the plan has no identities of
-- clients; identities_account_id_client_id_email_key_key where two would have one address.
create or replace function fence.set_client_identities(authority text, client uuid, identities uuid[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  leaving uuid[] := array(
    select i.id from ringfence.identities i where i.account_id = account and i.client_id = client and i.id <> all (identities));
  arriving uuid[] := array(select i.id from fence.visible_identities(authority, identities) i where i.client_id <> client);
begin
  perform fence.require_selectable(identities, array(select i.id from fence.visible_identities(authority, identities) i), 'identityIds');
  if leaving <> '{}' then
    perform fence.place_identities(account, leaving, fence.lock_identity_client(authority, null));
  end if;
  if arriving <> '{}' then
    perform fence.place_identities(account, arriving, fence.lock_identity_client(authority, client));
  end if;
end $$;

-- Replaces what lists a client has: those in use that are not named are of no client from then on, those of others go to it, as
-- fence.move_list says; archived ones stay where they are. RF003; RF004; RF006 (listIds); RF011; RF012 where somebody works on one of
-- those that come and does not reach the client.
create or replace function fence.set_client_lists(authority text, client uuid, lists uuid[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  leaving uuid[] := array(
    select l.id from ringfence.lists l
    where l.account_id = substr(authority, 7, 36)::uuid and l.client_id = client and l.status = 'ACTIVE' and l.id <> all (lists) order by 1);
  arriving uuid[] := array(select l.id from fence.visible_lists(authority, lists) l where l.client_id <> client order by 1);
begin
  perform fence.require_selectable(lists, array(select l.id from fence.visible_lists(authority, lists) l), 'listIds');
  -- All of them at once, so that nobody is named in a second try.
  perform fence.require_members_included(authority, arriving, client);
  perform fence.move_list(authority, l, null, null) from unnest(leaving) l;
  perform fence.move_list(authority, l, client, null) from unnest(arriving) l;
end $$;

-- Replaces what `parts` names of a client: memberIds, identityIds, listIds. Members come first: whoever works on a list that comes has to
-- be one by then, and whoever is named on one that stays has to stay too (RF012), or be taken off it before. Definer: no serving
-- role writes assignments, identities or lists. RF001; RF003; RF004; RF006 (id, memberIds.0, identityIds.0, listIds.0, …); RF011;
-- RF012; identities_account_id_client_id_email_key_key.
create or replace function ringfence.set_client_parts(client uuid, parts jsonb, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_authority(fence.identity());
  account uuid := substr(authority, 7, 36)::uuid;
  members uuid[] := fence.selected_ids(parts, 'memberIds');
  identities uuid[] := fence.selected_ids(parts, 'identityIds');
  lists uuid[] := fence.selected_ids(parts, 'listIds');
  changed uuid[] := '{}';
begin
  -- Who could not see the client could not be answered.
  perform fence.require_permission(authority, 'VIEW_CLIENTS');
  perform fence.require_permission(authority, needed.permission)
  from (values ('memberIds', 'MANAGE_MEMBERS'), ('identityIds', 'MANAGE_IDENTITIES'), ('listIds', 'MANAGE_LISTS')) needed (key, permission)
  where parts ? needed.key;

  if members is not null then
    perform fence.lock_client_members(account, client, members);
  end if;
  perform fence.lock_client_parts(authority, client, identities, lists, expected_version);
  if members is not null then
    changed := fence.set_client_members(authority, client, members);
  end if;
  if identities is not null then
    perform fence.set_client_identities(authority, client, identities);
  end if;
  if lists is not null then
    perform fence.set_client_lists(authority, client, lists);
  end if;
  if members is not null then
    perform fence.require_members_included(authority, array(
      select l.id from ringfence.lists l where l.account_id = account and l.client_id = client and l.status in ('ACTIVE', 'MOVING')), client);
  end if;
  -- Not before the lists are there: on a list of no client, names of those who get a client thereby fit no more.
  perform fence.forget_list_names(account, m) from unnest(changed) m;
end $$;

grant execute on function ringfence.set_client_parts
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
