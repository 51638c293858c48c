-- The rates of one point and Beijing day: what counted and what was due, both as computed, for
-- planned stops and the life of devices change what is due. The table was never written before.
DROP TABLE rate_day;
CREATE TABLE rate_day (
    day BIGINT NOT NULL,
    point_id BIGINT NOT NULL,
    due_hours BIGINT NOT NULL,
    exempt_hours BIGINT NOT NULL,
    networked_hours BIGINT NOT NULL,
    running_hours BIGINT NOT NULL,
    due_values BIGINT NOT NULL,
    exempt_values BIGINT NOT NULL,
    received_values BIGINT NOT NULL,
    valid_values BIGINT NOT NULL,
    PRIMARY KEY (day, point_id)
);

-- Days of points whose rates must be computed again.
CREATE TABLE rate_dirty (
    day BIGINT NOT NULL,
    point_id BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    PRIMARY KEY (day, point_id)
);
