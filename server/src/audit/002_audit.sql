-- Who did what. Entries are added at the end and never changed; times are microseconds since 1970.
CREATE TABLE audit (
  seq         INTEGER PRIMARY KEY,
  time        INTEGER NOT NULL,
  person      TEXT,
  via         TEXT NOT NULL,
  token       TEXT,
  address     TEXT,
  action      TEXT NOT NULL,
  target      TEXT,
  target_name TEXT,
  template    TEXT,
  -- A JSON object.
  details     TEXT,
  reason      TEXT,
  outcome     TEXT NOT NULL,
  error       TEXT,
  count       INTEGER,
  -- The entry that this one is about.
  of          INTEGER,
  -- SHA-256 over the hash of the entry before and all columns of this one (`audit/hash.rs`).
  hash        BLOB NOT NULL
) STRICT;
CREATE INDEX audit_by_time ON audit (time);
CREATE INDEX audit_by_person ON audit (person, seq) WHERE person IS NOT NULL;
CREATE INDEX audit_by_target ON audit (target, seq) WHERE target IS NOT NULL;

-- The last entry, and the last one of the reserve that is among the entries.
CREATE TABLE audit_head (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  seq      INTEGER NOT NULL,
  hash     BLOB NOT NULL,
  reserve  TEXT
) STRICT;
INSERT INTO audit_head VALUES (1, 0, zeroblob(32), NULL);

-- Up to which entry, with which hash, old entries were removed; an entry of each cut says so, too.
CREATE TABLE audit_cuts (
  seq     INTEGER PRIMARY KEY,
  hash    BLOB NOT NULL,
  time    INTEGER NOT NULL,
  entries INTEGER NOT NULL
) STRICT;

CREATE TRIGGER audit_in_order BEFORE INSERT ON audit WHEN NEW.seq IS NOT (SELECT seq + 1 FROM audit_head) BEGIN
  SELECT RAISE(ABORT, 'an entry of the audit comes after the last one');
END;
CREATE TRIGGER audit_unchanged BEFORE UPDATE ON audit BEGIN
  SELECT RAISE(ABORT, 'an entry of the audit is never changed');
END;
CREATE TRIGGER audit_kept BEFORE DELETE ON audit WHEN OLD.seq > ifnull((SELECT max(seq) FROM audit_cuts), 0) BEGIN
  SELECT RAISE(ABORT, 'only entries before a cut are removed from the audit');
END;
CREATE TRIGGER audit_head_kept BEFORE DELETE ON audit_head BEGIN
  SELECT RAISE(ABORT, 'the audit always has a last entry');
END;
CREATE TRIGGER audit_head_forward BEFORE UPDATE ON audit_head WHEN NEW.seq < OLD.seq BEGIN
  SELECT RAISE(ABORT, 'the audit only grows');
END;
CREATE TRIGGER audit_cut_kept BEFORE DELETE ON audit_cuts BEGIN
  SELECT RAISE(ABORT, 'a cut of the audit stays on record');
END;
CREATE TRIGGER audit_cut_unchanged BEFORE UPDATE ON audit_cuts BEGIN
  SELECT RAISE(ABORT, 'a cut of the audit is never changed');
END;
