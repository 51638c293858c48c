//! While the database refuses, nothing is acknowledged; when it takes commits again, everything is.

use std::time::Duration;

use commands::Counter;
use database::{Database, on_transaction, sqlx};
use monitoring::{JournalHealth, JournalSettings};
use test_support::TestDatabase;

use crate::world::{MN, World, acknowledgement, journal_settings, packet, settings};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_refuses_holds_back_answers_and_recovers() {
    let database = TestDatabase::sqlite().await;
    let gate = database.handle();
    let world = World::start_with(
        database,
        settings(),
        JournalSettings {
            queue_packets: 4,
            ..journal_settings()
        },
    )
    .await;
    let mut client = world.connect().await;
    client.send(packet(1)).await;
    assert_eq!(client.receive_text().await, acknowledgement(MN, 1));

    rename(&gate, "ALTER TABLE raw_batch RENAME TO raw_batch_away").await;
    for number in 2..=40 {
        client.send(packet(number)).await;
    }
    let mut health = world.journal.health();
    let is_refusing = |health: &JournalHealth| matches!(health, JournalHealth::Refusing { .. });
    tokio::time::timeout(Duration::from_secs(20), health.wait_for(is_refusing))
        .await
        .unwrap()
        .unwrap();
    // The queue is full, so the socket is not read any more.
    world.wait_for(Counter::WaitsForJournal, 1).await;
    client.expect_silence().await;
    assert_eq!(world.count(Counter::PacketsCommitted), 1);

    rename(&gate, "ALTER TABLE raw_batch_away RENAME TO raw_batch").await;
    for number in 2..=40 {
        assert_eq!(client.receive_text().await, acknowledgement(MN, number));
    }
    assert_eq!(world.load_packets().await.len(), 40);
    world.gateway.stop().await;
    world.journal_task.finish(Duration::from_secs(5)).await;
}

async fn rename(database: &Database, statement: &'static str) {
    let mut transaction = database.begin_raw().await.unwrap();
    on_transaction!(&mut transaction, |connection| {
        sqlx::query(statement).execute(connection).await.unwrap();
    });
    transaction.commit().await.unwrap();
}
