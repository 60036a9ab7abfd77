-- The account of the caller: its name and conventions for the whole team, its plan for administrators.

alter table ringfence.accounts enable row level security;
alter table ringfence.accounts force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.accounts to ringfence_owner using (true) with check (true);

-- Every account has a house client from its first moment, before anything is written to its log.
create or replace trigger accounts_1_house after insert on ringfence.accounts
  for each row execute function fence.add_house_client();
create or replace trigger accounts_2_audit after insert or update on ringfence.accounts
  for each row execute function fence.audit_change('ACCOUNT');
create or replace trigger accounts_blind_mode before update of blind_mode on ringfence.accounts
  for each row when (new.blind_mode <> old.blind_mode) execute function fence.guard_blind_mode();
create or replace trigger accounts_time_zone before insert or update of time_zone on ringfence.accounts
  for each row execute function fence.require_known_time_zone();
create or replace trigger accounts_touch before update on ringfence.accounts
  for each row execute function fence.touch();

-- The definer signs people up and in, locks the row to count clients, and changes the plan.
grant select, insert (slug, name, time_zone, locale, currency), update (plan_id) on ringfence.accounts to ringfence_definer;
create policy definer on ringfence.accounts to ringfence_definer using (true) with check (true);

-- Administrators read all of their account and, with MANAGE_ACCOUNT, change its settings. Nobody changes the slug,
-- the plan or the status here.
grant select, update (name, time_zone, locale, currency, blind_mode, password_minimum, second_factor_required) on ringfence.accounts to ringfence_admin;
create policy admin on ringfence.accounts for select to ringfence_admin
  using (id = (select ringfence.admin_account_id()));
create policy admin_update on ringfence.accounts for update to ringfence_admin
  using (id = (select ringfence.admin_account_id_with('MANAGE_ACCOUNT')));

-- The team reads what it works with, not the plan; with MANAGE_ACCOUNT it changes the settings.
grant select (id, slug, name, time_zone, locale, currency, blind_mode, password_minimum, second_factor_required, version, created_at, updated_at),
  update (name, time_zone, locale, currency, blind_mode, password_minimum, second_factor_required)
  on ringfence.accounts to ringfence_member_all, ringfence_member;
create policy member_all on ringfence.accounts for select to ringfence_member_all
  using (id = (select ringfence.member_all_account_id()));
create policy member_all_update on ringfence.accounts for update to ringfence_member_all
  using (id = (select ringfence.member_all_account_id_with('MANAGE_ACCOUNT')));
create policy member on ringfence.accounts for select to ringfence_member
  using (id = (select ringfence.member_account_id()));
create policy member_update on ringfence.accounts for update to ringfence_member
  using (id = (select ringfence.member_account_id_with('MANAGE_ACCOUNT')));

-- Portal users: what they are served by.
grant select (id, slug, name, time_zone, locale, currency, blind_mode, password_minimum, second_factor_required, version, created_at, updated_at)
  on ringfence.accounts to ringfence_portal;
create policy portal on ringfence.accounts for select to ringfence_portal
  using (id = (select ringfence.portal_account_id()));

-- Partner tokens: what they are served by, as the team.
grant select (id, slug, name, time_zone, locale, currency, blind_mode, password_minimum, second_factor_required, version, created_at, updated_at)
  on ringfence.accounts to ringfence_partner_all, ringfence_partner;
create policy partner_all on ringfence.accounts for select to ringfence_partner_all
  using (id = (select ringfence.partner_all_account_id()));
create policy partner on ringfence.accounts for select to ringfence_partner
  using (id = (select ringfence.partner_account_id()));
