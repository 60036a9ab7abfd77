-- Choosing a new password by mail, for those who lost theirs. As with invitations, the link is made of the login's id and a
-- generation, and nothing of it is stored.

-- Mails a link to each login of an email that may sign in with a password, unless one was asked for within the last minute.
-- A link that is out goes on working, so that nobody can void it by asking again.
-- Answers nothing: whether there is such a login is not for the caller to know.
create or replace function signin.request_password_reset(account_slug text, login_email text, most integer, valid_seconds integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  login fence.logins;
begin
  for login in
    select l.* from fence.logins l
    join ringfence.accounts a on a.id = l.account_id
    where l.email_key = lower(login_email collate "und-x-icu") and (account_slug is null or a.slug = account_slug)
      and l.password_hash is not null and fence.may_sign_in(l.account_id, l.member_id, l.portal_user_id)
    order by l.account_id
    limit most
  loop
    update fence.logins l
    set reset_generation = l.reset_generation + case when l.reset_expires_at > now() then 0 else 1 end, reset_requested_at = now(), reset_expires_at = now() + make_interval(secs => valid_seconds)
    where l.account_id = login.account_id and l.id = login.id
      and (l.reset_requested_at is null or l.reset_requested_at <= now() - interval '1 minute');
    if found then
      perform fence.write_person_audit(login.account_id, 'PASSWORD_RESET_REQUESTED', login.member_id, login.portal_user_id, '{}');
      perform fence.post_mail(login.account_id, 'PASSWORD_RESET', login.id);
    end if;
  end loop;
end $$;

-- The login that a link of this generation lets its holder choose a password for. No row: it was used, has expired, or is
-- void. For the sign-in login, which calls it for links that were verified.
create or replace function signin.password_reset(login uuid, link_generation integer)
returns table (account_id uuid, email text, password_minimum integer)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return query
    select l.account_id, l.email, a.password_minimum
    from fence.logins l
    join ringfence.accounts a on a.id = l.account_id
    where l.id = login and l.reset_generation = link_generation and l.reset_expires_at > now()
      and fence.may_sign_in(l.account_id, l.member_id, l.portal_user_id);
end $$;

-- Sets the password, once, and ends all sessions. False: as above.
create or replace function signin.reset_password(login uuid, link_generation integer, new_hash text) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  person fence.logins;
begin
  select l.* into person from fence.logins l where l.id = login for no key update;
  if not exists (select from signin.password_reset(login, link_generation)) then
    return false;
  end if;
  perform fence.set_password(person.account_id, login, new_hash, null);
  return true;
end $$;

grant execute on function signin.request_password_reset, signin.password_reset, signin.reset_password to ringfence_signin;
