-- Values that leads have in the fields of their lists: what fits, what is missing, and what is taken.

-- What is the same for two values that are equal, in whatever case. Of a long text its digest, because no index takes it whole.
create or replace function fence.unique_key(written text) returns text
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  longest constant integer := 1000;
  same text := lower(normalize(written) collate "und-x-icu");
begin
  return case when octet_length(same) > longest then 'sha256:' || encode(sha256(convert_to(same, 'UTF8')), 'hex') else same end;
end $$;

-- Values as they are given, beside the fields of the list that they are for. `problem`: UNKNOWN where it is no field of the list, or
-- is given twice; MISFIT where it is not what the field takes. Without any value it is cleared.
create or replace function fence.given_values(list ringfence.lists, given jsonb)
returns table (field_id uuid, field_name text, name_key text, type text, problem text, is_cleared boolean, text_value text,
  number_value double precision, date_value date, boolean_value boolean, unique_key text)
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return query
    select g."fieldId", f.name, f.name_key, f.type,
      case when f.id is null or count(*) over (partition by g."fieldId") > 1 then 'UNKNOWN'
        when num_nonnulls(g.text, g.number, g.date, g."boolean") <> num_nonnulls(
          case f.type when 'NUMBER' then g.number::text when 'DATE' then g.date::text when 'BOOLEAN' then g."boolean"::text
            else g.text end) then 'MISFIT'
        when f.type = 'CHOICE' and g.text <> all (f.choices) then 'MISFIT' end,
      num_nonnulls(g.text, g.number, g.date, g."boolean") = 0,
      g.text, g.number, g.date, g."boolean",
      case when f.unique_in_client then fence.unique_key(coalesce(g.text, g.number::text, g.date::text)) end collate "C"
    from jsonb_to_recordset(given) as g ("fieldId" uuid, text text, number double precision, date date, "boolean" boolean)
    left join ringfence.list_fields f
      on f.account_id = list.account_id and f.client_id = list.client_id and f.list_id = list.id and f.id = g."fieldId";
end $$;

-- The field of a value that another lead of the client, not on a list that is hidden from the caller, has in a field of that name that
-- is unique as well; null: there is none.
create or replace function fence.taken_field(list ringfence.lists, hidden uuid[], lead uuid, given jsonb) returns uuid
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return (
    select g.field_id from fence.given_values(list, given) g
    cross join lateral (
      select v.* from ringfence.lead_values v
      where v.account_id = list.account_id and v.client_id = list.client_id and v.unique_key = g.unique_key offset 0) v
    join ringfence.list_fields o on o.account_id = v.account_id and o.id = v.field_id
    where v.lead_id is distinct from lead and v.list_id <> all (hidden) and o.name_key = g.name_key and o.type = g.type limit 1);
end $$;

-- What is wrong with values that a lead (null: a new one) is given: the problem and the field; null: nothing. REQUIRED where one is
-- missing, TAKEN as above.
create or replace function fence.value_problem(list ringfence.lists, hidden uuid[], lead uuid, given jsonb) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  found_problem text;
begin
  select concat_ws(' ', g.problem, g.field_id) into found_problem
  from fence.given_values(list, given) g where g.problem is not null limit 1;
  if found_problem is null then
    select concat_ws(' ', 'REQUIRED', f.id) into found_problem
    from ringfence.list_fields f
    left join fence.given_values(list, given) g on g.field_id = f.id
    where f.account_id = list.account_id and f.list_id = list.id and f.required
      and coalesce(g.is_cleared, not exists (
        select from ringfence.lead_values v where v.account_id = list.account_id and v.lead_id = lead and v.field_id = f.id))
    order by f.position limit 1;
  end if;
  if found_problem is null then
    found_problem := 'TAKEN ' || fence.taken_field(list, hidden, lead, given);
  end if;
  return found_problem;
end $$;

-- Sets the values that are given, and writes down what changed.
create or replace function fence.set_lead_values(identity text, list ringfence.lists, lead ringfence.leads, given jsonb) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  value record;
begin
  for value in
    select g.*, coalesce(v.text_value, v.number_value::text, v.date_value::text, v.boolean_value::text) as before,
      coalesce(g.text_value, g.number_value::text, g.date_value::text, g.boolean_value::text) as after
    from fence.given_values(list, given) g
    left join ringfence.lead_values v on v.account_id = lead.account_id and v.lead_id = lead.id and v.field_id = g.field_id
  loop
    continue when value.before is not distinct from value.after;
    delete from ringfence.lead_values v
    where v.account_id = lead.account_id and v.lead_id = lead.id and v.field_id = value.field_id;
    if not value.is_cleared then
      insert into ringfence.lead_values (account_id, client_id, list_id, lead_id, field_id, text_value, number_value, date_value, boolean_value, unique_key)
      values (lead.account_id, lead.client_id, lead.list_id, lead.id, value.field_id, value.text_value, value.number_value, value.date_value,
        value.boolean_value, value.unique_key);
    end if;
    perform fence.write_lead_change(identity, lead, 'VALUE', value.field_name, value.before, value.after);
  end loop;
end $$;
