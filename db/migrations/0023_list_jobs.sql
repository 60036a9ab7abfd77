-- Lists that move to another client, and lists that are deleted with their leads: more rows than one transaction should write. The
-- list goes at once, or is locked at once, and its leads follow in the background, some at a time.

-- Of which clients leads of a list may be: the list's own, and while it moves the one that it leaves. Leads reference this instead of
-- lists, so that those that have not followed yet are somewhere.
create table fence.list_places (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  constraint list_places_pkey primary key (account_id, client_id, list_id),
  -- Without the client: the list moves, what it leaves stays for a while.
  constraint list_places_list_id_fkey foreign key (account_id, list_id)
    references ringfence.lists (account_id, id) on delete cascade,
  constraint list_places_client_id_fkey foreign key (account_id, client_id)
    references ringfence.clients (account_id, id) on delete cascade
);
create index list_places_list_id_idx on fence.list_places (account_id, list_id, client_id);

insert into fence.list_places (account_id, client_id, list_id) select l.account_id, l.client_id, l.id from ringfence.lists l;

-- A list that has leads stays, and so does a place.
alter table ringfence.leads
  drop constraint leads_list_id_fkey,
  add constraint leads_list_id_fkey foreign key (account_id, client_id, list_id)
    references fence.list_places (account_id, client_id, list_id) on delete no action;

-- Fields move with their list, before the values of its leads: these keep to their list, and to the client of their lead.
alter table ringfence.list_fields add constraint list_fields_account_id_list_id_id_key unique (account_id, list_id, id);
alter table ringfence.lead_values
  drop constraint lead_values_field_id_fkey,
  add constraint lead_values_field_id_fkey foreign key (account_id, list_id, field_id)
    references ringfence.list_fields (account_id, list_id, id) on delete no action;
drop index ringfence.lead_values_field_id_idx;
create index lead_values_field_id_idx on ringfence.lead_values (account_id, list_id, field_id);

alter table ringfence.lists
  drop constraint lists_status_check,
  add constraint lists_status_check check (status in ('ACTIVE', 'ARCHIVED', 'MOVING', 'DELETING'));
-- Whose leads policies have to hide for now.
create index lists_changing_idx on ringfence.lists (account_id, id) where status in ('MOVING', 'DELETING');

-- One row for each list that was moved or deleted, and for how far its leads have followed. It says nothing of the client that a list
-- left, which is not for those to know who reach the other one.
create table ringfence.list_jobs (
  account_id uuid not null,
  -- Where the list is, and of a deleted one, where it was; the house client where it is of none.
  client_id uuid not null,
  of_house boolean not null,
  id uuid not null default ringfence.uuidv7(),
  kind text not null,
  -- Without a foreign key: a list that is deleted goes, this stays.
  list_id uuid not null,
  list_name text not null,
  -- The member, or the token; without a foreign key, as in the log.
  requested_by uuid not null,
  -- RETRYING: the last try failed. There is no state of having given up.
  state text not null default 'QUEUED',
  -- Leads. Null: nobody has counted yet.
  done bigint not null default 0,
  total bigint,
  -- Of a list that moved: its leads that the client had already. Null: nobody has counted yet, or it was deleted.
  duplicates bigint,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  finished_at timestamptz,
  constraint list_jobs_pkey primary key (account_id, id),
  constraint list_jobs_client_id_fkey foreign key (account_id, client_id, of_house)
    references ringfence.clients (account_id, id, is_house) on delete cascade,
  constraint list_jobs_kind_check check (kind in ('MOVE', 'DELETION')),
  constraint list_jobs_list_name_check check (length(list_name) between 1 and 200),
  constraint list_jobs_state_check check (state in ('QUEUED', 'RUNNING', 'RETRYING', 'DONE')),
  constraint list_jobs_done_check check (done between 0 and coalesce(total, 0)),
  constraint list_jobs_duplicates_check check (duplicates is null or (duplicates >= 0 and kind = 'MOVE')),
  constraint list_jobs_finished_at_check check ((finished_at is null) = (state <> 'DONE'))
);
create index list_jobs_client_id_idx on ringfence.list_jobs (account_id, client_id, id);
create index list_jobs_list_id_idx on ringfence.list_jobs (account_id, list_id, id);
-- One thing at a time becomes of a list.
create unique index list_jobs_unfinished_key on ringfence.list_jobs (account_id, list_id) where state <> 'DONE';

-- No samples of what people write, for the planner's estimates to tell (see 0002).
alter table ringfence.list_jobs alter column list_name set statistics 0;
