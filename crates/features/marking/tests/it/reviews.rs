//! What the bureau decides, and what follows from it.

use access::Actor;
use beijing_time::{DAY_MS, HOUR_MS};
use marking::{
    MarkingError, MarkingState, NewMarking, NewSample, Substitute, SubstituteMethod, Verdict,
    compute_substitute, create_sample, load_layer_table, load_marking,
};
use monitoring::layers::{Decision, Mark, Subject, Validity};
use monitoring::{Field, RecordKind, load_derived};
use test_support::test_on_both_databases;
use uuid::Uuid;

use crate::world::{World, hour, trail};

/// A whole day of hours, values 1.0, 2.0 … 24.0.
async fn send_day(world: &World) {
    let values: Vec<String> = (1..=24).map(|value| format!("{value}.0")).collect();
    let hours: Vec<_> = (0..24)
        .zip(&values)
        .map(|(at, value)| (hour(at), value.as_str(), "N"))
        .collect();
    world.send(&hours).await;
}

test_on_both_databases!(
    a_rejected_marking_is_made_again_and_accepted,
    |database| async move {
        let world = World::build(database.handle()).await;
        send_day(&world).await;
        let before = world.rates().await;
        assert_eq!((before.due_values, before.valid_values), (48, 48));
        let first = world
            .submit(&world.enterprise, world.fault(3, 9))
            .await
            .unwrap();
        assert_eq!(
            world.rates().await,
            before,
            "a marking alone changes nothing"
        );
        let rejected = world
            .review(&world.reviewer, &first, Verdict::Reject)
            .await
            .unwrap();
        assert_eq!(rejected.state, MarkingState::Rejected);
        assert_eq!(
            world.rates().await,
            before,
            "rejected: the values count as received"
        );
        let second = world
            .submit(&world.enterprise, world.fault(3, 9))
            .await
            .unwrap();
        let accepted = world
            .review(&world.reviewer, &second, Verdict::Accept)
            .await
            .unwrap();
        assert_eq!(accepted.state, MarkingState::Accepted);
        let kept = load_marking(&world.database, &world.reviewer, second.id)
            .await
            .unwrap();
        assert_eq!(kept, accepted);
        let after = world.rates().await;
        assert_eq!((after.due_values, after.valid_values), (48, 36));
        assert_eq!(after.received_values, 48, "they were received all the same");
        let restored = world
            .review(&world.reviewer, &accepted, Verdict::Restore)
            .await
            .unwrap();
        assert_eq!(restored.state, MarkingState::Restored);
        assert_eq!(world.rates().await, before);
        let subject = format!("marking:{}", second.id);
        let actions = ["marking.submit", "marking.review", "marking.review"];
        assert_eq!(trail(&world.database, &subject).await, actions);
    }
);

test_on_both_databases!(
    an_accepted_stop_is_not_due_even_without_data,
    |database| async move {
        let world = World::build(database.handle()).await;
        let hours: Vec<_> = (0..20).map(|at| (hour(at), "5.0", "N")).collect();
        world.send(&hours).await;
        let before = world.rates().await;
        assert_eq!(
            (before.due_hours, before.due_values, before.received_values),
            (24, 48, 40)
        );
        let stop = NewMarking {
            mark: Mark::Stopped,
            ..world.fault(18, 24)
        };
        let stop = world.submit(&world.enterprise, stop).await.unwrap();
        world
            .review(&world.reviewer, &stop, Verdict::Accept)
            .await
            .unwrap();
        let after = world.rates().await;
        // two hours with data and four without are excused
        assert_eq!((after.due_hours, after.exempt_hours), (18, 6));
        assert_eq!(
            (after.due_values, after.valid_values, after.exempt_values),
            (36, 36, 12)
        );
    }
);

test_on_both_databases!(
    the_second_reviewer_is_told_who_was_first,
    |database| async move {
        let world = World::build(database.handle()).await;
        let marking = world
            .submit(&world.enterprise, world.fault(3, 9))
            .await
            .unwrap();
        let second = Actor {
            name: "user:second".to_owned(),
            ..world.reviewer.clone()
        };
        let (one, two) = tokio::join!(
            world.review(&world.reviewer, &marking, Verdict::Accept),
            world.review(&second, &marking, Verdict::Reject),
        );
        let (winner, loser) = match (one, two) {
            (Ok(_), Err(error)) => ("user:bureau", error),
            (Err(error), Ok(_)) => ("user:second", error),
            other => panic!("one decides: {other:?}"),
        };
        assert!(
            matches!(&loser, MarkingError::Stale { by, .. } if by == winner),
            "{loser}"
        );
        let own = Actor {
            name: marking.author.clone(),
            ..world.reviewer.clone()
        };
        let next = world
            .submit(&world.enterprise, world.fault(9, 10))
            .await
            .unwrap();
        let same = world.review(&own, &next, Verdict::Accept).await;
        assert!(matches!(same, Err(MarkingError::SamePerson)));
        let enterprise = world
            .review(&world.enterprise, &next, Verdict::Accept)
            .await;
        assert!(matches!(enterprise, Err(MarkingError::Refused(_))));
        let subject = format!("marking:{}", marking.id);
        let actions = ["marking.submit", "marking.review"];
        assert_eq!(
            trail(&world.database, &subject).await,
            actions,
            "one review"
        );
    }
);

fn largest_hours(code: &str) -> Verdict {
    Verdict::Substitute(Substitute {
        factor_code: code.to_owned(),
        method: SubstituteMethod::LargestHours,
    })
}

test_on_both_databases!(
    only_the_amount_is_replaced_by_hj_75,
    |database| async move {
        let world = World::build(database.handle()).await;
        // from the 1st of October on, so that the quarter is valid; the largest before is 30.0
        let start = hour(0).plus_ms(-54 * DAY_MS);
        let mut hours: Vec<_> = (0..54 * 24)
            .map(|at| (start.plus_ms(at * HOUR_MS), "5.0", "N"))
            .collect();
        hours[54 * 24 - 30].1 = "30.0";
        hours.extend((0..24).map(|at| (hour(at), "50.0", if at < 20 { "N" } else { "D" })));
        world.send(&hours).await;
        let marking = world
            .submit(&world.enterprise, world.fault(20, 24))
            .await
            .unwrap();
        let directory = world.directory.current();
        let substitute = Substitute {
            factor_code: "a21026".to_owned(),
            method: SubstituteMethod::LargestHours,
        };
        let found = compute_substitute(
            &world.database,
            &directory,
            &world.clock,
            &world.reviewer,
            marking.id,
            &substitute,
        )
        .await
        .unwrap();
        // 56 whole days but for the present one: 1,332 hours, of which 1,316 are valid
        assert!(found.steps[0].0.contains("98.8%"), "{:?}", found.steps);
        assert_eq!(found.value.unwrap().to_string(), "50.0");
        assert_eq!(found.decision, Decision::AmountReplaced);
        let verdict = largest_hours("a21026");
        let replaced = world
            .review(&world.reviewer, &marking, verdict)
            .await
            .unwrap();
        assert_eq!(replaced.state, MarkingState::Replaced);
        assert!(replaced.calculation.unwrap().contains("98.8"));
        let table = load_layer_table(
            &world.database,
            &directory,
            &world.enterprise,
            (world.own.point, RecordKind::Hour),
            (hour(19), hour(24)),
            None,
        )
        .await
        .unwrap();
        let of = |at: i64, code: &str| {
            let mut rows = table.rows.iter();
            rows.find(|row| row.time == hour(at) && row.factor_code == code)
                .unwrap()
        };
        let row = of(20, "a21026");
        assert_eq!(row.validity, Validity::AmountReplaced);
        let effective = row.effective.as_ref().unwrap();
        assert_eq!(effective.value(&Field::Cou).unwrap().text(), "50.0");
        assert_eq!(effective.main_value(), None, "no concentration is replaced");
        assert!(row.received.main_value().is_some(), "as received stays");
        assert_eq!(table.marks[row.mark.unwrap()].mark, Mark::MonitorFault);
        assert_eq!(table.reviews[row.review.unwrap()].author, "user:bureau");
        // the other factor was marked too and has no substitute
        assert_eq!(of(20, "a21002").validity, Validity::Invalid);
        assert_eq!(of(19, "a21026").mark, None);
        world.rates().await;
        let request =
            monitoring::RecordsRequest::new(world.own.point, RecordKind::Day, hour(0), hour(24));
        let day = load_derived(&world.database, &directory, &world.reviewer, request)
            .await
            .unwrap();
        let mut factors = day[0].1.iter();
        let day = factors.find(|one| one.factor_code == "a21026").unwrap();
        assert_eq!(
            (day.count, day.amount.unwrap().to_string()),
            (20, "1200.0".to_owned())
        );
    }
);

test_on_both_databases!(
    manual_samples_stand_in_for_concentrations,
    |database| async move {
        let world = World::build(database.handle()).await;
        send_day(&world).await;
        let directory = world.directory.current();
        let marking = NewMarking {
            subject: Subject {
                factor_code: Some("a21026".to_owned()),
                ..world.fault(0, 12).subject
            },
            ..world.fault(0, 12)
        };
        let marking = world.submit(&world.enterprise, marking).await.unwrap();
        let verdict = || {
            Verdict::Substitute(Substitute {
                factor_code: "a21026".to_owned(),
                method: SubstituteMethod::ManualSamples,
            })
        };
        let none = world.review(&world.reviewer, &marking, verdict()).await;
        assert!(matches!(
            none,
            Err(MarkingError::Invalid {
                field: "method",
                ..
            })
        ));
        for (at, value) in [(1, "10.0"), (7, "10.5"), (13, "99")] {
            let new = NewSample {
                id: Uuid::now_v7(),
                point_id: world.own.point,
                factor_code: "a21026".to_owned(),
                sampled_at: hour(at),
                value: value.to_owned(),
                method: "HJ 57-2017".to_owned(),
                laboratory: String::new(),
                note: String::new(),
            };
            create_sample(
                &world.database,
                &directory,
                &world.clock,
                &world.enterprise,
                new,
            )
            .await
            .unwrap();
        }
        let replaced = world
            .review(&world.reviewer, &marking, verdict())
            .await
            .unwrap();
        // 10.25 to one place, half to even
        let value = replaced.review.unwrap().value;
        assert_eq!(value.as_deref(), Some("10.2"));
        let wrong = Verdict::Substitute(Substitute {
            factor_code: "a21002".to_owned(),
            method: SubstituteMethod::ManualSamples,
        });
        let kept = load_marking(&world.database, &world.reviewer, marking.id)
            .await
            .unwrap();
        let other = world.review(&world.reviewer, &kept, wrong).await;
        assert!(matches!(
            other,
            Err(MarkingError::Invalid {
                field: "factor_code",
                ..
            })
        ));
        let counts = world.rates().await;
        assert_eq!(
            counts.valid_values, 48,
            "replaced concentrations count as valid"
        );
    }
);

test_on_both_databases!(
    a_quarter_with_too_little_has_no_largest_value,
    |database| async move {
        let world = World::build(database.handle()).await;
        send_day(&world).await;
        let marking = world
            .submit(&world.enterprise, world.fault(20, 24))
            .await
            .unwrap();
        let refused = world
            .review(&world.reviewer, &marking, largest_hours("a21026"))
            .await;
        assert!(
            matches!(&refused, Err(MarkingError::Invalid { reason, .. }) if reason.contains("75%")),
            "{refused:?}"
        );
        let day = Verdict::Substitute(Substitute {
            factor_code: "a21026".to_owned(),
            method: SubstituteMethod::LargestDay(None),
        });
        let refused = world.review(&world.reviewer, &marking, day).await;
        assert!(matches!(
            refused,
            Err(MarkingError::Invalid {
                field: "method",
                ..
            })
        ));
        let kept = load_marking(&world.database, &world.reviewer, marking.id)
            .await
            .unwrap();
        assert_eq!(kept, marking, "nothing was decided");
    }
);

test_on_both_databases!(the_largest_day_stands_in_by_hj_356, |database| async move {
    let world = World::build(database.handle()).await;
    let day = |back: i64, amount: &str| {
        let start = hour(0).plus_ms(-back * DAY_MS);
        let stamp = start.civil().to_compact();
        let area = format!("DataTime={stamp};a21026-Avg=9.0,a21026-Cou={amount},a21026-Flag=N");
        (start.plus_ms(DAY_MS), "2031", area)
    };
    world
        .send_areas(&[
            day(40, "99.5"),
            day(20, "12.5"),
            day(3, "10.0"),
            day(0, "3.0"),
        ])
        .await;
    let marking = world
        .submit(&world.enterprise, world.fault(3, 9))
        .await
        .unwrap();
    let verdict = Verdict::Substitute(Substitute {
        factor_code: "a21026".to_owned(),
        method: SubstituteMethod::LargestDay(None),
    });
    let replaced = world
        .review(&world.reviewer, &marking, verdict)
        .await
        .unwrap();
    let review = replaced.review.unwrap();
    assert_eq!(review.decision, Decision::AmountReplaced);
    assert_eq!(
        review.value.as_deref(),
        Some("12.5"),
        "the last thirty days"
    );
});
