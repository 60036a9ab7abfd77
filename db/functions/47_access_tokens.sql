-- Partner tokens: who mints, rotates and revokes them. A token is minted by somebody who holds and reaches what it is given,
-- at that moment; owners alone mint for the account. As with the team, it is decided under the lock of the account's row.
-- No serving role that stands for a token may call any of this: a token mints nothing.

-- For those who manage tokens: as lock_authority; RF003 without MANAGE_ACCESS_TOKENS.
create or replace function fence.lock_tokens(identity text) returns text
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_authority(identity);
begin
  perform fence.require_permission(authority, 'MANAGE_ACCESS_TOKENS');
  return authority;
end $$;

-- A token that the caller manages: one's own; owners and administrators: all of the account. RF006: there is none.
create or replace function fence.managed_token(authority text, token uuid) returns ringfence.access_tokens
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.access_tokens;
begin
  select t.* into present from ringfence.access_tokens t
  where t.account_id = substr(authority, 7, 36)::uuid and t.id = token
    and (substr(authority, 6, 1) in ('O', 'A') or t.member_id = substr(authority, 43, 36)::uuid);
  if not found then
    raise exception 'id' using errcode = 'RF006';
  end if;
  return present;
end $$;

-- RF003 unless the caller may hold the secret of a token: its member, and of the account's tokens, owners.
create or replace function fence.require_holder(authority text, member uuid) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if member is null and substr(authority, 6, 1) <> 'O' then
    raise exception 'OWNER' using errcode = 'RF003';
  elsif member <> substr(authority, 43, 36)::uuid then
    raise exception 'TOKEN_HOLDER' using errcode = 'RF003';
  end if;
end $$;

-- Mints a token, for the caller or for the account, and answers its id. `clients` null: all. Definer: no serving role
-- writes tokens, and none reaches their secrets. RF003; RF004 (CLIENT_DELETING); RF006 (clientIds).
create or replace function ringfence.create_access_token(
  token_name text, permissions text[], clients uuid[], token_expires_at timestamptz, for_account boolean, secret_digest bytea)
returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_tokens(fence.identity());
  account uuid := substr(authority, 7, 36)::uuid;
  myself uuid := substr(authority, 43, 36)::uuid;
  holder uuid := case when for_account then null else myself end;
  permission text;
  client uuid;
  token uuid;
begin
  perform fence.require_holder(authority, holder);
  foreach permission in array permissions loop
    perform fence.require_permission(authority, permission);
  end loop;
  if clients is null and substr(authority, 6, 1) = 'M' then
    raise exception 'REACH' using errcode = 'RF003';
  end if;
  foreach client in array coalesce(clients, '{}') loop
    if not fence.reaches_client(authority, client) then
      raise exception 'clientIds' using errcode = 'RF006';
    end if;
  end loop;
  perform fence.refuse_deleting(account, clients);

  insert into ringfence.access_tokens (account_id, name, member_id, created_by, all_clients, expires_at)
  values (account, token_name, holder, myself, clients is null, token_expires_at) returning id into token;
  insert into ringfence.access_token_permissions (account_id, access_token_id, permission)
  select distinct account, token, p from unnest(permissions) p;
  insert into ringfence.access_token_clients (account_id, access_token_id, client_id)
  select distinct account, token, c from unnest(clients) c;
  insert into fence.access_token_secrets (account_id, access_token_id, digest) values (account, token, sha256(secret_digest));
  return token;
end $$;

-- Names a token. Definer: as create_access_token. RF003, RF006.
create or replace function ringfence.rename_access_token(token uuid, new_name text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_tokens(fence.identity());
  present ringfence.access_tokens := fence.managed_token(authority, token);
begin
  update ringfence.access_tokens t set name = new_name
  where t.account_id = present.account_id and t.id = token and t.name <> new_name;
end $$;

-- Gives a token another secret; the one before opens it for some more seconds, those before that no longer than they did.
-- What it may do and when it expires stays. Whoever is given the secret could act as the token, so it is for those whose it
-- is. Definer: as create_access_token. RF003; RF004 (ACCESS_TOKEN_REVOKED, ACCESS_TOKEN_EXPIRED); RF006.
create or replace function ringfence.rotate_access_token(token uuid, secret_digest bytea, overlap_seconds integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_tokens(fence.identity());
  present ringfence.access_tokens := fence.managed_token(authority, token);
begin
  if (overlap_seconds between 0 and 604800) is not true then
    raise exception 'a secret that was rotated is good for seven days at most' using errcode = 'invalid_parameter_value';
  end if;
  perform fence.require_holder(authority, present.member_id);
  if present.revoked_at is not null then
    raise exception 'ACCESS_TOKEN_REVOKED' using errcode = 'RF004';
  elsif present.expires_at <= now() then
    raise exception 'ACCESS_TOKEN_EXPIRED' using errcode = 'RF004';
  end if;
  update fence.access_token_secrets s set expires_at = now() + make_interval(secs => overlap_seconds)
  where s.account_id = present.account_id and s.access_token_id = token and s.expires_at is null;
  delete from fence.access_token_secrets s
  where s.account_id = present.account_id and s.access_token_id = token and s.expires_at <= now();
  insert into fence.access_token_secrets (account_id, access_token_id, digest)
  values (present.account_id, token, sha256(secret_digest));
  perform fence.write_audit(present.account_id, 'ACCESS_TOKEN_ROTATED', 'ACCESS_TOKEN', token, null, '{}');
end $$;

-- Revokes a token, at once; false: it was revoked already. Definer: as create_access_token. RF003, RF006.
create or replace function ringfence.revoke_access_token(token uuid) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_tokens(fence.identity());
  present ringfence.access_tokens := fence.managed_token(authority, token);
begin
  if present.revoked_at is not null then
    return false;
  end if;
  update ringfence.access_tokens t set revoked_at = now() where t.account_id = present.account_id and t.id = token;
  delete from fence.access_token_secrets s where s.account_id = present.account_id and s.access_token_id = token;
  -- What a token of a member holds is the member's.
  delete from ringfence.lead_holds h where h.account_id = present.account_id and h.holder_id = token;
  perform fence.write_audit(present.account_id, 'ACCESS_TOKEN_REVOKED', 'ACCESS_TOKEN', token, null, '{}');
  return true;
end $$;

-- What becomes of the tokens of a member who is removed: they go to `heir`, or with the member where that is null. None may
-- do more through its new member than it could through the one before. Answers them.
create or replace function fence.settle_tokens(account uuid, member uuid, heir uuid) returns setof ringfence.access_tokens
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  scoped boolean := exists (
    select from ringfence.member_access m
    where m.account_id = account and m.member_id = member and fence.kind_of(m.role, m.client_access) = 'M');
  some_agents boolean := exists (
    select from ringfence.member_access m
    where m.account_id = account and m.member_id = member and m.role = 'MEMBER' and m.agent_access <> 'ALL');
  -- Members alone are narrowed by lists and blind mode.
  some_lists boolean := exists (
    select from ringfence.member_access m where m.account_id = account and m.member_id = member and m.role = 'MEMBER');
  token ringfence.access_tokens;
begin
  for token in
    select t.* from ringfence.access_tokens t where t.account_id = account and t.member_id = member order by t.created_at, t.id
  loop
    if heir is not null then
      delete from ringfence.access_token_permissions p
      where p.account_id = account and p.access_token_id = token.id
        and position(',' || p.permission || ',' in fence.access_token_permissions(account, token.id)) = 0;
      if scoped and token.all_clients then
        insert into ringfence.access_token_clients (account_id, access_token_id, client_id)
        select account, token.id, a.client_id from ringfence.client_assignments a
        where a.account_id = account and a.member_id = member;
      elsif scoped then
        delete from ringfence.access_token_clients tc
        where tc.account_id = account and tc.access_token_id = token.id and not exists (
          select from ringfence.client_assignments a
          where a.account_id = account and a.member_id = member and a.client_id = tc.client_id);
      end if;
      if some_agents and token.all_agents then
        insert into ringfence.access_token_agents (account_id, client_id, access_token_id, stay_id)
        select account, a.client_id, token.id, a.stay_id from ringfence.agent_assignments a
        where a.account_id = account and a.member_id = member;
      elsif some_agents then
        delete from ringfence.access_token_agents ta
        where ta.account_id = account and ta.access_token_id = token.id and not exists (
          select from ringfence.agent_assignments a
          where a.account_id = account and a.member_id = member and a.stay_id = ta.stay_id);
      end if;
      update ringfence.access_tokens t
      set member_id = heir, all_clients = token.all_clients and not scoped, all_agents = token.all_agents and not some_agents,
          all_lists = token.all_lists and not some_lists
      where t.account_id = account and t.id = token.id;
    end if;
    perform fence.write_audit(account, case when heir is null then 'ACCESS_TOKEN_REVOKED' else 'ACCESS_TOKEN_TRANSFERRED' end,
      'ACCESS_TOKEN', token.id, null,
      jsonb_strip_nulls(jsonb_build_object('name', token.name, 'from', member, 'to', heir)));
    return next token;
  end loop;
end $$;

-- What tokens may do now, of those that the caller sees; none where one opens nothing. Definer: what their members hold is
-- not for every caller to read.
create or replace function ringfence.access_token_powers(tokens uuid[])
returns table (access_token_id uuid, permissions text[])
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
  kind text := substr(identity, 6, 1);
begin
  return query
    select t.id, case when fence.access_token_kind(t.id) is null then '{}'
      else array_remove(string_to_array(fence.access_token_permissions(account, t.id), ','), '') end
    from ringfence.access_tokens t
    where t.account_id = account and t.id = any (tokens)
      and (kind in ('O', 'A') or (kind in ('T', 'S') and t.id = myself)
        or (kind in ('L', 'M') and t.member_id = myself and position(',MANAGE_ACCESS_TOKENS,' in substr(identity, 115)) > 0));
end $$;

-- Notes that tokens were used, to the minute; told by the server every now and then, so that reading stays reading. Rows are
-- locked in one order, for servers that tell at the same time.
create or replace function signin.note_token_use(tokens uuid[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update ringfence.access_tokens t set last_used_at = date_trunc('minute', now(), 'UTC')
  from (select n.id from ringfence.access_tokens n
        where n.id = any (tokens) and (n.last_used_at is null or n.last_used_at < date_trunc('minute', now(), 'UTC'))
        order by n.id for no key update) noted
  where t.id = noted.id;
end $$;

grant execute on function ringfence.create_access_token, ringfence.rename_access_token, ringfence.rotate_access_token,
  ringfence.revoke_access_token to ringfence_admin, ringfence_member_all, ringfence_member;
grant execute on function ringfence.access_token_powers
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
grant execute on function signin.note_token_use to ringfence_signin;
