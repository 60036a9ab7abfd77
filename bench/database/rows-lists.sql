-- A list for each client. Run as ringfence_owner with the triggers of lists off: nobody asks who made them.

insert into ringfence.lists (account_id, client_id, name)
select account_id, id, 'Prospects' from ringfence.clients where not is_house;

insert into fence.list_places (account_id, client_id, list_id) select account_id, client_id, id from ringfence.lists;
