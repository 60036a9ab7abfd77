-- Lists: pools of people to call, each of one client, or of the house client where it belongs to none. Lists differ in what is
-- noted of a lead (fields), in how a call with one may end (dispositions), in who works on them, and in how they are worked
-- through. What a list is about, leads, comes after it and hangs on its key.

-- A list says of itself whether it is of the house, which its key to clients proves: what a house list has to be is then a
-- check of its own row, and nobody has to be shown the house client to ask for its lists.
alter table ringfence.clients
  add constraint clients_account_id_id_is_house_key unique (account_id, id, is_house);

create table ringfence.lists (
  account_id uuid not null,
  client_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  of_house boolean not null default false,
  name text not null,
  -- Names are listed in this order; "C" so that the order is the same on every server.
  sort_name text collate "C" not null generated always as (lower(name collate "und-x-icu")) stored,
  description text,
  status text not null default 'ACTIVE',
  -- Whether it was archived because its client was, with which it is restored.
  archived_with_client boolean not null default false,
  -- Who of those who reach its client works on it: all of them, or those who are named.
  access text not null default 'ALL',
  -- What becomes of a new lead that the client has already, in whichever of its lists.
  duplicate_handling text not null default 'SKIP',
  queue_order text not null default 'OLDEST_FIRST',
  -- How often a lead is tried. Null: until something comes of it.
  maximum_attempts integer,
  -- How long a lead that was not reached rests.
  call_back_delay_minutes integer not null default 60,
  -- When leads may be called. Null for both times: all day.
  calling_days text[] not null default '{MONDAY,TUESDAY,WEDNESDAY,THURSDAY,FRIDAY,SATURDAY,SUNDAY}',
  calling_from time,
  calling_until time,
  -- Whose clock that is; a lead without a time zone of its own has the account's.
  calling_time_zone text not null default 'LEAD',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint lists_pkey primary key (account_id, id),
  -- What belongs to a list references this.
  constraint lists_account_id_client_id_id_key unique (account_id, client_id, id),
  constraint lists_client_id_fkey foreign key (account_id, client_id, of_house)
    references ringfence.clients (account_id, id, is_house) on delete cascade,
  constraint lists_name_check check (length(name) between 1 and 200 and name = btrim(name) and name !~ '[[:cntrl:]]'),
  constraint lists_description_check check (length(description) between 1 and 2000),
  constraint lists_status_check check (status in ('ACTIVE', 'ARCHIVED')),
  constraint lists_archived_with_client_check check (status = 'ARCHIVED' or not archived_with_client),
  -- Nobody is a member of the house, so that a list of it is for those who are named.
  constraint lists_access_check check (access in ('ALL', 'NAMED') and (access = 'NAMED' or not of_house)),
  constraint lists_duplicate_handling_check check (duplicate_handling in ('SKIP', 'UPDATE', 'KEEP')),
  constraint lists_queue_order_check check (queue_order in ('OLDEST_FIRST', 'NEWEST_FIRST', 'FEWEST_ATTEMPTS_FIRST')),
  constraint lists_maximum_attempts_check check (maximum_attempts between 1 and 100),
  constraint lists_call_back_delay_minutes_check check (call_back_delay_minutes between 0 and 43200),
  constraint lists_calling_days_check check (
    cardinality(calling_days) between 1 and 7 and array_position(calling_days, null) is null
    and calling_days <@ array['MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY', 'SUNDAY']),
  constraint lists_workflow_check check (
    (calling_from is null) = (calling_until is null) and (calling_from is null or calling_from < calling_until)),
  constraint lists_calling_time_zone_check check (calling_time_zone in ('LEAD', 'ACCOUNT'))
);
create index lists_sort_name_idx on ringfence.lists (account_id, sort_name, id);
create index lists_created_at_idx on ringfence.lists (account_id, created_at, id);
create index lists_client_id_sort_name_idx on ringfence.lists (account_id, client_id, sort_name, id);
-- Those that policies have to hide.
create index lists_named_idx on ringfence.lists (account_id, client_id, id) where access = 'NAMED';

-- What is noted of a lead besides what every lead has.
create table ringfence.list_fields (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  name text not null,
  name_key text collate "C" not null generated always as (lower(name collate "und-x-icu")) stored,
  -- Neither this nor unique_in_client ever changes: values are kept by the first, and registered by the second.
  type text not null,
  -- In their order; null: it is not a choice.
  choices text[],
  required boolean not null default false,
  -- Whether no other lead of the client has the same value in a field of this name that says so too.
  unique_in_client boolean not null default false,
  position integer not null,
  created_at timestamptz not null default now(),
  constraint list_fields_pkey primary key (account_id, id),
  constraint list_fields_account_id_client_id_list_id_id_key unique (account_id, client_id, list_id, id),
  -- Deferrable, so that two may swap their names in one statement.
  constraint list_fields_name_key unique (account_id, list_id, name_key) deferrable initially immediate,
  constraint list_fields_list_id_fkey foreign key (account_id, client_id, list_id)
    references ringfence.lists (account_id, client_id, id) on update cascade on delete cascade,
  constraint list_fields_name_check check (length(name) between 1 and 100 and name = btrim(name) and name !~ '[[:cntrl:]]'),
  constraint list_fields_type_check check (type in ('TEXT', 'NUMBER', 'DATE', 'BOOLEAN', 'CHOICE')),
  constraint list_fields_choices_check check (
    (type = 'CHOICE') = (choices is not null) and cardinality(choices) between 1 and 100 and array_position(choices, null) is null),
  constraint list_fields_unique_in_client_check check (not unique_in_client or type in ('TEXT', 'NUMBER', 'DATE')),
  constraint list_fields_position_check check (position > 0)
);

-- How a call with a lead may end, and the state that it puts the lead into.
create table ringfence.list_dispositions (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  name text not null,
  name_key text collate "C" not null generated always as (lower(name collate "und-x-icu")) stored,
  lead_state text not null,
  position integer not null,
  created_at timestamptz not null default now(),
  constraint list_dispositions_pkey primary key (account_id, id),
  constraint list_dispositions_account_id_client_id_list_id_id_key unique (account_id, client_id, list_id, id),
  constraint list_dispositions_name_key unique (account_id, list_id, name_key) deferrable initially immediate,
  constraint list_dispositions_list_id_fkey foreign key (account_id, client_id, list_id)
    references ringfence.lists (account_id, client_id, id) on update cascade on delete cascade,
  constraint list_dispositions_name_check check (length(name) between 1 and 100 and name = btrim(name) and name !~ '[[:cntrl:]]'),
  constraint list_dispositions_lead_state_check check (lead_state in ('NEW', 'IN_PROGRESS', 'CALL_BACK', 'WON', 'LOST')),
  constraint list_dispositions_position_check check (position > 0)
);

-- Who is named on a list. Being named widens nothing: whoever no longer reaches the client no longer reaches the list.
create table ringfence.list_members (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  member_id uuid not null,
  created_at timestamptz not null default now(),
  constraint list_members_pkey primary key (account_id, client_id, list_id, member_id),
  constraint list_members_list_id_fkey foreign key (account_id, client_id, list_id)
    references ringfence.lists (account_id, client_id, id) on update cascade on delete cascade,
  constraint list_members_member_id_fkey foreign key (account_id, member_id)
    references ringfence.members (account_id, id) on delete cascade
);
create index list_members_member_id_idx on ringfence.list_members (account_id, member_id, client_id, list_id);

-- False: the token came from a member who was narrowed by lists and blind mode. With its new member it sees no more than before:
-- open lists, and leads where blind mode is off.
alter table ringfence.access_tokens add column all_lists boolean not null default true;

-- Clients in blind mode by themselves are few; they are asked for by every policy on leads.
create index clients_blind_mode_idx on ringfence.clients (account_id, blind_mode, id);

-- No samples of what people write, for the planner's estimates to tell (see 0002).
alter table ringfence.lists
  alter column name set statistics 0,
  alter column sort_name set statistics 0,
  alter column description set statistics 0;
alter table ringfence.list_fields
  alter column name set statistics 0,
  alter column name_key set statistics 0,
  alter column choices set statistics 0;
alter table ringfence.list_dispositions
  alter column name set statistics 0,
  alter column name_key set statistics 0;
