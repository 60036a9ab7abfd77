-- A call for each lead, with the lead's client and time, by one of the client's agents: as many rows in the same order, so that
-- lists of both can be compared. Run as ringfence_owner with the triggers of calls off.

with stays as materialized (
  select s.account_id, s.client_id, array_agg(s.id order by s.id) as ids, array_agg(s.agent_id order by s.id) as agent_ids
  from ringfence.agent_stays s group by 1, 2
)
insert into ringfence.calls (account_id, client_id, stay_id, agent_id, external_id, direction, outcome, from_number, to_number,
  started_at, ended_at, duration_seconds)
select l.account_id, l.client_id, s.ids[1 + l.place % 5], s.agent_ids[1 + l.place % 5], 'call ' || l.place, 'INBOUND',
  case l.state when 'NEW' then 'COMPLETED' when 'IN_PROGRESS' then 'TRANSFERRED' when 'CALL_BACK' then 'VOICEMAIL' when 'WON' then 'BUSY' else 'FAILED' end,
  '+4930901820', '+4930901821', l.created_at, l.created_at + interval '1 minute', 60
from (select *, substr(name, 6)::int as place from ringfence.leads) l
join stays s on s.account_id = l.account_id and s.client_id = l.client_id;
