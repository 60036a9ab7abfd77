-- Merging leads of one client: one stays, and is afterwards all that they were. Emails and phone numbers are put together, notes and
-- history move, attempts add up; the last attempt is the latest, the call-back the earliest, the state the furthest, so that all this
-- is the same in whichever order leads are merged. What there is room for once alone (company, time zone, a value in a field) stays as
-- it is where the one that stays has it, and where two of the others have it the oldest one's is taken; what finds no place is written
-- down in the history, as the last that is said of the lead that had it.

-- How far a state is: who won is a customer, whoever else lost; what was agreed on is kept, also where somebody else was refused.
create or replace function fence.state_rank(state text) returns integer
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select array_position(array['NEW', 'IN_PROGRESS', 'LOST', 'CALL_BACK', 'WON'], state)
$$;

-- RF006 (mergedIds) unless the caller sees all of these leads, once each; leads_merged_ids_check where they are not others of the same
-- client.
create or replace function fence.require_mergeable(identity text, kept ringfence.leads, merged uuid[]) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  seen uuid[] := array(
    select l.client_id from ringfence.leads l
    where l.account_id = kept.account_id and l.id = any (merged) and fence.reads_leads_of(identity, l.client_id, l.list_id));
begin
  if cardinality(seen) < (select count(distinct m) from unnest(merged) m) then
    raise exception 'mergedIds' using errcode = 'RF006';
  elsif (cardinality(merged) = cardinality(seen) and cardinality(merged) between 1 and 10 and kept.client_id = all (seen)
         and kept.id <> all (merged)) is not true then
    raise exception 'other leads of one client' using errcode = 'check_violation', table = 'leads', constraint = 'leads_merged_ids_check';
  end if;
end $$;

-- The lead that stays, locked with those that are merged into it, their lists and their client. RF001; RF003; RF004: VERSION, LEAD_ARCHIVED,
-- LEAD_HELD (one that would go), or a list or the client is archived; RF006 (id, mergedIds). In blind mode nobody sees two at once.
create or replace function fence.lock_leads_to_merge(identity text, lead uuid, merged uuid[], expected_version integer) returns ringfence.leads
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  kept ringfence.leads;
  list uuid;
  other ringfence.leads;
begin
  perform fence.require_permission(identity, 'ACCESS_CRM');
  select l.* into kept from ringfence.leads l where l.account_id = account and l.id = lead;
  if not found or not fence.reads_leads_of(identity, kept.client_id, kept.list_id) then
    raise exception 'id' using errcode = 'RF006';
  end if;
  perform fence.require_mergeable(identity, kept, merged);
  perform fence.take_turn_at_leads(account, kept.client_id);
  for list in select distinct l.list_id from ringfence.leads l where l.account_id = account and l.id = any (lead || merged) order by 1 loop
    perform fence.lock_list(identity, list, 'id');
  end loop;
  -- Again, now that nobody else changes them: some may have been merged meanwhile, or be hidden, and the right be lost.
  perform fence.require_permission(fence.present_authority(identity), 'ACCESS_CRM');
  select l.* into kept from ringfence.leads l
  where l.account_id = account and l.client_id = kept.client_id and l.id = lead for update;
  if not found or not fence.reads_leads_of(identity, kept.client_id, kept.list_id) then
    raise exception 'id' using errcode = 'RF006';
  elsif kept.version <> expected_version then
    raise exception 'VERSION' using errcode = 'RF004';
  end if;
  perform fence.require_mergeable(identity, kept, merged);
  perform fence.require_unarchived(kept);
  for other in select l.* from ringfence.leads l where l.account_id = account and l.id = any (merged) order by l.id for update loop
    perform fence.require_unarchived(other);
    perform fence.require_held_by_nobody_else(identity, other);
  end loop;
  return kept;
end $$;

-- What a merged lead had and what finds no place: one line of the history, in its name. Nothing where it is there already.
create or replace function fence.write_merged_change(
  identity text, kept ringfence.leads, merged_name text, subject text, field_name text, had text, has text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if had is not null and had is distinct from has then
    insert into ringfence.lead_changes (account_id, client_id, list_id, lead_id, subject, field_name, from_text, merged_from, actor_id, actor_name)
    values (kept.account_id, kept.client_id, kept.list_id, kept.id, subject, field_name, had, merged_name,
      fence.acting_principal(identity), fence.saving_member(identity));
  end if;
end $$;

-- The values of leads, the oldest lead's first, each with the field of a list that takes it: its own, or one of the same name and type,
-- of choices with this one among them; null: there is none.
create or replace function fence.values_to_merge(list ringfence.lists, merged uuid[])
returns table (merged_name text, field_name text, field_id uuid, given jsonb, as_text text)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return query
    select l.name, f.name, t.id,
      jsonb_build_array(jsonb_build_object('fieldId', t.id, 'text', v.text_value, 'number', v.number_value, 'date', v.date_value,
        'boolean', v.boolean_value)),
      coalesce(v.text_value, v.number_value::text, v.date_value::text, v.boolean_value::text)
    from ringfence.leads l
    join ringfence.lead_values v on v.account_id = l.account_id and v.lead_id = l.id
    join ringfence.list_fields f on f.account_id = v.account_id and f.id = v.field_id
    left join ringfence.list_fields t
      on t.account_id = list.account_id and t.client_id = list.client_id and t.list_id = list.id and t.name_key = f.name_key
        and t.type = f.type and (t.type <> 'CHOICE' or v.text_value = any (t.choices))
    where l.account_id = list.account_id and l.id = any (merged)
    order by l.created_at, l.id, f.position, f.id;
end $$;

-- Gives a lead the values that others had, where it has none there and no third one has them; what is left is written down.
create or replace function fence.merge_values(
  identity text, list ringfence.lists, kept ringfence.leads, merged_values jsonb) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  hidden uuid[] := fence.hidden_lists(identity);
  value record;
  present text;
begin
  for value in
    select v.* from jsonb_to_recordset(merged_values) as v (merged_name text, field_name text, field_id uuid, given jsonb, as_text text)
  loop
    present := (
      select coalesce(v.text_value, v.number_value::text, v.date_value::text, v.boolean_value::text) from ringfence.lead_values v
      where v.account_id = kept.account_id and v.lead_id = kept.id and v.field_id = value.field_id);
    if value.field_id is null or present is not null or fence.taken_field(list, hidden, kept.id, value.given) is not null then
      perform fence.write_merged_change(identity, kept, value.merged_name, 'VALUE', value.field_name, value.as_text, present);
    else
      perform fence.set_lead_values(identity, list, kept, value.given);
    end if;
  end loop;
end $$;

-- Puts what leads have of which there is one alone together, the oldest of them first.
create or replace function fence.with_merged(kept ringfence.leads, merged uuid[]) returns ringfence.leads
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  together ringfence.leads := kept;
  other ringfence.leads;
begin
  for other in select l.* from ringfence.leads l where l.account_id = kept.account_id and l.id = any (merged) order by l.created_at, l.id loop
    together.company := coalesce(together.company, other.company);
    together.time_zone := coalesce(together.time_zone, other.time_zone);
    together.call_back_at := least(together.call_back_at, other.call_back_at);
    together.attempts := least(together.attempts + other.attempts, 100000);
    if other.last_attempt_at > coalesce(together.last_attempt_at, '-infinity') then
      together.last_attempt_at := other.last_attempt_at;
      together.last_attempt_by := other.last_attempt_by;
    end if;
    if fence.state_rank(other.state) > fence.state_rank(together.state) then
      together.state := other.state;
    end if;
  end loop;
  return together;
end $$;

-- Merges leads into one, which gets what it lacks; the others are gone. Definer: it is decided under a lock, and no serving role writes
-- leads. RF001; RF003; RF004 (also TOO_MANY_EMAILS, TOO_MANY_PHONES); RF006 (id, mergedIds); leads_merged_ids_check.
create or replace function ringfence.merge_leads(lead uuid, merged uuid[], expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  kept ringfence.leads := fence.lock_leads_to_merge(identity, lead, merged, expected_version);
  before_emails text := fence.emails_of(kept);
  before_phones text := fence.phones_of(kept);
  after ringfence.leads := fence.with_merged(kept, merged);
  list ringfence.lists;
  merged_values jsonb;
  other ringfence.leads;
begin
  select l.* into strict list from ringfence.lists l where l.account_id = kept.account_id and l.id = kept.list_id;
  merged_values := (select coalesce(jsonb_agg(to_jsonb(v)), '[]') from fence.values_to_merge(list, merged) v);
  for other in select l.* from ringfence.leads l where l.account_id = kept.account_id and l.id = any (merged) order by l.created_at, l.id loop
    perform fence.add_lead_emails(kept, (
      select jsonb_agg(jsonb_build_object('email', e.email, 'companyDomain', e.company_domain) order by e.position)
      from ringfence.lead_emails e where e.account_id = other.account_id and e.lead_id = other.id));
    perform fence.add_lead_phones(kept, (
      select jsonb_agg(p.phone order by p.position) from ringfence.lead_phones p where p.account_id = other.account_id and p.lead_id = other.id));
    update ringfence.lead_notes n set list_id = kept.list_id, lead_id = kept.id where n.account_id = kept.account_id and n.lead_id = other.id;
    update ringfence.lead_changes c set list_id = kept.list_id, lead_id = kept.id, merged_from = coalesce(c.merged_from, other.name)
    where c.account_id = kept.account_id and c.lead_id = other.id;
    perform fence.write_lead_change(identity, kept, 'MERGED', null, null, other.name);
    perform fence.write_merged_change(identity, kept, other.name, 'COMPANY', null, other.company, after.company);
    perform fence.write_merged_change(identity, kept, other.name, 'STATE', null, other.state, after.state);
    perform fence.write_merged_change(identity, kept, other.name, 'TIME_ZONE', null, other.time_zone, after.time_zone);
    perform fence.write_merged_change(
      identity, kept, other.name, 'CALL_BACK_AT', null, fence.moment_text(other.call_back_at), fence.moment_text(after.call_back_at));
    perform fence.write_audit(kept.account_id, 'LEAD_MERGED', 'LEAD', other.id, kept.client_id, jsonb_build_object('into', kept.id));
  end loop;
  perform fence.require_contacts_fit(kept);
  -- Before their values are given on: a unique one would be theirs.
  delete from ringfence.leads l where l.account_id = kept.account_id and l.id = any (merged);
  perform fence.merge_values(identity, list, kept, merged_values);
  update ringfence.leads l
  set company = after.company, company_key = fence.company_key(after.company), state = after.state, call_back_at = after.call_back_at,
      time_zone = after.time_zone, attempts = after.attempts, last_attempt_at = after.last_attempt_at,
      last_attempt_by = after.last_attempt_by
  where l.account_id = kept.account_id and l.id = lead;
  perform fence.write_lead_change(identity, kept, 'COMPANY', null, kept.company, after.company);
  perform fence.write_lead_change(identity, kept, 'STATE', null, kept.state, after.state);
  perform fence.write_lead_change(identity, kept, 'TIME_ZONE', null, kept.time_zone, after.time_zone);
  perform fence.write_lead_change(
    identity, kept, 'CALL_BACK_AT', null, fence.moment_text(kept.call_back_at), fence.moment_text(after.call_back_at));
  perform fence.write_lead_change(identity, kept, 'EMAILS', null, before_emails, fence.emails_of(kept));
  perform fence.write_lead_change(identity, kept, 'PHONES', null, before_phones, fence.phones_of(kept));
  perform fence.write_audit(kept.account_id, 'LEAD_UPDATED', 'LEAD', lead, kept.client_id, jsonb_build_object('merged', merged));
end $$;

grant execute on function ringfence.merge_leads
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
