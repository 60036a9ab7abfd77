-- A plan's limit is counted while everybody who creates a client of the account waits: from an index that has those that count, alone.
create index clients_counted_idx on ringfence.clients (account_id) where status in ('ACTIVE', 'INACTIVE') and not is_house;
