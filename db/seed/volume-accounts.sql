-- Accounts of a given size, part one: accounts load-<first> to load-<last> with ten organizations, an owner and a member
-- each. Run as ringfence_owner; the range and the password hash come in settings.

with loaded as (
  insert into ringfence.accounts (slug, name, plan_id)
  select 'load-' || n, 'Load ' || n, 'AGENCY'
  from generate_series(current_setting('ringfence.volume_first')::int, current_setting('ringfence.volume_last')::int) n
  returning id as account_id, slug
), organizations as (
  insert into ringfence.organizations (account_id, name)
  select account_id, 'Organization ' || o from loaded, generate_series(1, 10) o
), people as (
  insert into ringfence.members (account_id, name)
  select account_id, p.name from loaded, (values ('Owner'), ('Member')) p (name)
  returning account_id, id, name
), access as (
  insert into ringfence.member_access (account_id, member_id, role, client_access, agent_access)
  select account_id, id, upper(name), case name when 'Owner' then 'ALL' else 'ASSIGNED' end, 'ALL' from people
), permissions as (
  insert into ringfence.member_permissions (account_id, member_id, permission)
  select account_id, id, 'VIEW_CLIENTS' from people where name = 'Member'
)
insert into fence.logins (account_id, member_id, email, password_hash)
select p.account_id, p.id, lower(p.name) || '@' || l.slug || '.test', current_setting('ringfence.demo_password_hash')
from people p join loaded l using (account_id);
