-- The tables of graphile-worker: jobs, which hold ids and nothing else. They are fenced like ours although they are not
-- ours: who could add a job would act for whoever it names. No serving role may so much as use the schema.

do $$
declare
  job_table regclass;
begin
  foreach job_table in array array[
    'graphile_worker.migrations', 'graphile_worker._private_tasks', 'graphile_worker._private_job_queues',
    'graphile_worker._private_jobs', 'graphile_worker._private_known_crontabs']::regclass[]
  loop
    execute format('alter table %s enable row level security', job_table);
    execute format('alter table %s force row level security', job_table);
    -- Its migrations and the command line act as the owner, whom FORCE binds too.
    execute format('create policy owner on %s to ringfence_owner using (true) with check (true)', job_table);
    execute format('create policy worker on %s to ringfence_worker using (true) with check (true)', job_table);
  end loop;
end $$;
alter view graphile_worker.jobs set (security_invoker = true);
revoke all on all functions in schema graphile_worker from public;

-- The worker takes jobs, finishes them, and puts back those of a worker that is gone.
grant usage on schema graphile_worker to ringfence_worker;
grant select on graphile_worker.migrations, graphile_worker.jobs to ringfence_worker;
grant select, insert, update, delete on graphile_worker._private_tasks, graphile_worker._private_job_queues,
  graphile_worker._private_jobs, graphile_worker._private_known_crontabs to ringfence_worker;
grant execute on all functions in schema graphile_worker to ringfence_worker;

-- The definer adds jobs, in the transaction of what they are for.
grant usage on schema graphile_worker to ringfence_definer;
grant execute on function graphile_worker.add_job, graphile_worker.add_jobs to ringfence_definer;
grant select, insert (identifier) on graphile_worker._private_tasks to ringfence_definer;
create policy definer on graphile_worker._private_tasks to ringfence_definer using (true) with check (true);
grant select, insert (queue_name) on graphile_worker._private_job_queues to ringfence_definer;
create policy definer on graphile_worker._private_job_queues to ringfence_definer using (true) with check (true);
grant select, insert, update on graphile_worker._private_jobs to ringfence_definer;
create policy definer on graphile_worker._private_jobs to ringfence_definer using (true) with check (true);
