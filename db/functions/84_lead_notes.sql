-- Notes on leads: whoever sees a lead may add one; who wrote one may change and delete it, and so may administrators.

-- A note whose lead the caller sees and may write about, locked. RF001; RF003; RF004, also NOTE_OF_ANOTHER; RF006 (id).
create or replace function fence.lock_lead_note(identity text, note uuid, expected_version integer) returns ringfence.lead_notes
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  account uuid := substr(identity, 7, 36)::uuid;
  present ringfence.lead_notes;
  lead ringfence.leads;
begin
  select n.* into present from ringfence.lead_notes n where n.account_id = account and n.id = note;
  lead := fence.visible_lead(identity, present.lead_id);
  perform fence.lock_list(identity, lead.list_id, 'id');
  select n.* into present from ringfence.lead_notes n where n.account_id = account and n.id = note for update;
  -- Again, now that nobody merges it: the note may be of another lead, on another list. With the rights of this moment.
  lead := fence.visible_lead(fence.present_authority(identity), present.lead_id);
  perform fence.lock_list(identity, lead.list_id, 'id');
  perform fence.require_unarchived(lead);
  if present.author_id <> fence.acting_principal(identity) and substr(identity, 6, 1) not in ('O', 'A') then
    raise exception 'NOTE_OF_ANOTHER' using errcode = 'RF004';
  elsif present.version <> expected_version then
    raise exception 'VERSION' using errcode = 'RF004';
  end if;
  return present;
end $$;

create or replace function fence.audit_lead_note(note ringfence.lead_notes, action text) returns void
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
begin
  perform fence.write_audit(note.account_id, action, 'LEAD', note.lead_id, note.client_id, jsonb_build_object('note', note.id));
end $$;

-- Adds a note to a lead that the caller may write of.
create or replace function fence.write_lead_note(identity text, lead ringfence.leads, text text) returns ringfence.lead_notes
language plpgsql volatile set search_path = pg_catalog, pg_temp as $$
declare
  added ringfence.lead_notes;
begin
  insert into ringfence.lead_notes (account_id, client_id, list_id, lead_id, text, author_id, author_name)
  values (lead.account_id, lead.client_id, lead.list_id, lead.id, text, fence.acting_principal(identity), fence.saving_member(identity))
  returning * into added;
  perform fence.audit_lead_note(added, 'LEAD_NOTE_ADDED');
  return added;
end $$;

-- Adds a note, and answers its id. Definer, as the others here: who wrote it is taken from the seal. RF001; RF003; RF004; RF006 (id).
create or replace function ringfence.add_lead_note(lead uuid, text text) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  identity text := fence.identity();
  present ringfence.leads := fence.visible_lead(identity, lead);
begin
  perform fence.lock_list(identity, present.list_id, 'id');
  -- Again, now that nobody archives or merges it, and with the rights of this moment.
  present := fence.visible_lead(fence.present_authority(identity), lead);
  perform fence.require_unarchived(present);
  return (fence.write_lead_note(identity, present, text)).id;
end $$;

-- Changes the text of a note, and answers its lead. Definer: a policy cannot refuse with a reason. RF001; RF003; RF004; RF006.
create or replace function ringfence.update_lead_note(note uuid, text text, expected_version integer) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.lead_notes := fence.lock_lead_note(fence.identity(), note, expected_version);
begin
  update ringfence.lead_notes n set text = update_lead_note.text where n.account_id = present.account_id and n.id = note;
  perform fence.audit_lead_note(present, 'LEAD_NOTE_UPDATED');
  return present.lead_id;
end $$;

-- Deletes a note, and answers its lead. Definer: no serving role deletes. RF001; RF003; RF004; RF006.
create or replace function ringfence.delete_lead_note(note uuid, expected_version integer) returns uuid
language plpgsql volatile security definer set search_path = pg_catalog, pg_temp as $$
declare
  present ringfence.lead_notes := fence.lock_lead_note(fence.identity(), note, expected_version);
begin
  delete from ringfence.lead_notes n where n.account_id = present.account_id and n.id = note;
  perform fence.audit_lead_note(present, 'LEAD_NOTE_DELETED');
  return present.lead_id;
end $$;

grant execute on function ringfence.add_lead_note, ringfence.update_lead_note, ringfence.delete_lead_note
  to ringfence_admin, ringfence_member_all, ringfence_member, ringfence_partner_all, ringfence_partner;
