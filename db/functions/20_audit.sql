-- The audit log and the events are written here and nowhere else: by triggers on what is audited, and by the definer
-- functions whose work is no single row. No serving role can insert an entry, and none can change a row without one.

-- Who acts, for the log. The API's login always acts for somebody, whose seal is verified; setting the identity to
-- nothing in the middle of a statement does not make anybody anonymous.
create or replace function fence.write_audit(account uuid, action text, subject_kind text, subject uuid, client uuid, details jsonb)
returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text;
  owning_client uuid := coalesce(client, (select id from ringfence.clients where account_id = account and is_house));
begin
  if session_user = 'ringfence_login' then
    identity := fence.identity();
  end if;
  insert into ringfence.audit_entries (account_id, client_id, actor_kind, actor_id, session_id, action, subject_kind, subject_id, details)
  values (
    account,
    owning_client,
    case substr(identity, 6, 1) when 'O' then 'OWNER' when 'A' then 'ADMIN' when 'L' then 'MEMBER' when 'M' then 'MEMBER'
      when 'P' then 'PORTAL_USER' when 'T' then 'PARTNER_TOKEN' when 'S' then 'PARTNER_TOKEN' else 'SYSTEM' end,
    substr(identity, 43, 36)::uuid,
    case when substr(identity, 6, 1) not in ('T', 'S') then substr(identity, 79, 36)::uuid end,
    action, subject_kind, subject, details);
  -- Who comes and goes, or takes a copy, has changed nothing. The notification is empty: everybody can send one, so it says nothing but "look".
  if action not in ('SIGNED_IN', 'SIGNED_OUT', 'SESSION_ENDED', 'CLIENT_EXPORT_STARTED', 'CLIENT_EXPORT_ENDED') then
    insert into fence.events (account_id, client_id, kind, action, subject_id)
    values (account, owning_client, subject_kind, action, subject);
    perform pg_notify('ringfence_events', '');
  end if;
end $$;

-- What somebody did with their own login or session, or what was done to it: for members and portal users alike.
create or replace function fence.write_person_audit(account uuid, action text, member uuid, portal_user uuid, details jsonb)
returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  if member is not null then
    perform fence.write_audit(account, action, 'MEMBER', member, null, details);
  else
    perform fence.write_audit(account, action, 'PORTAL_USER', portal_user,
      (select p.client_id from ringfence.portal_users p where p.account_id = account and p.id = portal_user), details);
  end if;
end $$;

-- After insert or update of a row with a name of its own in the log: CLIENT_CREATED, CLIENT_ARCHIVED, … with the names
-- of the columns that changed. Argument: the kind of subject.
create or replace function fence.audit_change() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  kind text := tg_argv[0];
  after_row jsonb := to_jsonb(new);
  before_row jsonb := case when tg_op = 'UPDATE' then to_jsonb(old) end;
  what text;
  changed jsonb;
begin
  if tg_op = 'INSERT' then
    what := 'CREATED';
  elsif before_row ->> 'client_id' <> after_row ->> 'client_id' then
    -- From one client to another: the history of each says so, and names no other client.
    perform fence.write_audit(new.account_id, kind || '_MOVED', kind, new.id, old.client_id, '{"direction": "AWAY"}');
    perform fence.write_audit(new.account_id, kind || '_MOVED', kind, new.id, new.client_id, '{"direction": "HERE"}');
    return null;
  elsif before_row ->> 'status' is distinct from after_row ->> 'status' then
    what := case
      when after_row ->> 'status' = 'DELETING' then 'DELETION_REQUESTED'
      when after_row ->> 'status' = 'ARCHIVED' then 'ARCHIVED'
      when before_row ->> 'status' = 'ARCHIVED' then 'RESTORED'
      when before_row ->> 'status' = 'MOVING' then 'MOVE_FINISHED'
      when after_row ->> 'status' = 'ACTIVE' then 'ACTIVATED'
      when after_row ->> 'status' = 'PAUSED' then 'PAUSED'
      else 'DEACTIVATED' end;
  elsif before_row ->> 'plan_id' is distinct from after_row ->> 'plan_id' then
    what := 'PLAN_CHANGED';
  else
    what := 'UPDATED';
  end if;
  select coalesce(jsonb_agg(column_name order by column_name), '[]') into changed
  from jsonb_object_keys(after_row) as column_name
  where before_row is not null
    and column_name not in ('version', 'updated_at', 'sort_name')
    and after_row -> column_name is distinct from before_row -> column_name;

  perform fence.write_audit(
    coalesce((after_row ->> 'account_id')::uuid, (after_row ->> 'id')::uuid),
    kind || '_' || what, kind, (after_row ->> 'id')::uuid,
    case when kind = 'CLIENT' then (after_row ->> 'id')::uuid else (after_row ->> 'client_id')::uuid end,
    -- Who asks what was deleted asks for a name.
    case when before_row is null then '{}' when what = 'DELETION_REQUESTED' then jsonb_build_object('name', after_row -> 'name')
      else jsonb_build_object('changed', changed) end);
  return null;
end $$;

-- Every change of a row counts, for optimistic concurrency (expectedVersion).
create or replace function fence.touch() returns trigger
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  new.version := old.version + 1;
  new.updated_at := now();
  return new;
end $$;

grant execute on function fence.audit_change, fence.touch to ringfence_owner;
