-- Leads are searched within a client as well, so that what is found of one does not depend on how many newer leads others have.

drop function if exists ringfence.search_leads(text, uuid);
