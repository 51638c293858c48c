//! From the journal to an alarm, live, late and after a restart.

use access::Actor;
use alarms::{AlarmError, AlarmEventKind, AlarmFilter, AlarmKind, AlarmState, BacktestRequest};
use monitoring::{InterpretedBatch, LiveFeed};
use test_support::test_on_both_databases;

use crate::world::{World, at};

test_on_both_databases!(
    a_packet_over_its_limit_opens_an_alarm_with_a_trace,
    |database| async move {
        let world = World::new(database.handle()).await;
        let mut running = world.run(&world.live).await;
        world
            .send_hour("2016050411", "70.0", "2016-05-04T12:00:03+08:00")
            .await;
        let change = running.next_change().await;
        assert_eq!(change.event, AlarmEventKind::Opened);
        assert!(!change.is_silent);
        let alarms = world.over_limit().await;
        assert_eq!(alarms.len(), 1);
        let alarm = &alarms[0];
        assert_eq!((alarm.id, alarm.state), (change.alarm_id, AlarmState::Open));
        assert!(!alarm.trace_id.is_nil());
        assert_eq!(alarm.place.point_id, Some(world.point_id));
        assert_eq!(alarm.value.as_deref(), Some("70.0"));
        let packet_id = monitoring::PacketId(alarm.packet_id.unwrap());
        let packets = monitoring::journal::load_batch(&world.database, packet_id.batch_id());
        let packets = packets.await.unwrap().unwrap();
        assert!(
            packets[packet_id.place()]
                .bytes
                .windows(4)
                .any(|part| part == b"70.0")
        );
        running.stop().await;
    }
);

test_on_both_databases!(an_hour_in_two_packets_is_one_hour, |database| async move {
    let world = World::new(database.handle()).await;
    for code in ["a21026", "a21002"] {
        world.expect_factor(code).await;
    }
    let mut running = world.run(&world.live).await;
    // some minutes after the hour, the factor over its limit in the second packet
    let head = "Flag=7;PNUM=2;PNO";
    let time = "CP=&&DataTime=20160504110000";
    let first = format!("{head}=1;{time};a21002-Avg=10.0,a21002-Flag=N&&");
    let second = format!("{head}=2;{time};a21026-Avg=70.0,a21026-Flag=N&&");
    world
        .send_part("20160504120300001", &first, "2016-05-04T12:03:00+08:00")
        .await;
    world
        .send_part("20160504120300002", &second, "2016-05-04T12:03:01+08:00")
        .await;
    let change = running.next_change().await;
    assert_eq!(change.event, AlarmEventKind::Opened);
    assert!(!change.is_silent, "it is of the present");
    running.stop().await;
    let filter = AlarmFilter {
        kinds: vec![AlarmKind::Missing],
        limit: 100,
        ..AlarmFilter::default()
    };
    let actor = Actor::built_in_operator();
    let missing = alarms::list_alarms(&world.database, &actor, &filter).await;
    assert_eq!(missing.unwrap(), [], "nothing is missing");
});

test_on_both_databases!(
    a_late_packet_is_recorded_and_nobody_is_called,
    |database| async move {
        let world = World::new(database.handle()).await;
        let mut running = world.run(&world.live).await;
        world
            .send_hour("2016050211", "70.0", "2016-05-04T12:00:03+08:00")
            .await;
        let change = running.next_change().await;
        assert!(change.is_silent);
        let alarms = world.over_limit().await;
        assert_eq!(alarms.len(), 1);
        assert_eq!(alarms[0].state, AlarmState::Historical);
        assert_eq!(alarms[0].late_count, 1);
        running.stop().await;
    }
);

test_on_both_databases!(
    a_restart_loses_nothing_and_calls_nobody_twice,
    |database| async move {
        let world = World::new(database.handle()).await;
        let mut first = world.run(&world.live).await;
        world
            .send_hour("2016050408", "70.0", "2016-05-04T09:00:03+08:00")
            .await;
        let opened = first.next_change().await;
        first.stop().await;
        // while alarms stand still the value recovers, and exceeds again
        world
            .send_hour("2016050409", "20.0", "2016-05-04T10:00:03+08:00")
            .await;
        world
            .send_hour("2016050410", "90.0", "2016-05-04T11:00:03+08:00")
            .await;
        let mut second = world.run(&world.live).await;
        let again = second.next_change().await;
        assert_eq!(again.event, AlarmEventKind::Opened);
        assert_ne!(again.alarm_id, opened.alarm_id);
        second.stop().await;
        let alarms = world.over_limit().await;
        assert_eq!(alarms.len(), 2);
        let actor = Actor::built_in_operator();
        let (alarm, events) = alarms::load_alarm(&world.database, &actor, opened.alarm_id)
            .await
            .unwrap();
        assert_eq!(alarm.state, AlarmState::Recovered);
        let kinds: Vec<_> = events.iter().map(|event| event.kind).collect();
        assert_eq!(kinds, [AlarmEventKind::Opened, AlarmEventKind::Recovered]);

        // a third run has nothing left to read and nothing to tell
        let third = world.run(&world.live).await;
        let mut told = third.stop().await;
        assert!(told.try_recv().is_err());
        assert_eq!(world.over_limit().await, alarms);
    }
);

test_on_both_databases!(
    what_the_live_feed_left_out_is_read_from_the_journal,
    |database| async move {
        let world = World::new(database.handle()).await;
        let live = LiveFeed::default();
        let mut running = world.run(&live).await;
        // a first batch that is told, so that the adapter is known to follow the feed
        world
            .send_hour("2016050408", "20.0", "2016-05-04T09:00:03+08:00")
            .await;
        world
            .send_hour("2016050409", "70.0", "2016-05-04T10:00:03+08:00")
            .await;
        world
            .send_hour("2016050410", "20.0", "2016-05-04T11:00:03+08:00")
            .await;
        let told = InterpretedBatch {
            batch_id: 4,
            ..InterpretedBatch::default()
        };
        live.publish(told.into());
        assert_eq!(running.next_change().await.event, AlarmEventKind::Opened);
        running.stop().await;
        let alarms = world.over_limit().await;
        assert_eq!(alarms.len(), 1);
        assert_eq!(alarms[0].value.as_deref(), Some("70.0"));
    }
);

test_on_both_databases!(
    a_rule_is_tried_on_the_records_there_are,
    |database| async move {
        let world = World::new(database.handle()).await;
        for (hour, value) in [
            ("06", "70.0"),
            ("07", "20.0"),
            ("08", "90.0"),
            ("09", "95.0"),
        ] {
            let received = "2016-05-04T10:00:03+08:00";
            world
                .send_hour(&format!("20160504{hour}"), value, received)
                .await;
        }
        let rule = alarms::rules::shipped_rules()
            .into_iter()
            .find(|rule| rule.key == "over-upper-hour")
            .unwrap();
        let request = |from: &str, to: &str| BacktestRequest {
            definition: rule.definition.clone(),
            rule_id: 0,
            from: at(from),
            to: at(to),
        };
        let actor = Actor::built_in_operator();
        let directory = world.directory.current();
        let whole = request("2016-05-04T00:00:00+08:00", "2016-05-05T00:00:00+08:00");
        let tested = alarms::run_backtest(&world.database, &directory, &actor, whole).await;
        let tested = tested.unwrap();
        assert_eq!(tested.records, 4);
        let opened: Vec<_> = tested
            .alarms
            .iter()
            .map(|alarm| (alarm.opened_at, alarm.recovered_at.is_some()))
            .collect();
        assert_eq!(
            opened,
            [
                (at("2016-05-04T07:00:00+08:00"), true),
                (at("2016-05-04T09:00:00+08:00"), false)
            ]
        );
        assert!(world.over_limit().await.is_empty(), "nothing was raised");
        let backwards = request("2016-05-05T00:00:00+08:00", "2016-05-04T00:00:00+08:00");
        let refused = alarms::run_backtest(&world.database, &directory, &actor, backwards).await;
        assert!(matches!(
            refused,
            Err(AlarmError::Invalid { field: "to", .. })
        ));
        let mut nobody = actor.clone();
        nobody.permissions.clear();
        let whole = request("2016-05-04T00:00:00+08:00", "2016-05-05T00:00:00+08:00");
        let refused = alarms::run_backtest(&world.database, &directory, &nobody, whole).await;
        assert!(matches!(refused, Err(AlarmError::Refused(_))));
    }
);
