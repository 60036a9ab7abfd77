-- Partner tokens, without what opens them: for administrators, for members who manage them their own, and each token itself.
-- Written by definer functions.

alter table ringfence.access_tokens enable row level security;
alter table ringfence.access_tokens force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.access_tokens to ringfence_owner using (true) with check (true);

create or replace trigger access_tokens_audit after insert or update of name on ringfence.access_tokens
  for each row execute function fence.audit_change('ACCESS_TOKEN');

-- The definer mints, names, revokes and hands over tokens, notes when they were used, and opens them.
grant select, insert (account_id, name, member_id, created_by, all_clients, expires_at),
  update (name, member_id, all_clients, all_agents, all_lists, revoked_at, last_used_at) on ringfence.access_tokens to ringfence_definer;
create policy definer on ringfence.access_tokens to ringfence_definer using (true) with check (true);

grant select on ringfence.access_tokens
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators always hold MANAGE_ACCESS_TOKENS: all of the account.
create policy admin on ringfence.access_tokens for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members: their own.
create policy member_all on ringfence.access_tokens for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id_with('MANAGE_ACCESS_TOKENS')) and member_id = (select ringfence.own_member_id()));
create policy member on ringfence.access_tokens for select to ringfence_member
  using (account_id = (select ringfence.member_account_id_with('MANAGE_ACCESS_TOKENS')) and member_id = (select ringfence.own_member_id()));
-- A token: itself.
create policy partner_all on ringfence.access_tokens for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id()) and id = (select ringfence.own_access_token_id()));
create policy partner on ringfence.access_tokens for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id()) and id = (select ringfence.own_access_token_id()));
