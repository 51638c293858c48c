-- Gaps in the received data and what became of asking for them. They take the place of two tables
-- that were never written.
DROP TABLE backfill_gap;
DROP TABLE backfill_progress;

-- Periods of one point and kind that are due and not there; each row lies within one window, the
-- span that one request asks for.
CREATE TABLE data_gap (
    id BLOB NOT NULL PRIMARY KEY,
    point_id INTEGER NOT NULL REFERENCES monitoring_point (id),
    -- the device that served the point then
    device_id INTEGER NOT NULL REFERENCES device (id),
    kind INTEGER NOT NULL,
    -- the start of the first period and the end of the last
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    -- periods that were missing at the most, and that are missing still
    periods INTEGER NOT NULL,
    missing INTEGER NOT NULL,
    -- open, requested, filled, given_up, excused
    state TEXT NOT NULL,
    -- why it stands so, such as not_connected or no_data
    reason TEXT NOT NULL,
    -- requests that went out for it
    attempts INTEGER NOT NULL,
    -- not asked for before this moment
    next_ms INTEGER NOT NULL,
    command_id BLOB,
    found_ms INTEGER NOT NULL,
    changed_ms INTEGER NOT NULL,
    closed_ms INTEGER,
    -- when it last became smaller although nobody had asked
    resent_ms INTEGER,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX data_gap_point ON data_gap (point_id, kind, from_ms);
CREATE INDEX data_gap_list ON data_gap (from_ms, id);
CREATE INDEX data_gap_open ON data_gap (kind, from_ms) WHERE closed_ms IS NULL;
