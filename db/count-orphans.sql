-- Every foreign key of ours must hold for every row. Postgres checks a new key as the table's owner, under row security:
-- without the owner's policy it would declare a key valid over rows it could not see. Raises with the key and the count.

do $$
declare
  key record;
  orphans bigint;
begin
  for key in
    select c.conname, c.conrelid::regclass as child, c.confrelid::regclass as parent,
           string_agg(format('p.%I = c.%I', pa.attname, ca.attname), ' and ') as matches,
           string_agg(format('c.%I is not null', ca.attname), ' and ') as present
    from pg_constraint c
    join pg_namespace n on n.oid = c.connamespace and n.nspname in ('ringfence', 'fence')
    cross join lateral unnest(c.conkey, c.confkey) as k (child_column, parent_column)
    join pg_attribute ca on ca.attrelid = c.conrelid and ca.attnum = k.child_column
    join pg_attribute pa on pa.attrelid = c.confrelid and pa.attnum = k.parent_column
    where c.contype = 'f'
    group by c.oid, c.conname, c.conrelid, c.confrelid
  loop
    execute format('select count(*) from %s c where %s and not exists (select from %s p where %s)',
                   key.child, key.present, key.parent, key.matches) into orphans;
    if orphans > 0 then
      raise exception '% rows of % have no parent for %', orphans, key.child, key.conname;
    end if;
  end loop;
end $$;
