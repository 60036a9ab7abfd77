-- Leads $1 to $2. The first $3 are account 1's, the others of everybody else. Client, state and time of a lead have nothing to
-- do with each other, as it is in life: each comes from its own hash of the lead's number. Run as ringfence_owner.

with account as (
  select id from ringfence.accounts where slug = 'bench-1'
), pools as materialized (
  select
    array(select l.client_id from ringfence.lists l, account where l.account_id = account.id order by l.client_id) as ours,
    array(select l.id from ringfence.lists l, account where l.account_id = account.id order by l.client_id) as our_lists,
    array(select l.client_id from ringfence.lists l, account where l.account_id <> account.id order by l.client_id) as theirs,
    array(select l.id from ringfence.lists l, account where l.account_id <> account.id order by l.client_id) as their_lists,
    array(select l.account_id from ringfence.lists l, account where l.account_id <> account.id order by l.client_id) as their_accounts
), numbers as (
  select n, n <= $3::int as is_ours,
    (hashint8extended(n, 1) & 1073741823)::int as client_hash,
    (hashint8extended(n, 2) & 1073741823)::int as state_hash,
    hashint8extended(n, 3) & 1073741823 as time_hash
  from generate_series($1::bigint, $2::bigint) n
), placed as (
  select n,
    -- A word that only others have, for searches to miss.
    case when is_ours then 'Company ' else 'Quokka ' end as company,
    case when is_ours then (select id from account) else their_accounts[1 + client_hash % cardinality(theirs)] end as account_id,
    case when is_ours then ours[1 + client_hash % cardinality(ours)] else theirs[1 + client_hash % cardinality(theirs)] end as client_id,
    case when is_ours then our_lists[1 + client_hash % cardinality(ours)] else their_lists[1 + client_hash % cardinality(theirs)] end as list_id,
    (array['NEW', 'IN_PROGRESS', 'CALL_BACK', 'WON', 'LOST'])[1 + state_hash % 5] as state,
    -- Two years, to the microsecond, no two alike.
    timestamptz '2026-01-01 00:00:00Z' - time_hash * interval '58.7 milliseconds' - (n % 1000) * interval '1 microsecond' as created_at
  from numbers, pools
)
insert into ringfence.leads (account_id, client_id, list_id, name, company, company_key, state, call_back_at, created_at)
select account_id, client_id, list_id, 'Lead ' || n, company || n / 3, lower(company) || n / 3, state,
  case when state = 'CALL_BACK' then created_at + interval '1 day' end, created_at
from placed;
