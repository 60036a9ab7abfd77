-- A seal is made and verified in the statement that reads its key, which is faster than a function that reads it, so the
-- function takes the pads (db/functions/10_identity.sql).

drop function if exists fence.seal(text, text);
