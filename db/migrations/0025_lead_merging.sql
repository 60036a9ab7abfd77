-- Leads are merged: what was written about one, and what changed about it, is then of another one, and says of whom it was.

alter table ringfence.lead_changes
  -- The name of the lead that it is of, which was merged into this one; null: of this one.
  add column merged_from text,
  alter column merged_from set statistics 0,
  drop constraint lead_changes_subject_check,
  add constraint lead_changes_subject_check check (
    subject in ('CREATED', 'NAME', 'COMPANY', 'EMAILS', 'PHONES', 'STATE', 'CALL_BACK_AT', 'TIME_ZONE', 'VALUE', 'DISPOSITION', 'MERGED')
    and (subject = 'VALUE') = (field_name is not null));
