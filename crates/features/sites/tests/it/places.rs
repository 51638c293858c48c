//! Regions, organisations, sites and the map.

use database::audit;
use sites::{
    Expected, Medium, OrganisationDetails, OrganisationFilter, OrganisationKind, SiteFilter,
    SiteKind, SitesError,
};
use test_support::test_on_both_databases;

use crate::city::{
    clock, code, create_point, create_site, enterprise, install_regions, officer, operator, region,
    site_details,
};

test_on_both_databases!(regions_are_kept_as_a_tree, |database| async move {
    install_regions(&database).await;
    install_regions(&database).await;
    let actor = operator();
    let all = sites::list_regions(&database, &actor, None, 100)
        .await
        .unwrap();
    let codes: Vec<_> = all.iter().map(|region| region.code.as_str()).collect();
    assert_eq!(codes, ["430000", "430400", "430421", "430422"]);
    let page = sites::list_regions(&database, &actor, Some("430400"), 1)
        .await
        .unwrap();
    assert_eq!(page[0].code.as_str(), "430421");
    let own = sites::list_regions(&database, &officer("430421"), None, 100)
        .await
        .unwrap();
    assert_eq!(own.len(), 1);

    let town = code("430421001");
    let details = region(Some("430421"), "模拟镇");
    let created = sites::create_region(&database, &clock(), &actor, town.clone(), details)
        .await
        .unwrap();
    let mut changed = created.details.clone();
    "Simulated town".clone_into(&mut changed.name_en);
    changed.is_simulated = true;
    let expected = Expected::new(town.clone(), 1);
    let updated = sites::update_region(
        &database,
        &clock(),
        &actor,
        expected.clone(),
        changed.clone(),
    )
    .await
    .unwrap();
    assert_eq!(
        sites::load_region(&database, &actor, &town).await.unwrap(),
        updated
    );
    let stale = sites::update_region(&database, &clock(), &actor, expected, changed).await;
    assert!(matches!(
        stale,
        Err(SitesError::Stale {
            expected: 1,
            found: 2,
            ..
        })
    ));
    let needed = Expected::new(code("430421"), 1);
    let refused = sites::delete_region(&database, &clock(), &actor, needed).await;
    assert!(
        matches!(refused, Err(SitesError::InUse { .. })),
        "{refused:?}"
    );
    let expected = Expected::new(town.clone(), 2);
    sites::delete_region(&database, &clock(), &actor, expected)
        .await
        .unwrap();
    let gone = sites::load_region(&database, &actor, &town).await;
    assert!(matches!(gone, Err(SitesError::NotFound { .. })));
});

test_on_both_databases!(a_region_needs_the_one_above, |database| async move {
    install_regions(&database).await;
    let details = region(Some("430499"), "无此县");
    let orphan = code("430499001");
    let result = sites::create_region(&database, &clock(), &operator(), orphan, details).await;
    let Err(SitesError::Invalid { problems }) = result else {
        panic!("{result:?}")
    };
    assert_eq!(problems[0].field, "parent_code");
    assert_eq!(problems[0].kind.code(), "unknown");
});

fn organisation(code_text: &str) -> OrganisationDetails {
    OrganisationDetails {
        code: code_text.to_owned(),
        name_zh: format!("模拟单位{code_text}"),
        name_en: "Simulated company".to_owned(),
        kind: OrganisationKind::Enterprise,
        region_code: code("430421"),
        is_simulated: true,
    }
}

test_on_both_databases!(organisations_are_kept, |database| async move {
    install_regions(&database).await;
    let actor = operator();
    let created = sites::create_organisation(&database, &clock(), &actor, organisation("A1"))
        .await
        .unwrap();
    let again = sites::create_organisation(&database, &clock(), &actor, organisation("A1")).await;
    assert!(matches!(
        again,
        Err(SitesError::Duplicate {
            what: "organisation",
            ..
        })
    ));
    let mut site = site_details("S1", "430421");
    site.organisation_id = Some(created.id);
    let site = sites::create_site(&database, &clock(), &actor, site)
        .await
        .unwrap();

    let mut changed = organisation("A1");
    changed.kind = OrganisationKind::Operator;
    let expected = Expected::new(created.id, 1);
    let updated = sites::update_organisation(&database, &clock(), &actor, expected, changed)
        .await
        .unwrap();
    let own = enterprise(&[site.id]);
    assert_eq!(
        sites::load_organisation(&database, &own, created.id)
            .await
            .unwrap(),
        updated
    );
    let stranger = sites::load_organisation(&database, &enterprise(&[]), created.id).await;
    assert!(matches!(stranger, Err(SitesError::NotFound { .. })));

    let filter = OrganisationFilter {
        region: Some(code("430400")),
        kind: Some(OrganisationKind::Operator),
        search: Some("单位a".to_owned()),
        limit: 10,
        ..OrganisationFilter::default()
    };
    assert_eq!(
        sites::list_organisations(&database, &actor, &filter)
            .await
            .unwrap(),
        [updated]
    );
    let elsewhere = OrganisationFilter {
        region: Some(code("430422")),
        ..filter
    };
    assert!(
        sites::list_organisations(&database, &actor, &elsewhere)
            .await
            .unwrap()
            .is_empty()
    );

    let expected = Expected::new(created.id, 2);
    let needed = sites::delete_organisation(&database, &clock(), &actor, expected).await;
    assert!(
        matches!(needed, Err(SitesError::InUse { .. })),
        "{needed:?}"
    );
    let of_site = Expected::new(site.id, 1);
    sites::delete_site(&database, &clock(), &actor, of_site)
        .await
        .unwrap();
    sites::delete_organisation(&database, &clock(), &actor, expected)
        .await
        .unwrap();
});

test_on_both_databases!(
    sites_are_listed_by_filter_and_scope,
    |database| async move {
        install_regions(&database).await;
        let first = create_site(&database, "S1", "430421").await;
        let mut second = site_details("S2", "430422");
        "模拟 100% 企业".clone_into(&mut second.name_zh);
        let second = sites::create_site(&database, &clock(), &operator(), second)
            .await
            .unwrap();
        create_point(&database, &second, "DA001").await;
        let list = async |actor, filter: SiteFilter| {
            let filter = SiteFilter {
                limit: 10,
                ..filter
            };
            sites::list_sites(&database, &actor, &filter)
                .await
                .unwrap()
                .into_iter()
                .map(|site| site.id)
                .collect::<Vec<_>>()
        };
        let (one, two) = (first.id, second.id);
        let none = SiteFilter::default;
        assert_eq!(list(operator(), none()).await, [one, two]);
        assert_eq!(
            list(
                operator(),
                SiteFilter {
                    after: Some(one.0),
                    ..none()
                }
            )
            .await,
            [two]
        );
        assert_eq!(list(officer("430422"), none()).await, [two]);
        assert_eq!(list(enterprise(&[one]), none()).await, [one]);
        assert!(list(enterprise(&[]), none()).await.is_empty());
        let filter = SiteFilter {
            region: Some(code("430421")),
            ..none()
        };
        assert_eq!(list(operator(), filter).await, [one]);
        let filter = SiteFilter {
            medium: Some(Medium::WasteGas),
            ..none()
        };
        assert_eq!(list(operator(), filter).await, [two]);
        let filter = SiteFilter {
            kind: Some(SiteKind::AirStation),
            ..none()
        };
        assert!(list(operator(), filter).await.is_empty());
        let filter = SiteFilter {
            search: Some("%".to_owned()),
            ..none()
        };
        assert_eq!(
            list(operator(), filter).await,
            [two],
            "a wildcard is searched for literally"
        );
        assert!(matches!(
            sites::load_site(&database, &officer("430422"), one).await,
            Err(SitesError::NotFound { .. })
        ));
    }
);

test_on_both_databases!(a_site_is_changed_by_one_at_a_time, |database| async move {
    install_regions(&database).await;
    let site = create_site(&database, "S1", "430421").await;
    let mut changed = site.details.clone();
    "改名".clone_into(&mut changed.name_zh);
    changed.position = None;
    let expected = Expected::new(site.id, 1);
    let (clock, actor) = (clock(), operator());
    let (first, second) = tokio::join!(
        sites::update_site(&database, &clock, &actor, expected, changed.clone()),
        sites::update_site(&database, &clock, &actor, expected, changed.clone()),
    );
    assert_ne!(first.is_ok(), second.is_ok(), "one of two wins");
    let lost = if first.is_ok() { second } else { first };
    assert!(matches!(lost, Err(SitesError::Stale { .. })), "{lost:?}");
    let kept = sites::load_site(&database, &operator(), site.id)
        .await
        .unwrap();
    assert_eq!((kept.revision, &kept.details), (2, &changed));

    let entries = audit::list(&database, 0, 100).await.unwrap();
    let last = entries.last().unwrap();
    assert_eq!(
        (last.action.as_str(), last.subject.as_str()),
        ("sites.update_site", "site:1")
    );
    assert!(last.before_json.as_ref().unwrap().contains("模拟企业S1"));
    assert!(last.after_json.as_ref().unwrap().contains("改名"));
    assert_eq!(audit::find_break(&database).await.unwrap(), None);
});

test_on_both_databases!(nobody_changes_a_site_next_door, |database| async move {
    install_regions(&database).await;
    let site = create_site(&database, "S1", "430421").await;
    let next_door = officer("430422");
    let expected = Expected::new(site.id, 1);
    let change = site.details.clone();
    let refused =
        sites::update_site(&database, &clock(), &next_door, expected, change.clone()).await;
    assert!(matches!(refused, Err(SitesError::Refused(_))));
    let refused = sites::delete_site(&database, &clock(), &next_door, expected).await;
    assert!(matches!(refused, Err(SitesError::Refused(_))));
    let refused = sites::create_site(
        &database,
        &clock(),
        &next_door,
        site_details("S2", "430421"),
    )
    .await;
    assert!(matches!(refused, Err(SitesError::Refused(_))));
    // nor does an officer move a site out of or into the own county
    let mut moved = change;
    moved.region_code = code("430422");
    let refused =
        sites::update_site(&database, &clock(), &officer("430421"), expected, moved).await;
    assert!(matches!(refused, Err(SitesError::Refused(_))));
});
