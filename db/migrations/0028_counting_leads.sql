-- Pages of leads come with how many there are in all. Which of them somebody sees takes the client, the list and the state of each: with these in
-- the indexes they are counted without reading the rows. Not in those of a whole account: they would be read whole for a few clients.
drop index ringfence.leads_client_id_created_at_idx;
drop index ringfence.leads_client_id_state_created_at_idx;
drop index ringfence.leads_list_id_created_at_idx;
drop index ringfence.leads_list_id_state_created_at_idx;
create index leads_client_id_created_at_idx on ringfence.leads (account_id, client_id, created_at, id) include (state, list_id);
create index leads_client_id_state_created_at_idx on ringfence.leads (account_id, client_id, state, created_at, id) include (list_id);
create index leads_list_id_created_at_idx on ringfence.leads (account_id, list_id, created_at, id) include (state, client_id);
create index leads_list_id_state_created_at_idx on ringfence.leads (account_id, list_id, state, created_at, id) include (client_id);
