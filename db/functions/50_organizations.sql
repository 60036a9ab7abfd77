-- Organizations: archiving, which looks at clients the caller may not see, and tags, which are replaced as a set.

-- ARCHIVE or RESTORE; needs MANAGE_CLIENT_ORGANIZATIONS, whose holders see every organization of the account.
-- Definer: no serving role writes a status, and all clients count, also those outside the caller's set.
-- RF003; RF004 with the reason; RF006.
create or replace function ringfence.change_organization_status(organization uuid, transition text, expected_version integer)
returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  present ringfence.organizations;
begin
  if (transition in ('ARCHIVE', 'RESTORE')) is not true then
    raise exception 'no such transition' using errcode = 'invalid_parameter_value';
  end if;
  perform fence.require_permission(identity, 'MANAGE_CLIENT_ORGANIZATIONS');
  select * into present from ringfence.organizations where account_id = account and id = organization for update;
  if not found then
    raise exception 'id' using errcode = 'RF006';
  elsif present.version <> expected_version then
    raise exception 'VERSION' using errcode = 'RF004';
  elsif present.status = 'ARCHIVED' and transition = 'ARCHIVE' then
    raise exception 'ORGANIZATION_ARCHIVED' using errcode = 'RF004';
  elsif present.status <> 'ARCHIVED' and transition = 'RESTORE' then
    raise exception 'ORGANIZATION_NOT_ARCHIVED' using errcode = 'RF004';
  elsif transition = 'ARCHIVE' and exists (
      select from ringfence.clients where account_id = account and organization_id = organization and status in ('ACTIVE', 'INACTIVE')) then
    raise exception 'ORGANIZATION_HAS_CLIENTS' using errcode = 'RF004';
  end if;
  update ringfence.organizations set status = case transition when 'ARCHIVE' then 'ARCHIVED' else 'ACTIVE' end
  where account_id = account and id = organization;
end $$;

-- Replaces the tags of an organization. Definer: no serving role deletes rows. RF003, RF004, RF006.
create or replace function ringfence.set_organization_tags(organization uuid, tags text[]) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  present ringfence.organizations;
begin
  perform fence.require_permission(identity, 'MANAGE_CLIENT_ORGANIZATIONS');
  select * into present from ringfence.organizations where account_id = account and id = organization for no key update;
  if not found then
    raise exception 'id' using errcode = 'RF006';
  elsif present.status = 'ARCHIVED' then
    raise exception 'ORGANIZATION_ARCHIVED' using errcode = 'RF004';
  end if;
  delete from ringfence.organization_tags where account_id = account and organization_id = organization;
  insert into ringfence.organization_tags (account_id, organization_id, tag)
  select account, organization, t from unnest(tags) t on conflict do nothing;
  perform fence.write_audit(account, 'ORGANIZATION_TAGGED', 'ORGANIZATION', organization, null, '{}');
end $$;

-- Before update: an archived organization changes only by being restored.
create or replace function fence.guard_archived_organization() returns trigger
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  -- As with clients: what a foreign key clears is gone, whatever state this is in.
  if old.status = 'ARCHIVED' and new.status = 'ARCHIVED' and current_user <> 'ringfence_owner' then
    raise exception 'ORGANIZATION_ARCHIVED' using errcode = 'RF004';
  end if;
  return new;
end $$;

grant execute on function fence.guard_archived_organization to ringfence_owner;
grant execute on function ringfence.change_organization_status, ringfence.set_organization_tags
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
