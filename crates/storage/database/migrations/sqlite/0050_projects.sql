-- The project pool of the plan. Money is whole fen (1/100 yuan), so that it sorts and sums exactly;
-- dates are civil days of Beijing as YYYY-MM-DD.
CREATE TABLE project (
    id BLOB NOT NULL PRIMARY KEY,
    -- the bureau's number; unique
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- a row of the plan's investment table
    kind TEXT NOT NULL,
    region_code TEXT NOT NULL,
    -- who builds it
    owner TEXT NOT NULL,
    -- planned investment; NULL when nobody has said it yet
    planned_fen INTEGER,
    first_year INTEGER,
    last_year INTEGER,
    site_id INTEGER REFERENCES site (id),
    longitude REAL,
    latitude REAL,
    -- entries of the plan: the project that it names, the task and the indicator it serves
    named TEXT,
    task TEXT,
    indicator TEXT,
    note TEXT NOT NULL,
    is_simulated INTEGER NOT NULL,
    -- reserve, approved, under_construction, built, accepted, removed
    state TEXT NOT NULL,
    revision INTEGER NOT NULL
) STRICT;
CREATE INDEX project_kind ON project (kind, state);
CREATE UNIQUE INDEX project_named ON project (named) WHERE named IS NOT NULL;

CREATE TABLE project_milestone (
    project_id BLOB NOT NULL REFERENCES project (id),
    number INTEGER NOT NULL,
    name TEXT NOT NULL,
    planned_on TEXT NOT NULL,
    actual_on TEXT,
    PRIMARY KEY (project_id, number)
) STRICT;

CREATE TABLE project_fund (
    project_id BLOB NOT NULL REFERENCES project (id),
    -- central, provincial, city, county, enterprise, loan, private
    source TEXT NOT NULL,
    year INTEGER NOT NULL,
    planned_fen INTEGER NOT NULL,
    arrived_fen INTEGER NOT NULL,
    paid_fen INTEGER NOT NULL,
    PRIMARY KEY (project_id, source, year)
) STRICT;

-- Every step of the life cycle with what it rests on; never changed.
CREATE TABLE project_step (
    project_id BLOB NOT NULL REFERENCES project (id),
    number INTEGER NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    -- when it happened, as its document says
    happened_on TEXT NOT NULL,
    document TEXT NOT NULL,
    note TEXT NOT NULL,
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    PRIMARY KEY (project_id, number)
) STRICT;
