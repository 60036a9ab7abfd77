-- Made ready for many rows: the indexes of leads are made again after them, which is faster (finish.sql). Run as ringfence_owner.

create table ringfence.bench_indexes as
select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition
from pg_index i
where i.indrelid = 'ringfence.leads'::regclass and not exists (select from pg_constraint c where c.conindid = i.indexrelid);

do $$
declare
  index_name text;
begin
  for index_name in select name from ringfence.bench_indexes loop
    execute 'drop index ' || index_name;
  end loop;
end $$;

-- A plan without a limit that is reached, so that the limit is counted and nobody is refused.
insert into ringfence.plans (id, name, client_limit, position) values ('BENCHMARK', 'Benchmark', 100000000, 100);
