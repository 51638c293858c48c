-- Records, their layers of truth, what is derived from them, and how far interpretation has come.

-- The last journal batch that a reader of the journal has taken in.
CREATE TABLE journal_checkpoint (
    reader TEXT NOT NULL PRIMARY KEY,
    batch_id INTEGER NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

-- Newly received records, one row for each packet and point, in the order of time: writing them is
-- an append. Compaction moves them into record_block. time_ms is the START of the period.
CREATE TABLE record (
    kind INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    -- re-send mark and QN: of several versions of a value the greatest wins, then the digest
    version INTEGER NOT NULL,
    digest INTEGER NOT NULL,
    packet_id INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (kind, time_ms, point_id, version, digest)
) STRICT, WITHOUT ROWID;

-- Records of one point, kind and Beijing day by columns, compressed, exact.
CREATE TABLE record_block (
    point_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    day INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    value_count INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (point_id, kind, day)
) STRICT, WITHOUT ROWID;

-- What the enterprise says of its own values; facts are added, never changed.
CREATE TABLE record_mark (
    id INTEGER NOT NULL PRIMARY KEY,
    point_id INTEGER NOT NULL REFERENCES monitoring_point (id),
    -- 0 for all kinds
    kind INTEGER NOT NULL,
    -- '' for all factors
    factor_code TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    mark TEXT NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX record_mark_point ON record_mark (point_id, from_ms);

-- What the bureau decided.
CREATE TABLE record_review (
    id INTEGER NOT NULL PRIMARY KEY,
    point_id INTEGER NOT NULL REFERENCES monitoring_point (id),
    kind INTEGER NOT NULL,
    factor_code TEXT NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    mark_id INTEGER REFERENCES record_mark (id),
    decision TEXT NOT NULL,
    -- the value put in place, for the decision 'replaced'
    value TEXT,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX record_review_point ON record_review (point_id, from_ms);

-- Periods whose derived figures must be computed again.
CREATE TABLE dirty_period (
    kind INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (kind, time_ms, point_id)
) STRICT, WITHOUT ROWID;

-- Our own hour and day figures: sums and counts for each factor, a cross-check of the received.
CREATE TABLE derived_period (
    point_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (point_id, kind, time_ms)
) STRICT, WITHOUT ROWID;

-- Numerators of the rates of one point and Beijing day; the denominators follow from the timetable.
CREATE TABLE rate_day (
    day INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    networked_hours INTEGER NOT NULL,
    running_hours INTEGER NOT NULL,
    received_values INTEGER NOT NULL,
    valid_values INTEGER NOT NULL,
    PRIMARY KEY (day, point_id)
) STRICT, WITHOUT ROWID;

-- The last record of each point and kind, so that a restart knows them.
CREATE TABLE last_record (
    point_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    packet_id INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    payload BLOB NOT NULL,
    PRIMARY KEY (point_id, kind)
) STRICT, WITHOUT ROWID;

-- How long records of a kind are kept; NULL keeps them for ever.
CREATE TABLE record_retention (
    kind INTEGER NOT NULL PRIMARY KEY,
    keep_days INTEGER,
    revision INTEGER NOT NULL
) STRICT;
