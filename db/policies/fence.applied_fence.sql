-- Which functions and policies are in force. No account data; read through ringfence.schema_state.

alter table fence.applied_fence enable row level security;
alter table fence.applied_fence force row level security;

-- Migrations act as the owner, whom FORCE binds too.
create policy owner on fence.applied_fence to ringfence_owner using (true) with check (true);

-- The definer tells the server whether the database is as its files say.
grant select on fence.applied_fence to ringfence_definer;
create policy definer on fence.applied_fence for select to ringfence_definer using (true);
