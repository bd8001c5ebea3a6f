-- One row per process. Ids are UUID v7: their order is that of creation.
CREATE TABLE processes (
  id         TEXT PRIMARY KEY,
  state      TEXT NOT NULL,
  -- 'active', 'unsuccessful' or 'fine': the groups that people filter by.
  outcome    TEXT NOT NULL,
  -- Name and command line in lower case, to search in.
  words      TEXT NOT NULL,
  started_by TEXT NOT NULL,
  -- JSON objects: the labels, and the process as the wire has it.
  labels     TEXT NOT NULL,
  process    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX processes_by_state ON processes (state, id);
CREATE INDEX processes_by_outcome ON processes (outcome, id);

-- Kept by triggers, so that a page need not count a long history.
CREATE TABLE counts (outcome TEXT PRIMARY KEY, number INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counts VALUES ('active', 0), ('unsuccessful', 0), ('fine', 0);
CREATE TRIGGER count_new AFTER INSERT ON processes BEGIN
  UPDATE counts SET number = number + 1 WHERE outcome = new.outcome;
END;
CREATE TRIGGER count_gone AFTER DELETE ON processes BEGIN
  UPDATE counts SET number = number - 1 WHERE outcome = old.outcome;
END;
CREATE TRIGGER count_changed AFTER UPDATE OF outcome ON processes WHEN old.outcome <> new.outcome BEGIN
  UPDATE counts SET number = number - 1 WHERE outcome = old.outcome;
  UPDATE counts SET number = number + 1 WHERE outcome = new.outcome;
END;
