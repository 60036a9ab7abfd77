-- The rest of account 1: organizations up to $1, and a scoped member for each size of client set in $2, with everything that
-- the works need. Run as ringfence_owner, before the clients.

with account as (
  select id from ringfence.accounts where slug = 'bench-1'
), organizations as (
  insert into ringfence.organizations (account_id, name)
  select account.id, 'Organization ' || n from account, generate_series(2, $1::int) n
), people as (
  insert into ringfence.members (account_id, name)
  select account.id, 'Set of ' || size from account, unnest($2::int[]) size
  returning account_id, id
), access as (
  insert into ringfence.member_access (account_id, member_id, role, client_access, agent_access)
  select account_id, id, 'MEMBER', 'ASSIGNED', 'ALL' from people
)
insert into ringfence.member_permissions (account_id, member_id, permission)
select account_id, id, permission
from people, unnest(array['VIEW_CLIENTS', 'CREATE_CLIENTS', 'EDIT_CLIENTS', 'ACCESS_CRM', 'MANAGE_LISTS', 'RECORD_ACTIVITY']) permission;
