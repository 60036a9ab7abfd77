-- People on the team: name and job title, for the whole team. Written by definer functions.

alter table ringfence.members enable row level security;
alter table ringfence.members force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.members to ringfence_owner using (true) with check (true);

create or replace trigger members_audit after insert or update on ringfence.members
  for each row execute function fence.audit_change('MEMBER');
create or replace trigger members_touch before update on ringfence.members
  for each row execute function fence.touch();

-- The definer adds, changes and removes members, and checks that one is of the account.
grant select, insert (account_id, name, job_title), update (name, job_title), delete on ringfence.members to ringfence_definer;
create policy definer on ringfence.members to ringfence_definer using (true) with check (true);

-- The team sees its own people.
grant select on ringfence.members to ringfence_admin, ringfence_member_all, ringfence_member;
create policy admin on ringfence.members for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
create policy member_all on ringfence.members for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id()));
create policy member on ringfence.members for select to ringfence_member
  using (account_id = (select ringfence.member_account_id()));

-- Portal users: who looks after their client, by name and title.
grant select (account_id, id, name, sort_name, job_title, version, created_at) on ringfence.members to ringfence_portal;
create policy portal on ringfence.members for select to ringfence_portal
  using (account_id = (select ringfence.portal_account_id()) and id = (select ringfence.portal_account_manager_id()));

-- Partner tokens: the team by name and title.
grant select (account_id, id, name, sort_name, job_title, version, created_at) on ringfence.members to ringfence_partner_all, ringfence_partner;
create policy partner_all on ringfence.members for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id()));
create policy partner on ringfence.members for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id()));
