-- Accounts of the demonstration carry their mark: everybody knows their password, so that they sign
-- in nowhere else.

ALTER TABLE account ADD COLUMN is_simulated BOOLEAN NOT NULL DEFAULT FALSE;
