//! The quarantine keeps within its bounds, counts beyond them, and is replayed.
use std::sync::Arc;
use std::time::Duration;

use access::Actor;
use beijing_time::{SystemClock, Timestamp};
use bytes::Bytes;
use monitoring::journal::load_batch;
use monitoring::quarantine::{
    DefectSampleFilter, discard_defects, discard_quarantine, heed_sender, ignore_sender,
    list_defect_samples, list_defects, list_ignored_senders, list_quarantine,
    list_quarantined_packets, load_quarantine_figures, load_quarantined_packet,
    load_registration_proposal, replay_quarantine,
};
use monitoring::{PacketOrigin, Quarantine, QuarantineReason, QuarantineSettings};
use sites::{DeviceId, DevicePassword, DeviceQuirks, DirectoryDevice, Validity};
use test_support::test_on_both_databases;

/// A whole packet of an MN with a password.
fn packet(mn: &str, password: &str, second: u32) -> Bytes {
    let segment = format!(
        "QN=201805041300{second:02}000;ST=32;CN=2011;PW={password};MN={mn};Flag=5;\
         CP=&&DataTime=201805041300{second:02};w01018-Rtd=12.5,w01018-Flag=N&&"
    );
    hj212::encode_frame(segment.as_bytes())
}

/// The device of an MN, registered with the password 123456.
fn device(mn: &str) -> DirectoryDevice {
    DirectoryDevice {
        id: DeviceId(9),
        mn: mn.into(),
        name: String::new(),
        edition: hj212::Edition::Hj2017,
        system_type: "32".to_owned(),
        quirks: DeviceQuirks::default(),
        validity: Validity::ALWAYS,
        is_enabled: true,
        is_simulated: false,
        channels: Vec::new(),
        password: Some(DevicePassword::new("123456")),
        key: None,
        previous_key: None,
        sealing_error: None,
    }
}

fn samples(limit: u32) -> DefectSampleFilter {
    DefectSampleFilter {
        limit,
        ..DefectSampleFilter::default()
    }
}

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
            let bytes = packet("MN1", "123456", index);
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
        let kept: Vec<_> = packets.iter().map(|packet| packet.packet.clone()).collect();
        let expected = [1, 2, 12].map(|second| packet("MN1", "123456", second).to_vec());
        assert_eq!(kept, expected);
        let loaded = load_quarantined_packet(&database, &actor, packets[0].id)
            .await
            .unwrap();
        assert_eq!(loaded, packets[0]);
        let defects = list_defects(&database, &actor, 10).await.unwrap();
        assert_eq!((defects[0].seen, &*defects[0].defect), (5, "checksum"));
        assert_eq!(
            list_defect_samples(&database, &actor, &samples(10))
                .await
                .unwrap()
                .len(),
            2
        );

        let (journal, journal_task) = crate::journal::start(database.handle());
        let replayed = replay_quarantine(&database, &SystemClock, &actor, &journal, &device("MN1"))
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

test_on_both_databases!(
    only_packets_with_the_devices_password_are_replayed,
    |database| async move {
        let actor = Actor::built_in_operator();
        let (quarantine, task) = Quarantine::start(database.handle(), settings());
        let at = Timestamp::from_epoch_ms(1_500_000_000_000);
        let peer: Arc<str> = "192.0.2.1".into();
        for (password, second) in [("123456", 0), ("guessed", 1), ("123456", 2)] {
            let bytes = packet("MN1", password, second);
            quarantine.put_packet("MN1", &peer, QuarantineReason::UnknownDevice, at, &bytes);
        }
        drop(quarantine);
        task.finish(Duration::from_secs(10)).await;
        let proposal = load_registration_proposal(&database, &actor, "MN1")
            .await
            .unwrap();
        assert_eq!((proposal.passwords_heard, proposal.packets), (2, 3));
        assert_eq!(proposal.factors, ["w01018"]);
        assert!(
            load_registration_proposal(&database, &actor, "MN2")
                .await
                .is_err()
        );

        let (journal, journal_task) = crate::journal::start(database.handle());
        let known = device("MN1");
        let replayed = replay_quarantine(&database, &SystemClock, &actor, &journal, &known).await;
        assert_eq!(replayed.unwrap(), 2);
        journal_task.finish(Duration::from_secs(5)).await;
        let left = list_quarantined_packets(&database, &actor, "MN1", 0, 10)
            .await
            .unwrap();
        let left: Vec<_> = left.iter().map(|packet| packet.packet.clone()).collect();
        assert_eq!(left, [packet("MN1", "guessed", 1).to_vec()]);
    }
);

test_on_both_databases!(
    an_ignored_sender_is_counted_and_not_kept_until_it_is_heeded_again,
    |database| async move {
        let actor = Actor::built_in_operator();
        let at = Timestamp::from_epoch_ms(1_500_000_000_000);
        let peer: Arc<str> = "192.0.2.1".into();
        let send = async |mn: &str, count: u32| {
            let (quarantine, task) = Quarantine::start(database.handle(), settings());
            for second in 0..count {
                let bytes = packet(mn, "123456", second);
                quarantine.put_packet(mn, &peer, QuarantineReason::UnknownDevice, at, &bytes);
            }
            drop(quarantine);
            task.finish(Duration::from_secs(10)).await;
        };
        let seen_and_kept = async || {
            let entries = list_quarantine(&database, &actor, 10).await.unwrap();
            entries
                .iter()
                .map(|entry| (entry.seen, entry.kept))
                .collect::<Vec<_>>()
        };
        send("MN1", 2).await;
        assert_eq!(seen_and_kept().await, [(2, 2)]);
        let ignore = ("MN1", "某厂试机，不接入");
        let gone = ignore_sender(&database, &SystemClock, &actor, ignore).await;
        assert_eq!(gone.unwrap(), 2);
        send("MN1", 3).await;
        assert_eq!(seen_and_kept().await, [(5, 0)]);
        let ignored = list_ignored_senders(&database, &actor).await.unwrap();
        assert_eq!((&*ignored[0].mn, &*ignored[0].note), ignore);

        let was_ignored = heed_sender(&database, &SystemClock, &actor, "MN1").await;
        assert!(was_ignored.unwrap());
        let was_ignored = heed_sender(&database, &SystemClock, &actor, "MN1").await;
        assert!(!was_ignored.unwrap());
        send("MN1", 1).await;
        assert_eq!(seen_and_kept().await, [(6, 1)]);
        let wrong = ignore_sender(&database, &SystemClock, &actor, ("", "")).await;
        assert!(wrong.is_err());
    }
);

test_on_both_databases!(what_is_discarded_makes_room_again, |database| async move {
    let actor = Actor::built_in_operator();
    let at = Timestamp::from_epoch_ms(1_500_000_000_000);
    let peer: Arc<str> = "192.0.2.1".into();
    let (quarantine, task) = Quarantine::start(database.handle(), settings());
    let put = |mn: &str, second: u32| {
        let bytes = packet(mn, "123456", second);
        quarantine.put_packet(mn, &peer, QuarantineReason::UnknownDevice, at, &bytes);
    };
    let kept = async |mn: &str| {
        let packets = list_quarantined_packets(&database, &actor, mn, 0, 10).await;
        packets.unwrap().len()
    };
    for second in 0..3 {
        put("MN1", second);
    }
    while kept("MN1").await < 3 {
        tokio::task::yield_now().await;
    }
    assert_eq!(
        load_quarantine_figures(&database, &actor)
            .await
            .unwrap()
            .packets,
        3
    );
    discard_quarantine(&database, &SystemClock, &actor, "MN1")
        .await
        .unwrap();
    // the address was full before, and the same task is still running
    put("MN2", 4);
    drop(quarantine);
    task.finish(Duration::from_secs(10)).await;
    assert_eq!(kept("MN2").await, 1);
});

test_on_both_databases!(
    samples_of_bad_frames_are_listed_by_sort_and_discarded,
    |database| async move {
        let actor = Actor::built_in_operator();
        let at = Timestamp::from_epoch_ms(1_500_000_000_000);
        let (one, two): (Arc<str>, Arc<str>) = ("192.0.2.1".into(), "192.0.2.2".into());
        let (quarantine, task) = Quarantine::start(database.handle(), settings());
        quarantine.put_defect(&one, "checksum", at, b"##0001x");
        quarantine.put_defect(&one, "garbage", at, b"\x00\xff");
        quarantine.put_defect(&two, "checksum", at, b"##0002y");
        drop(quarantine);
        task.finish(Duration::from_secs(10)).await;
        let of = |peer: Option<&str>, defect: Option<&str>| DefectSampleFilter {
            peer: peer.map(str::to_owned),
            defect: defect.map(str::to_owned),
            limit: 10,
        };
        let count = async |filter: DefectSampleFilter| {
            let found = list_defect_samples(&database, &actor, &filter).await;
            found.unwrap().len()
        };
        assert_eq!(count(of(None, None)).await, 3);
        assert_eq!(count(of(Some("192.0.2.1"), None)).await, 2);
        assert_eq!(count(of(Some("192.0.2.1"), Some("checksum"))).await, 1);
        let sort = ("192.0.2.1", "checksum");
        let gone = discard_defects(&database, &SystemClock, &actor, sort).await;
        assert_eq!(gone.unwrap(), 1);
        assert_eq!(count(of(None, Some("checksum"))).await, 1);
        assert_eq!(list_defects(&database, &actor, 10).await.unwrap().len(), 2);
    }
);
