-- Records taken of which parts may still come, as JSON: a restart between two parts forgets nothing.
ALTER TABLE alarm_watermark ADD COLUMN gatherings_json TEXT NOT NULL DEFAULT '[]';

-- What the rates of a point were computed from besides data: what of the directory concerns them,
-- and up to when the passing of time was followed.
CREATE TABLE rate_mark (
    point_id BIGINT NOT NULL PRIMARY KEY,
    due_ms BIGINT NOT NULL,
    facts_json TEXT NOT NULL
);
