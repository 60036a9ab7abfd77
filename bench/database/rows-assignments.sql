-- Gives each scoped member of account 1 as many clients as its name says, spread evenly over all of them, and those of the
-- other accounts all of theirs. Run as ringfence_owner.

insert into ringfence.client_assignments (account_id, member_id, client_id)
select m.account_id, m.id, c.id
from (select account_id, id, substr(name, 8)::int as size from ringfence.members where name like 'Set of %') m
join (
  select account_id, id, row_number() over (order by id) - 1 as position, count(*) over () as total
  from ringfence.clients where account_id = (select id from ringfence.accounts where slug = 'bench-1') and not is_house
) c on c.account_id = m.account_id
where c.position * least(m.size, c.total) / c.total <> (c.position - 1) * least(m.size, c.total) / c.total or c.position = 0;

insert into ringfence.client_assignments (account_id, member_id, client_id)
select m.account_id, m.id, c.id
from ringfence.members m join ringfence.clients c using (account_id)
where m.name = 'Member' and not c.is_house;
