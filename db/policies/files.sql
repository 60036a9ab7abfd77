-- Files: a row is seen by whoever sees what refers to it, which the policies of that table decide; so each policy here asks that
-- table, as the same role. Written by definer functions.

alter table ringfence.files enable row level security;
alter table ringfence.files force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.files to ringfence_owner using (true) with check (true);

-- The definer keeps what was uploaded, and removes it.
grant select, insert (account_id, client_id, id, name, content_type, byte_count, digest), delete on ringfence.files to ringfence_definer;
create policy definer on ringfence.files to ringfence_definer using (true) with check (true);

grant select on ringfence.files to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner, ringfence_portal;

-- Administrators: those of their account that a recording they hear refers to.
create policy admin on ringfence.files for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id())
    and exists (select from ringfence.recordings r where r.account_id = files.account_id and r.file_id = files.id));
-- Members: likewise.
create policy member_all on ringfence.files for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id())
    and exists (select from ringfence.recordings r where r.account_id = files.account_id and r.file_id = files.id));
create policy member on ringfence.files for select to ringfence_member
  using (account_id = (select ringfence.member_account_id())
    and exists (select from ringfence.recordings r where r.account_id = files.account_id and r.file_id = files.id));
-- Partner tokens: likewise.
create policy partner_all on ringfence.files for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id())
    and exists (select from ringfence.recordings r where r.account_id = files.account_id and r.file_id = files.id));
create policy partner on ringfence.files for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id())
    and exists (select from ringfence.recordings r where r.account_id = files.account_id and r.file_id = files.id));
-- Portal users: likewise.
create policy portal on ringfence.files for select to ringfence_portal
  using (account_id = (select ringfence.portal_account_id())
    and exists (select from ringfence.recordings r where r.account_id = files.account_id and r.file_id = files.id));
