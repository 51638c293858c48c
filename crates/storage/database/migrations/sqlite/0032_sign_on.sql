-- By what a session began: a password of this server, or the bureau's own sign-on.

ALTER TABLE account_session ADD COLUMN signed_in_by TEXT NOT NULL DEFAULT 'password';
