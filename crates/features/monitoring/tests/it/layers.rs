//! What the enterprise marks and the bureau reviews.

use access::{Actor, Permission, Scope};
use monitoring::MonitoringError;
use monitoring::layers::{
    Decision, Mark, NewMark, NewReview, Subject, list_marks, list_reviews, record_mark,
    record_review,
};
use monitoring::{Layer, RecordKind, SeriesPoint, SeriesRequest, SeriesStatistic, load_series};
use test_support::test_on_both_databases;

use crate::city::{self, City, at, clock, code, frame};
use crate::interpreter::{count, feed};

fn subject(city: &City, from: &str, to: &str) -> Subject {
    Subject {
        point_id: city.gas,
        kind: Some(RecordKind::Hour),
        factor_code: Some("a21026".to_owned()),
        from: at(from),
        to: at(to),
    }
}

fn decide(subject: Subject, decision: Decision, value: Option<&str>) -> NewReview {
    NewReview {
        subject,
        mark_id: None,
        decision,
        value: value.map(|value| value.parse().unwrap()),
        reason: "checked \"on site\"".to_owned(),
    }
}

async fn first_point(database: &database::Database, city: &City, layer: Layer) -> SeriesPoint {
    let request = SeriesRequest {
        point_id: city.gas,
        kind: RecordKind::Hour,
        factors: vec!["a21026".to_owned()],
        from: at("2016-05-04T15:00:00+08:00"),
        to: at("2016-05-04T16:00:00+08:00"),
        layer,
        statistic: SeriesStatistic::Measured,
        known_at: None,
        most_points: None,
    };
    let actor = Actor::built_in_operator();
    let directory = city.directory.current();
    let series = load_series(database, &directory, &clock(), &actor, &request)
        .await
        .unwrap();
    series.factors[0].points[0].clone()
}

test_on_both_databases!(the_layers_stand_side_by_side, |database| async move {
    let city = city::build(&database).await;
    let directory = city.directory.current();
    let actor = Actor::built_in_operator();
    let area = "DataTime=20160504150000;a21026-Min=1,a21026-Avg=9.90,a21026-Max=20,a21026-Flag=N";
    feed(
        &database,
        &city,
        &[frame("20160504160000000", "2061", area)],
        1,
    )
    .await;
    let hour = || {
        subject(
            &city,
            "2016-05-04T15:00:00+08:00",
            "2016-05-04T16:00:00+08:00",
        )
    };
    let new = NewMark {
        subject: Subject {
            factor_code: None,
            ..hour()
        },
        mark: Mark::StartingUp,
        reason: " boiler lit ".to_owned(),
    };
    let mark = record_mark(&database, &directory, &clock(), &actor, new)
        .await
        .unwrap();
    assert_eq!(
        (mark.reason.as_str(), mark.author.as_str()),
        ("boiler lit", "operator")
    );
    let received = first_point(&database, &city, Layer::Received).await;
    assert_eq!((received.mark, received.validity), (None, None));
    assert_eq!(received.value.as_ref().unwrap().text(), "9.90");
    let marked = first_point(&database, &city, Layer::Marked).await;
    assert_eq!(marked.mark, Some(Mark::StartingUp));
    assert_eq!(marked.value, received.value, "a mark changes no value");
    // each review stands above those before
    for (decision, value, shown, validity) in [
        (Decision::Accepted, None, None, "invalid"),
        (Decision::Rejected, None, Some("9.90"), "received"),
        (Decision::Replaced, Some("5.0"), Some("5.0"), "replaced"),
        (Decision::Invalid, None, None, "invalid"),
        (Decision::Restored, None, Some("9.90"), "received"),
    ] {
        let new = NewReview {
            mark_id: Some(mark.id),
            ..decide(hour(), decision, value)
        };
        record_review(&database, &directory, &clock(), &actor, new)
            .await
            .unwrap();
        let point = first_point(&database, &city, Layer::Effective).await;
        let text = point.value.as_ref().map(|value| value.text().into_owned());
        assert_eq!(text.as_deref(), shown, "{decision:?}");
        assert_eq!(point.validity.unwrap().as_str(), validity, "{decision:?}");
    }
    let span = (
        at("2016-05-04T15:59:00+08:00"),
        at("2016-05-05T00:00:00+08:00"),
    );
    let reviews = list_reviews(&database, &directory, &actor, city.gas, span)
        .await
        .unwrap();
    assert_eq!(reviews.len(), 5);
    assert_eq!(reviews[2].value.unwrap().to_string(), "5.0");
    let marks = list_marks(&database, &directory, &actor, city.gas, span)
        .await
        .unwrap();
    assert_eq!(marks, [mark]);
    let trail = "SELECT COUNT(*) FROM audit_entry WHERE action LIKE 'monitoring.record_%'";
    assert_eq!(count(&database, trail).await, 6);
});

test_on_both_databases!(marks_and_reviews_are_checked, |database| async move {
    let city = city::build(&database).await;
    let directory = city.directory.current();
    let hour = || {
        subject(
            &city,
            "2016-05-04T15:00:00+08:00",
            "2016-05-04T16:00:00+08:00",
        )
    };
    let operator = Actor::built_in_operator();
    let mut reader = Actor::built_in_operator();
    reader.permissions.remove(&Permission::ReviewData);
    reader.permissions.remove(&Permission::MarkData);
    let neighbour = Actor {
        scope: Scope::Region(code("430422")),
        ..Actor::built_in_operator()
    };
    let review = async |actor: &Actor, new| {
        record_review(&database, &directory, &clock(), actor, new)
            .await
            .unwrap_err()
    };
    let valid = || decide(hour(), Decision::Invalid, None);
    assert!(matches!(
        review(&reader, valid()).await,
        MonitoringError::Refused(_)
    ));
    assert!(matches!(
        review(&neighbour, valid()).await,
        MonitoringError::NoSuchPoint { .. }
    ));
    let unknown = NewReview {
        mark_id: Some(77),
        ..valid()
    };
    assert!(matches!(
        review(&operator, unknown).await,
        MonitoringError::NoSuchMark { mark_id: 77 }
    ));
    let backwards = subject(
        &city,
        "2016-05-04T16:00:00+08:00",
        "2016-05-04T15:00:00+08:00",
    );
    for (new, wrong) in [
        (decide(hour(), Decision::Replaced, None), "value"),
        (decide(hour(), Decision::Invalid, Some("1")), "value"),
        (decide(backwards, Decision::Invalid, None), "to"),
        (
            NewReview {
                reason: " ".to_owned(),
                ..valid()
            },
            "reason",
        ),
        (
            decide(
                Subject {
                    kind: None,
                    ..hour()
                },
                Decision::Replaced,
                Some("1"),
            ),
            "factor_code",
        ),
    ] {
        let error = review(&operator, new).await;
        assert!(
            matches!(&error, MonitoringError::Invalid { field, .. } if *field == wrong),
            "{wrong}: {error:?}"
        );
    }
    let new = NewMark {
        subject: hour(),
        mark: Mark::Other,
        reason: "why not".to_owned(),
    };
    let error = record_mark(&database, &directory, &clock(), &reader, new).await;
    assert!(matches!(error, Err(MonitoringError::Refused(_))));
    assert_eq!(
        count(&database, "SELECT COUNT(*) FROM record_review").await,
        0
    );
    assert_eq!(
        count(&database, "SELECT COUNT(*) FROM record_mark").await,
        0
    );
});
