-- A mark that the enterprise takes back before it is reviewed; the mark itself stays.
CREATE TABLE record_mark_withdrawal (
    mark_id INTEGER NOT NULL PRIMARY KEY REFERENCES record_mark (id),
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;

-- The course of a mark through the bureau; what was said and decided stands in record_mark and
-- record_review.
CREATE TABLE marking (
    id BLOB NOT NULL PRIMARY KEY,
    mark_id INTEGER NOT NULL UNIQUE REFERENCES record_mark (id),
    -- submitted, withdrawn, accepted, rejected, invalid, replaced, restored
    state TEXT NOT NULL,
    -- until when the marking had to be made and the review has to be; NULL when no calendar tells
    mark_due_ms INTEGER,
    review_due_ms INTEGER,
    is_late INTEGER NOT NULL,
    review_id INTEGER REFERENCES record_review (id),
    -- how a substitute was computed, as JSON
    calculation_json TEXT,
    revision INTEGER NOT NULL
) STRICT;
CREATE INDEX marking_queue ON marking (state, review_due_ms);

-- Evidence of a marking: photographs and documents, as they were handed in.
CREATE TABLE marking_file (
    id BLOB NOT NULL PRIMARY KEY,
    marking_id BLOB NOT NULL REFERENCES marking (id),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    -- SM3, hexadecimal
    digest TEXT NOT NULL,
    content BLOB NOT NULL,
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX marking_file_once ON marking_file (marking_id, digest);
