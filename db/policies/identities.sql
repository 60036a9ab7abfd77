-- Identities: for whoever works with leads or manages identities, of the clients that they reach and that are not archived; those of no
-- client for those who reach all. Portal users see none. Written by definer functions; what makes a link is not here
-- (db/functions/85_identities.sql).

alter table ringfence.identities enable row level security;
alter table ringfence.identities force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.identities to ringfence_owner using (true) with check (true);

-- Mailing a link is no change of the identity, and verifying it an entry of its own.
create or replace trigger identities_audit after insert or update of client_id, email, display_name on ringfence.identities
  for each row execute function fence.audit_change('IDENTITY');
create or replace trigger identities_email before update of email on ringfence.identities
  for each row when (new.email <> old.email) execute function fence.void_verification();
create or replace trigger identities_touch before update of client_id, email, display_name, verified_at on ringfence.identities
  for each row execute function fence.touch();

-- The definer creates, changes, moves, verifies and deletes them.
grant select, insert (account_id, client_id, of_house, kind, phone_number, email, display_name),
  update (client_id, of_house, email, display_name, verified_at, generation, sent_at, link_expires_at), delete
  on ringfence.identities to ringfence_definer;
create policy definer on ringfence.identities to ringfence_definer using (true) with check (true);

grant select (account_id, client_id, of_house, id, kind, phone_number, email, email_key, display_name, sort_name, verified_at, version, created_at, updated_at)
  on ringfence.identities to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of their account.
create policy admin on ringfence.identities for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()) and client_id = any ((select ringfence.admin_identity_client_ids())::uuid[]));
-- Members: of all clients and of none, or of the clients of their set.
create policy member_all on ringfence.identities for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id()) and client_id = any ((select ringfence.member_identity_client_ids())::uuid[]));
create policy member on ringfence.identities for select to ringfence_member
  using (account_id = (select ringfence.member_account_id()) and client_id = any ((select ringfence.member_identity_client_ids())::uuid[]));

-- Partner tokens, as members.
create policy partner_all on ringfence.identities for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id()) and client_id = any ((select ringfence.partner_identity_client_ids())::uuid[]));
create policy partner on ringfence.identities for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id()) and client_id = any ((select ringfence.partner_identity_client_ids())::uuid[]));
