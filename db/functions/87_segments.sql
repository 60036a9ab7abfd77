-- Segments: saved conditions on the leads of a list, and what they say in SQL. Whoever writes one holds the lock of the account's row.
--
-- What is saved comes from the API, which is not trusted: of a filter nothing reaches SQL but names that stand here, and values that
-- were cast to their types and quoted. The API reads leads by the same conditions under the caller's policies
-- (src/leads/lead.conditions.ts); test/segments/agreeing.test.ts holds the two against each other.

-- VALIDATION_FAILED, of the filter.
create or replace function fence.refuse_filter(why text) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  raise exception '%', why using errcode = 'check_violation', table = 'segments', constraint = 'segments_filter_check';
end $$;

-- Refuses what is no object, or has a member that is not among these.
create or replace function fence.require_members(given jsonb, names text[]) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  if jsonb_typeof(given) <> 'object' then
    perform fence.refuse_filter('no object');
  elsif exists (select from jsonb_object_keys(given) k where k <> all (names)) then
    perform fence.refuse_filter('an unknown member');
  end if;
end $$;

-- A member of an object as text; null where it is left out. Refuses another kind of JSON.
create or replace function fence.filter_value(given jsonb, name text, kind text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  value jsonb := given -> name;
begin
  if value is null or value = 'null' then
    return null;
  elsif jsonb_typeof(value) <> kind then
    perform fence.refuse_filter('another kind of value');
  end if;
  return value #>> '{}';
end $$;

-- An array of strings, as a literal; null where it is left out.
create or replace function fence.filter_texts(given jsonb, name text) returns text
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
declare
  value jsonb := given -> name;
begin
  if value is null or value = 'null' then
    return null;
  elsif jsonb_typeof(value) <> 'array' or jsonb_path_exists(value, 'strict $[*] ? (@.type() <> "string")') then
    perform fence.refuse_filter('no list of texts');
  end if;
  return format('%L::text[]', array(select jsonb_array_elements_text(value)));
end $$;

-- A value as a literal of its type. Data exceptions where it is none.
create or replace function fence.filter_literal(value text, type text) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp set datestyle = 'ISO, YMD' set timezone = 'UTC' as $$
begin
  case type
    when 'integer' then return format('%L::integer', value::integer);
    when 'double precision' then return format('%L::double precision', value::double precision);
    when 'uuid' then return format('%L::uuid', value::uuid);
    when 'date' then
      -- Words like "today" are dates to Postgres, other ones every day.
      if value !~ '^\d{4}-\d\d-\d\d$' then
        perform fence.refuse_filter('no day');
      end if;
      return format('%L::date', value::date);
    when 'timestamptz' then
      if value !~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$' then
        perform fence.refuse_filter('no moment');
      end if;
      return format('%L::timestamptz', value::timestamptz);
  end case;
end $$;

-- What a text is to be, as conditions on a column; `key`: the column in lower case.
create or replace function fence.text_conditions(given jsonb, text_column text, key text) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  equal text := fence.filter_value(given, 'equals', 'string');
  part text := fence.filter_value(given, 'contains', 'string');
begin
  perform fence.require_members(given, '{equals,contains}');
  return array_remove(array[
    case when equal is not null then key || format(' = lower(%L::text collate "und-x-icu") collate "C"', equal) end,
    case when part is not null then text_column || format(' ilike %L::text', '%' || regexp_replace(part, '([\\%_])', '\\\1', 'g') || '%') end],
    null);
end $$;

-- The ends of a range, as conditions on a column: of numbers and days both included, of time the later one not.
create or replace function fence.range_conditions(given jsonb, range_column text, type text) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  kind constant text := case when type in ('integer', 'double precision') then 'number' else 'string' end;
  first_name constant text := case kind when 'number' then 'minimum' else 'from' end;
  last_name constant text := case when kind = 'number' then 'maximum' when type = 'date' then 'until' else 'before' end;
  first_value text := fence.filter_value(given, first_name, kind);
  last_value text := fence.filter_value(given, last_name, kind);
begin
  perform fence.require_members(given, array[first_name, last_name]);
  return array_remove(array[
    case when first_value is not null then range_column || ' >= ' || fence.filter_literal(first_value, type) end,
    case when last_value is not null then
      range_column || case type when 'timestamptz' then ' < ' else ' <= ' end || fence.filter_literal(last_value, type) end], null);
end $$;

-- What a lead is to have in a field of its list.
create or replace function fence.value_conditions(given jsonb) returns text[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  lead_value text;
  set_or_not text;
  choices text;
  truth text;
  parts text[];
begin
  perform fence.require_members(given, '{fieldId,isSet,text,choices,number,date,boolean}');
  if fence.filter_value(given, 'fieldId', 'string') is null then
    perform fence.refuse_filter('no field');
  end if;
  lead_value := 'exists (select from ringfence.lead_values v where v.account_id = l.account_id and v.lead_id = l.id and v.field_id = '
    || fence.filter_literal(given ->> 'fieldId', 'uuid');
  set_or_not := fence.filter_value(given, 'isSet', 'boolean');
  choices := fence.filter_texts(given, 'choices');
  truth := fence.filter_value(given, 'boolean', 'boolean');
  parts := fence.text_conditions(coalesce(nullif(given -> 'text', 'null'), '{}'), 'v.text_value', 'lower(v.text_value collate "und-x-icu") collate "C"')
    || fence.range_conditions(coalesce(nullif(given -> 'number', 'null'), '{}'), 'v.number_value', 'double precision')
    || fence.range_conditions(coalesce(nullif(given -> 'date', 'null'), '{}'), 'v.date_value', 'date')
    || array_remove(array['v.text_value = any (' || choices || ')', 'v.boolean_value = ' || truth], null);
  return array_remove(array[
    case when set_or_not = 'false' then 'not ' || lead_value || ')' end,
    case when set_or_not = 'true' or parts <> '{}' then array_to_string(lead_value || parts, ' and ') || ')' end], null);
end $$;

-- The condition that a filter is, about `l`, a row of ringfence.leads. Refuses, by segments_filter_check, whatever is no filter.
create or replace function fence.segment_condition(filter jsonb) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  states constant text[] := '{NEW,IN_PROGRESS,CALL_BACK,WON,LOST,ARCHIVED}';
  most_values constant integer := 20;
  given jsonb := jsonb_strip_nulls(filter);
  parts text[] := '{}';
  member record;
begin
  if jsonb_typeof(given) is distinct from 'object' then
    perform fence.refuse_filter('no object');
  end if;
  if not given ? 'state' then
    parts := array['l.state <> ''ARCHIVED'''];
  end if;
  for member in select e.key, e.value from jsonb_each(given) e loop
    case member.key
      when 'state' then
        parts := parts || format('l.state = any (%s)', fence.filter_texts(given, 'state'));
        if exists (select from jsonb_array_elements_text(member.value) s where s <> all (states)) then
          perform fence.refuse_filter('no state');
        end if;
      when 'name' then parts := parts || fence.text_conditions(member.value, 'l.name', 'l.sort_name');
      when 'company' then
        parts := parts || fence.text_conditions(member.value, 'l.company', 'lower(l.company collate "und-x-icu") collate "C"');
      when 'email' then
        if fence.text_conditions(member.value, 'e.email', 'e.email_key') <> '{}' then
          parts := parts || format('exists (select from ringfence.lead_emails e where e.account_id = l.account_id and e.lead_id = l.id and %s)',
            array_to_string(fence.text_conditions(member.value, 'e.email', 'e.email_key'), ' and '));
        end if;
      when 'phone' then
        parts := parts || format(
          'exists (select from ringfence.lead_phones p where p.account_id = l.account_id and p.lead_id = l.id and p.phone = %L collate "C")',
          fence.filter_value(given, 'phone', 'string'));
      when 'isCallBackDue' then
        parts := parts || format('(l.state = ''CALL_BACK'' and l.call_back_key <= now()) is %s',
          case fence.filter_value(given, 'isCallBackDue', 'boolean') when 'true' then 'true' else 'not true' end);
      when 'callBackAt' then parts := parts || fence.range_conditions(member.value, 'l.call_back_at', 'timestamptz');
      when 'attempts' then parts := parts || fence.range_conditions(member.value, 'l.attempts', 'integer');
      when 'createdAt' then parts := parts || fence.range_conditions(member.value, 'l.created_at', 'timestamptz');
      when 'updatedAt' then parts := parts || fence.range_conditions(member.value, 'l.updated_at', 'timestamptz');
      when 'updatedWithinDays' then
        -- More would be before there was time, for Postgres.
        if fence.filter_value(given, 'updatedWithinDays', 'number')::integer not between 1 and 3650 then
          perform fence.refuse_filter('no number of days');
        end if;
        parts := parts || format('l.updated_at >= now() - make_interval(days => %s)', fence.filter_literal(given ->> 'updatedWithinDays', 'integer'));
      when 'values' then
        if jsonb_typeof(member.value) <> 'array' or jsonb_array_length(member.value) > most_values then
          perform fence.refuse_filter('no values, or too many');
        end if;
        parts := parts || array(select unnest(fence.value_conditions(v)) from jsonb_array_elements(member.value) v);
      else perform fence.refuse_filter('an unknown member');
    end case;
  end loop;
  return coalesce(nullif(array_to_string(parts, ' and '), ''), 'true');
exception
  -- What is no number, no id, no day of any calendar.
  when data_exception then
    perform fence.refuse_filter('a value that is none');
end $$;

-- Refuses a filter that is none, or does not fit a list: RF006 (filter) for fields that it does not have, segments_filter_check for
-- conditions of another type, and for choices that there are not. What is saved stays when fields change: of one that is gone no lead
-- has a value. RF003 (BLIND_MODE) for whom blind mode keeps from the leads of the list: with conditions of their own, the next lead would
-- be whom they look for.
create or replace function fence.require_fitting_filter(authority text, list ringfence.lists, filter jsonb) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  given record;
begin
  if list.client_id = any (fence.blind_clients(authority)) then
    raise exception 'BLIND_MODE' using errcode = 'RF003';
  end if;
  perform fence.segment_condition(filter);
  for given in
    select c.value, f.id, f.type, f.choices
    from jsonb_array_elements(case jsonb_typeof(filter -> 'values') when 'array' then filter -> 'values' else '[]' end) c
    left join ringfence.list_fields f on f.account_id = list.account_id and f.client_id = list.client_id and f.list_id = list.id
      and f.id = (c.value ->> 'fieldId')::uuid
  loop
    if given.id is null then
      raise exception 'filter' using errcode = 'RF006';
    elsif exists (select from jsonb_object_keys(jsonb_strip_nulls(given.value) - '{fieldId,isSet}'::text[]) k
                  where case k when 'text' then given.type not in ('TEXT', 'CHOICE') when 'choices' then given.type <> 'CHOICE'
                          else given.type <> upper(k) end)
       or exists (select from jsonb_array_elements_text(coalesce(nullif(given.value -> 'choices', 'null'), '[]')) c where c <> all (given.choices)) then
      perform fence.refuse_filter('another type than the field''s');
    end if;
  end loop;
end $$;

-- The caller's authority of this moment, to plan work with leads. RF001; RF003 without ACCESS_CRM.
create or replace function fence.lock_crm(identity text) returns text
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_authority(identity);
begin
  perform fence.require_permission(authority, 'ACCESS_CRM');
  return authority;
end $$;

-- Does the principal see this segment? The same rule as its policies.
create or replace function fence.reaches_segment(identity text, segment ringfence.segments) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  kind text := substr(identity, 6, 1);
begin
  return position(',ACCESS_CRM,' in substr(identity, 115)) > 0
    and fence.reaches_list(identity, segment.list_id)
    and (segment.owner_id is null or kind in ('O', 'A') or (kind in ('L', 'M') and segment.owner_id = substr(identity, 43, 36)::uuid));
end $$;

-- A segment that the caller sees, locked with its list. RF004: VERSION, or the list or its client is archived; RF006.
create or replace function fence.lock_segment(authority text, wanted uuid, expected_version integer) returns ringfence.segments
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.segments;
begin
  select s.* into present from ringfence.segments s where s.account_id = substr(authority, 7, 36)::uuid and s.id = wanted;
  if not found or not fence.reaches_segment(authority, present) then
    raise exception 'id' using errcode = 'RF006';
  end if;
  perform fence.lock_list(authority, present.list_id, 'id');
  select s.* into present from ringfence.segments s
  where s.account_id = present.account_id and s.list_id = present.list_id and s.id = wanted for update;
  -- It went with its owner meanwhile.
  if not found then
    raise exception 'id' using errcode = 'RF006';
  elsif present.version <> expected_version then
    raise exception 'VERSION' using errcode = 'RF004';
  end if;
  return present;
end $$;

-- Whose a segment is: nobody's where it is shared, otherwise the caller's. RF003 for programs, which change hands.
create or replace function fence.segment_owner(authority text, shared boolean) returns uuid
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  if shared then
    return null;
  elsif substr(authority, 6, 1) in ('T', 'S') then
    raise exception 'PERSON' using errcode = 'RF003';
  end if;
  return substr(authority, 43, 36)::uuid;
end $$;

-- Saves a segment of a list, and answers its id. Definer: no serving role writes segments. RF001; RF003; RF004; RF006 (listId, filter);
-- segments_filter_check.
create or replace function ringfence.create_segment(list uuid, segment_name text, shared boolean, filter jsonb) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_crm(fence.identity());
  target ringfence.lists := fence.lock_list(authority, list, 'listId');
  added uuid;
begin
  perform fence.require_fitting_filter(authority, target, filter);
  insert into ringfence.segments (account_id, client_id, list_id, name, owner_id, filter)
  values (target.account_id, target.client_id, target.id, segment_name, fence.segment_owner(authority, shared), jsonb_strip_nulls(filter))
  returning id into added;
  return added;
end $$;

-- Changes what is named in `changes`: name, shared, filter. What is no longer shared is the caller's own. Definer: as create_segment.
-- RF001; RF003; RF004 (SEGMENT_IN_USE: a campaign is about it, so it stays shared); RF006; segments_filter_check.
create or replace function ringfence.update_segment(segment uuid, changes jsonb, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_crm(fence.identity());
  present ringfence.segments := fence.lock_segment(authority, segment, expected_version);
  list ringfence.lists;
begin
  if changes ? 'filter' then
    select l.* into strict list from ringfence.lists l where l.account_id = present.account_id and l.id = present.list_id;
    perform fence.require_fitting_filter(authority, list, changes -> 'filter');
    present.filter := jsonb_strip_nulls(changes -> 'filter');
  end if;
  -- Somebody's own stays theirs, also where an administrator says so again.
  if (changes ->> 'shared')::boolean <> (present.owner_id is null) then
    present.owner_id := fence.segment_owner(authority, (changes ->> 'shared')::boolean);
    if present.owner_id is not null and exists (
         select from ringfence.campaigns c
         where c.account_id = present.account_id and c.client_id = present.client_id and c.list_id = present.list_id and c.segment_id = segment) then
      raise exception 'SEGMENT_IN_USE' using errcode = 'RF004';
    end if;
  end if;
  update ringfence.segments s
  set name = coalesce(changes ->> 'name', s.name), owner_id = present.owner_id, filter = present.filter
  where s.account_id = present.account_id and s.id = segment;
end $$;

-- Deletes a segment; one that a campaign is about stays, by its key. Definer: no serving role deletes. RF001; RF003; RF004; RF006.
create or replace function ringfence.delete_segment(segment uuid, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_crm(fence.identity());
  present ringfence.segments := fence.lock_segment(authority, segment, expected_version);
begin
  delete from ringfence.segments s where s.account_id = present.account_id and s.id = segment;
  perform fence.write_audit(present.account_id, 'SEGMENT_DELETED', 'SEGMENT', segment, present.client_id, jsonb_build_object('name', present.name));
end $$;

-- Gives the caller the next lead of a segment, or the one that they have. Definer: as ringfence.next_lead. RF001; RF003; RF004; RF006
-- (segmentId).
create or replace function ringfence.next_lead_of_segment(segment uuid) returns table (lead_id uuid, held_until timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  present ringfence.segments;
  held ringfence.lead_holds;
begin
  perform fence.require_permission(identity, 'ACCESS_CRM');
  select s.* into present from ringfence.segments s where s.account_id = substr(identity, 7, 36)::uuid and s.id = segment;
  if not found or not fence.reaches_segment(identity, present) then
    raise exception 'segmentId' using errcode = 'RF006';
  end if;
  held := fence.next_lead(identity, present.list_id, fence.segment_condition(present.filter));
  return query select held.lead_id, held.held_until where held.lead_id is not null;
end $$;

grant execute on function ringfence.create_segment, ringfence.update_segment, ringfence.delete_segment, ringfence.next_lead_of_segment
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
