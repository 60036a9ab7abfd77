-- The registry of contact emails that are taken. No serving role reaches it: asking it would tell of hidden clients.

alter table fence.contact_emails enable row level security;
alter table fence.contact_emails force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.contact_emails to ringfence_owner using (true) with check (true);

-- The definer keeps it from a trigger on clients.
grant select, insert (account_id, email_key, client_id), delete on fence.contact_emails to ringfence_definer;
create policy definer on fence.contact_emails to ringfence_definer using (true) with check (true);
