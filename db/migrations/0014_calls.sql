-- What agents did: calls, how much of them is billed, conversations and their messages. Filed under a stay, an agent's time with
-- a client, by when it began, so it stays with the client it was for when the agent moves or is deleted.
--
-- What a platform calls a call or a conversation is unique per stay, and looked for in all stays of the agent that the reporter
-- reaches: so nobody learns by an id that is taken what the agent did for somebody else.

create table ringfence.calls (
  account_id uuid not null,
  client_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  stay_id uuid not null,
  -- The agent of the stay.
  agent_id uuid not null,
  -- What the platform calls it.
  external_id text collate "C" not null,
  direction text not null,
  -- Null: it is running, or nobody has reported how it ended.
  outcome text,
  -- E.164; null: withheld, or not by telephone.
  from_number text collate "C",
  to_number text collate "C",
  -- Who of the client called or was called. The name is kept when they are deleted.
  portal_user_id uuid,
  portal_user_name text,
  started_at timestamptz not null,
  ended_at timestamptz,
  -- How long they talked, which is less than from start to end.
  duration_seconds integer,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint calls_pkey primary key (account_id, id),
  -- What belongs to a call references it with its stay, which policies ask about: it cannot be another one than the call's.
  constraint calls_account_id_client_id_stay_id_id_key unique (account_id, client_id, stay_id, id),
  constraint calls_account_id_agent_id_external_id_stay_id_key unique (account_id, agent_id, external_id, stay_id),
  -- A call goes with its client. It does not go with a stay: whoever removes one must have dealt with what happened in it.
  constraint calls_client_id_fkey foreign key (account_id, client_id)
    references ringfence.clients (account_id, id) on delete cascade,
  constraint calls_stay_id_fkey foreign key (account_id, client_id, stay_id, agent_id)
    references ringfence.agent_stays (account_id, client_id, id, agent_id) on delete no action,
  constraint calls_portal_user_id_fkey foreign key (account_id, client_id, portal_user_id)
    references ringfence.portal_users (account_id, client_id, id) on delete set null (portal_user_id),
  constraint calls_external_id_check check (length(external_id) between 1 and 200 and external_id !~ '[[:cntrl:]]'),
  constraint calls_direction_check check (direction in ('INBOUND', 'OUTBOUND')),
  constraint calls_outcome_check check (
    outcome in ('COMPLETED', 'TRANSFERRED', 'VOICEMAIL', 'NO_ANSWER', 'BUSY', 'FAILED', 'CANCELLED')),
  constraint calls_from_number_check check (from_number ~ '^\+[1-9][0-9]{1,14}$'),
  constraint calls_to_number_check check (to_number ~ '^\+[1-9][0-9]{1,14}$'),
  constraint calls_portal_user_name_check check (portal_user_id is null or portal_user_name is not null),
  constraint calls_ended_at_check check (ended_at between started_at and started_at + interval '24 hours'),
  constraint calls_duration_seconds_check check (duration_seconds between 0 and 86400)
);
-- The newest of the account, of one outcome, of a client, of a stay. Where the outcome stands behind, a rare one is looked for in
-- the index alone; the stay stands there for sums.
create index calls_started_at_idx on ringfence.calls (account_id, started_at, id, outcome);
create index calls_outcome_started_at_idx on ringfence.calls (account_id, outcome, started_at, id);
create index calls_client_id_started_at_idx on ringfence.calls (account_id, client_id, started_at, id, outcome) include (stay_id);
create index calls_stay_id_started_at_idx on ringfence.calls (account_id, stay_id, started_at, id, outcome);
create index calls_portal_user_id_idx on ringfence.calls (account_id, portal_user_id, started_at, id)
  where portal_user_id is not null;

-- What of a call is billed: apart, because not everybody who sees a call may see it.
create table ringfence.call_billing (
  account_id uuid not null,
  client_id uuid not null,
  call_id uuid not null,
  stay_id uuid not null,
  billable_seconds integer not null,
  -- When the call started, for sums over a time.
  started_at timestamptz not null,
  constraint call_billing_pkey primary key (account_id, call_id),
  constraint call_billing_call_id_fkey foreign key (account_id, client_id, stay_id, call_id)
    references ringfence.calls (account_id, client_id, stay_id, id) on delete cascade,
  constraint call_billing_billable_seconds_check check (billable_seconds between 0 and 86400)
);
create index call_billing_client_id_started_at_idx on ringfence.call_billing (account_id, client_id, started_at)
  include (stay_id, billable_seconds);

create table ringfence.conversations (
  account_id uuid not null,
  client_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  stay_id uuid not null,
  agent_id uuid not null,
  external_id text collate "C" not null,
  portal_user_id uuid,
  portal_user_name text,
  started_at timestamptz not null,
  message_count integer not null default 0,
  last_message_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint conversations_pkey primary key (account_id, id),
  constraint conversations_account_id_client_id_stay_id_id_key unique (account_id, client_id, stay_id, id),
  constraint conversations_account_id_agent_id_external_id_stay_id_key unique (account_id, agent_id, external_id, stay_id),
  constraint conversations_client_id_fkey foreign key (account_id, client_id)
    references ringfence.clients (account_id, id) on delete cascade,
  constraint conversations_stay_id_fkey foreign key (account_id, client_id, stay_id, agent_id)
    references ringfence.agent_stays (account_id, client_id, id, agent_id) on delete no action,
  constraint conversations_portal_user_id_fkey foreign key (account_id, client_id, portal_user_id)
    references ringfence.portal_users (account_id, client_id, id) on delete set null (portal_user_id),
  constraint conversations_external_id_check check (length(external_id) between 1 and 200 and external_id !~ '[[:cntrl:]]'),
  constraint conversations_portal_user_name_check check (portal_user_id is null or portal_user_name is not null),
  constraint conversations_message_count_check check (message_count >= 0)
);
create index conversations_last_message_at_idx on ringfence.conversations (account_id, last_message_at, id);
create index conversations_client_id_last_message_at_idx on ringfence.conversations (account_id, client_id, last_message_at, id);
create index conversations_stay_id_last_message_at_idx on ringfence.conversations (account_id, stay_id, last_message_at, id);
create index conversations_started_at_idx on ringfence.conversations (account_id, client_id, started_at) include (stay_id);
create index conversations_portal_user_id_idx on ringfence.conversations (account_id, portal_user_id, last_message_at, id)
  where portal_user_id is not null;

create table ringfence.messages (
  account_id uuid not null,
  client_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  stay_id uuid not null,
  conversation_id uuid not null,
  -- What the platform calls it, within the conversation.
  external_id text collate "C" not null,
  author text not null,
  text text not null,
  sent_at timestamptz not null,
  created_at timestamptz not null default now(),
  constraint messages_pkey primary key (account_id, id),
  constraint messages_account_id_conversation_id_external_id_key unique (account_id, conversation_id, external_id),
  constraint messages_conversation_id_fkey foreign key (account_id, client_id, stay_id, conversation_id)
    references ringfence.conversations (account_id, client_id, stay_id, id) on delete cascade,
  constraint messages_external_id_check check (length(external_id) between 1 and 200 and external_id !~ '[[:cntrl:]]'),
  constraint messages_author_check check (author in ('AGENT', 'CONTACT', 'PORTAL_USER', 'MEMBER')),
  constraint messages_text_check check (length(text) between 1 and 10000)
);
create index messages_conversation_id_sent_at_idx on ringfence.messages (account_id, conversation_id, sent_at, id);
create index messages_client_id_sent_at_idx on ringfence.messages (account_id, client_id, sent_at) include (stay_id);

-- No samples of what people write, for the planner's estimates to tell (see 0002).
alter table ringfence.calls
  alter column external_id set statistics 0,
  alter column from_number set statistics 0,
  alter column to_number set statistics 0,
  alter column portal_user_name set statistics 0;
alter table ringfence.conversations
  alter column external_id set statistics 0,
  alter column portal_user_name set statistics 0;
alter table ringfence.messages
  alter column external_id set statistics 0,
  alter column text set statistics 0;
