-- Values of a plan's measures as units report them: reported, checked, accepted or returned. A
-- correction is a new row; the accepted row it takes the place of stays as superseded.
CREATE TABLE plan_value (
    id BLOB NOT NULL PRIMARY KEY,
    measure TEXT NOT NULL,
    region_code TEXT NOT NULL,
    year INTEGER NOT NULL,
    mantissa INTEGER NOT NULL,
    scale INTEGER NOT NULL,
    -- what the figure rests on: a document, a ledger, a letter
    evidence TEXT NOT NULL,
    is_simulated INTEGER NOT NULL,
    -- reported, checked, accepted, returned, superseded
    state TEXT NOT NULL,
    reported_by TEXT NOT NULL,
    reported_at_ms INTEGER NOT NULL,
    checked_by TEXT,
    checked_at_ms INTEGER,
    -- who accepted or returned it, and when
    decided_by TEXT,
    decided_at_ms INTEGER,
    note TEXT,
    revision INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX plan_value_accepted ON plan_value (measure, region_code, year)
    WHERE state = 'accepted';
CREATE INDEX plan_value_year ON plan_value (year, measure, region_code);
