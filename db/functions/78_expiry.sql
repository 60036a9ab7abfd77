-- What has had its time: the worker removes it every hour, wherever it is, because whom it belonged to may never come again.

-- Removes some of it, at most so many rows of each kind. True: there may be more. Of idempotency keys none that somebody is
-- claiming anew; of uploads what never arrived, when even a slow try must have ended. Each account's are found by its index.
-- Definer: the worker reaches no table of an account.
create or replace function worker.remove_expired(most integer) returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  keys_before constant timestamptz := now() - fence.idempotency_keys_expire_after();
  uploads_before constant timestamptz := now() - 2 * make_interval(secs => fence.most_file_url_seconds());
  keys_removed bigint;
  uploads_removed bigint;
begin
  delete from fence.idempotency_keys k where k.ctid = any (array(
    select e.ctid from ringfence.accounts a cross join lateral (
      select i.ctid from fence.idempotency_keys i where i.account_id = a.id and i.created_at <= keys_before
      order by i.created_at limit most for update skip locked) e
    limit most));
  get diagnostics keys_removed = row_count;
  delete from fence.uploads u where u.ctid = any (array(
    select e.ctid from ringfence.accounts a cross join lateral (
      select i.ctid from fence.uploads i where i.account_id = a.id and i.expires_at < uploads_before
      order by i.expires_at limit most for update skip locked) e
    limit most));
  get diagnostics uploads_removed = row_count;
  return keys_removed = most or uploads_removed = most;
end $$;

grant execute on function worker.remove_expired to ringfence_worker;
