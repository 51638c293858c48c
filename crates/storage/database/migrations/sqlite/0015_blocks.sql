-- Records of one point, kind and span of days by columns, compressed, exact. The table was never
-- written before. `day` is the first day of the span; `revision` grows with each change, so that two
-- processes that compact do not undo each other's work.
DROP TABLE record_block;
CREATE TABLE record_block (
    point_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    day INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    value_count INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (point_id, kind, day)
) STRICT;
CREATE INDEX record_block_day ON record_block (kind, day, point_id);
