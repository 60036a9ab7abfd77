-- Calls, as the platforms report them that run agents. A call is filed under the stay, the agent's time with a client, in which
-- it began; so however late it is reported, it belongs to the client it was for, and if that is gone, to nobody.
--
-- Reporting needs RECORD_ACTIVITY alone: a platform need not see what it reports. What it names must be within its reach all
-- the same, and an agent that was elsewhere at the time is answered like one that does not exist.

-- How far ahead of the database's the clock of a reporter may be.
create or replace function fence.report_clock_tolerance() returns interval
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$ select interval '5 minutes' $$;

-- Whether something can have happened at that moment.
create or replace function fence.could_happen(at timestamptz, moment timestamptz) returns boolean
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select at between timestamptz '2000-01-01 00:00:00Z' and moment + fence.report_clock_tolerance()
$$;

-- The stays of these agents that the principal reaches: the same rule as the policies of agent_stays, for those who report.
create or replace function fence.reached_stays(identity text, agents uuid[]) returns setof ringfence.agent_stays
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  kind text := substr(identity, 6, 1);
  clients uuid[] := case kind when 'M' then ringfence.member_client_ids() when 'S' then fence.partner_clients(identity) else '{}' end;
  all_agents boolean := fence.sees_all_agents(identity);
  stays uuid[] := case when not all_agents then fence.assigned_stays(identity) end;
begin
  return query
    select s.* from ringfence.agent_stays s
    where s.account_id = account and s.agent_id = any (agents)
      and (kind in ('O', 'A', 'L', 'T') or s.client_id = any (clients)) and (all_agents or s.id = any (stays));
end $$;

-- Locks what is reported about, in the order in which everybody does: clients, then agents, each by id. While it lasts, no agent
-- moves, no client is archived or begins to be deleted, and whoever reports about the same waits for their turn: a shared lock
-- would let reports that keep coming hold up a move for ever.
create or replace function fence.lock_reported(identity text, agents uuid[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  locked uuid[] := '{}';
  missing uuid[];
begin
  loop
    missing := array(select distinct s.client_id from fence.reached_stays(identity, agents) s where s.client_id <> all (locked));
    exit when missing = '{}';
    perform from ringfence.clients c where c.account_id = account and c.id = any (missing) order by c.id for no key update;
    perform from ringfence.agents a
    where a.account_id = account and a.stay_id in (select s.id from fence.reached_stays(identity, agents) s)
    order by a.id for no key update;
    -- Again: an agent may have come to another client while it was waited for.
    locked := locked || missing;
  end loop;
end $$;

-- Of an earlier version.
drop function if exists fence.most_reports_of_one(jsonb, text[]);

-- Locks are held while reports are looked at, so there is a limit to them.
create or replace function fence.require_few_reports(reports jsonb) returns void
language plpgsql immutable set search_path = pg_catalog, pg_temp as $$
begin
  if jsonb_array_length(reports) > 1000 then
    raise exception 'too many reports' using errcode = 'invalid_parameter_value';
  end if;
end $$;

-- How often one call is reported within one request, at most.
create or replace function fence.most_reports_of_a_call() returns integer
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$ select 10 $$;

-- Reports of calls in turns: reports of the same call are taken one after the other, all others together. What is beyond the last
-- turn that is taken comes in one more. Each report gets the place that it has in the request.
create or replace function fence.turns_of_calls(reports jsonb) returns table (turn bigint, told jsonb)
language sql immutable set search_path = pg_catalog, pg_temp as $$
  select r.turn, jsonb_agg(r.told || jsonb_build_object('report', r.place - 1) order by r.place)
  from (
    select e.told, e.place, least(fence.most_reports_of_a_call() + 1, row_number() over (
      partition by (e.told ->> 'agentId')::uuid, e.told ->> 'externalId' order by e.place)) as turn
    from jsonb_array_elements(reports) with ordinality e (told, place)) r
  group by r.turn order by r.turn
$$;

-- Records calls, at most 1,000, and says of each what became of it: CREATED, UPDATED (known, and there was more to say),
-- UNCHANGED, or REJECTED with a code and the field or reason. One that is rejected takes no other with it. A call is known by
-- its agent and external id; what is reported of it later never moves it: how it went is replaced by what is said last, who had
-- it is added where nothing is known. Definer: no serving role writes calls, since which
-- client they belong to is decided here. RF001; RF003.
create or replace function ringfence.record_calls(reports jsonb)
returns table (report integer, call_id uuid, status text, error text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  agents uuid[] := array(select distinct (r ->> 'agentId')::uuid from jsonb_array_elements(reports) r);
  moment timestamptz;
  this record;
begin
  perform fence.require_permission(identity, 'RECORD_ACTIVITY');
  perform fence.require_few_reports(reports);
  perform fence.lock_reported(identity, agents);
  -- After the locks: whoever moves an agent takes the moment of the move under them as well.
  moment := clock_timestamp();
  for this in select turn, told from fence.turns_of_calls(reports) loop
    if this.turn > fence.most_reports_of_a_call() then
      return query select (r ->> 'report')::integer, null::uuid, 'REJECTED', 'VALIDATION_FAILED externalId' from jsonb_array_elements(this.told) r;
      exit;
    end if;
    return query
      with stay as materialized (
        select s.*, fence.unusable_because(c.status) as unusable
        from fence.reached_stays(identity, agents) s
        join ringfence.clients c on c.account_id = account and c.id = s.client_id
      ), told as (
        select r.* from jsonb_to_recordset(this.told) r (
          report integer, "agentId" uuid, "externalId" text, direction text, outcome text, "fromNumber" text, "toNumber" text,
          "portalUserId" uuid, "startedAt" timestamptz, "endedAt" timestamptz, "durationSeconds" integer, "billableSeconds" integer)
      ), placed as (
        -- A call that is known is where it is; one that is not is where the agent was when it began, and what begins a little in
        -- the future, by another clock, begins now.
        select distinct on (t.report) t.*, k.id as known_id, k.outcome as known_outcome, k.ended_at as known_end,
          k.duration_seconds as known_duration, b.billable_seconds as known_billing, k.from_number as known_from, k.to_number as known_to,
          k.portal_user_name as known_portal_user, coalesce(k.started_at, t."startedAt") as began,
          case when k.id is not null or place.fits then s.id end as stay_id, s.client_id, s.unusable
        from told t
        left join stay s on s.agent_id = t."agentId"
        -- By itself, so that it is looked up by its key whatever the planner believes.
        left join lateral (
          select k.* from ringfence.calls k
          where k.account_id = account and k.agent_id = t."agentId" and k.external_id = t."externalId" offset 0) k on k.stay_id = s.id
        left join ringfence.call_billing b on b.account_id = account and b.call_id = k.id
        cross join lateral (select least(t."startedAt", moment) >= coalesce(s.started_at, '-infinity')
                              and least(t."startedAt", moment) < coalesce(s.ended_at, 'infinity') as fits) place
        order by t.report, k.created_at nulls last, k.id, place.fits desc nulls last
      ), judged as materialized (
        select j.*, case when j.error is null then coalesce(j.known_id, ringfence.uuidv7()) end as id,
          case when j.error is not null then 'REJECTED'
            when j.known_id is null then 'CREATED'
            when (coalesce(j.outcome, j.known_outcome), coalesce(j."endedAt", j.known_end),
                  coalesce(j."durationSeconds", j.known_duration), coalesce(j."billableSeconds", j.known_billing),
                  coalesce(j.known_from, j."fromNumber"), coalesce(j.known_to, j."toNumber"), coalesce(j.known_portal_user, j.portal_user_name))
              is distinct from (j.known_outcome, j.known_end, j.known_duration, j.known_billing, j.known_from, j.known_to, j.known_portal_user)
              then 'UPDATED'
            else 'UNCHANGED' end as status
        from (
          select p.*, u.id as portal_user_id, u.name as portal_user_name, case
            when (length(p."externalId") between 1 and 200 and p."externalId" !~ '[[:cntrl:]]') is not true then 'VALIDATION_FAILED externalId'
            when p."fromNumber" !~ '^\+[1-9][0-9]{1,14}$' then 'VALIDATION_FAILED fromNumber'
            when p."toNumber" !~ '^\+[1-9][0-9]{1,14}$' then 'VALIDATION_FAILED toNumber'
            when fence.could_happen(p."startedAt", moment) is not true then 'VALIDATION_FAILED startedAt'
            when not fence.could_happen(p."endedAt", moment)
              or p."endedAt" not between p.began and p.began + interval '24 hours' then 'VALIDATION_FAILED endedAt'
            when p."durationSeconds" not between 0 and 86400 then 'VALIDATION_FAILED durationSeconds'
            when p."billableSeconds" not between 0 and 86400 then 'VALIDATION_FAILED billableSeconds'
            when p.stay_id is null then 'NOT_FOUND agentId'
            when p.unusable is not null then 'CONFLICT ' || p.unusable
            when p."portalUserId" is not null and u.id is null then 'NOT_FOUND portalUserId'
            end as error
          from placed p
          left join ringfence.portal_users u
            on u.account_id = account and u.client_id = p.client_id and u.id = p."portalUserId") j
      ), added as (
        insert into ringfence.calls (account_id, client_id, id, stay_id, agent_id, external_id, direction, outcome, from_number, to_number,
          portal_user_id, portal_user_name, started_at, ended_at, duration_seconds)
        select account, j.client_id, j.id, j.stay_id, j."agentId", j."externalId", j.direction, j.outcome, j."fromNumber", j."toNumber",
          j.portal_user_id, j.portal_user_name, j."startedAt", j."endedAt", j."durationSeconds"
        from judged j where j.status = 'CREATED'
      ), changed as (
        update ringfence.calls c
        set outcome = coalesce(j.outcome, c.outcome), ended_at = coalesce(j."endedAt", c.ended_at),
            duration_seconds = coalesce(j."durationSeconds", c.duration_seconds),
            from_number = coalesce(c.from_number, j."fromNumber"), to_number = coalesce(c.to_number, j."toNumber"),
            -- Of one who is deleted the name is left: who it was is known.
            portal_user_id = case when c.portal_user_name is null then j.portal_user_id else c.portal_user_id end,
            portal_user_name = coalesce(c.portal_user_name, j.portal_user_name), updated_at = now()
        from judged j where j.status = 'UPDATED' and c.account_id = account and c.id = j.id
      ), billed as (
        insert into ringfence.call_billing (account_id, client_id, call_id, stay_id, billable_seconds, started_at)
        select account, j.client_id, j.id, j.stay_id, j."billableSeconds", j.began
        from judged j where j.status in ('CREATED', 'UPDATED') and j."billableSeconds" is not null
        on conflict (account_id, call_id) do update set billable_seconds = excluded.billable_seconds
      )
      select j.report, j.id, j.status, j.error from judged j;
  end loop;
end $$;

-- When something last happened with a client, to the hour, so that it is written once an hour however much happens.
create or replace function fence.note_activity(account uuid, client uuid, at timestamptz) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  hour timestamptz := date_trunc('hour', least(at, now()), 'UTC');
begin
  if not exists (select from ringfence.client_activity a
                 where a.account_id = account and a.client_id = client and a.last_activity_at >= hour) then
    insert into ringfence.client_activity (account_id, client_id, last_activity_at) values (account, client, hour)
    on conflict (account_id, client_id) do update set last_activity_at = greatest(client_activity.last_activity_at, hour);
  end if;
end $$;

-- What agents did is no entry of the audit log, which says what people and programs changed: it is what is looked after. Who
-- follows changes is told once per statement and stay, which is what somebody sees or not, and reads the rest.
create or replace function fence.note_happening(account uuid, client uuid, stay uuid, action text, at timestamptz) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.note_activity(account, client, at);
  insert into fence.events (account_id, client_id, kind, action, subject_id) values (account, client, 'AGENT_STAY', action, stay);
  perform pg_notify('ringfence_events', '');
end $$;

-- After calls were inserted or updated, as `recorded`. Definer: whoever writes calls, nobody else writes activity and events.
create or replace function fence.note_calls() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.note_happening(r.account_id, r.client_id, r.stay_id, 'CALLS_RECORDED', max(r.started_at))
  from recorded r group by r.account_id, r.client_id, r.stay_id order by r.client_id;
  return null;
end $$;

grant execute on function fence.note_calls to ringfence_owner;
grant execute on function ringfence.record_calls
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
