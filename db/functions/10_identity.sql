-- The sealed session: who a transaction acts for, and the functions that policies ask.
--
-- open_session turns a credential into an identity and writes it into a transaction-local setting, with a seal beside
-- it: a keyed hash over the identity and the transaction's timestamp. Anybody may overwrite a setting; nobody without
-- the key can make a seal that fits, and a copied pair fits no other transaction.
--
-- An identity is text of fixed widths, so that taking it apart can't be confused by its content:
--   1       version, '1'
--   2-5     id of the seal key
--   6       kind: O owner, A administrator, L member with all clients, M member with assigned clients, P portal user,
--           T partner token for all clients, S partner token for a set of clients
--   7-42    account id
--   43-78   principal id (the member, the portal user, or the token)
--   79-114  session id (of a token: the token)
--   115-    permissions, ',A,B,'
-- The files of this folder run as ringfence_definer, who thereby owns every function in them.

alter default privileges revoke execute on functions from public;

-- Planned into the statement that reads the key, so that the pads are columns of a row and nowhere a value that
-- `debug_print_plan` would print.
create or replace function fence.seal(identity text, inner_pad bytea, outer_pad bytea) returns text
language sql stable parallel safe
return encode(sha256(outer_pad || sha256(inner_pad ||
  convert_to(identity || '|' || extract(epoch from transaction_timestamp())::text, 'UTF8'))), 'hex');

-- The verified identity; the only reader of the settings. Raises RF001 where there is none or the seal is broken:
-- "no session" never means "no rows".
create or replace function fence.identity() returns text
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := current_setting('ringfence.identity', true);
begin
  perform from fence.seal_keys k
  where k.id = substr(identity, 2, 4) and (k.retired_at is null or k.retired_at > transaction_timestamp())
    and fence.seal(identity, k.inner_pad, k.outer_pad) = current_setting('ringfence.seal', true);
  if not found then
    raise exception 'no session' using errcode = 'RF001';
  end if;
  return identity;
end $$;

-- A credential in, a sealed identity out. Definer: it alone reads sessions and seal keys. It never writes, so it works
-- on a replica. RF001: no such session, or its kind is no longer the expected one. RF002: somebody left prepared
-- statements, cursors or listening channels on this connection, which must be destroyed. (Over the extended protocol
-- the running statement is itself a cursor, with an empty name.)
create or replace function ringfence.open_session(session uuid, secret_digest bytea, expected_kind text) returns void
language plpgsql stable security definer parallel restricted set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from pg_prepared_statements where from_sql)
     or exists (select from pg_cursors where name <> '')
     or exists (select from pg_listening_channels()) then
    raise exception 'connection is not clean' using errcode = 'RF002';
  end if;

  if expected_kind = 'P' then
    perform fence.set_identity(fence.portal_identity(session, secret_digest));
    return;
  elsif expected_kind in ('T', 'S') then
    -- Here `session` is the token.
    perform fence.set_identity(opened) from fence.partner_identity(session, secret_digest) opened
    where left(opened, 1) = expected_kind;
    if not found then
      raise exception 'no session' using errcode = 'RF001';
    end if;
    return;
  end if;
  -- One statement, because this is done for nearly every request. (offset 0: the identity is put together once.)
  perform set_config('ringfence.identity', opened.identity, true),
          set_config('ringfence.seal', fence.seal(opened.identity, k.inner_pad, k.outer_pad), true)
  from fence.seal_keys k
  cross join lateral (
    select '1' || k.id || expected_kind || s.account_id || s.member_id || s.id
             || fence.permissions_of(s.account_id, s.member_id, expected_kind) as identity
    from fence.access_credentials c
    join fence.sessions s on s.id = c.session_id
    join ringfence.accounts a on a.id = s.account_id
    join ringfence.member_access m on m.account_id = s.account_id and m.member_id = s.member_id
    where c.session_id = session and c.digest = sha256(secret_digest) and c.expires_at > now()
      and s.ended_at is null and s.expires_at > now()
      and a.status = 'ACTIVE' and m.status = 'ACTIVE'
      and fence.kind_of(m.role, m.client_access) = expected_kind
    offset 0
  ) opened
  where k.retired_at is null;
  if not found then
    raise exception 'no session' using errcode = 'RF001';
  end if;
end $$;

-- Seals an identity that a credential has opened, given from its kind on. RF001 where it opened nothing (null).
create or replace function fence.set_identity(opened text) returns void
language plpgsql stable parallel restricted set search_path = pg_catalog, pg_temp as $$
begin
  perform set_config('ringfence.identity', '1' || k.id || opened, true),
          set_config('ringfence.seal', fence.seal('1' || k.id || opened, k.inner_pad, k.outer_pad), true)
  from fence.seal_keys k where k.retired_at is null and opened is not null;
  if not found then
    raise exception 'no session' using errcode = 'RF001';
  end if;
end $$;

-- The identity that a portal user's credential opens, from its kind on; null: none. They and their client must be active.
create or replace function fence.portal_identity(session uuid, secret_digest bytea) returns text
language plpgsql stable parallel restricted set search_path = pg_catalog, pg_temp as $$
begin
  return (
    select 'P' || s.account_id || s.portal_user_id || s.id || fence.permissions_of(s.account_id, s.portal_user_id, 'P')
    from fence.access_credentials c
    join fence.sessions s on s.id = c.session_id
    where c.session_id = session and c.digest = sha256(secret_digest) and c.expires_at > now()
      and s.ended_at is null and s.expires_at > now() and s.portal_user_id is not null
      and fence.may_sign_in(s.account_id, s.member_id, s.portal_user_id));
end $$;

-- Whether somebody may be signed in: an active member, or an active portal user of an active client, of an active account.
create or replace function fence.may_sign_in(account uuid, member uuid, portal_user uuid) returns boolean
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return exists (select from ringfence.accounts a where a.id = account and a.status = 'ACTIVE')
    and (exists (select from ringfence.member_access m
                 where m.account_id = account and m.member_id = member and m.status = 'ACTIVE')
      or exists (select from ringfence.portal_users p
                 join ringfence.clients c on c.account_id = p.account_id and c.id = p.client_id
                 where p.account_id = account and p.id = portal_user and p.status = 'ACTIVE' and c.status = 'ACTIVE'));
end $$;

-- The kind that is sealed, from what a member is now.
create or replace function fence.kind_of(role text, client_access text) returns text
language sql immutable parallel safe
return case when role = 'OWNER' then 'O' when role = 'ADMIN' then 'A' when client_access = 'ALL' then 'L' when role = 'MEMBER' then 'M' end;

-- ',A,B,': what somebody may do now. Owners and administrators hold every permission; what only owners may do is decided
-- by their kind. A portal user sees their client, and what they were given beyond it. A token never holds more than its
-- member.
create or replace function fence.permissions_of(account uuid, principal uuid, kind text) returns text
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  if kind in ('O', 'A') then
    return ',VIEW_CLIENTS,CREATE_CLIENTS,EDIT_CLIENTS,DELETE_CLIENTS,MANAGE_CLIENT_ORGANIZATIONS,EDIT_AGENTS,'
      'USE_ADVANCED_EDITOR,RECORD_ACTIVITY,VIEW_RECORDINGS,VIEW_BILLABLE_MINUTES,MANAGE_BILLING,ACCESS_CRM,'
      'MANAGE_LISTS,MANAGE_IDENTITIES,MANAGE_INTEGRATIONS,HANDLE_REQUESTS,EXPORT_DATA,VIEW_AUDIT,MANAGE_MEMBERS,'
      'MANAGE_ACCESS_TOKENS,MANAGE_ACCOUNT,';
  elsif kind = 'P' then
    return (select concat(',VIEW_CLIENTS,', case when p.views_recordings then 'VIEW_RECORDINGS,' end,
                          case when p.views_billable_minutes then 'VIEW_BILLABLE_MINUTES,' end)
            from ringfence.portal_users p where p.account_id = account and p.id = principal);
  elsif kind in ('T', 'S') then
    return fence.access_token_permissions(account, principal);
  end if;
  return ',' || coalesce((select string_agg(permission, ',' order by permission) || ','
                          from ringfence.member_permissions where account_id = account and member_id = principal), '');
end $$;

-- What policies ask. One function per kind: null, or an empty set, for everybody else, so that becoming another
-- serving role gains nothing; with a permission, null also where it is not held. Definers, because identity and
-- assignments are not for serving roles to read.

create or replace function ringfence.admin_account_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('O', 'A') then substr(identity, 7, 36)::uuid end;
end $$;

create or replace function ringfence.admin_account_id_with(permission text) returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('O', 'A')
    and position(',' || permission || ',' in substr(identity, 115)) > 0 then substr(identity, 7, 36)::uuid end;
end $$;

create or replace function ringfence.member_all_account_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'L' then substr(identity, 7, 36)::uuid end;
end $$;

create or replace function ringfence.member_all_account_id_with(permission text) returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'L'
    and position(',' || permission || ',' in substr(identity, 115)) > 0 then substr(identity, 7, 36)::uuid end;
end $$;

create or replace function ringfence.member_account_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'M' then substr(identity, 7, 36)::uuid end;
end $$;

create or replace function ringfence.member_account_id_with(permission text) returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'M'
    and position(',' || permission || ',' in substr(identity, 115)) > 0 then substr(identity, 7, 36)::uuid end;
end $$;

create or replace function ringfence.portal_account_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'P' then substr(identity, 7, 36)::uuid end;
end $$;

-- The portal user itself.
create or replace function ringfence.own_portal_user_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'P' then substr(identity, 43, 36)::uuid end;
end $$;

-- The one client of a portal user, read live like every set, with what of the team and of its organization they see of it:
-- its account manager, its organization. No row for everybody else.
create or replace function fence.portal_client(identity text) returns ringfence.clients
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
  client ringfence.clients;
begin
  if substr(identity, 6, 1) = 'P' then
    select c.* into client
    from ringfence.portal_users p
    join ringfence.clients c on c.account_id = p.account_id and c.id = p.client_id
    where p.account_id = account and p.id = myself;
  end if;
  return client;
end $$;

create or replace function ringfence.portal_client_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return (fence.portal_client(fence.identity())).id;
end $$;

create or replace function ringfence.portal_organization_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return (fence.portal_client(fence.identity())).organization_id;
end $$;

create or replace function ringfence.portal_account_manager_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return (fence.portal_client(fence.identity())).account_manager_id;
end $$;

-- The member itself, whatever its access; null for owners and administrators, whose policies do not ask.
create or replace function ringfence.own_member_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('L', 'M') then substr(identity, 43, 36)::uuid end;
end $$;

create or replace function ringfence.has_permission(permission text) returns boolean
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return position(',' || permission || ',' in substr(fence.identity(), 115)) > 0;
end $$;

-- The client set, read live: a grant revoked elsewhere is gone at the next statement. (Casts stand before the query,
-- so that they are not repeated per row.)
create or replace function ringfence.member_client_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  member uuid := substr(identity, 43, 36)::uuid;
begin
  if substr(identity, 6, 1) <> 'M' then
    return '{}';
  end if;
  return array(select client_id from ringfence.client_assignments where account_id = account and member_id = member);
end $$;

-- Organizations with a client in the set, for those who may see clients.
create or replace function ringfence.member_organization_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  member uuid := substr(identity, 43, 36)::uuid;
begin
  if substr(identity, 6, 1) <> 'M' or position(',VIEW_CLIENTS,' in substr(identity, 115)) = 0 then
    return '{}';
  end if;
  return array(
    select distinct c.organization_id
    from ringfence.client_assignments a
    join ringfence.clients c on c.account_id = a.account_id and c.id = a.client_id
    where a.account_id = account and a.member_id = member and c.organization_id is not null);
end $$;

-- What `viewer` answers and shield asks before it refuses: the sealed kind and permissions, and until when the session, or
-- the token, lasts.
create or replace function ringfence.current_identity()
returns table (kind text, account_id uuid, principal_id uuid, permissions text[], session_expires_at timestamptz)
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
begin
  return query
    select substr(identity, 6, 1), s.account_id, substr(identity, 43, 36)::uuid,
           array_remove(string_to_array(substr(identity, 115), ','), ''), s.expires_at
    from (select s.account_id, s.id, s.expires_at from fence.sessions s
          union all
          select t.account_id, t.id, t.expires_at from ringfence.access_tokens t) s
    where s.account_id = substr(identity, 7, 36)::uuid and s.id = substr(identity, 79, 36)::uuid;
end $$;

-- For definer functions that change something: no snapshot of the caller's choosing. In an older one a grant that was taken
-- away, a plan that has filled up, or a key that was claimed, would still look as it was.
create or replace function fence.require_what_is_committed() returns void
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise exception 'changes are decided on what is committed' using errcode = 'invalid_transaction_state';
  end if;
end $$;

-- For definer functions that change something: refuse before anything is looked up.
create or replace function fence.require_permission(identity text, permission text) returns void
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.require_what_is_committed();
  if position(',' || permission || ',' in substr(identity, 115)) = 0 then
    raise exception '%', permission using errcode = 'RF003';
  end if;
end $$;

-- Is this client in the principal's set? For definer functions, which row security does not narrow.
create or replace function fence.reaches_client(identity text, client uuid) returns boolean
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
begin
  return case
    when substr(identity, 6, 1) in ('O', 'A', 'L', 'T') then
      exists (select from ringfence.clients where account_id = account and id = client and not is_house)
    when substr(identity, 6, 1) = 'M' then
      exists (select from ringfence.client_assignments
              where account_id = account and member_id = substr(identity, 43, 36)::uuid and client_id = client)
    when substr(identity, 6, 1) = 'S' then client = any (fence.partner_clients(identity))
    else false end;
end $$;

-- Is this organization visible to the principal? The same rule as its policies; of a member's clients those of this organization are
-- looked for, because the set is read from all of them.
create or replace function fence.reaches_organization(identity text, organization uuid) returns boolean
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  kind text := substr(identity, 6, 1);
  account uuid := substr(identity, 7, 36)::uuid;
  views_clients boolean := position(',VIEW_CLIENTS,' in substr(identity, 115)) > 0;
begin
  if not exists (select from ringfence.organizations where account_id = account and id = organization) then
    return false;
  end if;
  return kind in ('O', 'A')
    or position(',MANAGE_CLIENT_ORGANIZATIONS,' in substr(identity, 115)) > 0
    or (kind in ('L', 'T') and views_clients)
    or (kind = 'M' and views_clients and exists (
      select from ringfence.clients c
      join ringfence.client_assignments a on a.account_id = c.account_id and a.client_id = c.id
      where c.account_id = account and c.organization_id = organization and a.member_id = substr(identity, 43, 36)::uuid))
    or organization = any (fence.partner_organizations(identity));
end $$;

-- What is applied to this database, for the gate and for readiness. Definer: the login reads no table.
create or replace function ringfence.schema_state() returns table (migrations text[], fence_digest text, catalog_digest text)
language sql stable security definer set search_path = pg_catalog, pg_temp as $$
  select array(select name from fence.migrations order by name), f.digest, f.catalog_digest
  from (select) as always left join fence.applied_fence f on true
$$;

grant execute on function ringfence.open_session, ringfence.schema_state to ringfence_login;
grant execute on function ringfence.current_identity, ringfence.has_permission
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner, ringfence_portal;
grant execute on function ringfence.portal_account_id, ringfence.own_portal_user_id, ringfence.portal_client_id,
  ringfence.portal_organization_id, ringfence.portal_account_manager_id to ringfence_portal;
grant execute on function ringfence.admin_account_id, ringfence.member_all_account_id, ringfence.member_account_id,
  ringfence.admin_account_id_with, ringfence.member_all_account_id_with, ringfence.member_account_id_with,
  ringfence.own_member_id, ringfence.member_client_ids, ringfence.member_organization_ids
  to ringfence_admin, ringfence_member_all, ringfence_member;
