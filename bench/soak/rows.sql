-- Four accounts in which every row says by its name whose it is: `a1 client 07`, `a1 client 07 lead 12`. Run as ringfence_owner.

insert into ringfence.accounts (slug, name, plan_id)
select 'a' || n, 'a' || n || ' account', 'BENCHMARK' from generate_series(1, 4) n;

insert into ringfence.organizations (account_id, name)
select id, slug || ' organization ' || k from ringfence.accounts, generate_series(1, 4) k;

-- Owner, administrator, somebody with all clients, and two with some; the last one may look, but not edit.
insert into ringfence.members (account_id, name)
select id, slug || ' ' || who from ringfence.accounts, unnest(array['owner', 'admin', 'all', 'scoped', 'looking']) who;

insert into ringfence.member_access (account_id, member_id, role, client_access, agent_access)
select account_id, id,
  case substr(name, 4) when 'owner' then 'OWNER' when 'admin' then 'ADMIN' else 'MEMBER' end,
  case when substr(name, 4) in ('scoped', 'looking') then 'ASSIGNED' else 'ALL' end, 'ALL'
from ringfence.members;

insert into ringfence.member_permissions (account_id, member_id, permission)
select account_id, id, permission from ringfence.members,
  unnest(array['VIEW_CLIENTS', 'ACCESS_CRM', 'EDIT_CLIENTS']) permission
where substr(name, 4) in ('all', 'scoped') or (substr(name, 4) = 'looking' and permission <> 'EDIT_CLIENTS');

insert into ringfence.clients (account_id, name, contact_name, contact_position, status, organization_id, account_manager_id)
select a.id, a.slug || ' client ' || to_char(k, 'FM00'), a.slug || ' client ' || to_char(k, 'FM00') || ' contact 0', 'contact 0',
  case when k % 5 = 0 then 'INACTIVE' else 'ACTIVE' end,
  case when k % 6 <> 0 then (select id from ringfence.organizations where account_id = a.id and name = a.slug || ' organization ' || 1 + k % 4) end,
  case when k % 3 <> 0 then (select id from ringfence.members where account_id = a.id and name = a.slug || ' admin') end
from ringfence.accounts a, generate_series(1, 60) k
where k <= case a.slug when 'a1' then 60 when 'a2' then 36 when 'a3' then 24 else 12 end;

-- In odd accounts the two sets overlap, in even ones they have nothing in common; those of a1 are larger than a page merges.
insert into ringfence.client_assignments (account_id, member_id, client_id)
select m.account_id, m.id, c.id
from ringfence.members m join ringfence.accounts a on a.id = m.account_id join ringfence.clients c on c.account_id = a.id and not c.is_house
cross join lateral (select substr(c.name, 11)::int as k) number
where case substr(m.name, 4)
  when 'scoped' then case when a.slug in ('a1', 'a3') then k % 3 <> 0 else k % 2 = 0 end
  when 'looking' then case when a.slug in ('a1', 'a3') then k % 3 <> 1 else k % 4 = 1 end
end;

with stays as (
  insert into ringfence.agent_stays (account_id, client_id, agent_id, agent_name, agent_kind)
  select account_id, id, gen_random_uuid(), name || ' agent ' || k, 'VOICE' from ringfence.clients, generate_series(1, 2) k
  where not is_house
  returning account_id, client_id, id, agent_id, agent_name
)
insert into ringfence.agents (account_id, client_id, id, stay_id, name, kind)
select account_id, client_id, agent_id, id, agent_name, 'VOICE' from stays;

insert into ringfence.lists (account_id, client_id, name) select account_id, id, name || ' list' from ringfence.clients where not is_house;

insert into ringfence.leads (account_id, client_id, list_id, name, state, created_at)
select c.account_id, c.id, l.id, c.name || ' lead ' || k, (array['NEW', 'IN_PROGRESS', 'WON'])[1 + k % 3],
  timestamptz '2026-01-01 00:00:00Z' + hashtext(c.id::text || k) % 40 * interval '1 hour'
from ringfence.clients c join ringfence.lists l on l.account_id = c.account_id and l.client_id = c.id, generate_series(1, 20) k;
