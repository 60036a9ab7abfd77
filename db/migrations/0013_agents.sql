-- Agents: software that calls or chats, each for exactly one client at a time. An agent may move, what it did stays where it
-- happened: history references a stay (an agent's time with a client), which belongs to that client and outlives both the
-- agent and its other clients.

-- One row per time that an agent works for a client.
create table ringfence.agent_stays (
  account_id uuid not null,
  client_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  -- Whose it is, or was: without a foreign key, because the stay outlives the agent, and so that nothing here tells whether an
  -- agent that went elsewhere is still there.
  agent_id uuid not null,
  -- Follow the agent while it is here, and are kept as they were when it left.
  agent_name text not null,
  agent_kind text not null,
  -- From when on; null: since there is the agent, whenever what it reports began.
  started_at timestamptz,
  -- Until when, not included; null: still.
  ended_at timestamptz,
  created_at timestamptz not null default now(),
  constraint agent_stays_pkey primary key (account_id, id),
  -- What happened references the first, the agent that is here the second.
  constraint agent_stays_account_id_client_id_id_key unique (account_id, client_id, id),
  constraint agent_stays_account_id_client_id_id_agent_id_key unique (account_id, client_id, id, agent_id),
  constraint agent_stays_client_id_fkey foreign key (account_id, client_id)
    references ringfence.clients (account_id, id) on delete cascade,
  constraint agent_stays_agent_name_check check (length(agent_name) between 1 and 200),
  constraint agent_stays_agent_kind_check check (agent_kind in ('VOICE', 'CHAT')),
  constraint agent_stays_ended_at_check check (ended_at >= started_at)
);
-- An agent is in one place.
create unique index agent_stays_present_key on ringfence.agent_stays (account_id, agent_id) where ended_at is null;
create index agent_stays_agent_id_idx on ringfence.agent_stays (account_id, agent_id, started_at);

create table ringfence.agents (
  account_id uuid not null,
  client_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  -- Where it is; the key below says that this is its own stay, with its client.
  stay_id uuid not null,
  name text not null,
  -- Names are listed in this order; "C" so that the order is the same on every server.
  sort_name text collate "C" not null generated always as (lower(name collate "und-x-icu")) stored,
  kind text not null,
  status text not null default 'DRAFT',
  -- Whether the platform that runs it lets anybody talk to it. Here nobody sees more of it for that.
  is_public boolean not null default false,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint agents_pkey primary key (account_id, id),
  -- What follows it references, so that it follows.
  constraint agents_account_id_client_id_stay_id_id_key unique (account_id, client_id, stay_id, id),
  constraint agents_client_id_fkey foreign key (account_id, client_id)
    references ringfence.clients (account_id, id) on delete cascade,
  constraint agents_stay_id_fkey foreign key (account_id, client_id, stay_id, id)
    references ringfence.agent_stays (account_id, client_id, id, agent_id) on delete no action,
  constraint agents_name_check check (length(name) between 1 and 200 and name = btrim(name) and name !~ '[[:cntrl:]]'),
  constraint agents_kind_check check (kind in ('VOICE', 'CHAT')),
  constraint agents_status_check check (status in ('DRAFT', 'ACTIVE', 'PAUSED'))
);

create index agents_sort_name_idx on ringfence.agents (account_id, sort_name, id);
create index agents_created_at_idx on ringfence.agents (account_id, created_at, id);
create index agents_client_id_sort_name_idx on ringfence.agents (account_id, client_id, sort_name, id);

-- Telephone numbers that are taken, per account. A registry without grants, like that of contact emails.
create table fence.phone_numbers (
  account_id uuid not null,
  phone_number text collate "C" not null,
  agent_id uuid not null,
  constraint phone_numbers_pkey primary key (account_id, phone_number),
  constraint phone_numbers_agent_id_fkey foreign key (account_id, agent_id)
    references ringfence.agents (account_id, id) on delete cascade
);
create index phone_numbers_agent_id_idx on fence.phone_numbers (account_id, agent_id);

-- What follows an agent to another client has its client in the key, which moves along.
create table ringfence.agent_phone_numbers (
  account_id uuid not null,
  client_id uuid not null,
  agent_id uuid not null,
  stay_id uuid not null,
  -- E.164.
  phone_number text collate "C" not null,
  constraint agent_phone_numbers_pkey primary key (account_id, agent_id, phone_number),
  constraint agent_phone_numbers_agent_id_fkey foreign key (account_id, client_id, stay_id, agent_id)
    references ringfence.agents (account_id, client_id, stay_id, id) on update cascade on delete cascade,
  constraint agent_phone_numbers_phone_number_check check (phone_number ~ '^\+[1-9][0-9]{1,14}$')
);

-- The configuration of an agent, in two parts that not everybody may see. Each saved version is a row; the latest is in force.
create table ringfence.agent_configurations (
  account_id uuid not null,
  client_id uuid not null,
  agent_id uuid not null,
  stay_id uuid not null,
  number integer not null,
  settings jsonb not null,
  -- Who saved it, by name: people come and go. Null: it was a partner token of the account.
  saved_by text,
  saved_at timestamptz not null default now(),
  constraint agent_configurations_pkey primary key (account_id, agent_id, number),
  constraint agent_configurations_agent_id_fkey foreign key (account_id, client_id, stay_id, agent_id)
    references ringfence.agents (account_id, client_id, stay_id, id) on update cascade on delete cascade,
  constraint agent_configurations_number_check check (number > 0),
  -- A backstop: what is allowed, the server says before, in bytes of the JSON that was sent, of which jsonb makes more.
  constraint agent_configurations_settings_check check (jsonb_typeof(settings) = 'object' and octet_length(settings::text) <= 131072),
  constraint agent_configurations_saved_by_check check (length(saved_by) <= 200)
);
create table ringfence.agent_advanced_configurations (
  account_id uuid not null,
  client_id uuid not null,
  agent_id uuid not null,
  stay_id uuid not null,
  number integer not null,
  settings jsonb not null,
  saved_by text,
  saved_at timestamptz not null default now(),
  constraint agent_advanced_configurations_pkey primary key (account_id, agent_id, number),
  constraint agent_advanced_configurations_agent_id_fkey foreign key (account_id, client_id, stay_id, agent_id)
    references ringfence.agents (account_id, client_id, stay_id, id) on update cascade on delete cascade,
  constraint agent_advanced_configurations_number_check check (number > 0),
  constraint agent_advanced_configurations_settings_check
    check (jsonb_typeof(settings) = 'object' and octet_length(settings::text) <= 524288),
  constraint agent_advanced_configurations_saved_by_check check (length(saved_by) <= 200)
);

-- Which agents a member with agent access ASSIGNED sees: by stay, so that they see what it did here and not elsewhere.
create table ringfence.agent_assignments (
  account_id uuid not null,
  client_id uuid not null,
  member_id uuid not null,
  stay_id uuid not null,
  created_at timestamptz not null default now(),
  constraint agent_assignments_pkey primary key (account_id, member_id, stay_id),
  constraint agent_assignments_member_id_fkey foreign key (account_id, member_id)
    references ringfence.members (account_id, id) on delete cascade,
  constraint agent_assignments_stay_id_fkey foreign key (account_id, client_id, stay_id)
    references ringfence.agent_stays (account_id, client_id, id) on delete cascade
);
create index agent_assignments_stay_id_idx on ringfence.agent_assignments (account_id, client_id, stay_id);

-- The agents that a portal user is bound to, by stay as well.
alter table ringfence.portal_users
  add column agent_access text not null default 'ALL',
  add constraint portal_users_agent_access_check check (agent_access in ('ALL', 'ASSIGNED'));
create table ringfence.portal_user_agents (
  account_id uuid not null,
  client_id uuid not null,
  portal_user_id uuid not null,
  stay_id uuid not null,
  constraint portal_user_agents_pkey primary key (account_id, portal_user_id, stay_id),
  constraint portal_user_agents_portal_user_id_fkey foreign key (account_id, client_id, portal_user_id)
    references ringfence.portal_users (account_id, client_id, id) on delete cascade,
  constraint portal_user_agents_stay_id_fkey foreign key (account_id, client_id, stay_id)
    references ringfence.agent_stays (account_id, client_id, id) on delete cascade
);
create index portal_user_agents_stay_id_idx on ringfence.portal_user_agents (account_id, client_id, stay_id);

-- A token narrows by agents what its member sees where it came from a member who saw some agents alone: with its new member
-- it sees no more than before. By stay as well.
alter table ringfence.access_tokens add column all_agents boolean not null default true;
create table ringfence.access_token_agents (
  account_id uuid not null,
  client_id uuid not null,
  access_token_id uuid not null,
  stay_id uuid not null,
  constraint access_token_agents_pkey primary key (account_id, access_token_id, stay_id),
  constraint access_token_agents_access_token_id_fkey foreign key (account_id, access_token_id)
    references ringfence.access_tokens (account_id, id) on delete cascade,
  constraint access_token_agents_stay_id_fkey foreign key (account_id, client_id, stay_id)
    references ringfence.agent_stays (account_id, client_id, id) on delete cascade
);
create index access_token_agents_stay_id_idx on ringfence.access_token_agents (account_id, client_id, stay_id);

-- A client that is being deleted for good is locked against use until nothing of it is left.
alter table ringfence.clients
  drop constraint clients_status_check,
  add constraint clients_status_check check (status in ('ACTIVE', 'INACTIVE', 'ARCHIVED', 'DELETING'));

-- Answered, or took, fewer columns than they do now (db/functions).
drop function if exists fence.add_member(text, text, text, text, text, text, text[], text, uuid[], text);
drop function if exists ringfence.create_member(text, text, text, text, text, text[], text, uuid[], text);
drop function if exists ringfence.invite_member(text, text, text, text, text[], text, uuid[], text, integer);
drop function if exists fence.add_portal_user(text, uuid, text, text, text, boolean, boolean);
drop function if exists ringfence.create_portal_user(uuid, text, text, text, boolean, boolean);
drop function if exists ringfence.invite_portal_user(uuid, text, text, boolean, boolean, integer);

-- No samples of what people write, for the planner's estimates to tell (see 0002).
alter table ringfence.agent_stays
  alter column agent_name set statistics 0;
alter table ringfence.agents
  alter column name set statistics 0,
  alter column sort_name set statistics 0;
alter table fence.phone_numbers
  alter column phone_number set statistics 0;
alter table ringfence.agent_phone_numbers
  alter column phone_number set statistics 0;
alter table ringfence.agent_configurations
  alter column settings set statistics 0,
  alter column saved_by set statistics 0;
alter table ringfence.agent_advanced_configurations
  alter column settings set statistics 0,
  alter column saved_by set statistics 0;
