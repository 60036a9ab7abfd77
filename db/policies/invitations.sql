-- Invitations: of portal users for those who could invite to their client, of members for holders of MANAGE_MEMBERS. Written by definer
-- functions; what opens one is not here (db/functions/55_invitations.sql).

alter table ringfence.invitations enable row level security;
alter table ringfence.invitations force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on ringfence.invitations to ringfence_owner using (true) with check (true);

-- The definer invites, sends again, cancels and lets in, and deletes those of a client that is deleted.
grant select, insert (account_id, client_id, member_id, portal_user_id, kind, name, email, invited_by, expires_at),
  update (email, generation, invited_by, sent_at, expires_at, status, closed_at, member_id, portal_user_id), delete on ringfence.invitations to ringfence_definer;
create policy definer on ringfence.invitations to ringfence_definer using (true) with check (true);

grant select (account_id, client_id, id, member_id, portal_user_id, kind, name, email, invited_by, status, expires_at, closed_at, created_at)
  on ringfence.invitations to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;

-- Administrators: all of their account.
create policy admin on ringfence.invitations for select to ringfence_admin
  using (account_id = (select ringfence.admin_account_id()));
-- Members: by what was invited.
create policy member_all on ringfence.invitations for select to ringfence_member_all
  using (account_id = (select ringfence.member_all_account_id())
    and ((kind = 'MEMBER' and (select ringfence.has_permission('MANAGE_MEMBERS')))
      or (kind = 'PORTAL_USER' and (select ringfence.has_permission('CREATE_CLIENTS')))));
create policy member on ringfence.invitations for select to ringfence_member
  using (account_id = (select ringfence.member_account_id())
    and ((kind = 'MEMBER' and (select ringfence.has_permission('MANAGE_MEMBERS')))
      or (kind = 'PORTAL_USER' and (select ringfence.has_permission('CREATE_CLIENTS'))
        and client_id = any ((select ringfence.member_client_ids())::uuid[]))));

-- Partner tokens: of portal users of the clients that they see.
create policy partner_all on ringfence.invitations for select to ringfence_partner_all
  using (account_id = (select ringfence.partner_all_account_id_with('CREATE_CLIENTS')) and kind = 'PORTAL_USER');
create policy partner on ringfence.invitations for select to ringfence_partner
  using (account_id = (select ringfence.partner_account_id_with('CREATE_CLIENTS')) and kind = 'PORTAL_USER'
    and client_id = any ((select ringfence.partner_client_ids())::uuid[]));
