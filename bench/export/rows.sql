-- A client with $calls calls among nine with a tenth of that each, one agent per client, and somebody who sees them all by
-- assignment and may export.

insert into ringfence.accounts (slug, name, plan_id) values ('export', 'Export', 'AGENCY');

insert into ringfence.members (account_id, name) select id, 'Edda Exporter' from ringfence.accounts;
insert into ringfence.member_access (account_id, member_id, role, client_access, agent_access)
select account_id, id, 'MEMBER', 'ASSIGNED', 'ASSIGNED' from ringfence.members;
insert into ringfence.member_permissions (account_id, member_id, permission)
select account_id, id, permission from ringfence.members, unnest(array['VIEW_CLIENTS', 'EXPORT_DATA']) permission;

insert into ringfence.clients (account_id, name)
select a.id, 'Client ' || n from ringfence.accounts a, generate_series(1, 10) n;
insert into ringfence.agent_stays (account_id, client_id, agent_id, agent_name, agent_kind)
select account_id, id, gen_random_uuid(), 'Ada', 'VOICE' from ringfence.clients where not is_house;
insert into ringfence.agents (account_id, client_id, id, stay_id, name, kind, status)
select account_id, client_id, agent_id, id, agent_name, agent_kind, 'ACTIVE' from ringfence.agent_stays;

insert into ringfence.client_assignments (account_id, member_id, client_id)
select m.account_id, m.id, c.id from ringfence.members m join ringfence.clients c on c.account_id = m.account_id and not c.is_house;
insert into ringfence.agent_assignments (account_id, client_id, member_id, stay_id)
select m.account_id, s.client_id, m.id, s.id from ringfence.members m join ringfence.agent_stays s on s.account_id = m.account_id;

insert into ringfence.calls (account_id, client_id, stay_id, agent_id, external_id, direction, outcome, from_number, to_number,
  started_at, ended_at, duration_seconds)
select s.account_id, s.client_id, s.id, s.agent_id, 'call-' || n, case when n % 3 = 0 then 'OUTBOUND' else 'INBOUND' end, 'COMPLETED',
  '+4930' || (1000000 + n % 8999999), '+49301234567', timestamptz '2025-01-01' + n * interval '20 seconds',
  timestamptz '2025-01-01' + n * interval '20 seconds' + (n % 600) * interval '1 second', n % 600
from ringfence.agent_stays s
join ringfence.clients c on c.account_id = s.account_id and c.id = s.client_id,
generate_series(1, case when c.name = 'Client 1' then $calls else $calls / 10 end) n;
