-- Demo data: three accounts of different plans, so that every visitor sees what is theirs and misses what is not. Run as
-- ringfence_owner; the password hash comes in the setting ringfence.demo_password_hash.

insert into ringfence.accounts (slug, name, plan_id, time_zone, locale, currency) values
  ('demo', 'Bright Harbour Agency', 'AGENCY', 'Europe/Berlin', 'en-GB', 'EUR'),
  ('northwind', 'Northwind Call Centre', 'STARTER', 'America/New_York', 'en-US', 'USD'),
  ('contoso', 'Contoso Partners', 'GROWTH', 'Asia/Singapore', 'en-SG', 'SGD');

with people (slug, email, name, job_title, role, client_access, permissions) as (values
  ('demo', 'owner@demo.test', 'Olivia Brandt', 'Managing Director', 'OWNER', 'ALL', '{}'::text[]),
  ('demo', 'admin@demo.test', 'Adrian Kessler', 'Head of Operations', 'ADMIN', 'ALL', '{}'),
  ('demo', 'all@demo.test', 'Leila Haddad', 'Account Director', 'MEMBER', 'ALL', '{VIEW_CLIENTS,CREATE_CLIENTS,EDIT_CLIENTS,DELETE_CLIENTS,MANAGE_CLIENT_ORGANIZATIONS,EDIT_AGENTS,USE_ADVANCED_EDITOR,ACCESS_CRM,MANAGE_LISTS}'),
  ('demo', 'member@demo.test', 'Marcus Lindqvist', 'Account Manager', 'MEMBER', 'ASSIGNED', '{VIEW_CLIENTS,CREATE_CLIENTS,EDIT_CLIENTS,EDIT_AGENTS,ACCESS_CRM}'),
  ('demo', 'single@demo.test', 'Sofia Moreau', 'Junior Account Manager', 'MEMBER', 'ASSIGNED', '{VIEW_CLIENTS}'),
  ('northwind', 'owner@northwind.test', 'Nathan Wilder', 'Founder', 'OWNER', 'ALL', '{}'),
  ('northwind', 'member@northwind.test', 'Nina Okafor', 'Team Lead', 'MEMBER', 'ASSIGNED', '{VIEW_CLIENTS}'),
  ('contoso', 'owner@contoso.test', 'Chen Wei', 'Partner', 'OWNER', 'ALL', '{}')
), added as (
  insert into ringfence.members (account_id, name, job_title)
  select a.id, p.name, p.job_title from people p join ringfence.accounts a using (slug)
  returning account_id, id, name
), person as (
  select m.account_id, m.id as member_id, p.* from added m
  join ringfence.accounts a on a.id = m.account_id join people p on p.slug = a.slug and p.name = m.name
), access as (
  insert into ringfence.member_access (account_id, member_id, role, client_access, agent_access)
  select account_id, member_id, role, client_access, client_access from person
), permissions as (
  insert into ringfence.member_permissions (account_id, member_id, permission)
  select account_id, member_id, permission from person, unnest(person.permissions) permission
)
insert into fence.logins (account_id, member_id, email, password_hash)
select account_id, member_id, email, current_setting('ringfence.demo_password_hash') from person;

insert into ringfence.organizations (account_id, name, description, website, address, account_manager_id)
select a.id, o.name, o.description, o.website, o.address,
  (select m.id from ringfence.members m where m.account_id = a.id and m.name = o.manager)
from ringfence.accounts a join (values
  ('demo', 'Alpine Outdoor Group', 'Outdoor shops and guides', 'https://alpine.example', 'Bergstrasse 4, 80331 Munich', 'Leila Haddad'),
  ('demo', 'Blue River Health', 'Dental and physio practices', 'https://blueriver.example', 'Kanalweg 11, 20457 Hamburg', 'Marcus Lindqvist'),
  ('demo', 'Cedar Legal', 'Law firms', 'https://cedar.example', null, 'Leila Haddad'),
  ('demo', 'Delta Mobility', 'Car sharing and workshops', 'https://delta.example', 'Hafenallee 2, 10317 Berlin', null),
  ('demo', 'Evergreen Homes', 'Estate agents', null, null, 'Marcus Lindqvist'),
  ('demo', 'Foxglove Foods', 'Restaurants', 'https://foxglove.example', 'Marktplatz 1, 50667 Cologne', null),
  ('demo', 'Granite Finance', 'Tax advisers and brokers', 'https://granite.example', null, 'Leila Haddad'),
  ('demo', 'Harbour Arts', 'Museums and theatres', null, 'Speicher 8, 20457 Hamburg', null),
  ('northwind', 'Lakeside Retail', 'Shops', 'https://lakeside.example', null, 'Nathan Wilder'),
  ('contoso', 'Orchid Hotels', 'Hotels', 'https://orchid.example', null, 'Chen Wei')
) o (slug, name, description, website, address, manager) using (slug);

insert into ringfence.organization_tags (account_id, organization_id, tag)
select o.account_id, o.id, t.tag from ringfence.organizations o join (values
  ('Alpine Outdoor Group', 'retail'), ('Alpine Outdoor Group', 'priority'), ('Blue River Health', 'health'), ('Blue River Health', 'priority'),
  ('Cedar Legal', 'professional services'), ('Evergreen Homes', 'real estate'), ('Foxglove Foods', 'hospitality'),
  ('Granite Finance', 'professional services'), ('Lakeside Retail', 'retail'), ('Orchid Hotels', 'hospitality')
) t (name, tag) using (name);

with listed (slug, number, name, organization, contact, position, manager, days) as (values
  ('demo', 1, 'Alpine Outdoor Munich', 'Alpine Outdoor Group', 'Hanna Vogel', 'Shop Manager', 'Leila Haddad', 410),
  ('demo', 2, 'Alpine Outdoor Innsbruck', 'Alpine Outdoor Group', 'Lukas Gruber', 'Shop Manager', 'Leila Haddad', 402),
  ('demo', 3, 'Alpine Guides', 'Alpine Outdoor Group', 'Petra Zimmer', 'Head of Tours', null, 388),
  ('demo', 4, 'Blue River Dental', 'Blue River Health', 'Dr. Jonas Weber', 'Dentist', 'Marcus Lindqvist', 371),
  ('demo', 5, 'Blue River Physio', 'Blue River Health', 'Amelie Schuster', 'Practice Manager', 'Marcus Lindqvist', 365),
  ('demo', 6, 'Blue River Eye Clinic', 'Blue River Health', 'Dr. Selma Aydin', 'Ophthalmologist', 'Marcus Lindqvist', 340),
  ('demo', 7, 'Cedar & Partners', 'Cedar Legal', 'Frederik Holm', 'Partner', 'Leila Haddad', 333),
  ('demo', 8, 'Cedar Family Law', 'Cedar Legal', 'Maria Costa', 'Partner', 'Leila Haddad', 301),
  ('demo', 9, 'Cedar Notaries', 'Cedar Legal', 'Tomasz Nowak', 'Notary', null, 290),
  ('demo', 10, 'Delta Car Sharing', 'Delta Mobility', 'Yusuf Demir', 'Fleet Manager', null, 280),
  ('demo', 11, 'Delta Workshops', 'Delta Mobility', 'Sven Krause', 'Master Mechanic', null, 266),
  ('demo', 12, 'Delta E-Bikes', 'Delta Mobility', 'Ines Roth', 'Sales Lead', null, 251),
  ('demo', 13, 'Evergreen Homes North', 'Evergreen Homes', 'Greta Lind', 'Broker', 'Marcus Lindqvist', 233),
  ('demo', 14, 'Evergreen Homes South', 'Evergreen Homes', 'Paul Maier', 'Broker', 'Marcus Lindqvist', 220),
  ('demo', 15, 'Evergreen Lettings', 'Evergreen Homes', null, null, null, 201),
  ('demo', 16, 'Foxglove Bistro', 'Foxglove Foods', 'Camille Laurent', 'Chef', null, 180),
  ('demo', 17, 'Foxglove Catering', 'Foxglove Foods', 'Ben Ottmann', 'Event Manager', null, 163),
  ('demo', 18, 'Foxglove Bakery', 'Foxglove Foods', null, null, null, 141),
  ('demo', 19, 'Granite Tax', 'Granite Finance', 'Ruth Albrecht', 'Tax Adviser', 'Leila Haddad', 120),
  ('demo', 20, 'Granite Insurance', 'Granite Finance', 'Oskar Behrens', 'Broker', 'Leila Haddad', 96),
  ('demo', 21, 'Harbour Theatre', 'Harbour Arts', 'Clara Winter', 'Director', null, 77),
  ('demo', 22, 'Harbour Museum', 'Harbour Arts', 'Elias Brandner', 'Curator', null, 44),
  ('demo', 23, 'Juniper Coaching', null, 'Juna Peters', 'Owner', 'Marcus Lindqvist', 21),
  ('demo', 24, 'Kestrel Software', null, 'Kai Reimann', 'CTO', null, 3),
  ('northwind', 1, 'Lakeside Hardware', 'Lakeside Retail', 'Dana Brooks', 'Owner', 'Nathan Wilder', 200),
  ('northwind', 2, 'Lakeside Books', 'Lakeside Retail', 'Evan Price', 'Owner', 'Nathan Wilder', 130),
  ('northwind', 3, 'Maple Dental', null, 'Dr. Grace Kim', 'Dentist', null, 40),
  ('contoso', 1, 'Orchid Bay Hotel', 'Orchid Hotels', 'Mei Tan', 'General Manager', 'Chen Wei', 150),
  ('contoso', 2, 'Orchid City Hotel', 'Orchid Hotels', 'Arjun Rao', 'General Manager', 'Chen Wei', 90)
), added as (
  insert into ringfence.clients (account_id, name, contact_name, contact_email, contact_phone, contact_position,
                                 organization_id, account_manager_id, created_at)
  select a.id, l.name, l.contact,
    case when l.contact is not null then lower(regexp_replace(l.name, '[^A-Za-z]+', '.', 'g')) || '@client.test' end,
    case when l.contact is not null then '+4930901820' || lpad(l.number::text, 2, '0') end,
    l.position,
    (select o.id from ringfence.organizations o where o.account_id = a.id and o.name = l.organization),
    (select m.id from ringfence.members m where m.account_id = a.id and m.name = l.manager),
    now() - make_interval(days => l.days)
  from listed l join ringfence.accounts a using (slug)
  returning account_id, id, name, created_at
)
insert into ringfence.client_activity (account_id, client_id, last_activity_at)
select account_id, id, date_trunc('hour', created_at + (now() - created_at) * 0.97)
from added where name not in ('Evergreen Lettings', 'Foxglove Bakery');

update ringfence.clients set status = 'INACTIVE' where name in ('Delta E-Bikes', 'Foxglove Bakery', 'Cedar Notaries');
update ringfence.clients set status = 'ARCHIVED', status_before_archive = 'ACTIVE' where name in ('Evergreen Lettings', 'Alpine Guides');
update ringfence.clients set blind_mode = 'ON' where name = 'Granite Insurance';

-- Somebody on a client's side.
with added as (
  insert into ringfence.portal_users (account_id, client_id, name)
  select c.account_id, c.id, c.contact_name from ringfence.clients c where c.name = 'Alpine Outdoor Munich'
  returning account_id, id
)
insert into fence.logins (account_id, portal_user_id, email, password_hash)
select account_id, id, 'portal@demo.test', current_setting('ringfence.demo_password_hash') from added;

insert into ringfence.client_assignments (account_id, member_id, client_id)
select m.account_id, m.id, c.id from ringfence.members m join ringfence.clients c using (account_id)
where (m.name, c.name) in (
  ('Marcus Lindqvist', 'Blue River Dental'), ('Marcus Lindqvist', 'Blue River Physio'), ('Marcus Lindqvist', 'Blue River Eye Clinic'),
  ('Marcus Lindqvist', 'Evergreen Homes North'), ('Marcus Lindqvist', 'Juniper Coaching'),
  ('Sofia Moreau', 'Harbour Theatre'), ('Nina Okafor', 'Lakeside Books'));

-- Agents. One worked for another client before, where what it did has stayed.
with listed (name, kind, status, is_public, client, came_from, number) as (values
  ('Appointments', 'VOICE', 'ACTIVE', false, 'Blue River Dental', null, '+4930901821'),
  ('Reminders', 'VOICE', 'PAUSED', false, 'Blue River Dental', null, '+4930901822'),
  ('Recall', 'VOICE', 'ACTIVE', false, 'Blue River Physio', 'Blue River Dental', '+4930901823'),
  ('Front Desk', 'VOICE', 'ACTIVE', false, 'Alpine Outdoor Munich', null, '+4989901821'),
  ('Shop Chat', 'CHAT', 'ACTIVE', true, 'Alpine Outdoor Munich', null, null),
  ('Box Office', 'CHAT', 'DRAFT', false, 'Harbour Theatre', null, null),
  ('Viewings', 'VOICE', 'ACTIVE', false, 'Evergreen Homes North', null, '+4940901821'),
  ('Night Line', 'VOICE', 'ACTIVE', false, 'Delta E-Bikes', null, null),
  ('Book Chat', 'CHAT', 'ACTIVE', false, 'Lakeside Books', null, null),
  ('Concierge', 'VOICE', 'ACTIVE', false, 'Orchid Bay Hotel', null, '+6562345678')
), planned as materialized (
  select l.*, c.account_id, c.id as client_id, ringfence.uuidv7() as id, ringfence.uuidv7() as stay_id,
    (select b.id from ringfence.clients b where b.account_id = c.account_id and b.name = l.came_from) as before_id
  from listed l join ringfence.clients c on c.name = l.client
), stays as (
  insert into ringfence.agent_stays (account_id, client_id, id, agent_id, agent_name, agent_kind, started_at, ended_at)
  select account_id, client_id, stay_id, id, name, kind, case when before_id is not null then now() - interval '30 days' end, null from planned
  union all
  select account_id, before_id, ringfence.uuidv7(), id, name, kind, null, now() - interval '30 days' from planned where before_id is not null
), added as (
  insert into ringfence.agents (account_id, client_id, id, stay_id, name, kind, status, is_public)
  select account_id, client_id, id, stay_id, name, kind, status, is_public from planned
), registered as (
  insert into fence.phone_numbers (account_id, phone_number, agent_id)
  select account_id, number, id from planned where number is not null
)
insert into ringfence.agent_phone_numbers (account_id, client_id, agent_id, stay_id, phone_number)
select account_id, client_id, id, stay_id, number from planned where number is not null;

-- What outreach is sent from: of clients, and of none.
with listed (slug, client, kind, number, email, display_name, verified) as (values
  ('demo', 'House', 'CALLER_ID', '+4930901830', null, 'Bright Harbour', false),
  ('demo', 'House', 'EMAIL', null, 'hello@bright-harbour.test', 'Bright Harbour', true),
  ('demo', 'Blue River Dental', 'CALLER_ID', '+4940901830', null, 'Blue River Dental', false),
  ('demo', 'Blue River Dental', 'EMAIL', null, 'praxis@blue-river.test', 'Blue River Dental', true),
  ('demo', 'Harbour Theatre', 'EMAIL', null, 'tickets@harbour-theatre.test', null, false),
  ('demo', 'Alpine Guides', 'CALLER_ID', '+4989901830', null, null, false),
  ('northwind', 'House', 'CALLER_ID', '+12125550123', null, 'Northwind', false),
  ('contoso', 'House', 'EMAIL', null, 'hello@contoso.test', 'Contoso Partners', false)
), added as (
  insert into ringfence.identities (account_id, client_id, of_house, kind, phone_number, email, display_name, verified_at)
  select c.account_id, c.id, c.is_house, l.kind, l.number, l.email, l.display_name, case when l.verified then now() - interval '20 days' end
  from listed l join ringfence.accounts a using (slug)
  join ringfence.clients c on c.account_id = a.id and case when l.client = 'House' then c.is_house else c.name = l.client end
  returning account_id, id, phone_number
)
insert into fence.phone_numbers (account_id, phone_number, identity_id)
select account_id, phone_number, id from added where phone_number is not null;

insert into ringfence.agent_configurations (account_id, client_id, agent_id, stay_id, number, settings, saved_by)
select a.account_id, a.client_id, a.id, a.stay_id, v.number, v.settings::jsonb, 'Leila Haddad'
from ringfence.agents a join (values
  ('Appointments', 1, '{"greeting": "Hello, how can I help?", "language": "en-GB"}'),
  ('Appointments', 2, '{"greeting": "Good day, Blue River Dental. How can I help?", "language": "en-GB", "voice": "warm", "transferNumber": "+4930901820", "businessHours": {"timeZone": "Europe/Berlin", "monday": [{"opens": "08:00", "closes": "12:00"}, {"opens": "14:00", "closes": "18:00"}], "friday": [{"opens": "08:00", "closes": "12:00"}]}}'),
  ('Shop Chat', 1, '{"greeting": "Welcome to Alpine Outdoor. What are you looking for?", "language": "de-DE"}')
) v (name, number, settings) using (name);
insert into ringfence.agent_advanced_configurations (account_id, client_id, agent_id, stay_id, number, settings, saved_by)
select a.account_id, a.client_id, a.id, a.stay_id, 1, '{"model": "large", "temperature": 0.4,
  "systemPrompt": "You make appointments for a dental practice. Be brief and friendly. Never give medical advice.",
  "tools": [{"name": "find_slot", "description": "Finds the next free appointment.", "parameters": {"type": "object", "properties": {"after": {"type": "string"}}}}],
  "variables": {"practice": "Blue River Dental"}}'::jsonb, 'Leila Haddad'
from ringfence.agents a where a.name = 'Appointments';

-- Marcus sees of his clients' agents these alone, and of the one that moved also what it did before.
insert into ringfence.agent_assignments (account_id, client_id, member_id, stay_id)
select s.account_id, s.client_id, m.id, s.id from ringfence.agent_stays s
join ringfence.members m on m.account_id = s.account_id
where (m.name, s.agent_name) in (('Marcus Lindqvist', 'Appointments'), ('Marcus Lindqvist', 'Recall'), ('Sofia Moreau', 'Box Office'));

-- Somebody who sees one agent of a client, and nothing of the others.
with added as (
  insert into ringfence.portal_users (account_id, client_id, name, agent_access)
  select a.account_id, a.client_id, 'Jonas Weber', 'ASSIGNED' from ringfence.agents a where a.name = 'Appointments'
  returning account_id, client_id, id
), bound as (
  insert into ringfence.portal_user_agents (account_id, client_id, portal_user_id, stay_id)
  select p.account_id, p.client_id, p.id, a.stay_id from added p
  join ringfence.agents a on a.account_id = p.account_id and a.client_id = p.client_id and a.name = 'Appointments'
)
insert into fence.logins (account_id, portal_user_id, email, password_hash)
select account_id, id, 'agent@demo.test', current_setting('ringfence.demo_password_hash') from added;

-- What agents did: calls of the last weeks, also of those who moved with the client that they worked for then, and conversations.
with told as (
  select s.*, n, abs(hashint8extended(n, hashtext(s.agent_name))) as chance,
    date_trunc('minute', least(s.ended_at, now() - interval '10 minutes')) - n * interval '7 hours'
      - abs(hashint8extended(n, hashtext(s.agent_name))) % 240 * interval '1 minute' as began
  from ringfence.agent_stays s, generate_series(1, 60) n where s.agent_kind = 'VOICE'
), called as (
  insert into ringfence.calls (account_id, client_id, stay_id, agent_id, external_id, direction, outcome, from_number, to_number,
    started_at, ended_at, duration_seconds)
  select t.account_id, t.client_id, t.id, t.agent_id, 'demo-' || n, case when chance % 4 = 0 then 'OUTBOUND' else 'INBOUND' end,
    (array['COMPLETED', 'COMPLETED', 'COMPLETED', 'TRANSFERRED', 'VOICEMAIL', 'NO_ANSWER', 'BUSY'])[chance % 7 + 1],
    case when chance % 5 > 0 then '+49171' || 5550000 + chance % 9999 end, '+493090182' || 100 + chance % 900,
    t.began, t.began + (20 + chance % 400) * interval '1 second', case when chance % 7 < 5 then 10 + chance % 380 end
  from told t where t.began >= coalesce(t.started_at, '-infinity')
  returning account_id, client_id, id, stay_id, started_at, duration_seconds
)
insert into ringfence.call_billing (account_id, client_id, call_id, stay_id, billable_seconds, started_at)
select account_id, client_id, id, stay_id, (duration_seconds + 59) / 60 * 60, started_at from called where duration_seconds is not null;

with begun as (
  insert into ringfence.conversations (account_id, client_id, stay_id, agent_id, external_id, portal_user_id, portal_user_name,
    started_at, message_count, last_message_at)
  select s.account_id, s.client_id, s.id, s.agent_id, 'demo-' || n, p.id, p.name, began, 3, began + interval '2 minutes'
  from ringfence.agent_stays s cross join generate_series(1, 12) n
  cross join lateral (select date_trunc('minute', now()) - n * interval '19 hours' as began) at
  left join lateral (select * from ringfence.portal_users p
                     where p.account_id = s.account_id and p.client_id = s.client_id and n % 4 = 0 order by p.id limit 1) p on true
  where s.agent_kind = 'CHAT'
  returning account_id, client_id, id, stay_id, started_at, portal_user_id
)
insert into ringfence.messages (account_id, client_id, stay_id, conversation_id, external_id, author, text, sent_at)
select b.account_id, b.client_id, b.stay_id, b.id, 'demo-' || m.place,
  case when m.place = 2 then 'AGENT' when b.portal_user_id is null then 'CONTACT' else 'PORTAL_USER' end, m.text,
  b.started_at + (m.place - 1) * interval '1 minute'
from begun b, (values (1, 'Hello, are you open on Saturday?'), (2, 'Good day! We are, from ten to four.'), (3, 'Thank you, see you then.')) m (place, text);

-- Lists: of clients, one of them for those who are named, one of a client in blind mode, one of an archived client, and one of no
-- client for the agency's own customers to be.
with listed (client, name, description, access, queue_order, maximum_attempts, calling_from, calling_until) as (values
  ('Blue River Dental', 'Prophylaxis reminders', 'Patients who were not here for half a year.', 'ALL', 'OLDEST_FIRST', 4, '09:00'::time, '18:00'::time),
  ('Blue River Dental', 'Implant consultations', 'Asked for an offer; senior callers only.', 'NAMED', 'FEWEST_ATTEMPTS_FIRST', 6, '10:00', '17:00'),
  ('Blue River Physio', 'Company fitness', null, 'ALL', 'OLDEST_FIRST', null, '09:00', '17:00'),
  ('Alpine Outdoor Munich', 'Season opening', 'Customers of last winter.', 'ALL', 'NEWEST_FIRST', 3, null, null),
  ('Granite Insurance', 'Cold calls', 'One lead at a time.', 'ALL', 'FEWEST_ATTEMPTS_FIRST', 5, '10:00', '19:00'),
  ('Alpine Guides', 'Tour guests', null, 'ALL', 'OLDEST_FIRST', null, null, null),
  (null, 'New business', 'Agencies and clinics that could become clients.', 'NAMED', 'OLDEST_FIRST', null, '09:00', '17:00'),
  ('Orchid Bay Hotel', 'Conference guests', null, 'ALL', 'OLDEST_FIRST', 3, null, null)
), added as (
  insert into ringfence.lists (account_id, client_id, of_house, name, description, access, status, archived_with_client, queue_order,
    maximum_attempts, calling_days, calling_from, calling_until)
  select c.account_id, c.id, c.is_house, l.name, l.description, l.access, case c.status when 'ARCHIVED' then 'ARCHIVED' else 'ACTIVE' end,
    c.status = 'ARCHIVED', l.queue_order, l.maximum_attempts, '{MONDAY,TUESDAY,WEDNESDAY,THURSDAY,FRIDAY}', l.calling_from, l.calling_until
  from listed l
  join ringfence.clients c on c.name = l.client
    or (l.client is null and c.is_house and c.account_id = (select a.id from ringfence.accounts a where a.slug = 'demo'))
  returning account_id, client_id, id, name
), fields as (
  insert into ringfence.list_fields (account_id, client_id, list_id, name, type, choices, position)
  select a.account_id, a.client_id, a.id, f.name, f.type, f.choices, f.position
  from added a join (values
    ('Prophylaxis reminders', 'Last visit', 'DATE', null::text[], 1), ('Prophylaxis reminders', 'Insurance', 'CHOICE', '{Public,Private}', 2),
    ('Implant consultations', 'Budget', 'NUMBER', null, 1), ('Season opening', 'Ski size', 'NUMBER', null, 1),
    ('New business', 'Clients served', 'NUMBER', null, 1), ('New business', 'Source', 'CHOICE', '{Fair,Web,Referral}', 2)
  ) f (list, name, type, choices, position) on f.list = a.name
), dispositions as (
  insert into ringfence.list_dispositions (account_id, client_id, list_id, name, lead_state, position)
  select a.account_id, a.client_id, a.id, d.name, d.lead_state, d.position
  from added a, (values ('No answer', 'IN_PROGRESS', 1), ('Call back', 'CALL_BACK', 2), ('Won', 'WON', 3), ('Lost', 'LOST', 4))
    d (name, lead_state, position)
)
insert into ringfence.list_members (account_id, client_id, list_id, member_id)
select a.account_id, a.client_id, a.id, m.id from added a join ringfence.members m on m.account_id = a.account_id
where (a.name, m.name) in (('Implant consultations', 'Marcus Lindqvist'), ('New business', 'Leila Haddad'));

-- Leads: some that are duplicates and colleagues of each other, some to be called back, one archived.
with added as (
  insert into ringfence.leads (account_id, client_id, list_id, name, company, company_key, state, state_before_archive, call_back_at, attempts,
    last_attempt_at, time_zone, created_at)
  select l.account_id, l.client_id, l.id, d.name, d.company, lower(d.company), d.state, case d.state when 'ARCHIVED' then 'LOST' end,
    case d.state when 'CALL_BACK' then now() + d.days_ago * interval '3 hours' - interval '1 day' end, d.attempts,
    case when d.attempts > 0 then now() - interval '1 day' end, 'Europe/Berlin', now() - d.days_ago * interval '1 day'
  from (values
    ('Prophylaxis reminders', 'Helga Brandt', null::text, 'NEW', 0, 1), ('Prophylaxis reminders', 'Otto Keller', null, 'CALL_BACK', 2, 6),
    ('Prophylaxis reminders', 'Ines Vogt', null, 'IN_PROGRESS', 1, 9), ('Prophylaxis reminders', 'Paul Sommer', null, 'ARCHIVED', 4, 30),
    ('Implant consultations', 'Helga Brandt', null, 'NEW', 0, 2), ('Implant consultations', 'Rainer Fuchs', null, 'WON', 3, 20),
    ('Company fitness', 'Sabine Roth', 'Hafenlogistik', 'NEW', 0, 3), ('Company fitness', 'Jens Petersen', 'Hafenlogistik', 'CALL_BACK', 1, 4),
    ('Season opening', 'Lena Huber', null, 'NEW', 0, 5), ('Cold calls', 'Martin Weiss', 'Weiss Dach', 'NEW', 0, 7),
    ('New business', 'Dr. Eva Lang', 'Praxis Lang', 'IN_PROGRESS', 1, 8), ('Conference guests', 'Tom Baker', 'Baker Events', 'NEW', 0, 2)
  ) d (list, name, company, state, attempts, days_ago)
  join ringfence.lists l on l.name = d.list
  returning account_id, client_id, list_id, id, name, created_at
), mailed as (
  insert into ringfence.lead_emails (account_id, client_id, list_id, lead_id, position, email)
  select account_id, client_id, list_id, id, 1, replace(lower(regexp_replace(name, '^Dr[.] ', '')), ' ', '.') || '@mail.example' from added
), called as (
  insert into ringfence.lead_phones (account_id, client_id, list_id, lead_id, position, phone)
  select account_id, client_id, list_id, id, 1, '+49301' || lpad((abs(hashtext(name)) % 1000000)::text, 6, '0') from added
), noted as (
  insert into ringfence.lead_notes (account_id, client_id, list_id, lead_id, text, author_id, author_name)
  select a.account_id, a.client_id, a.list_id, a.id, 'Prefers to be called in the morning.', m.id, m.name
  from added a join ringfence.members m on m.account_id = a.account_id and m.name = 'Marcus Lindqvist' where a.name = 'Otto Keller'
)
insert into ringfence.lead_changes (account_id, client_id, list_id, lead_id, subject, to_text, actor_id, actor_name, changed_at)
select a.account_id, a.client_id, a.list_id, a.id, 'CREATED', a.name, m.id, m.name, a.created_at
from added a cross join lateral (
  select m.id, m.name from ringfence.members m join ringfence.member_access x on x.account_id = m.account_id and x.member_id = m.id
  where m.account_id = a.account_id and x.role = 'OWNER' order by m.id limit 1) m;

-- Segments: one that is shared, one of a member's own; and a campaign over the first, for that member.
with saved as (
  insert into ringfence.segments (account_id, client_id, list_id, name, owner_id, filter)
  select l.account_id, l.client_id, l.id, s.name, case when s.owner is not null then m.id end,
    case when s.owner is null then jsonb_build_object('state', jsonb_build_array('NEW', 'IN_PROGRESS', 'CALL_BACK'))
      else jsonb_build_object('values', jsonb_build_array(jsonb_build_object('fieldId', f.id, 'choices', jsonb_build_array('Private')))) end
  from (values ('Not decided yet', null), ('Privately insured', 'Marcus Lindqvist')) s (name, owner)
  join ringfence.lists l on l.name = 'Prophylaxis reminders'
  join ringfence.list_fields f on f.account_id = l.account_id and f.list_id = l.id and f.name = 'Insurance'
  left join ringfence.members m on m.account_id = l.account_id and m.name = s.owner
  returning account_id, client_id, list_id, id, name
), planned as (
  insert into ringfence.campaigns (account_id, client_id, list_id, name, segment_id, identity_id, state, starts_on, open_to_all)
  select s.account_id, s.client_id, s.list_id, 'Prophylaxis round', s.id, (
      select i.id from ringfence.identities i where i.account_id = s.account_id and i.client_id = s.client_id and i.kind = 'CALLER_ID' limit 1),
    'RUNNING', current_date - 7, false
  from saved s where s.name = 'Not decided yet'
  returning account_id, client_id, list_id, id
)
insert into ringfence.campaign_members (account_id, client_id, list_id, campaign_id, member_id)
select p.account_id, p.client_id, p.list_id, p.id, m.id
from planned p join ringfence.members m on m.account_id = p.account_id and m.name = 'Marcus Lindqvist';
