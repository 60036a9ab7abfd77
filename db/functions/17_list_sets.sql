-- Which lists somebody sees, and of which clients they see leads. Lists narrow the client set, never widen it, but for one thing:
-- who works for no client may be named on lists of the house. Read live, like every set.

-- By whose name on lists somebody is narrowed: members by their own, tokens by their member's. Null: by nobody's, as owners,
-- administrators, their tokens and those of the account. A token that came from somebody who was narrowed is so by its own id,
-- which no list names.
create or replace function fence.named_as(identity text) returns uuid
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  kind text := substr(identity, 6, 1);
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
  name uuid;
begin
  if kind in ('O', 'A') then
    return null;
  elsif kind in ('T', 'S') then
    select case when not t.all_lists then t.id when m.role = 'MEMBER' then m.member_id end into name
    from ringfence.access_tokens t
    left join ringfence.member_access m on m.account_id = t.account_id and m.member_id = t.member_id
    where t.account_id = account and t.id = myself;
    -- Null has to be found, not to come of a token that went away meanwhile.
    if found then
      return name;
    end if;
  end if;
  return myself;
end $$;

-- Whether somebody may work on lists of the house at all, if they are named there: whoever reaches all clients, and members who
-- have none assigned, with their tokens that are for all clients and did not come from somebody else.
create or replace function fence.may_be_of_house(identity text) returns boolean
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  kind text := substr(identity, 6, 1);
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
begin
  if kind in ('T', 'S') then
    return exists (
      select from ringfence.access_tokens t
      where t.account_id = account and t.id = myself and t.all_lists and t.all_clients and (kind = 'T' or not exists (
        select from ringfence.client_assignments a where a.account_id = account and a.member_id = t.member_id)));
  elsif kind = 'M' then
    return not exists (select from ringfence.client_assignments a where a.account_id = account and a.member_id = myself);
  end if;
  return kind in ('O', 'A', 'L');
end $$;

-- The clients whose lists a member with assigned clients, or a token for some clients, may see: theirs, and the house client
-- where they are named on a list of it. Empty for everybody else.
create or replace function fence.list_clients(identity text) returns uuid[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  kind text := substr(identity, 6, 1);
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
  member uuid;
begin
  if (kind in ('M', 'S')) is not true then
    return '{}';
  elsif fence.may_be_of_house(identity) then
    member := fence.named_as(identity);
    return array(
      select distinct n.client_id from ringfence.list_members n
      join ringfence.clients c on c.account_id = n.account_id and c.id = n.client_id and c.is_house
      where n.account_id = account and n.member_id = member);
  elsif kind = 'S' then
    return fence.partner_clients(identity);
  end if;
  return array(select a.client_id from ringfence.client_assignments a where a.account_id = account and a.member_id = myself);
end $$;

-- The lists of clients within reach that somebody is kept out of: those for named ones, where they are not named. `managing`:
-- those of the house alone, because who manages lists sees closed ones too.
create or replace function fence.closed_lists(identity text, managing boolean) returns uuid[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  member uuid := fence.named_as(identity);
  everywhere boolean := substr(identity, 6, 1) in ('L', 'T');
  clients uuid[] := fence.list_clients(identity);
begin
  if member is null then
    return '{}';
  end if;
  return array(
    select l.id from ringfence.lists l
    where l.account_id = account and l.access = 'NAMED' and (l.of_house or not managing)
      and (everywhere or l.client_id = any (clients))
      and not exists (select from ringfence.list_members n
                      where n.account_id = account and n.client_id = l.client_id and n.list_id = l.id and n.member_id = member));
end $$;

-- Whether one list of a client within reach is among the above: asked for each lead that is written, where the set would be read anew.
create or replace function fence.is_list_closed(identity text, list ringfence.lists, managing boolean) returns boolean
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  member uuid := fence.named_as(identity);
begin
  return member is not null and list.access = 'NAMED' and (list.of_house or not managing)
    and not exists (select from ringfence.list_members n
                    where n.account_id = list.account_id and n.client_id = list.client_id and n.list_id = list.id and n.member_id = member);
end $$;

-- The lists of which somebody does not see the leads: those that are closed to them, where managing lists is no reason to see these,
-- and, for all but owners and administrators, those whose leads are being moved or deleted, of both clients on the way.
create or replace function fence.hidden_lists(identity text) returns uuid[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  closed uuid[] := fence.closed_lists(identity, false);
  changing uuid[] := array(
    select l.id from ringfence.lists l where l.account_id = account and l.status in ('MOVING', 'DELETING'));
  everywhere boolean := substr(identity, 6, 1) in ('L', 'T');
  clients uuid[];
begin
  if changing = '{}' or substr(identity, 6, 1) in ('O', 'A') then
    return closed;
  end if;
  clients := fence.list_clients(identity);
  return array(
    select unnest(closed)
    union
    select p.list_id from fence.list_places p
    where p.account_id = account and p.list_id = any (changing) and (everywhere or p.client_id = any (clients)));
end $$;

-- The lists that somebody does not see themselves.
create or replace function fence.unseen_lists(identity text) returns uuid[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return fence.closed_lists(identity, position(',MANAGE_LISTS,' in substr(identity, 115)) > 0);
end $$;

-- The clients within reach in blind mode, by themselves or by the account, the house client by the account: of these somebody gets
-- leads one at a time. Empty for those whom no name narrows. Asked by every statement that reads leads, so the few clients that
-- say something else than the account are looked up first.
create or replace function fence.blind_clients(identity text) returns uuid[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  everywhere boolean := substr(identity, 6, 1) in ('L', 'T');
  by_account boolean := (select a.blind_mode from ringfence.accounts a where a.id = account);
  exceptions uuid[] := array(
    select c.id from ringfence.clients c
    where c.account_id = account and c.blind_mode = case when by_account then 'OFF' else 'ON' end);
begin
  if (exceptions = '{}' and not by_account) or fence.named_as(identity) is null then
    return '{}';
  elsif not by_account then
    return case when everywhere then exceptions else
      array(select e from unnest(exceptions) e intersect select c from unnest(fence.list_clients(identity)) c) end;
  elsif everywhere then
    return array(select c.id from ringfence.clients c where c.account_id = account and c.blind_mode <> 'OFF');
  end if;
  return array(select c from unnest(fence.list_clients(identity)) c except select e from unnest(exceptions) e);
end $$;

-- Is this client, or the house client, one whose lists the principal may see? For definer functions, which row security does not
-- narrow.
create or replace function fence.reaches_lists_of(identity text, client uuid) returns boolean
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
begin
  return case
    when substr(identity, 6, 1) in ('O', 'A', 'L', 'T') then
      exists (select from ringfence.clients c where c.account_id = account and c.id = client)
    else client = any (fence.list_clients(identity)) end;
end $$;

-- Does the principal see this list? The same rule as its policies.
create or replace function fence.reaches_list(identity text, list uuid) returns boolean
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.lists;
begin
  select l.* into present from ringfence.lists l where l.account_id = substr(identity, 7, 36)::uuid and l.id = list;
  return found
    and (position(',ACCESS_CRM,' in substr(identity, 115)) > 0 or position(',MANAGE_LISTS,' in substr(identity, 115)) > 0)
    and fence.reaches_lists_of(identity, present.client_id)
    and not fence.is_list_closed(identity, present, position(',MANAGE_LISTS,' in substr(identity, 115)) > 0);
end $$;

-- A list that the principal sees. RF006 with the field where there is none.
create or replace function fence.visible_list(identity text, list uuid, field text) returns ringfence.lists
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.lists;
begin
  select l.* into present from ringfence.lists l where l.account_id = substr(identity, 7, 36)::uuid and l.id = list;
  if not found or not fence.reaches_list(identity, list) then
    raise exception '%', field using errcode = 'RF006';
  end if;
  return present;
end $$;

-- Does the principal work with the leads of this list of this client, be it with one at a time? Those that are being moved or deleted are
-- for owners and administrators alone, as in hidden_lists.
create or replace function fence.works_on_list(identity text, client uuid, list uuid) returns boolean
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.lists;
begin
  select l.* into present
  from fence.list_places p join ringfence.lists l on l.account_id = p.account_id and l.id = p.list_id
  where p.account_id = substr(identity, 7, 36)::uuid and p.client_id = client and p.list_id = list;
  return found
    and position(',ACCESS_CRM,' in substr(identity, 115)) > 0
    and fence.reaches_lists_of(identity, client)
    and (present.status not in ('MOVING', 'DELETING') or substr(identity, 6, 1) in ('O', 'A'))
    and not fence.is_list_closed(identity, present, false);
end $$;

-- Does the principal see the leads of this list of this client, all at once? The same rule as the policies of leads.
create or replace function fence.reads_leads_of(identity text, client uuid, list uuid) returns boolean
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return fence.works_on_list(identity, client, list) and client <> all (fence.blind_clients(identity));
end $$;

-- RF004 where a list is being moved or deleted: nothing else happens to it until that is done.
create or replace function fence.require_settled_list(list ringfence.lists) returns void
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  if list.status in ('MOVING', 'DELETING') then
    raise exception 'LIST_%', list.status using errcode = 'RF004';
  end if;
end $$;

-- RF004 where a list is archived, or being moved or deleted: nothing of it is written.
create or replace function fence.require_active_list(list ringfence.lists) returns void
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  if list.status <> 'ACTIVE' then
    raise exception 'LIST_%', list.status using errcode = 'RF004';
  end if;
end $$;

-- Locks a list that something is written of, and its client before it, so that neither is archived until this transaction has
-- ended; others may write of it at the same time. RF006 with the field where it is not seen; RF004 with the reason why nothing may
-- be written.
create or replace function fence.lock_list(authority text, list uuid, field text) returns ringfence.lists
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  client ringfence.clients;
  present ringfence.lists := fence.visible_list(authority, list, field);
begin
  select c.* into client from ringfence.clients c where c.account_id = account and c.id = present.client_id for share;
  perform fence.require_usable(client);
  -- Again, now that its client stays as it is; both may have gone meanwhile.
  select l.* into present from ringfence.lists l where l.account_id = account and l.client_id = client.id and l.id = list for share;
  if not found then
    raise exception '%', field using errcode = 'RF006';
  end if;
  perform fence.require_active_list(present);
  return present;
end $$;

-- What policies ask, a pair for each kind. Null for everybody else where a set says what is hidden, so that nothing is shown to
-- whom it does not speak of. Definers, because names and assignments are not for serving roles to read.

create or replace function ringfence.member_list_client_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'M' then fence.list_clients(identity) else '{}' end;
end $$;

create or replace function ringfence.member_hidden_list_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('L', 'M') then fence.hidden_lists(identity) end;
end $$;

create or replace function ringfence.member_unseen_list_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('L', 'M') then fence.unseen_lists(identity) end;
end $$;

create or replace function ringfence.member_blind_client_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('L', 'M') then fence.blind_clients(identity) end;
end $$;

create or replace function ringfence.partner_list_client_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'S' then fence.list_clients(identity) else '{}' end;
end $$;

create or replace function ringfence.partner_hidden_list_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('T', 'S') then fence.hidden_lists(identity) end;
end $$;

create or replace function ringfence.partner_unseen_list_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('T', 'S') then fence.unseen_lists(identity) end;
end $$;

create or replace function ringfence.partner_blind_client_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('T', 'S') then fence.blind_clients(identity) end;
end $$;

grant execute on function ringfence.member_list_client_ids, ringfence.member_hidden_list_ids, ringfence.member_unseen_list_ids,
  ringfence.member_blind_client_ids to ringfence_admin, ringfence_member_all, ringfence_member;
grant execute on function ringfence.partner_list_client_ids, ringfence.partner_hidden_list_ids, ringfence.partner_unseen_list_ids,
  ringfence.partner_blind_client_ids to ringfence_partner_all, ringfence_partner;
