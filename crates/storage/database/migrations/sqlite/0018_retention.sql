-- What retention has removed, by kind of record. Records of earlier times than before_ms are gone
-- for good: they are neither read nor written nor asked for again, and what was derived from them
-- stays as it was. It is written in the transaction that begins to remove them, and never moves back.
CREATE TABLE record_removal (
    kind INTEGER NOT NULL PRIMARY KEY,
    before_ms INTEGER NOT NULL,
    removed_records INTEGER NOT NULL,
    removed_bytes INTEGER NOT NULL,
    -- records that came afterwards for the time that is gone: only their packets are kept
    late_records INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL
) STRICT;
