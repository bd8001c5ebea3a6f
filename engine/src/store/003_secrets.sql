-- The values of `secret_env`, as a JSON object: for running a process again.
CREATE TABLE secrets (id TEXT PRIMARY KEY, secret_env TEXT NOT NULL) STRICT, WITHOUT ROWID;
