-- Accounts $1 to $2, each with an owner, a scoped member and an organization. Run as ringfence_owner.

with added as (
  insert into ringfence.accounts (slug, name, plan_id)
  select 'bench-' || n, 'Account ' || n, 'BENCHMARK' from generate_series($1::int, $2::int) n
  returning id as account_id
), organizations as (
  insert into ringfence.organizations (account_id, name) select account_id, 'Organization 1' from added
), people as (
  insert into ringfence.members (account_id, name)
  select account_id, name from added, (values ('Owner'), ('Member')) person (name)
  returning account_id, id, name
)
insert into ringfence.member_access (account_id, member_id, role, client_access, agent_access)
select account_id, id, upper(name), case name when 'Owner' then 'ALL' else 'ASSIGNED' end, 'ALL' from people;
