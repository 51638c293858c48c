//! The audit trail is walked by itself.

use access::{Actor, AuditEntry};
use background_jobs::{AuditProgress, AuditWatch, run_audit_once};
use beijing_time::{Clock, DAY_MS, FixedClock, Timestamp};
use database::{Database, Kind, audit, on_transaction};
use test_support::test_on_both_databases;

async fn append(database: &Database, subject: &str) {
    let mut transaction = database.begin().await.unwrap();
    let entry = AuditEntry::new(&Actor::built_in_operator(), "tests.change", subject);
    audit::append(&mut transaction, Timestamp::from_epoch_ms(5), entry)
        .await
        .unwrap();
    transaction.commit().await.unwrap();
}

/// Alters the first entry, as who holds the file can.
async fn alter(database: &Database) {
    let guard = match database.kind() {
        Kind::Sqlite => "DROP TRIGGER audit_entry_keeps",
        Kind::Postgres => "ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_keeps",
    };
    let mut transaction = database.begin().await.unwrap();
    for statement in [
        guard,
        "UPDATE audit_entry SET actor = 'nobody' WHERE sequence = 1",
    ] {
        on_transaction!(&mut transaction, |connection| {
            database::sqlx::query(statement)
                .execute(connection)
                .await
                .unwrap();
        });
    }
    transaction.commit().await.unwrap();
}

test_on_both_databases!(
    the_chain_is_walked_on_and_daily_from_its_beginning,
    |database| async move {
        let clock = FixedClock::new(Timestamp::from_epoch_ms(0));
        let (watch, mut progress) = (AuditWatch::default(), AuditProgress::default());
        append(&database, "a").await;
        let mut run = async || {
            run_audit_once(&database, &clock, &watch, &mut progress)
                .await
                .unwrap();
            watch.verdict()
        };
        let first = run().await;
        assert_eq!((first.whole_up_to, first.broken_at), (1, None));
        assert_eq!(first.verified_at, Some(clock.now()));
        append(&database, "b").await;
        assert_eq!(run().await.whole_up_to, 2);

        // what was right once is looked at again when somebody asks, and every day
        alter(&database).await;
        assert_eq!(run().await.broken_at, None, "it has been read already");
        watch.ask();
        assert!(watch.verdict().is_asked_for);
        let asked = run().await;
        assert_eq!((asked.broken_at, asked.is_asked_for), (Some(1), false));

        let (watch, mut progress) = (AuditWatch::default(), AuditProgress::default());
        let mut run = async || {
            run_audit_once(&database, &clock, &watch, &mut progress)
                .await
                .unwrap();
            watch.verdict().broken_at
        };
        assert_eq!(run().await, Some(1));
        clock.advance_ms(DAY_MS);
        assert_eq!(run().await, Some(1));
    }
);
