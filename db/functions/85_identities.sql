-- Identities: caller ids and email identities, of one client or of none (then of the house client). Whoever writes one holds the
-- lock of the account's row, and after it that of the clients. (`authority` is the sealed identity of the caller, as everywhere;
-- rows of ringfence.identities are called wanted, present and added.)

-- The clients whose identities somebody sees, read live like every set: none without one of the two permissions, none that is
-- archived or being deleted, the house client for those alone who reach all clients.
create or replace function fence.identity_clients(identity text) returns uuid[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  kind text := substr(identity, 6, 1);
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
  permissions text := substr(identity, 115);
begin
  if position(',ACCESS_CRM,' in permissions) = 0 and position(',MANAGE_IDENTITIES,' in permissions) = 0 then
    return '{}';
  elsif kind in ('O', 'A', 'L', 'T') then
    return array(select c.id from ringfence.clients c where c.account_id = account and c.status in ('ACTIVE', 'INACTIVE'));
  end if;
  return array(
    select c.id from ringfence.clients c
    where c.account_id = account and c.status in ('ACTIVE', 'INACTIVE')
      and c.id = any (case kind
        when 'M' then array(select a.client_id from ringfence.client_assignments a where a.account_id = account and a.member_id = myself)
        else fence.partner_clients(identity) end));
end $$;

-- What policies ask, one for each kind: an empty set for everybody else. Definers, because assignments, and the state of clients that
-- somebody may not view, are not for serving roles to read.

create or replace function ringfence.admin_identity_client_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('O', 'A') then fence.identity_clients(identity) else '{}' end;
end $$;

create or replace function ringfence.member_identity_client_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('L', 'M') then fence.identity_clients(identity) else '{}' end;
end $$;

create or replace function ringfence.partner_identity_client_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('T', 'S') then fence.identity_clients(identity) else '{}' end;
end $$;

-- What owns what is of no client.
create or replace function fence.house_client(account uuid) returns uuid
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return (select c.id from ringfence.clients c where c.account_id = account and c.is_house);
end $$;

-- Those of some identities that the caller sees.
create or replace function fence.visible_identities(authority text, wanted uuid[]) returns setof ringfence.identities
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  clients uuid[] := fence.identity_clients(authority);
begin
  return query
    select i.* from ringfence.identities i
    where i.account_id = substr(authority, 7, 36)::uuid and i.id = any (wanted) and i.client_id = any (clients);
end $$;

-- Gives identities to a client, the house client for none. For whoever has locked the clients that they are of, and this one.
create or replace function fence.place_identities(account uuid, moving uuid[], client uuid) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  update ringfence.identities i set client_id = c.id, of_house = c.is_house
  from ringfence.clients c
  where c.account_id = account and c.id = client and i.account_id = account and i.id = any (moving);
  perform fence.forget_identities_elsewhere(account, moving);
end $$;

-- The caller's authority of this moment. RF001; RF003 without MANAGE_IDENTITIES, which lets one see them too.
create or replace function fence.lock_identities(identity text) returns text
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_authority(identity);
begin
  perform fence.require_permission(authority, 'MANAGE_IDENTITIES');
  return authority;
end $$;

-- Locks the client that an identity is given to, null for none, and answers whose it is then. RF003 (REACH) where none is not within
-- reach; RF004; RF006 (clientId); RF011 where the plan has no identities of clients.
create or replace function fence.lock_identity_client(authority text, client uuid) returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  house uuid := fence.house_client(account);
begin
  if client is null then
    if house <> all (fence.identity_clients(authority)) then
      raise exception 'REACH' using errcode = 'RF003';
    end if;
    return house;
  end if;
  perform fence.lock_client(authority, client, 'clientId');
  perform fence.require_feature(account, 'CLIENT_IDENTITIES');
  return client;
end $$;

-- An identity that the caller sees, locked with its client, and with the one that it is to be given to, if any: in the order of
-- everybody who locks several. RF004 (VERSION); RF006 (id, clientId).
create or replace function fence.lock_identity(authority text, wanted uuid, expected_version integer, target uuid)
returns ringfence.identities
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  present ringfence.identities;
begin
  select i.* into present from ringfence.identities i where i.account_id = account and i.id = wanted;
  if not found or present.client_id <> all (fence.identity_clients(authority)) then
    raise exception 'id' using errcode = 'RF006';
  elsif target is not null and not fence.reaches_client(authority, target) then
    raise exception 'clientId' using errcode = 'RF006';
  end if;
  perform from ringfence.clients c where c.account_id = account and c.id in (present.client_id, target) order by c.id for no key update;
  -- Again, now that nobody archives the client, and nobody else changes it.
  select i.* into present from ringfence.identities i where i.account_id = account and i.id = wanted for update;
  if not found or present.client_id <> all (fence.identity_clients(authority)) then
    raise exception 'id' using errcode = 'RF006';
  elsif present.version <> expected_version then
    raise exception 'VERSION' using errcode = 'RF004';
  end if;
  return present;
end $$;

-- Adds an identity, and answers its id. A number that an agent or another caller id of the account has violates
-- identities_phone_number_key, which is the registry's.
create or replace function fence.add_identity(
  authority text, client uuid, identity_kind text, number text, address text, shown_name text) returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  owning_client uuid := fence.lock_identity_client(authority, client);
  added ringfence.identities;
begin
  insert into ringfence.identities (account_id, client_id, of_house, kind, phone_number, email, display_name)
  values (substr(authority, 7, 36)::uuid, owning_client, client is null, identity_kind, number, address, shown_name)
  returning * into added;
  if number is not null then
    insert into fence.phone_numbers (account_id, phone_number, identity_id) values (added.account_id, number, added.id)
    on conflict do nothing;
    if not found then
      raise exception 'the number is taken'
        using errcode = 'unique_violation', table = 'identities', constraint = 'identities_phone_number_key';
    end if;
  end if;
  return added.id;
end $$;

-- Creates a caller id, and answers its id. Definer: a set that does not hold it yet can't be inserted into under row security, the
-- plan is the account's, and taken numbers are in a registry that nobody may ask. RF001; RF003; RF004; RF006 (clientId); RF011;
-- identities_phone_number_key.
create or replace function ringfence.create_caller_id(client uuid, number text, shown_name text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  return fence.add_identity(fence.lock_identities(fence.identity()), client, 'CALLER_ID', number, null, shown_name);
end $$;

-- Creates an email identity, and answers its id. Definer: as create_caller_id. RF001; RF003; RF004; RF006 (clientId); RF011; an
-- address that the client has already violates identities_account_id_client_id_email_key_key.
create or replace function ringfence.create_email_identity(client uuid, address text, shown_name text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  return fence.add_identity(fence.lock_identities(fence.identity()), client, 'EMAIL', null, address, shown_name);
end $$;

-- Changes what is named in `changes`: displayName, clientId (null: it is of no client then), email. Another address has to be
-- verified anew, and links to the one before are void. Where it is already with the client, it stays as it is. Definer: as
-- create_caller_id. RF001; RF003; RF004; RF006 (id, clientId); RF011; identities_email_check where it is a caller id.
create or replace function ringfence.update_identity(wanted uuid, changes jsonb, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_identities(fence.identity());
  target uuid := (changes ->> 'clientId')::uuid;
  present ringfence.identities := fence.lock_identity(authority, wanted, expected_version, target);
begin
  if changes ? 'email' and present.kind <> 'EMAIL' then
    raise exception 'a caller id has no email' using errcode = 'check_violation', table = 'identities', constraint = 'identities_email_check';
  end if;
  if changes ? 'clientId' and target is distinct from (case when not present.of_house then present.client_id end) then
    perform fence.place_identities(present.account_id, array[wanted], fence.lock_identity_client(authority, target));
  end if;
  if not changes ? 'clientId' or changes - 'clientId' <> '{}' then
    update ringfence.identities i
    set display_name = case when changes ? 'displayName' then changes ->> 'displayName' else i.display_name end,
        email = coalesce(changes ->> 'email', i.email)
    where i.account_id = present.account_id and i.id = wanted;
  end if;
end $$;

-- Before update: whoever confirmed an address said nothing about another one.
create or replace function fence.void_verification() returns trigger
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  new.verified_at := null;
  new.link_expires_at := null;
  new.generation := old.generation + 1;
  return new;
end $$;

-- Deletes an identity; its number can be used again. Definer: no serving role deletes. RF001; RF003; RF004; RF006.
create or replace function ringfence.delete_identity(wanted uuid, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_identities(fence.identity());
  present ringfence.identities := fence.lock_identity(authority, wanted, expected_version, null);
begin
  delete from ringfence.identities i where i.account_id = present.account_id and i.id = wanted;
  perform fence.write_audit(present.account_id, 'IDENTITY_DELETED', 'IDENTITY', wanted, present.client_id,
    jsonb_build_object('name', coalesce(present.display_name, present.email, present.phone_number)));
end $$;

-- Mails a link to the address, for whoever reads its mail to confirm it; a link that is out goes on working. At most once a minute.
-- Definer: no serving role writes identities or mails. RF001; RF003; RF004 (IDENTITY_NOT_EMAIL, IDENTITY_VERIFIED); RF006; RF009.
create or replace function ringfence.request_identity_verification(wanted uuid, valid_seconds integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  longest constant interval := interval '30 days';
  authority text := fence.lock_identities(fence.identity());
  present ringfence.identities := fence.lock_identity(authority, wanted, null, null);
begin
  if present.kind <> 'EMAIL' then
    raise exception 'IDENTITY_NOT_EMAIL' using errcode = 'RF004';
  elsif present.verified_at is not null then
    raise exception 'IDENTITY_VERIFIED' using errcode = 'RF004';
  elsif present.sent_at > now() - interval '1 minute' then
    raise exception '60' using errcode = 'RF009';
  end if;
  update ringfence.identities i
  set generation = i.generation + case when i.link_expires_at > now() then 0 else 1 end, sent_at = now(),
      link_expires_at = now() + least(make_interval(secs => greatest(valid_seconds, 0)), longest)
  where i.account_id = present.account_id and i.id = wanted;
  perform fence.write_audit(present.account_id, 'IDENTITY_VERIFICATION_REQUESTED', 'IDENTITY', wanted, present.client_id, '{}');
  perform fence.mail_stranger(present.account_id, 'IDENTITY_VERIFICATION', wanted);
end $$;

-- Whether a link of this generation would verify the identity now: it was not used, the account is active, the client not archived.
create or replace function fence.is_verifiable(present ringfence.identities, link_generation integer) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return coalesce(present.generation = link_generation and present.link_expires_at > now(), false)
    and exists (select from ringfence.accounts a where a.id = present.account_id and a.status = 'ACTIVE')
    and exists (select from ringfence.clients c where c.account_id = present.account_id and c.id = present.client_id
                  and c.status in ('ACTIVE', 'INACTIVE'));
end $$;

-- What a link is about. No row: it is not worth anything, for whatever reason. Of the account its name alone: who reads the mail need not
-- know whom it serves. For the sign-in login, which calls it for links that were verified.
create or replace function signin.identity_verification(wanted uuid, link_generation integer)
returns table (account_name text, email text, expires_at timestamptz)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return query
    select a.name, i.email, i.link_expires_at
    from ringfence.identities i
    join ringfence.accounts a on a.id = i.account_id
    where i.id = wanted and fence.is_verifiable(i, link_generation);
end $$;

-- Verifies an identity, once. False: as above. For the sign-in login, which calls it for links that were verified.
create or replace function signin.verify_identity(wanted uuid, link_generation integer) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.identities;
begin
  -- The account first, then the client, as everybody who writes identities does.
  perform fence.lock_account(i.account_id) from ringfence.identities i where i.id = wanted;
  perform from ringfence.clients c join ringfence.identities i on i.account_id = c.account_id and i.client_id = c.id
  where i.id = wanted for share of c;
  select i.* into present from ringfence.identities i where i.id = wanted for update;
  if not found or not fence.is_verifiable(present, link_generation) then
    return false;
  end if;
  update ringfence.identities i set verified_at = now(), link_expires_at = null
  where i.account_id = present.account_id and i.id = wanted;
  perform fence.write_audit(present.account_id, 'IDENTITY_VERIFIED', 'IDENTITY', wanted, present.client_id, '{}');
  return true;
end $$;

grant execute on function fence.void_verification to ringfence_owner;
grant execute on function ringfence.admin_identity_client_ids, ringfence.member_identity_client_ids
  to ringfence_admin, ringfence_member_all, ringfence_member;
grant execute on function ringfence.partner_identity_client_ids to ringfence_partner_all, ringfence_partner;
grant execute on function ringfence.create_caller_id, ringfence.create_email_identity, ringfence.update_identity,
  ringfence.delete_identity, ringfence.request_identity_verification
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
grant execute on function signin.identity_verification, signin.verify_identity to ringfence_signin;
