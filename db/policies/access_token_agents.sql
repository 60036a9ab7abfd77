-- Which agents partner tokens see that are narrowed by agents themselves, by stay: seen with the token, as far as the viewer
-- sees those agents. Written by definer functions.

alter table ringfence.access_token_agents enable row level security;
alter table ringfence.access_token_agents force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.access_token_agents to ringfence_owner using (true) with check (true);

-- The definer reads sets here, writes them, and takes what a transferred token did not see before.
grant select, insert (account_id, client_id, access_token_id, stay_id), delete on ringfence.access_token_agents to ringfence_definer;
create policy definer on ringfence.access_token_agents to ringfence_definer using (true) with check (true);

grant select on ringfence.access_token_agents
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of the account.
create policy admin on ringfence.access_token_agents for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members: of their own tokens, and of the agents that they see.
create policy member_all on ringfence.access_token_agents for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id())
    and ((select ringfence.member_sees_all_agents()) or stay_id = any ((select ringfence.member_stay_ids())::uuid[]))
    and exists (select from ringfence.access_tokens t where t.account_id = access_token_agents.account_id and t.id = access_token_agents.access_token_id));
create policy member on ringfence.access_token_agents for select to ringfence_member
  using (account_id = (select ringfence.member_account_id()) and client_id = any ((select ringfence.member_client_ids())::uuid[])
    and ((select ringfence.member_sees_all_agents()) or stay_id = any ((select ringfence.member_stay_ids())::uuid[]))
    and exists (select from ringfence.access_tokens t where t.account_id = access_token_agents.account_id and t.id = access_token_agents.access_token_id));
-- A token: its own, as far as it reaches.
create policy partner_all on ringfence.access_token_agents for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id()) and access_token_id = (select ringfence.own_access_token_id())
    and stay_id = any ((select ringfence.partner_stay_ids())::uuid[]));
create policy partner on ringfence.access_token_agents for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id()) and access_token_id = (select ringfence.own_access_token_id())
    and client_id = any ((select ringfence.partner_client_ids())::uuid[]) and stay_id = any ((select ringfence.partner_stay_ids())::uuid[]));
