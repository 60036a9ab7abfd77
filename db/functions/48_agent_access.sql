-- Who sees which agents: those that members are assigned, and that portal users are bound to. Nobody gives what they do not see.

-- The present stays of agents that the caller sees. RF006 with the field where one is not there.
create or replace function fence.visible_stays(authority text, agents uuid[], field text) returns uuid[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  stays uuid[] := array(
    select a.stay_id from ringfence.agents a
    where a.account_id = substr(authority, 7, 36)::uuid and a.id = any (agents)
      and fence.reaches_stay(authority, a.client_id, a.stay_id));
begin
  if cardinality(stays) <> (select count(distinct a) from unnest(agents) a) then
    raise exception '%', field using errcode = 'RF006';
  end if;
  return stays;
end $$;

-- RF003 unless the caller sees what somebody sees with this agent access: all agents, or these stays.
create or replace function fence.require_agents_seen(authority text, agent_access text, stays uuid[]) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if not fence.sees_all_agents(authority) and (agent_access = 'ALL' or not stays <@ fence.assigned_stays(authority)) then
    raise exception 'REACH' using errcode = 'RF003';
  end if;
end $$;

create or replace function fence.clients_of_stays(account uuid, stays uuid[]) returns uuid[]
language sql stable set search_path = pg_catalog, pg_temp as $$
  select array_agg(distinct s.client_id) from ringfence.agent_stays s where s.account_id = account and s.id = any (stays)
$$;

-- Assigns a member to stays that they are not assigned to yet. RF004 (CLIENT_DELETING).
create or replace function fence.give_agents(account uuid, member uuid, stays uuid[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  given ringfence.agent_assignments;
begin
  perform fence.refuse_deleting(account, fence.clients_of_stays(account, stays));
  for given in
    insert into ringfence.agent_assignments (account_id, client_id, member_id, stay_id)
    select s.account_id, s.client_id, member, s.id from ringfence.agent_stays s where s.account_id = account and s.id = any (stays)
    on conflict do nothing returning *
  loop
    perform fence.audit_assignment(given, 'AGENT_ASSIGNED');
  end loop;
end $$;

-- For the log: which agent a member was given, or lost.
create or replace function fence.audit_assignment(assignment ringfence.agent_assignments, action text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.write_audit(assignment.account_id, action, 'MEMBER', assignment.member_id, assignment.client_id,
    jsonb_build_object('agentId', (select s.agent_id from ringfence.agent_stays s
                                   where s.account_id = assignment.account_id and s.id = assignment.stay_id)));
end $$;

-- Gives agents to a member and takes others away. Given is what an agent does from its present stay on; taken is every stay of
-- it that the caller sees, also of one that was deleted. Definer: no serving role writes assignments. RF001; RF003; RF004
-- (CLIENT_DELETING); RF006 (memberId, add, remove).
create or replace function ringfence.assign_agents(member uuid, add_agents uuid[], remove_agents uuid[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_team(fence.identity());
  account uuid := substr(authority, 7, 36)::uuid;
  agent uuid;
  stays uuid[];
  taken ringfence.agent_assignments;
begin
  if not exists (select from ringfence.members where account_id = account and id = member) then
    raise exception 'memberId' using errcode = 'RF006';
  end if;
  perform fence.give_agents(account, member, fence.visible_stays(authority, add_agents, 'add'));
  foreach agent in array remove_agents loop
    stays := array(select s.id from ringfence.agent_stays s
                   where s.account_id = account and s.agent_id = agent and fence.reaches_stay(authority, s.client_id, s.id));
    if cardinality(stays) = 0 then
      raise exception 'remove' using errcode = 'RF006';
    end if;
    perform fence.refuse_deleting(account, fence.clients_of_stays(account, stays));
    for taken in
      delete from ringfence.agent_assignments a where a.account_id = account and a.member_id = member and a.stay_id = any (stays)
      returning *
    loop
      perform fence.audit_assignment(taken, 'AGENT_UNASSIGNED');
    end loop;
  end loop;
end $$;

-- Binds a portal user to these agents of their client; null: to none, they see all. What they were bound to and the caller does
-- not see, or is no longer there, stays. Where they come to see more, they see it with the rights that they have, so the caller
-- holds these. Whoever calls it writes agent_access. RF003; RF006 (agentIds); RF010.
create or replace function fence.bind_portal_user(authority text, person ringfence.portal_users, agents uuid[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  stays uuid[];
  unbound_count bigint;
  bound_count bigint;
begin
  if agents is null then
    perform fence.require_agents_seen(authority, 'ALL', null);
    perform fence.require_portal_rights_held(authority, person.views_recordings, person.views_billable_minutes);
    delete from ringfence.portal_user_agents b where b.account_id = person.account_id and b.portal_user_id = person.id;
    return;
  end if;
  stays := fence.visible_stays(authority, agents, 'agentIds');
  if cardinality(stays) = 0 or exists (
       select from ringfence.agents a
       where a.account_id = person.account_id and a.stay_id = any (stays) and a.client_id <> person.client_id) then
    raise exception 'agentIds' using errcode = 'RF006';
  elsif exists (select from ringfence.agents a where a.account_id = person.account_id and a.stay_id = any (stays) and a.is_public) then
    raise exception 'the agent is public' using errcode = 'RF010';
  end if;
  with unbound as (
    delete from ringfence.portal_user_agents b using ringfence.agent_stays s
    where b.account_id = person.account_id and b.portal_user_id = person.id and b.stay_id <> all (stays)
      and s.account_id = b.account_id and s.id = b.stay_id and s.ended_at is null
      and fence.reaches_stay(authority, s.client_id, s.id) returning 1
  ), bound as (
    insert into ringfence.portal_user_agents (account_id, client_id, portal_user_id, stay_id)
    select person.account_id, person.client_id, person.id, s from unnest(stays) s on conflict do nothing returning 1
  )
  select (select count(*) from unbound), (select count(*) from bound) into unbound_count, bound_count;
  if bound_count > 0 then
    perform fence.require_portal_rights_held(authority, person.views_recordings, person.views_billable_minutes);
  end if;
  if unbound_count + bound_count > 0 then
    perform fence.write_audit(person.account_id, 'PORTAL_USER_AGENTS_CHANGED', 'PORTAL_USER', person.id, person.client_id, '{}');
  end if;
end $$;

-- RF003 unless the caller sees the agents that a portal user sees: for whoever lets them sign in.
create or replace function fence.require_portal_agents_seen(authority text, person ringfence.portal_users) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.require_agents_seen(authority, person.agent_access,
    array(select b.stay_id from ringfence.portal_user_agents b where b.account_id = person.account_id and b.portal_user_id = person.id));
end $$;

grant execute on function ringfence.assign_agents to ringfence_admin, ringfence_member_all, ringfence_member;
