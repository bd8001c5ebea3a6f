-- The name of a process, so that the latest processes of the same name are found without reading a long history. It never changes. Those
-- that ended long ago stay without: to rewrite all of a long history would take a start minutes.
ALTER TABLE processes ADD COLUMN name TEXT;
UPDATE processes SET name = process ->> '$.name'
WHERE id IN (SELECT id FROM processes ORDER BY id DESC LIMIT 10000) AND json_valid(process);
CREATE INDEX processes_by_name ON processes (name, id) WHERE name IS NOT NULL;
