-- The fence as a PostGraphile project would write it: the identity in plain settings that the API sets (pgSettings), policies
-- of the same shape on the same tables, the set of clients read live from the assignments. Run as ringfence_owner.

drop schema if exists peer cascade;
create schema peer;
grant usage on schema peer to bench_peer, ringfence_definer;
-- A function can only be given to a role that may create in its schema.
grant create on schema peer to ringfence_definer;
grant usage on schema ringfence to bench_peer, bench_peer_login;
grant usage on schema peer to bench_peer_login;

-- The files of functions run as the definer of the fence: the gate refuses definer functions of anybody else.
set local role ringfence_definer;

create function peer.account_id() returns uuid language sql stable parallel safe as $$
  select current_setting('peer.account_id')::uuid
$$;
create function peer.member_id() returns uuid language sql stable parallel safe as $$
  select current_setting('peer.member_id')::uuid
$$;
create function peer.has_permission(permission text) returns boolean language sql stable parallel safe as $$
  select position(',' || permission || ',' in current_setting('peer.permissions')) > 0
$$;

-- Definer, because policies on the assignments would ask for the set of clients again.
create function peer.client_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := peer.account_id();
  member uuid := peer.member_id();
begin
  return array(select client_id from ringfence.client_assignments where account_id = account and member_id = member);
end $$;

create function peer.organization_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := peer.account_id();
  member uuid := peer.member_id();
begin
  return array(
    select distinct c.organization_id
    from ringfence.client_assignments a
    join ringfence.clients c on c.account_id = a.account_id and c.id = a.client_id
    where a.account_id = account and a.member_id = member and c.organization_id is not null);
end $$;

-- Definers likewise: which agents of the clients a member sees.
create function peer.sees_all_agents() returns boolean
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := peer.account_id();
  member uuid := peer.member_id();
begin
  return exists (select from ringfence.member_access where account_id = account and member_id = member and agent_access = 'ALL');
end $$;

create function peer.stay_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := peer.account_id();
  member uuid := peer.member_id();
begin
  return array(select stay_id from ringfence.agent_assignments where account_id = account and member_id = member);
end $$;

-- The same work as ringfence.create_client: permission, the lock of the account's row, the plan counted, the row, the
-- creator's assignment; the triggers of clients write the audit entry.
create function peer.create_client(
  name text, contact_name text, contact_email text, contact_phone text, contact_position text, organization_id uuid)
returns ringfence.clients
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := peer.account_id();
  member uuid := peer.member_id();
  created ringfence.clients;
begin
  if not (peer.has_permission('CREATE_CLIENTS') and peer.has_permission('VIEW_CLIENTS')) then
    raise exception 'CREATE_CLIENTS' using errcode = 'RF003';
  end if;
  perform fence.require_room_for_client(account);
  if organization_id is not null and not exists (
       select from ringfence.clients c join ringfence.client_assignments a on a.account_id = c.account_id and a.client_id = c.id
       where c.account_id = account and c.organization_id = create_client.organization_id and a.member_id = member) then
    raise exception 'organizationId' using errcode = 'RF006';
  end if;
  insert into ringfence.clients (account_id, name, contact_name, contact_email, contact_phone, contact_position, organization_id)
  values (account, create_client.name, create_client.contact_name, create_client.contact_email, create_client.contact_phone,
          create_client.contact_position, create_client.organization_id)
  returning * into created;
  insert into ringfence.client_assignments (account_id, member_id, client_id) values (account, member, created.id);
  perform fence.write_audit(account, 'CLIENT_ASSIGNED', 'MEMBER', member, created.id, '{}');
  return created;
end $$;

revoke execute on all functions in schema peer from public;
grant execute on all functions in schema peer to bench_peer;

set local role ringfence_owner;
grant select on ringfence.clients, ringfence.organizations, ringfence.agents, ringfence.leads to bench_peer;

create policy peer on ringfence.clients for select to bench_peer
  using (account_id = (select current_setting('peer.account_id')::uuid) and id = any ((select peer.client_ids())::uuid[])
    and not is_house and (select peer.has_permission('VIEW_CLIENTS')));
create policy peer on ringfence.organizations for select to bench_peer
  using (account_id = (select current_setting('peer.account_id')::uuid) and id = any ((select peer.organization_ids())::uuid[])
    and (select peer.has_permission('VIEW_CLIENTS')));
create policy peer on ringfence.agents for select to bench_peer
  using (account_id = (select current_setting('peer.account_id')::uuid) and client_id = any ((select peer.client_ids())::uuid[])
    and (select peer.has_permission('VIEW_CLIENTS'))
    and ((select peer.sees_all_agents()) or stay_id = any ((select peer.stay_ids())::uuid[])));
create policy peer on ringfence.leads for select to bench_peer
  using (account_id = (select current_setting('peer.account_id')::uuid) and client_id = any ((select peer.client_ids())::uuid[])
    and (select peer.has_permission('ACCESS_CRM')));
