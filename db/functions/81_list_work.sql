-- What becomes of the leads of lists that were moved or deleted: they follow in steps, which the worker takes and which can end at any
-- moment and are taken up again. Whether it was allowed was decided when it was asked for; now it runs to its end.

-- Has the worker go on. As long as it takes, one list at a time, each in turn, as clients are deleted (fence.queue_client_deletion).
create or replace function fence.queue_list_job(account uuid, job uuid) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform graphile_worker.add_job('settle_list', json_build_object('account', account, 'job', job),
    queue_name => 'list_jobs', priority => 10, max_attempts => 32767);
end $$;

-- Notes what becomes of a list, which says so as well, and answers the job: done at once where there are no leads.
create or replace function fence.add_list_job(authority text, list ringfence.lists, kind text) returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  added ringfence.list_jobs;
begin
  insert into ringfence.list_jobs (account_id, client_id, of_house, kind, list_id, list_name, requested_by)
  values (list.account_id, list.client_id, list.of_house, kind, list.id, list.name, substr(authority, 43, 36)::uuid) returning * into added;
  if exists (select from ringfence.leads l where l.account_id = list.account_id and l.list_id = list.id) then
    perform fence.queue_list_job(added.account_id, added.id);
  else
    perform fence.finish_list_job(added, 0);
  end if;
  return added.id;
end $$;

-- What was asked for and is not done, locked, so that two workers take turns. Null: there is no such thing. The list has to say so
-- as well.
create or replace function fence.lock_list_job(account uuid, job uuid) returns ringfence.list_jobs
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.list_jobs;
begin
  select j.* into present
  from ringfence.list_jobs j
  join ringfence.lists l on l.account_id = j.account_id and l.client_id = j.client_id and l.id = j.list_id
    and l.status = case j.kind when 'MOVE' then 'MOVING' else 'DELETING' end
  where j.account_id = account and j.id = job and j.state <> 'DONE' for no key update of j;
  return present;
end $$;

-- The next leads to move or delete: so many that with what hangs on them they are no more rows than `most`, and one at least.
create or replace function fence.leads_to_settle(job ringfence.list_jobs, most integer) returns uuid[]
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return array(
    select counted.id from (
      select l.id, row_number() over in_order as place, sum(hanging.rows) over in_order as rows
      from fence.list_places p
      -- By place, so that those that have moved are not looked through again.
      cross join lateral (
        select l.id from ringfence.leads l
        where l.account_id = p.account_id and l.client_id = p.client_id and l.list_id = p.list_id
        order by l.id limit most) l
      -- Its own row and that it is found by, and what else there is.
      cross join lateral (
        select 2
          + (select count(*) from ringfence.lead_changes d where d.account_id = p.account_id and d.lead_id = l.id)
          + (select count(*) from ringfence.lead_notes d where d.account_id = p.account_id and d.lead_id = l.id)
          + (select count(*) from ringfence.lead_values d where d.account_id = p.account_id and d.lead_id = l.id)
          + (select count(*) from ringfence.lead_phones d where d.account_id = p.account_id and d.lead_id = l.id)
          + (select count(*) from ringfence.lead_emails d where d.account_id = p.account_id and d.lead_id = l.id) as rows) hanging
      where p.account_id = job.account_id and p.list_id = job.list_id and (job.kind = 'DELETION' or p.client_id <> job.client_id)
      window in_order as (order by l.id)) counted
    where counted.rows <= most or counted.place = 1);
end $$;

-- Begins, or begins again, and counts the leads the first time. Answers RUNNING; null: nobody asked for it, or it is done. Definer, as
-- all that the worker calls: it reads no table of an account.
create or replace function worker.start_list_job(account uuid, job uuid) returns text
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.list_jobs;
  leads bigint;
begin
  -- Before anything is written or locked: it may take a while.
  select count(*) into leads
  from ringfence.list_jobs j join ringfence.leads l on l.account_id = j.account_id and l.list_id = j.list_id
  where j.account_id = account and j.id = job and j.total is null;
  present := fence.lock_list_job(account, job);
  update ringfence.list_jobs j
  set state = 'RUNNING', started_at = coalesce(j.started_at, now()), total = coalesce(j.total, leads)
  where j.account_id = account and j.id = present.id;
  return (select j.state from ringfence.list_jobs j where j.account_id = account and j.id = present.id);
end $$;

-- Moves or deletes some leads with what hangs on them, no more rows than `most`. True: there may be more. Nothing of a list of which
-- nobody asked for it. Definer: as above.
create or replace function worker.settle_leads(account uuid, job uuid, most integer) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.list_jobs := fence.lock_list_job(account, job);
  chosen uuid[];
begin
  if present.id is null then
    return false;
  end if;
  chosen := fence.leads_to_settle(present, most);
  -- Keys take along what hangs on a lead.
  if present.kind = 'MOVE' then
    update ringfence.leads l set client_id = present.client_id where l.account_id = account and l.id = any (chosen);
  else
    delete from ringfence.leads l where l.account_id = account and l.id = any (chosen);
  end if;
  update ringfence.list_jobs j
  set done = j.done + cardinality(chosen), total = greatest(j.total, j.done + cardinality(chosen))
  where j.account_id = account and j.id = present.id;
  return chosen <> '{}';
end $$;

-- How many leads of a list that has moved the client had already, on other lists of it: by phone, by email, or by a value of a field
-- of the same name whose values are unique. Nothing becomes of these: people decide. What is the same for many leads of the list, as
-- the number of a switchboard, is looked for once. Definer: as above.
create or replace function worker.count_list_duplicates(account uuid, job uuid) returns bigint
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
declare
  moved ringfence.list_jobs;
begin
  select j.* into moved from ringfence.list_jobs j where j.account_id = account and j.id = job and j.kind = 'MOVE';
  return (
    with phones as materialized (
      select m.phone, m.lead_id from ringfence.lead_phones m
      where m.account_id = account and m.client_id = moved.client_id and m.list_id = moved.list_id),
    phones_there as materialized (
      select d.phone from (select distinct phone from phones) d
      where exists (
        select from ringfence.lead_phones o
        where o.account_id = account and o.client_id = moved.client_id and o.phone = d.phone and o.list_id <> moved.list_id)),
    emails as materialized (
      select m.email_key, m.lead_id from ringfence.lead_emails m
      where m.account_id = account and m.client_id = moved.client_id and m.list_id = moved.list_id),
    emails_there as materialized (
      select d.email_key from (select distinct email_key from emails) d
      where exists (
        select from ringfence.lead_emails o
        where o.account_id = account and o.client_id = moved.client_id and o.email_key = d.email_key and o.list_id <> moved.list_id)),
    keys as materialized (
      select m.unique_key, f.name_key, f.type, m.lead_id
      from ringfence.lead_values m join ringfence.list_fields f on f.account_id = m.account_id and f.id = m.field_id
      where m.account_id = account and m.client_id = moved.client_id and m.list_id = moved.list_id and m.unique_key is not null),
    keys_there as materialized (
      select d.* from (select distinct unique_key, name_key, type from keys) d
      where exists (
        select from ringfence.lead_values o join ringfence.list_fields f on f.account_id = o.account_id and f.id = o.field_id
        where o.account_id = account and o.client_id = moved.client_id and o.unique_key = d.unique_key and o.list_id <> moved.list_id
          and f.name_key = d.name_key and f.type = d.type))
    select count(*) from (
      select lead_id from phones join phones_there using (phone)
      union select lead_id from emails join emails_there using (email_key)
      union select lead_id from keys join keys_there using (unique_key, name_key, type)) found);
end $$;

-- Ends what became of a list: it is at its new place alone, or it goes. Leads that are left would refuse.
create or replace function fence.finish_list_job(job ringfence.list_jobs, duplicates bigint) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if job.kind = 'MOVE' then
    delete from fence.list_places p where p.account_id = job.account_id and p.list_id = job.list_id and p.client_id <> job.client_id;
    update ringfence.lists l set status = 'ACTIVE' where l.account_id = job.account_id and l.id = job.list_id;
  else
    delete from ringfence.lists l where l.account_id = job.account_id and l.id = job.list_id;
    perform fence.write_audit(job.account_id, 'LIST_DELETED', 'LIST', job.list_id, job.client_id, jsonb_build_object('name', job.list_name));
  end if;
  update ringfence.list_jobs j
  set state = 'DONE', started_at = coalesce(j.started_at, now()), finished_at = now(), total = j.done,
      duplicates = case job.kind when 'MOVE' then finish_list_job.duplicates end
  where j.account_id = job.account_id and j.id = job.id;
end $$;

-- As fence.finish_list_job, after all leads have followed. Definer: as above.
create or replace function worker.end_list_job(account uuid, job uuid, duplicates bigint) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.list_jobs := fence.lock_list_job(account, job);
begin
  if present.id is not null then
    perform fence.finish_list_job(present, duplicates);
  end if;
end $$;

-- There is more to do than one turn allows. Definer: as above; jobs are added here alone.
create or replace function worker.continue_list_job(account uuid, job uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.queue_list_job(account, job);
end $$;

-- A try failed; it is tried again, later each time. Definer: as above.
create or replace function worker.list_job_failed(account uuid, job uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update ringfence.list_jobs j set state = 'RETRYING' where j.account_id = account and j.id = job and j.state <> 'DONE';
end $$;

-- How many leads of lists have moved or were deleted, for who sees what became of these lists. Nothing where the client is in blind mode,
-- by itself or by the account, which tells those whom it keeps from leads no number of them. Definer: administrators alone read the
-- numbers where they are. RF001.
create or replace function ringfence.list_job_progress(jobs uuid[]) returns table (job_id uuid, done bigint, total bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  administers boolean := substr(identity, 6, 1) in ('O', 'A');
  manages boolean := position(',MANAGE_LISTS,' in substr(identity, 115)) > 0;
  narrowed boolean := fence.named_as(identity) is not null;
begin
  return query
    select j.id, j.done, j.total
    from ringfence.list_jobs j
    join ringfence.clients c on c.account_id = j.account_id and c.id = j.client_id
    join ringfence.accounts a on a.id = j.account_id
    where j.account_id = substr(identity, 7, 36)::uuid and j.id = any (jobs)
      and (administers
        or (manages and (j.requested_by = substr(identity, 43, 36)::uuid or fence.reaches_client(identity, j.client_id))))
      and not (narrowed and case c.blind_mode when 'INHERIT' then a.blind_mode else c.blind_mode = 'ON' end);
end $$;

grant execute on function ringfence.list_job_progress
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
grant execute on function worker.start_list_job, worker.settle_leads, worker.count_list_duplicates, worker.end_list_job,
  worker.continue_list_job, worker.list_job_failed to ringfence_worker;
