-- Records of one point, kind and span of days by columns, compressed, exact. The table was never
-- written before. `day` is the first day of the span; `revision` grows with each change, so that two
-- processes that compact do not undo each other's work.
DROP TABLE record_block;
CREATE TABLE record_block (
    point_id BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    day BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    row_count BIGINT NOT NULL,
    value_count BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (point_id, kind, day)
);
CREATE INDEX record_block_day ON record_block (kind, day, point_id);

-- the contents are compressed already
ALTER TABLE record_block ALTER COLUMN content SET STORAGE EXTERNAL;
