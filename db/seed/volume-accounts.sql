-- Accounts load-:low to load-:high with ten organizations, an owner and a member each. Run as ringfence_owner.

insert into ringfence.accounts (slug, name, plan_id)
select 'load-' || n, 'Load ' || n, 'AGENCY' from generate_series(:low, :high) n;

insert into ringfence.organizations (account_id, name)
select a.id, 'Organization ' || o from ringfence.accounts a, generate_series(1, 10) o
where a.slug = any (select 'load-' || n from generate_series(:low, :high) n);

with people as (
  insert into ringfence.members (account_id, name)
  select a.id, p.name from ringfence.accounts a, (values ('Owner'), ('Member')) p (name)
  where a.slug = any (select 'load-' || n from generate_series(:low, :high) n)
  returning account_id, id, name
), access as (
  insert into ringfence.member_access (account_id, member_id, role, client_access, agent_access)
  select account_id, id, upper(name), case name when 'Owner' then 'ALL' else 'ASSIGNED' end, 'ALL' from people
), permissions as (
  insert into ringfence.member_permissions (account_id, member_id, permission)
  select account_id, id, 'VIEW_CLIENTS' from people where name = 'Member'
)
insert into fence.logins (account_id, member_id, email, password_hash)
select p.account_id, p.id, lower(p.name) || '@' || a.slug || '.test', :hash
from people p join ringfence.accounts a on a.id = p.account_id;
