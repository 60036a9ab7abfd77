-- Moving a list to another client, or to none. Its row goes at once, with fields, dispositions and names, so that from the first moment
-- it is seen by those of the new client alone; its leads follow in the background (81_list_work.sql), seen by nobody but
-- administrators until all are there.

-- After insert, or update of the client: a list's own place, which its leads reference. Definer: whoever writes lists, nobody else
-- writes this.
create or replace function fence.place_list() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into fence.list_places (account_id, client_id, list_id) values (new.account_id, new.client_id, new.id) on conflict do nothing;
  return null;
end $$;

-- Members who work on a list and do not reach a client: those who are named, and where the list is open to all who reach its own client,
-- those to whom that is assigned.
create or replace function fence.members_not_reaching(account uuid, list uuid, client uuid) returns setof uuid
language sql stable set search_path = pg_catalog, pg_temp as $$
  select m.member_id
  from ringfence.lists l
  join ringfence.member_access m on m.account_id = l.account_id and m.client_access <> 'ALL'
  where l.account_id = account and l.id = list
    and (exists (select from ringfence.list_members n
                 where n.account_id = l.account_id and n.client_id = l.client_id and n.list_id = l.id and n.member_id = m.member_id)
      or (l.access = 'ALL' and exists (
            select from ringfence.client_assignments a
            where a.account_id = l.account_id and a.client_id = l.client_id and a.member_id = m.member_id)))
    and not exists (select from ringfence.client_assignments a
                    where a.account_id = l.account_id and a.client_id = client and a.member_id = m.member_id)
$$;

-- RF012 unless everybody who works on some lists reaches the client that they go to, or are of. Its detail names the members, who are
-- nobody's secret on the team, and those of the lists that the caller sees. For whoever has locked the account, without which nobody
-- is given a client or loses one.
create or replace function fence.require_members_included(authority text, lists uuid[], client uuid) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  most constant integer := 500;
  account uuid := substr(authority, 7, 36)::uuid;
  missing uuid[] := array(
    select distinct m from unnest(lists) l cross join fence.members_not_reaching(account, l, client) m order by 1 limit most);
begin
  if missing <> '{}' then
    raise exception 'members of lists do not reach the client' using errcode = 'RF012', detail = json_build_object(
      'memberIds', missing,
      'listIds', array(
        select l from unnest(lists) l
        where exists (select from fence.members_not_reaching(account, l, client)) and fence.reaches_list(authority, l) order by 1));
  end if;
end $$;

-- A list that the caller sees, locked to be given to a client, or, with null, to none, with that and the one that it is of, in the order
-- of everybody who locks several. RF003; RF004; RF006 (id, clientId).
create or replace function fence.lock_list_to_move(authority text, list uuid, client uuid, expected_version integer) returns ringfence.lists
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  target uuid := coalesce(client, fence.house_for_list(authority));
  present ringfence.lists := fence.visible_list(authority, list, 'id');
begin
  if client is not null and not fence.reaches_client(authority, client) then
    raise exception 'clientId' using errcode = 'RF006';
  end if;
  perform from ringfence.clients c where c.account_id = account and c.id in (present.client_id, target) order by c.id for no key update;
  perform fence.require_usable(c) from ringfence.clients c where c.account_id = account and c.id in (present.client_id, target);
  -- Again, now that its client stays as it is, and whoever wrote of the list has done so.
  select l.* into present from ringfence.lists l
  where l.account_id = account and l.client_id = present.client_id and l.id = list for update;
  if not found then
    raise exception 'id' using errcode = 'RF006';
  end if;
  perform fence.require_active_list(present);
  if present.version <> expected_version then
    raise exception 'VERSION' using errcode = 'RF004';
  end if;
  return present;
end $$;

-- Takes the names off a list that is of the house now which do not fit there, and adds the caller's where they would not see it any more.
create or replace function fence.fit_names_to_house(authority text, list ringfence.lists) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  fitting uuid[] := array(
    select n.member_id from ringfence.list_members n
    where n.account_id = list.account_id and n.client_id = list.client_id and n.list_id = list.id and fence.may_be_named(list, n.member_id));
begin
  perform fence.set_list_members(authority, list, fitting);
  if not fence.reaches_list(authority, list.id) then
    perform fence.set_list_members(authority, list, fitting || fence.named_as(authority));
  end if;
end $$;

-- Gives a list to a client, or, with null, to none, and answers the job that moves its leads; null: it is there already. Whom a client in
-- blind mode keeps from its leads does not take them out of it. For whoever has locked the account (fence.lock_lists). RF003; RF004;
-- RF006 (id, clientId); RF011; RF012.
create or replace function fence.move_list(authority text, list uuid, client uuid, expected_version integer) returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  present ringfence.lists := fence.lock_list_to_move(authority, list, client, expected_version);
  target uuid := coalesce(client, fence.house_client(account));
  blind uuid[] := fence.blind_clients(authority);
begin
  if present.client_id = target then
    return null;
  elsif present.client_id = any (blind) and target <> all (blind) then
    raise exception 'BLIND_MODE' using errcode = 'RF003';
  elsif client is not null then
    perform fence.require_feature(account, 'CLIENT_ISOLATION');
    perform fence.require_members_included(authority, array[list], client);
  end if;
  update ringfence.lists l
  set client_id = target, of_house = client is null, status = 'MOVING', access = case when client is null then 'NAMED' else l.access end
  where l.account_id = account and l.id = list returning * into present;
  if present.of_house then
    perform fence.fit_names_to_house(authority, present);
  end if;
  return fence.add_list_job(authority, present, 'MOVE');
end $$;

-- As fence.move_list, by itself. Definer: no serving role writes lists. RF001; RF003; RF004; RF006 (id, clientId); RF011; RF012.
create or replace function ringfence.move_list_to_client(list uuid, client uuid, expected_version integer) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  return fence.move_list(fence.lock_lists(fence.identity()), list, client, expected_version);
end $$;

-- RF004 where leads of lists of a client are being moved, to it or away from it, or deleted: it is archived or deleted after that. For
-- whoever has locked the client.
create or replace function fence.refuse_changing_lists(client ringfence.clients) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.require_settled_list(l)
  from ringfence.lists l
  join fence.list_places p on p.account_id = l.account_id and p.list_id = l.id and p.client_id = client.id
  where l.account_id = client.account_id and l.status in ('MOVING', 'DELETING');
end $$;

grant execute on function fence.place_list to ringfence_owner;
grant execute on function ringfence.move_list_to_client
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
