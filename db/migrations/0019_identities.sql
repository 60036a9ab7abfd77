-- Identities: what outreach is sent from, a caller id or an email address, of one client or of none. They are moved between
-- clients and hidden with an archived one, so what references them later takes the key without the client.

create table ringfence.identities (
  account_id uuid not null,
  -- The house client where it is of no client; its key to clients proves what it says of itself (see 0017).
  client_id uuid not null,
  of_house boolean not null default false,
  id uuid not null default ringfence.uuidv7(),
  kind text not null,
  -- E.164; of a caller id. Unique in the account through fence.phone_numbers.
  phone_number text collate "C",
  -- Of an email identity.
  email text,
  email_key text collate "C" generated always as (lower(email collate "und-x-icu")) stored,
  -- What recipients see beside it.
  display_name text,
  -- Listed in this order; "C" so that the order is the same on every server.
  sort_name text collate "C" not null
    generated always as (lower(coalesce(display_name, email, phone_number) collate "und-x-icu")) stored,
  -- When whoever reads the mail of the address has confirmed it; null: not yet, or a caller id.
  verified_at timestamptz,
  -- The link that is mailed carries it; raised so that earlier links are void.
  generation integer not null default 0,
  -- When the last link was mailed.
  sent_at timestamptz,
  -- Null: no link is out.
  link_expires_at timestamptz,
  version integer not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint identities_pkey primary key (account_id, id),
  -- A link names its identity alone. No serving role inserts here.
  constraint identities_id_key unique (id),
  -- Within one client, where whoever writes sees the other one; several clients may use one address.
  constraint identities_account_id_client_id_email_key_key unique (account_id, client_id, email_key),
  constraint identities_client_id_fkey foreign key (account_id, client_id, of_house)
    references ringfence.clients (account_id, id, is_house) on delete cascade,
  constraint identities_kind_check check (kind in ('CALLER_ID', 'EMAIL')),
  constraint identities_address_check check (
    case kind when 'CALLER_ID' then phone_number is not null and email is null and verified_at is null and link_expires_at is null
              else phone_number is null and email is not null end),
  constraint identities_phone_number_check check (phone_number ~ '^\+[1-9][0-9]{1,14}$'),
  constraint identities_email_check check (length(email) <= 254 and email ~ '^[^[:space:][:cntrl:]@]+@[^[:space:][:cntrl:]@]+$'),
  constraint identities_display_name_check check (
    length(display_name) between 1 and 200 and display_name = btrim(display_name) and display_name !~ '[[:cntrl:]]'),
  -- What is verified needs no link.
  constraint identities_link_expires_at_check check (verified_at is null or link_expires_at is null)
);
create index identities_sort_name_idx on ringfence.identities (account_id, sort_name, id);
create index identities_created_at_idx on ringfence.identities (account_id, created_at, id);
create index identities_client_id_idx on ringfence.identities (account_id, client_id, sort_name, id);

-- A telephone number belongs to one agent, or is one caller id.
alter table fence.phone_numbers
  alter column agent_id drop not null,
  add column identity_id uuid,
  add constraint phone_numbers_identity_id_fkey foreign key (account_id, identity_id)
    references ringfence.identities (account_id, id) on delete cascade,
  add constraint phone_numbers_holder_check check (num_nonnulls(agent_id, identity_id) = 1);
create index phone_numbers_identity_id_idx on fence.phone_numbers (account_id, identity_id);

alter table fence.outbox
  drop constraint outbox_kind_check,
  add constraint outbox_kind_check check (kind in ('PASSWORD_CHANGED', 'INVITATION', 'PASSWORD_RESET', 'IDENTITY_VERIFICATION'));

-- No samples of what people write, for the planner's estimates to tell (see 0002).
alter table ringfence.identities
  alter column phone_number set statistics 0,
  alter column email set statistics 0,
  alter column email_key set statistics 0,
  alter column display_name set statistics 0,
  alter column sort_name set statistics 0;
