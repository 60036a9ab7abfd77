-- Idempotency keys: a mutation claims its key first, and stores what became of it in the same transaction. So a claim
-- that others can see always has an outcome: a transaction that did not commit leaves neither.
--
-- The principal is the sealed one, whatever session, token or kind it came with. What a caller of these functions can
-- spoil is what is stored for itself.

-- A key counts as never used when it is older than this, by the clock of the database.
create or replace function fence.idempotency_keys_expire_after() returns interval
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$ select interval '24 hours' $$;

-- Claims a key for the running transaction. Null: it is new, the work is to be done. Otherwise its outcome. Whoever
-- claims the same at the same time waits for this transaction to end. input_digests: the one to store, and the same
-- input under the server's other keys. Definer: no serving role reaches the keys. RF001; RF007 where the key was used
-- with another input.
create or replace function ringfence.claim_idempotency_key(key bytea, field_position integer, input_digests bytea[]) returns jsonb
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  principal uuid := substr(identity, 43, 36)::uuid;
  expired_at timestamptz := now() - fence.idempotency_keys_expire_after();
  present fence.idempotency_keys;
begin
  perform fence.require_what_is_committed();
  loop
    insert into fence.idempotency_keys (account_id, principal_id, key_digest, position, input_digest)
    values (account, principal, key, field_position, input_digests[1])
    on conflict do nothing;
    exit when found;
    update fence.idempotency_keys k set input_digest = input_digests[1], outcome = null, created_at = now()
    where k.account_id = account and k.principal_id = principal and k.key_digest = key and k.position = field_position
      and (k.created_at <= expired_at or k.outcome is null);
    exit when found;
    -- A statement of its own, after those that waited: it sees what they waited for.
    select * into present from fence.idempotency_keys k
    where k.account_id = account and k.principal_id = principal and k.key_digest = key and k.position = field_position;
    if found then
      if (present.input_digest = any (input_digests)) is not true then
        raise exception 'the key was used with another input' using errcode = 'RF007';
      end if;
      return present.outcome;
    end if;
    -- It expired, and the worker removed it in between (worker.remove_expired).
  end loop;
  return null;
end $$;

-- Stores what became of the mutation whose key this transaction has claimed. An outcome that is stored is never changed.
-- Definer: as above. RF001.
create or replace function ringfence.store_idempotency_outcome(key bytea, field_position integer, new_outcome jsonb) returns void
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
begin
  perform fence.require_what_is_committed();
  update fence.idempotency_keys k set outcome = new_outcome
  where k.account_id = substr(identity, 7, 36)::uuid and k.principal_id = substr(identity, 43, 36)::uuid
    and k.key_digest = key and k.position = field_position and k.outcome is null;
  if not found or new_outcome is null then
    raise exception 'no such claim' using errcode = 'invalid_transaction_state';
  end if;
end $$;

grant execute on function ringfence.claim_idempotency_key, ringfence.store_idempotency_outcome
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner, ringfence_portal;
