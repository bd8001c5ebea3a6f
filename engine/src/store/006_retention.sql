-- What the janitor goes by, for ended processes only. `ended_at`: in microseconds since 1970. `disk_bytes`: what the folder takes up,
-- once it was measured. `compressed`: whether the output was compressed, as far as that is worth it.
ALTER TABLE processes ADD COLUMN ended_at INTEGER;
ALTER TABLE processes ADD COLUMN disk_bytes INTEGER;
ALTER TABLE processes ADD COLUMN compressed INTEGER NOT NULL DEFAULT 0;

-- Times in the records are RFC 3339 in UTC with microseconds. A record that cannot be read is among the oldest.
UPDATE processes SET ended_at = ifnull((
  SELECT unixepoch(time) * 1000000 + CAST(substr(time, 21, 6) AS INTEGER)
  FROM (SELECT CASE WHEN json_valid(process) THEN ifnull(process ->> '$.ended_at', process ->> '$.created_at') END AS time)
), 0) WHERE outcome <> 'active';

CREATE INDEX processes_by_end ON processes (ended_at, id, disk_bytes) WHERE ended_at IS NOT NULL;
CREATE INDEX processes_to_measure ON processes (id) WHERE disk_bytes IS NULL AND ended_at IS NOT NULL;
CREATE INDEX processes_to_compress ON processes (ended_at, id) WHERE compressed = 0 AND ended_at IS NOT NULL;

-- The sum of the column, kept by triggers.
CREATE TABLE disk_use (bytes INTEGER NOT NULL) STRICT;
INSERT INTO disk_use VALUES (0);
CREATE TRIGGER disk_use_changed AFTER UPDATE OF disk_bytes ON processes WHEN old.disk_bytes IS NOT new.disk_bytes BEGIN
  UPDATE disk_use SET bytes = bytes + ifnull(new.disk_bytes, 0) - ifnull(old.disk_bytes, 0);
END;
CREATE TRIGGER disk_use_gone AFTER DELETE ON processes WHEN old.disk_bytes IS NOT NULL BEGIN
  UPDATE disk_use SET bytes = bytes - old.disk_bytes;
END;
