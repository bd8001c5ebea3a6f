-- Passkeys: what people sign in with instead of a password, or after it.
CREATE TABLE passkeys (
  id         TEXT PRIMARY KEY,
  person     TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  -- The host name that it is for (RP ID); a browser offers it nowhere else.
  site       TEXT NOT NULL,
  -- What its authenticator knows it by.
  credential BLOB NOT NULL UNIQUE,
  -- The public key and the number of signatures so far, as JSON of webauthn-rs.
  key        TEXT NOT NULL,
  label      TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX passkeys_by_person ON passkeys (person);

-- Whether the password alone is not enough.
ALTER TABLE people ADD COLUMN asks_for_passkey INTEGER NOT NULL DEFAULT 0;
CREATE TRIGGER asks_for_passkey_changed AFTER UPDATE OF asks_for_passkey ON people BEGIN
  UPDATE access_version SET number = number + 1;
END;
