-- Accounts: what concerns the plan, decided under the lock of the account's row.

-- Locks the account's row for the rest of the transaction and tells its limit; whoever adds clients comes through here,
-- so that fifty at once are counted one after the other. Null: no limit.
create or replace function fence.lock_account(account uuid) returns integer
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  locked ringfence.accounts;
  room integer;
begin
  select * into strict locked from ringfence.accounts where id = account for no key update;
  -- Strict: a plan that is not seen must not read like one without a limit.
  select client_limit into strict room from ringfence.plans where id = locked.plan_id;
  return room;
end $$;

-- Before a time zone is set. accounts_time_zone_check where Postgres does not know it: the server's list may be newer, and days and hours
-- are the database's to tell.
create or replace function fence.require_known_time_zone() returns trigger
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform now() at time zone new.time_zone;
  return new;
exception when invalid_parameter_value then
  raise exception 'no time zone' using errcode = 'check_violation', table = 'accounts', constraint = 'accounts_time_zone_check';
end $$;

-- Clients that count toward the plan: not those that are archived or being deleted, nor the house client.
create or replace function fence.counted_clients(account uuid) returns bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
  select count(*) from ringfence.clients where account_id = account and status in ('ACTIVE', 'INACTIVE') and not is_house
$$;

-- RF005 where the plan has no room for one more client. Locks the account.
create or replace function fence.require_room_for_client(account uuid) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  -- A statement of its own: in one with the count, the count would see what was there before the lock was waited for.
  room integer := fence.lock_account(account);
begin
  if room <= fence.counted_clients(account) then
    raise exception 'the plan allows no more clients' using errcode = 'RF005';
  end if;
end $$;

-- RF011 with the feature where the plan of the account does not include it: what is there stays, more is refused. For whoever has
-- locked the account.
create or replace function fence.require_feature(account uuid, feature text) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (
       select from ringfence.accounts a
       join ringfence.plan_features f on f.plan_id = a.plan_id and f.feature = require_feature.feature
       where a.id = account) then
    raise exception '%', feature using errcode = 'RF011';
  end if;
end $$;

-- After insert of an account: the hidden client that owns what belongs to no client. Definer: nobody else inserts clients.
create or replace function fence.add_house_client() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  insert into ringfence.clients (account_id, is_house, name) values (new.id, true, 'House');
  return null;
end $$;

-- May another client be created now? Null for those who may not create clients: how full the plan is, is not theirs to
-- know; nor for tokens of a set, which may not grow. Definer: it counts clients outside the caller's set.
create or replace function ringfence.can_create_client() returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  room integer;
begin
  if substr(identity, 6, 1) = 'S'
     or position(',CREATE_CLIENTS,' in substr(identity, 115)) = 0 or position(',VIEW_CLIENTS,' in substr(identity, 115)) = 0 then
    return null;
  end if;
  select p.client_limit into strict room from ringfence.accounts a join ringfence.plans p on p.id = a.plan_id where a.id = account;
  return room is null or room > fence.counted_clients(account);
end $$;

-- Owners choose the plan; going below the number of clients keeps them and refuses more. Definer: no serving role may
-- write the plan of an account. RF003, RF006 (field planId: no such plan).
create or replace function ringfence.change_plan(plan text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
begin
  if substr(identity, 6, 1) <> 'O' then
    raise exception 'OWNER' using errcode = 'RF003';
  end if;
  if not exists (select from ringfence.plans where id = plan) then
    raise exception 'planId' using errcode = 'RF006';
  end if;
  perform fence.lock_account(account);
  update ringfence.accounts set plan_id = plan where id = account;
end $$;

grant execute on function fence.add_house_client, fence.require_known_time_zone to ringfence_owner;
grant execute on function ringfence.can_create_client
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner, ringfence_portal;
grant execute on function ringfence.change_plan to ringfence_admin;
