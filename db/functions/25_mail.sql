-- Mails: written down in the transaction that causes them, with a job that sends them. The job carries ids alone; to whom
-- the mail goes and what it says is derived when it is sent, by the functions of the schema `worker`.

-- Adds, or adds again, the job that sends a mail. (25 attempts are about four days; job keys make a second job of the same
-- mail replace one that waits.) Also for the command line, which is why it is granted to the owner.
create or replace function fence.queue_mail(account uuid, mail uuid) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform graphile_worker.add_job('send_mail', json_build_object('account', account, 'mail', mail),
    job_key => mail::text, max_attempts => 25);
end $$;

-- For definer functions: sends a mail if this transaction commits.
create or replace function fence.post_mail(account uuid, mail_kind text, subject uuid) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  mail uuid;
begin
  insert into fence.outbox (account_id, kind, subject_id) values (account, mail_kind, subject) returning id into mail;
  perform fence.queue_mail(account, mail);
end $$;

-- What is needed to write a mail that still has to be sent. No row: it was sent, or there is nobody to send it to any more
-- (removed, deactivated, a portal user of an archived client, the account suspended, a link that is void). A branch for each
-- kind. Definer: it reads addresses.
create or replace function worker.mail(mail uuid)
returns table (kind text, subject_id uuid, details jsonb, created_at timestamptz, account_name text, locale text, time_zone text,
               recipient_name text, recipient_address text)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return query
    select o.kind, o.subject_id, recipient.details, o.created_at, a.name, a.locale, a.time_zone, recipient.name, recipient.address
    from fence.outbox o
    join ringfence.accounts a on a.id = o.account_id and a.status = 'ACTIVE'
    cross join lateral (
      -- Whose login it is.
      select coalesce(m.name, p.name), l.email,
        case when o.kind = 'PASSWORD_RESET' then jsonb_build_object('generation', l.reset_generation) else '{}' end
      from fence.logins l
      left join ringfence.members m on m.account_id = l.account_id and m.id = l.member_id
      left join ringfence.portal_users p on p.account_id = l.account_id and p.id = l.portal_user_id
      where o.kind in ('PASSWORD_CHANGED', 'PASSWORD_RESET') and l.account_id = o.account_id and l.id = o.subject_id
        and fence.may_sign_in(l.account_id, l.member_id, l.portal_user_id)
        and (o.kind = 'PASSWORD_CHANGED' or l.reset_expires_at > now())
      union all
      -- Who is invited.
      select i.name, i.email, jsonb_build_object('generation', i.generation, 'invitedBy', m.name,
        'clientName', case when not c.is_house then c.name end)
      from ringfence.invitations i
      join ringfence.clients c on c.account_id = i.account_id and c.id = i.client_id
      join ringfence.members m on m.account_id = i.account_id and m.id = i.invited_by
      where o.kind = 'INVITATION' and i.account_id = o.account_id and i.id = o.subject_id and fence.is_open(i, i.generation)
      union all
      -- What address is to be confirmed.
      select i.email, i.email, jsonb_build_object('generation', i.generation)
      from ringfence.identities i
      where o.kind = 'IDENTITY_VERIFICATION' and i.account_id = o.account_id and i.id = o.subject_id
        and fence.is_verifiable(i, i.generation)
    ) recipient (name, address, details)
    where o.id = mail and o.sent_at is null and o.failed_at is null and o.dropped_at is null;
end $$;

-- The mail server has taken it. Definer: nobody writes the outbox.
create or replace function worker.mail_sent(mail uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  -- Whatever was thought of it before: a worker that was taken for gone may have sent it.
  update fence.outbox o
  set sent_at = now(), failed_at = null, dropped_at = null, attempts = o.attempts + 1, last_error = null
  where o.id = mail and o.sent_at is null;
end $$;

-- The mail server has not taken it; for good: it will not be tried again. Definer: nobody writes the outbox.
create or replace function worker.mail_failed(mail uuid, error text, for_good boolean) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update fence.outbox o
  set attempts = o.attempts + 1, last_error = error, failed_at = case when for_good then now() end
  where o.id = mail and o.sent_at is null and o.failed_at is null and o.dropped_at is null;
end $$;

-- There is nobody to send it to any more. Definer: nobody writes the outbox.
create or replace function worker.mail_dropped(mail uuid) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  update fence.outbox o set dropped_at = now()
  where o.id = mail and o.sent_at is null and o.failed_at is null and o.dropped_at is null;
end $$;

-- What was changed after an event that was read before, oldest first; ('0', 0) begins at the beginning. Nothing that began
-- while the oldest running transaction has not ended: what is given now can't be preceded later. Definer: nobody else reads
-- the events.
create or replace function worker.events_after(after_transaction xid8, after_position bigint, most integer)
returns table (account_id uuid, client_id uuid, kind text, action text, subject_id uuid, created_at timestamptz,
               transaction_id xid8, "position" bigint)
language plpgsql stable security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
begin
  return query
    select e.account_id, e.client_id, e.kind, e.action, e.subject_id, e.created_at, e.transaction_id, e.position
    from fence.events e
    where (e.transaction_id, e.position) > (after_transaction, after_position)
      and e.transaction_id < pg_snapshot_xmin(pg_current_snapshot())
    order by e.transaction_id, e.position
    limit most;
end $$;

grant execute on function fence.queue_mail to ringfence_owner;
grant execute on function worker.mail, worker.mail_sent, worker.mail_failed, worker.mail_dropped, worker.events_after
  to ringfence_worker;
