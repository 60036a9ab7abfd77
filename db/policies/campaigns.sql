-- Campaigns: seen by whoever works with leads, of the lists that they see. Written by definer functions.

alter table ringfence.campaigns enable row level security;
alter table ringfence.campaigns force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.campaigns to ringfence_owner using (true) with check (true);

create or replace trigger campaigns_audit after insert or update on ringfence.campaigns
  for each row execute function fence.audit_change('CAMPAIGN');
create or replace trigger campaigns_identity before update of client_id on ringfence.campaigns
  for each row when (new.client_id <> old.client_id) execute function fence.forget_foreign_identity();
create or replace trigger campaigns_touch before update on ringfence.campaigns
  for each row execute function fence.touch();

-- The definer plans, changes and deletes them.
grant select, insert (account_id, client_id, list_id, name, segment_id, identity_id, starts_on, ends_on, open_to_all),
  update (name, segment_id, identity_id, state, starts_on, ends_on, open_to_all), delete
  on ringfence.campaigns to ringfence_definer;
create policy definer on ringfence.campaigns to ringfence_definer using (true) with check (true);

grant select on ringfence.campaigns
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of their account.
create policy admin on ringfence.campaigns for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members with ACCESS_CRM: of every client or those of their set, and of the house where they are named; there not what is of lists that are closed to them.
create policy member_all on ringfence.campaigns for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('ACCESS_CRM'))
    and list_id <> all ((select ringfence.member_unseen_list_ids())::uuid[]));
create policy member on ringfence.campaigns for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('ACCESS_CRM'))
    and client_id = any ((select ringfence.member_list_client_ids())::uuid[])
    and list_id <> all ((select ringfence.member_unseen_list_ids())::uuid[]));
-- Partner tokens: likewise.
create policy partner_all on ringfence.campaigns for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('ACCESS_CRM'))
    and list_id <> all ((select ringfence.partner_unseen_list_ids())::uuid[]));
create policy partner on ringfence.campaigns for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('ACCESS_CRM'))
    and client_id = any ((select ringfence.partner_list_client_ids())::uuid[])
    and list_id <> all ((select ringfence.partner_unseen_list_ids())::uuid[]));
