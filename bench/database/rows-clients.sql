-- Clients $1 to $2 of all $4 accounts: the first $3 are account 1's, the others go round the other accounts. Run as
-- ringfence_owner with the triggers of clients and agents off: what they would check holds, and the registry of emails is written here.

with places as (
  select n, case when n <= $3::int then 1 else 2 + n % greatest($4::int - 1, 1) end as account_number
  from generate_series($1::int, $2::int) n
), accounts as (
  select a.id, substr(a.slug, 7)::int as number, array(
    select o.id from ringfence.organizations o where o.account_id = a.id order by length(o.name), o.name) as organizations
  from ringfence.accounts a where a.slug like 'bench-%'
), added as (
  insert into ringfence.clients (account_id, name, contact_name, contact_email, contact_phone, contact_position, organization_id, created_at)
  select a.id, 'Client ' || p.n, 'Contact ' || p.n, 'contact' || p.n || '@client.test', '+4930' || (1000000 + p.n), 'Director',
    a.organizations[1 + (hashint4(p.n) & 1073741823) % cardinality(a.organizations)], timestamptz '2026-01-01 00:00:00Z' - p.n * interval '1 minute'
  from places p join accounts a on a.number = p.account_number
  returning account_id, id, name, contact_email
), registered as (
  insert into fence.contact_emails (account_id, email_key, client_id) select account_id, contact_email, id from added
), stays as (
  insert into ringfence.agent_stays (account_id, client_id, agent_id, agent_name, agent_kind)
  select added.account_id, added.id, gen_random_uuid(), 'Agent ' || k || ' of ' || added.name, 'VOICE'
  from added, generate_series(1, 5) k
  returning account_id, client_id, id, agent_id, agent_name
)
insert into ringfence.agents (account_id, client_id, id, stay_id, name, kind, status)
select account_id, client_id, agent_id, id, agent_name, 'VOICE', case when agent_name like 'Agent 5 %' then 'PAUSED' else 'ACTIVE' end
from stays;
