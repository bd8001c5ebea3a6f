-- Ends of processes that somebody is yet to be told of. They are entered in the transaction that records the end, as the process was then:
-- the history need not have it any more. `number`: never used twice. `entered_at`: in microseconds since 1970.
CREATE TABLE outbox (number INTEGER PRIMARY KEY AUTOINCREMENT, entered_at INTEGER NOT NULL, process TEXT NOT NULL) STRICT;
-- Which ends are entered, `nothing`, `ends` or `failures`: who only stops processes goes by what was set before.
CREATE TABLE outbox_of (tell_of TEXT NOT NULL) STRICT;
INSERT INTO outbox_of VALUES ('nothing');
