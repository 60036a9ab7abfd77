-- The queue: leads are given one at a time to whoever works through a list, and are theirs alone for a while. What is asked of
-- millions of leads then is which comes next; so the order in which they come is in their rows, and in one index.

alter table ringfence.leads
  -- Whose attempt the last one was: a member, or a token of the account. Null: nobody tried it, or before this was kept.
  add column last_attempt_by uuid,
  -- Whose clock the calling hours are on; empty: the account's.
  add column queue_zone text collate "C" not null generated always as (coalesce(time_zone, '')) stored,
  -- Since when it waits, of a call-back from when on.
  add column queue_at timestamptz not null
    generated always as (coalesce(case when state = 'CALL_BACK' then call_back_at end, last_attempt_at, created_at)) stored;

-- Leads of a list that wait for the same thing stand together: for a time that was agreed or for their turn, on one clock, tried as
-- often. Of each such queue the first is found without reading those that rest, that were tried as often as the list
-- allows, or that sleep.
create index leads_queue_idx on ringfence.leads (account_id, list_id, state, queue_zone, attempts, queue_at, id)
  where state in ('NEW', 'IN_PROGRESS', 'CALL_BACK');
-- What somebody has begun and not ended.
create index leads_last_attempt_by_idx on ringfence.leads (account_id, list_id, last_attempt_by)
  where state in ('NEW', 'IN_PROGRESS', 'CALL_BACK') and last_attempt_by is not null;

-- Who has which lead before them. One that has run out is as none.
create table ringfence.lead_holds (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  lead_id uuid not null,
  -- A member, also through a token of theirs, or a token of the account. No key: it is of two tables.
  holder_id uuid not null,
  held_since timestamptz not null default now(),
  held_until timestamptz not null,
  constraint lead_holds_pkey primary key (account_id, lead_id),
  -- One lead at a time.
  constraint lead_holds_holder_id_key unique (account_id, holder_id),
  constraint lead_holds_lead_id_fkey foreign key (account_id, client_id, list_id, lead_id)
    references ringfence.leads (account_id, client_id, list_id, id) on update cascade on delete cascade,
  constraint lead_holds_held_until_check check (held_until > held_since)
);
create index lead_holds_lead_id_idx on ringfence.lead_holds (account_id, client_id, list_id, lead_id);
create index lead_holds_list_id_idx on ringfence.lead_holds (account_id, list_id);

-- How a call ended is part of a lead's history.
alter table ringfence.lead_changes
  drop constraint lead_changes_subject_check,
  add constraint lead_changes_subject_check check (
    subject in ('CREATED', 'NAME', 'COMPANY', 'EMAILS', 'PHONES', 'STATE', 'CALL_BACK_AT', 'TIME_ZONE', 'VALUE', 'DISPOSITION')
    and (subject = 'VALUE') = (field_name is not null));

-- No samples of what people write, for the planner's estimates to tell (see 0002).
alter table ringfence.leads alter column queue_zone set statistics 0;
