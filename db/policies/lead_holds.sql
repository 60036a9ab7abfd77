-- Who has which lead before them: seen by administrators, and by whoever has one, their own. Written by definer functions: whoever
-- could write it could take any lead.

alter table ringfence.lead_holds enable row level security;
alter table ringfence.lead_holds force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.lead_holds to ringfence_owner using (true) with check (true);

-- The definer gives leads out and takes them back.
grant select, insert (account_id, client_id, list_id, lead_id, holder_id, held_until), delete on ringfence.lead_holds to ringfence_definer;
create policy definer on ringfence.lead_holds to ringfence_definer using (true) with check (true);

grant select on ringfence.lead_holds
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of their account, also of the house.
create policy admin on ringfence.lead_holds for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members with ACCESS_CRM: their own, as long as it lasts and they work on its list.
create policy member_all on ringfence.lead_holds for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('ACCESS_CRM'))
    and lead_id = (select ringfence.member_held_lead_id()));
create policy member on ringfence.lead_holds for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('ACCESS_CRM'))
    and lead_id = (select ringfence.member_held_lead_id()));
-- Partner tokens: their member's, or, of the account, their own.
create policy partner_all on ringfence.lead_holds for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('ACCESS_CRM'))
    and lead_id = (select ringfence.partner_held_lead_id()));
create policy partner on ringfence.lead_holds for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('ACCESS_CRM'))
    and lead_id = (select ringfence.partner_held_lead_id()));
