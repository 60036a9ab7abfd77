-- Conversations and their messages, as platforms report them; under the rules of calls (75_calls.sql). A conversation is filed
-- by when it began, and goes on where it is: whoever wrote to one client goes on writing to that client when the agent has
-- moved. A platform that wants it otherwise begins another conversation.

-- Records messages, at most 1,000, and says of each what became of it: CREATED, UNCHANGED (it is known), or REJECTED with a
-- code and the field or reason. A conversation begins with the first message of it that is recorded. A message is known by its
-- conversation and external id, a conversation by its agent and external id. Definer: as record_calls. RF001; RF003.
create or replace function ringfence.record_messages(reports jsonb)
returns table (report integer, message_id uuid, status text, error text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  agents uuid[] := array(select distinct (r ->> 'agentId')::uuid from jsonb_array_elements(reports) r);
  turns integer := fence.most_reports_of_one(reports, array['agentId', 'conversationExternalId', 'externalId']);
  moment timestamptz;
begin
  perform fence.require_permission(identity, 'RECORD_ACTIVITY');
  perform fence.lock_reported(identity, agents);
  moment := clock_timestamp();
  for this_turn in 1 .. turns loop
    return query
      with stay as materialized (
        select s.*, fence.unusable_because(c.status) as unusable
        from fence.reached_stays(identity, agents) s
        join ringfence.clients c on c.account_id = account and c.id = s.client_id
      ), told as materialized (
        select r.*, row_number() over (partition by r."agentId", r."conversationExternalId", r."externalId" order by r.ordinality) as turn,
          case
            when (length(r."conversationExternalId") between 1 and 200 and r."conversationExternalId" !~ '[[:cntrl:]]') is not true
              then 'VALIDATION_FAILED conversationExternalId'
            when not fence.could_happen(r."conversationStartedAt", moment) then 'VALIDATION_FAILED conversationStartedAt'
            when (length(r."externalId") between 1 and 200 and r."externalId" !~ '[[:cntrl:]]') is not true then 'VALIDATION_FAILED externalId'
            when (length(r.text) between 1 and 10000) is not true then 'VALIDATION_FAILED text'
            when fence.could_happen(r."sentAt", moment) is not true then 'VALIDATION_FAILED sentAt'
            end as fault
        from rows from (jsonb_to_recordset(reports) as (
          "agentId" uuid, "conversationExternalId" text, "conversationStartedAt" timestamptz, "portalUserId" uuid,
          "externalId" text, author text, text text, "sentAt" timestamptz)) with ordinality r
      ), conversation as (
        select t."agentId", t."conversationExternalId", least(min(t."conversationStartedAt"), min(t."sentAt")) as began
        from told t where t.turn = this_turn and t.fault is null group by 1, 2
      ), placed as materialized (
        select p.*, coalesce(p.known_id, ringfence.uuidv7()) as id
        from (
          select distinct on (c."agentId", c."conversationExternalId") c.*, k.id as known_id,
            case when k.id is not null or place.fits then s.id end as stay_id, s.client_id, s.unusable
          from conversation c
          left join stay s on s.agent_id = c."agentId"
          left join lateral (
            select k.* from ringfence.conversations k
            where k.account_id = account and k.agent_id = c."agentId" and k.external_id = c."conversationExternalId" offset 0) k
            on k.stay_id = s.id
          cross join lateral (select least(c.began, moment) >= coalesce(s.started_at, '-infinity')
                                and least(c.began, moment) < coalesce(s.ended_at, 'infinity') as fits) place
          order by c."agentId", c."conversationExternalId", k.created_at nulls last, k.id, place.fits desc nulls last) p
      ), judged as materialized (
        select j.*, case when j.error is null then ringfence.uuidv7() end as id
        from (
          select t.*, c.id as conversation_id, c.stay_id, c.client_id, u.id as portal_user_id, u.name as portal_user_name,
            case
              when t.fault is not null then t.fault
              when c.stay_id is null then 'NOT_FOUND agentId'
              when c.unusable is not null then 'CONFLICT ' || c.unusable
              when t."portalUserId" is not null and u.id is null then 'NOT_FOUND portalUserId'
              end as error
          from told t
          left join placed c on t.fault is null and c."agentId" = t."agentId" and c."conversationExternalId" = t."conversationExternalId"
          left join ringfence.portal_users u
            on u.account_id = account and u.client_id = c.client_id and u.id = t."portalUserId"
          where t.turn = this_turn) j
      ), written as (
        insert into ringfence.messages (account_id, client_id, id, stay_id, conversation_id, external_id, author, text, sent_at)
        select account, j.client_id, j.id, j.stay_id, j.conversation_id, j."externalId", j.author, j.text, j."sentAt"
        from judged j where j.error is null
        on conflict (account_id, conversation_id, external_id) do nothing
        returning id
      ), grown as materialized (
        select j.conversation_id, count(*) as messages, max(j."sentAt") as last_message_at,
          (array_agg(j.portal_user_id order by j.ordinality) filter (where j.portal_user_id is not null))[1] as portal_user_id,
          (array_agg(j.portal_user_name order by j.ordinality) filter (where j.portal_user_id is not null))[1] as portal_user_name
        from judged j join written w on w.id = j.id group by j.conversation_id
      ), begun as (
        insert into ringfence.conversations (account_id, client_id, id, stay_id, agent_id, external_id, portal_user_id, portal_user_name,
          started_at, message_count, last_message_at)
        select account, c.client_id, c.id, c.stay_id, c."agentId", c."conversationExternalId", g.portal_user_id, g.portal_user_name,
          c.began, g.messages, g.last_message_at
        from placed c join grown g on g.conversation_id = c.id where c.known_id is null
      ), continued as (
        update ringfence.conversations c
        set message_count = c.message_count + g.messages, last_message_at = greatest(c.last_message_at, g.last_message_at), updated_at = now()
        from grown g where c.account_id = account and c.id = g.conversation_id
      )
      select (j.ordinality - 1)::integer, coalesce(w.id, known.id),
        case when j.error is not null then 'REJECTED' when w.id is not null then 'CREATED' else 'UNCHANGED' end, j.error
      from judged j
      left join written w on w.id = j.id
      left join lateral (
        select m.id from ringfence.messages m
        where j.error is null and w.id is null
          and m.account_id = account and m.conversation_id = j.conversation_id and m.external_id = j."externalId") known on true;
  end loop;
end $$;

-- After messages were inserted, as `recorded`. Definer: as fence.note_calls.
create or replace function fence.note_messages() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.note_happening(r.account_id, r.client_id, r.stay_id, 'MESSAGES_RECORDED', max(r.sent_at))
  from recorded r group by r.account_id, r.client_id, r.stay_id order by r.client_id;
  return null;
end $$;

grant execute on function fence.note_messages to ringfence_owner;
grant execute on function ringfence.record_messages
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
