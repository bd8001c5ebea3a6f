-- The values of `secret_env`, encrypted; the format is that of the vault. Those that were stored in the clear are sealed next.
ALTER TABLE secrets RENAME TO clear_secrets;
CREATE TABLE secrets (id TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
-- Exists as long as the file and its log may still hold traces of what was stored in the clear.
CREATE TABLE traces (found INTEGER) STRICT;
