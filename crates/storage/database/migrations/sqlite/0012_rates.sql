-- The rates of one point and Beijing day: what counted and what was due, both as computed, for
-- planned stops and the life of devices change what is due. The table was never written before.
DROP TABLE rate_day;
CREATE TABLE rate_day (
    day INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    due_hours INTEGER NOT NULL,
    exempt_hours INTEGER NOT NULL,
    networked_hours INTEGER NOT NULL,
    running_hours INTEGER NOT NULL,
    due_values INTEGER NOT NULL,
    exempt_values INTEGER NOT NULL,
    received_values INTEGER NOT NULL,
    valid_values INTEGER NOT NULL,
    PRIMARY KEY (day, point_id)
) STRICT, WITHOUT ROWID;

-- Days of points whose rates must be computed again.
CREATE TABLE rate_dirty (
    day INTEGER NOT NULL,
    point_id INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    PRIMARY KEY (day, point_id)
) STRICT, WITHOUT ROWID;
