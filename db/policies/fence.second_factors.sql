-- Second factors of logins. No serving role reaches them; the sign-in login does through its functions alone.

alter table fence.second_factors enable row level security;
alter table fence.second_factors force row level security;

-- Migrations and foreign keys act as the owner, whom FORCE binds too: without this a backfill changes nothing.
create policy owner on fence.second_factors to ringfence_owner using (true) with check (true);

-- The definer keeps, confirms and removes them, and notes which code was used last.
grant select, insert (account_id, login_id, secret, confirmed_at, last_step),
  update (secret, confirmed_at, last_step, created_at), delete on fence.second_factors to ringfence_definer;
create policy definer on fence.second_factors to ringfence_definer using (true) with check (true);
