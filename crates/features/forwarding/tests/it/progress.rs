//! The checkpoint and what was passed over: written down together, sent again on demand.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use forwarding::{
    Delivery, Failure, FailureFilter, FailureReason, FailureState, ForwardingError, Outcome,
    TargetId, find_journal_head, list_failures, list_queued_failures, load_target, mark_gone,
    read_journal, resend_failures, save_outcome,
};
use monitoring::{
    ArrivedPacket, CommitSink, Journal, JournalSettings, NoSink, PacketId, PacketOrigin,
};
use test_support::{TestDatabase, test_on_both_databases};

use crate::world::{World, officer, operator};

fn failure(packet: i64, device_id: i64, reason: FailureReason) -> Failure {
    Failure {
        packet_id: PacketId(packet),
        device_id,
        at: "2026-03-01T08:00:00+08:00".parse().unwrap(),
        reason,
        detail: String::new(),
        attempts: 1,
        state: FailureState::Failed,
    }
}

fn outcome(done: i64, delivery: Delivery) -> Outcome {
    Outcome {
        done: PacketId(done),
        done_received_at: None,
        delivery,
    }
}

fn all() -> FailureFilter {
    FailureFilter {
        limit: 10,
        ..FailureFilter::default()
    }
}

test_on_both_databases!(
    what_was_passed_over_is_kept_with_the_checkpoint_and_sent_again_on_demand,
    |database| async move { passed_over(database).await }
);

async fn passed_over(database: TestDatabase) {
    let world = World::new(database.handle()).await;
    let target = world.add_target("省级平台").await;
    let (database, id) = (&world.database, target.id);
    let delivery = Delivery {
        delivered: 5,
        failures: vec![
            failure(65_540, 1, FailureReason::NotAcknowledged),
            failure(65_541, 2, FailureReason::RefusedBySuperior),
            failure(65_542, 2, FailureReason::DeviceUnanswered),
        ],
        ..Delivery::default()
    };
    let first = outcome(70_000, delivery);
    save_outcome(database, id, target.progress.done, &first)
        .await
        .unwrap();
    let moved = save_outcome(database, id, PacketId(3), &first).await;
    assert!(
        matches!(moved, Err(ForwardingError::CheckpointMoved { .. })),
        "{moved:?}"
    );
    let progress = load_target(database, &operator(), id)
        .await
        .unwrap()
        .progress;
    assert_eq!(
        (progress.done, progress.sent, progress.given_up),
        (PacketId(70_000), 5, 3)
    );

    let seen = |list: Vec<Failure>| list.iter().map(|it| it.packet_id.0).collect::<Vec<_>>();
    let listed = list_failures(database, &operator(), id, &all())
        .await
        .unwrap();
    assert_eq!(seen(listed), [65_542, 65_541, 65_540]);
    let page = FailureFilter {
        after: Some(PacketId(65_541)),
        ..all()
    };
    let listed = list_failures(database, &operator(), id, &page)
        .await
        .unwrap();
    assert_eq!(seen(listed), [65_540]);
    let listed = list_failures(database, &officer(), id, &all())
        .await
        .unwrap();
    assert_eq!(
        seen(listed),
        [65_540],
        "another county's packets are not shown"
    );

    // an officer sends again what is its own; nobody else's
    let clock = &world.clock;
    assert_eq!(
        resend_failures(database, clock, &officer(), id, None)
            .await
            .unwrap(),
        1
    );
    let named = [PacketId(65_541), PacketId(9)];
    let count = resend_failures(database, clock, &operator(), id, Some(&named))
        .await
        .unwrap();
    assert_eq!(count, 1);
    assert_eq!(world.audited("forwarding.resend").await.len(), 2);
    taken_again(&world, id).await;
}

/// The superior takes packets of device 2 again: what was passed over unsent follows by itself.
async fn taken_again(world: &World, id: TargetId) {
    let database = &world.database;
    let delivery = Delivery {
        redelivered: vec![PacketId(65_540)],
        revived: vec![2],
        failures: vec![Failure {
            attempts: 2,
            ..failure(65_541, 2, FailureReason::RefusedBySuperior)
        }],
        ..Delivery::default()
    };
    save_outcome(database, id, PacketId(70_000), &outcome(70_000, delivery))
        .await
        .unwrap();
    let progress = load_target(database, &operator(), id)
        .await
        .unwrap()
        .progress;
    assert_eq!((progress.sent, progress.given_up), (6, 2));
    let queued = list_queued_failures(database, &world.directory, id, PacketId(0), 10)
        .await
        .unwrap();
    assert_eq!(queued.len(), 1);
    let (again, packet) = &queued[0];
    assert_eq!((again.packet_id, packet), (PacketId(65_542), &None));
    mark_gone(database, id, again, world.now()).await.unwrap();
    let listed = list_failures(database, &operator(), id, &all())
        .await
        .unwrap();
    let shown: Vec<_> = listed
        .iter()
        .map(|it| (it.reason, it.state, it.attempts))
        .collect();
    assert_eq!(
        shown,
        [
            (FailureReason::Gone, FailureState::Failed, 1),
            (FailureReason::RefusedBySuperior, FailureState::Failed, 2)
        ]
    );
}

test_on_both_databases!(
    the_journal_is_read_from_any_packet_on,
    |database| async move { journal(database).await }
);

async fn journal(database: TestDatabase) {
    let world = World::new(database.handle()).await;
    let settings = JournalSettings {
        batch_packets: 3,
        linger: Duration::from_millis(1),
        ..JournalSettings::default()
    };
    let (journal, task) =
        Journal::start(database.handle(), Arc::new(world.clock.clone()), settings);
    let sink: Arc<dyn CommitSink> = Arc::new(NoSink);
    let packets = (0..7_u64)
        .map(|number| ArrivedPacket {
            bytes: Bytes::from(number.to_string()),
            received_at: world.now(),
            device_id: 1,
            origin: PacketOrigin::Live,
            peer: "x".into(),
            tag: number,
            sink: Arc::clone(&sink),
        })
        .collect();
    journal.put_all(packets).await.unwrap();
    task.finish(Duration::from_secs(20)).await;
    let head = find_journal_head(&database).await.unwrap();
    let read_from = async |mut at: PacketId| {
        let (mut texts, mut ids) = (String::new(), Vec::new());
        while let Some(piece) = read_journal(&database, at).await.unwrap() {
            for packet in piece.packets {
                texts.push_str(std::str::from_utf8(&packet.bytes).unwrap());
                ids.push(packet.id);
            }
            at = piece.read_to;
        }
        assert_eq!(at, head);
        (texts, ids)
    };
    let (texts, ids) = read_from(PacketId(0)).await;
    assert_eq!(texts, "0123456");
    for (place, id) in ids.iter().enumerate() {
        let (rest, _ids) = read_from(*id).await;
        assert_eq!(rest, texts[place + 1..]);
        let (rest, _ids) = read_from(PacketId(id.0 - 1)).await;
        assert_eq!(rest, texts[place..]);
    }
    assert_eq!(read_journal(&database, head).await.unwrap(), None);
}
