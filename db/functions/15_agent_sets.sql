-- Which agents somebody sees, and with them what these did. It narrows the client set, never widens it: policies ask for both.
-- A set is of stays, not of agents, so that seeing an agent at one client shows nothing of what it did at another.

-- Whether the principal sees every agent of their clients. Owners and administrators do; members and portal users by their
-- agent access; a token sees what its member sees, unless it is narrowed itself, the account's tokens see all. Read live, like
-- every set.
create or replace function fence.sees_all_agents(identity text) returns boolean
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  kind text := substr(identity, 6, 1);
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
begin
  if kind in ('L', 'M') then
    return exists (select from ringfence.member_access m
                   where m.account_id = account and m.member_id = myself and m.agent_access = 'ALL');
  elsif kind in ('T', 'S') then
    return exists (
      select from ringfence.access_tokens t
      left join ringfence.member_access m on m.account_id = t.account_id and m.member_id = t.member_id
      where t.account_id = account and t.id = myself and t.all_agents
        and (t.member_id is null or m.role in ('OWNER', 'ADMIN') or m.agent_access = 'ALL'));
  elsif kind = 'P' then
    return exists (select from ringfence.portal_users p
                   where p.account_id = account and p.id = myself and p.agent_access = 'ALL');
  end if;
  return kind in ('O', 'A');
end $$;

-- The stays of the agents that a token sees where it does not see all: those of its member, of which it has some or all.
create or replace function fence.assigned_stays_of_token(account uuid, token uuid) returns uuid[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.access_tokens;
  narrowed boolean;
begin
  select t.* into present from ringfence.access_tokens t where t.account_id = account and t.id = token;
  if present.all_agents then
    return array(select a.stay_id from ringfence.agent_assignments a where a.account_id = account and a.member_id = present.member_id);
  end if;
  narrowed := exists (select from ringfence.member_access m where m.account_id = account and m.member_id = present.member_id
                        and m.role = 'MEMBER' and m.agent_access <> 'ALL');
  return array(
    select ta.stay_id from ringfence.access_token_agents ta
    where ta.account_id = account and ta.access_token_id = token
      and (not narrowed or exists (select from ringfence.agent_assignments a where a.account_id = account
                                     and a.member_id = present.member_id and a.stay_id = ta.stay_id)));
end $$;

-- The stays of the agents that somebody was assigned, or is bound to; what counts where they do not see all.
create or replace function fence.assigned_stays(identity text) returns uuid[]
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  kind text := substr(identity, 6, 1);
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := substr(identity, 43, 36)::uuid;
begin
  if kind = 'P' then
    return array(select b.stay_id from ringfence.portal_user_agents b where b.account_id = account and b.portal_user_id = myself);
  elsif kind in ('T', 'S') then
    return fence.assigned_stays_of_token(account, myself);
  end if;
  return array(select a.stay_id from ringfence.agent_assignments a where a.account_id = account and a.member_id = myself);
end $$;

-- Does the principal see this stay, and the agent while it is there? For definer functions, which row security does not narrow.
create or replace function fence.reaches_stay(identity text, client uuid, stay uuid) returns boolean
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  return fence.reaches_client(identity, client)
    and (fence.sees_all_agents(identity) or stay = any (fence.assigned_stays(identity)));
end $$;

-- What policies ask, a pair for each kind: false and an empty set for everybody else. Definers, because assignments are not for
-- serving roles to read.

create or replace function ringfence.member_sees_all_agents() returns boolean
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return substr(identity, 6, 1) in ('L', 'M') and fence.sees_all_agents(identity);
end $$;

create or replace function ringfence.member_stay_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('L', 'M') then fence.assigned_stays(identity) else '{}' end;
end $$;

create or replace function ringfence.partner_sees_all_agents() returns boolean
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return substr(identity, 6, 1) in ('T', 'S') and fence.sees_all_agents(identity);
end $$;

create or replace function ringfence.partner_stay_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) in ('T', 'S') then fence.assigned_stays(identity) else '{}' end;
end $$;

create or replace function ringfence.portal_sees_all_agents() returns boolean
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return substr(identity, 6, 1) = 'P' and fence.sees_all_agents(identity);
end $$;

create or replace function ringfence.portal_stay_ids() returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  return case when substr(identity, 6, 1) = 'P' then fence.assigned_stays(identity) else '{}' end;
end $$;

grant execute on function ringfence.member_sees_all_agents, ringfence.member_stay_ids
  to ringfence_admin, ringfence_member_all, ringfence_member;
grant execute on function ringfence.partner_sees_all_agents, ringfence.partner_stay_ids
  to ringfence_partner_all, ringfence_partner;
grant execute on function ringfence.portal_sees_all_agents, ringfence.portal_stay_ids to ringfence_portal;
