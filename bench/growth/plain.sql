-- Makes a copy of the benchmark's database into one as most projects have it: the identity is a plain setting, and row security is
-- off. What the policies would say stands in the queries (plain-server.ts). Who asks is a setting of the database.

set local role ringfence_definer;

create or replace function fence.identity() returns text language sql stable parallel safe as $$
  select current_setting('ringfence.identity')
$$;

create or replace function ringfence.open_session(session uuid, secret_digest bytea, expected_kind text) returns void
language plpgsql stable as $$
begin
  perform set_config('ringfence.identity', current_setting('bench.identity'), true);
end $$;

-- The same index for the same clients, and nothing that decides about rights.
create or replace function ringfence.search_leads(searched text, client uuid, list uuid) returns uuid[]
language sql stable security definer set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
  with w as materialized (select fence.search_words(searched) as wanted),
  p as materialized (select fence.wanted_pieces(w.wanted) as pieces from w)
  select array(
    select s.lead_id
    from ringfence.client_assignments a
    cross join w cross join p
    cross join lateral (
      select s.* from fence.lead_search s
      where s.pieces @> array(select fence.piece_of(a.client_id, piece) from unnest(p.pieces) piece) offset 0) s
    where a.account_id = substr(fence.identity(), 7, 36)::uuid and a.member_id = substr(fence.identity(), 43, 36)::uuid
      and s.account_id = a.account_id and s.client_id = a.client_id
      and not exists (
        select from string_to_table(w.wanted, ' ') word
        where position(case when length(word) < 3 then ' ' || word else word end in s.words) = 0)
    order by s.lead_id desc limit 2000)
$$;

set local role ringfence_owner;

do $$
declare
  fenced regclass;
begin
  for fenced in
    select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where n.nspname in ('ringfence', 'fence') and c.relkind = 'r'
  loop
    execute format('alter table %s disable row level security', fenced);
    execute format('alter table %s no force row level security', fenced);
  end loop;
end $$;
