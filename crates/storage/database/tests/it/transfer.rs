//! Every table of the schema goes from one database to the other, in both directions, whatever its
//! columns hold.

use std::collections::BTreeMap;

use database::catalogue::{ColumnType, Table};
use database::snapshot::Snapshot;
use database::sqlx::{self, AssertSqlSafe};
use database::transfer::copy_everything;
use database::{Database, on_transaction};
use test_support::TestDatabase;

/// Rows that are put into each table.
const ROWS: i64 = 3;

/// A value for a column of PostgreSQL as SQL text: different in each row.
fn literal(column: &str, kind: ColumnType, row: i64) -> String {
    match kind {
        // more than a float could hold
        ColumnType::Integer => (9_007_199_254_740_993 + row).to_string(),
        ColumnType::Boolean => if row % 2 == 0 { "FALSE" } else { "TRUE" }.to_owned(),
        ColumnType::Real => format!("{row}.1234567890123"),
        ColumnType::Text => format!("'湘江 ''{row}'' {column}'"),
        ColumnType::Bytes => format!("'\\x00ff{row:02x}00112233445566778899aabbcc'"),
        ColumnType::Uuid => format!("'01234567-89ab-7def-8123-4567890000{row:02x}'"),
    }
}

/// Puts rows into every table of the catalogue; references are not checked meanwhile.
async fn fill(database: &Database, tables: &[Table]) {
    let database::Pool::Postgres(pool) = database.main() else {
        panic!("asked for PostgreSQL")
    };
    let mut transaction = pool.begin().await.unwrap();
    let mut statements = vec!["SET LOCAL session_replication_role = replica".to_owned()];
    for table in tables {
        let names: Vec<String> = table
            .columns
            .iter()
            .map(|column| format!("\"{}\"", column.name))
            .collect();
        for row in 0..ROWS {
            let values: Vec<String> = table
                .columns
                .iter()
                .map(|column| literal(&column.name, column.column_type, row))
                .collect();
            statements.push(format!(
                "INSERT INTO \"{}\" ({}) VALUES ({})",
                table.name,
                names.join(", "),
                values.join(", ")
            ));
        }
    }
    for statement in statements {
        let done = sqlx::query(AssertSqlSafe(statement.clone()))
            .execute(&mut *transaction)
            .await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}"));
    }
    transaction.commit().await.unwrap();
}

async fn move_all(from: &Database, to: &Database) -> BTreeMap<String, i64> {
    let mut snapshot = Snapshot::begin(from).await.unwrap();
    let tables = snapshot.list_tables().await.unwrap();
    let copied = copy_everything(&mut snapshot, to, &mut |_table, _rows| true)
        .await
        .unwrap();
    assert_eq!(
        copied.len(),
        tables.len(),
        "every table of the catalogue goes"
    );
    let before = snapshot.summarise(&mut |_table, _rows| true).await.unwrap();
    assert_eq!(before, copied);
    drop(snapshot);
    let mut there = Snapshot::begin(to).await.unwrap();
    let after = there.summarise(&mut |_table, _rows| true).await.unwrap();
    for (table, summary) in &before {
        assert_eq!(after.get(table), Some(summary), "{table}");
    }
    assert_eq!(before.len(), after.len());
    after
        .into_iter()
        .map(|(table, summary)| (table, summary.rows))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_table_goes_from_postgresql_to_sqlite_and_back() {
    let (first, second, third) = (
        TestDatabase::postgres().await,
        TestDatabase::sqlite().await,
        TestDatabase::postgres().await,
    );
    let mut snapshot = Snapshot::begin(&first).await.unwrap();
    let tables = snapshot.list_tables().await.unwrap();
    drop(snapshot);
    let mut of_sqlite = Snapshot::begin(&second).await.unwrap();
    let by_name = |tables: &[Table]| -> BTreeMap<String, database::catalogue::Store> {
        tables
            .iter()
            .map(|table| (table.name.clone(), table.store))
            .collect()
    };
    assert_eq!(
        by_name(&tables),
        by_name(&of_sqlite.list_tables().await.unwrap()),
        "both tell the stores apart in the same way"
    );
    drop(of_sqlite);
    fill(&first, &tables).await;
    // references of made-up rows lead nowhere, which a move must refuse; here they are let be
    for database in [&second, &third] {
        forget_references(database).await;
    }
    let rows = move_all(&first, &second).await;
    assert!(tables.len() > 40, "{}", tables.len());
    for table in &tables {
        let count = rows.get(&table.name).copied().unwrap();
        assert!(count >= ROWS, "{} has {count} rows", table.name);
    }
    assert_eq!(move_all(&second, &third).await, rows);
}

/// The made-up rows of this test refer to nothing.
async fn forget_references(database: &Database) {
    const REFERENCES: &str = "SELECT t.relname::text, k.conname::text FROM pg_constraint k \
         JOIN pg_class t ON t.oid = k.conrelid WHERE k.contype = 'f' \
         AND k.connamespace = current_schema()::regnamespace";
    match database.main() {
        database::Pool::Sqlite { writer, .. } => {
            sqlx::query("PRAGMA foreign_keys = OFF")
                .execute(writer)
                .await
                .unwrap();
        }
        database::Pool::Postgres(pool) => {
            let found: Vec<(String, String)> =
                sqlx::query_as(REFERENCES).fetch_all(pool).await.unwrap();
            assert!(!found.is_empty());
            for (table, name) in found {
                let drop = format!("ALTER TABLE \"{table}\" DROP CONSTRAINT \"{name}\"");
                sqlx::query(AssertSqlSafe(drop))
                    .execute(pool)
                    .await
                    .unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn numbers_that_were_given_out_are_never_given_out_again() {
    const INSERT: &str = "INSERT INTO organisation (code, name_zh, name_en, kind, region_code, \
         is_simulated, revision) VALUES ($1, '', '', '', '430000', FALSE, 1) RETURNING id";
    async fn insert(database: &Database, code: &str) -> i64 {
        let mut transaction = database.begin().await.unwrap();
        let id = on_transaction!(&mut transaction, |connection| {
            sqlx::query_scalar(INSERT)
                .bind(code)
                .fetch_one(connection)
                .await
                .unwrap()
        });
        transaction.commit().await.unwrap();
        id
    }
    async fn run(database: &Database, statement: &'static str) {
        let mut transaction = database.begin().await.unwrap();
        on_transaction!(&mut transaction, |connection| {
            sqlx::query(statement).execute(connection).await.unwrap();
        });
        transaction.commit().await.unwrap();
    }
    let (first, second, third) = (
        TestDatabase::sqlite().await,
        TestDatabase::postgres().await,
        TestDatabase::sqlite().await,
    );
    run(
        &first,
        "INSERT INTO region (code, parent_code, name_zh, name_en, is_simulated, revision) \
         VALUES ('430000', NULL, '', '', FALSE, 1)",
    )
    .await;
    insert(&first, "a").await;
    let last = insert(&first, "b").await;
    run(&first, "DELETE FROM organisation WHERE code = 'b'").await;
    move_all(&first, &second).await;
    assert_eq!(insert(&second, "c").await, last + 1);
    run(&second, "DELETE FROM organisation WHERE code = 'c'").await;
    move_all(&second, &third).await;
    assert_eq!(insert(&third, "d").await, last + 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reference_to_nothing_and_an_interruption_leave_the_target_as_it_was() {
    let (first, second) = (TestDatabase::sqlite().await, TestDatabase::postgres().await);
    let mut there = Snapshot::begin(&second).await.unwrap();
    let before = there.summarise(&mut |_table, _rows| true).await.unwrap();
    drop(there);
    let mut snapshot = Snapshot::begin(&first).await.unwrap();
    let stopped = copy_everything(&mut snapshot, &second, &mut |table, _rows| {
        table != "device"
    })
    .await
    .unwrap_err();
    assert!(stopped.to_string().contains("stopped"), "{stopped}");
    drop(snapshot);

    let database::Pool::Sqlite { writer, .. } = first.main() else {
        panic!("asked for SQLite")
    };
    let mut connection = writer.acquire().await.unwrap();
    for statement in [
        "PRAGMA foreign_keys = OFF",
        "INSERT INTO region (code, parent_code, name_zh, name_en, is_simulated, revision) \
         VALUES ('430400', '430000', '', '', FALSE, 1)",
        "PRAGMA foreign_keys = ON",
    ] {
        sqlx::query(statement)
            .execute(&mut *connection)
            .await
            .unwrap();
    }
    drop(connection);
    assert_eq!(first.find_damage().await.unwrap().len(), 1);
    let mut snapshot = Snapshot::begin(&first).await.unwrap();
    let refused = copy_everything(&mut snapshot, &second, &mut |_table, _rows| true)
        .await
        .unwrap_err();
    assert!(refused.to_string().contains("region"), "{refused}");
    let mut there = Snapshot::begin(&second).await.unwrap();
    let after = there.summarise(&mut |_table, _rows| true).await.unwrap();
    assert_eq!(before, after);
}
