-- Who pays and who works there: plans, accounts, members with what they may do, and how they sign in.

-- Plans are data, the same for every account.
create table ringfence.plans (
  id text not null,
  name text not null,
  -- Null: no limit.
  client_limit integer,
  position integer not null,
  constraint plans_pkey primary key (id),
  constraint plans_client_limit_check check (client_limit >= 0)
);

create table ringfence.plan_features (
  plan_id text not null,
  feature text not null,
  constraint plan_features_pkey primary key (plan_id, feature),
  constraint plan_features_plan_id_fkey foreign key (plan_id) references ringfence.plans (id) on delete cascade,
  constraint plan_features_feature_check check (feature in ('CLIENT_ISOLATION', 'CLIENT_IDENTITIES', 'CRM_INTEGRATIONS'))
);

insert into ringfence.plans (id, name, client_limit, position) values
  ('STARTER', 'Starter', 3, 1), ('GROWTH', 'Growth', 10, 2), ('AGENCY', 'Agency', 25, 3);
insert into ringfence.plan_features (plan_id, feature) values
  ('GROWTH', 'CLIENT_ISOLATION'),
  ('AGENCY', 'CLIENT_ISOLATION'), ('AGENCY', 'CLIENT_IDENTITIES'), ('AGENCY', 'CRM_INTEGRATIONS');

create table ringfence.accounts (
  id uuid not null default ringfence.uuidv7(),
  -- Named at sign-in where an email belongs to several accounts; never changed by the API.
  slug text not null,
  name text not null,
  plan_id text not null default 'STARTER',
  time_zone text not null default 'UTC',
  locale text not null default 'en',
  currency text not null default 'EUR',
  -- What a client with blind mode INHERIT gets.
  blind_mode boolean not null default false,
  password_minimum integer not null default 6,
  status text not null default 'ACTIVE',
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint accounts_pkey primary key (id),
  -- Safe although it spans accounts: no serving role may insert a row or change a slug.
  constraint accounts_slug_key unique (slug),
  constraint accounts_slug_check check (slug ~ '^[a-z0-9](-?[a-z0-9]){1,49}$'),
  constraint accounts_name_check check (length(name) between 1 and 200 and name = btrim(name) and name !~ '[[:cntrl:]]'),
  constraint accounts_plan_id_fkey foreign key (plan_id) references ringfence.plans (id) on delete restrict,
  constraint accounts_locale_check check (locale ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'),
  constraint accounts_currency_check check (currency ~ '^[A-Z]{3}$'),
  constraint accounts_password_minimum_check check (password_minimum between 6 and 128),
  constraint accounts_status_check check (status in ('ACTIVE', 'SUSPENDED'))
);
create index accounts_plan_id_idx on ringfence.accounts (plan_id);

-- A person on the team: only what the whole team sees.
create table ringfence.members (
  account_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  name text not null,
  -- Names are listed in this order; "C" so that the order is the same on every server.
  sort_name text collate "C" not null generated always as (lower(name collate "und-x-icu")) stored,
  job_title text,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint members_pkey primary key (account_id, id),
  constraint members_account_id_fkey foreign key (account_id) references ringfence.accounts (id) on delete cascade,
  constraint members_name_check check (length(name) between 1 and 200 and name = btrim(name) and name !~ '[[:cntrl:]]'),
  constraint members_job_title_check check (length(job_title) between 1 and 200 and job_title !~ '[[:cntrl:]]')
);
create index members_sort_name_idx on ringfence.members (account_id, sort_name, id);
create index members_created_at_idx on ringfence.members (account_id, created_at, id);

-- What a member may reach, in a table of its own because the team sees less of it than of the person.
create table ringfence.member_access (
  account_id uuid not null,
  member_id uuid not null,
  role text not null default 'MEMBER',
  client_access text not null default 'ASSIGNED',
  agent_access text not null default 'ASSIGNED',
  status text not null default 'ACTIVE',
  constraint member_access_pkey primary key (account_id, member_id),
  constraint member_access_member_id_fkey foreign key (account_id, member_id)
    references ringfence.members (account_id, id) on delete cascade,
  constraint member_access_role_check check (role in ('OWNER', 'ADMIN', 'MEMBER')),
  constraint member_access_client_access_check check (client_access in ('ALL', 'ASSIGNED')),
  constraint member_access_agent_access_check check (agent_access in ('ALL', 'ASSIGNED')),
  constraint member_access_status_check check (status in ('ACTIVE', 'INVITED', 'DISABLED')),
  -- Owners and administrators reach all clients: what decides about their set is the role alone.
  constraint member_access_role_client_access_check check (role = 'MEMBER' or client_access = 'ALL')
);

create table ringfence.member_permissions (
  account_id uuid not null,
  member_id uuid not null,
  permission text not null,
  constraint member_permissions_pkey primary key (account_id, member_id, permission),
  constraint member_permissions_member_id_fkey foreign key (account_id, member_id)
    references ringfence.members (account_id, id) on delete cascade,
  constraint member_permissions_permission_check check (permission in (
    'VIEW_CLIENTS', 'CREATE_CLIENTS', 'EDIT_CLIENTS', 'DELETE_CLIENTS', 'MANAGE_CLIENT_ORGANIZATIONS', 'EDIT_AGENTS',
    'USE_ADVANCED_EDITOR', 'RECORD_ACTIVITY', 'VIEW_RECORDINGS', 'VIEW_BILLABLE_MINUTES', 'MANAGE_BILLING',
    'ACCESS_CRM', 'MANAGE_LISTS', 'MANAGE_IDENTITIES', 'MANAGE_INTEGRATIONS', 'HANDLE_REQUESTS', 'EXPORT_DATA',
    'VIEW_AUDIT', 'MANAGE_MEMBERS', 'MANAGE_ACCESS_TOKENS', 'MANAGE_ACCOUNT'))
);

-- How somebody signs in. The password hash is an argon2id string (PHC format); null: no password yet.
create table fence.logins (
  account_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  member_id uuid not null,
  email text not null,
  email_key text collate "C" not null generated always as (lower(email collate "und-x-icu")) stored,
  password_hash text,
  last_sign_in_at timestamptz,
  created_at timestamptz not null default now(),
  constraint logins_pkey primary key (account_id, id),
  -- Never global: that would reveal other accounts' people.
  constraint logins_account_id_email_key unique (account_id, email_key),
  constraint logins_account_id_member_id_key unique (account_id, member_id),
  constraint logins_member_id_fkey foreign key (account_id, member_id)
    references ringfence.members (account_id, id) on delete cascade,
  constraint logins_email_check check (length(email) <= 254 and email ~ '^[^[:space:][:cntrl:]@]+@[^[:space:][:cntrl:]@]+$')
);
-- Signing in without naming the account.
create index logins_email_key_idx on fence.logins (email_key);

-- The planner's estimates are made from samples of every account's rows, and EXPLAIN shows them to anybody: of what people
-- write it keeps no samples.
alter table ringfence.accounts
  alter column slug set statistics 0,
  alter column name set statistics 0;
alter table ringfence.members
  alter column name set statistics 0,
  alter column sort_name set statistics 0,
  alter column job_title set statistics 0;
alter table fence.logins
  alter column email set statistics 0,
  alter column email_key set statistics 0,
  alter column password_hash set statistics 0;
