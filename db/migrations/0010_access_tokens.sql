-- Partner tokens: credentials for programs, with permissions and a set of clients of their own. One belongs to a member, and
-- can never do more than they can at that moment, or to the account itself.

create table ringfence.access_tokens (
  account_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  name text not null,
  -- Whose it is; null: the account's. Whoever removes a member decides what becomes of theirs; what is left goes with them.
  member_id uuid,
  -- Who made it; null: somebody who is gone.
  created_by uuid,
  -- Whether it is for all clients, also those to come; otherwise for those in access_token_clients.
  all_clients boolean not null,
  created_at timestamptz not null default now(),
  -- Every one ends: a program that nobody looks after loses its access within a year, without anybody's remembering it.
  expires_at timestamptz not null,
  revoked_at timestamptz,
  -- To the minute, written a little later (signin.note_token_use).
  last_used_at timestamptz,
  constraint access_tokens_pkey primary key (account_id, id),
  -- A credential names its token alone.
  constraint access_tokens_id_key unique (id),
  constraint access_tokens_account_id_fkey foreign key (account_id) references ringfence.accounts (id) on delete cascade,
  constraint access_tokens_member_id_fkey foreign key (account_id, member_id)
    references ringfence.members (account_id, id) on delete cascade,
  constraint access_tokens_created_by_fkey foreign key (account_id, created_by)
    references ringfence.members (account_id, id) on delete set null (created_by),
  constraint access_tokens_name_check check (length(name) between 1 and 200 and name = btrim(name) and name !~ '[[:cntrl:]]'),
  constraint access_tokens_expires_at_check check (
    expires_at > created_at and expires_at - created_at <= interval '366 days')
);
create index access_tokens_created_at_idx on ringfence.access_tokens (account_id, created_at, id);
create index access_tokens_expires_at_idx on ringfence.access_tokens (account_id, expires_at, id);
create index access_tokens_member_id_idx on ringfence.access_tokens (account_id, member_id);
create index access_tokens_created_by_idx on ringfence.access_tokens (account_id, created_by);

-- What a token was given. What a program may never do (manage members, tokens and the account) cannot stand here.
create table ringfence.access_token_permissions (
  account_id uuid not null,
  access_token_id uuid not null,
  permission text not null,
  constraint access_token_permissions_pkey primary key (account_id, access_token_id, permission),
  constraint access_token_permissions_access_token_id_fkey foreign key (account_id, access_token_id)
    references ringfence.access_tokens (account_id, id) on delete cascade,
  constraint access_token_permissions_permission_check check (permission in (
    'VIEW_CLIENTS', 'CREATE_CLIENTS', 'EDIT_CLIENTS', 'DELETE_CLIENTS', 'MANAGE_CLIENT_ORGANIZATIONS', 'EDIT_AGENTS',
    'USE_ADVANCED_EDITOR', 'RECORD_ACTIVITY', 'VIEW_RECORDINGS', 'VIEW_BILLABLE_MINUTES', 'MANAGE_BILLING',
    'ACCESS_CRM', 'MANAGE_LISTS', 'MANAGE_IDENTITIES', 'MANAGE_INTEGRATIONS', 'HANDLE_REQUESTS', 'EXPORT_DATA',
    'VIEW_AUDIT'))
);

create table ringfence.access_token_clients (
  account_id uuid not null,
  access_token_id uuid not null,
  client_id uuid not null,
  constraint access_token_clients_pkey primary key (account_id, access_token_id, client_id),
  constraint access_token_clients_access_token_id_fkey foreign key (account_id, access_token_id)
    references ringfence.access_tokens (account_id, id) on delete cascade,
  constraint access_token_clients_client_id_fkey foreign key (account_id, client_id)
    references ringfence.clients (account_id, id) on delete cascade
);
create index access_token_clients_client_id_idx on ringfence.access_token_clients (account_id, client_id);

-- What opens a token: as with sessions, sha256 of the digest that the server sends. More than one while a secret that was
-- rotated is still good.
create table fence.access_token_secrets (
  account_id uuid not null,
  access_token_id uuid not null,
  digest bytea not null,
  created_at timestamptz not null default now(),
  -- Null: as long as the token.
  expires_at timestamptz,
  constraint access_token_secrets_pkey primary key (access_token_id, digest),
  constraint access_token_secrets_access_token_id_fkey foreign key (account_id, access_token_id)
    references ringfence.access_tokens (account_id, id) on delete cascade,
  constraint access_token_secrets_digest_check check (length(digest) = 32)
);
create index access_token_secrets_account_id_idx on fence.access_token_secrets (account_id, access_token_id);

-- No samples for the planner's estimates to tell (see 0002).
alter table ringfence.access_tokens alter column name set statistics 0;
alter table fence.access_token_secrets alter column digest set statistics 0;

-- Says what becomes of the member's tokens; made anew by db/functions.
drop function if exists ringfence.remove_member(uuid);
