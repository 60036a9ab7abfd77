-- Invitations: a person is added without a password, and chooses one through a link. Links are made outside (src/mail/links.ts)
-- of an invitation's id and generation; a valid one proves that somebody with the key made it, nothing more, so whether it
-- still means something is decided here. Nobody is let in by the invitation of somebody who could not invite them now.

-- No invitation is worth anything for longer than this, whoever says so.
create or replace function fence.invitation_lasts(seconds integer) returns interval
language sql immutable parallel safe set search_path = pg_catalog, pg_temp
as $$ select least(make_interval(secs => greatest(seconds, 0)), interval '90 days') $$;

-- By whose right an invitation stands: the caller's, or of a partner token its member's. RF003 for the account's tokens: nobody
-- could be asked for it when the invitation is accepted.
create or replace function fence.inviting_member(authority text) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  myself uuid := substr(authority, 43, 36)::uuid;
  member uuid := case when substr(authority, 6, 1) not in ('T', 'S') then myself else (
    select t.member_id from ringfence.access_tokens t where t.account_id = account and t.id = myself) end;
begin
  if member is null then
    raise exception 'MEMBER_TOKEN' using errcode = 'RF003';
  end if;
  return member;
end $$;

-- Mails a link to an address that nobody has confirmed. RF009 with the seconds to wait, where the account has sent more of these than
-- anybody means to: they carry names that the sender chose. The caller holds the lock of the account.
create or replace function fence.mail_stranger(account uuid, mail_kind text, subject uuid) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  most_a_day constant integer := 1000;
begin
  if (select count(*) from fence.outbox o
      where o.account_id = account and o.created_at > now() - interval '1 day' and o.kind in ('INVITATION', 'IDENTITY_VERIFICATION')) >= most_a_day then
    raise exception '3600' using errcode = 'RF009';
  end if;
  perform fence.post_mail(account, mail_kind, subject);
end $$;

-- Invites somebody who was just added, by mail, and answers the id.
create or replace function fence.invite(authority text, client uuid, member uuid, portal_user uuid, valid_seconds integer) returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  invitation uuid;
begin
  insert into ringfence.invitations (account_id, client_id, member_id, portal_user_id, kind, name, email, invited_by, expires_at)
  select account, coalesce(client, (select c.id from ringfence.clients c where c.account_id = account and c.is_house)),
    l.member_id, l.portal_user_id, case when l.member_id is null then 'PORTAL_USER' else 'MEMBER' end,
    coalesce(m.name, p.name), l.email, fence.inviting_member(authority), now() + fence.invitation_lasts(valid_seconds)
  from fence.logins l
  left join ringfence.members m on m.account_id = l.account_id and m.id = l.member_id
  left join ringfence.portal_users p on p.account_id = l.account_id and p.id = l.portal_user_id
  where l.account_id = account and (l.member_id = member or l.portal_user_id = portal_user)
  returning id into strict invitation;
  perform fence.write_audit(account, 'INVITATION_SENT', 'INVITATION', invitation, client, '{}');
  perform fence.mail_stranger(account, 'INVITATION', invitation);
  return invitation;
end $$;

-- Adds a member who chooses a password by a link, and answers the invitation. Definer: as create_member. RF003; RF006
-- (clientIds, agentIds); a taken email violates logins_account_id_email_key.
create or replace function ringfence.invite_member(
  name text, job_title text, email text,
  role text, permissions text[], client_access text, clients uuid[], agent_access text, agents uuid[], valid_seconds integer) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_team(fence.identity());
begin
  return fence.invite(authority, null,
    fence.add_member(authority, name, job_title, email, null, role, permissions, client_access, clients, agent_access, agents),
    null, valid_seconds);
end $$;

-- Adds a portal user who chooses a password by a link, and answers the invitation. Name and email left out (null): the
-- contact's; agents null: all of the client. Definer: as create_portal_user. RF003; RF004; RF006 (clientId, agentIds); RF010;
-- invitations_email_check where there is no email;
-- a taken email violates logins_account_id_email_key.
create or replace function ringfence.invite_portal_user(
  client uuid, name text, email text, recordings boolean, billable_minutes boolean, agents uuid[], valid_seconds integer) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_portal(fence.identity(), 'CREATE_CLIENTS', client, 'clientId');
  contact ringfence.clients;
begin
  select c.* into contact from ringfence.clients c where c.account_id = substr(authority, 7, 36)::uuid and c.id = client;
  if coalesce(email, contact.contact_email) is null then
    raise exception 'there is no email to invite' using errcode = 'check_violation', table = 'invitations', constraint = 'invitations_email_check';
  end if;
  return fence.invite(authority, client, null,
    fence.add_portal_user(authority, client, coalesce(name, contact.contact_name, contact.name),
      coalesce(email, contact.contact_email), null, recordings, billable_minutes, agents), valid_seconds);
end $$;

-- An invitation that may still be accepted, for those who could make it, and their authority. RF003; RF004
-- (INVITATION_CLOSED, CLIENT_ARCHIVED); RF006.
create or replace function fence.lock_invitation(identity text, invitation uuid, out authority text, out present ringfence.invitations)
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.require_what_is_committed();
  select i.* into present from ringfence.invitations i
  where i.account_id = substr(identity, 7, 36)::uuid and i.id = invitation;
  if present.kind = 'MEMBER' and position(',MANAGE_MEMBERS,' in substr(identity, 115)) > 0 then
    authority := fence.lock_team(identity);
  else
    -- Who may not know of it is answered as for one that does not exist.
    authority := fence.lock_portal(identity, 'CREATE_CLIENTS', case when present.kind = 'PORTAL_USER' then present.client_id end, 'id');
  end if;
  -- Again, now that nobody else changes it.
  select i.* into present from ringfence.invitations i
  where i.account_id = present.account_id and i.id = invitation for no key update;
  if not found then
    raise exception 'id' using errcode = 'RF006';
  elsif present.status <> 'PENDING' then
    raise exception 'INVITATION_CLOSED' using errcode = 'RF004';
  end if;
  -- Whoever has a password is no longer invited, whatever else was done to them: removing them is another matter.
  if exists (select from fence.logins l where l.account_id = present.account_id and l.password_hash is not null
               and (l.member_id = present.member_id or l.portal_user_id = present.portal_user_id)) then
    raise exception 'INVITATION_CLOSED' using errcode = 'RF004';
  end if;
  perform fence.require_right_to_invite(authority, present);
end $$;

-- RF003 or RF006 where somebody could not invite this person now.
create or replace function fence.require_right_to_invite(authority text, invitation ringfence.invitations) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if invitation.kind = 'MEMBER' then
    perform fence.require_permission(authority, 'MANAGE_MEMBERS');
    perform fence.require_power_over(authority, invitation.member_id);
    return;
  end if;
  perform fence.require_permission(authority, 'CREATE_CLIENTS');
  perform fence.require_permission(authority, 'VIEW_CLIENTS');
  if not fence.reaches_client(authority, invitation.client_id) then
    raise exception 'id' using errcode = 'RF006';
  end if;
  perform fence.require_portal_rights_held(authority, p.views_recordings, p.views_billable_minutes),
    fence.require_portal_agents_seen(authority, p)
  from ringfence.portal_users p where p.account_id = invitation.account_id and p.id = invitation.portal_user_id;
end $$;

-- Sends an invitation again, as from whoever does so, and answers its generation: links made before are void. At most once a
-- minute. Definer: no serving role writes invitations. RF003, RF004, RF006, RF009.
create or replace function ringfence.resend_invitation(invitation uuid, valid_seconds integer) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  locked record := fence.lock_invitation(fence.identity(), invitation);
  present ringfence.invitations := locked.present;
begin
  if present.sent_at > now() - interval '1 minute' then
    raise exception '60' using errcode = 'RF009';
  end if;
  update ringfence.invitations i
  set generation = i.generation + 1, sent_at = now(), invited_by = fence.inviting_member(locked.authority),
      expires_at = now() + fence.invitation_lasts(valid_seconds)
  where i.account_id = present.account_id and i.id = invitation;
  perform fence.write_audit(present.account_id, 'INVITATION_RESENT', 'INVITATION', invitation, present.client_id, '{}');
  perform fence.mail_stranger(present.account_id, 'INVITATION', invitation);
  return present.generation + 1;
end $$;

-- Cancels an invitation: its links are void, the person is gone, and the email is free. Definer: no serving role writes
-- invitations or deletes people. RF003, RF004, RF006.
create or replace function ringfence.cancel_invitation(invitation uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  locked record := fence.lock_invitation(fence.identity(), invitation);
  present ringfence.invitations := locked.present;
begin
  update ringfence.invitations i set status = 'CANCELLED', closed_at = now(), member_id = null, portal_user_id = null
  where i.account_id = present.account_id and i.id = invitation;
  delete from ringfence.members m where m.account_id = present.account_id and m.id = present.member_id;
  delete from ringfence.portal_users p where p.account_id = present.account_id and p.id = present.portal_user_id;
  perform fence.write_audit(present.account_id, 'INVITATION_CANCELLED', 'INVITATION', invitation, present.client_id, '{}');
  perform fence.write_audit(present.account_id,
    case present.kind when 'MEMBER' then 'MEMBER_REMOVED' else 'PORTAL_USER_DELETED' end, present.kind,
    coalesce(present.member_id, present.portal_user_id), present.client_id, jsonb_build_object('name', present.name));
end $$;

-- Whether a link of this generation would let its holder in now: the account and the client are active, the person still
-- waits, and whoever invited them could still do so.
create or replace function fence.is_open(invitation ringfence.invitations, link_generation integer) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  inviter ringfence.member_access;
  kind text;
begin
  if invitation.status is distinct from 'PENDING' or invitation.generation <> link_generation or invitation.expires_at <= now()
     or not exists (select from ringfence.accounts a where a.id = invitation.account_id and a.status = 'ACTIVE')
     or not exists (select from ringfence.clients c
                    where c.account_id = invitation.account_id and c.id = invitation.client_id and c.status = 'ACTIVE')
     or not (exists (select from ringfence.member_access m
                     where m.account_id = invitation.account_id and m.member_id = invitation.member_id and m.status = 'INVITED')
          or exists (select from ringfence.portal_users p
                     where p.account_id = invitation.account_id and p.id = invitation.portal_user_id and p.status = 'INVITED')) then
    return false;
  end if;
  select m.* into inviter from ringfence.member_access m
  where m.account_id = invitation.account_id and m.member_id = invitation.invited_by and m.status = 'ACTIVE';
  if not found then
    return false;
  end if;
  kind := fence.kind_of(inviter.role, inviter.client_access);
  perform fence.require_right_to_invite(
    -- As an identity, of a session that there is not.
    '10000' || kind || inviter.account_id || inviter.member_id || repeat(' ', 36)
      || fence.permissions_of(inviter.account_id, inviter.member_id, kind), invitation);
  return true;
exception when sqlstate 'RF003' or sqlstate 'RF006' then
  return false;
end $$;

-- What an invitation says to whoever holds its link. No row: it is not worth anything, for whatever reason. For the sign-in
-- login, which calls it for links that were verified.
create or replace function signin.invitation(invitation uuid, link_generation integer)
returns table (kind text, account_name text, client_name text, invited_by text, name text, email text,
               password_minimum integer, expires_at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return query
    select i.kind, a.name, case when not c.is_house then c.name end, m.name, i.name, i.email, a.password_minimum, i.expires_at
    from ringfence.invitations i
    join ringfence.accounts a on a.id = i.account_id
    join ringfence.clients c on c.account_id = i.account_id and c.id = i.client_id
    join ringfence.members m on m.account_id = i.account_id and m.id = i.invited_by
    where i.id = invitation and fence.is_open(i, link_generation);
end $$;

-- Lets somebody in with the password they have chosen, once; answers what start_session needs. No row: as above. For the
-- sign-in login, which calls it for links that were verified.
create or replace function signin.accept_invitation(invitation uuid, link_generation integer, new_hash text)
returns table (account_id uuid, login_id uuid)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  present ringfence.invitations;
  login uuid;
begin
  perform fence.require_password_hash(new_hash);
  -- The account first, as everybody who changes what is decided here does.
  perform fence.lock_account(i.account_id) from ringfence.invitations i where i.id = invitation;
  -- Whoever archives the client waits for this, or is waited for.
  perform from ringfence.clients c join ringfence.invitations i on i.account_id = c.account_id and i.client_id = c.id
  where i.id = invitation for share of c;
  select i.* into present from ringfence.invitations i where i.id = invitation for no key update;
  if not found or not fence.is_open(present, link_generation) then
    return;
  end if;
  update ringfence.invitations i set status = 'ACCEPTED', closed_at = now()
  where i.account_id = present.account_id and i.id = invitation;
  update ringfence.member_access m set status = 'ACTIVE' where m.account_id = present.account_id and m.member_id = present.member_id;
  update ringfence.portal_users p set status = 'ACTIVE' where p.account_id = present.account_id and p.id = present.portal_user_id;
  update fence.logins l set password_hash = new_hash
  where l.account_id = present.account_id and (l.member_id = present.member_id or l.portal_user_id = present.portal_user_id)
  returning l.id into strict login;
  perform fence.write_audit(present.account_id, 'INVITATION_ACCEPTED', 'INVITATION', invitation, present.client_id, '{}');
  return query select present.account_id, login;
end $$;

grant execute on function ringfence.invite_member to ringfence_admin, ringfence_member_all, ringfence_member;
grant execute on function ringfence.invite_portal_user, ringfence.resend_invitation, ringfence.cancel_invitation
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
grant execute on function signin.invitation, signin.accept_invitation to ringfence_signin;
