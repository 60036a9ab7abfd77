-- The table that only the benchmark has, in the shape every client-owned table has: the account and a never-null client in
-- each row, composite keys. Foreign key and indexes follow the rows (finish.sql). Run as ringfence_owner.

create table ringfence.leads (
  account_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  client_id uuid not null,
  name text not null,
  email text not null,
  phone text not null,
  status text not null default 'NEW',
  created_at timestamptz not null default now(),
  constraint leads_pkey primary key (account_id, id),
  constraint leads_status_check check (status in ('NEW', 'OPEN', 'CALLBACK', 'WON', 'LOST'))
);

-- A plan without a limit that is reached, so that the limit is counted and nobody is refused.
insert into ringfence.plans (id, name, client_limit, position) values ('BENCHMARK', 'Benchmark', 100000000, 100);
