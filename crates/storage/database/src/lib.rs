//! Pool, transaction, column types, migrations and the audit trail, for SQLite and PostgreSQL with one SQL text.
