//! Both databases have the same tables and columns, and the migrations the same names.
use std::collections::BTreeSet;
use std::path::Path;

use database::Pool;
use test_support::TestDatabase;

const OF_SQLITE: &str = "SELECT m.name, c.name, c.\"notnull\" <> 0 FROM sqlite_schema m, \
     pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_%' ESCAPE '\\' \
     AND m.name NOT LIKE 'sqlite%'";
const OF_POSTGRES: &str = "SELECT table_name::text, column_name::text, is_nullable = 'NO' \
     FROM information_schema.columns WHERE table_schema = current_schema() \
     AND table_name NOT LIKE '\\_%'";

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let sqlite = TestDatabase::sqlite().await;
    let postgres = TestDatabase::postgres().await;
    let mut of_sqlite = BTreeSet::<(String, String, bool)>::new();
    for pool in [sqlite.main(), sqlite.raw()] {
        let Pool::Sqlite { reader, .. } = pool else {
            unreachable!("asked for SQLite")
        };
        let rows: Vec<(String, String, bool)> = database::sqlx::query_as(OF_SQLITE)
            .fetch_all(reader)
            .await
            .unwrap();
        of_sqlite.extend(rows);
    }
    let Pool::Postgres(pool) = postgres.main() else {
        unreachable!("asked for PostgreSQL")
    };
    let rows: Vec<(String, String, bool)> = database::sqlx::query_as(OF_POSTGRES)
        .fetch_all(pool)
        .await
        .unwrap();
    let of_postgres: BTreeSet<_> = rows.into_iter().collect();
    assert!(of_sqlite.len() > 5);
    let only_sqlite: Vec<_> = of_sqlite.difference(&of_postgres).collect();
    let only_postgres: Vec<_> = of_postgres.difference(&of_sqlite).collect();
    assert!(
        only_sqlite.is_empty() && only_postgres.is_empty(),
        "only in SQLite: {only_sqlite:?}\nonly in PostgreSQL: {only_postgres:?}"
    );
}

#[test]
fn migrations_have_the_same_names_on_both_databases() {
    let names = |folder: &str| -> BTreeSet<String> {
        std::fs::read_dir(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("migrations")
                .join(folder),
        )
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
    };
    assert_eq!(names("sqlite"), names("postgres"));
    assert_eq!(names("sqlite_raw"), names("postgres_raw"));
}

#[tokio::test]
async fn a_fresh_database_is_refused_until_it_is_migrated() {
    let folder = test_support::TestFolder::new();
    let path = folder.path().join("fresh.sqlite");
    let settings = database::DatabaseSettings::new(path.to_str().unwrap());
    let fresh = database::Database::open(&settings).await.unwrap();
    assert!(
        fresh
            .check_schema()
            .await
            .unwrap_err()
            .to_string()
            .contains("qingshan migrate")
    );
    fresh.migrate().await.unwrap();
    fresh.check_schema().await.unwrap();
    fresh.migrate().await.unwrap();
}
