-- What retention has removed, by kind of record. Records of earlier times than before_ms are gone
-- for good: they are neither read nor written nor asked for again, and what was derived from them
-- stays as it was. It is written in the transaction that begins to remove them, and never moves back.
CREATE TABLE record_removal (
    kind BIGINT NOT NULL PRIMARY KEY,
    before_ms BIGINT NOT NULL,
    removed_records BIGINT NOT NULL,
    removed_bytes BIGINT NOT NULL,
    -- records that came afterwards for the time that is gone: only their packets are kept
    late_records BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL
);
