-- Accounts, their roles and scopes, sessions, second factors, tokens and invitations.

CREATE TABLE account (
    id INTEGER NOT NULL PRIMARY KEY,
    -- what is typed at sign-in, lower case
    name TEXT NOT NULL UNIQUE,
    display_name TEXT NOT NULL,
    -- everything, region or sites
    scope_kind TEXT NOT NULL,
    region_code TEXT,
    -- argon2id, as a PHC string; NULL for accounts that sign in elsewhere or never yet
    password_hash TEXT,
    password_set_at_ms INTEGER,
    must_change_password INTEGER NOT NULL,
    is_enabled INTEGER NOT NULL,
    -- the secret of the second factor, sealed; pending until its first code was right
    second_factor_sealed BLOB,
    second_factor_pending_sealed BLOB,
    -- the last time step whose code was used, so that no code counts twice
    second_factor_step INTEGER NOT NULL,
    -- the bureau's own sign-on: issuer and subject of OpenID Connect
    issuer TEXT,
    subject TEXT,
    created_at_ms INTEGER NOT NULL,
    last_sign_in_at_ms INTEGER,
    revision INTEGER NOT NULL,
    UNIQUE (issuer, subject)
) STRICT;

CREATE TABLE account_role (
    account_id INTEGER NOT NULL REFERENCES account (id),
    role TEXT NOT NULL,
    PRIMARY KEY (account_id, role)
) STRICT, WITHOUT ROWID;

-- The sites that an account of an enterprise or an operator is held to.
CREATE TABLE account_site (
    account_id INTEGER NOT NULL REFERENCES account (id),
    site_id INTEGER NOT NULL REFERENCES site (id),
    PRIMARY KEY (account_id, site_id)
) STRICT, WITHOUT ROWID;

-- Roles that the bureau made itself; the shipped ones are part of the program.
CREATE TABLE custom_role (
    name TEXT NOT NULL PRIMARY KEY,
    title_zh TEXT NOT NULL,
    title_en TEXT NOT NULL,
    -- names of permissions, separated by commas
    permissions TEXT NOT NULL,
    revision INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Codes for when the second factor is lost, each good once.
CREATE TABLE account_recovery_code (
    account_id INTEGER NOT NULL REFERENCES account (id),
    code_hash BLOB NOT NULL,
    used_at_ms INTEGER,
    PRIMARY KEY (account_id, code_hash)
) STRICT, WITHOUT ROWID;

CREATE TABLE account_session (
    id BLOB NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id),
    -- SM3 of the token; the token itself is kept nowhere
    token_hash BLOB NOT NULL UNIQUE,
    created_at_ms INTEGER NOT NULL,
    last_seen_at_ms INTEGER NOT NULL,
    address TEXT,
    user_agent TEXT NOT NULL,
    ended_at_ms INTEGER,
    end_reason TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX account_session_account ON account_session (account_id, created_at_ms);

-- Tokens for machines: no more than their account may, and often less.
CREATE TABLE api_token (
    id BLOB NOT NULL PRIMARY KEY,
    account_id INTEGER NOT NULL REFERENCES account (id),
    name TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE,
    permissions TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    last_used_at_ms INTEGER,
    revoked_at_ms INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX api_token_account ON api_token (account_id, created_at_ms);

-- Failed sign-ins by the name that was typed, whether or not there is such an account.
CREATE TABLE sign_in_guard (
    name TEXT NOT NULL PRIMARY KEY,
    failures INTEGER NOT NULL,
    last_failure_ms INTEGER NOT NULL,
    locked_until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_guard_age ON sign_in_guard (last_failure_ms);

-- One-time links: to make the first administrator.
CREATE TABLE account_invitation (
    token_hash BLOB NOT NULL PRIMARY KEY,
    purpose TEXT NOT NULL,
    created_at_ms INTEGER NOT NULL,
    expires_at_ms INTEGER NOT NULL,
    used_at_ms INTEGER
) STRICT, WITHOUT ROWID;
