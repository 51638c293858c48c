//! The interpreter writes what the journal has, once, and goes on after every interruption.

use std::sync::Arc;
use std::time::Duration;

use beijing_time::{SystemClock, Timestamp};
use bytes::Bytes;
use database::{Database, on_database, on_transaction, sqlx};
use monitoring::journal::load_checkpoint;
use monitoring::{
    ArrivedPacket, Interpreter, InterpreterHealth, InterpreterSettings, InterpreterTask, Journal,
    LiveFeed, PacketOrigin, RecordKind,
};
use test_support::test_on_both_databases;

use crate::city::{self, City, at, frame};
use crate::journal::{Sink, start as start_journal};

pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn arrived(sink: &Arc<Sink>, tag: u64, device_id: i64, bytes: Bytes) -> ArrivedPacket {
    ArrivedPacket {
        bytes,
        received_at: at("2016-05-04T16:00:03+08:00"),
        device_id,
        origin: PacketOrigin::Live,
        peer: "192.0.2.1:5000".into(),
        tag,
        sink: Arc::clone(sink) as Arc<dyn monitoring::CommitSink>,
    }
}

fn start(database: &Database, city: &City, journal: &Journal, feed: &LiveFeed) -> InterpreterTask {
    let settings = InterpreterSettings {
        linger: Duration::from_millis(5),
        retry: Duration::from_millis(20),
        look: Duration::from_millis(50),
        ..InterpreterSettings::default()
    };
    Interpreter::start(
        database.clone(),
        city.directory.clone(),
        journal.committed(),
        feed.clone(),
        Arc::new(SystemClock),
        settings,
    )
}

async fn wait_for_checkpoint(task: &InterpreterTask, batch: i64) {
    let mut checkpoint = task.handle().checkpoint();
    tokio::time::timeout(PATIENCE, checkpoint.wait_for(|at| *at >= batch))
        .await
        .expect("interpreted in time")
        .unwrap();
}

pub(crate) async fn count(database: &Database, statement: &'static str) -> i64 {
    on_database!(database, |pool| sqlx::query_scalar(statement)
        .fetch_one(pool)
        .await
        .unwrap())
}

async fn execute(database: &Database, statement: &'static str) {
    let mut transaction = database.begin().await.unwrap();
    on_transaction!(&mut transaction, |connection| {
        sqlx::query(statement).execute(connection).await.unwrap();
    });
    transaction.commit().await.unwrap();
}

/// Sends packets, in batches of so many, and waits until they are records.
pub(crate) async fn feed(database: &Database, city: &City, packets: &[Bytes], batch: usize) {
    let received = at("2016-05-04T16:00:03+08:00");
    let packets: Vec<_> = packets.iter().map(|one| (received, one.clone())).collect();
    feed_received(database, city, &packets, batch).await;
}

/// The same with the time at which each was received.
pub(crate) async fn feed_received(
    database: &Database,
    city: &City,
    packets: &[(Timestamp, Bytes)],
    batch: usize,
) {
    let sink = Arc::new(Sink::default());
    let (journal, journal_task) = start_journal(database.clone());
    let task = start(database, city, &journal, &LiveFeed::default());
    let mut sent = 0;
    for part in packets.chunks(batch) {
        let part = part
            .iter()
            .map(|(received_at, bytes)| ArrivedPacket {
                received_at: *received_at,
                ..arrived(&sink, 0, city.logger, bytes.clone())
            })
            .collect();
        journal.put_all(part).await.unwrap();
        sent = (sent + batch).min(packets.len());
        sink.wait(sent).await;
    }
    wait_for_checkpoint(&task, *journal.committed().borrow()).await;
    task.finish(PATIENCE).await;
    journal_task.finish(PATIENCE).await;
}

/// Minutes of an hour, each in two packets, and one hour.
fn hour_of_packets(city: &City, sink: &Arc<Sink>) -> Vec<ArrivedPacket> {
    let mut packets = Vec::new();
    for minute in [0, 10, 20, 30, 40, 50] {
        for factor in ["a21026", "a21002"] {
            let qn = format!("2016050415{minute:02}01000");
            let area = format!("DataTime=2016050415{minute:02}00;{factor}-Avg=1.{minute:02}");
            packets.push(arrived(sink, 0, city.logger, frame(&qn, "2051", &area)));
        }
    }
    let area = "DataTime=20160504150000;a21026-Avg=1.25,a21026-Flag=N";
    packets.push(arrived(
        sink,
        0,
        city.logger,
        frame("20160504160002000", "2061", area),
    ));
    packets
}

test_on_both_databases!(records_are_written_once_and_told, |database| async move {
    let city = city::build(&database).await;
    let sink = Arc::new(Sink::default());
    let (journal, journal_task) = start_journal(database.handle());
    let feed = LiveFeed::default();
    let mut listener = feed.subscribe();
    let task = start(&database, &city, &journal, &feed);
    let packets = hour_of_packets(&city, &sink);
    for round in 1..=2 {
        journal.put_all(packets.clone()).await.unwrap();
        sink.wait(packets.len() * round).await;
    }
    let head = *journal.committed().borrow();
    wait_for_checkpoint(&task, head).await;
    assert_eq!(
        load_checkpoint(&database, "interpreter").await.unwrap(),
        head
    );
    // twelve minute packets and an hour, however often they come
    assert_eq!(count(&database, "SELECT COUNT(*) FROM record").await, 13);
    assert_eq!(
        count(&database, "SELECT COUNT(*) FROM record WHERE kind = 3").await,
        1
    );
    // the hour is dirty by its minutes, the day by its hour
    assert_eq!(
        count(&database, "SELECT COUNT(*) FROM dirty_period").await,
        2
    );
    assert!(count(&database, "SELECT MIN(revision) FROM dirty_period").await >= 1);
    let mut told = (0, 0);
    while told.1 < packets.len() * 2 {
        let batch = listener.recv().await.unwrap();
        assert!(batch.batch_id <= head);
        told = (told.0 + batch.records.len(), told.1 + batch.signs.len());
    }
    assert_eq!(told, (26, 26));
    // both parts of the last minute are one last record
    let last = feed.last(city.gas, RecordKind::Minute).unwrap();
    assert_eq!(last.time, at("2016-05-04T15:50:00+08:00"));
    assert_eq!(last.payload.readings().len(), 2);
    let figures = task.figures();
    assert_eq!(
        (figures.checkpoint, figures.head, figures.lag_ms),
        (head, head, 0)
    );
    assert_eq!(
        (figures.packets, figures.records, figures.incomplete_packets),
        (26, 26, 0)
    );
    task.finish(PATIENCE).await;
    // a restart knows the last records, repeats nothing and goes on
    let again = LiveFeed::default();
    let task = start(&database, &city, &journal, &again);
    journal
        .put(arrived(&sink, 0, city.logger, "##no packet".into()))
        .await
        .unwrap();
    wait_for_checkpoint(&task, head + 1).await;
    assert_eq!(again.last(city.gas, RecordKind::Minute), Some(last));
    let figures = task.figures();
    assert_eq!((figures.packets, figures.incomplete_packets), (1, 1));
    assert_eq!(count(&database, "SELECT COUNT(*) FROM record").await, 13);
    // the same without writing
    let mut records = 0;
    let to = monitoring::reinterpret(&database, &city.directory, 0, head, |batch| {
        records += batch.records.len();
    })
    .await
    .unwrap();
    assert_eq!((to, records), (head, 26));
    task.finish(PATIENCE).await;
    journal_task.finish(PATIENCE).await;
});

test_on_both_databases!(
    a_refusing_database_loses_nothing_and_is_told_of,
    |database| async move {
        let city = city::build(&database).await;
        let sink = Arc::new(Sink::default());
        let (journal, journal_task) = start_journal(database.handle());
        let feed = LiveFeed::default();
        let mut listener = feed.subscribe();
        execute(&database, "ALTER TABLE record RENAME TO record_away").await;
        let task = start(&database, &city, &journal, &feed);
        let packets = hour_of_packets(&city, &sink);
        journal.put_all(packets.clone()).await.unwrap();
        sink.wait(packets.len()).await;
        let mut health = task.handle().health();
        let refusing = |health: &InterpreterHealth| matches!(health, InterpreterHealth::Refusing { reason, .. } if reason.contains("record"));
        tokio::time::timeout(PATIENCE, health.wait_for(refusing))
            .await
            .expect("told in time")
            .unwrap();
        assert_eq!(load_checkpoint(&database, "interpreter").await.unwrap(), 0);
        assert!(task.figures().lag_ms > 0);
        execute(&database, "ALTER TABLE record_away RENAME TO record").await;
        wait_for_checkpoint(&task, *journal.committed().borrow()).await;
        assert_eq!(count(&database, "SELECT COUNT(*) FROM record").await, 13);
        let mut told = 0;
        while told < 13 {
            told += listener.recv().await.unwrap().records.len();
        }
        assert_eq!(told, 13, "each record is told once");
        assert!(task.figures().failures >= 1);
        task.finish(PATIENCE).await;
        journal_task.finish(PATIENCE).await;
    }
);
