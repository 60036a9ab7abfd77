-- What became of lists that were moved or deleted, and how far it is: for whoever manages lists, as far as they reach the client where
-- the list is, and for each what they asked for themselves. Of no client: what they asked for. Written by definer functions.

alter table ringfence.list_jobs enable row level security;
alter table ringfence.list_jobs force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.list_jobs to ringfence_owner using (true) with check (true);

-- The definer adds them, notes for the worker how far they are, and deletes them with a client.
grant select, insert (account_id, client_id, of_house, kind, list_id, list_name, requested_by),
  update (state, done, total, duplicates, started_at, finished_at), delete
  on ringfence.list_jobs to ringfence_definer;
create policy definer on ringfence.list_jobs to ringfence_definer using (true) with check (true);

-- Without the duplicates, of which some may be on lists that they do not see, and without how many leads there are, which is none of
-- their business in blind mode (ringfence.list_job_progress).
grant select (account_id, client_id, of_house, id, kind, list_id, list_name, requested_by, state, created_at, started_at, finished_at)
  on ringfence.list_jobs to ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
grant select on ringfence.list_jobs to ringfence_admin;

-- Administrators: all of their account, also of the house.
create policy admin on ringfence.list_jobs for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members with MANAGE_LISTS: of every client or those of their set, and what they asked for.
create policy member_all on ringfence.list_jobs for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('MANAGE_LISTS'))
    and (not of_house or requested_by = (select ringfence.own_member_id())));
create policy member on ringfence.list_jobs for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('MANAGE_LISTS'))
    and (client_id = any ((select ringfence.member_client_ids())::uuid[]) or requested_by = (select ringfence.own_member_id())));
-- Partner tokens: likewise.
create policy partner_all on ringfence.list_jobs for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('MANAGE_LISTS'))
    and (not of_house or requested_by = (select ringfence.own_access_token_id())));
create policy partner on ringfence.list_jobs for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('MANAGE_LISTS'))
    and (client_id = any ((select ringfence.partner_client_ids())::uuid[]) or requested_by = (select ringfence.own_access_token_id())));
