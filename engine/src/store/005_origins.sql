-- The template that a process was started from, and the values that were given: encrypted, since there may be secrets among them.
ALTER TABLE processes ADD COLUMN template TEXT;
CREATE INDEX processes_by_template ON processes (template, id) WHERE template IS NOT NULL;
CREATE TABLE origins (id TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT, WITHOUT ROWID;
