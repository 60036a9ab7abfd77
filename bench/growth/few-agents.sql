-- Another member of account 1, with the clients of the member with a set of $1, who sees three agents there. Run as ringfence_owner.

with model as (
  select m.account_id, m.id from ringfence.members m join ringfence.accounts a on a.id = m.account_id
  where a.slug = 'bench-1' and m.name = 'Set of ' || $1
), member as (
  insert into ringfence.members (account_id, name) select account_id, 'Set of ' || $1 || ', 3 agents' from model returning account_id, id
), access as (
  insert into ringfence.member_access (account_id, member_id, role, client_access, agent_access)
  select account_id, id, 'MEMBER', 'ASSIGNED', 'ASSIGNED' from member
), permissions as (
  insert into ringfence.member_permissions (account_id, member_id, permission) select account_id, id, 'VIEW_CLIENTS' from member
), clients as (
  insert into ringfence.client_assignments (account_id, member_id, client_id)
  select a.account_id, member.id, a.client_id
  from member, ringfence.client_assignments a join model on model.account_id = a.account_id and model.id = a.member_id
)
insert into ringfence.agent_assignments (account_id, client_id, member_id, stay_id)
select s.account_id, s.client_id, member.id, s.id
from member, ringfence.agent_stays s
where s.account_id = member.account_id and s.client_id in (
  select a.client_id from ringfence.client_assignments a join model on model.account_id = a.account_id and model.id = a.member_id)
order by s.id limit 3;
