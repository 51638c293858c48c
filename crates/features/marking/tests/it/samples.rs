//! Manual samples from the form and from files, and what is owed of them.

use access::Actor;
use marking::{
    MarkingError, NewSample, SampleFilter, SampleImport, check_samples, create_sample,
    import_samples, list_owed, list_samples, withdraw_sample,
};
use sites::read_table;
use test_support::test_on_both_databases;
use uuid::Uuid;

use crate::world::{World, at, hour, trail};

fn sample(world: &World, at: i64, value: &str) -> NewSample {
    NewSample {
        id: Uuid::now_v7(),
        point_id: world.own.point,
        factor_code: "a21026".to_owned(),
        sampled_at: hour(at),
        value: value.to_owned(),
        method: "HJ 57-2017".to_owned(),
        laboratory: "模拟检测公司".to_owned(),
        note: String::new(),
    }
}

async fn enter(
    world: &World,
    actor: &Actor,
    new: NewSample,
) -> Result<marking::Sample, MarkingError> {
    let directory = world.directory.current();
    create_sample(&world.database, &directory, &world.clock, actor, new).await
}

test_on_both_databases!(
    samples_are_entered_once_and_withdrawn,
    |database| async move {
        let world = World::build(database.handle()).await;
        let new = sample(&world, 3, "0.10");
        let kept = enter(&world, &world.enterprise, new.clone()).await.unwrap();
        assert_eq!(
            (kept.new.value.as_str(), kept.unit.as_str()),
            ("0.10", "mg/m³")
        );
        let again = enter(&world, &world.enterprise, new.clone()).await.unwrap();
        assert_eq!(again, kept);
        let other = enter(&world, &world.enterprise, sample(&world, 3, "5")).await;
        assert!(matches!(other, Err(MarkingError::SampleTaken { .. })));
        let foreign = enter(&world, &world.rival, sample(&world, 4, "5")).await;
        assert!(matches!(foreign, Err(MarkingError::NotFound { .. })));
        for (at, value, wrong) in [
            (4, "-1", "value"),
            (4, "viel", "value"),
            (37, "1", "sampled_at"),
        ] {
            let error = enter(&world, &world.enterprise, sample(&world, at, value)).await;
            assert!(
                matches!(&error, Err(MarkingError::Invalid { field, .. }) if *field == wrong),
                "{error:?}"
            );
        }
        let (database, clock) = (&world.database, &world.clock);
        let foreign = withdraw_sample(database, clock, &world.rival, new.id, "x").await;
        assert!(matches!(foreign, Err(MarkingError::NotFound { .. })));
        let withdrawn = withdraw_sample(database, clock, &world.enterprise, new.id, "录入错误")
            .await
            .unwrap();
        assert_eq!(withdrawn.withdrawal.unwrap().reason, "录入错误");
        let again = withdraw_sample(database, clock, &world.enterprise, new.id, "x").await;
        assert!(matches!(again, Err(MarkingError::NotFound { .. })));
        enter(&world, &world.enterprise, sample(&world, 3, "5"))
            .await
            .unwrap();
        let filter = SampleFilter {
            point_id: Some(world.own.point),
            limit: 1,
            ..SampleFilter::default()
        };
        let first = list_samples(database, &world.enterprise, &filter)
            .await
            .unwrap();
        let filter = SampleFilter {
            after: Some(first[0].new.id),
            ..filter
        };
        let second = list_samples(database, &world.enterprise, &filter)
            .await
            .unwrap();
        assert_ne!(first[0].new.id, second[0].new.id);
        let none = list_samples(database, &world.rival, &filter).await.unwrap();
        assert!(none.is_empty());
        let subject = format!("manual_sample:{}", new.id);
        let actions = ["marking.create_sample", "marking.withdraw_sample"];
        assert_eq!(trail(database, &subject).await, actions);
    }
);

test_on_both_databases!(
    four_samples_a_day_are_owed_during_a_fault,
    |database| async move {
        let world = World::build(database.handle()).await;
        let owed = async |actor: &Actor| {
            let directory = world.directory.current();
            list_owed(
                &world.database,
                &directory,
                &world.clock,
                &world.parameters,
                actor,
                (None, None),
            )
            .await
            .unwrap()
        };
        assert!(owed(&world.enterprise).await.is_empty());
        world
            .submit(&world.enterprise, world.fault(0, 48))
            .await
            .unwrap();
        let told = owed(&world.enterprise).await;
        assert_eq!(told.len(), 2, "one list for each factor");
        let days = &told[0].days;
        // the clock stands on noon of the second day
        assert_eq!((days.len(), days[0].owed, days[1].owed), (2, 4, 2));
        for at in [0, 6, 12, 18] {
            enter(&world, &world.enterprise, sample(&world, at, "5"))
                .await
                .unwrap();
        }
        let told = owed(&world.reviewer).await;
        let of = |code: &str| told.iter().find(|one| one.factor_code == code).unwrap();
        assert!(of("a21026").days[0].is_met());
        assert_eq!(of("a21026").days[1].gaps, [(hour(24), hour(36))]);
        assert!(!of("a21002").days[0].is_met());
        assert!(owed(&world.rival).await.is_empty());
    }
);

const FILE: &str = "站点编码,点位编码,因子编码,采样时间,监测值,监测方法\n\
    E1,DA001,a21026,2026-11-24 03:00,0.10,HJ 57-2017\n\
    E1,DA001,a21026,2026/11/24 09:00,7,HJ 57-2017\n";

async fn import(
    world: &World,
    actor: &Actor,
    text: &str,
    is_dry: bool,
) -> Result<SampleImport, MarkingError> {
    let rows = read_table(text.as_bytes())?;
    let directory = world.directory.current();
    let (database, clock) = (&world.database, &world.clock);
    if is_dry {
        check_samples(database, &directory, clock, actor, &rows).await
    } else {
        import_samples(database, &directory, clock, actor, &rows).await
    }
}

test_on_both_databases!(a_file_comes_in_whole_or_not_at_all, |database| async move {
    let world = World::build(database.handle()).await;
    let own = &world.enterprise;
    let dry = import(&world, own, FILE, true).await.unwrap();
    assert_eq!((dry.rows, dry.created, dry.is_applied), (2, 2, false));
    let all = SampleFilter {
        limit: 100,
        ..SampleFilter::default()
    };
    let count = async || {
        list_samples(&world.database, own, &all)
            .await
            .unwrap()
            .len()
    };
    assert_eq!(count().await, 0, "a dry run changes nothing");
    let bad = format!(
        "{FILE}E1,DA001,a21026,2026-11-24 03:00,1,\n\
         E9,DA001,a21026,2026-11-24 03:00,1,\n\
         E2,DA001,a21026,2026-11-24 03:00,1,\n\
         E1,DA001,w01018,2026-11-24 03:00,1,\n\
         E1,DA001,a21026,yesterday,1,\n\
         E1,DA001,a21026,2026-11-24 04:00,-1,\n\
         E1,DA001,a21026,2026-11-24 05:00,,\n"
    );
    let report = import(&world, own, &bad, false).await.unwrap();
    let told: Vec<_> = report
        .problems
        .iter()
        .map(|problem| (problem.row, problem.code, problem.column))
        .collect();
    let expected = [
        (4, "twice", ""),
        (5, "no_such_point", "点位编码"),
        (6, "no_such_point", "点位编码"),
        (7, "invalid", "因子编码"),
        (8, "not_a_time", "采样时间"),
        (9, "invalid", "监测值"),
        (10, "empty", "监测值"),
    ];
    assert_eq!(told, expected);
    assert_eq!(count().await, 0, "nothing of a file with errors is kept");
    let done = import(&world, own, FILE, false).await.unwrap();
    assert_eq!((done.created, done.is_applied), (2, true));
    assert_eq!(count().await, 2);
    let again = import(&world, own, FILE, false).await.unwrap();
    assert_eq!((again.created, again.unchanged), (0, 2));
    let differs = FILE.replace("0.10", "0.11");
    let differs = import(&world, own, &differs, false).await.unwrap();
    assert_eq!(differs.problems[0].code, "differs");
    for unreadable in ["", "a,b,c\n1,2,3\n"] {
        let error = import(&world, own, unreadable, true).await;
        assert!(matches!(
            error,
            Err(MarkingError::Invalid { field: "file", .. })
        ));
    }
    let kept = list_samples(&world.database, own, &all).await.unwrap();
    assert_eq!(kept[1].new.value, "0.10");
    assert_eq!(kept[1].new.sampled_at, at("2026-11-24T03:00:00+08:00"));
});
