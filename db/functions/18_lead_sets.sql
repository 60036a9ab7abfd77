-- Of which clients somebody sees the leads: those whose lists they may see, without the ones in blind mode, whose leads come one
-- at a time. Which lists of these are closed to them comes on top (17_list_sets.sql).

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
  return array(select c from unnest(clients) c where c <> all (blind));
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
grant execute on function ringfence.member_lead_client_ids to ringfence_admin, ringfence_member_all, ringfence_member;
grant execute on function ringfence.partner_lead_client_ids to ringfence_partner_all, ringfence_partner;
