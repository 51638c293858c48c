-- A mark that the enterprise takes back before it is reviewed; the mark itself stays.
CREATE TABLE record_mark_withdrawal (
    mark_id BIGINT NOT NULL PRIMARY KEY REFERENCES record_mark (id),
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);

-- The course of a mark through the bureau; what was said and decided stands in record_mark and
-- record_review.
CREATE TABLE marking (
    id UUID NOT NULL PRIMARY KEY,
    mark_id BIGINT NOT NULL UNIQUE REFERENCES record_mark (id),
    -- submitted, withdrawn, accepted, rejected, invalid, replaced, restored
    state TEXT NOT NULL,
    -- until when the marking had to be made and the review has to be; NULL when no calendar tells
    mark_due_ms BIGINT,
    review_due_ms BIGINT,
    is_late BOOLEAN NOT NULL,
    review_id BIGINT REFERENCES record_review (id),
    -- how a substitute was computed, as JSON
    calculation_json TEXT,
    revision BIGINT NOT NULL
);
CREATE INDEX marking_queue ON marking (state, review_due_ms);

-- Evidence of a marking: photographs and documents, as they were handed in.
CREATE TABLE marking_file (
    id UUID NOT NULL PRIMARY KEY,
    marking_id UUID NOT NULL REFERENCES marking (id),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    -- SM3, hexadecimal
    digest TEXT NOT NULL,
    content BYTEA NOT NULL,
    author TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX marking_file_once ON marking_file (marking_id, digest);
