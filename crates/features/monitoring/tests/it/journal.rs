//! The journal commits before it acknowledges, and its chain shows every change.
use std::sync::{Arc, Mutex};
use std::time::Duration;

use beijing_time::{SystemClock, Timestamp};
use bytes::Bytes;
use database::{Database, on_transaction, sqlx};
use monitoring::journal::{ChainState, list_batches, load_batch, verify_journal_chain};
use monitoring::{
    ArrivedPacket, CommitSink, Journal, JournalHealth, JournalSettings, PacketId, PacketOrigin,
};
use test_support::test_on_both_databases;
use tokio::sync::Notify;

#[derive(Debug, Default)]
pub(crate) struct Sink {
    pub(crate) committed: Mutex<Vec<(u64, PacketId)>>,
    changed: Notify,
}

impl CommitSink for Sink {
    fn committed(&self, tag: u64, packet_id: PacketId) {
        self.committed.lock().unwrap().push((tag, packet_id));
        self.changed.notify_one();
    }
}

impl Sink {
    pub(crate) async fn wait(&self, count: usize) {
        while self.committed.lock().unwrap().len() < count {
            self.changed.notified().await;
        }
    }
}

pub(crate) fn packet(sink: &Arc<Sink>, tag: u64, text: &str) -> ArrivedPacket {
    ArrivedPacket {
        bytes: Bytes::copy_from_slice(text.as_bytes()),
        received_at: Timestamp::from_epoch_ms(1_500_000_000_000 + i64::try_from(tag).unwrap()),
        device_id: 7,
        origin: PacketOrigin::Live,
        peer: "192.0.2.1:5000".into(),
        tag,
        sink: Arc::clone(sink) as Arc<dyn CommitSink>,
    }
}

pub(crate) fn start(database: Database) -> (Journal, monitoring::JournalTask) {
    let settings = JournalSettings {
        linger: Duration::from_millis(2),
        retry: Duration::from_millis(20),
        ..JournalSettings::default()
    };
    Journal::start(database, Arc::new(SystemClock), settings)
}

test_on_both_databases!(
    packets_are_durable_when_they_are_acknowledged,
    |database| async move {
        let sink = Arc::new(Sink::default());
        let (journal, task) = start(database.handle());
        for tag in 0..500 {
            journal
                .put(packet(&sink, tag, &format!("packet {tag}")))
                .await
                .unwrap();
        }
        sink.wait(500).await;
        task.abort();
        let acknowledged = sink.committed.lock().unwrap().clone();
        let tags: Vec<u64> = acknowledged.iter().map(|(tag, _)| *tag).collect();
        assert_eq!(tags, (0..500).collect::<Vec<_>>());
        let mut kept = std::collections::HashMap::new();
        for batch in list_batches(&database, 0, 1000).await.unwrap() {
            for stored in load_batch(&database, batch.id).await.unwrap().unwrap() {
                kept.insert(stored.id, stored);
            }
        }
        for (tag, id) in acknowledged {
            assert_eq!(kept[&id].bytes, format!("packet {tag}").as_bytes());
            assert_eq!(kept[&id].device_id, 7);
            assert_eq!(&*kept[&id].peer, "192.0.2.1:5000");
        }
        // a new journal goes on behind the old one
        let (journal, task) = start(database.handle());
        journal
            .put_all(vec![
                packet(&sink, 500, "one more"),
                packet(&sink, 501, "and one"),
            ])
            .await
            .unwrap();
        sink.wait(502).await;
        assert_eq!(journal.figures().packets, 2);
        task.finish(Duration::from_secs(5)).await;
        assert!(journal.put(packet(&sink, 502, "too late")).await.is_err());
        assert!(matches!(
            verify_journal_chain(&database).await.unwrap(),
            ChainState::Whole { links } if links >= 2
        ));
    }
);

test_on_both_databases!(a_changed_batch_breaks_the_chain, |database| async move {
    let sink = Arc::new(Sink::default());
    let (journal, task) = start(database.handle());
    for tag in 0..3 {
        journal.put(packet(&sink, tag, "as it came")).await.unwrap();
        sink.wait(usize::try_from(tag).unwrap() + 1).await;
    }
    task.finish(Duration::from_secs(5)).await;
    let mut transaction = database.begin_raw().await.unwrap();
    on_transaction!(&mut transaction, |connection| {
        sqlx::query("UPDATE raw_batch SET content = $1 WHERE id = 2")
            .bind(b"forged".as_slice())
            .execute(connection)
            .await
            .unwrap();
    });
    transaction.commit().await.unwrap();
    assert_eq!(
        verify_journal_chain(&database).await.unwrap(),
        ChainState::Broken { at: 2 }
    );
});

test_on_both_databases!(
    a_database_that_refuses_is_not_acknowledged_and_taken_up_again,
    |database| async move {
        let sink = Arc::new(Sink::default());
        let (journal, task) = start(database.handle());
        journal.put(packet(&sink, 0, "before")).await.unwrap();
        sink.wait(1).await;
        rename(&database, "ALTER TABLE raw_batch RENAME TO raw_batch_away").await;
        let mut health = journal.health();
        journal
            .put(packet(&sink, 1, "while refusing"))
            .await
            .unwrap();
        health
            .wait_for(|health| matches!(health, JournalHealth::Refusing { .. }))
            .await
            .unwrap();
        assert_eq!(sink.committed.lock().unwrap().len(), 1);
        rename(&database, "ALTER TABLE raw_batch_away RENAME TO raw_batch").await;
        sink.wait(2).await;
        health
            .wait_for(|health| *health == JournalHealth::Committing)
            .await
            .unwrap();
        task.finish(Duration::from_secs(5)).await;
        assert_eq!(
            verify_journal_chain(&database).await.unwrap(),
            ChainState::Whole { links: 2 }
        );
    }
);

async fn rename(database: &Database, statement: &'static str) {
    let mut transaction = database.begin_raw().await.unwrap();
    on_transaction!(&mut transaction, |connection| {
        sqlx::query(statement).execute(connection).await.unwrap();
    });
    transaction.commit().await.unwrap();
}
