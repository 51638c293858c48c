-- The project pool of the plan. Money is whole fen (1/100 yuan), so that it sorts and sums exactly;
-- dates are civil days of Beijing as YYYY-MM-DD.
CREATE TABLE project (
    id UUID NOT NULL PRIMARY KEY,
    -- the bureau's number; unique
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    -- a row of the plan's investment table
    kind TEXT NOT NULL,
    region_code TEXT NOT NULL,
    -- who builds it
    owner TEXT NOT NULL,
    -- planned investment; NULL when nobody has said it yet
    planned_fen BIGINT,
    first_year BIGINT,
    last_year BIGINT,
    site_id BIGINT REFERENCES site (id),
    longitude DOUBLE PRECISION,
    latitude DOUBLE PRECISION,
    -- entries of the plan: the project that it names, the task and the indicator it serves
    named TEXT,
    task TEXT,
    indicator TEXT,
    note TEXT NOT NULL,
    is_simulated BOOLEAN NOT NULL,
    -- reserve, approved, under_construction, built, accepted, removed
    state TEXT NOT NULL,
    revision BIGINT NOT NULL
);
CREATE INDEX project_kind ON project (kind, state);
CREATE UNIQUE INDEX project_named ON project (named) WHERE named IS NOT NULL;

CREATE TABLE project_milestone (
    project_id UUID NOT NULL REFERENCES project (id),
    number BIGINT NOT NULL,
    name TEXT NOT NULL,
    planned_on TEXT NOT NULL,
    actual_on TEXT,
    PRIMARY KEY (project_id, number)
);

CREATE TABLE project_fund (
    project_id UUID NOT NULL REFERENCES project (id),
    -- central, provincial, city, county, enterprise, loan, private
    source TEXT NOT NULL,
    year BIGINT NOT NULL,
    planned_fen BIGINT NOT NULL,
    arrived_fen BIGINT NOT NULL,
    paid_fen BIGINT NOT NULL,
    PRIMARY KEY (project_id, source, year)
);

-- Every step of the life cycle with what it rests on; never changed.
CREATE TABLE project_step (
    project_id UUID NOT NULL REFERENCES project (id),
    number BIGINT NOT NULL,
    from_state TEXT NOT NULL,
    to_state TEXT NOT NULL,
    -- when it happened, as its document says
    happened_on TEXT NOT NULL,
    document TEXT NOT NULL,
    note TEXT NOT NULL,
    author TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (project_id, number)
);
