-- Invitations of members and portal users, and passwords that are chosen anew by mail. The links in the mails are derived
-- from a key of the server's and the generation of what they are about; nothing of them is stored, and raising the generation
-- voids every link that was made before.

create table ringfence.invitations (
  account_id uuid not null,
  -- The house client where a member is invited.
  client_id uuid not null,
  id uuid not null default ringfence.uuidv7(),
  -- Who is invited; both null: the invitation was cancelled, and with it the person.
  member_id uuid,
  portal_user_id uuid,
  kind text not null,
  -- As they were invited: the person is gone when the invitation is cancelled.
  name text not null,
  email text not null,
  -- Whose right it is checked by when it is accepted; null: they are gone, and so is the invitation's worth.
  invited_by uuid,
  generation integer not null default 1,
  -- EXPIRED is PENDING past expires_at.
  status text not null default 'PENDING',
  -- When the last mail was written.
  sent_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- Accepted or cancelled.
  closed_at timestamptz,
  created_at timestamptz not null default now(),
  constraint invitations_pkey primary key (account_id, id),
  -- A link names its invitation alone. No serving role inserts here.
  constraint invitations_id_key unique (id),
  constraint invitations_client_id_fkey foreign key (account_id, client_id)
    references ringfence.clients (account_id, id) on delete cascade,
  constraint invitations_member_id_fkey foreign key (account_id, member_id)
    references ringfence.members (account_id, id) on delete cascade,
  constraint invitations_portal_user_id_fkey foreign key (account_id, client_id, portal_user_id)
    references ringfence.portal_users (account_id, client_id, id) on delete cascade,
  constraint invitations_invited_by_fkey foreign key (account_id, invited_by)
    references ringfence.members (account_id, id) on delete set null (invited_by),
  constraint invitations_kind_check check (kind in ('MEMBER', 'PORTAL_USER')),
  constraint invitations_status_check check (status in ('PENDING', 'ACCEPTED', 'CANCELLED')),
  constraint invitations_person_check check (
    case when status = 'CANCELLED' then num_nonnulls(member_id, portal_user_id) = 0
         when kind = 'MEMBER' then member_id is not null and portal_user_id is null
         else member_id is null and portal_user_id is not null end),
  constraint invitations_closed_at_check check ((closed_at is null) = (status = 'PENDING'))
);
create index invitations_created_at_idx on ringfence.invitations (account_id, created_at, id);
create index invitations_client_id_idx on ringfence.invitations (account_id, client_id, created_at, id);
create index invitations_member_id_idx on ringfence.invitations (account_id, member_id);
create index invitations_portal_user_id_idx on ringfence.invitations (account_id, client_id, portal_user_id);
create index invitations_invited_by_idx on ringfence.invitations (account_id, invited_by);

alter table fence.logins
  -- A link to choose a new password carries it; raised whenever the password or the email changes.
  add column reset_generation integer not null default 0,
  add column reset_requested_at timestamptz,
  -- Null: no link is out.
  add column reset_expires_at timestamptz;

-- Invitations of a day are counted.
create index outbox_created_at_idx on fence.outbox (account_id, created_at);

alter table fence.outbox
  drop constraint outbox_kind_check,
  add constraint outbox_kind_check check (kind in ('PASSWORD_CHANGED', 'INVITATION', 'PASSWORD_RESET'));

-- No samples of what people write, for the planner's estimates to tell (see 0002).
alter table ringfence.invitations
  alter column name set statistics 0,
  alter column email set statistics 0;
