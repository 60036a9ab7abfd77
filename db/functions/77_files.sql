-- Files, and recordings of calls.
--
-- A browser plays a recording, and a platform uploads one, by an address that carries no credential. In it stands a proof that a
-- session asked for this one file: a keyed hash over purpose, session, file and expiry, which the database makes for the session
-- that is sealed, and verifies. It opens no session: whoever presents it gets that file, or may upload that one, if the session
-- still lasts and who it belongs to still may; that is looked at anew each time. A query makes one without writing anything.

-- The proof. Planned into the statement that reads the key, like fence.seal.
create or replace function fence.file_proof(
  purpose text, session text, file uuid, expires_at timestamptz, inner_pad bytea, outer_pad bytea) returns bytea
language sql stable parallel safe
return sha256(outer_pad || sha256(inner_pad || convert_to(
  concat_ws('|', purpose, session, file, extract(epoch from expires_at)::bigint), 'UTF8')));

-- Who a session, or a token, belongs to now, as an identity from its kind on; null: it has ended, or they may no longer sign in.
-- For those who have proved in another way than by its secret that it asked for something.
create or replace function fence.present_identity(session uuid) returns text
language plpgsql stable parallel restricted set search_path = pg_catalog, pg_temp as $$
declare
  found_session fence.sessions;
  member_kind text;
begin
  select s.* into found_session from fence.sessions s
  where s.id = session and s.ended_at is null and s.expires_at > now()
    and fence.may_sign_in(s.account_id, s.member_id, s.portal_user_id);
  if found_session.portal_user_id is not null then
    return 'P' || found_session.account_id || found_session.portal_user_id || session
      || fence.permissions_of(found_session.account_id, found_session.portal_user_id, 'P');
  elsif found_session.member_id is not null then
    member_kind := (select fence.kind_of(m.role, m.client_access) from ringfence.member_access m
                    where m.account_id = found_session.account_id and m.member_id = found_session.member_id);
    return member_kind || found_session.account_id || found_session.member_id || session
      || fence.permissions_of(found_session.account_id, found_session.member_id, member_kind);
  end if;
  return (select fence.access_token_kind(t.id) || t.account_id || t.id || t.id || fence.access_token_permissions(t.account_id, t.id)
          from ringfence.access_tokens t where t.id = session);
end $$;

-- The identity that a proof stands for now, never sealed; null: it is none of ours, or stands for nobody any more. Until when it
-- is good, whoever asks decides.
create or replace function fence.proved_identity(purpose text, session uuid, file uuid, expires_at timestamptz, proof bytea) returns text
language plpgsql stable parallel restricted set search_path = pg_catalog, pg_temp as $$
begin
  return (select '1' || k.id || fence.present_identity(session) from fence.seal_keys k
          where k.retired_at is null
            and fence.file_proof(purpose, session::text, file, expires_at, k.file_inner_pad, k.file_outer_pad) = proof);
end $$;

-- How long an address works, at most, whoever asks.
create or replace function fence.most_file_url_seconds() returns integer
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$ select 3600 $$;

-- Proofs that the sealed session asked for these files. They say nothing of the files, not even that they exist: that is looked
-- at when one is presented. Definer: it reads the keys.
create or replace function ringfence.prove_reading(files uuid[], seconds integer)
returns table (file_id uuid, expires_at timestamptz, proof bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  expiry timestamptz := date_trunc('second', now()) + make_interval(secs => least(seconds, fence.most_file_url_seconds()));
begin
  return query
    select f, expiry, fence.file_proof('READ', substr(identity, 79, 36), f, expiry, k.file_inner_pad, k.file_outer_pad)
    from unnest(files) f cross join fence.seal_keys k where k.retired_at is null;
end $$;

-- May the principal hear recordings of this stay? The same rule as the policies of recordings.
create or replace function fence.hears_recordings(identity text, client uuid, stay uuid) returns boolean
language plpgsql stable parallel safe set search_path = pg_catalog, pg_temp as $$
begin
  if position(',VIEW_CLIENTS,' in substr(identity, 115)) = 0 or position(',VIEW_RECORDINGS,' in substr(identity, 115)) = 0 then
    return false;
  elsif substr(identity, 6, 1) = 'P' then
    return (fence.portal_client(identity)).id = client
      and (fence.sees_all_agents(identity) or stay = any (fence.assigned_stays(identity)));
  end if;
  return fence.reaches_stay(identity, client, stay);
end $$;

-- The file that a proof is for, if whoever asked for it may read it at this moment: no row otherwise, whatever the reason.
-- Definer: the login reads no table. It opens no session, so that a proof that got lost is good for this file alone.
create or replace function ringfence.file_to_read(session uuid, file uuid, expires_at timestamptz, proof bytea)
returns table (account_id uuid, client_id uuid, name text, content_type text, byte_count bigint, digest bytea)
language plpgsql stable security definer parallel restricted set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.proved_identity('READ', session, file, file_to_read.expires_at, proof);
begin
  return query
    select f.account_id, f.client_id, f.name, f.content_type, f.byte_count, f.digest
    from ringfence.files f
    join ringfence.recordings r on r.account_id = f.account_id and r.file_id = f.id
    where file_to_read.expires_at > now() and f.account_id = substr(identity, 7, 36)::uuid and f.id = file
      and fence.hears_recordings(identity, r.client_id, r.stay_id);
end $$;

-- Removes bytes from the storage, once this transaction has committed and it is that time, unless a file has them then.
create or replace function fence.queue_removal(account uuid, client uuid, file uuid, at timestamptz) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform graphile_worker.add_job('remove_file', json_build_object('accountId', account, 'clientId', client, 'fileId', file),
    run_at => at, max_attempts => 25);
end $$;

-- A call that the principal reports about, with its client locked: by its id, or as the platform calls it; all that is
-- given must be true of it. RF003; RF004; RF006.
create or replace function fence.lock_recorded_call(identity text, call uuid, agent uuid, external_id text) returns ringfence.calls
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  recorded ringfence.calls;
  client ringfence.clients;
begin
  perform fence.require_permission(identity, 'RECORD_ACTIVITY');
  if call is null then
    -- What the platform calls it is unique per stay; of several it means the newest.
    select c.* into recorded
    from fence.reached_stays(identity, array[agent]) s
    join ringfence.calls c on c.account_id = s.account_id and c.stay_id = s.id and c.external_id = lock_recorded_call.external_id
    order by c.started_at desc, c.id desc limit 1;
  else
    select c.* into recorded from ringfence.calls c
    where c.account_id = account and c.id = call and fence.reaches_stay(identity, c.client_id, c.stay_id)
      and (agent is null or c.agent_id = agent)
      and (lock_recorded_call.external_id is null or c.external_id = lock_recorded_call.external_id);
  end if;
  select c.* into client from ringfence.clients c
  where c.account_id = account and c.id = recorded.client_id for no key update;
  -- Again, now that nobody deletes the client.
  if not exists (select from ringfence.calls c where c.account_id = account and c.id = recorded.id) then
    raise exception '%', case when call is null then 'externalId' else 'callId' end using errcode = 'RF006';
  end if;
  perform fence.require_usable(client);
  return recorded;
end $$;

-- What one principal may have announced and not sent yet, and how often one upload may be tried.
create or replace function fence.most_unfinished_uploads() returns integer
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$ select 1000 $$;
create or replace function fence.most_upload_attempts() returns integer
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$ select 20 $$;

-- Refuses for so long. RF009.
create or replace function fence.refuse_uploads(reason text, until_time timestamptz) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  raise exception '%', greatest(1, ceil(extract(epoch from until_time - now()))::integer)
    using errcode = 'RF009', table = 'uploads', constraint = reason;
end $$;

-- Announces the recording of a call, and answers the upload. Who reports calls need not see them, nor hear what they
-- upload; so nothing is told of a recording that is there, and uploading another one replaces it. Definer: uploads are out of
-- every serving role's reach. RF003; RF004; RF006 (callId, externalId); RF009.
create or replace function ringfence.create_recording_upload(
  call uuid, agent uuid, external_id text, duration_seconds integer, seconds integer)
returns table (upload uuid, expires_at timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  recorded ringfence.calls := fence.lock_recorded_call(identity, call, agent, external_id);
  principal uuid := substr(identity, 43, 36)::uuid;
  unfinished bigint;
  earliest timestamptz;
begin
  select count(*), min(e.expires_at) into unfinished, earliest from (
    select u.expires_at from fence.uploads u
    where u.account_id = recorded.account_id and u.principal_id = principal and u.expires_at > now()
    order by u.expires_at limit fence.most_unfinished_uploads()) e;
  if unfinished >= fence.most_unfinished_uploads() then
    perform fence.refuse_uploads('uploads_unfinished', earliest);
  end if;
  return query
    insert into fence.uploads as u (account_id, client_id, call_id, stay_id, duration_seconds, principal_id, expires_at)
    values (recorded.account_id, recorded.client_id, recorded.id, recorded.stay_id, create_recording_upload.duration_seconds,
            principal, date_trunc('second', now()) + make_interval(secs => least(seconds, fence.most_file_url_seconds())))
    returning u.id, u.expires_at;
end $$;

-- A proof that the sealed session may upload what its principal announced. Definer: it reads uploads and keys.
create or replace function ringfence.prove_uploading(upload uuid)
returns table (expires_at timestamptz, proof bytea)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
begin
  return query
    select u.expires_at,
      fence.file_proof('UPLOAD', substr(identity, 79, 36), u.id, u.expires_at, k.file_inner_pad, k.file_outer_pad)
    from fence.uploads u cross join fence.seal_keys k
    where u.account_id = substr(identity, 7, 36)::uuid and u.id = upload and u.principal_id = substr(identity, 43, 36)::uuid
      and k.retired_at is null;
end $$;

-- The upload that a proof is for, locked after its client, if whoever asked may still make it; null otherwise. RF003; RF004.
create or replace function fence.lock_upload(identity text, upload uuid) returns fence.uploads
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  announced fence.uploads;
  client ringfence.clients;
begin
  perform fence.require_permission(identity, 'RECORD_ACTIVITY');
  select u.* into announced from fence.uploads u where u.account_id = account and u.id = upload;
  select c.* into client from ringfence.clients c
  where c.account_id = account and c.id = announced.client_id for no key update;
  select u.* into announced from fence.uploads u where u.account_id = account and u.id = upload for update;
  if not found or announced.principal_id <> substr(identity, 43, 36)::uuid
    or not fence.reaches_stay(identity, announced.client_id, announced.stay_id) then
    return null;
  end if;
  perform fence.require_usable(client);
  return announced;
end $$;

-- Begins to receive what a proof is for, and answers as what to keep it; no row: there is nothing to upload with it, whatever the
-- reason. The last try is the one that can be finished. Until it is, what was kept is garbage, which a job removes. Definer: as
-- file_to_read. RF003; RF004; RF009.
create or replace function ringfence.begin_upload(session uuid, upload uuid, expires_at timestamptz, proof bytea)
returns table (account_id uuid, client_id uuid, file_id uuid, attempt integer)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.proved_identity('UPLOAD', session, upload, begin_upload.expires_at, proof);
  announced fence.uploads;
  file uuid := ringfence.uuidv7();
begin
  if identity is null or begin_upload.expires_at <= now() then
    return;
  end if;
  announced := fence.lock_upload(identity, upload);
  if announced.id is null then
    return;
  end if;
  if announced.attempts >= fence.most_upload_attempts() then
    perform fence.refuse_uploads('uploads_attempts', begin_upload.expires_at);
  end if;
  update fence.uploads u set file_id = file, attempts = u.attempts + 1
  where u.account_id = announced.account_id and u.id = upload;
  perform fence.queue_removal(announced.account_id, announced.client_id, file,
    begin_upload.expires_at + 2 * make_interval(secs => fence.most_file_url_seconds()));
  return query select announced.account_id, announced.client_id, file, announced.attempts + 1;
end $$;

-- What was received becomes the recording of its call, in the place of an earlier one; answers whether it did. What began in time
-- may take as long again as an address works at most. Asked twice, the second answer is the first. Definer: as file_to_read. The
-- identity is sealed for the audit log alone, and no longer there when this returns: nothing can be read with it. RF003; RF004.
create or replace function ringfence.finish_upload(
  session uuid, upload uuid, expires_at timestamptz, proof bytea, file uuid, extension text, content_type text, byte_count bigint, digest bytea)
returns boolean
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.proved_identity('UPLOAD', session, upload, expires_at, proof);
  announced fence.uploads;
  replaced uuid;
begin
  if identity is null or expires_at <= now() - make_interval(secs => fence.most_file_url_seconds()) then
    return false;
  end if;
  announced := fence.lock_upload(identity, upload);
  if announced.id is null then
    return exists (select from ringfence.files f
                   where f.account_id = substr(identity, 7, 36)::uuid and f.id = file and f.digest = finish_upload.digest);
  elsif announced.file_id is distinct from file then
    return false;
  end if;
  perform fence.set_identity(substr(identity, 6));
  replaced := fence.remove_recording(announced.account_id, announced.call_id);
  insert into ringfence.files (account_id, client_id, id, name, content_type, byte_count, digest)
  values (announced.account_id, announced.client_id, file, announced.call_id || '.' || extension, finish_upload.content_type,
          finish_upload.byte_count, finish_upload.digest);
  insert into ringfence.recordings (account_id, client_id, call_id, stay_id, file_id, duration_seconds)
  values (announced.account_id, announced.client_id, announced.call_id, announced.stay_id, file, announced.duration_seconds);
  delete from fence.uploads u where u.account_id = announced.account_id and u.id = upload;
  perform fence.write_audit(announced.account_id, case when replaced is null then 'RECORDING_ADDED' else 'RECORDING_REPLACED' end,
    'CALL', announced.call_id, announced.client_id, '{}');
  perform set_config('ringfence.identity', '', true), set_config('ringfence.seal', '', true);
  return true;
end $$;

-- Removes the recording of a call, if there is one, with its file, and answers which that was.
create or replace function fence.remove_recording(account uuid, call uuid) returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  removed ringfence.recordings;
begin
  delete from ringfence.recordings r where r.account_id = account and r.call_id = call returning r.* into removed;
  if found then
    delete from ringfence.files f where f.account_id = account and f.id = removed.file_id;
    perform fence.queue_removal(account, removed.client_id, removed.file_id, now());
  end if;
  return removed.file_id;
end $$;

-- Removes the recording of a call for good. Where there is none, nothing is to be done, and the answer is the same: who may report
-- need not know. Definer: no serving role deletes. RF003; RF004; RF006 (callId, externalId).
create or replace function ringfence.delete_recording(call uuid, agent uuid, external_id text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  recorded ringfence.calls := fence.lock_recorded_call(fence.identity(), call, agent, external_id);
begin
  if fence.remove_recording(recorded.account_id, recorded.id) is not null then
    perform fence.write_audit(recorded.account_id, 'RECORDING_DELETED', 'CALL', recorded.id, recorded.client_id, '{}');
  end if;
  return recorded.id;
end $$;

-- Whether the storage has something of anybody: what the database names, or what a job has to remove. Where it is empty all the
-- same, it is not the storage. Definer: the login reads no table, and is told this alone.
create or replace function ringfence.files_are_kept() returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  return exists (select from ringfence.files)
    or exists (select from ringfence.client_deletions d where d.state <> 'DONE')
    or exists (select from graphile_worker._private_jobs j join graphile_worker._private_tasks t on t.id = j.task_id
               where t.identifier = 'remove_file');
end $$;

-- Whether a file has these bytes. Definer: the worker reads no table of an account.
create or replace function worker.file_exists(account uuid, file uuid) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  return exists (select from ringfence.files f where f.account_id = account and f.id = file);
end $$;

grant execute on function ringfence.file_to_read, ringfence.begin_upload, ringfence.finish_upload, ringfence.files_are_kept to ringfence_login;
grant execute on function ringfence.prove_reading
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner, ringfence_portal;
grant execute on function ringfence.create_recording_upload, ringfence.prove_uploading, ringfence.delete_recording
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
grant execute on function worker.file_exists to ringfence_worker;
