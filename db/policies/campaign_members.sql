-- Who is named on campaigns: seen with these. Written by definer functions, which check that everybody works on the list.

alter table ringfence.campaign_members enable row level security;
alter table ringfence.campaign_members force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.campaign_members to ringfence_owner using (true) with check (true);

-- The definer writes names and takes them away.
grant select, insert (account_id, client_id, list_id, campaign_id, member_id), delete on ringfence.campaign_members to ringfence_definer;
create policy definer on ringfence.campaign_members to ringfence_definer using (true) with check (true);

grant select on ringfence.campaign_members
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of their account.
create policy admin on ringfence.campaign_members for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members with ACCESS_CRM: of every client or those of their set, and of the house where they are named; there not what is of lists that are closed to them.
create policy member_all on ringfence.campaign_members for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('ACCESS_CRM'))
    and list_id <> all ((select ringfence.member_unseen_list_ids())::uuid[]));
create policy member on ringfence.campaign_members for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('ACCESS_CRM'))
    and client_id = any ((select ringfence.member_list_client_ids())::uuid[])
    and list_id <> all ((select ringfence.member_unseen_list_ids())::uuid[]));
-- Partner tokens: likewise.
create policy partner_all on ringfence.campaign_members for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('ACCESS_CRM'))
    and list_id <> all ((select ringfence.partner_unseen_list_ids())::uuid[]));
create policy partner on ringfence.campaign_members for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('ACCESS_CRM'))
    and client_id = any ((select ringfence.partner_list_client_ids())::uuid[])
    and list_id <> all ((select ringfence.partner_unseen_list_ids())::uuid[]));
