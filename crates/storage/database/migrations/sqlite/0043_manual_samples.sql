-- Values of samples that people took, beside automatic data. A correction withdraws the old value.
CREATE TABLE manual_sample (
    id BLOB NOT NULL PRIMARY KEY,
    point_id INTEGER NOT NULL REFERENCES monitoring_point (id),
    factor_code TEXT NOT NULL,
    sampled_ms INTEGER NOT NULL,
    -- as written: "0.10" stays "0.10"
    value TEXT NOT NULL,
    unit TEXT NOT NULL,
    method TEXT NOT NULL,
    laboratory TEXT NOT NULL,
    note TEXT NOT NULL,
    -- form or file
    origin TEXT NOT NULL,
    author TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    withdrawn_by TEXT,
    withdrawn_ms INTEGER,
    withdrawn_reason TEXT
) STRICT;
CREATE UNIQUE INDEX manual_sample_once ON manual_sample (point_id, factor_code, sampled_ms)
    WHERE withdrawn_ms IS NULL;
