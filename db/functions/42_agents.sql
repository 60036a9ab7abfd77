-- Agents: creating (which grows sets), changing, duplicating. Decided under the lock of the account's row, by what the caller
-- holds then; after it the client is locked, and after that the agent, by everybody. Whoever files what an agent did locks its
-- row as well, so that it is not moved or deleted meanwhile.

-- The caller's authority of this moment. RF001; RF003 without the permission.
create or replace function fence.lock_agents(identity text, permission text) returns text
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_authority(identity);
begin
  perform fence.require_permission(authority, permission);
  -- Who could not see them could not be answered.
  perform fence.require_permission(authority, 'VIEW_CLIENTS');
  return authority;
end $$;

-- An agent that the caller sees. RF006: there is none.
create or replace function fence.visible_agent(authority text, agent uuid) returns ringfence.agents
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.agents;
begin
  select a.* into present from ringfence.agents a where a.account_id = substr(authority, 7, 36)::uuid and a.id = agent;
  if not found or not fence.reaches_stay(authority, present.client_id, present.stay_id) then
    raise exception 'id' using errcode = 'RF006';
  end if;
  return present;
end $$;

-- As visible_agent, locked with its client. RF004: VERSION, or the client is archived or being deleted.
create or replace function fence.lock_agent(authority text, agent uuid, expected_version integer) returns ringfence.agents
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.agents := fence.visible_agent(authority, agent);
begin
  perform fence.lock_client(authority, present.client_id, 'id');
  -- Again, now that nobody else changes it.
  select a.* into present from ringfence.agents a where a.account_id = present.account_id and a.id = agent for update;
  if not found then
    raise exception 'id' using errcode = 'RF006';
  elsif present.version <> expected_version then
    raise exception 'VERSION' using errcode = 'RF004';
  end if;
  return present;
end $$;

-- Replaces the telephone numbers of an agent. One that another agent of the account has violates phone_numbers_pkey.
create or replace function fence.set_phone_numbers(agent ringfence.agents, numbers text[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  before text[] := array(
    select n.phone_number from ringfence.agent_phone_numbers n
    where n.account_id = agent.account_id and n.agent_id = agent.id order by 1);
begin
  if before = array(select distinct n collate "C" from unnest(numbers) n order by 1) then
    return;
  end if;
  delete from ringfence.agent_phone_numbers n
  where n.account_id = agent.account_id and n.agent_id = agent.id and n.phone_number <> all (numbers);
  delete from fence.phone_numbers n
  where n.account_id = agent.account_id and n.agent_id = agent.id and n.phone_number <> all (numbers);
  insert into fence.phone_numbers (account_id, phone_number, agent_id)
  select distinct agent.account_id, n, agent.id from unnest(numbers) n where n <> all (before);
  insert into ringfence.agent_phone_numbers (account_id, client_id, agent_id, stay_id, phone_number)
  select distinct agent.account_id, agent.client_id, agent.id, agent.stay_id, n from unnest(numbers) n where n <> all (before);
  perform fence.write_audit(agent.account_id, 'AGENT_PHONE_NUMBERS_CHANGED', 'AGENT', agent.id, agent.client_id, '{}');
end $$;

-- Lets whoever created an agent see it: a member with agent access ASSIGNED is assigned to it, for a token its member; a token
-- that is narrowed itself gets it as well.
create or replace function fence.assign_creator(authority text, agent ringfence.agents) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  member uuid := substr(authority, 43, 36)::uuid;
  token ringfence.access_tokens;
begin
  if fence.sees_all_agents(authority) then
    return;
  end if;
  if substr(authority, 6, 1) in ('T', 'S') then
    select t.* into strict token from ringfence.access_tokens t where t.account_id = agent.account_id and t.id = member;
    member := token.member_id;
    if not token.all_agents then
      insert into ringfence.access_token_agents (account_id, client_id, access_token_id, stay_id)
      values (agent.account_id, agent.client_id, token.id, agent.stay_id);
    end if;
  end if;
  if exists (select from ringfence.member_access m where m.account_id = agent.account_id and m.member_id = member
               and m.role = 'MEMBER' and m.agent_access <> 'ALL') then
    perform fence.give_agents(agent.account_id, member, array[agent.stay_id]);
  end if;
end $$;

-- Adds an agent to a client that is locked.
create or replace function fence.add_agent(authority text, client uuid, agent_name text, kind text, status text, is_public boolean)
returns ringfence.agents
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  added ringfence.agents;
begin
  added.id := ringfence.uuidv7();
  insert into ringfence.agent_stays (account_id, client_id, agent_id, agent_name, agent_kind)
  values (account, client, added.id, agent_name, kind) returning id into added.stay_id;
  insert into ringfence.agents (account_id, client_id, id, stay_id, name, kind, status, is_public)
  values (account, client, added.id, added.stay_id, agent_name, kind, status, is_public) returning * into added;
  perform fence.assign_creator(authority, added);
  return added;
end $$;

-- Creates an agent, and answers its id. Definer: a set that does not hold it yet can't be inserted into under row security,
-- and taken numbers are in a registry that nobody may ask. RF001; RF003; RF004; RF006 (clientId); phone_numbers_pkey.
create or replace function ringfence.create_agent(
  client uuid, agent_name text, kind text, status text, is_public boolean, phone_numbers text[]) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_agents(fence.identity(), 'EDIT_AGENTS');
  added ringfence.agents;
begin
  perform fence.lock_client(authority, client, 'clientId');
  added := fence.add_agent(authority, client, agent_name, kind, status, is_public);
  perform fence.set_phone_numbers(added, phone_numbers);
  return added.id;
end $$;

-- Changes what is named in `changes`: name, status, isPublic, phoneNumbers. Definer: as create_agent. RF001; RF003; RF004;
-- RF006; RF010: it would become public, and portal users are bound to it.
create or replace function ringfence.update_agent(agent uuid, changes jsonb, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_agents(fence.identity(), 'EDIT_AGENTS');
  present ringfence.agents := fence.lock_agent(authority, agent, expected_version);
begin
  if changes ?| array['name', 'status', 'isPublic'] then
    update ringfence.agents a
    set name = coalesce(changes ->> 'name', a.name), status = coalesce(changes ->> 'status', a.status),
        is_public = coalesce((changes ->> 'isPublic')::boolean, a.is_public)
    where a.account_id = present.account_id and a.id = agent returning * into present;
  end if;
  if present.is_public and exists (
       select from ringfence.portal_user_agents b
       where b.account_id = present.account_id and b.client_id = present.client_id and b.stay_id = present.stay_id) then
    raise exception 'portal users are bound to the agent' using errcode = 'RF010';
  end if;
  update ringfence.agent_stays s set agent_name = present.name
  where s.account_id = present.account_id and s.id = present.stay_id and s.agent_name <> present.name;
  if changes ? 'phoneNumbers' then
    perform fence.set_phone_numbers(present, array(select jsonb_array_elements_text(changes -> 'phoneNumbers')));
  end if;
end $$;

-- Makes a new agent of what another one is configured to be, in the same client or another one, and answers its id. It is a
-- draft without numbers. Its advanced part is handed on by those alone who see it: the copy may move to another client. Definer: as create_agent. RF001; RF003; RF004; RF006.
create or replace function ringfence.duplicate_agent(agent uuid, client uuid, agent_name text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_agents(fence.identity(), 'EDIT_AGENTS');
  present ringfence.agents := fence.visible_agent(authority, agent);
  copy ringfence.agents;
begin
  perform fence.lock_clients(authority, present.client_id, coalesce(client, present.client_id));
  present := fence.lock_agent(authority, agent, null);
  copy := fence.add_agent(authority, coalesce(client, present.client_id), agent_name, present.kind, 'DRAFT', false);
  perform fence.copy_configuration('agent_configurations', authority, present, copy);
  if position(',USE_ADVANCED_EDITOR,' in substr(authority, 115)) > 0 then
    perform fence.copy_configuration('agent_advanced_configurations', authority, present, copy);
  end if;
  return copy.id;
end $$;

grant execute on function ringfence.create_agent, ringfence.update_agent, ringfence.duplicate_agent
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
