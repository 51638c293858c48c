-- Senders whose packets are counted and no longer kept: the bureau knows them and does not want them.
CREATE TABLE quarantine_ignored (
    mn TEXT NOT NULL PRIMARY KEY,
    note TEXT NOT NULL,
    ignored_by TEXT NOT NULL,
    ignored_ms INTEGER NOT NULL
) STRICT;
