//! Measures that the platform computes: from days to the indicator, recomputed when data change, and
//! held against what was reported.

use access::Actor;
use city_plan::progress::Status;
use database::{Database, on_database, sqlx};
use monitoring::import::ImportOrigin;
use plan::{
    IndicatorState, InputSource, NewValue, PlanBook, PlanError, accept_value, check_value,
    list_indicator_states, load_cockpit, report_value, state_of_plan,
};
use test_support::{TestDatabase, test_on_both_databases};
use uuid::Uuid;
use verdicts::DataOrigin;

use crate::world::{CLEAN, FOUL, World, book, book_with};

fn person(name: &str) -> Actor {
    Actor {
        name: format!("user:{name}"),
        ..Actor::built_in_operator()
    }
}

async fn state(world: &World, book: &PlanBook, year: i32) -> IndicatorState {
    list_indicator_states(&world.database, &person("reader"), book, year)
        .await
        .unwrap()
        .remove(0)
}

async fn count(database: &Database, statement: &'static str) -> i64 {
    on_database!(database, |pool| sqlx::query_scalar(statement)
        .fetch_one(pool)
        .await
        .unwrap())
}

async fn accept(world: &World, book: &PlanBook, measure: &str, value: &str) {
    let new = NewValue {
        id: Uuid::now_v7(),
        measure: measure.to_owned(),
        region: "990100".parse().unwrap(),
        year: 2016,
        project_id: None,
        value: value.parse().unwrap(),
        evidence: "年报".to_owned(),
        is_simulated: false,
    };
    let (database, clock, id) = (&world.database, &world.clock, new.id);
    report_value(database, clock, book, &person("unit"), new)
        .await
        .unwrap();
    check_value(database, clock, &person("checker"), id)
        .await
        .unwrap();
    accept_value(database, clock, book, &person("chief"), id)
        .await
        .unwrap();
}

/// Three days of 2016 at two stations: two good ones.
async fn three_days(world: &World) {
    for (day, values) in [
        ("2016-03-01", CLEAN),
        ("2016-03-02", FOUL),
        ("2016-03-03", CLEAN),
    ] {
        for station in ["R1", "R2"] {
            let origin = ImportOrigin::Official;
            world.import_hours(station, day, values, origin).await;
        }
    }
}

async fn follows_the_data(test: TestDatabase) {
    let mut world = World::build(&test.handle()).await;
    world.add_station("R1", false).await;
    world.add_station("R2", false).await;
    let book = book();
    world.follow(&book).await;
    let empty = state(&world, &book, 2016).await;
    assert_eq!((empty.value, empty.status), (None, Status::NoData));
    let waiting = empty.inputs[0].computed.as_ref().unwrap();
    assert_eq!((waiting.covered, waiting.coverable), (0, 366));

    three_days(&world).await;
    let runs = world.follow(&book).await;
    assert!(runs.iter().map(|run| run.taken).sum::<usize>() > 0);
    let found = state(&world, &book, 2016).await;
    // 2 × 100 ÷ 3
    assert_eq!(found.value.unwrap().to_string(), "66.7");
    assert!(found.is_provisional && !found.is_simulated);
    let input = &found.inputs[0];
    assert_eq!(input.measure, "good_days");
    assert_eq!(input.source, InputSource::Provisional);
    let computed = input.computed.as_ref().unwrap();
    assert_eq!(computed.value.unwrap().to_string(), "2");
    assert_eq!((computed.covered, computed.coverable), (3, 366));
    assert!(!computed.is_sufficient);
    assert_eq!(computed.origin, Some(DataOrigin::Official));
    assert_eq!(computed.basis.editions[0], "HJ 633-2012");
    assert_eq!(computed.points.len(), 2);
    assert_eq!(state(&world, &book, 2017).await.value, None);

    // a day more: only what differs is written, and nothing waits afterwards
    for station in ["R1", "R2"] {
        let origin = ImportOrigin::Official;
        world
            .import_hours(station, "2016-03-04", CLEAN, origin)
            .await;
    }
    world.follow(&book).await;
    let found = state(&world, &book, 2016).await;
    assert_eq!(found.value.unwrap().to_string(), "75.0");
    for statement in [
        "SELECT COUNT(*) FROM plan_dirty",
        "SELECT COUNT(*) FROM verdict_year_change",
    ] {
        assert_eq!(count(&world.database, statement).await, 0, "{statement}");
    }
    // opened: the days one by one, and who took part
    let opened = world.open(&book, "good_days", 2016).await.unwrap();
    let air = opened.air.unwrap();
    assert_eq!((air.days_good, air.days_valid), (3, 4));
    let indices: Vec<_> = air.days.iter().map(|day| day.outcome.figure).collect();
    assert_eq!(indices, [Some(55), Some(158), Some(55), Some(55)]);
    assert_eq!(air.days[0].stations, 2);
    let reported = world.open(&book, "no_such", 2016).await;
    assert!(matches!(reported, Err(PlanError::NotFound { .. })));
    let beyond = world.open(&book, "good_days", 2031).await;
    assert!(matches!(
        beyond,
        Err(PlanError::Invalid { field: "year", .. })
    ));
}

test_on_both_databases!(a_measure_follows_the_data, |database| follows_the_data(
    database
));

async fn a_report_and_a_computed_value(test: TestDatabase) {
    let mut world = World::build(&test.handle()).await;
    world.add_station("R1", false).await;
    let book = book();
    let days = |from: i64| {
        (from..366).map(|day| {
            let first = "2016-01-01T00:00:00+08:00";
            let first = first.parse::<beijing_time::Timestamp>().unwrap().stat_day();
            first.plus(day).to_string()
        })
    };
    // what too few days give gives way to what was reported and accepted
    world
        .import_days("R1", days(300), CLEAN, ImportOrigin::Official)
        .await;
    world.follow(&book).await;
    accept(&world, &book, "good_days", "310").await;
    accept(&world, &book, "valid_days", "360").await;
    let found = state(&world, &book, 2016).await;
    assert_eq!(found.value.unwrap().to_string(), "86.1");
    let input = &found.inputs[0];
    assert_eq!(input.source, InputSource::Reported);
    assert_eq!(input.computed.as_ref().unwrap().covered, 66);
    assert!(!found.is_provisional);
    // a year with enough days comes before the report, which stays to be seen
    world
        .import_days("R1", days(0).take(300), CLEAN, ImportOrigin::Official)
        .await;
    world.follow(&book).await;
    let found = state(&world, &book, 2016).await;
    assert_eq!(found.value.unwrap().to_string(), "100.0");
    let input = &found.inputs[0];
    assert_eq!(input.source, InputSource::Computed);
    assert!(input.computed.as_ref().unwrap().is_decisive());
    let report = input.report.as_ref().unwrap();
    assert_eq!(report.new.value.to_string(), "310");
}

test_on_both_databases!(enough_data_come_before_a_report, |database| {
    a_report_and_a_computed_value(database)
});

async fn kinds_of_figures_are_not_mixed(test: TestDatabase) {
    let mut world = World::build(&test.handle()).await;
    world.add_station("SIM-1", true).await;
    world.add_station("T1", false).await;
    world.add_station("R1", false).await;
    let book = book();
    let origin_of = async |world: &World| {
        world.follow(&book).await;
        let found = state(world, &book, 2016).await;
        let computed = found.inputs[0].computed.clone().unwrap();
        (
            computed.origin,
            computed.value.map(|value| value.to_string()),
            computed.points.len(),
        )
    };
    let (old, day) = (ImportOrigin::OlderSystem, "2016-03-01");
    world.import_hours("SIM-1", day, CLEAN, old).await;
    let one = Some("1".to_owned());
    assert_eq!(
        origin_of(&world).await,
        (Some(DataOrigin::Simulated), one.clone(), 1)
    );
    assert!(state(&world, &book, 2016).await.is_simulated);
    // daily values of a third party take their place
    let third = ImportOrigin::ThirdParty;
    let days = ["2016-03-01", "2016-03-02"].map(str::to_owned);
    world
        .import_days("T1", days.into_iter(), CLEAN, third)
        .await;
    let two = Some("2".to_owned());
    assert_eq!(
        origin_of(&world).await,
        (Some(DataOrigin::ThirdParty), two, 1)
    );
    // and what was received takes theirs
    world.import_hours("R1", day, CLEAN, old).await;
    assert_eq!(
        origin_of(&world).await,
        (Some(DataOrigin::Platform), one, 1)
    );
    assert!(!state(&world, &book, 2016).await.is_simulated);
}

test_on_both_databases!(real_and_simulated_figures_are_not_mixed, |database| {
    kinds_of_figures_are_not_mixed(database)
});

async fn another_definition(test: TestDatabase) {
    let mut world = World::build(&test.handle()).await;
    world.add_station("R1", false).await;
    world
        .import_hours("R1", "2016-03-01", FOUL, ImportOrigin::Official)
        .await;
    let first = book();
    world.follow(&first).await;
    assert_eq!(
        state(&world, &first, 2016).await.value.unwrap().to_string(),
        "0.0"
    );
    // the measure is defined otherwise: it is computed again though no data came
    let second = book_with(|text| {
        text.replace(
            "kind = \"good_air_days\"",
            "kind = \"air_mean\"\npollutant = \"pm2_5\"",
        )
    });
    world.follow(&second).await;
    let found = state(&world, &second, 2016).await;
    let mean = found.inputs[0].computed.as_ref().unwrap();
    assert_eq!(mean.value.unwrap().to_string(), "120");
    // not computed any more: nothing of it stays
    let third = book_with(|text| {
        let is_statistic =
            |line: &&str| line.starts_with("[measure.statistic]") || line.starts_with("kind = \"");
        let kept: Vec<&str> = text.lines().filter(|line| !is_statistic(line)).collect();
        kept.join("\n")
    });
    let measure = third.find_measure("good_days").unwrap();
    assert_eq!(measure.statistic, None);
    world.follow(&third).await;
    let left = "SELECT COUNT(*) FROM plan_measure WHERE measure = 'good_days'";
    assert_eq!(count(&world.database, left).await, 0);
}

test_on_both_databases!(a_measure_defined_otherwise_is_computed_again, |database| {
    another_definition(database)
});

async fn a_day_that_is_over_counts(test: TestDatabase) {
    let mut world = World::build(&test.handle()).await;
    world.add_station("R1", false).await;
    let book = book();
    let today = "2017-01-10";
    world.follow(&book).await;
    // the day runs: it does not count, whatever is there of it
    world
        .clock
        .set("2017-01-10T23:59:00+08:00".parse().unwrap());
    world
        .import_hours("R1", today, CLEAN, ImportOrigin::OlderSystem)
        .await;
    world.follow(&book).await;
    assert_eq!(state(&world, &book, 2017).await.value, None);
    // it is over, and nothing came in
    world
        .clock
        .set("2017-01-11T00:01:00+08:00".parse().unwrap());
    world.follow(&book).await;
    assert_eq!(
        state(&world, &book, 2017).await.value.unwrap().to_string(),
        "100.0"
    );
}

test_on_both_databases!(a_day_counts_when_it_is_over, |database| {
    a_day_that_is_over_counts(database)
});

async fn can_be_kept(test: TestDatabase) {
    let mut world = World::build(&test.handle()).await;
    world.add_station("R1", false).await;
    world.add_station("R2", false).await;
    three_days(&world).await;
    let book = book();
    world.follow(&book).await;
    accept(&world, &book, "valid_days", "300").await;
    let taken = state_of_plan(&world.database, &world.clock, &book, 2017)
        .await
        .unwrap();
    let kept = serde_json::to_string(&taken).unwrap();
    let back: plan::PlanFigures = serde_json::from_str(&kept).unwrap();
    assert_eq!(back, taken);
    assert_eq!(taken.indicators.len(), 2);
    let figure = &taken.indicators[0];
    assert_eq!((figure.year, figure.value.as_deref()), (2016, Some("0.7")));
    assert_eq!(
        figure.formula.as_deref(),
        Some("good_days * 100 / valid_days")
    );
    let good = figure.inputs[0].computed.as_ref().unwrap();
    assert_eq!(good.points.len(), 2);
    assert_eq!(good.editions[0], "HJ 633-2012");
    let valid = figure.inputs[1].reported.as_ref().unwrap();
    assert_eq!(valid.accepted_by.as_deref(), Some("user:chief"));
    assert_eq!(figure.inputs[1].source, "reported");
    let outside = state_of_plan(&world.database, &world.clock, &book, 2021).await;
    assert!(matches!(
        outside,
        Err(PlanError::Invalid { field: "year", .. })
    ));

    // at a glance: the last year that has begun, and what waits
    let new = NewValue {
        id: Uuid::now_v7(),
        measure: "good_days".to_owned(),
        region: "990100".parse().unwrap(),
        year: 2017,
        project_id: None,
        value: "3".parse().unwrap(),
        evidence: "年报".to_owned(),
        is_simulated: true,
    };
    report_value(&world.database, &world.clock, &book, &person("unit"), new)
        .await
        .unwrap();
    let reader = person("reader");
    let cockpit = load_cockpit(&world.database, &world.clock, &reader, &book)
        .await
        .unwrap();
    assert_eq!((cockpit.year, cockpit.is_over), (2017, false));
    assert_eq!(cockpit.states.len(), 5);
    assert_eq!(
        (cockpit.waiting_to_check, cockpit.waiting_to_accept),
        (1, 0)
    );
    assert!(cockpit.falling_short().is_empty(), "2017 has no data");
    world
        .clock
        .set("2016-12-10T08:00:00+08:00".parse().unwrap());
    let cockpit = load_cockpit(&world.database, &world.clock, &reader, &book)
        .await
        .unwrap();
    // a few days say nothing of the year, a report does
    assert!(cockpit.falling_short().is_empty());
    let of_year = cockpit.present().next().unwrap();
    assert_eq!(of_year.status, Status::NoData);
    assert!(of_year.value.is_some());
    accept(&world, &book, "good_days", "200").await;
    let cockpit = load_cockpit(&world.database, &world.clock, &reader, &book)
        .await
        .unwrap();
    assert_eq!(cockpit.falling_short().len(), 1);
    let county = Actor {
        scope: access::Scope::Region("990101".parse().unwrap()),
        ..person("county")
    };
    let seen = load_cockpit(&world.database, &world.clock, &county, &book)
        .await
        .unwrap();
    assert_eq!(seen.waiting_to_check, 0);
}

test_on_both_databases!(the_plan_at_one_moment_can_be_kept, |database| can_be_kept(
    database
));
