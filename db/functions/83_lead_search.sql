-- Searching leads: each word of what is searched for must be in what is written about a lead, anywhere in a word of it, or, of one or
-- two letters, at its beginning. Applies the set of the caller itself, because no index can be used under the policies that would
-- find a part of a word, and answers ids, which are read again under them.

-- A text as words in lower case, letters and digits alone, with one space between them.
create or replace function fence.search_words(written text) returns text
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select btrim(regexp_replace(lower(normalize(written, nfkc) collate "und-x-icu") collate "und-x-icu", '[^[:alnum:]]+', ' ', 'g'))
$$;

-- A piece of a word, mixed with its client. Planned into the statements that ask, because it is asked for every piece.
create or replace function fence.piece_of(client uuid, piece text) returns bigint
language sql immutable parallel safe
return hashtextextended(client::text || piece, 0);

-- The pieces that a lead must have in which these words are: every three letters, and of a shorter one where it begins a word.
create or replace function fence.wanted_pieces(words text) returns text[]
language sql immutable parallel safe set search_path = pg_catalog, pg_temp as $$
  select array(
    select distinct piece
    from string_to_table(words, ' ') word cross join lateral (
      select substr(word, place, 3) as piece from generate_series(1, length(word) - 2) place
      union all select lpad(word, 3) where length(word) < 3) pieces)
$$;

-- Writes down what leads are found by: their words, and of each its pieces, every three letters, and the first one and two. For
-- triggers on whatever it is made of, of which the first one writes. The pieces are taken here and not in a function, which would take
-- ten times as long.
create or replace function fence.index_leads(account uuid, leads uuid[]) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  insert into fence.lead_search (account_id, client_id, list_id, lead_id, words, pieces)
  select l.account_id, l.client_id, l.list_id, l.id, ' ' || w.words, array(
    select distinct fence.piece_of(l.client_id, piece)
    from string_to_table(w.words, ' ') word cross join lateral (
      select substr(word, place, 3) as piece from generate_series(1, length(word) - 2) place
      union all select ' ' || left(word, 2) where length(word) >= 2
      union all select '  ' || left(word, 1) where word <> '') pieces)
  from ringfence.leads l
  cross join lateral (select fence.search_words(concat_ws(' ', l.name, l.company,
    (select string_agg(e.email, ' ') from ringfence.lead_emails e where e.account_id = l.account_id and e.lead_id = l.id),
    (select string_agg(p.phone, ' ') from ringfence.lead_phones p where p.account_id = l.account_id and p.lead_id = l.id))) as words offset 0) w
  where l.account_id = account and l.id = any (leads) and not exists (
    -- With these words, and pieces that are of this client: a lead that moves takes its row along before.
    select from fence.lead_search s
    where s.account_id = l.account_id and s.lead_id = l.id and s.words = ' ' || w.words
      and fence.piece_of(l.client_id, '  ' || left(w.words, 1)) = any (s.pieces))
  on conflict (account_id, lead_id) do update set words = excluded.words, pieces = excluded.pieces;
end $$;

-- After leads were inserted, as `added`. Definer, as the next: whoever writes leads, nobody else writes this.
create or replace function fence.index_added_leads() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.index_leads(a.account_id, array_agg(a.id)) from added a group by a.account_id;
  return null;
end $$;

-- After leads were updated, from `before` to `changed`: most changes are to what they are not found by.
create or replace function fence.index_changed_leads() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.index_leads(c.account_id, array_agg(c.id))
  from changed c join before b on b.account_id = c.account_id and b.id = c.id
  where (c.client_id, c.name, c.company) is distinct from (b.client_id, b.name, b.company) group by c.account_id;
  return null;
end $$;

-- After emails or phone numbers of leads were inserted or deleted, as `changed`.
create or replace function fence.index_leads_of_changed() returns trigger
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.index_leads(c.account_id, array_agg(distinct c.lead_id)) from changed c group by c.account_id;
  return null;
end $$;

-- Ids of leads that the caller sees in which all words of a text are, of one client and of one list, or (null) of any: the newest of
-- these, 2,000 at most; none where there is no word in it. For each client of the set the index is asked once, whatever others have.
-- Definer: nobody who is served reads what leads are found by.
create or replace function ringfence.search_leads(searched text, client uuid, list uuid) returns uuid[]
language plpgsql stable security definer parallel safe set search_path = pg_catalog, pg_temp set enable_seqscan = off as $$
declare
  most constant integer := 2000;
  identity text := fence.identity();
  account uuid := substr(identity, 7, 36)::uuid;
  hidden uuid[] := fence.hidden_lists(identity);
  blind uuid[];
  clients uuid[];
  wanted text := fence.search_words(searched);
  wanted_pieces text[] := fence.wanted_pieces(wanted);
  -- Once each, as they stand in what is found.
  wanted_words text[] := array(
    select distinct case when length(word) < 3 then ' ' || word else word end from string_to_table(wanted, ' ') word);
begin
  if position(',ACCESS_CRM,' in substr(identity, 115)) = 0 or wanted = '' then
    return '{}';
  elsif list is not null then
    clients := array(
      select p.client_id from fence.list_places p
      where p.account_id = account and p.list_id = list and fence.reads_leads_of(identity, p.client_id, p.list_id));
  elsif substr(identity, 6, 1) in ('O', 'A', 'L', 'T') then
    blind := fence.blind_clients(identity);
    clients := array(select c.id from ringfence.clients c where c.account_id = account and c.id <> all (blind));
  else
    clients := fence.lead_clients(identity);
  end if;
  return array(
    select s.lead_id
    from (select c as id from unnest(clients) c where client is null or c = client) of_client
    cross join lateral (
      -- By the pieces alone: they say whose they are.
      select s.* from fence.lead_search s
      where s.pieces @> array(select fence.piece_of(of_client.id, piece) from unnest(wanted_pieces) piece) offset 0) s
    where s.account_id = account and s.client_id = of_client.id and s.list_id <> all (hidden) and (list is null or s.list_id = list)
      and not exists (select from unnest(wanted_words) word where position(word in s.words) = 0)
    order by s.lead_id desc limit most);
end $$;

grant execute on function fence.index_added_leads, fence.index_changed_leads, fence.index_leads_of_changed to ringfence_owner;
grant execute on function ringfence.search_leads
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
