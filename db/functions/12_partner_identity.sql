-- Partner tokens as principals: what one opens, and the functions that its policies ask. Whatever a token was given, it is
-- looked at together with what its member holds and reaches at that moment, each time.
--
-- In an identity, the principal and the session are both the token.

-- The kind of a token that is in force: T where it is for all clients and its member reaches them all, or it is the
-- account's; S for a set. Null: it is revoked or expired, its member or account is not active, or it was limited to clients
-- of which none is left, or all are archived or being deleted.
create or replace function fence.access_token_kind(token uuid) returns text
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return (
    select case when t.all_clients and fence.kind_of(m.role, m.client_access) is distinct from 'M' then 'T' else 'S' end
    from ringfence.access_tokens t
    join ringfence.accounts a on a.id = t.account_id and a.status = 'ACTIVE'
    left join ringfence.member_access m on m.account_id = t.account_id and m.member_id = t.member_id
    where t.id = token and t.revoked_at is null and t.expires_at > now() and (t.member_id is null or m.status = 'ACTIVE')
      and (t.all_clients or exists (
        select from ringfence.access_token_clients tc
        join ringfence.clients c on c.account_id = tc.account_id and c.id = tc.client_id
        where tc.account_id = t.account_id and tc.access_token_id = t.id and c.status in ('ACTIVE', 'INACTIVE'))));
end $$;

-- ',A,B,': what a token was given and its member holds now; the account's tokens hold what they were given.
create or replace function fence.access_token_permissions(account uuid, token uuid) returns text
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  held text := (
    select fence.permissions_of(m.account_id, m.member_id, fence.kind_of(m.role, m.client_access))
    from ringfence.access_tokens t
    join ringfence.member_access m on m.account_id = t.account_id and m.member_id = t.member_id
    where t.account_id = account and t.id = token);
begin
  return ',' || coalesce((
    select string_agg(p.permission, ',' order by p.permission) || ',' from ringfence.access_token_permissions p
    where p.account_id = account and p.access_token_id = token
      and (held is null or position(',' || p.permission || ',' in held) > 0)), '');
end $$;

-- The identity that a token's secret opens, from its kind on; null: none.
create or replace function fence.partner_identity(token uuid, secret_digest bytea) returns text
language plpgsql stable parallel restricted set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := (
    select s.account_id from fence.access_token_secrets s
    where s.access_token_id = token and s.digest = sha256(secret_digest) and (s.expires_at is null or s.expires_at > now()));
begin
  return fence.access_token_kind(token) || account || token || token || fence.access_token_permissions(account, token);
end $$;

-- Who a token is now, for the server to know which session to open; no row: it opens nothing. Definer: the login reads no
-- table. What it answers allows nothing; open_session looks at everything again.
create or replace function ringfence.resolve_access_token(token uuid, secret_digest bytea)
returns table (kind text, account_id uuid, permissions text[])
language plpgsql stable security definer parallel restricted set search_path = pg_catalog, pg_temp as $$
declare
  opened text := fence.partner_identity(token, secret_digest);
begin
  return query select left(opened, 1), substr(opened, 2, 36)::uuid, array_remove(string_to_array(substr(opened, 110), ','), '')
    where opened is not null;
end $$;

create or replace function ringfence.partner_all_account_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'T' then substr(identity, 7, 36)::uuid end;
end $$;

create or replace function ringfence.partner_all_account_id_with(permission text) returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'T'
    and position(',' || permission || ',' in substr(identity, 115)) > 0 then substr(identity, 7, 36)::uuid end;
end $$;

create or replace function ringfence.partner_account_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'S' then substr(identity, 7, 36)::uuid end;
end $$;

create or replace function ringfence.partner_account_id_with(permission text) returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'S'
    and position(',' || permission || ',' in substr(identity, 115)) > 0 then substr(identity, 7, 36)::uuid end;
end $$;

-- The token itself, whatever its reach.
create or replace function ringfence.own_access_token_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('T', 'S') then substr(identity, 43, 36)::uuid end;
end $$;

-- The client set of a token, read live like every set: what it is for, and its member reaches now. Empty for everybody else.
create or replace function fence.partner_clients(identity text) returns uuid[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
  token ringfence.access_tokens;
  scoped boolean;
begin
  if substr(identity, 6, 1) <> 'S' then
    return '{}';
  end if;
  select t.* into token from ringfence.access_tokens t where t.account_id = account and t.id = myself;
  if token.all_clients then
    return array(select a.client_id from ringfence.client_assignments a
                 where a.account_id = account and a.member_id = token.member_id);
  end if;
  scoped := exists (select from ringfence.member_access m where m.account_id = account and m.member_id = token.member_id
                      and fence.kind_of(m.role, m.client_access) = 'M');
  return array(
    select tc.client_id from ringfence.access_token_clients tc
    where tc.account_id = account and tc.access_token_id = myself
      and (not scoped or exists (select from ringfence.client_assignments a
                                 where a.account_id = account and a.member_id = token.member_id and a.client_id = tc.client_id)));
end $$;

create or replace function ringfence.partner_client_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return fence.partner_clients(fence.identity());
end $$;

-- Organizations with a client in the set, for tokens that may see clients.
create or replace function fence.partner_organizations(identity text) returns uuid[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  clients uuid[] := fence.partner_clients(identity);
begin
  if position(',VIEW_CLIENTS,' in substr(identity, 115)) = 0 then
    return '{}';
  end if;
  return array(
    select distinct c.organization_id from ringfence.clients c
    where c.account_id = account and c.id = any (clients) and c.organization_id is not null);
end $$;

create or replace function ringfence.partner_organization_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return fence.partner_organizations(fence.identity());
end $$;

grant execute on function ringfence.resolve_access_token to ringfence_login;
grant execute on function ringfence.partner_all_account_id, ringfence.partner_all_account_id_with,
  ringfence.partner_account_id, ringfence.partner_account_id_with, ringfence.own_access_token_id,
  ringfence.partner_client_ids, ringfence.partner_organization_ids to ringfence_partner_all, ringfence_partner;
