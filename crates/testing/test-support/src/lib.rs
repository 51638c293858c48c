//! Test databases on SQLite and PostgreSQL, a fixed clock, an application for tests.
