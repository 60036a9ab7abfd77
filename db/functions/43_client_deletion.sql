-- Deleting a client for good: asked for in one transaction, which locks the client against use, and done by the worker in
-- steps that can end at any moment and are taken up again. Files are deleted by the worker itself (src/clients/client-deletion.job.ts).

-- All that a client owns, in the order in which it is deleted: what references something goes before it, so that no step
-- deletes more than it counts. `condition` is about `d`, a row of the table, with the account as $1 and the client as $2, and
-- must be indexed. test/deletion compares the list with the catalog, so that a table that is added later can't be forgotten.
create or replace function fence.client_data() returns table (data text, condition text)
language plpgsql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  agents constant text := '(select a.id from ringfence.agents a where a.account_id = $1 and a.client_id = $2)';
  phone_numbers constant text := '(select n.phone_number from ringfence.agent_phone_numbers n where n.account_id = $1 and n.agent_id in ' || agents
    || ' union all select i.phone_number from ringfence.identities i where i.account_id = $1 and i.client_id = $2)';
  portal_users constant text := '(select p.id from ringfence.portal_users p where p.account_id = $1 and p.client_id = $2)';
  sessions constant text := '(select s.id from fence.sessions s where s.account_id = $1 and s.portal_user_id in ' || portal_users || ')';
  logins constant text := '(select l.id from fence.logins l where l.account_id = $1 and l.portal_user_id in ' || portal_users || ')';
begin
  return query values
    -- Telephone numbers and emails to sign in with can be used again as soon as these are gone.
    ('fence.phone_numbers', 'd.phone_number in ' || phone_numbers),
    ('ringfence.agent_phone_numbers', 'd.agent_id in ' || agents),
    ('ringfence.campaign_members', 'd.client_id = $2'),
    ('ringfence.campaigns', 'd.client_id = $2'),
    ('ringfence.segments', 'd.client_id = $2'),
    ('ringfence.identities', 'd.client_id = $2'),
    ('ringfence.messages', 'd.client_id = $2'),
    ('ringfence.conversations', 'd.client_id = $2'),
    ('ringfence.recordings', 'd.client_id = $2'),
    ('ringfence.files', 'd.client_id = $2'),
    ('fence.uploads', 'd.client_id = $2'),
    ('ringfence.call_billing', 'd.client_id = $2'),
    ('ringfence.calls', 'd.client_id = $2'),
    ('fence.refresh_tokens', 'd.session_id in ' || sessions),
    ('fence.access_credentials', 'd.session_id in ' || sessions),
    ('fence.sessions', 'd.portal_user_id in ' || portal_users),
    ('fence.recovery_codes', 'd.login_id in ' || logins),
    ('fence.second_factors', 'd.login_id in ' || logins),
    ('fence.logins', 'd.portal_user_id in ' || portal_users),
    ('ringfence.invitations', 'd.client_id = $2'),
    ('ringfence.portal_user_agents', 'd.client_id = $2'),
    ('ringfence.portal_users', 'd.client_id = $2'),
    ('ringfence.agent_assignments', 'd.client_id = $2'),
    ('ringfence.access_token_agents', 'd.client_id = $2'),
    ('ringfence.agent_configurations', 'd.agent_id in ' || agents),
    ('ringfence.agent_advanced_configurations', 'd.agent_id in ' || agents),
    ('ringfence.agents', 'd.client_id = $2'),
    ('ringfence.agent_stays', 'd.client_id = $2'),
    ('ringfence.lead_holds', 'd.client_id = $2'),
    ('ringfence.lead_changes', 'd.client_id = $2'),
    ('ringfence.lead_notes', 'd.client_id = $2'),
    ('ringfence.lead_values', 'd.client_id = $2'),
    ('ringfence.lead_phones', 'd.client_id = $2'),
    ('ringfence.lead_emails', 'd.client_id = $2'),
    -- After what it is made of, whose triggers write it.
    ('fence.lead_search', 'd.client_id = $2'),
    ('ringfence.leads', 'd.client_id = $2'),
    ('ringfence.list_jobs', 'd.client_id = $2'),
    ('fence.list_places', 'd.client_id = $2'),
    ('ringfence.list_members', 'd.client_id = $2'),
    ('ringfence.list_dispositions', 'd.client_id = $2'),
    ('ringfence.list_fields', 'd.client_id = $2'),
    ('ringfence.lists', 'd.client_id = $2'),
    ('ringfence.client_activity', 'd.client_id = $2'),
    ('fence.contact_emails', 'd.client_id = $2'),
    -- Whose set it is in sees how far its deletion is, to the last.
    ('ringfence.access_token_clients', 'd.client_id = $2'),
    ('ringfence.client_assignments', 'd.client_id = $2'),
    ('ringfence.clients', 'd.id = $2');
end $$;

-- Has the worker go on. As long as it takes: what was to be deleted for good is not forgotten because a disk was away for a
-- week. After mail, and one client at a time, so that mail finds a place; each in turn, so that a large one keeps none waiting.
create or replace function fence.queue_client_deletion(account uuid, client uuid, due_at timestamptz default now()) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform graphile_worker.add_job('delete_client', json_build_object('account', account, 'client', client),
    queue_name => 'client_deletions', run_at => due_at, priority => 10, max_attempts => 32767);
end $$;

-- Has a client deleted for good, whatever state it is in: from now on nothing of it is used, changed or added to, nobody signs
-- in for it, it does not count toward the plan, and its contact email is free. Definer: no serving role writes a status, or a
-- deletion. RF001; RF003; RF004 (CLIENT_DELETING, VERSION); RF006; clients_confirm_name_check where that is not its name.
create or replace function ringfence.delete_client(client uuid, confirm_name text, expected_version integer) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  authority text := fence.lock_authority(fence.identity());
  account uuid := substr(authority, 7, 36)::uuid;
  present ringfence.clients;
begin
  perform fence.require_permission(authority, 'DELETE_CLIENTS');
  -- Who could not see the client could not know its name.
  perform fence.require_permission(authority, 'VIEW_CLIENTS');
  select c.* into present from ringfence.clients c where c.account_id = account and c.id = client for no key update;
  if not found or not fence.reaches_client(authority, client) then
    raise exception 'id' using errcode = 'RF006';
  elsif present.status = 'DELETING' then
    raise exception 'CLIENT_DELETING' using errcode = 'RF004';
  elsif present.version <> expected_version then
    raise exception 'VERSION' using errcode = 'RF004';
  elsif (normalize(confirm_name) = normalize(present.name)) is not true then
    raise exception 'that is not its name' using errcode = 'check_violation', table = 'clients', constraint = 'clients_confirm_name_check';
  end if;
  perform fence.refuse_changing_lists(present);
  update ringfence.clients c set status = 'DELETING', status_before_archive = null where c.account_id = account and c.id = client;
  perform fence.archive_lists_with(present);
  insert into ringfence.client_deletions (account_id, client_id, client_name, requested_by)
  values (account, client, present.name, substr(authority, 43, 36)::uuid);
  perform fence.queue_client_deletion(account, client);
end $$;

-- What was asked for and is not done, locked, so that two workers take turns. Null: there is no such thing. The client has to
-- say so as well.
create or replace function fence.lock_client_deletion(account uuid, client uuid) returns ringfence.client_deletions
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  deletion ringfence.client_deletions;
begin
  select d.* into deletion
  from ringfence.client_deletions d
  join ringfence.clients c on c.account_id = d.account_id and c.id = d.client_id and c.status = 'DELETING'
  where d.account_id = account and d.client_id = client and d.state <> 'DONE' for no key update of d;
  return deletion;
end $$;

-- Begins, or begins again, and counts the rows the first time. Answers how far it is, RUNNING or DONE; null: nobody asked for it.
-- Definer: the worker reads no table of an account.
create or replace function worker.start_client_deletion(account uuid, client uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  deletion ringfence.client_deletions;
  owned record;
  counted bigint;
  rows_left bigint := 0;
begin
  -- Before anything is written or locked: it may take a while.
  if exists (select from ringfence.client_deletions d where d.account_id = account and d.client_id = client and d.total is null) then
    for owned in select * from fence.client_data() loop
      execute format('select count(*) from %s d where d.account_id = $1 and %s', owned.data, owned.condition)
        into counted using account, client;
      rows_left := rows_left + counted;
    end loop;
  end if;
  deletion := fence.lock_client_deletion(account, client);
  update ringfence.client_deletions d
  set state = 'RUNNING', started_at = coalesce(d.started_at, now()), total = coalesce(d.total, rows_left)
  where d.account_id = account and d.id = deletion.id;
  return (select d.state from ringfence.client_deletions d
          where d.account_id = account and d.client_id = client and (d.id = deletion.id or d.state = 'DONE'));
end $$;

-- Deletes some rows of a client, at most so many, all but the client's own. True: there may be more. Nothing of a client whose
-- deletion nobody asked for. Definer: the worker reaches no table of an account.
create or replace function worker.delete_client_rows(account uuid, client uuid, most integer) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  deletion ringfence.client_deletions := fence.lock_client_deletion(account, client);
  owned record;
  deleted bigint;
  room bigint := most;
begin
  if deletion.id is null then
    return false;
  end if;
  for owned in select * from fence.client_data() where data <> 'ringfence.clients' loop
    execute format('delete from %1$s d where d.ctid = any (array(select d.ctid from %1$s d where d.account_id = $1 and %2$s limit $3))',
      owned.data, owned.condition) using account, client, room;
    get diagnostics deleted = row_count;
    room := room - deleted;
    exit when room = 0;
  end loop;
  perform fence.note_deleted(deletion, most - room);
  if room > 0 then
    room := room - fence.erase_audit(account, client, room);
  end if;
  return room = 0;
end $$;

-- Counts rows that were deleted. Rows that came after the counting are in the total as well.
create or replace function fence.note_deleted(deletion ringfence.client_deletions, deleted bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  update ringfence.client_deletions d set done = d.done + deleted, total = greatest(d.total, d.done + deleted)
  where d.account_id = deletion.account_id and d.id = deletion.id;
end $$;

-- Takes from the log what it says of a client's people and agents; what it says of the client itself, its name, stays.
create or replace function fence.erase_audit(account uuid, client uuid, most bigint) returns bigint
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  erased bigint;
begin
  update ringfence.audit_entries e set details = '{}'
  where e.account_id = account and e.id = any (array(
    select e.id from ringfence.audit_entries e
    where e.account_id = account and e.client_id = client and e.subject_kind <> 'CLIENT' and e.details <> '{}'
    limit most));
  get diagnostics erased = row_count;
  return erased;
end $$;

-- Deletes the client itself, after everything of it is gone. A day later the job comes again, for files that were on their way
-- here when there was nobody left to refuse them. Definer: as above.
create or replace function worker.finish_client_deletion(account uuid, client uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  deletion ringfence.client_deletions := fence.lock_client_deletion(account, client);
begin
  if deletion.id is null then
    return;
  end if;
  delete from ringfence.clients c where c.account_id = account and c.id = client;
  perform fence.note_deleted(deletion, 1);
  update ringfence.client_deletions d set state = 'DONE', finished_at = now(), total = d.done
  where d.account_id = account and d.id = deletion.id;
  perform fence.queue_client_deletion(account, client, now() + interval '1 day');
  perform fence.write_audit(account, 'CLIENT_DELETED', 'CLIENT', client, client, jsonb_build_object('name', deletion.client_name));
end $$;

-- There is more to delete than one turn allows. Definer: as above; jobs are added here alone.
create or replace function worker.continue_client_deletion(account uuid, client uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.queue_client_deletion(account, client);
end $$;

-- A try failed; it is tried again, later each time. Definer: as above.
create or replace function worker.client_deletion_failed(account uuid, client uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update ringfence.client_deletions d set state = 'RETRYING' where d.account_id = account and d.client_id = client and d.state <> 'DONE';
end $$;

grant execute on function ringfence.delete_client
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
grant execute on function worker.start_client_deletion, worker.delete_client_rows, worker.finish_client_deletion,
  worker.continue_client_deletion, worker.client_deletion_failed to ringfence_worker;
