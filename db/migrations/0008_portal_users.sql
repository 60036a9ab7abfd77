-- People on a client's side: portal users, who sign in to see that one client. A login, and with it a session, belongs to a
-- member or to a portal user; its email is one of the account's logins either way.

create table ringfence.portal_users (
  account_id uuid not null,
  client_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  name text not null,
  -- Names are listed in this order; "C" so that the order is the same on every server.
  sort_name text collate "C" not null generated always as (lower(name collate "und-x-icu")) stored,
  -- INVITED: there is no password yet.
  status text not null default 'ACTIVE',
  -- Whether they hear recordings and see billable time of their client.
  views_recordings boolean not null default false,
  views_billable_minutes boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint portal_users_pkey primary key (account_id, id),
  constraint portal_users_account_id_client_id_id_key unique (account_id, client_id, id),
  constraint portal_users_client_id_fkey foreign key (account_id, client_id)
    references ringfence.clients (account_id, id) on delete cascade,
  constraint portal_users_name_check check (length(name) between 1 and 200 and name = btrim(name) and name !~ '[[:cntrl:]]'),
  constraint portal_users_status_check check (status in ('ACTIVE', 'INVITED'))
);
create index portal_users_sort_name_idx on ringfence.portal_users (account_id, client_id, sort_name, id);
create index portal_users_created_at_idx on ringfence.portal_users (account_id, client_id, created_at, id);

alter table fence.logins
  alter column member_id drop not null,
  add column portal_user_id uuid,
  add constraint logins_portal_user_id_fkey foreign key (account_id, portal_user_id)
    references ringfence.portal_users (account_id, id) on delete cascade,
  add constraint logins_account_id_portal_user_id_key unique (account_id, portal_user_id),
  add constraint logins_one_person_check check (num_nonnulls(member_id, portal_user_id) = 1);

alter table fence.sessions
  alter column member_id drop not null,
  add column portal_user_id uuid,
  add constraint sessions_portal_user_id_fkey foreign key (account_id, portal_user_id)
    references ringfence.portal_users (account_id, id) on delete cascade,
  add constraint sessions_one_person_check check (num_nonnulls(member_id, portal_user_id) = 1);
create index sessions_portal_user_id_idx on fence.sessions (account_id, portal_user_id);

-- No samples of what people write, for the planner's estimates to tell (see 0002).
alter table ringfence.portal_users
  alter column name set statistics 0,
  alter column sort_name set statistics 0;

-- They answer principals now, not members alone, or are asked about logins; made anew by db/functions.
drop function if exists ringfence.current_identity();
drop function if exists signin.issue(uuid, bytea, bytea, integer);
drop function if exists signin.start_session(uuid, uuid, text, bytea, bytea, integer, integer, text, text);
drop function if exists signin.refresh_session(bytea, bytea, bytea, integer, text, text);
drop function if exists signin.password_hash(uuid, uuid);
drop function if exists fence.end_sessions(uuid, uuid, uuid, text);
