-- Where an agent works: moving it to another client, and deleting it. Either ends its stay; what it did there stays there.

-- Locks the client where an agent is, and the one where it goes, always in the same order: two who move agents to and fro wait
-- for each other. RF004; RF006 (clientId).
create or replace function fence.lock_clients(authority text, source uuid, target uuid) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if not fence.reaches_client(authority, target) then
    raise exception 'clientId' using errcode = 'RF006';
  end if;
  perform from ringfence.clients c
  where c.account_id = substr(authority, 7, 36)::uuid and c.id in (source, target) order by c.id for no key update;
  perform fence.lock_client(authority, target, 'clientId');
end $$;

-- Portal users who would see no agent any more, in this client's work, if this one went: bound to it, and to no other that is
-- still there.
create or replace function fence.portal_users_of_agent_alone(agent ringfence.agents) returns setof ringfence.portal_users
language sql stable set search_path = pg_catalog, pg_temp as $$
  select p.* from ringfence.portal_users p
  join ringfence.portal_user_agents b on b.account_id = p.account_id and b.client_id = p.client_id and b.portal_user_id = p.id
  where p.account_id = agent.account_id and p.client_id = agent.client_id and b.stay_id = agent.stay_id
    and not exists (
      select from ringfence.portal_user_agents o
      join ringfence.agent_stays s on s.account_id = o.account_id and s.client_id = o.client_id and s.id = o.stay_id
      where o.account_id = p.account_id and o.portal_user_id = p.id and o.stay_id <> agent.stay_id and s.ended_at is null)
  order by p.sort_name, p.id
$$;

-- What becomes of them: KEEP_HISTORY (they see what it did here, and nothing new), SEE_ALL_AGENTS of the client, DELETE. False:
-- there are some, and nobody has said. RF003.
create or replace function fence.settle_portal_users(authority text, agent ringfence.agents, choice text) returns boolean
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  person ringfence.portal_users;
begin
  if not exists (select from fence.portal_users_of_agent_alone(agent)) then
    return true;
  elsif choice is null then
    return false;
  elsif (choice in ('KEEP_HISTORY', 'SEE_ALL_AGENTS', 'DELETE')) is not true then
    raise exception 'no such choice' using errcode = 'invalid_parameter_value';
  elsif choice <> 'KEEP_HISTORY' then
    perform fence.require_permission(authority, 'EDIT_CLIENTS');
  end if;
  for person in select * from fence.portal_users_of_agent_alone(agent) loop
    if choice = 'SEE_ALL_AGENTS' then
      perform fence.bind_portal_user(authority, person, null);
      update ringfence.portal_users p set agent_access = 'ALL' where p.account_id = person.account_id and p.id = person.id;
    elsif choice = 'DELETE' then
      perform fence.remove_portal_user(person);
    end if;
  end loop;
  return true;
end $$;

-- Ends the present stay of an agent that is locked, and answers when: nobody has filed anything there after that, and who waits
-- finds the next one. The clock's time and not the transaction's, which began before the lock was waited for.
create or replace function fence.end_stay(agent ringfence.agents) returns timestamptz
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  moment timestamptz;
begin
  update ringfence.agent_stays s set ended_at = greatest(clock_timestamp(), s.started_at)
  where s.account_id = agent.account_id and s.client_id = agent.client_id and s.id = agent.stay_id
  returning s.ended_at into strict moment;
  return moment;
end $$;

-- Moves an agent to another client, with numbers and the configuration that is in force, without its earlier versions; where it is already, nothing changes. Whoever was assigned
-- to it is assigned to it there too, and sees it if they reach that client. Answers the portal users who are in the way, and
-- then has done nothing; none: it is there. Definer: as create_agent. RF001; RF003; RF004; RF006 (id, clientId).
create or replace function ringfence.move_agent(agent uuid, client uuid, portal_users text, expected_version integer)
returns table (portal_user_id uuid, portal_user_name text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_agents(fence.identity(), 'EDIT_AGENTS');
  present ringfence.agents := fence.visible_agent(authority, agent);
  moment timestamptz;
  stay uuid;
begin
  perform fence.lock_clients(authority, present.client_id, client);
  present := fence.lock_agent(authority, agent, expected_version);
  if present.client_id = client then
    return;
  elsif not fence.settle_portal_users(authority, present, portal_users) then
    return query select p.id, p.name from fence.portal_users_of_agent_alone(present) p limit 100;
    return;
  end if;

  moment := fence.end_stay(present);
  perform fence.forget_earlier_configurations(present);
  insert into ringfence.agent_stays (account_id, client_id, agent_id, agent_name, agent_kind, started_at)
  values (present.account_id, client, agent, present.name, present.kind, moment) returning id into stay;
  insert into ringfence.agent_assignments (account_id, client_id, member_id, stay_id)
  select a.account_id, client, a.member_id, stay from ringfence.agent_assignments a
  where a.account_id = present.account_id and a.client_id = present.client_id and a.stay_id = present.stay_id;
  insert into ringfence.access_token_agents (account_id, client_id, access_token_id, stay_id)
  select a.account_id, client, a.access_token_id, stay from ringfence.access_token_agents a
  where a.account_id = present.account_id and a.client_id = present.client_id and a.stay_id = present.stay_id;
  update ringfence.agents a set client_id = client, stay_id = stay where a.account_id = present.account_id and a.id = agent;
end $$;

-- Deletes an agent with its configuration; its numbers are free, and what it did stays with the name that it had. Answers as
-- move_agent does. Definer: no serving role deletes. RF001; RF003; RF004; RF006.
create or replace function ringfence.delete_agent(agent uuid, portal_users text, expected_version integer)
returns table (portal_user_id uuid, portal_user_name text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_agents(fence.identity(), 'EDIT_AGENTS');
  present ringfence.agents := fence.lock_agent(authority, agent, expected_version);
begin
  if not fence.settle_portal_users(authority, present, portal_users) then
    return query select p.id, p.name from fence.portal_users_of_agent_alone(present) p limit 100;
    return;
  end if;
  perform fence.end_stay(present);
  delete from ringfence.agents a where a.account_id = present.account_id and a.id = agent;
  perform fence.write_audit(present.account_id, 'AGENT_DELETED', 'AGENT', agent, present.client_id,
    jsonb_build_object('name', present.name));
end $$;

grant execute on function ringfence.move_agent, ringfence.delete_agent
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
