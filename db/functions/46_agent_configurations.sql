-- Configurations of agents, in versions: the simple part needs EDIT_AGENTS, the advanced one USE_ADVANCED_EDITOR. Each part is a
-- table, named to the functions here as one of two constants. What may stand in settings, the server has checked.

-- Whose name a version bears: the member's, of a token its member's; null: the account's token.
create or replace function fence.saving_member(authority text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(authority, 7, 36)::uuid;
  myself uuid := substr(authority, 43, 36)::uuid;
begin
  if substr(authority, 6, 1) in ('T', 'S') then
    myself := (select t.member_id from ringfence.access_tokens t where t.account_id = account and t.id = myself);
  end if;
  return (select m.name from ringfence.members m where m.account_id = account and m.id = myself);
end $$;

-- Saves settings as the next version, and answers its number; unchanged ones make none. The newest hundred versions are kept.
-- RF004 (VERSION; 0 stands for none).
create or replace function fence.save_configuration(part text, authority text, agent ringfence.agents, settings jsonb, expected_version integer)
returns integer
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  kept constant integer := 100;
  last_number integer;
  last_settings jsonb;
begin
  execute format('select c.number, c.settings from ringfence.%I c where c.account_id = $1 and c.agent_id = $2 order by c.number desc limit 1', part)
  into last_number, last_settings using agent.account_id, agent.id;
  last_number := coalesce(last_number, 0);
  if last_number <> expected_version then
    raise exception 'VERSION' using errcode = 'RF004';
  elsif last_settings = settings then
    return last_number;
  end if;
  execute format('insert into ringfence.%I (account_id, client_id, agent_id, stay_id, number, settings, saved_by) values ($1, $2, $3, $4, $5, $6, $7)', part)
  using agent.account_id, agent.client_id, agent.id, agent.stay_id, last_number + 1, settings, fence.saving_member(authority);
  execute format('delete from ringfence.%I c where c.account_id = $1 and c.agent_id = $2 and c.number <= $3', part)
  using agent.account_id, agent.id, last_number + 1 - kept;
  perform fence.write_audit(agent.account_id,
    case part when 'agent_configurations' then 'AGENT_CONFIGURATION_CHANGED' else 'AGENT_ADVANCED_CONFIGURATION_CHANGED' end,
    'AGENT', agent.id, agent.client_id, jsonb_build_object('version', last_number + 1));
  return last_number + 1;
end $$;

-- Takes the earlier versions of an agent away that moves: they were for the client that it leaves.
create or replace function fence.forget_earlier_configurations(agent ringfence.agents) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  part text;
begin
  foreach part in array array['agent_configurations', 'agent_advanced_configurations'] loop
    execute format('delete from ringfence.%1$I c where c.account_id = $1 and c.agent_id = $2 and c.number < (
      select max(l.number) from ringfence.%1$I l where l.account_id = $1 and l.agent_id = $2)', part)
    using agent.account_id, agent.id;
  end loop;
end $$;

-- Gives an agent the settings that are in force for another one, if there are any.
create or replace function fence.copy_configuration(part text, authority text, source ringfence.agents, copy ringfence.agents) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  present jsonb;
begin
  execute format('select c.settings from ringfence.%I c where c.account_id = $1 and c.agent_id = $2 order by c.number desc limit 1', part)
  into present using source.account_id, source.id;
  if present is not null then
    perform fence.save_configuration(part, authority, copy, present, 0);
  end if;
end $$;

-- Definers, both: no serving role writes configurations. RF001; RF003; RF004; RF006.
create or replace function ringfence.save_agent_configuration(agent uuid, settings jsonb, expected_version integer) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_agents(fence.identity(), 'EDIT_AGENTS');
begin
  return fence.save_configuration('agent_configurations', authority, fence.lock_agent(authority, agent, null), settings, expected_version);
end $$;

create or replace function ringfence.save_advanced_agent_configuration(agent uuid, settings jsonb, expected_version integer) returns integer
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_agents(fence.identity(), 'USE_ADVANCED_EDITOR');
begin
  return fence.save_configuration('agent_advanced_configurations', authority, fence.lock_agent(authority, agent, null), settings, expected_version);
end $$;

grant execute on function ringfence.save_agent_configuration, ringfence.save_advanced_agent_configuration
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
