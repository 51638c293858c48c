-- Assessments of the plan: begun, figures taken, reviewed by another person, published. What was
-- taken is frozen with its publication: its canonical form, its digest and its signature.
CREATE TABLE assessment (
    id UUID NOT NULL PRIMARY KEY,
    -- yearly, mid_term, final
    kind TEXT NOT NULL,
    year BIGINT NOT NULL,
    -- draft, taken, reviewed, published
    state TEXT NOT NULL,
    drafted_by TEXT NOT NULL,
    drafted_at_ms BIGINT NOT NULL,
    taken_by TEXT,
    taken_at_ms BIGINT,
    reviewed_by TEXT,
    reviewed_at_ms BIGINT,
    published_by TEXT,
    published_at_ms BIGINT,
    -- why it was returned last
    note TEXT,
    -- the content in canonical form (RFC 8785), and its SM3
    content_json TEXT,
    digest TEXT,
    -- what lists show: the whole score and the grade
    score TEXT,
    grade TEXT,
    public_key TEXT,
    -- r and s of SM2, hexadecimal
    signature TEXT,
    revision BIGINT NOT NULL
);
CREATE INDEX assessment_order ON assessment (drafted_at_ms, id);

-- The key that signs: the public part in the clear, the other sealed with the installation's key.
CREATE TABLE assessment_key (
    public_key TEXT NOT NULL PRIMARY KEY,
    sealed_key BYTEA NOT NULL,
    made_at_ms BIGINT NOT NULL
);

-- Files of published assessments as they were made first.
CREATE TABLE assessment_file (
    assessment_id UUID NOT NULL REFERENCES assessment (id),
    -- pdf, docx, xlsx
    kind TEXT NOT NULL,
    content BYTEA NOT NULL,
    -- SM3, hexadecimal
    digest TEXT NOT NULL,
    made_at_ms BIGINT NOT NULL,
    PRIMARY KEY (assessment_id, kind)
);
