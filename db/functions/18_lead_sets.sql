-- Of which clients somebody sees the leads: those whose lists they may see, without the ones in blind mode, whose leads come one
-- at a time. Which lists of these are closed to them comes on top (17_list_sets.sql), and so does the one lead that they hold.

-- Of a member with assigned clients, or a token for some clients. Empty for everybody else.
create or replace function fence.lead_clients(identity text) returns uuid[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  clients uuid[] := fence.list_clients(identity);
  blind uuid[] := fence.blind_clients(identity);
begin
  if blind = '{}' then
    return clients;
  end if;
  return array(select c from unnest(clients) c except select b from unnest(blind) b);
end $$;

-- The lead that the principal holds: by themselves, or by the member whose token it is. Null: none, it has run out, or they do not
-- work on its list (any more).
create or replace function fence.held_lead(identity text) returns ringfence.lead_holds
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  holder uuid := fence.acting_principal(identity);
  held ringfence.lead_holds;
begin
  select h.* into held from ringfence.lead_holds h
  where h.account_id = account and h.holder_id = holder and h.held_until > now();
  if not found or not fence.works_on_list(identity, held.client_id, held.list_id) then
    return null;
  end if;
  return held;
end $$;

-- Does the principal see this lead? The same rule as the policies of leads.
create or replace function fence.reads_lead(identity text, lead ringfence.leads) returns boolean
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return fence.reads_leads_of(identity, lead.client_id, lead.list_id)
    or coalesce((fence.held_lead(identity)).lead_id = lead.id, false);
end $$;

-- The lists of a client of which somebody does not see the leads all at once: those that are hidden, also on their way to another
-- client, and in blind mode every one.
create or replace function fence.unread_lists(identity text, client uuid) returns uuid[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  if client = any (fence.blind_clients(identity)) then
    return fence.hidden_lists(identity)
      || array(select l.id from ringfence.lists l where l.account_id = substr(identity, 7, 36)::uuid and l.client_id = client);
  end if;
  return fence.hidden_lists(identity);
end $$;

-- What policies ask, one for each kind. Definers, because names on lists and assignments are not for serving roles to read.

create or replace function ringfence.member_lead_client_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'M' then fence.lead_clients(identity) else '{}' end;
end $$;

create or replace function ringfence.partner_lead_client_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'S' then fence.lead_clients(identity) else '{}' end;
end $$;

create or replace function ringfence.member_held_lead_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('L', 'M') then (fence.held_lead(identity)).lead_id end;
end $$;

create or replace function ringfence.partner_held_lead_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('T', 'S') then (fence.held_lead(identity)).lead_id end;
end $$;

-- The lists of a client whose leads the caller sees; for exports, which ask again and again whether this is still so. Definer:
-- likewise. RF001.
create or replace function ringfence.lead_list_ids(client uuid) returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return array(
    select l.id from ringfence.lists l
    where l.account_id = substr(identity, 7, 36)::uuid and l.client_id = client and fence.reads_leads_of(identity, client, l.id) order by 1);
end $$;

grant execute on function ringfence.lead_list_ids
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner, ringfence_portal;
grant execute on function ringfence.member_lead_client_ids, ringfence.member_held_lead_id
  to ringfence_admin, ringfence_member_all, ringfence_member;
grant execute on function ringfence.partner_lead_client_ids, ringfence.partner_held_lead_id to ringfence_partner_all, ringfence_partner;
