-- Who somebody is at an OpenID provider: its subject never changes, whereas its names may, and may be given to others.
CREATE TABLE provider_accounts (
  issuer  TEXT NOT NULL,
  subject TEXT NOT NULL,
  person  TEXT NOT NULL UNIQUE REFERENCES people (id) ON DELETE CASCADE,
  PRIMARY KEY (issuer, subject)
) STRICT, WITHOUT ROWID;
