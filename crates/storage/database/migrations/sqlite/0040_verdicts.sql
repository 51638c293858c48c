-- Hours of which records came or were reviewed, for whoever follows the data and has not taken them in.
-- Written in the transaction of what changed them, taken out in that of what follows from it.
CREATE TABLE hour_change (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    point_id INTEGER NOT NULL,
    from_ms INTEGER NOT NULL,
    to_ms INTEGER NOT NULL,
    -- 'packet' or 'review'
    cause TEXT NOT NULL,
    cause_id INTEGER NOT NULL
) STRICT;

-- What verdicts rest on: standard, edition, clause, method, parameters, as JSON; each text once.
CREATE TABLE verdict_basis (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    content TEXT NOT NULL UNIQUE
) STRICT;

-- What the values of a period of a point mean. time_ms is the START of the period.
CREATE TABLE verdict (
    point_id INTEGER NOT NULL,
    -- 1 hour, 2 day, 3 month, 4 year
    kind INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    state TEXT NOT NULL,
    -- the index, where there is one
    figure INTEGER,
    -- level of the index or class of the water, 1 the best
    grade INTEGER,
    is_attained INTEGER,
    -- primary or main pollutants, or what is over its limit, separated by commas
    deciding TEXT NOT NULL,
    -- key=value/mark of each item, separated by semicolons
    items TEXT NOT NULL,
    basis_id INTEGER NOT NULL REFERENCES verdict_basis (id),
    -- tells inputs apart
    inputs_digest INTEGER NOT NULL,
    computed_ms INTEGER NOT NULL,
    PRIMARY KEY (point_id, kind, time_ms)
) STRICT, WITHOUT ROWID;

-- Verdicts that were given and are no longer the same; rows are added, never changed.
CREATE TABLE verdict_change (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    point_id INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    time_ms INTEGER NOT NULL,
    old_state TEXT NOT NULL,
    old_figure INTEGER,
    old_grade INTEGER,
    old_is_attained INTEGER,
    old_deciding TEXT NOT NULL,
    new_state TEXT NOT NULL,
    new_figure INTEGER,
    new_grade INTEGER,
    new_is_attained INTEGER,
    new_deciding TEXT NOT NULL,
    -- 'packet', 'review', 'setting' or 'recompute'
    cause TEXT NOT NULL,
    cause_id INTEGER,
    at_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX verdict_change_point ON verdict_change (point_id, id);

-- What of a point its verdicts were computed by, so that a change of it is noticed over restarts.
CREATE TABLE verdict_mark (
    point_id INTEGER NOT NULL PRIMARY KEY,
    facts TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- What a point is judged against.
CREATE TABLE verdict_setting (
    point_id INTEGER NOT NULL PRIMARY KEY,
    -- 1 or 2: the class of the area of an air station (GB 3095, 4.1)
    area_class INTEGER NOT NULL,
    -- 'river' or 'lake'
    water_body TEXT NOT NULL,
    -- 1 to 5: the class that a section has to keep
    target_class INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
