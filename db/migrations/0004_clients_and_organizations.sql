-- What the account serves: organizations, clients (the unit of isolation), and which member works for which client.

create table ringfence.organizations (
  account_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  name text not null,
  sort_name text collate "C" not null generated always as (lower(name collate "und-x-icu")) stored,
  description text,
  website text,
  address text,
  account_manager_id uuid,
  status text not null default 'ACTIVE',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint organizations_pkey primary key (account_id, id),
  constraint organizations_account_id_fkey foreign key (account_id) references ringfence.accounts (id) on delete cascade,
  constraint organizations_account_manager_id_fkey foreign key (account_id, account_manager_id)
    references ringfence.members (account_id, id) on delete set null (account_manager_id),
  constraint organizations_name_check check (length(name) between 2 and 200 and name = btrim(name) and name !~ '[[:cntrl:]]'),
  constraint organizations_description_check check (length(description) between 1 and 2000),
  constraint organizations_website_check check (length(website) <= 500 and website ~ '^https?://'),
  constraint organizations_address_check check (length(address) between 1 and 500),
  constraint organizations_status_check check (status in ('ACTIVE', 'ARCHIVED'))
);
create index organizations_sort_name_idx on ringfence.organizations (account_id, sort_name, id);
create index organizations_created_at_idx on ringfence.organizations (account_id, created_at, id);
create index organizations_account_manager_id_idx on ringfence.organizations (account_id, account_manager_id);

create table ringfence.organization_tags (
  account_id uuid not null,
  organization_id uuid not null,
  tag text not null,
  tag_key text collate "C" not null generated always as (lower(tag collate "und-x-icu")) stored,
  constraint organization_tags_pkey primary key (account_id, organization_id, tag_key),
  constraint organization_tags_organization_id_fkey foreign key (account_id, organization_id)
    references ringfence.organizations (account_id, id) on delete cascade,
  constraint organization_tags_tag_check check (length(tag) between 1 and 50 and tag = btrim(tag) and tag !~ '[[:cntrl:]]')
);
create index organization_tags_tag_key_idx on ringfence.organization_tags (account_id, tag_key, organization_id);

create table ringfence.clients (
  account_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  -- The hidden client that owns what belongs to no client, so that client_id is never null anywhere.
  is_house boolean not null default false,
  name text not null,
  sort_name text collate "C" not null generated always as (lower(name collate "und-x-icu")) stored,
  contact_name text,
  contact_email text,
  contact_phone text,
  contact_position text,
  organization_id uuid,
  account_manager_id uuid,
  blind_mode text not null default 'INHERIT',
  status text not null default 'ACTIVE',
  -- What restoring gives back; set while archived.
  status_before_archive text,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint clients_pkey primary key (account_id, id),
  constraint clients_account_id_fkey foreign key (account_id) references ringfence.accounts (id) on delete cascade,
  constraint clients_organization_id_fkey foreign key (account_id, organization_id)
    references ringfence.organizations (account_id, id) on delete set null (organization_id),
  constraint clients_account_manager_id_fkey foreign key (account_id, account_manager_id)
    references ringfence.members (account_id, id) on delete set null (account_manager_id),
  constraint clients_name_check check (length(name) between 1 and 200 and name = btrim(name) and name !~ '[[:cntrl:]]'),
  constraint clients_contact_name_check check (length(contact_name) between 1 and 200 and contact_name !~ '[[:cntrl:]]'),
  constraint clients_contact_email_check check (
    length(contact_email) <= 254 and contact_email ~ '^[^[:space:][:cntrl:]@]+@[^[:space:][:cntrl:]@]+$'),
  constraint clients_contact_phone_check check (contact_phone ~ '^\+[1-9][0-9]{1,14}$'),
  constraint clients_contact_position_check check (length(contact_position) between 1 and 200 and contact_position !~ '[[:cntrl:]]'),
  constraint clients_blind_mode_check check (blind_mode in ('INHERIT', 'ON', 'OFF')),
  constraint clients_status_check check (status in ('ACTIVE', 'INACTIVE', 'ARCHIVED')),
  constraint clients_status_before_archive_check check (
    (status = 'ARCHIVED') = (status_before_archive is not null) and status_before_archive in ('ACTIVE', 'INACTIVE')),
  constraint clients_house_check check (not is_house or (status = 'ACTIVE' and organization_id is null and contact_email is null))
);
-- Every account has one house client.
create unique index clients_house_key on ringfence.clients (account_id) where is_house;
create index clients_sort_name_idx on ringfence.clients (account_id, sort_name, id);
create index clients_created_at_idx on ringfence.clients (account_id, created_at, id);
create index clients_organization_id_idx on ringfence.clients (account_id, organization_id);
create index clients_account_manager_id_idx on ringfence.clients (account_id, account_manager_id);

-- Contact emails that are taken, per account, by clients that are not archived. A registry without grants, written by
-- a trigger: a unique constraint on clients itself would let `insert … on conflict` ask about hidden rows.
create table fence.contact_emails (
  account_id uuid not null,
  email_key text collate "C" not null,
  client_id uuid not null,
  constraint contact_emails_pkey primary key (account_id, email_key),
  constraint contact_emails_client_id_key unique (account_id, client_id),
  constraint contact_emails_client_id_fkey foreign key (account_id, client_id)
    references ringfence.clients (account_id, id) on delete cascade
);

-- When something last happened with a client, to the hour; apart from the client's row because it changes far more often.
create table ringfence.client_activity (
  account_id uuid not null,
  client_id uuid not null,
  last_activity_at timestamptz not null,
  constraint client_activity_pkey primary key (account_id, client_id),
  constraint client_activity_client_id_fkey foreign key (account_id, client_id)
    references ringfence.clients (account_id, id) on delete cascade,
  constraint client_activity_last_activity_at_check check (mod(extract(epoch from last_activity_at), 3600) = 0)
);
create index client_activity_last_activity_at_idx on ringfence.client_activity (account_id, last_activity_at, client_id);

-- The client set of a member with client access ASSIGNED.
create table ringfence.client_assignments (
  account_id uuid not null,
  member_id uuid not null,
  client_id uuid not null,
  created_at timestamptz not null default now(),
  constraint client_assignments_pkey primary key (account_id, member_id, client_id),
  constraint client_assignments_member_id_fkey foreign key (account_id, member_id)
    references ringfence.members (account_id, id) on delete cascade,
  constraint client_assignments_client_id_fkey foreign key (account_id, client_id)
    references ringfence.clients (account_id, id) on delete cascade
);
create index client_assignments_client_id_idx on ringfence.client_assignments (account_id, client_id);

-- No samples of what people write, for the planner's estimates to tell (see 0002).
alter table ringfence.organizations
  alter column name set statistics 0,
  alter column sort_name set statistics 0,
  alter column description set statistics 0,
  alter column website set statistics 0,
  alter column address set statistics 0;
alter table ringfence.organization_tags
  alter column tag set statistics 0,
  alter column tag_key set statistics 0;
alter table ringfence.clients
  alter column name set statistics 0,
  alter column sort_name set statistics 0,
  alter column contact_name set statistics 0,
  alter column contact_email set statistics 0,
  alter column contact_phone set statistics 0,
  alter column contact_position set statistics 0;
alter table fence.contact_emails
  alter column email_key set statistics 0;
