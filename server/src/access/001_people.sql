-- Who may use the deck. Ids are UUID v7, times are microseconds since 1970.
CREATE TABLE people (
  id         TEXT PRIMARY KEY,
  -- Normalized; never changed, since the history and the audit name people by it.
  name       TEXT NOT NULL UNIQUE,
  role       TEXT NOT NULL,
  disabled   INTEGER NOT NULL DEFAULT 0,
  -- A JSON object; a key that a version does not know makes it grant nothing.
  grants     TEXT NOT NULL DEFAULT '{}',
  -- A PHC string (argon2id).
  password   TEXT,
  -- Who vouches for the person: 'local', 'proxy' or 'oidc'.
  source     TEXT NOT NULL DEFAULT 'local',
  created_at INTEGER NOT NULL,
  last_seen  INTEGER
) STRICT, WITHOUT ROWID;

-- What browsers and programs prove who they are with is stored as its SHA-256 only.
CREATE TABLE sessions (
  id         TEXT PRIMARY KEY,
  secret     BLOB NOT NULL UNIQUE,
  person     TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  last_seen  INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  address    TEXT,
  agent      TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_person ON sessions (person);

CREATE TABLE tokens (
  id         TEXT PRIMARY KEY,
  secret     BLOB NOT NULL UNIQUE,
  person     TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  -- The token it was created with, if any; it does not outlive that one.
  parent     TEXT REFERENCES tokens (id) ON DELETE CASCADE,
  label      TEXT NOT NULL,
  -- A JSON array; NULL is whatever the owner may.
  rights     TEXT,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used  INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX tokens_by_person ON tokens (person);
CREATE INDEX tokens_by_parent ON tokens (parent);

-- Browsers that somebody has signed in with: guesses from elsewhere do not slow them down.
CREATE TABLE devices (
  secret    BLOB PRIMARY KEY,
  person    TEXT NOT NULL REFERENCES people (id) ON DELETE CASCADE,
  last_used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX devices_by_person ON devices (person);

-- The code that creates the first administrator; at most one row.
CREATE TABLE setup (
  only_row   INTEGER PRIMARY KEY CHECK (only_row = 1),
  code       BLOB NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT;

-- Grows with each change that may take a right away, whichever program makes it: servers forget then what they remember.
CREATE TABLE access_version (only_row INTEGER PRIMARY KEY CHECK (only_row = 1), number INTEGER NOT NULL) STRICT;
INSERT INTO access_version VALUES (1, 0);
CREATE TRIGGER person_changed AFTER UPDATE OF name, role, disabled, grants, password, source ON people BEGIN
  UPDATE access_version SET number = number + 1;
END;
CREATE TRIGGER person_removed AFTER DELETE ON people BEGIN
  UPDATE access_version SET number = number + 1;
END;
CREATE TRIGGER session_changed AFTER UPDATE OF secret, person, expires_at ON sessions BEGIN
  UPDATE access_version SET number = number + 1;
END;
CREATE TRIGGER session_ended AFTER DELETE ON sessions BEGIN
  UPDATE access_version SET number = number + 1;
END;
CREATE TRIGGER token_changed AFTER UPDATE OF secret, person, rights, expires_at ON tokens BEGIN
  UPDATE access_version SET number = number + 1;
END;
CREATE TRIGGER token_revoked AFTER DELETE ON tokens BEGIN
  UPDATE access_version SET number = number + 1;
END;
