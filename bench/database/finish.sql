-- Makes the indexes of leads again that tables.sql put aside. Run as ringfence_owner.

do $$
declare
  definition text;
begin
  for definition in select b.definition from ringfence.bench_indexes b loop
    execute definition;
  end loop;
end $$;

drop table ringfence.bench_indexes;
