-- Saved commands. Ids are UUID v7.
CREATE TABLE templates (
  id       TEXT PRIMARY KEY,
  -- The name in lower case: no two differ by case only.
  name_key TEXT NOT NULL UNIQUE,
  revision INTEGER NOT NULL,
  -- JSON as the wire has it; the values of `secret_env` are masked.
  template TEXT NOT NULL,
  -- The values of `secret_env`, encrypted, if there are any; the format is that of the vault.
  sealed   BLOB
) STRICT, WITHOUT ROWID;
