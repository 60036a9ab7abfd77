-- Exports: all that somebody sees of a client, as a file. What they read is decided by the policies alone; here it is decided
-- whether they may take it away as a whole, and written down that they do.

-- Lets an export begin, and answers the id by which its entries in the log belong together. Definer: no serving role writes the
-- log. Nothing leaves before this has committed, so that there is no export without an entry. RF003; RF004 (CLIENT_DELETING);
-- RF006.
create or replace function ringfence.start_export(client uuid, format text, kinds text[]) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  export uuid := ringfence.uuidv7();
begin
  perform fence.require_permission(identity, 'EXPORT_DATA');
  perform fence.require_permission(identity, 'VIEW_CLIENTS');
  if not fence.reaches_client(identity, client) then
    raise exception 'id' using errcode = 'RF006';
  elsif exists (select from ringfence.clients c where c.account_id = account and c.id = client and c.status = 'DELETING') then
    raise exception 'CLIENT_DELETING' using errcode = 'RF004';
  elsif (format in ('NDJSON', 'CSV') and cardinality(kinds) between 1 and 100
         and not exists (select from unnest(kinds) kind where (kind ~ '^[a-z-]{1,50}$') is not true)) is not true then
    raise exception 'no such export' using errcode = 'invalid_parameter_value';
  end if;
  perform fence.write_audit(account, 'CLIENT_EXPORT_STARTED', 'CLIENT', client, client,
    jsonb_build_object('export', export, 'format', format, 'kinds', to_jsonb(kinds)));
  return export;
end $$;

-- Writes down how an export ended that the caller began; null for a reason: it was complete. Definer: as start_export. Whatever
-- was lost meanwhile is no reason to leave it out: it needs a session and nothing else, and an entry about a client that is no
-- longer within reach is the account's. RF006: they began none of this id, or it has ended.
create or replace function ringfence.end_export(client uuid, export uuid, reason text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  caller uuid := substr(identity, 43, 36)::uuid;
  actions text[];
begin
  if reason !~ '^[A-Z_]{1,50}$' or export is null then
    raise exception 'no such end' using errcode = 'invalid_parameter_value';
  end if;
  actions := array(
    select e.action from ringfence.audit_entries e
    where e.account_id = account and e.subject_id = client and e.actor_id = caller
      and e.action in ('CLIENT_EXPORT_STARTED', 'CLIENT_EXPORT_ENDED') and e.details ->> 'export' = end_export.export::text);
  if actions <> array['CLIENT_EXPORT_STARTED'] then
    raise exception 'export' using errcode = 'RF006';
  end if;
  perform fence.write_audit(account, 'CLIENT_EXPORT_ENDED', 'CLIENT', client,
    case when fence.reaches_client(identity, client) then client end,
    jsonb_build_object('export', export, 'complete', reason is null) || jsonb_strip_nulls(jsonb_build_object('reason', reason)));
end $$;

-- Whether a credential opens nothing any more for the one reason that it has expired, so that whoever holds it is told so. Definer:
-- it opens no session, so the login asks, which reads no table; nobody is answered about a credential that they do not hold.
create or replace function ringfence.has_expired(session uuid, secret_digest bytea) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
begin
  return exists (
    select from fence.access_credentials c join fence.sessions s on s.id = c.session_id
    where c.session_id = session and c.digest = sha256(secret_digest) and least(c.expires_at, s.expires_at) <= now()
      and s.ended_at is null and fence.may_sign_in(s.account_id, s.member_id, s.portal_user_id))
  or exists (
    select from fence.access_token_secrets c
    join ringfence.access_tokens t on t.account_id = c.account_id and t.id = c.access_token_id
    where t.id = session and c.digest = sha256(secret_digest) and least(c.expires_at, t.expires_at) <= now()
      and t.revoked_at is null and (t.member_id is null or fence.may_sign_in(t.account_id, t.member_id, null)));
end $$;

grant execute on function ringfence.has_expired to ringfence_login;
grant execute on function ringfence.start_export, ringfence.end_export
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
