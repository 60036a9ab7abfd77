-- What comes of calling: dispositions; and an overview of what there is to do.

-- RF004 where somebody else holds a lead: it is theirs to end.
create or replace function fence.require_held_by_nobody_else(identity text, lead ringfence.leads) returns void
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  if exists (select from ringfence.lead_holds h
             where h.account_id = lead.account_id and h.lead_id = lead.id and h.held_until > now()
               and h.holder_id <> fence.acting_principal(identity)) then
    raise exception 'LEAD_HELD' using errcode = 'RF004';
  end if;
end $$;

-- Writes down how a call with a lead ended: its state follows, the attempt is counted, and nobody holds it any more. Where it is to be
-- called back at no certain time, that is when it has rested as long as the list says. Definer: no serving role writes leads or holds. RF001;
-- RF003; RF004 (LEAD_HELD, LEAD_ARCHIVED, …); RF006 (leadId, dispositionId); list_dispositions_call_back_at_check where there is a time, and
-- the disposition is into another state.
create or replace function ringfence.record_disposition(lead uuid, disposition uuid, call_back_at timestamptz, note text) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  present ringfence.leads;
  chosen ringfence.list_dispositions;
  after ringfence.leads;
begin
  perform fence.require_permission(identity, 'ACCESS_CRM');
  if not exists (select from ringfence.leads l where l.account_id = account and l.id = lead and fence.reads_lead(identity, l)) then
    raise exception 'leadId' using errcode = 'RF006';
  end if;
  present := fence.lock_lead(identity, lead, null);
  perform fence.require_unarchived(present);
  perform fence.require_held_by_nobody_else(identity, present);
  select d.* into chosen from ringfence.list_dispositions d
  where d.account_id = account and d.client_id = present.client_id and d.list_id = present.list_id and d.id = disposition;
  if not found then
    raise exception 'dispositionId' using errcode = 'RF006';
  elsif call_back_at is not null and chosen.lead_state <> 'CALL_BACK' then
    raise exception 'nobody is called back' using errcode = 'check_violation', table = 'list_dispositions',
      constraint = 'list_dispositions_call_back_at_check';
  end if;
  update ringfence.leads l
  set state = chosen.lead_state, attempts = l.attempts + 1, last_attempt_at = now(), last_attempt_by = fence.acting_principal(identity),
      call_back_at = case when chosen.lead_state = 'CALL_BACK' then coalesce(record_disposition.call_back_at, (
        select now() + make_interval(mins => i.call_back_delay_minutes) from ringfence.lists i where i.account_id = account and i.id = l.list_id)) end
  where l.account_id = account and l.id = lead returning * into after;
  perform fence.write_lead_change(identity, present, 'DISPOSITION', null, null, chosen.name);
  perform fence.write_lead_change(identity, present, 'STATE', null, present.state, after.state);
  perform fence.write_lead_change(
    identity, present, 'CALL_BACK_AT', null, fence.moment_text(present.call_back_at), fence.moment_text(after.call_back_at));
  if note is not null then
    perform fence.write_lead_note(identity, present, note);
  end if;
  delete from ringfence.lead_holds h where h.account_id = account and h.lead_id = lead;
  perform fence.write_audit(account, 'LEAD_DISPOSITION_RECORDED', 'LEAD', lead, present.client_id, '{}');
end $$;

-- The lead that the caller holds; null: none. Definer: whom the caller acts for is not for serving roles to read. RF001; RF003.
create or replace function ringfence.own_held_lead_id() returns uuid
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  -- It begins an overview, of which nothing is shown to others.
  if position(',ACCESS_CRM,' in substr(identity, 115)) = 0 then
    raise exception 'ACCESS_CRM' using errcode = 'RF003';
  end if;
  return (fence.held_lead(identity)).lead_id;
end $$;

-- What there is to do on lists whose leads the caller sees all at once; no row for any other, so that in blind mode nothing tells how many
-- there are. Counted without the policies of leads, which would be asked of each one. Definer: likewise. RF001.
create or replace function ringfence.list_work(lists uuid[])
returns table (list_id uuid, open bigint, call_backs_due bigint, mine bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  myself uuid := fence.acting_principal(identity);
  everywhere boolean := substr(identity, 6, 1) in ('O', 'A', 'L', 'T');
  clients uuid[] := fence.list_clients(identity);
  hidden uuid[] := fence.hidden_lists(identity);
  blind uuid[] := fence.blind_clients(identity);
begin
  if position(',ACCESS_CRM,' in substr(identity, 115)) = 0 then
    return;
  end if;
  return query
    select l.id,
      (select count(*) from ringfence.leads e
       where e.account_id = account and e.list_id = l.id and e.state in ('NEW', 'IN_PROGRESS', 'CALL_BACK')
         and (l.maximum_attempts is null or e.attempts < l.maximum_attempts)),
      (select count(*) from ringfence.leads e
       where e.account_id = account and e.list_id = l.id and e.state in ('NEW', 'IN_PROGRESS', 'CALL_BACK')
         and e.state = 'CALL_BACK' and e.queue_at <= now() and (l.maximum_attempts is null or e.attempts < l.maximum_attempts)),
      (select count(*) from ringfence.leads e
       where e.account_id = account and e.list_id = l.id and e.state in ('NEW', 'IN_PROGRESS', 'CALL_BACK')
         and e.last_attempt_by = myself and (l.maximum_attempts is null or e.attempts < l.maximum_attempts))
    from ringfence.lists l
    where l.account_id = account and l.id = any (lists) and (everywhere or l.client_id = any (clients))
      and l.id <> all (hidden) and l.client_id <> all (blind);
end $$;

grant execute on function ringfence.record_disposition, ringfence.own_held_lead_id, ringfence.list_work
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
