-- A unique value is compared by a key that is in an index, which takes no more than some 2,700 bytes of it, while a text may have
-- 2,000 characters of several bytes each. So the key of a long one is its digest (fence.unique_key); those that fitted become it, too.
update ringfence.lead_values v set unique_key = 'sha256:' || encode(sha256(convert_to(v.unique_key, 'UTF8')), 'hex')
where octet_length(v.unique_key) > 1000;
