-- For the filter by what an entry is about, which is an id or a name.
CREATE INDEX audit_by_target_name ON audit (target_name, seq) WHERE target_name IS NOT NULL;
