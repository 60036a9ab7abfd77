-- Segments and campaigns: which leads of a list somebody looks at again and again, and what is planned with them. Both hang on a
-- list, go with it from client to client, and end with it.

create table ringfence.segments (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  name text not null,
  -- Names are listed in this order; "C" so that the order is the same on every server.
  sort_name text collate "C" not null generated always as (lower(name collate "und-x-icu")) stored,
  -- Whose it is alone; null: of all who work with the list.
  owner_id uuid,
  -- The conditions, by their names in the API. What may stand in them is for fence.segment_condition to say.
  filter jsonb not null,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint segments_pkey primary key (account_id, id),
  -- What is planned with a segment references this.
  constraint segments_account_id_client_id_list_id_id_key unique (account_id, client_id, list_id, id),
  constraint segments_list_id_fkey foreign key (account_id, client_id, list_id)
    references ringfence.lists (account_id, client_id, id) on update cascade on delete cascade,
  -- Nobody sees what was somebody's own when they are gone.
  constraint segments_owner_id_fkey foreign key (account_id, owner_id)
    references ringfence.members (account_id, id) on delete cascade,
  constraint segments_name_check check (length(name) between 1 and 200 and name = btrim(name) and name !~ '[[:cntrl:]]'),
  -- What is read with every page of segments stays small.
  constraint segments_filter_check check (jsonb_typeof(filter) = 'object' and octet_length(filter::text) <= 65536)
);
create index segments_sort_name_idx on ringfence.segments (account_id, sort_name, id);
create index segments_created_at_idx on ringfence.segments (account_id, created_at, id);
create index segments_list_id_idx on ringfence.segments (account_id, list_id, sort_name, id);
create index segments_client_id_idx on ringfence.segments (account_id, client_id, list_id);
create index segments_owner_id_idx on ringfence.segments (account_id, owner_id) where owner_id is not null;

create table ringfence.campaigns (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  name text not null,
  sort_name text collate "C" not null generated always as (lower(name collate "und-x-icu")) stored,
  -- Null: the whole list.
  segment_id uuid,
  -- As whom one calls or writes; null: nothing was said.
  identity_id uuid,
  state text not null default 'DRAFT',
  -- Days of the account, both included; null: no end.
  starts_on date,
  ends_on date,
  -- Whether all who work on the list take part, or those who are named. Said, not told from the names: when the last one who is
  -- named is removed, nobody is left, not everybody.
  open_to_all boolean not null default true,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint campaigns_pkey primary key (account_id, id),
  constraint campaigns_account_id_client_id_list_id_id_key unique (account_id, client_id, list_id, id),
  constraint campaigns_list_id_fkey foreign key (account_id, client_id, list_id)
    references ringfence.lists (account_id, client_id, id) on update cascade on delete cascade,
  -- A segment that a campaign is about stays; with its list it goes.
  constraint campaigns_segment_id_fkey foreign key (account_id, client_id, list_id, segment_id)
    references ringfence.segments (account_id, client_id, list_id, id) on update cascade on delete no action,
  -- A campaign outlives its identity.
  constraint campaigns_identity_id_fkey foreign key (account_id, identity_id)
    references ringfence.identities (account_id, id) on delete set null (identity_id),
  constraint campaigns_name_check check (length(name) between 1 and 200 and name = btrim(name) and name !~ '[[:cntrl:]]'),
  constraint campaigns_state_check check (state in ('DRAFT', 'RUNNING', 'PAUSED', 'FINISHED')),
  constraint campaigns_starts_on_check check (starts_on between date '2000-01-01' and date '2199-12-31'),
  constraint campaigns_ends_on_check check (ends_on >= starts_on and ends_on between date '2000-01-01' and date '2199-12-31')
);
create index campaigns_sort_name_idx on ringfence.campaigns (account_id, sort_name, id);
create index campaigns_created_at_idx on ringfence.campaigns (account_id, created_at, id);
create index campaigns_list_id_idx on ringfence.campaigns (account_id, list_id, sort_name, id);
create index campaigns_client_id_idx on ringfence.campaigns (account_id, client_id, sort_name, id);
create index campaigns_segment_id_idx on ringfence.campaigns (account_id, client_id, list_id, segment_id);
create index campaigns_identity_id_idx on ringfence.campaigns (account_id, identity_id) where identity_id is not null;

-- Who is named on a campaign. Being named widens nothing: whoever no longer works on the list no longer takes part.
create table ringfence.campaign_members (
  account_id uuid not null,
  client_id uuid not null,
  list_id uuid not null,
  campaign_id uuid not null,
  member_id uuid not null,
  created_at timestamptz not null default now(),
  constraint campaign_members_pkey primary key (account_id, campaign_id, member_id),
  constraint campaign_members_campaign_id_fkey foreign key (account_id, client_id, list_id, campaign_id)
    references ringfence.campaigns (account_id, client_id, list_id, id) on update cascade on delete cascade,
  constraint campaign_members_member_id_fkey foreign key (account_id, member_id)
    references ringfence.members (account_id, id) on delete cascade
);
create index campaign_members_campaign_id_idx on ringfence.campaign_members (account_id, client_id, list_id, campaign_id);
create index campaign_members_member_id_idx on ringfence.campaign_members (account_id, member_id, campaign_id);

-- No samples of what people write, for the planner's estimates to tell (see 0002).
alter table ringfence.segments
  alter column name set statistics 0,
  alter column sort_name set statistics 0,
  alter column filter set statistics 0;
alter table ringfence.campaigns
  alter column name set statistics 0,
  alter column sort_name set statistics 0;
