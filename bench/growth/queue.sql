-- A list to work through, with $2 leads, and $1 scoped members who work on it, all of one client of account 1. Run as ringfence_owner.

with client as (
  select c.account_id, c.id from ringfence.clients c join ringfence.accounts a on a.id = c.account_id
  where a.slug = 'bench-1' and not c.is_house order by c.id limit 1
), people as (
  insert into ringfence.members (account_id, name)
  select account_id, 'Set of queue ' || n from client, generate_series(1, $1::int) n
  returning account_id, id
), access as (
  insert into ringfence.member_access (account_id, member_id, role, client_access, agent_access)
  select account_id, id, 'MEMBER', 'ASSIGNED', 'ALL' from people
), permissions as (
  insert into ringfence.member_permissions (account_id, member_id, permission) select account_id, id, 'ACCESS_CRM' from people
), assignments as (
  insert into ringfence.client_assignments (account_id, member_id, client_id)
  select p.account_id, p.id, client.id from people p, client
), list as (
  insert into ringfence.lists (account_id, client_id, name) select account_id, id, 'Queue' from client returning account_id, client_id, id
), dispositions as (
  insert into ringfence.list_dispositions (account_id, client_id, list_id, name, lead_state, position)
  select account_id, client_id, id, 'Lost', 'LOST', 1 from list
)
insert into ringfence.leads (account_id, client_id, list_id, name, state)
select account_id, client_id, id, 'Queued ' || n, 'NEW' from list, generate_series(1, $2::int) n;
