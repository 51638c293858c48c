-- Years of points whose verdicts are not what they were, for whoever follows them and has not taken
-- them in. Written in the transaction of the verdicts, taken out in that of what follows from it.
CREATE TABLE verdict_year_change (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    point_id INTEGER NOT NULL,
    year INTEGER NOT NULL
) STRICT;

-- Measures of the plan that are to be computed again.
CREATE TABLE plan_dirty (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    measure TEXT NOT NULL,
    region_code TEXT NOT NULL,
    year INTEGER NOT NULL
) STRICT;

-- Measures of the plan that the platform computes itself, with what they rest on.
CREATE TABLE plan_measure (
    measure TEXT NOT NULL,
    region_code TEXT NOT NULL,
    year INTEGER NOT NULL,
    -- the value; null while there is nothing to compute it from
    mantissa INTEGER,
    scale INTEGER,
    -- how much of the year it rests on: days, or sections
    covered INTEGER NOT NULL,
    coverable INTEGER NOT NULL,
    -- whether the standard takes it for the year's
    is_sufficient INTEGER NOT NULL,
    -- 'platform', 'official', 'third_party', 'simulated'; empty without data
    origin TEXT NOT NULL,
    -- standards, editions and method, as JSON
    basis TEXT NOT NULL,
    -- the points that took part with the number of their periods, as JSON
    points TEXT NOT NULL,
    -- tells inputs apart
    inputs_digest INTEGER NOT NULL,
    computed_ms INTEGER NOT NULL,
    PRIMARY KEY (measure, region_code, year)
) STRICT, WITHOUT ROWID;

-- What each measure was defined as when it was computed, so that a change of it is noticed.
CREATE TABLE plan_measure_mark (
    measure TEXT NOT NULL PRIMARY KEY,
    facts TEXT NOT NULL
) STRICT, WITHOUT ROWID;
