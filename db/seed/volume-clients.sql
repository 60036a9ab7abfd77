-- Accounts of a given size, part two: clients $3 to $4 of accounts load-$1 to load-$2, every tenth of them the member's.
-- Run as ringfence_owner, with the triggers of clients off: what they would check holds, the registry of emails is written
-- here, and a log of made-up clients is of no use.

with loaded as (
  select a.id as account_id,
    array(select o.id from ringfence.organizations o where o.account_id = a.id order by o.id) as organizations,
    (select m.id from ringfence.members m where m.account_id = a.id and m.name = 'Member') as member_id
  from ringfence.accounts a
  where a.slug = any (select 'load-' || n from generate_series($1::int, $2::int) n)
), added as (
  insert into ringfence.clients (account_id, name, contact_name, contact_email, organization_id, created_at)
  select account_id, 'Client ' || n, 'Contact ' || n, 'contact' || n || '@client.test', organizations[1 + n % 10], now() - n * interval '1 minute'
  from loaded, generate_series($3::int, $4::int) n
  returning account_id, id, name, contact_email
), registered as (
  insert into fence.contact_emails (account_id, email_key, client_id) select account_id, contact_email, id from added
)
insert into ringfence.client_assignments (account_id, member_id, client_id)
select added.account_id, loaded.member_id, added.id
from added join loaded using (account_id)
where added.name like '%0';
