-- Leads: adding, changing, archiving, and what is written about them. Whoever writes leads sees them: nobody adds to what blind mode
-- keeps from them, or to a list that is closed to them, so that no answer tells of what is there.
--
-- Who adds or changes leads of a client takes turns under the lock of its row: whether a lead is a duplicate, and whether a value is
-- taken, is decided by what is there then. Leads that the caller does not see count for neither.

-- What is the same for the ways to write one company: letters and digits, without case, and without its legal form.
create or replace function fence.company_key(company text) returns text
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  legal_forms constant text :=
    '( (gmbh|mbh|ag|kg|kgaa|ohg|ug|gbr|e k|ek|se|inc|incorporated|llc|llp|lp|ltd|limited|plc|corp|corporation|co|company|sa|s a|sarl|'
    's a r l|sas|srl|s r l|spa|s p a|bv|b v|nv|n v|ab|oy|aps|pty|sp z o o|haftungsbeschränkt))+$';
  words text := btrim(regexp_replace(
    lower(normalize(company, nfkc) collate "und-x-icu") collate "und-x-icu", '[^[:alnum:]]+', ' ', 'g'));
begin
  return nullif(regexp_replace(words, legal_forms, ''), '');
end $$;

-- A lead that the caller sees. RF006 (id): there is none.
create or replace function fence.visible_lead(identity text, lead uuid) returns ringfence.leads
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.leads;
begin
  perform fence.require_permission(identity, 'ACCESS_CRM');
  select l.* into present from ringfence.leads l where l.account_id = substr(identity, 7, 36)::uuid and l.id = lead;
  if not found or not fence.reads_lead(identity, present) then
    raise exception 'id' using errcode = 'RF006';
  end if;
  return present;
end $$;

-- Has whoever adds or changes leads of this client take turns. Before lock_list, which shares the row with others.
create or replace function fence.take_turn_at_leads(account uuid, client uuid) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform from ringfence.clients c where c.account_id = account and c.id = client for no key update;
end $$;

-- RF003 (BLIND_MODE, NOT_NAMED) where the caller, who sees this list, does not see its leads.
create or replace function fence.require_leads_of(identity text, list ringfence.lists) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if list.client_id = any (fence.blind_clients(identity)) then
    raise exception 'BLIND_MODE' using errcode = 'RF003';
  elsif not fence.reads_leads_of(identity, list.client_id, list.id) then
    raise exception 'NOT_NAMED' using errcode = 'RF003';
  end if;
end $$;

-- The list that leads are added to, locked. RF001; RF003 (BLIND_MODE, NOT_NAMED); RF004; RF006 (listId).
create or replace function fence.lock_list_for_leads(identity text, list uuid) returns ringfence.lists
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  authority text;
  present ringfence.lists;
begin
  perform fence.require_permission(identity, 'ACCESS_CRM');
  present := fence.visible_list(identity, list, 'listId');
  -- Before it is asked whether leads are seen, as none of it are now.
  perform fence.require_settled_list(present);
  perform fence.require_leads_of(identity, present);
  perform fence.take_turn_at_leads(account, present.client_id);
  present := fence.lock_list(identity, list, 'listId');
  -- Again: while this waited for its turn, the caller may have lost the right, the list been closed to them, or the client come into
  -- blind mode.
  authority := fence.present_authority(identity);
  perform fence.require_permission(authority, 'ACCESS_CRM');
  perform fence.require_leads_of(authority, present);
  return present;
end $$;

-- As visible_lead, locked with its client and list. RF001; RF003; RF004: VERSION, LEAD_ARCHIVED, or the list or the client is archived.
create or replace function fence.lock_lead(identity text, lead uuid, expected_version integer) returns ringfence.leads
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.leads := fence.visible_lead(identity, lead);
begin
  perform fence.take_turn_at_leads(present.account_id, present.client_id);
  perform fence.lock_list(identity, present.list_id, 'id');
  -- Again, now that nobody else changes it, nor puts its client into blind mode, and with the rights of this moment.
  perform fence.visible_lead(fence.present_authority(identity), lead);
  select l.* into present from ringfence.leads l
  where l.account_id = present.account_id and l.client_id = present.client_id and l.list_id = present.list_id and l.id = lead for update;
  if not found then
    raise exception 'id' using errcode = 'RF006';
  elsif present.version <> expected_version then
    raise exception 'VERSION' using errcode = 'RF004';
  end if;
  return present;
end $$;

-- RF004 where a lead is archived: nothing of it changes until it is restored.
create or replace function fence.require_unarchived(lead ringfence.leads) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  if lead.state = 'ARCHIVED' then
    raise exception 'LEAD_ARCHIVED' using errcode = 'RF004';
  end if;
end $$;

-- Whose work it is: the member's, also through a token of theirs; of a token of the account, its own.
create or replace function fence.acting_principal(identity text) returns uuid
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  myself uuid := substr(identity, 43, 36)::uuid;
begin
  return coalesce(
    case when substr(identity, 6, 1) in ('T', 'S') then (
      select t.member_id from ringfence.access_tokens t where t.account_id = substr(identity, 7, 36)::uuid and t.id = myself) end,
    myself);
end $$;

-- One line of a lead's history. Nothing where nothing changed.
create or replace function fence.write_lead_change(
  identity text, lead ringfence.leads, subject text, field_name text, from_text text, to_text text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if from_text is distinct from to_text then
    insert into ringfence.lead_changes (account_id, client_id, list_id, lead_id, subject, field_name, from_text, to_text, actor_id, actor_name)
    values (lead.account_id, lead.client_id, lead.list_id, lead.id, subject, field_name, from_text, to_text,
      fence.acting_principal(identity), fence.saving_member(identity));
  end if;
end $$;

-- A moment as histories say it.
create or replace function fence.moment_text(moment timestamptz) returns text
language sql stable parallel safe set search_path = pg_catalog, pg_temp as $$
  select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

create or replace function fence.emails_of(lead ringfence.leads) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return (select string_agg(e.email, ', ' order by e.position) from ringfence.lead_emails e
          where e.account_id = lead.account_id and e.lead_id = lead.id);
end $$;

create or replace function fence.phones_of(lead ringfence.leads) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return (select string_agg(p.phone, ', ' order by p.position) from ringfence.lead_phones p
          where p.account_id = lead.account_id and p.lead_id = lead.id);
end $$;

-- Adds emails, each with the domain of a company or none, behind those that are there; one that is there stays where it is.
create or replace function fence.add_lead_emails(lead ringfence.leads, emails jsonb) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  insert into ringfence.lead_emails (account_id, client_id, list_id, lead_id, position, email, company_domain)
  select lead.account_id, lead.client_id, lead.list_id, lead.id,
    e.ordinality + (select coalesce(max(t.position), 0) from ringfence.lead_emails t where t.account_id = lead.account_id and t.lead_id = lead.id),
    e.email, e."companyDomain"
  from rows from (jsonb_to_recordset(emails) as (email text, "companyDomain" text)) with ordinality e
  on conflict (account_id, lead_id, email_key) do nothing;
end $$;

create or replace function fence.add_lead_phones(lead ringfence.leads, phones jsonb) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  insert into ringfence.lead_phones (account_id, client_id, list_id, lead_id, position, phone)
  select lead.account_id, lead.client_id, lead.list_id, lead.id,
    p.ordinality + (select coalesce(max(t.position), 0) from ringfence.lead_phones t where t.account_id = lead.account_id and t.lead_id = lead.id),
    p.phone
  from jsonb_array_elements_text(phones) with ordinality p (phone, ordinality)
  on conflict (account_id, lead_id, phone) do nothing;
end $$;

-- RF004 where a lead has more emails or phone numbers than are taken of one: what was put together does not fit, and none is left out.
create or replace function fence.require_contacts_fit(lead ringfence.leads) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  most constant integer := 10;
begin
  if (select count(*) from ringfence.lead_emails e where e.account_id = lead.account_id and e.lead_id = lead.id) > most then
    raise exception 'TOO_MANY_EMAILS' using errcode = 'RF004';
  elsif (select count(*) from ringfence.lead_phones p where p.account_id = lead.account_id and p.lead_id = lead.id) > most then
    raise exception 'TOO_MANY_PHONES' using errcode = 'RF004';
  end if;
end $$;

-- The lead of this client, not on a list that is hidden from the caller, that has one of these emails or phone numbers: the oldest.
-- Null: none has. Each is looked up by itself, so that it is by the whole key of the index whatever the planner believes, and of those
-- that have it, who may be thousands at one switchboard, the first is taken: ids are in the order in which leads were added.
create or replace function fence.duplicate_of(list ringfence.lists, hidden uuid[], lead jsonb) returns ringfence.leads
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  candidates uuid[] := array(
    select found.lead_id from jsonb_array_elements(lead -> 'emails') given cross join lateral (
      select e.lead_id from ringfence.lead_emails e
      where e.account_id = list.account_id and e.client_id = list.client_id and e.list_id <> all (hidden)
        and e.email_key = lower(given ->> 'email' collate "und-x-icu") collate "C" order by e.lead_id limit 1) found
    union
    select found.lead_id from jsonb_array_elements_text(lead -> 'phones') given cross join lateral (
      select p.lead_id from ringfence.lead_phones p
      where p.account_id = list.account_id and p.client_id = list.client_id and p.list_id <> all (hidden)
        and p.phone = given collate "C" order by p.lead_id limit 1) found);
  oldest ringfence.leads;
begin
  if candidates <> '{}' then
    select l.* into oldest from ringfence.leads l
    where l.account_id = list.account_id and l.id = any (candidates) order by l.created_at, l.id limit 1;
  end if;
  return oldest;
end $$;

-- Adds a lead to a list that is locked. All that it is found by comes in one statement, so that it is written down once
-- (fence.index_leads).
create or replace function fence.add_lead(identity text, list ringfence.lists, lead jsonb) returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  added ringfence.leads;
begin
  with lead_row as (
    insert into ringfence.leads (account_id, client_id, list_id, name, company, company_key, state, call_back_at, time_zone)
    values (list.account_id, list.client_id, list.id, lead ->> 'name', lead ->> 'company', fence.company_key(lead ->> 'company'),
      coalesce(lead ->> 'state', 'NEW'), (lead ->> 'callBackAt')::timestamptz, lead ->> 'timeZone')
    returning *
  ), email_rows as (
    insert into ringfence.lead_emails (account_id, client_id, list_id, lead_id, position, email, company_domain)
    select l.account_id, l.client_id, l.list_id, l.id, e.ordinality, e.email, e."companyDomain"
    from lead_row l, rows from (jsonb_to_recordset(lead -> 'emails') as (email text, "companyDomain" text)) with ordinality e
    on conflict (account_id, lead_id, email_key) do nothing
  ), phone_rows as (
    insert into ringfence.lead_phones (account_id, client_id, list_id, lead_id, position, phone)
    select l.account_id, l.client_id, l.list_id, l.id, p.ordinality, p.phone
    from lead_row l, jsonb_array_elements_text(lead -> 'phones') with ordinality p (phone, ordinality)
    on conflict (account_id, lead_id, phone) do nothing
  )
  select l.* into strict added from lead_row l;
  perform fence.write_lead_change(identity, added, 'CREATED', null, null, added.name);
  insert into ringfence.lead_values (account_id, client_id, list_id, lead_id, field_id, text_value, number_value, date_value, boolean_value, unique_key)
  select added.account_id, added.client_id, added.list_id, added.id, g.field_id, g.text_value, g.number_value, g.date_value, g.boolean_value, g.unique_key
  from fence.given_values(list, lead -> 'values') g where not g.is_cleared;
  perform fence.write_audit(added.account_id, 'LEAD_CREATED', 'LEAD', added.id, added.client_id, '{}');
  return added.id;
end $$;

-- Adds to a lead what it lacks and another one says: nothing that is there changes. Of another list than `list`, values have no fields. RF004 (TOO_MANY_EMAILS, TOO_MANY_PHONES).
create or replace function fence.complete_lead(identity text, list ringfence.lists, present ringfence.leads, lead jsonb) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  before_emails text := fence.emails_of(present);
  before_phones text := fence.phones_of(present);
  after ringfence.leads;
begin
  update ringfence.leads l
  set company = coalesce(l.company, lead ->> 'company'), company_key = coalesce(l.company_key, fence.company_key(lead ->> 'company')),
      time_zone = coalesce(l.time_zone, lead ->> 'timeZone')
  where l.account_id = present.account_id and l.id = present.id returning * into after;
  perform fence.add_lead_emails(present, lead -> 'emails');
  perform fence.add_lead_phones(present, lead -> 'phones');
  perform fence.require_contacts_fit(present);
  if present.list_id = list.id then
    perform fence.set_lead_values(identity, list, present, (
      select coalesce(jsonb_agg(v), '[]') from jsonb_array_elements(lead -> 'values') v
      where not exists (select from ringfence.lead_values t
                        where t.account_id = present.account_id and t.lead_id = present.id and t.field_id = (v ->> 'fieldId')::uuid)));
  end if;
  perform fence.write_lead_change(identity, present, 'COMPANY', null, present.company, after.company);
  perform fence.write_lead_change(identity, present, 'TIME_ZONE', null, present.time_zone, after.time_zone);
  perform fence.write_lead_change(identity, present, 'EMAILS', null, before_emails, fence.emails_of(present));
  perform fence.write_lead_change(identity, present, 'PHONES', null, before_phones, fence.phones_of(present));
  perform fence.write_audit(present.account_id, 'LEAD_UPDATED', 'LEAD', present.id, present.client_id, '{}');
end $$;

-- Adds leads to a list, and says of each what became of it: CREATED; SKIPPED or UPDATED, with the lead that the client had already;
-- REJECTED, with what is wrong. One that is rejected takes no other with it. Definer: whether there is a duplicate
-- is decided under a lock, and no serving role writes leads. RF001; RF003; RF004; RF006 (listId).
create or replace function ringfence.create_leads(list uuid, leads jsonb)
returns table (lead integer, lead_id uuid, status text, problem text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  target ringfence.lists := fence.lock_list_for_leads(identity, list);
  hidden uuid[] := fence.hidden_lists(identity);
  given record;
  present ringfence.leads;
begin
  if jsonb_array_length(leads) > 500 then
    raise exception 'too many leads' using errcode = 'invalid_parameter_value';
  end if;
  for given in select (e.ordinality - 1)::integer as place, e.value from jsonb_array_elements(leads) with ordinality e loop
    lead := given.place;
    lead_id := null;
    present := null;
    if target.duplicate_handling <> 'KEEP' then
      present := fence.duplicate_of(target, hidden, given.value);
    end if;
    -- What is skipped needs nothing, and values are for leads of this list alone.
    problem := case when present.id is null or (target.duplicate_handling = 'UPDATE' and present.list_id = target.id) then
      fence.value_problem(target, hidden, present.id, given.value -> 'values') end;
    if problem is not null then
      status := 'REJECTED';
    elsif present.id is null then
      status := 'CREATED';
      lead_id := fence.add_lead(identity, target, given.value);
    else
      lead_id := present.id;
      status := 'SKIPPED';
      -- Nothing of what is archived changes.
      if target.duplicate_handling = 'UPDATE' and present.state <> 'ARCHIVED' and exists (
           select from ringfence.lists l where l.account_id = present.account_id and l.id = present.list_id and l.status = 'ACTIVE' for share) then
        begin
          perform fence.complete_lead(identity, target, present, given.value);
          status := 'UPDATED';
        exception when sqlstate 'RF004' then
          status := 'REJECTED';
          lead_id := null;
          problem := 'CONFLICT ' || sqlerrm;
        end;
      end if;
    end if;
    return next;
  end loop;
end $$;

-- Changes what is named in `changes`: name, company, emails, phones (all of them), values (those that are named), state, callBackAt,
-- timeZone; null clears. Answers what is wrong with the values, or null. Definer: as create_leads. RF001; RF003; RF004; RF006.
create or replace function ringfence.update_lead(lead uuid, changes jsonb, expected_version integer) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  present ringfence.leads := fence.lock_lead(identity, lead, expected_version);
  before_emails text := fence.emails_of(present);
  before_phones text := fence.phones_of(present);
  list ringfence.lists;
  after ringfence.leads := present;
  problem text;
begin
  perform fence.require_unarchived(present);
  select l.* into strict list from ringfence.lists l where l.account_id = present.account_id and l.id = present.list_id;
  if changes ? 'values' then
    problem := fence.value_problem(list, fence.unread_lists(identity, present.client_id), lead, changes -> 'values');
    if problem is not null then
      return problem;
    end if;
    perform fence.set_lead_values(identity, list, present, changes -> 'values');
  end if;
  after.name := coalesce(changes ->> 'name', present.name);
  after.state := coalesce(changes ->> 'state', present.state);
  if changes ? 'company' then
    after.company := changes ->> 'company';
    after.company_key := fence.company_key(after.company);
  end if;
  if changes ? 'timeZone' then
    after.time_zone := changes ->> 'timeZone';
  end if;
  if changes ? 'callBackAt' then
    after.call_back_at := (changes ->> 'callBackAt')::timestamptz;
  elsif after.state <> present.state and after.state <> 'CALL_BACK' then
    after.call_back_at := null;
  end if;
  update ringfence.leads l
  set name = after.name, company = after.company, company_key = after.company_key, state = after.state, call_back_at = after.call_back_at,
      time_zone = after.time_zone
  where l.account_id = present.account_id and l.id = lead;
  if changes ? 'emails' then
    delete from ringfence.lead_emails e where e.account_id = present.account_id and e.lead_id = lead;
    perform fence.add_lead_emails(present, changes -> 'emails');
    perform fence.write_lead_change(identity, present, 'EMAILS', null, before_emails, fence.emails_of(present));
  end if;
  if changes ? 'phones' then
    delete from ringfence.lead_phones p where p.account_id = present.account_id and p.lead_id = lead;
    perform fence.add_lead_phones(present, changes -> 'phones');
    perform fence.write_lead_change(identity, present, 'PHONES', null, before_phones, fence.phones_of(present));
  end if;
  perform fence.write_lead_change(identity, present, 'NAME', null, present.name, after.name);
  perform fence.write_lead_change(identity, present, 'COMPANY', null, present.company, after.company);
  perform fence.write_lead_change(identity, present, 'STATE', null, present.state, after.state);
  perform fence.write_lead_change(identity, present, 'TIME_ZONE', null, present.time_zone, after.time_zone);
  perform fence.write_lead_change(
    identity, present, 'CALL_BACK_AT', null, fence.moment_text(present.call_back_at), fence.moment_text(after.call_back_at));
  perform fence.write_audit(present.account_id, 'LEAD_UPDATED', 'LEAD', lead, present.client_id,
    jsonb_build_object('changed', (select coalesce(jsonb_agg(k order by k), '[]') from jsonb_object_keys(changes) k)));
  return null;
end $$;

-- ARCHIVE or RESTORE. Not one that blind mode shows its holder alone: it is worked with, not put away. Definer: as create_leads. RF001;
-- RF003; RF004 (also LEAD_ARCHIVED, LEAD_NOT_ARCHIVED); RF006.
create or replace function ringfence.change_lead_status(lead uuid, transition text, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  present ringfence.leads := fence.lock_lead(identity, lead, expected_version);
  after text;
begin
  if (transition in ('ARCHIVE', 'RESTORE')) is not true then
    raise exception 'no such transition' using errcode = 'invalid_parameter_value';
  elsif not fence.reads_leads_of(identity, present.client_id, present.list_id) then
    raise exception 'id' using errcode = 'RF006';
  elsif transition = 'ARCHIVE' then
    perform fence.require_unarchived(present);
    update ringfence.leads l set state = 'ARCHIVED', state_before_archive = l.state
    where l.account_id = present.account_id and l.id = lead returning l.state into after;
  else
    if present.state <> 'ARCHIVED' then
      raise exception 'LEAD_NOT_ARCHIVED' using errcode = 'RF004';
    end if;
    update ringfence.leads l set state = l.state_before_archive, state_before_archive = null
    where l.account_id = present.account_id and l.id = lead returning l.state into after;
  end if;
  perform fence.write_lead_change(identity, present, 'STATE', null, present.state, after);
  perform fence.write_audit(present.account_id, 'LEAD_' || transition || 'D', 'LEAD', lead, present.client_id, '{}');
end $$;

-- Deletes a lead for good, with all that is written about it; of it stays that it was deleted, by whom, and its id. Needs MANAGE_LISTS as
-- well, as deleting all leads of a list does. Not one that somebody else has before them. Definer: as create_leads. RF001; RF003; RF004
-- (also LEAD_HELD); RF006.
create or replace function ringfence.delete_lead(lead uuid, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  present ringfence.leads := fence.lock_lead(identity, lead, expected_version);
begin
  perform fence.require_permission(fence.present_authority(identity), 'MANAGE_LISTS');
  if not fence.reads_leads_of(identity, present.client_id, present.list_id) then
    raise exception 'id' using errcode = 'RF006';
  end if;
  perform fence.require_held_by_nobody_else(identity, present);
  delete from ringfence.leads l where l.account_id = present.account_id and l.id = lead;
  perform fence.write_audit(present.account_id, 'LEAD_DELETED', 'LEAD', lead, present.client_id, '{}');
end $$;

-- Edits, archives, restores or deletes leads, each by itself as the functions above (`changes`, or `transition`), and answers what is wrong with
-- each, or null. One that is rejected takes no other with it. Definer: as create_leads. RF001; RF003.
create or replace function ringfence.update_leads(leads jsonb) returns table (lead integer, problem text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  held ringfence.lead_holds := fence.held_lead(identity);
  client uuid;
  given record;
  broken text;
begin
  if jsonb_array_length(leads) > 500 then
    raise exception 'too many leads' using errcode = 'invalid_parameter_value';
  end if;
  perform fence.require_permission(identity, 'ACCESS_CRM');
  -- All turns at first, in one order, so that two who edit many do not wait for each other; also at the one lead that is held in blind mode.
  for client in
    select distinct w.client_id from (
      select distinct l.client_id, l.list_id from jsonb_array_elements(leads) g
      join ringfence.leads l on l.account_id = account and l.id = (g ->> 'id')::uuid
      -- Found before it is asked whether they are seen, which otherwise might be asked of all leads that there are.
      offset 0) w
    where fence.reads_leads_of(identity, w.client_id, w.list_id) or w.client_id = held.client_id order by 1
  loop
    perform fence.take_turn_at_leads(account, client);
  end loop;
  for given in
    select (e.ordinality - 1)::integer as place, g.* from jsonb_array_elements(leads) with ordinality e
    cross join lateral jsonb_to_record(e.value) as g (id uuid, "expectedVersion" integer, changes jsonb, transition text)
  loop
    lead := given.place;
    problem := null;
    begin
      if given.transition is null then
        problem := ringfence.update_lead(given.id, given.changes, given."expectedVersion");
      elsif given.transition = 'DELETE' then
        perform ringfence.delete_lead(given.id, given."expectedVersion");
      else
        perform ringfence.change_lead_status(given.id, given.transition, given."expectedVersion");
      end if;
    exception
      when sqlstate 'RF004' then
        problem := 'CONFLICT ' || sqlerrm;
      when sqlstate 'RF006' then
        problem := 'ABSENT ' || sqlerrm;
      when check_violation then
        get stacked diagnostics broken = constraint_name;
        -- Everything else is refused before.
        if broken <> 'leads_call_back_at_check' then
          raise;
        end if;
        problem := 'INVALID callBackAt';
    end;
    return next;
  end loop;
end $$;

grant execute on function ringfence.create_leads, ringfence.update_lead, ringfence.update_leads, ringfence.change_lead_status, ringfence.delete_lead
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
