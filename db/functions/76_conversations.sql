-- Conversations and their messages, as platforms report them; under the rules of calls (75_calls.sql). A conversation is filed
-- by when it began, and goes on where it is: whoever wrote to one client goes on writing to that client when the agent has
-- moved. A platform that wants it otherwise begins another conversation.

-- Records messages, at most 1,000, and says of each what became of it: CREATED, UNCHANGED (it is known), or REJECTED with a
-- code and the field or reason. A conversation begins with the first message of it that is recorded. A message is known by its
-- conversation and external id, a conversation by its agent and external id; of several reports of one message within a request
-- the earliest is recorded. Definer: as record_calls. RF001; RF003.
create or replace function ringfence.record_messages(reports jsonb)
returns table (report integer, message_id uuid, status text, error text)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  agents uuid[] := array(select distinct (r ->> 'agentId')::uuid from jsonb_array_elements(reports) r);
  moment timestamptz;
begin
  perform fence.require_permission(identity, 'RECORD_ACTIVITY');
  perform fence.require_few_reports(reports);
  perform fence.lock_reported(identity, agents);
  moment := clock_timestamp();
  return query
    with stay as materialized (
      select s.*, fence.unusable_because(c.status) as unusable
      from fence.reached_stays(identity, agents) s
      join ringfence.clients c on c.account_id = account and c.id = s.client_id
    ), told as materialized (
      select r.*, (r.ordinality - 1)::integer as report, least(r."conversationStartedAt", r."sentAt") as at,
        u.id as portal_user_id, u.name as portal_user_name, u.client_id as portal_client_id,
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
      left join ringfence.portal_users u on u.account_id = account and u.id = r."portalUserId"
    ), known as materialized (
      select distinct on (c."agentId", c."conversationExternalId") c.*, k.id, k.stay_id
      from (select distinct t."agentId", t."conversationExternalId" from told t where t.fault is null) c
      -- By itself, so that it is looked up by its key whatever the planner believes.
      cross join lateral (
        select k.* from ringfence.conversations k
        where k.account_id = account and k.agent_id = c."agentId" and k.external_id = c."conversationExternalId" offset 0) k
      where k.stay_id in (select s.id from stay s)
      order by c."agentId", c."conversationExternalId", k.created_at, k.id
    ), alone as materialized (
      -- Each message by itself: where its conversation is, or would be if it began with this message.
      select p.*, case
          when p.fault is not null then p.fault
          when p.stay_id is null then 'NOT_FOUND agentId'
          when p.unusable is not null then 'CONFLICT ' || p.unusable
          when p."portalUserId" is not null and p.portal_client_id is distinct from p.client_id then 'NOT_FOUND portalUserId'
          end as error
      from (
        select distinct on (t.report) t.*, k.id as known_id, s.id as stay_id, s.client_id, s.unusable
        from told t
        left join known k on t.fault is null and k."agentId" = t."agentId" and k."conversationExternalId" = t."conversationExternalId"
        left join stay s on s.agent_id = t."agentId" and case when k.id is not null then s.id = k.stay_id
          else least(t.at, moment) >= coalesce(s.started_at, '-infinity') and least(t.at, moment) < coalesce(s.ended_at, 'infinity') end
        order by t.report) p
    ), begun as materialized (
      -- One that is not known begins with the earliest message that could begin it. What could not, decides nothing: neither when a
      -- conversation began nor, by that, whose it is.
      select distinct on (a."agentId", a."conversationExternalId") a."agentId", a."conversationExternalId", a.stay_id, a.client_id,
        a.at as began, ringfence.uuidv7() as id
      from alone a where a.error is null and a.known_id is null
      order by a."agentId", a."conversationExternalId", a.at, a.report
    ), judged as materialized (
      select j.*, case when j.error is null then ringfence.uuidv7() end as id
      from (
        select a.report, a."externalId", a.author, a.text, a."sentAt", a.at, a.portal_user_id, a.portal_user_name,
          coalesce(a.known_id, b.id) as conversation_id, coalesce(b.stay_id, a.stay_id) as stay_id,
          coalesce(b.client_id, a.client_id) as client_id,
          case
            -- Nothing is recorded from before the beginning: such a message is where it would have begun the conversation, and could not.
            when b.id is null or a.fault is not null or a.at < b.began then a.error
            when a."portalUserId" is not null and a.portal_client_id is distinct from b.client_id then 'NOT_FOUND portalUserId'
            end as error
        from alone a
        left join begun b on b."agentId" = a."agentId" and b."conversationExternalId" = a."conversationExternalId") j
    ), written as (
      insert into ringfence.messages (account_id, client_id, id, stay_id, conversation_id, external_id, author, text, sent_at)
      select account, j.client_id, j.id, j.stay_id, j.conversation_id, j."externalId", j.author, j.text, j."sentAt"
      from judged j where j.error is null order by j.at, j.report
      on conflict (account_id, conversation_id, external_id) do nothing
      returning id, conversation_id, external_id
    ), grown as materialized (
      select j.conversation_id, count(*) as messages, max(j."sentAt") as last_message_at,
        (array_agg(j.portal_user_id order by j.report) filter (where j.portal_user_id is not null))[1] as portal_user_id,
        (array_agg(j.portal_user_name order by j.report) filter (where j.portal_user_id is not null))[1] as portal_user_name
      from judged j join written w on w.id = j.id group by j.conversation_id
    ), added as (
      insert into ringfence.conversations (account_id, client_id, id, stay_id, agent_id, external_id, portal_user_id, portal_user_name,
        started_at, message_count, last_message_at)
      select account, b.client_id, b.id, b.stay_id, b."agentId", b."conversationExternalId", g.portal_user_id, g.portal_user_name,
        b.began, g.messages, g.last_message_at
      from begun b join grown g on g.conversation_id = b.id
    ), continued as (
      update ringfence.conversations c
      set message_count = c.message_count + g.messages, last_message_at = greatest(c.last_message_at, g.last_message_at), updated_at = now()
      from grown g where c.account_id = account and c.id = g.conversation_id
    )
    select j.report, coalesce(w.id, earlier.id),
      case when j.error is not null then 'REJECTED' when w.id = j.id then 'CREATED' else 'UNCHANGED' end, j.error
    from judged j
    left join written w on j.error is null and w.conversation_id = j.conversation_id and w.external_id = j."externalId"
    left join lateral (
      select m.id from ringfence.messages m
      where j.error is null and w.id is null
        and m.account_id = account and m.conversation_id = j.conversation_id and m.external_id = j."externalId") earlier on true;
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
