-- Deletions of clients: for whoever may delete clients, as far as they reach them, and for each what they asked for themselves,
-- which they could not follow to its end otherwise. Written by definer functions.

alter table ringfence.client_deletions enable row level security;
alter table ringfence.client_deletions force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.client_deletions to ringfence_owner using (true) with check (true);

-- The definer adds them, and notes for the worker how far they are.
grant select, insert (account_id, client_id, client_name, requested_by), update (state, done, total, started_at, finished_at)
  on ringfence.client_deletions to ringfence_definer;
create policy definer on ringfence.client_deletions to ringfence_definer using (true) with check (true);

grant select on ringfence.client_deletions
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of their account.
create policy admin on ringfence.client_deletions for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members with all clients, if they may see and delete clients.
create policy member_all on ringfence.client_deletions for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('DELETE_CLIENTS')) and (select ringfence.has_permission('VIEW_CLIENTS')));
-- Scoped members, likewise: of the clients of their set, which loses a client at the end, and what they asked for.
create policy member on ringfence.client_deletions for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('DELETE_CLIENTS')) and (select ringfence.has_permission('VIEW_CLIENTS'))
    and (client_id = any ((select ringfence.member_client_ids())::uuid[]) or requested_by = (select ringfence.own_member_id())));

-- Partner tokens, as members.
create policy partner_all on ringfence.client_deletions for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('DELETE_CLIENTS')) and (select ringfence.has_permission('VIEW_CLIENTS')));
create policy partner on ringfence.client_deletions for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('DELETE_CLIENTS')) and (select ringfence.has_permission('VIEW_CLIENTS'))
    and (client_id = any ((select ringfence.partner_client_ids())::uuid[]) or requested_by = (select ringfence.own_access_token_id())));
