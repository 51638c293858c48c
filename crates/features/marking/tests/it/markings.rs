//! Who may mark what, until when, and what waits for it.

use access::{Actor, Permission};
use marking::{
    AwaitingFilter, AwaitingReason, MarkingError, MarkingFilter, MarkingOrder, MarkingState,
    NewMarking, list_awaiting, list_codes, list_markings, load_marking, withdraw_marking,
};
use monitoring::layers::Mark;
use monitoring::{Layer, RecordKind, RecordsRequest, load_records};
use test_support::test_on_both_databases;

use crate::world::{World, at, hour, trail};

test_on_both_databases!(
    an_enterprise_marks_its_own_points_only,
    |database| async move {
        let world = World::build(database.handle()).await;
        let new = world.fault(3, 9);
        let marking = world.submit(&world.enterprise, new.clone()).await.unwrap();
        assert_eq!(marking.state, MarkingState::Submitted);
        assert!(!marking.is_late);
        // three working days after Tuesday the 24th: the end of Friday
        assert_eq!(marking.mark_due, Some(at("2026-11-28T00:00:00+08:00")));
        assert_eq!(marking.review_due, Some(at("2026-12-03T00:00:00+08:00")));
        let again = world.submit(&world.enterprise, new.clone()).await.unwrap();
        assert_eq!(again, marking, "handing in twice makes one");
        let changed = NewMarking {
            reason: "other".to_owned(),
            ..new.clone()
        };
        let error = world.submit(&world.enterprise, changed).await.unwrap_err();
        assert!(matches!(error, MarkingError::IdTaken { .. }));
        let foreign = world.submit(&world.rival, world.fault(3, 9)).await;
        assert!(matches!(foreign, Err(MarkingError::NotFound { .. })));
        // nor does the rival learn that the id is taken
        let foreign = world.submit(&world.rival, new).await;
        assert!(matches!(foreign, Err(MarkingError::NotFound { .. })));
        let bureau = world.submit(&world.reviewer, world.fault(3, 9)).await;
        assert!(matches!(bureau, Err(MarkingError::Refused(_))));
        let database = &world.database;
        let own = load_marking(database, &world.enterprise, marking.id)
            .await
            .unwrap();
        assert_eq!(own, marking);
        let rival = load_marking(database, &world.rival, marking.id).await;
        assert!(matches!(rival, Err(MarkingError::NotFound { .. })));
        let all = MarkingFilter {
            limit: 10,
            ..MarkingFilter::default()
        };
        assert!(
            list_markings(database, &world.rival, &all)
                .await
                .unwrap()
                .is_empty()
        );
        let subject = format!("marking:{}", marking.id);
        assert_eq!(trail(database, &subject).await, ["marking.submit"]);
        let subject = format!("point:{}", world.own.point);
        let trail = trail(database, &subject).await;
        assert_eq!(trail.last().unwrap(), "monitoring.record_mark");
    }
);

test_on_both_databases!(what_makes_no_sense_is_refused, |database| async move {
    let world = World::build(database.handle()).await;
    let refuse = async |change: fn(&mut NewMarking)| {
        let mut new = world.fault(3, 9);
        change(&mut new);
        match world.submit(&world.enterprise, new).await.unwrap_err() {
            MarkingError::Invalid { field, .. }
            | MarkingError::Monitoring(monitoring::MonitoringError::Invalid { field, .. }) => field,
            other => panic!("{other}"),
        }
    };
    assert_eq!(refuse(|new| new.subject.to = hour(3)).await, "to");
    assert_eq!(refuse(|new| new.subject.from = hour(37)).await, "to");
    let later = refuse(|new| (new.subject.from, new.subject.to) = (hour(37), hour(40))).await;
    assert_eq!(later, "from");
    assert_eq!(refuse(|new| new.subject.to = hour(24 * 40)).await, "to");
    assert_eq!(refuse(|new| new.mark = Mark::FlowInterrupted).await, "code");
    let unknown = refuse(|new| new.subject.factor_code = Some("w01018".to_owned())).await;
    assert_eq!(unknown, "factor_code");
    assert_eq!(
        refuse(|new| " ".clone_into(&mut new.reason)).await,
        "reason"
    );
    let all = MarkingFilter {
        limit: 10,
        ..MarkingFilter::default()
    };
    let kept = list_markings(&world.database, &world.enterprise, &all)
        .await
        .unwrap();
    assert!(kept.is_empty(), "nothing of it was kept");
});

test_on_both_databases!(
    late_markings_say_so_and_then_are_refused,
    |database| async move {
        let world = World::build(database.handle()).await;
        world.clock.set(at("2026-11-27T23:59:59+08:00"));
        let in_time = world
            .submit(&world.enterprise, world.fault(0, 1))
            .await
            .unwrap();
        assert!(!in_time.is_late);
        world.clock.set(at("2026-11-28T00:00:00+08:00"));
        let late = world
            .submit(&world.enterprise, world.fault(1, 2))
            .await
            .unwrap();
        assert!(late.is_late);
        world.clock.set(at("2026-12-24T23:59:59+08:00"));
        assert!(
            world
                .submit(&world.enterprise, world.fault(2, 3))
                .await
                .is_ok()
        );
        world.clock.set(at("2026-12-25T00:00:00+08:00"));
        let refused = world.submit(&world.enterprise, world.fault(3, 4)).await;
        let until = at("2026-12-25T00:00:00+08:00");
        assert!(matches!(refused, Err(MarkingError::TooLate { until: last }) if last == until));
    }
);

test_on_both_databases!(
    a_marking_is_withdrawn_until_it_is_reviewed,
    |database| async move {
        let world = World::build(database.handle()).await;
        world.send(&[(hour(3), "20.0", "N")]).await;
        let marking = world
            .submit(&world.enterprise, world.fault(3, 9))
            .await
            .unwrap();
        let marks = async || {
            let directory = world.directory.current();
            let request = RecordsRequest {
                layer: Layer::Marked,
                ..RecordsRequest::new(world.own.point, RecordKind::Hour, hour(3), hour(4))
            };
            let records = load_records(&world.database, &directory, &world.enterprise, request)
                .await
                .unwrap();
            records[0].readings[0].mark
        };
        assert_eq!(marks().await, Some(Mark::MonitorFault));
        let withdraw = async |actor: &Actor, revision| {
            let directory = world.directory.current();
            let said = (revision, "标错了");
            let (database, clock) = (&world.database, &world.clock);
            withdraw_marking(database, &directory, clock, actor, marking.id, said).await
        };
        let foreign = withdraw(&world.rival, 1).await;
        assert!(matches!(foreign, Err(MarkingError::NotFound { .. })));
        let stale = withdraw(&world.enterprise, 2).await;
        assert!(matches!(stale, Err(MarkingError::Stale { .. })));
        let withdrawn = withdraw(&world.enterprise, 1).await.unwrap();
        assert_eq!(withdrawn.state, MarkingState::Withdrawn);
        let kept = load_marking(&world.database, &world.enterprise, marking.id)
            .await
            .unwrap();
        assert_eq!(kept, withdrawn);
        assert_eq!(marks().await, None, "it does not stand any more");
        let again = withdraw(&world.enterprise, 2).await;
        assert!(matches!(again, Err(MarkingError::WrongState { .. })));
        let subject = format!("marking:{}", marking.id);
        let actions = ["marking.submit", "marking.withdraw"];
        assert_eq!(trail(&world.database, &subject).await, actions);
    }
);

test_on_both_databases!(what_nobody_marked_awaits_it, |database| async move {
    let world = World::build(database.handle()).await;
    let mut hours = vec![
        (hour(0), "20.0", "N"),
        (hour(1), "35.1", "N"),
        (hour(2), "20.0", "D"),
        (hour(3), "20.0", "D"),
        (hour(4), "35.0", "N"),
        (hour(6), "20.0", "D"),
    ];
    hours.extend((7..36).map(|at| (hour(at), "20.0", "N")));
    world.send(&hours).await;
    let list = async |actor: &Actor| {
        let directory = world.directory.current();
        let filter = AwaitingFilter::default();
        list_awaiting(
            &world.database,
            &directory,
            &world.clock,
            &world.parameters,
            actor,
            &filter,
        )
        .await
    };
    let page = list(&world.enterprise).await.unwrap();
    let told: Vec<_> = page
        .awaiting
        .iter()
        .map(|one| (one.reason, one.from, one.to, one.factor_codes.len()))
        .collect();
    let expected = [
        (AwaitingReason::Exceedance, hour(1), hour(2), 1),
        (AwaitingReason::Flag, hour(2), hour(4), 2),
        (AwaitingReason::Flag, hour(6), hour(7), 2),
    ];
    assert_eq!(told, expected);
    assert_eq!(page.awaiting[0].due, Some(at("2026-11-28T00:00:00+08:00")));
    assert_eq!(page.awaiting[1].flag.as_deref(), Some("D"));
    assert!(list(&world.rival).await.unwrap().awaiting.is_empty());
    assert!(matches!(
        list(&world.reviewer).await,
        Err(MarkingError::Refused(_))
    ));
    // what is marked awaits nothing
    world
        .submit(&world.enterprise, world.fault(1, 4))
        .await
        .unwrap();
    let page = list(&world.enterprise).await.unwrap();
    assert_eq!(page.awaiting.len(), 1);
    assert_eq!(page.awaiting[0].from, hour(6));
});

test_on_both_databases!(the_queue_is_sorted_and_paged, |database| async move {
    let world = World::build(database.handle()).await;
    let mut made = Vec::new();
    for day in [27, 25, 26] {
        world
            .clock
            .set(at(&format!("2026-11-{day}T12:00:00+08:00")));
        for from in 0..2 {
            let new = world.fault(from, from + 1);
            made.push(world.submit(&world.enterprise, new).await.unwrap());
        }
    }
    let mut filter = MarkingFilter {
        states: vec![MarkingState::Submitted],
        limit: 4,
        ..MarkingFilter::default()
    };
    let list = async |filter: &MarkingFilter| {
        let page = list_markings(&world.database, &world.reviewer, filter)
            .await
            .unwrap();
        page.into_iter().map(|one| one.id).collect::<Vec<_>>()
    };
    let by_due: Vec<_> = [2, 3, 4, 5, 0, 1]
        .map(|index: usize| made[index].id)
        .to_vec();
    let first = list(&filter).await;
    assert_eq!(first, by_due[..4]);
    filter.after = first.last().copied();
    assert_eq!(list(&filter).await, by_due[4..]);
    filter.order = MarkingOrder::Newest;
    filter.after = Some(made[2].id);
    assert_eq!(list(&filter).await, [made[1].id, made[0].id]);
    filter.after = None;
    for (change, count) in [
        (
            MarkingFilter {
                region: Some(crate::world::region("430422")),
                ..filter.clone()
            },
            0,
        ),
        (
            MarkingFilter {
                site_id: Some(world.other.site),
                ..filter.clone()
            },
            0,
        ),
        (
            MarkingFilter {
                point_id: Some(world.own.point),
                ..filter.clone()
            },
            4,
        ),
        (
            MarkingFilter {
                mark: Some(Mark::Stopped),
                ..filter.clone()
            },
            0,
        ),
        (
            MarkingFilter {
                states: vec![MarkingState::Accepted],
                ..filter.clone()
            },
            0,
        ),
        (
            MarkingFilter {
                from: Some(hour(1)),
                limit: 100,
                ..filter.clone()
            },
            3,
        ),
    ] {
        assert_eq!(list(&change).await.len(), count, "{change:?}");
    }
});

test_on_both_databases!(
    the_words_of_the_rule_are_those_of_the_layers,
    |database| async move {
        let world = World::build(database.handle()).await;
        let codes = list_codes(&world.parameters, &world.clock, &world.enterprise).unwrap();
        let words: std::collections::BTreeSet<&str> =
            codes.iter().map(|code| code.code.as_str()).collect();
        let marks: std::collections::BTreeSet<&str> =
            Mark::ALL.iter().map(|mark| mark.as_str()).collect();
        assert_eq!(words, marks);
        for code in &codes {
            let mark = Mark::from_name(&code.code).unwrap();
            assert_eq!(mark.excuses(), code.is_not_due, "{}", code.code);
        }
        let nobody = Actor {
            permissions: [Permission::ReadSites].into(),
            ..world.reviewer.clone()
        };
        assert!(list_codes(&world.parameters, &world.clock, &nobody).is_err());
    }
);
