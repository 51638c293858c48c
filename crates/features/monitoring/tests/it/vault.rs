//! Packets go from the journal to the vault without a moment at which one is lost or doubled, and
//! every change of them shows.

use std::sync::Arc;
use std::time::Duration;

use access::Actor;
use bytes::Bytes;
use database::{Database, on_raw_database, on_transaction, sqlx};
use monitoring::journal::{
    ChainState, list_batches, load_batch, load_checkpoint, move_checkpoint, verify_journal_chain,
};
use monitoring::vault::{Packed, VaultSettings, pack_next, verify_vault};
use monitoring::{
    ArrivedPacket, InterpretedRecord, PacketFilter, PacketId, PacketOrigin, StoredPacket,
    find_packet, list_packets, load_packet_evidence, reinterpret,
};
use test_support::test_on_both_databases;

use crate::city::{self, City, at};
use crate::interpreter::{PATIENCE, arrived};
use crate::journal::{Sink, start};

pub(crate) const LATER: &str = "2016-05-06T00:00:00+08:00";
pub(crate) const SMALL: VaultSettings = VaultSettings {
    window_bytes: 4_000,
};

/// Packets of three days from two loggers and one that names no MN, in small batches.
pub(crate) async fn receive(database: &Database, city: &City) -> Vec<StoredPacket> {
    let sink = Arc::new(Sink::default());
    let (journal, task) = start(database.clone());
    let mut sent = 0;
    for hour in 0..60 {
        let day = 3 + hour / 24;
        let time = format!("201605{day:02}{:02}0000", hour % 24);
        let received = format!("2016-05-{day:02}T{:02}:00:07+08:00", hour % 24);
        let area =
            format!("DataTime={time};a21026-Avg={hour}.10,a21026-Flag=N;w01018-Avg=0.{hour}0");
        let own = city::frame(&format!("{time}200"), "2061", &area);
        let other = String::from_utf8(own.to_vec())
            .unwrap()
            .replace("169DC0", "169DC1");
        let mut packets: Vec<ArrivedPacket> = vec![
            arrived(&sink, 0, city.logger, own),
            arrived(&sink, 0, city.station, Bytes::from(other)),
        ];
        if hour % 20 == 0 {
            packets.push(arrived(
                &sink,
                0,
                city.logger,
                Bytes::from_static(b"no packet"),
            ));
        }
        for packet in &mut packets {
            packet.received_at = at(&received);
            packet.origin = if hour == 5 {
                PacketOrigin::Replayed
            } else {
                PacketOrigin::Live
            };
        }
        sent += packets.len();
        journal.put_all(packets).await.unwrap();
        sink.wait(sent).await;
    }
    task.finish(Duration::from_secs(5)).await;
    read_all(database).await
}

/// Every packet by way of its batch.
async fn read_all(database: &Database) -> Vec<StoredPacket> {
    let mut packets = Vec::new();
    let mut after = 0;
    loop {
        let page = list_batches(database, after, 7).await.unwrap();
        let Some(last) = page.last() else {
            return packets;
        };
        after = last.id;
        for batch in &page {
            let found = load_batch(database, batch.id).await.unwrap().unwrap();
            assert_eq!(i64::try_from(found.len()).unwrap(), batch.packet_count);
            packets.extend(found);
        }
    }
}

pub(crate) async fn readers_have_read(database: &Database, batch_id: i64) {
    for reader in ["interpreter", "alarms"] {
        let from = load_checkpoint(database, reader).await.unwrap();
        let mut transaction = database.begin().await.unwrap();
        let now = at(LATER);
        assert!(
            move_checkpoint(&mut transaction, reader, from, batch_id, now)
                .await
                .unwrap()
        );
        transaction.commit().await.unwrap();
    }
}

async fn pack(database: &Database) -> Option<Packed> {
    pack_next(database, at(LATER), SMALL).await.unwrap()
}

pub(crate) async fn pack_all(database: &Database) -> i64 {
    let mut packets = 0;
    while let Some(packed) = pack(database).await {
        packets += packed.packets;
    }
    packets
}

pub(crate) async fn execute_raw(database: &Database, statement: &'static str) -> u64 {
    let mut transaction = database.begin_raw().await.unwrap();
    let changed = on_transaction!(&mut transaction, |connection| {
        sqlx::query(statement)
            .execute(connection)
            .await
            .unwrap()
            .rows_affected()
    });
    transaction.commit().await.unwrap();
    changed
}

pub(crate) async fn count_raw(database: &Database, statement: &'static str) -> i64 {
    on_raw_database!(database, |pool| sqlx::query_scalar(statement)
        .fetch_one(pool)
        .await
        .unwrap())
}

/// What the readers of packets say, by page and one by one.
async fn answers(database: &Database, city: &City, packets: &[StoredPacket]) -> Vec<String> {
    let actor = Actor::built_in_operator();
    let directory = city.directory.current();
    let mut answers = Vec::new();
    for (device_id, command, from, to, limit) in [
        (None, None, None, None, 1000),
        (None, None, None, None, 7),
        (Some(city.logger), None, None, None, 5),
        (
            Some(city.station),
            Some("2061"),
            Some("2016-05-03T20:00:00+08:00"),
            None,
            4,
        ),
        (None, None, None, Some("2016-05-04T03:00:00+08:00"), 6),
        (Some(99_999), None, None, None, 6),
    ] {
        let mut filter = PacketFilter {
            device_id,
            command: command.map(str::to_owned),
            from: from.map(at),
            to: to.map(at),
            before: None,
            limit,
        };
        let mut found = Vec::new();
        loop {
            let page = list_packets(database, &directory, &actor, &filter)
                .await
                .unwrap();
            found.extend(page.packets);
            filter.before = page.next;
            if filter.before.is_none() {
                break;
            }
        }
        answers.push(digest(&found));
    }
    for packet in packets {
        let found = find_packet(database, &directory, &actor, packet.id)
            .await
            .unwrap();
        assert_eq!(&found, packet);
    }
    let head = packets.last().unwrap().id.batch_id();
    let mut records: Vec<InterpretedRecord> = Vec::new();
    let to = reinterpret(database, &city.directory, 2, head - 1, |batch| {
        records.extend(batch.records);
    });
    assert_eq!(to.await.unwrap(), head - 1);
    answers.push(digest(&records));
    answers
}

/// How many there are, and one number for all that is in them.
fn digest(things: &[impl std::fmt::Debug]) -> String {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    format!("{things:?}").hash(&mut hasher);
    format!("{}: {:016x}", things.len(), hasher.finish())
}

test_on_both_databases!(packing_changes_no_answer, |database| async move {
    let city = city::build(&database).await;
    let packets = receive(&database, &city).await;
    assert_eq!(packets.len(), 123);
    let before = answers(&database, &city, &packets).await;
    let head = packets.last().unwrap().id.batch_id();

    // nothing goes that a reader has not read, and no day that is not over
    assert_eq!(pack(&database).await, None);
    readers_have_read(&database, 30).await;
    let first = pack(&database).await.unwrap();
    assert!(
        first.batches < 30 && first.bytes <= SMALL.window_bytes,
        "{first:?}"
    );
    assert!(first.stored_bytes > 0);
    assert_eq!(answers(&database, &city, &packets).await, before);
    while pack(&database).await.is_some() {}
    assert_eq!(
        count_raw(&database, "SELECT MIN(id) FROM raw_batch").await,
        31
    );
    readers_have_read(&database, head).await;
    let morning = at("2016-05-05T00:00:00+08:00");
    while pack_next(&database, morning, SMALL)
        .await
        .unwrap()
        .is_some()
    {}
    assert_eq!(
        count_raw(&database, "SELECT MIN(id) FROM raw_batch").await,
        49
    );
    assert_eq!(read_all(&database).await, packets);
    assert_eq!(answers(&database, &city, &packets).await, before);
    pack_all(&database).await;
    assert_eq!(
        count_raw(&database, "SELECT COUNT(*) FROM raw_batch").await,
        0
    );
    assert_eq!(read_all(&database).await, packets);
    assert_eq!(answers(&database, &city, &packets).await, before);
    let report = verify_vault(&database).await.unwrap();
    assert!(report.is_whole(), "{report:?}");
    assert_eq!((report.mns, report.packets, report.batches), (3, 123, 0));
    assert!(report.windows >= 5, "{report:?}");

    // the journal goes on behind the vault
    let sink = Arc::new(Sink::default());
    let (journal, task) = start(database.handle());
    let next = arrived(&sink, 0, city.logger, Bytes::from_static(b"one more"));
    journal.put(next).await.unwrap();
    sink.wait(1).await;
    task.finish(PATIENCE).await;
    assert_eq!(
        verify_journal_chain(&database).await.unwrap(),
        ChainState::Whole { links: 1 }
    );
    assert_eq!(read_all(&database).await.len(), 124);
});

test_on_both_databases!(
    evidence_shows_the_place_in_both_chains,
    |database| async move {
        let city = city::build(&database).await;
        let packets = receive(&database, &city).await;
        let (actor, directory) = (Actor::built_in_operator(), city.directory.current());
        let last_own = packets
            .iter()
            .rev()
            .find(|packet| packet.device_id == city.station);
        let id = last_own.unwrap().id;
        let evidence = load_packet_evidence(&database, &directory, &actor, id)
            .await
            .unwrap();
        assert!(evidence.is_link_whole && evidence.vault.is_none());
        readers_have_read(&database, packets.last().unwrap().id.batch_id()).await;
        pack_all(&database).await;
        let evidence = load_packet_evidence(&database, &directory, &actor, id)
            .await
            .unwrap();
        let place = evidence.vault.unwrap();
        assert!(evidence.is_link_whole);
        assert_eq!(
            (place.position, place.mn.as_str()),
            (60, "010000A8900016F000169DC1")
        );
        assert!(place.batches.0 <= id.batch_id() && id.batch_id() <= place.batches.1);
        assert_eq!((place.seal.len(), place.journal_hash.len()), (32, 32));
        let unknown = PacketId(id.0 + 40);
        assert!(
            find_packet(&database, &directory, &actor, unknown)
                .await
                .is_err()
        );

        // a packet altered in the vault shows in its evidence
        let changed = execute_raw(
            &database,
            "UPDATE raw_block SET content = (SELECT content FROM raw_block AS other \
         WHERE other.mn = '010000A8900016F000169DC0' AND other.part = raw_block.part \
         AND other.day = raw_block.day) WHERE mn = '010000A8900016F000169DC1'",
        );
        assert!(changed.await > 0);
        let evidence = load_packet_evidence(&database, &directory, &actor, id).await;
        assert!(evidence.map_or(true, |evidence| !evidence.is_link_whole));
    }
);

test_on_both_databases!(
    an_end_at_any_moment_leaves_every_packet_readable_once,
    |database| async move {
        let city = city::build(&database).await;
        let packets = receive(&database, &city).await;
        readers_have_read(&database, packets.last().unwrap().id.batch_id()).await;
        pack(&database).await.unwrap();
        // ended before the window was finished: blocks of a part that is none yet
        execute_raw(
            &database,
            "INSERT INTO raw_block (mn, day, device_id, part, first_packet_id, last_packet_id, \
             packet_count, size_bytes, packet_ids, content, hash) \
             SELECT mn, day, device_id, part + 1, first_packet_id, \
             last_packet_id, packet_count, size_bytes, packet_ids, content, hash FROM raw_block",
        )
        .await;
        assert_eq!(read_all(&database).await, packets);
        assert!(verify_vault(&database).await.unwrap().is_whole());
        let filter = PacketFilter {
            device_id: Some(city.logger),
            limit: 1000,
            ..Default::default()
        };
        let (actor, directory) = (Actor::built_in_operator(), city.directory.current());
        let own = list_packets(&database, &directory, &actor, &filter)
            .await
            .unwrap();
        assert_eq!(own.packets.len(), 63);
        pack(&database).await.unwrap();
        assert_eq!(read_all(&database).await, packets);

        // ended before the batches were removed: they are in both
        execute_raw(&database, "CREATE TABLE kept AS SELECT * FROM raw_batch").await;
        pack(&database).await.unwrap();
        execute_raw(
            &database,
            "INSERT INTO raw_batch SELECT * FROM kept WHERE id NOT IN (SELECT id FROM raw_batch)",
        )
        .await;
        assert_eq!(read_all(&database).await, packets);
        let own = list_packets(&database, &directory, &actor, &filter)
            .await
            .unwrap();
        assert_eq!(own.packets.len(), 63);
        pack_all(&database).await;
        assert_eq!(read_all(&database).await, packets);
        assert_eq!(
            count_raw(&database, "SELECT COUNT(*) FROM raw_batch").await,
            0
        );
        let report = verify_vault(&database).await.unwrap();
        assert!(report.is_whole(), "{report:?}");
        assert_eq!(report.packets, 123);
    }
);

test_on_both_databases!(
    packing_that_is_killed_again_and_again_loses_nothing,
    |database| async move {
        let city = city::build(&database).await;
        let packets = receive(&database, &city).await;
        readers_have_read(&database, packets.last().unwrap().id.batch_id()).await;
        let mut polls = 1_usize;
        let mut is_done = false;
        while !is_done {
            // dropped after ever more steps, as a killed process would be
            let mut packing = Box::pin(pack_next(&database, at(LATER), SMALL));
            let mut left = polls;
            let step = std::future::poll_fn(|context| {
                if left == 0 {
                    return std::task::Poll::Ready(None);
                }
                left -= 1;
                packing.as_mut().poll(context).map(Some)
            });
            match step.await {
                None => polls += 1,
                Some(packed) => is_done = packed.unwrap().is_none(),
            }
        }
        assert_eq!(read_all(&database).await, packets);
        let report = verify_vault(&database).await.unwrap();
        assert!(report.is_whole(), "{report:?}");
        assert_eq!(report.packets, 123);
        assert_eq!(
            count_raw(&database, "SELECT COUNT(*) FROM raw_batch").await,
            0
        );
    }
);
