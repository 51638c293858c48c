//! Report, check, accept, correct; and what indicators make of it.

use std::collections::BTreeSet;

use access::{Actor, Permission, Scope};
use beijing_time::FixedClock;
use city_plan::progress::Status;
use city_plan::skeleton;
use database::{Database, audit};
use plan::{
    InputSource, NewValue, PlanBook, PlanError, ReportedValue, ValueFilter, ValueState,
    accept_value, check_value, list_indicator_states, list_values, load_indicator_course,
    report_value, return_value,
};
use test_support::{TestDatabase, test_on_both_databases};
use uuid::Uuid;

fn clock() -> FixedClock {
    FixedClock::new("2027-01-10T08:00:00+08:00".parse().unwrap())
}

fn person(name: &str) -> Actor {
    Actor {
        name: format!("user:{name}"),
        ..Actor::built_in_operator()
    }
}

fn book() -> PlanBook {
    PlanBook::read(&skeleton())
}

fn value(measure: &str, year: i32, value: &str) -> NewValue {
    NewValue {
        id: Uuid::now_v7(),
        measure: measure.to_owned(),
        region: "990100".parse().unwrap(),
        year,
        project_id: None,
        value: value.parse().unwrap(),
        evidence: "年报第 3 页".to_owned(),
        is_simulated: true,
    }
}

async fn accepted(database: &Database, new: NewValue) -> ReportedValue {
    let id = new.id;
    report_value(database, &clock(), &book(), &person("unit"), new)
        .await
        .unwrap();
    check_value(database, &clock(), &person("checker"), id)
        .await
        .unwrap();
    accept_value(database, &clock(), &book(), &person("chief"), id)
        .await
        .unwrap()
}

async fn states_of(database: &Database) -> Vec<(String, ValueState)> {
    let filter = ValueFilter {
        limit: 100,
        ..ValueFilter::default()
    };
    let mut states: Vec<_> = list_values(database, &person("reader"), &filter)
        .await
        .unwrap()
        .into_iter()
        .map(|one| (one.new.value.to_string(), one.state))
        .collect();
    states.sort_by(|a, b| a.0.cmp(&b.0));
    states
}

async fn a_value_goes_from_report_to_acceptance_and_into_the_indicator(test: TestDatabase) {
    let database = test.handle();
    let days = accepted(&database, value("good_days", 2026, "322")).await;
    assert_eq!(days.state, ValueState::Accepted);
    let states = list_indicator_states(&database, &person("reader"), &book(), 2026)
        .await
        .unwrap();
    // the other measure is missing, and so is the indicator
    assert_eq!(states[0].value, None);
    assert_eq!(states[0].status, Status::NoData);
    accepted(&database, value("valid_days", 2026, "365")).await;
    let states = list_indicator_states(&database, &person("reader"), &book(), 2026)
        .await
        .unwrap();
    let state = &states[0];
    // 322 × 100 ÷ 365 = 88.219…; expected of 2026: 88 + (89 − 88) ÷ 3
    assert_eq!(state.value.unwrap().to_string(), "88.2");
    assert_eq!(state.expected.unwrap().to_string(), "88.3333");
    assert_eq!(state.status, Status::AtRisk);
    assert!(state.is_simulated);
    assert_eq!(state.inputs[0].measure, "good_days");
    assert_eq!(state.inputs[0].report.as_ref().unwrap().new.id, days.new.id);
    assert_eq!(state.inputs[0].source, InputSource::Reported);
    assert_eq!(state.inputs[0].value.unwrap().to_string(), "322");
}

test_on_both_databases!(goes_from_report_to_acceptance, |database| {
    a_value_goes_from_report_to_acceptance_and_into_the_indicator(database)
});

async fn a_correction_takes_the_place_and_the_old_value_is_kept(test: TestDatabase) {
    let database = test.handle();
    accepted(&database, value("valid_days", 2026, "365")).await;
    let first = accepted(&database, value("good_days", 2026, "322")).await;
    let second = accepted(&database, value("good_days", 2026, "340")).await;
    let states = states_of(&database).await;
    assert_eq!(
        states,
        [
            ("322".to_owned(), ValueState::Superseded),
            ("340".to_owned(), ValueState::Accepted),
            ("365".to_owned(), ValueState::Accepted),
        ]
    );
    let now = list_indicator_states(&database, &person("reader"), &book(), 2026)
        .await
        .unwrap();
    assert_eq!(now[0].value.unwrap().to_string(), "93.2");
    assert_eq!(now[0].status, Status::Met);
    assert_eq!(
        now[0].inputs[0].report.as_ref().unwrap().new.id,
        second.new.id
    );
    let subject = format!("plan_value:{}", second.new.id);
    let trail = audit::list_of_subject(&database, &subject, None, 10)
        .await
        .unwrap();
    let actions: Vec<_> = trail.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["plan.accept", "plan.check", "plan.report"]);
    let after = trail[0].after_json.as_deref().unwrap();
    assert!(after.contains(&first.new.id.to_string()), "{after}");
}

test_on_both_databases!(a_correction_takes_the_place, |database| {
    a_correction_takes_the_place_and_the_old_value_is_kept(database)
});

async fn who_reported_neither_checks_nor_accepts_and_steps_keep_their_order(test: TestDatabase) {
    let database = test.handle();
    let new = value("good_days", 2026, "322");
    let id = new.id;
    let unit = person("unit");
    report_value(&database, &clock(), &book(), &unit, new.clone())
        .await
        .unwrap();
    // again: nothing changes; the same id for another value is refused
    report_value(&database, &clock(), &book(), &unit, new.clone())
        .await
        .unwrap();
    let other = NewValue {
        value: "323".parse().unwrap(),
        ..new
    };
    let taken = report_value(&database, &clock(), &book(), &unit, other).await;
    assert!(matches!(taken, Err(PlanError::IdTaken { .. })));
    let own = check_value(&database, &clock(), &unit, id).await;
    assert!(matches!(own, Err(PlanError::SamePerson)));
    let chief = person("chief");
    let early = accept_value(&database, &clock(), &book(), &chief, id).await;
    assert!(matches!(early, Err(PlanError::WrongState { .. })));
    let unexplained = return_value(&database, &clock(), &chief, id, " ").await;
    assert!(matches!(
        unexplained,
        Err(PlanError::Invalid { field: "note", .. })
    ));
    let returned = return_value(&database, &clock(), &chief, id, "缺盖章")
        .await
        .unwrap();
    assert_eq!(returned.state, ValueState::Returned);
    let again = check_value(&database, &clock(), &chief, id).await;
    assert!(matches!(again, Err(PlanError::WrongState { .. })));
    assert_eq!(
        states_of(&database).await,
        [("322".to_owned(), ValueState::Returned)]
    );
}

test_on_both_databases!(steps_keep_their_order, |database| {
    who_reported_neither_checks_nor_accepts_and_steps_keep_their_order(database)
});

async fn what_cannot_be_is_refused_and_permission_and_region_hold(test: TestDatabase) {
    let database = test.handle();
    let unit = person("unit");
    let field = |result: Result<ReportedValue, PlanError>| match result {
        Err(PlanError::Invalid { field, .. }) => field,
        _ => "accepted",
    };
    let mut wrong = vec![
        (value("no_such", 2026, "1"), "measure"),
        (value("good_days", 2031, "1"), "year"),
        (value("good_days", 2026, "-1"), "value"),
        (value("good_days", 2026, "12345678901234567890"), "value"),
    ];
    let nowhere = NewValue {
        region: "110000".parse().unwrap(),
        ..value("good_days", 2026, "1")
    };
    let bare = NewValue {
        evidence: "  ".to_owned(),
        ..value("good_days", 2026, "1")
    };
    wrong.extend([(nowhere, "region"), (bare, "evidence")]);
    for (new, expected) in wrong {
        let result = report_value(&database, &clock(), &book(), &unit, new).await;
        assert_eq!(field(result), expected);
    }
    let county = Actor {
        scope: Scope::Region("990101".parse().unwrap()),
        ..person("county")
    };
    let new = value("good_days", 2026, "1");
    let id = new.id;
    let refused = report_value(&database, &clock(), &book(), &county, new.clone()).await;
    assert!(matches!(refused, Err(PlanError::Refused(_))));
    report_value(&database, &clock(), &book(), &unit, new)
        .await
        .unwrap();
    let hidden = check_value(&database, &clock(), &county, id).await;
    assert!(matches!(hidden, Err(PlanError::NotFound { .. })));
    let filter = ValueFilter {
        limit: 10,
        ..ValueFilter::default()
    };
    assert_eq!(
        list_values(&database, &county, &filter)
            .await
            .unwrap()
            .len(),
        0
    );
    let reader = Actor {
        permissions: BTreeSet::from([Permission::ReadPlan]),
        ..person("reader")
    };
    assert!(check_value(&database, &clock(), &reader, id).await.is_err());
    let nobody = Actor {
        permissions: BTreeSet::new(),
        ..person("nobody")
    };
    assert!(list_values(&database, &nobody, &filter).await.is_err());
    assert!(
        list_indicator_states(&database, &nobody, &book(), 2026)
            .await
            .is_err()
    );
}

test_on_both_databases!(permission_and_region_hold, |database| {
    what_cannot_be_is_refused_and_permission_and_region_hold(database)
});

async fn values_are_listed_page_by_page_and_by_filter(test: TestDatabase) {
    let database = test.handle();
    for year in 2026..=2030 {
        let new = value("good_days", year, "300");
        report_value(&database, &clock(), &book(), &person("unit"), new)
            .await
            .unwrap();
    }
    accepted(&database, value("valid_days", 2026, "365")).await;
    let mut seen = Vec::new();
    let mut filter = ValueFilter {
        limit: 4,
        ..ValueFilter::default()
    };
    loop {
        let page = list_values(&database, &person("reader"), &filter)
            .await
            .unwrap();
        seen.extend(page.iter().map(|one| one.new.id));
        match page.last() {
            Some(last) => filter.after = Some(last.new.id),
            None => break,
        }
    }
    assert_eq!(seen.len(), 6);
    assert_eq!(seen.iter().collect::<BTreeSet<_>>().len(), 6);
    for (filter, expected) in [
        (
            ValueFilter {
                measure: Some("good_days".to_owned()),
                ..filter.clone()
            },
            5,
        ),
        (
            ValueFilter {
                year: Some(2026),
                ..filter.clone()
            },
            2,
        ),
        (
            ValueFilter {
                state: Some(ValueState::Accepted),
                ..filter.clone()
            },
            1,
        ),
    ] {
        let filter = ValueFilter {
            after: None,
            limit: 10,
            ..filter
        };
        let found = list_values(&database, &person("reader"), &filter)
            .await
            .unwrap();
        assert_eq!(found.len(), expected, "{filter:?}");
    }
}

test_on_both_databases!(values_are_listed, |database| {
    values_are_listed_page_by_page_and_by_filter(database)
});

async fn an_indicator_has_a_course_and_from_three_values_a_projection(test: TestDatabase) {
    let database = test.handle();
    accepted(&database, value("good_days", 2026, "325")).await;
    accepted(&database, value("valid_days", 2026, "365")).await;
    let reader = person("reader");
    let course = load_indicator_course(&database, &reader, &book(), "good_air_days", None)
        .await
        .unwrap();
    assert_eq!(course.years.len(), 5);
    assert_eq!(course.years[0].value.unwrap().to_string(), "89.0");
    assert!(course.projection.is_none(), "a base and one value");
    accepted(&database, value("good_days", 2027, "329")).await;
    accepted(&database, value("valid_days", 2027, "365")).await;
    let course = load_indicator_course(&database, &reader, &book(), "good_air_days", None)
        .await
        .unwrap();
    let projection = course.projection.unwrap();
    // 88.0, 89.0, 90.1: about one a year
    assert!(projection.lower < projection.value && projection.value < projection.upper);
    assert!((projection.value - 93.2).abs() < 0.2, "{projection:?}");
    assert_eq!(course.region, "990100");
    assert_eq!(course.path.len(), 6);
    assert_eq!(course.path[0].1.to_string(), "88.0");
    assert!(course.ranking.is_empty());
    let elsewhere =
        load_indicator_course(&database, &reader, &book(), "good_air_days", Some("110000")).await;
    assert!(matches!(
        elsewhere,
        Err(PlanError::Invalid {
            field: "region",
            ..
        })
    ));
    let unknown = load_indicator_course(&database, &reader, &book(), "no_such", None).await;
    assert!(matches!(unknown, Err(PlanError::NotFound { .. })));
}

test_on_both_databases!(an_indicator_has_a_course, |database| {
    an_indicator_has_a_course_and_from_three_values_a_projection(database)
});
