-- Which clients partner tokens are for: seen with the token, as far as the viewer reaches those clients. Written by definer
-- functions.

alter table ringfence.access_token_clients enable row level security;
alter table ringfence.access_token_clients force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.access_token_clients to ringfence_owner using (true) with check (true);

-- The definer reads sets here, writes them, and takes what a transferred token did not reach before.
grant select, insert (account_id, access_token_id, client_id), delete on ringfence.access_token_clients to ringfence_definer;
create policy definer on ringfence.access_token_clients to ringfence_definer using (true) with check (true);

grant select on ringfence.access_token_clients
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of the account.
create policy admin on ringfence.access_token_clients for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members: of their own tokens; what one who is scoped does not reach any more is not shown.
create policy member_all on ringfence.access_token_clients for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id())
    and exists (select from ringfence.access_tokens t where t.account_id = access_token_clients.account_id and t.id = access_token_clients.access_token_id));
create policy member on ringfence.access_token_clients for select to ringfence_member
  using (account_id = (select ringfence.member_account_id()) and client_id = any ((select ringfence.member_client_ids())::uuid[])
    and exists (select from ringfence.access_tokens t where t.account_id = access_token_clients.account_id and t.id = access_token_clients.access_token_id));
-- Tokens for all clients may ask, and have no set; those for a set: what they reach of it.
create policy partner_all on ringfence.access_token_clients for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id()) and access_token_id = (select ringfence.own_access_token_id()));
create policy partner on ringfence.access_token_clients for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id()) and client_id = any ((select ringfence.partner_client_ids())::uuid[])
    and access_token_id = (select ringfence.own_access_token_id()));
