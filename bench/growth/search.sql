-- Makes leads of a database of the benchmark findable, as their triggers would: those with numbers $1 to $2. Run as somebody who may do
-- everything.

select fence.index_leads(account_id, array_agg(id)) from ringfence.leads where substr(name, 6)::int between $1 and $2 group by account_id;
