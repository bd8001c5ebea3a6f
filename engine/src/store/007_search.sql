-- Which three characters occur in which search text, so that a search need not read a long history. What is found is compared with the
-- text itself. `number`: a row's number in the index, in the order in which processes were entered.
CREATE TABLE search_rows (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE) STRICT;
CREATE VIRTUAL TABLE search USING fts5(
  search_text, content = '', contentless_delete = 1, detail = none, tokenize = 'trigram case_sensitive 1'
);
-- What is yet to be entered and to be taken out: a change of the index may need much room now and then, which neither a start nor a
-- removal must wait for.
CREATE TABLE search_new (number INTEGER PRIMARY KEY) STRICT;
CREATE TABLE search_gone (number INTEGER PRIMARY KEY) STRICT;
INSERT INTO search_rows (id) SELECT id FROM processes ORDER BY id;
INSERT INTO search_new SELECT number FROM search_rows;
CREATE TRIGGER search_row_new AFTER INSERT ON processes BEGIN
  INSERT INTO search_rows (id) VALUES (new.id);
  INSERT INTO search_new SELECT number FROM search_rows WHERE id = new.id;
END;
CREATE TRIGGER search_row_gone AFTER DELETE ON processes BEGIN
  INSERT INTO search_gone SELECT number FROM search_rows WHERE id = old.id;
  DELETE FROM search_rows WHERE id = old.id;
END;
