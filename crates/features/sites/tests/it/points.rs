//! Points, factors and limits.

use sites::{
    Expected, FactorDetails, LimitDetails, LimitOrigin, LimitStatistic, Medium, PointFilter,
    RecordKind, SitesError, Validity,
};
use test_support::test_on_both_databases;

use crate::city::{
    at, channel, clock, code, create_device, create_point, create_site, enterprise,
    install_regions, officer, operator, point_details,
};

test_on_both_databases!(points_are_kept, |database| async move {
    install_regions(&database).await;
    let site = create_site(&database, "S1", "430421").await;
    let other = create_site(&database, "S2", "430422").await;
    let point = create_point(&database, &site, "DA001").await;
    let elsewhere = create_point(&database, &other, "DA001").await;
    let details = point_details("DA001", Medium::WasteGas);
    let again = sites::create_point(&database, &clock(), &operator(), site.id, details).await;
    assert!(matches!(
        again,
        Err(SitesError::Duplicate { what: "point", .. })
    ));

    let mut changed = point_details("DW001", Medium::WasteWater);
    changed.timetable.realtime_interval_s = None;
    changed.is_enabled = false;
    let expected = Expected::new(point.id, 1);
    let updated = sites::update_point(&database, &clock(), &operator(), expected, changed)
        .await
        .unwrap();
    let officer = officer("430421");
    assert_eq!(
        sites::load_point(&database, &officer, point.id)
            .await
            .unwrap(),
        updated
    );
    assert!(matches!(
        sites::load_point(&database, &officer, elsewhere.id).await,
        Err(SitesError::NotFound { .. })
    ));

    let list = async |actor, filter: PointFilter| {
        let filter = PointFilter {
            limit: 10,
            ..filter
        };
        sites::list_points(&database, &actor, &filter)
            .await
            .unwrap()
            .into_iter()
            .map(|point| point.id)
            .collect::<Vec<_>>()
    };
    let none = PointFilter::default;
    assert_eq!(list(operator(), none()).await, [point.id, elsewhere.id]);
    assert_eq!(list(enterprise(&[other.id]), none()).await, [elsewhere.id]);
    let filter = PointFilter {
        medium: Some(Medium::WasteWater),
        ..none()
    };
    assert_eq!(list(operator(), filter).await, [point.id]);
    let filter = PointFilter {
        region: Some(code("430422")),
        ..none()
    };
    assert_eq!(list(operator(), filter).await, [elsewhere.id]);
    let filter = PointFilter {
        site_id: Some(site.id),
        ..none()
    };
    assert_eq!(list(operator(), filter).await, [point.id]);
    let filter = PointFilter {
        search: Some("企业s2".to_owned()),
        ..none()
    };
    assert_eq!(list(operator(), filter).await, [elsewhere.id]);

    let of_site = Expected::new(site.id, 1);
    let needed = sites::delete_site(&database, &clock(), &operator(), of_site).await;
    assert!(
        matches!(needed, Err(SitesError::InUse { .. })),
        "{needed:?}"
    );
    let expected = Expected::new(point.id, 2);
    sites::delete_point(&database, &clock(), &operator(), expected)
        .await
        .unwrap();
    sites::delete_site(&database, &clock(), &operator(), of_site)
        .await
        .unwrap();
    // an identifier is never given twice
    let next = create_point(&database, &other, "DA002").await;
    assert!(next.id > elsewhere.id);

    create_device(&database, "A1", vec![channel(next.id, None)]).await;
    let expected = Expected::new(next.id, 1);
    let needed = sites::delete_point(&database, &clock(), &operator(), expected).await;
    assert!(
        matches!(needed, Err(SitesError::InUse { .. })),
        "{needed:?}"
    );
});

fn factor(factor_code: &str, sort_order: i64) -> FactorDetails {
    FactorDetails {
        factor_code: factor_code.to_owned(),
        unit: "mg/m³".to_owned(),
        decimals: 2,
        sort_order,
        is_expected: true,
    }
}

test_on_both_databases!(a_point_measures_factors, |database| async move {
    install_regions(&database).await;
    let site = create_site(&database, "S1", "430421").await;
    let point = create_point(&database, &site, "DA001").await;
    let (clock, actor) = (clock(), operator());
    for details in [factor("a21026", 2), factor("a34013", 1)] {
        sites::create_factor(&database, &clock, &actor, point.id, details)
            .await
            .unwrap();
    }
    let again = sites::create_factor(&database, &clock, &actor, point.id, factor("a21026", 3));
    assert!(matches!(again.await, Err(SitesError::Duplicate { .. })));
    let listed = sites::list_factors(&database, &actor, point.id)
        .await
        .unwrap();
    let codes: Vec<_> = listed
        .iter()
        .map(|factor| factor.details.factor_code.as_str())
        .collect();
    assert_eq!(codes, ["a34013", "a21026"]);
    let expected = Expected::new(listed[0].id, 1);
    let updated = sites::update_factor(&database, &clock, &actor, expected, factor("a34013", 9))
        .await
        .unwrap();
    assert_eq!(
        sites::list_factors(&database, &actor, point.id)
            .await
            .unwrap()[1],
        updated
    );
    let expected = Expected::new(updated.id, 2);
    let stranger = officer("430422");
    let refused = sites::delete_factor(&database, &clock, &stranger, expected).await;
    assert!(matches!(refused, Err(SitesError::Refused(_))));
    sites::delete_factor(&database, &clock, &actor, expected)
        .await
        .unwrap();
    assert_eq!(
        sites::list_factors(&database, &actor, point.id)
            .await
            .unwrap()
            .len(),
        1
    );
});

fn limit(upper: &str, from: &str, to: Option<&str>) -> LimitDetails {
    LimitDetails {
        factor_code: "a21026".to_owned(),
        kind: RecordKind::Hour,
        statistic: LimitStatistic::ZsAvg,
        lower: None,
        upper: Some(upper.parse().unwrap()),
        validity: Validity {
            from: at(from),
            to: to.map(at),
        },
        origin: LimitOrigin::Standard,
        basis: "GB 13223-2011".to_owned(),
    }
}

test_on_both_databases!(limits_follow_each_other_in_time, |database| async move {
    install_regions(&database).await;
    let site = create_site(&database, "S1", "430421").await;
    let point = create_point(&database, &site, "DA001").await;
    let (clock, actor) = (clock(), operator());
    let create =
        async |details| sites::create_limit(&database, &clock, &actor, point.id, details).await;
    let old = create(limit("50.00", "2020-01-01", Some("2026-01-01")))
        .await
        .unwrap();
    let overlapping = create(limit("35", "2025-12-31", None)).await;
    let Err(SitesError::Invalid { problems }) = overlapping else {
        panic!("{overlapping:?}")
    };
    assert_eq!(problems[0].kind.code(), "overlap");
    let new = create(limit("35", "2026-01-01", None)).await.unwrap();
    let listed = sites::list_limits(&database, &actor, point.id)
        .await
        .unwrap();
    assert_eq!(listed, [old.clone(), new.clone()]);
    assert_eq!(
        listed[0].details.upper.unwrap().to_string(),
        "50.00",
        "digits are kept"
    );

    let expected = Expected::new(new.id, 1);
    let mut changed = limit("35", "2025-06-01", None);
    let clash = sites::update_limit(&database, &clock, &actor, expected, changed.clone()).await;
    assert!(matches!(clash, Err(SitesError::Invalid { .. })));
    changed.validity.from = at("2026-06-01");
    changed.lower = Some("0.000000000001".parse().unwrap());
    let updated = sites::update_limit(&database, &clock, &actor, expected, changed)
        .await
        .unwrap();
    assert_eq!(
        sites::list_limits(&database, &actor, point.id)
            .await
            .unwrap()[1],
        updated
    );
    let expected = Expected::new(old.id, 1);
    sites::delete_limit(&database, &clock, &actor, expected)
        .await
        .unwrap();
    let gone = sites::delete_limit(&database, &clock, &actor, expected).await;
    assert!(matches!(gone, Err(SitesError::NotFound { .. })));
});
