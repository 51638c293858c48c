-- What becomes of the plan's tasks. The tasks themselves are the plan's files; a row here names one
-- by its identifier. Days are civil days of Beijing as YYYY-MM-DD.

-- Who has a task now, and where it lies: with the unit, or handed up the line.
CREATE TABLE task_work (
    task TEXT NOT NULL PRIMARY KEY,
    -- named by the bureau where the plan names nobody; NULL for the plan's own units
    unit TEXT,
    officer TEXT,
    -- unit, county, bureau
    level TEXT NOT NULL,
    revision BIGINT NOT NULL
);

-- What is to be reached in a year.
CREATE TABLE task_goal (
    task TEXT NOT NULL,
    year BIGINT NOT NULL,
    percent BIGINT NOT NULL,
    goal TEXT NOT NULL,
    PRIMARY KEY (task, year)
);

CREATE TABLE task_report (
    id UUID NOT NULL PRIMARY KEY,
    task TEXT NOT NULL,
    region_code TEXT NOT NULL,
    -- the end of the period that it is about
    due_on TEXT NOT NULL,
    -- the day it tells of
    as_of TEXT NOT NULL,
    percent BIGINT NOT NULL,
    -- the figure of the task's own measure, by its place in the plan, as it was written
    measure BIGINT,
    value TEXT,
    text TEXT NOT NULL,
    is_simulated BOOLEAN NOT NULL,
    -- reported, checked, returned
    state TEXT NOT NULL,
    reported_by TEXT NOT NULL,
    reported_at_ms BIGINT NOT NULL,
    decided_by TEXT,
    decided_at_ms BIGINT,
    note TEXT,
    revision BIGINT NOT NULL
);
CREATE INDEX task_report_region ON task_report (region_code, task, as_of);

-- Evidence of a report, as it was handed in.
CREATE TABLE task_report_file (
    id UUID NOT NULL PRIMARY KEY,
    report_id UUID NOT NULL REFERENCES task_report (id),
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    -- SM3, hexadecimal
    digest TEXT NOT NULL,
    content BYTEA NOT NULL,
    author TEXT NOT NULL,
    at_ms BIGINT NOT NULL
);
CREATE UNIQUE INDEX task_report_file_once ON task_report_file (report_id, digest);

-- A task handed up the line; never changed.
CREATE TABLE task_hand_over (
    task TEXT NOT NULL,
    number BIGINT NOT NULL,
    from_level TEXT NOT NULL,
    to_level TEXT NOT NULL,
    recipient TEXT NOT NULL,
    reason TEXT NOT NULL,
    author TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (task, number)
);

-- A reminder before or after a deadline: each stage of each deadline once.
CREATE TABLE task_reminder (
    task TEXT NOT NULL,
    due_on TEXT NOT NULL,
    -- before_60, before_15, overdue_1, overdue_30, overdue_90
    stage TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    seen_by TEXT,
    seen_at_ms BIGINT,
    PRIMARY KEY (task, due_on, stage)
);
