-- Where an imported file comes from, and in which of its rows a record stands.
ALTER TABLE record_import ADD COLUMN origin TEXT NOT NULL DEFAULT 'older_system';
-- who published and collected it, as the user is told
ALTER TABLE record_import ADD COLUMN source TEXT NOT NULL DEFAULT '';

-- Records of one point and kind that follow one another at the same step, in rows that do the same:
-- the row of a record is first_row + (time - first_ms) / step_ms * row_step.
CREATE TABLE import_span (
    point_id BIGINT NOT NULL,
    -- the kind of the records
    kind BIGINT NOT NULL,
    first_ms BIGINT NOT NULL,
    import_id BIGINT NOT NULL REFERENCES record_import (id),
    last_ms BIGINT NOT NULL,
    -- 0 for a single record
    step_ms BIGINT NOT NULL,
    first_row BIGINT NOT NULL,
    row_step BIGINT NOT NULL,
    PRIMARY KEY (point_id, kind, first_ms, import_id)
);
