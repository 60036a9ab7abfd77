-- Campaigns: planned runs over a list, or a segment of it. Whoever writes one holds the lock of the account's row.

-- A campaign of a list that the caller sees. RF006 with the field.
create or replace function fence.visible_campaign(identity text, wanted uuid, field text) returns ringfence.campaigns
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.campaigns;
begin
  perform fence.require_permission(identity, 'ACCESS_CRM');
  select c.* into present from ringfence.campaigns c where c.account_id = substr(identity, 7, 36)::uuid and c.id = wanted;
  if not found or not fence.reaches_list(identity, present.list_id) then
    raise exception '%', field using errcode = 'RF006';
  end if;
  return present;
end $$;

-- The same, locked with its list. RF004: VERSION, or the list or its client is archived; RF006.
create or replace function fence.lock_campaign(authority text, wanted uuid, expected_version integer) returns ringfence.campaigns
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.campaigns := fence.visible_campaign(authority, wanted, 'id');
begin
  perform fence.lock_list(authority, present.list_id, 'id');
  select c.* into strict present from ringfence.campaigns c where c.account_id = present.account_id and c.id = wanted for update;
  if present.version <> expected_version then
    raise exception 'VERSION' using errcode = 'RF004';
  end if;
  return present;
end $$;

-- RF006 (segmentId) unless the caller sees this segment of the list; campaigns_segment_id_check where it is somebody's own: not
-- everybody who takes part would see it.
create or replace function fence.require_usable_segment(authority text, campaign ringfence.campaigns) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  segment ringfence.segments;
begin
  select s.* into segment from ringfence.segments s
  where s.account_id = campaign.account_id and s.list_id = campaign.list_id and s.id = campaign.segment_id;
  if not found or not fence.reaches_segment(authority, segment) then
    raise exception 'segmentId' using errcode = 'RF006';
  elsif segment.owner_id is not null then
    raise exception 'not shared' using errcode = 'check_violation', table = 'campaigns', constraint = 'campaigns_segment_id_check';
  end if;
end $$;

-- RF006 (identityId) unless the caller sees this identity; campaigns_identity_id_check where it is of another client than the list.
create or replace function fence.require_usable_identity(authority text, campaign ringfence.campaigns) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.identities;
begin
  select i.* into present from ringfence.identities i where i.account_id = campaign.account_id and i.id = campaign.identity_id;
  if not found or present.client_id <> all (fence.identity_clients(authority)) then
    raise exception 'identityId' using errcode = 'RF006';
  elsif present.client_id <> campaign.client_id and not present.of_house then
    raise exception 'of another client' using errcode = 'check_violation', table = 'campaigns', constraint = 'campaigns_identity_id_check';
  end if;
end $$;

-- A campaign with what is named in `changes`: left out means unchanged, null cleared. RF006; campaigns_….
create or replace function fence.campaign_with(authority text, campaign ringfence.campaigns, changes jsonb) returns ringfence.campaigns
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  campaign.name := coalesce(changes ->> 'name', campaign.name);
  if changes ? 'startsOn' then
    campaign.starts_on := (changes ->> 'startsOn')::date;
  end if;
  if changes ? 'endsOn' then
    campaign.ends_on := (changes ->> 'endsOn')::date;
  end if;
  if changes ? 'memberIds' then
    campaign.open_to_all := changes -> 'memberIds' = '[]';
  end if;
  if changes ? 'segmentId' then
    campaign.segment_id := (changes ->> 'segmentId')::uuid;
    if campaign.segment_id is not null then
      perform fence.require_usable_segment(authority, campaign);
    end if;
  end if;
  if changes ? 'identityId' then
    campaign.identity_id := (changes ->> 'identityId')::uuid;
    if campaign.identity_id is not null then
      perform fence.require_usable_identity(authority, campaign);
    end if;
  end if;
  return campaign;
end $$;

-- Replaces who is named on a campaign. Whoever is named already stays so. RF006 (memberIds); campaigns_member_ids_check where one does
-- not work on the list.
create or replace function fence.set_campaign_members(campaign ringfence.campaigns, members uuid[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  added uuid[];
begin
  delete from ringfence.campaign_members n
  where n.account_id = campaign.account_id and n.campaign_id = campaign.id and n.member_id <> all (members);
  added := array(
    select m from unnest(members) m
    except select n.member_id from ringfence.campaign_members n where n.account_id = campaign.account_id and n.campaign_id = campaign.id);
  if exists (select from unnest(added) a
             where not exists (select from ringfence.members m where m.account_id = campaign.account_id and m.id = a)) then
    raise exception 'memberIds' using errcode = 'RF006';
  elsif exists (
          select from unnest(added) a
          where fence.works_on_list(fence.identity_of_member(campaign.account_id, a), campaign.client_id, campaign.list_id) is not true) then
    raise exception 'not on the list' using errcode = 'check_violation', table = 'campaigns', constraint = 'campaigns_member_ids_check';
  end if;
  insert into ringfence.campaign_members (account_id, client_id, list_id, campaign_id, member_id)
  select campaign.account_id, campaign.client_id, campaign.list_id, campaign.id, a from unnest(added) a;
end $$;

-- Plans a campaign on a list, in DRAFT, and answers its id. Definer: no serving role writes campaigns. RF001; RF003; RF004; RF006
-- (listId, segmentId, identityId, memberIds); campaigns_….
create or replace function ringfence.create_campaign(list uuid, details jsonb) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_crm(fence.identity());
  target ringfence.lists := fence.lock_list(authority, list, 'listId');
  added ringfence.campaigns;
begin
  added.account_id := target.account_id;
  added.client_id := target.client_id;
  added.list_id := target.id;
  added.open_to_all := true;
  added := fence.campaign_with(authority, added, details);
  insert into ringfence.campaigns (account_id, client_id, list_id, name, segment_id, identity_id, starts_on, ends_on, open_to_all)
  values (added.account_id, added.client_id, added.list_id, added.name, added.segment_id, added.identity_id, added.starts_on, added.ends_on,
    added.open_to_all)
  returning * into added;
  perform fence.set_campaign_members(added, array(select jsonb_array_elements_text(coalesce(details -> 'memberIds', '[]'))::uuid));
  return added.id;
end $$;

-- Changes what is named in `changes`: name, segmentId, identityId, memberIds, startsOn, endsOn. Definer: as create_campaign. RF001; RF003;
-- RF004 (CAMPAIGN_FINISHED, …); RF006; campaigns_….
create or replace function ringfence.update_campaign(campaign uuid, changes jsonb, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_crm(fence.identity());
  present ringfence.campaigns := fence.lock_campaign(authority, campaign, expected_version);
begin
  if present.state = 'FINISHED' then
    raise exception 'CAMPAIGN_FINISHED' using errcode = 'RF004';
  end if;
  present := fence.campaign_with(authority, present, changes);
  update ringfence.campaigns c
  set name = present.name, segment_id = present.segment_id, identity_id = present.identity_id, starts_on = present.starts_on,
      ends_on = present.ends_on, open_to_all = present.open_to_all
  where c.account_id = present.account_id and c.id = campaign;
  if changes ? 'memberIds' then
    perform fence.set_campaign_members(present, array(select jsonb_array_elements_text(changes -> 'memberIds')::uuid));
  end if;
end $$;

-- START (of a draft), PAUSE (of a running one), RESUME (of a paused one) or FINISH (of either), which is the end of it. Definer: as
-- create_campaign. RF001; RF003; RF004 (CAMPAIGN_STATE: it is in another state; …); RF006.
create or replace function ringfence.change_campaign_state(campaign uuid, transition text, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_crm(fence.identity());
  present ringfence.campaigns := fence.lock_campaign(authority, campaign, expected_version);
begin
  if (transition in ('START', 'PAUSE', 'RESUME', 'FINISH')) is not true then
    raise exception 'no such transition' using errcode = 'invalid_parameter_value';
  elsif present.state <> all (case transition
          when 'START' then '{DRAFT}' when 'PAUSE' then '{RUNNING}' when 'RESUME' then '{PAUSED}' else '{RUNNING,PAUSED}' end::text[]) then
    raise exception 'CAMPAIGN_STATE' using errcode = 'RF004';
  end if;
  update ringfence.campaigns c
  set state = case transition when 'PAUSE' then 'PAUSED' when 'FINISH' then 'FINISHED' else 'RUNNING' end
  where c.account_id = present.account_id and c.id = campaign;
end $$;

-- Deletes a campaign, whatever state it is in; its leads stay as they are. Definer: no serving role deletes. RF001; RF003; RF004; RF006.
create or replace function ringfence.delete_campaign(campaign uuid, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_crm(fence.identity());
  present ringfence.campaigns := fence.lock_campaign(authority, campaign, expected_version);
begin
  delete from ringfence.campaigns c where c.account_id = present.account_id and c.id = campaign;
  perform fence.write_audit(present.account_id, 'CAMPAIGN_DELETED', 'CAMPAIGN', campaign, present.client_id, jsonb_build_object('name', present.name));
end $$;

-- RF003 (NOT_IN_CAMPAIGN) unless the caller takes part: everybody who works on the list, or whoever is named, also through a token.
create or replace function fence.require_part_in(identity text, campaign ringfence.campaigns) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if not campaign.open_to_all and not exists (
       select from ringfence.campaign_members n
       where n.account_id = campaign.account_id and n.campaign_id = campaign.id and n.member_id = fence.acting_principal(identity)) then
    raise exception 'NOT_IN_CAMPAIGN' using errcode = 'RF003';
  end if;
end $$;

-- RF004 unless a campaign is running, on a day of its period, by the calendar of the account.
create or replace function fence.require_running(campaign ringfence.campaigns) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  today date := (select (now() at time zone a.time_zone)::date from ringfence.accounts a where a.id = campaign.account_id);
begin
  if campaign.state <> 'RUNNING' or campaign.starts_on > today or campaign.ends_on < today then
    raise exception 'CAMPAIGN_NOT_RUNNING' using errcode = 'RF004';
  end if;
end $$;

-- Gives the caller the next lead of a campaign, or the one that they have. Definer: as ringfence.next_lead. RF001; RF003; RF004; RF006
-- (campaignId).
create or replace function ringfence.next_lead_of_campaign(campaign uuid) returns table (lead_id uuid, held_until timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  present ringfence.campaigns := fence.visible_campaign(identity, campaign, 'campaignId');
  condition text := 'true';
  held ringfence.lead_holds;
begin
  perform fence.require_part_in(identity, present);
  perform fence.require_running(present);
  if present.segment_id is not null then
    select fence.segment_condition(s.filter) into strict condition
    from ringfence.segments s where s.account_id = present.account_id and s.id = present.segment_id;
  end if;
  held := fence.next_lead(identity, present.list_id, condition);
  return query select held.lead_id, held.held_until where held.lead_id is not null;
end $$;

-- Before a campaign goes to another client with its list: an identity of the client before does not go with it.
create or replace function fence.forget_foreign_identity() returns trigger
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if not exists (select from ringfence.identities i
                 where i.account_id = new.account_id and i.id = new.identity_id and (i.of_house or i.client_id = new.client_id)) then
    new.identity_id := null;
  end if;
  return new;
end $$;

-- Takes identities that have gone to a client from the campaigns of others.
create or replace function fence.forget_identities_elsewhere(account uuid, moved uuid[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  update ringfence.campaigns c set identity_id = null
  from ringfence.identities i
  where c.account_id = account and i.account_id = account and i.id = any (moved) and c.identity_id = i.id
    and c.client_id <> i.client_id and not i.of_house;
end $$;

grant execute on function fence.forget_foreign_identity to ringfence_owner;
grant execute on function ringfence.create_campaign, ringfence.update_campaign, ringfence.change_campaign_state, ringfence.delete_campaign,
  ringfence.next_lead_of_campaign
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
