-- Who switches blind mode on and off: not those whom it keeps from leads.

-- Before update of blind mode, of a client or of the account. RF003 (BLIND_MODE).
create or replace function fence.guard_blind_mode() returns trigger
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  blind uuid[] := '{}';
begin
  -- By the role that changes it, which is asked for what it may ask.
  if current_user in ('ringfence_member_all', 'ringfence_member') then
    blind := ringfence.member_blind_client_ids();
  elsif current_user in ('ringfence_partner_all', 'ringfence_partner') then
    blind := ringfence.partner_blind_client_ids();
  end if;
  if new.id = any (blind) or (tg_table_name = 'accounts' and blind <> '{}') then
    raise exception 'BLIND_MODE' using errcode = 'RF003';
  end if;
  return new;
end $$;

grant execute on function fence.guard_blind_mode to ringfence_owner;
