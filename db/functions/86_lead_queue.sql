-- The queue: which lead of a list comes next, who has it, and how it is given back. Nobody is told what else is on the list, so that
-- it is for those in blind mode as well.

-- Who holds what the caller is given, locked, so that who asks twice at once takes turns, and nobody is given anything who is removed
-- or deactivated meanwhile, or whose rights are being taken away: whoever does that waits for this lock, and takes back what was given
-- (fence.release_lost_lead). RF001.
create or replace function fence.lock_holder(identity text) returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  holder uuid := fence.acting_principal(identity);
begin
  perform from ringfence.member_access m
  where m.account_id = account and m.member_id = holder and m.status = 'ACTIVE' for no key update;
  if not found then
    perform from ringfence.access_tokens t
    where t.account_id = account and t.id = holder and t.member_id is null and t.revoked_at is null for no key update;
    if not found then
      raise exception 'no session' using errcode = 'RF001';
    end if;
  end if;
  return holder;
end $$;

-- A list that the caller works on, locked, so that it is not archived before this has ended, nor its client, whose lists are archived with
-- it. The client's row is not locked: whoever edits leads takes turns at it, and many who ask for leads all the time would keep
-- them from it. RF003 (NOT_NAMED) where the caller sees the list, but not its leads; RF004; RF006 (listId).
create or replace function fence.lock_list_to_work_on(identity text, list uuid) returns ringfence.lists
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  present ringfence.lists;
begin
  perform fence.require_permission(identity, 'ACCESS_CRM');
  perform fence.visible_list(identity, list, 'listId');
  perform from ringfence.lists l where l.account_id = account and l.id = list for share;
  -- Now that it stays as it is.
  present := fence.visible_list(identity, list, 'listId');
  perform fence.require_usable(c) from ringfence.clients c where c.account_id = account and c.id = present.client_id;
  perform fence.require_active_list(present);
  if not fence.works_on_list(identity, present.client_id, list) then
    raise exception 'NOT_NAMED' using errcode = 'RF003';
  end if;
  return present;
end $$;

-- Whether leads on this clock may be called now. A time zone that Postgres does not know, and none (empty), is the account's.
create or replace function fence.is_calling_time(list ringfence.lists, zone text) returns boolean
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
declare
  accounts_zone text;
  local timestamp;
begin
  if list.calling_from is null and cardinality(list.calling_days) = 7 then
    return true;
  end if;
  select a.time_zone into accounts_zone from ringfence.accounts a where a.id = list.account_id;
  begin
    local := now() at time zone case when list.calling_time_zone = 'LEAD' and zone <> '' then zone else accounts_zone end;
  exception when invalid_parameter_value then
    local := now() at time zone accounts_zone;
  end;
  return to_char(local, 'FMDAY') = any (list.calling_days)
    and (list.calling_from is null or (local::time >= list.calling_from and local::time < list.calling_until));
end $$;

-- Locks the lead of a list that comes next, and answers its id; null: there is none now. It is open, not tried as often as the list
-- allows, rested, awake, held by nobody, and fits a condition about `l`, a row of ringfence.leads.
--
-- The leads of a list stand in queues: those that wait for the same (NEW, IN_PROGRESS, CALL_BACK), on one clock, tried as often. In each they
-- stand by how long they wait, those that nobody tried by when they were added; all of a queue are on the same terms, so that
-- what is not to be called is never read. The first of each are compared: call-backs come before all others, the longest due
-- first, the others as the list says. So what is read is as much as there are queues, however many leads there are: besides the first
-- ones only those that are held.
create or replace function fence.pick_lead(list ringfence.lists, condition text) returns uuid
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  open_leads constant text :=
    $q$l.account_id = $1 and l.list_id = $2 and l.state in ('NEW', 'IN_PROGRESS', 'CALL_BACK')$q$;
  -- Of the queue `q`. Asked for each one, by its key, so that nobody plans to read them all.
  of_queue constant text := format($q$select l.id, l.created_at, l.queue_at from ringfence.leads l
    where %s and l.state = q.state and l.queue_zone = q.queue_zone and l.attempts = q.attempts and l.queue_at <= q.ready_at
      and ((select h.held_until from ringfence.lead_holds h where h.account_id = l.account_id and h.lead_id = l.id) > now()) is not true
      and (%s)$q$, open_leads, condition);
  by_waiting constant text := ' order by l.queue_at, l.id limit 1';
  by_age constant text := case list.queue_order
    when 'NEWEST_FIRST' then ' order by l.queue_at desc, l.id desc limit 1' else by_waiting end;
  order_of_list constant text := case list.queue_order
    when 'OLDEST_FIRST' then 'first.created_at' when 'NEWEST_FIRST' then 'first.created_at desc' else 'q.attempts, first.created_at' end;
  rested constant timestamptz := now() - make_interval(mins => list.call_back_delay_minutes);
  queue record;
  picked uuid;
begin
  for queue in execute format($q$
    with recursive queues as (
      (select l.state, l.queue_zone, l.attempts from ringfence.leads l where %1$s order by l.state, l.queue_zone, l.attempts limit 1)
      union all
      select n.* from queues q cross join lateral (
        select l.state, l.queue_zone, l.attempts from ringfence.leads l
        where %1$s and (l.state, l.queue_zone, l.attempts) > (q.state, q.queue_zone, q.attempts)
        order by l.state, l.queue_zone, l.attempts limit 1) n),
    awake as materialized (
      select z.queue_zone from (select distinct queue_zone from queues offset 0) z where fence.is_calling_time($3, z.queue_zone))
    select q.*
    from (
      select q.*, q.state <> 'CALL_BACK' and q.attempts = 0 as is_untried,
        case when q.state = 'CALL_BACK' then now() when q.attempts = 0 then 'infinity' else $4 end as ready_at
      from queues q join awake using (queue_zone)
      where ($3).maximum_attempts is null or q.attempts < ($3).maximum_attempts) q
    cross join lateral ((%2$s and q.is_untried %3$s) union all (%2$s and not q.is_untried %4$s)) first
    order by q.state <> 'CALL_BACK', case when q.state = 'CALL_BACK' then first.queue_at end, %5$s, first.id$q$,
    open_leads, of_queue, by_age, by_waiting, order_of_list)
    using list.account_id, list.id, list, rested
  loop
    -- Whom somebody else is being given at this moment is passed over; who comes behind them is taken.
    execute format(
      'select one.id from (select $3 as state, $4 as queue_zone, $5 as attempts, $6 as ready_at) q cross join lateral (%s %s for update skip locked) one',
      of_queue, case when queue.is_untried then by_age else by_waiting end)
      into picked using list.account_id, list.id, queue.state, queue.queue_zone, queue.attempts, queue.ready_at;
    exit when picked is not null;
  end loop;
  return picked;
end $$;

-- The lead that the caller has, or else the next one of a list that fits a condition, which is theirs from now on; no lead_id: there is
-- none now, or the member of a token has one that the token does not reach. `condition`: SQL about `l`, a row of ringfence.leads, made
-- in the database alone. RF001; RF003; RF004; RF006 (listId).
create or replace function fence.next_lead(identity text, list uuid, condition text) returns ringfence.lead_holds
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  how_long constant interval := '2 hours';
  holder uuid := fence.lock_holder(identity);
  -- Of this moment: what was sealed may have been taken while this waited.
  authority text := fence.present_authority(identity);
  present ringfence.lists := fence.lock_list_to_work_on(authority, list);
  held ringfence.lead_holds := fence.held_lead(authority);
  picked uuid;
begin
  if held.lead_id is not null then
    return held;
  end if;
  -- One that has run out, or whose list is closed to whoever has it.
  delete from ringfence.lead_holds h
  where h.account_id = present.account_id and h.holder_id = holder and (h.held_until <= now() or fence.works_on_list(
    coalesce(fence.identity_of_member(h.account_id, holder), authority), h.client_id, h.list_id) is not true);
  -- A token may reach less than its member, who has another one before them then: nobody has two.
  if exists (select from ringfence.lead_holds h where h.account_id = present.account_id and h.holder_id = holder) then
    return held;
  end if;
  loop
    picked := fence.pick_lead(present, condition);
    exit when picked is null;
    delete from ringfence.lead_holds h where h.account_id = present.account_id and h.lead_id = picked and h.held_until <= now();
    -- Who was given it since this looked has it; then the next one is looked for.
    insert into ringfence.lead_holds (account_id, client_id, list_id, lead_id, holder_id, held_until)
    values (present.account_id, present.client_id, present.id, picked, holder, now() + how_long)
    on conflict (account_id, lead_id) do nothing returning * into held;
    exit when found;
  end loop;
  if picked is not null then
    perform fence.write_audit(held.account_id, 'LEAD_HELD', 'LEAD', held.lead_id, held.client_id, '{}');
  end if;
  return held;
end $$;

-- Gives the caller the next lead of a list, or the one that they have. Definer: who is given what is decided under a lock, over leads
-- that blind mode hides from the caller. RF001; RF003; RF004; RF006 (listId).
create or replace function ringfence.next_lead(list uuid) returns table (lead_id uuid, held_until timestamptz)
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  held ringfence.lead_holds := fence.next_lead(fence.identity(), list, 'true');
begin
  return query select held.lead_id, held.held_until where held.lead_id is not null;
end $$;

-- Gives back a lead that the caller has, or, of administrators, anybody; a token what it reaches of its member's. Definer: no serving
-- role writes holds. RF001; RF003; RF006 (leadId).
create or replace function ringfence.release_lead(lead uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  holder uuid := fence.acting_principal(identity);
  released ringfence.lead_holds;
begin
  perform fence.require_permission(identity, 'ACCESS_CRM');
  delete from ringfence.lead_holds h
  where h.account_id = account and h.lead_id = lead and h.held_until > now()
    and (h.holder_id = holder or substr(identity, 6, 1) in ('O', 'A')) and fence.works_on_list(identity, h.client_id, h.list_id)
  returning * into released;
  if not found then
    raise exception 'leadId' using errcode = 'RF006';
  end if;
  perform fence.write_audit(account, 'LEAD_RELEASED', 'LEAD', lead, released.client_id, '{}');
end $$;

-- What a member would be sealed as now; null: they are not active.
create or replace function fence.identity_of_member(account uuid, member uuid) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
  return (
    select '1----' || k.kind || account || member || member || fence.permissions_of(account, member, k.kind)
    from ringfence.member_access m cross join lateral (select fence.kind_of(m.role, m.client_access) as kind) k
    where m.account_id = account and m.member_id = member and m.status = 'ACTIVE');
end $$;

-- Takes back what a member holds, unless they still work on its list. Waits for a lead that they are being given.
create or replace function fence.release_lost_lead(account uuid, member uuid) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform from ringfence.member_access m where m.account_id = account and m.member_id = member for no key update;
  delete from ringfence.lead_holds h
  where h.account_id = account and h.holder_id = member
    and fence.works_on_list(fence.identity_of_member(account, member), h.client_id, h.list_id) is not true;
end $$;

-- Likewise what members hold of a list. For whoever has locked the list.
create or replace function fence.release_lost_leads_of(list ringfence.lists) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  delete from ringfence.lead_holds h
  where h.account_id = list.account_id and h.list_id = list.id
    and exists (select from ringfence.member_access m where m.account_id = h.account_id and m.member_id = h.holder_id)
    and fence.works_on_list(fence.identity_of_member(h.account_id, h.holder_id), h.client_id, h.list_id) is not true;
end $$;

-- After a list is put away, whatever way: nobody holds anything of it.
create or replace function fence.release_leads_of_list() returns trigger
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  delete from ringfence.lead_holds h where h.account_id = new.account_id and h.list_id = new.id;
  return null;
end $$;

-- After a lead is archived: nobody holds it.
create or replace function fence.release_archived_lead() returns trigger
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  delete from ringfence.lead_holds h where h.account_id = new.account_id and h.lead_id = new.id;
  return null;
end $$;

grant execute on function fence.release_leads_of_list, fence.release_archived_lead to ringfence_owner;
grant execute on function ringfence.next_lead, ringfence.release_lead
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
