-- Leads $1 to $2. The first $3 are account 1's, the others of everybody else. Client, status and time of a lead have nothing to
-- do with each other, as it is in life: each comes from its own hash of the lead's number. Run as ringfence_owner.

with account as (
  select id from ringfence.accounts where slug = 'bench-1'
), pools as materialized (
  select
    array(select c.id from ringfence.clients c, account where c.account_id = account.id and not c.is_house order by c.id) as ours,
    array(select c.id from ringfence.clients c, account where c.account_id <> account.id and not c.is_house order by c.id) as theirs,
    array(select c.account_id from ringfence.clients c, account where c.account_id <> account.id and not c.is_house order by c.id) as their_accounts
), numbers as (
  select n, n <= $3::int as is_ours,
    (hashint8extended(n, 1) & 1073741823)::int as client_hash,
    (hashint8extended(n, 2) & 1073741823)::int as status_hash,
    hashint8extended(n, 3) & 1073741823 as time_hash
  from generate_series($1::bigint, $2::bigint) n
)
insert into ringfence.leads (account_id, client_id, name, email, phone, status, created_at)
select
  case when is_ours then (select id from account) else their_accounts[1 + client_hash % cardinality(theirs)] end,
  case when is_ours then ours[1 + client_hash % cardinality(ours)] else theirs[1 + client_hash % cardinality(theirs)] end,
  'Lead ' || n, 'lead' || n || '@lead.test', '+4930' || (10000000 + n),
  (array['NEW', 'OPEN', 'CALLBACK', 'WON', 'LOST'])[1 + status_hash % 5],
  -- Two years, to the microsecond, no two alike.
  timestamptz '2026-01-01 00:00:00Z' - time_hash * interval '58.7 milliseconds' - (n % 1000) * interval '1 microsecond'
from numbers, pools;
