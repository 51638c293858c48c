//! The quarantine keeps within its bounds, counts beyond them, and is replayed.
use std::sync::Arc;
use std::time::Duration;

use access::Actor;
use beijing_time::{SystemClock, Timestamp};
use bytes::Bytes;
use monitoring::journal::load_batch;
use monitoring::quarantine::{
    discard_quarantine, list_defect_samples, list_defects, list_quarantine,
    list_quarantined_packets, load_quarantined_packet, replay_quarantine,
};
use monitoring::{PacketOrigin, Quarantine, QuarantineReason, QuarantineSettings};
use test_support::test_on_both_databases;

fn settings() -> QuarantineSettings {
    QuarantineSettings {
        packets_per_address: 3,
        packets_in_total: 5,
        sample_every: 10,
        defect_samples: 2,
        flush: Duration::from_millis(1),
        ..QuarantineSettings::default()
    }
}

test_on_both_databases!(
    the_quarantine_is_bounded_counted_and_replayed,
    |database| async move {
        let actor = Actor::built_in_operator();
        let (quarantine, task) = Quarantine::start(database.handle(), settings());
        let (one, two): (Arc<str>, Arc<str>) = ("192.0.2.1".into(), "192.0.2.2".into());
        let at = Timestamp::from_epoch_ms(1_500_000_000_000);
        for index in 0..20 {
            let bytes = Bytes::from(format!("packet {index}"));
            quarantine.put_packet("MN1", &one, QuarantineReason::UnknownDevice, at, &bytes);
        }
        quarantine.put_packet(
            "MN2",
            &two,
            QuarantineReason::WrongPassword,
            at,
            &Bytes::from("x"),
        );
        for _ in 0..5 {
            quarantine.put_defect(&two, "checksum", at, b"##0001x");
        }
        drop(quarantine);
        task.finish(Duration::from_secs(10)).await;

        let mut entries = list_quarantine(&database, &actor, 10).await.unwrap();
        entries.sort_by(|a, b| a.mn.cmp(&b.mn));
        let seen: Vec<_> = entries
            .iter()
            .map(|entry| (&*entry.mn, entry.seen, entry.kept))
            .collect();
        assert_eq!(seen, [("MN1", 20, 3), ("MN2", 1, 1)]);
        let packets = list_quarantined_packets(&database, &actor, "MN1", 0, 10)
            .await
            .unwrap();
        // three kept, then the 10th beyond the quota took the place of the oldest
        let kept: Vec<_> = packets
            .iter()
            .map(|packet| packet.packet.as_slice())
            .collect();
        assert_eq!(kept, [&b"packet 1"[..], b"packet 2", b"packet 12"]);
        let loaded = load_quarantined_packet(&database, &actor, packets[0].id)
            .await
            .unwrap();
        assert_eq!(loaded, packets[0]);
        let defects = list_defects(&database, &actor, 10).await.unwrap();
        assert_eq!((defects[0].seen, &*defects[0].defect), (5, "checksum"));
        assert_eq!(
            list_defect_samples(&database, &actor, 10)
                .await
                .unwrap()
                .len(),
            2
        );

        let (journal, journal_task) = crate::journal::start(database.handle());
        let replayed = replay_quarantine(&database, &SystemClock, &actor, &journal, "MN1", 9)
            .await
            .unwrap();
        assert_eq!(replayed, 3);
        journal_task.finish(Duration::from_secs(5)).await;
        let stored = load_batch(&database, 1).await.unwrap().unwrap();
        assert!(
            stored
                .iter()
                .all(|packet| packet.origin == PacketOrigin::Replayed && packet.device_id == 9)
        );
        assert!(
            list_quarantined_packets(&database, &actor, "MN1", 0, 10)
                .await
                .unwrap()
                .is_empty()
        );

        assert_eq!(
            discard_quarantine(&database, &SystemClock, &actor, "MN2")
                .await
                .unwrap(),
            1
        );
        assert!(
            list_quarantine(&database, &actor, 10)
                .await
                .unwrap()
                .is_empty()
        );
    }
);
