-- Leads: people to call, each on a list and so of a client, or of the house client. What hangs on them (emails, phone numbers,
-- values of the list's fields, notes, history) carries client and list too, so that policies ask no parent.

create table ringfence.leads (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  name text not null,
  -- Names are listed in this order; "C" so that the order is the same on every server.
  sort_name text collate "C" not null generated always as (lower(name collate "und-x-icu")) stored,
  company text,
  -- What is the same for two ways to write one company (fence.company_key).
  company_key text collate "C",
  state text not null default 'NEW',
  state_before_archive text,
  call_back_at timestamptz,
  -- A sort key is never null; who is not to be called back comes last.
  call_back_key timestamptz not null generated always as (coalesce(call_back_at, timestamptz 'infinity')) stored,
  attempts integer not null default 0,
  last_attempt_at timestamptz,
  -- Null: the account's.
  time_zone text,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint leads_pkey primary key (account_id, id),
  -- What belongs to a lead references this.
  constraint leads_account_id_client_id_list_id_id_key unique (account_id, client_id, list_id, id),
  -- A list that has leads stays.
  constraint leads_list_id_fkey foreign key (account_id, client_id, list_id)
    references ringfence.lists (account_id, client_id, id) on update cascade on delete no action,
  constraint leads_name_check check (length(name) between 1 and 200 and name = btrim(name) and name !~ '[[:cntrl:]]'),
  constraint leads_company_check check (length(company) between 1 and 200 and company = btrim(company) and company !~ '[[:cntrl:]]'),
  constraint leads_company_key_check check (company_key is null or company is not null),
  constraint leads_state_check check (state in ('NEW', 'IN_PROGRESS', 'CALL_BACK', 'WON', 'LOST', 'ARCHIVED')),
  constraint leads_state_before_archive_check check (
    (state = 'ARCHIVED') = (state_before_archive is not null)
    and state_before_archive in ('NEW', 'IN_PROGRESS', 'CALL_BACK', 'WON', 'LOST')),
  constraint leads_call_back_at_check check (
    (state <> 'CALL_BACK' or call_back_at is not null) and call_back_at between timestamptz '2000-01-01 00:00:00Z' and timestamptz '2200-01-01 00:00:00Z'),
  constraint leads_attempts_check check (attempts between 0 and 100000),
  constraint leads_time_zone_check check (length(time_zone) between 1 and 100)
);
-- In each order that is often asked for: by client, which pages of a small set are merged from; by account, which is walked for a
-- large one; by list. The state, the common filter, is part of them where the order is by creation.
create index leads_client_id_state_created_at_idx on ringfence.leads (account_id, client_id, state, created_at, id);
create index leads_state_created_at_idx on ringfence.leads (account_id, state, created_at, id);
create index leads_list_id_state_created_at_idx on ringfence.leads (account_id, list_id, state, created_at, id);
create index leads_client_id_created_at_idx on ringfence.leads (account_id, client_id, created_at, id);
create index leads_created_at_idx on ringfence.leads (account_id, created_at, id);
create index leads_list_id_created_at_idx on ringfence.leads (account_id, list_id, created_at, id);
create index leads_client_id_sort_name_idx on ringfence.leads (account_id, client_id, sort_name, id);
create index leads_sort_name_idx on ringfence.leads (account_id, sort_name, id);
create index leads_list_id_sort_name_idx on ringfence.leads (account_id, list_id, sort_name, id);
create index leads_client_id_updated_at_idx on ringfence.leads (account_id, client_id, updated_at, id);
create index leads_updated_at_idx on ringfence.leads (account_id, updated_at, id);
create index leads_client_id_call_back_key_idx on ringfence.leads (account_id, client_id, call_back_key, id);
create index leads_call_back_key_idx on ringfence.leads (account_id, call_back_key, id);
-- Colleagues.
create index leads_company_key_idx on ringfence.leads (account_id, client_id, company_key, id) where company_key is not null;

create table ringfence.lead_emails (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  lead_id uuid not null,
  position integer not null,
  email text not null,
  -- Two leads with the same one are duplicates.
  email_key text collate "C" not null generated always as (lower(email collate "und-x-icu")) stored,
  -- The domain, in lower case, where it is of a company and not of a provider of mail for everybody.
  company_domain text collate "C",
  constraint lead_emails_pkey primary key (account_id, lead_id, email_key),
  constraint lead_emails_lead_id_fkey foreign key (account_id, client_id, list_id, lead_id)
    references ringfence.leads (account_id, client_id, list_id, id) on update cascade on delete cascade,
  constraint lead_emails_email_check check (length(email) between 3 and 254 and email ~ '^[^[:space:][:cntrl:]@]+@[^[:space:][:cntrl:]@]+$'),
  constraint lead_emails_company_domain_check check (length(company_domain) between 1 and 254),
  constraint lead_emails_position_check check (position > 0)
);
create index lead_emails_lead_id_idx on ringfence.lead_emails (account_id, client_id, list_id, lead_id);
create index lead_emails_email_key_idx on ringfence.lead_emails (account_id, client_id, email_key, lead_id);
create index lead_emails_company_domain_idx on ringfence.lead_emails (account_id, client_id, company_domain, lead_id)
  where company_domain is not null;

create table ringfence.lead_phones (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  lead_id uuid not null,
  position integer not null,
  -- E.164, which is one way to write each.
  phone text collate "C" not null,
  constraint lead_phones_pkey primary key (account_id, lead_id, phone),
  constraint lead_phones_lead_id_fkey foreign key (account_id, client_id, list_id, lead_id)
    references ringfence.leads (account_id, client_id, list_id, id) on update cascade on delete cascade,
  constraint lead_phones_phone_check check (phone ~ '^\+[1-9][0-9]{1,14}$'),
  constraint lead_phones_position_check check (position > 0)
);
create index lead_phones_lead_id_idx on ringfence.lead_phones (account_id, client_id, list_id, lead_id);
create index lead_phones_phone_idx on ringfence.lead_phones (account_id, client_id, phone, lead_id);

-- Values of the list's fields: one column for each kind of value, of which one is set. A choice is a text.
create table ringfence.lead_values (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  lead_id uuid not null,
  field_id uuid not null,
  text_value text,
  number_value double precision,
  date_value date,
  boolean_value boolean,
  -- Of a field that is unique in the client: the same for two values that are equal. Null: of any other field.
  unique_key text collate "C",
  constraint lead_values_pkey primary key (account_id, lead_id, field_id),
  constraint lead_values_lead_id_fkey foreign key (account_id, client_id, list_id, lead_id)
    references ringfence.leads (account_id, client_id, list_id, id) on update cascade on delete cascade,
  -- A field that leads have values in stays; with its list it goes.
  constraint lead_values_field_id_fkey foreign key (account_id, client_id, list_id, field_id)
    references ringfence.list_fields (account_id, client_id, list_id, id) on update cascade on delete no action,
  constraint lead_values_value_check check (num_nonnulls(text_value, number_value, date_value, boolean_value) = 1),
  constraint lead_values_text_value_check check (length(text_value) between 1 and 2000),
  constraint lead_values_number_value_check check (number_value between -1e15 and 1e15),
  constraint lead_values_date_value_check check (date_value between date '0001-01-01' and date '9999-12-31')
);
create index lead_values_lead_id_idx on ringfence.lead_values (account_id, client_id, list_id, lead_id);
create index lead_values_field_id_idx on ringfence.lead_values (account_id, client_id, list_id, field_id);
create index lead_values_unique_key_idx on ringfence.lead_values (account_id, client_id, unique_key, lead_id)
  where unique_key is not null;

create table ringfence.lead_notes (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  lead_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  text text not null,
  -- Who wrote it: a member, or a token of the account, which has no name here. The name stays when they go.
  author_id uuid not null,
  author_name text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  version integer not null default 1,
  constraint lead_notes_pkey primary key (account_id, id),
  constraint lead_notes_lead_id_fkey foreign key (account_id, client_id, list_id, lead_id)
    references ringfence.leads (account_id, client_id, list_id, id) on update cascade on delete cascade,
  constraint lead_notes_text_check check (length(text) between 1 and 10000)
);
create index lead_notes_list_id_idx on ringfence.lead_notes (account_id, client_id, list_id, lead_id);
create index lead_notes_lead_id_idx on ringfence.lead_notes (account_id, lead_id, created_at, id);

-- What changed about a lead: one row for each thing that did.
create table ringfence.lead_changes (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  lead_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  subject text not null,
  -- Of a value: the name of its field at that time.
  field_name text,
  from_text text,
  to_text text,
  -- As of notes.
  actor_id uuid not null,
  actor_name text,
  changed_at timestamptz not null default now(),
  constraint lead_changes_pkey primary key (account_id, id),
  constraint lead_changes_lead_id_fkey foreign key (account_id, client_id, list_id, lead_id)
    references ringfence.leads (account_id, client_id, list_id, id) on update cascade on delete cascade,
  constraint lead_changes_subject_check check (
    subject in ('CREATED', 'NAME', 'COMPANY', 'EMAILS', 'PHONES', 'STATE', 'CALL_BACK_AT', 'TIME_ZONE', 'VALUE')
    and (subject = 'VALUE') = (field_name is not null))
);
create index lead_changes_list_id_idx on ringfence.lead_changes (account_id, client_id, list_id, lead_id);
create index lead_changes_lead_id_idx on ringfence.lead_changes (account_id, lead_id, changed_at, id);

-- What is searched for: pieces of three letters of what is written about a lead, each mixed with its client. So an index over all
-- clients is as many small ones: a word that only others have in their leads is not in it, for this client, and costs what a
-- word costs that nobody has. Nobody who is served reads it.
create table fence.lead_search (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  lead_id uuid not null,
  -- Name, company, emails and phone numbers, in lower case, each between spaces.
  words text collate "C" not null,
  pieces bigint[] not null,
  constraint lead_search_pkey primary key (account_id, lead_id),
  constraint lead_search_lead_id_fkey foreign key (account_id, client_id, list_id, lead_id)
    references ringfence.leads (account_id, client_id, list_id, id) on update cascade on delete cascade
);
create index lead_search_lead_id_idx on fence.lead_search (account_id, client_id, list_id, lead_id);
-- Without a list of what is pending, which everybody's search would have to read.
create index lead_search_pieces_idx on fence.lead_search using gin (pieces) with (fastupdate = off);

-- No samples of what people write, for the planner's estimates to tell (see 0002).
alter table ringfence.leads
  alter column name set statistics 0,
  alter column sort_name set statistics 0,
  alter column company set statistics 0,
  alter column company_key set statistics 0,
  alter column time_zone set statistics 0;
alter table ringfence.lead_emails
  alter column email set statistics 0,
  alter column email_key set statistics 0,
  alter column company_domain set statistics 0;
alter table ringfence.lead_phones alter column phone set statistics 0;
alter table ringfence.lead_values
  alter column text_value set statistics 0,
  alter column number_value set statistics 0,
  alter column date_value set statistics 0,
  alter column unique_key set statistics 0;
alter table ringfence.lead_notes
  alter column text set statistics 0,
  alter column author_name set statistics 0;
alter table ringfence.lead_changes
  alter column field_name set statistics 0,
  alter column from_text set statistics 0,
  alter column to_text set statistics 0,
  alter column actor_name set statistics 0;
alter table fence.lead_search
  alter column words set statistics 0,
  alter column pieces set statistics 0;
