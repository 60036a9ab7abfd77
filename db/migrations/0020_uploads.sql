-- How often an upload was tried, so that one address cannot be tried without end, and what a principal has announced and not sent
-- yet, so that nobody announces without end.

alter table fence.uploads
  add column attempts integer not null default 0,
  add constraint uploads_attempts_check check (attempts >= 0);
create index uploads_principal_id_idx on fence.uploads (account_id, principal_id, expires_at);

-- Answers which try it is, too (db/functions/77_files.sql).
drop function if exists ringfence.begin_upload(uuid, uuid, timestamptz, bytea);
