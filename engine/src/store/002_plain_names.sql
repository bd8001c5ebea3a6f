-- Plain names, and a list that does not carry the whole of a large spec.
ALTER TABLE processes RENAME COLUMN words TO search_text;
-- The whole process, where `process` has its spec cut short for lists.
ALTER TABLE processes ADD COLUMN whole TEXT;
DROP TRIGGER count_changed;
UPDATE processes SET outcome = 'ok' WHERE outcome = 'fine';
UPDATE counts SET outcome = 'ok' WHERE outcome = 'fine';
CREATE TRIGGER count_changed AFTER UPDATE OF outcome ON processes WHEN old.outcome <> new.outcome BEGIN
  UPDATE counts SET number = number - 1 WHERE outcome = old.outcome;
  UPDATE counts SET number = number + 1 WHERE outcome = new.outcome;
END;
