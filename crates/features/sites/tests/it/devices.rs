//! Devices, their secrets and the directory.

use database::{audit, on_database};
use sites::{
    DeviceDirectory, DeviceFilter, DeviceKey, DirectoryHandle, Expected, LimitDetails, LimitOrigin,
    LimitStatistic, RecordKind, SealingKey, SecretChange, Secrets, SitesError, Validity,
};
use test_support::test_on_both_databases;

use crate::city::{
    at, channel, clock, create_device, create_point, create_site, device_details, enterprise,
    install_regions, officer, operator, sealing_key,
};

const MN: &str = "010000A8900016F000169DC0";

test_on_both_databases!(a_packet_finds_its_point, |database| async move {
    install_regions(&database).await;
    let site = create_site(&database, "S1", "430421").await;
    let gas = create_point(&database, &site, "DA001").await;
    let water = create_point(&database, &site, "DW001").await;
    let channels = vec![channel(gas.id, None), channel(water.id, Some("w01018"))];
    let device = create_device(&database, MN, channels).await;
    let limit = LimitDetails {
        factor_code: "w01018".to_owned(),
        kind: RecordKind::Day,
        statistic: LimitStatistic::Avg,
        lower: None,
        upper: Some("50".parse().unwrap()),
        validity: Validity::since(at("2026-01-01")),
        origin: LimitOrigin::Permit,
        basis: String::new(),
    };
    sites::create_limit(&database, &clock(), &operator(), water.id, limit.clone())
        .await
        .unwrap();

    let directory = DeviceDirectory::load(&database, &sealing_key())
        .await
        .unwrap();
    let now = at("2026-03-01T12:00:00");
    let found = directory.find_device(MN, now).unwrap();
    assert_eq!((found.id, found.is_simulated), (device.id, true));
    assert!(found.accepts_password(b"123456"));
    assert!(!found.accepts_password(b"654321"));
    assert_eq!(directory.find_point_id(MN, "w01018", now), Some(water.id));
    assert_eq!(directory.find_point_id(MN, "a21026", now), Some(gas.id));
    assert_eq!(directory.find_point_id("other", "a21026", now), None);
    assert_eq!(found.point_ids(now), [gas.id, water.id]);
    assert_eq!(directory.devices_of_point(water.id), [device.id]);
    assert_eq!(directory.points_of_site(site.id), [gas.id, water.id]);
    let point = directory.point(water.id).unwrap();
    assert_eq!(point.region_code().as_str(), "430421");
    assert_eq!(point.site.name_zh, "模拟企业S1");
    assert!(point.is_simulated() && point.position().is_some());
    assert!(point.is_covered_by(&officer("430421").scope));
    assert!(!point.is_covered_by(&officer("430422").scope));
    let in_force = |kind, time| {
        directory
            .limits_for(water.id, "w01018", kind, at(time))
            .map(|(_id, limit)| limit.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(in_force(RecordKind::Day, "2026-01-01"), [limit]);
    assert!(in_force(RecordKind::Day, "2025-12-31").is_empty());
    assert!(in_force(RecordKind::Hour, "2026-01-01").is_empty());
});

test_on_both_databases!(a_replaced_device_keeps_its_past, |database| async move {
    install_regions(&database).await;
    let site = create_site(&database, "S1", "430421").await;
    let point = create_point(&database, &site, "DA001").await;
    let old = create_device(&database, MN, vec![channel(point.id, None)]).await;
    let change = at("2026-02-01T10:00:00");
    let replace = async |at| {
        let replacement = (
            at,
            device_details(MN, Vec::new()),
            Secrets::with_password("654321"),
        );
        let expected = Expected::new(old.id, 1);
        sites::replace_device(
            &database,
            &clock(),
            &sealing_key(),
            &operator(),
            expected,
            replacement,
        )
        .await
    };
    let new = replace(change).await.unwrap();
    assert!(matches!(
        replace(change).await,
        Err(SitesError::Stale { .. })
    ));
    assert_eq!(new.details.channels[0].validity, Validity::since(change));
    let directory = DeviceDirectory::load(&database, &sealing_key())
        .await
        .unwrap();
    let before = directory.find_device(MN, change.plus_ms(-1)).unwrap();
    let after = directory.find_device(MN, change).unwrap();
    assert_eq!((before.id, after.id), (old.id, new.id));
    assert!(before.accepts_password(b"123456") && after.accepts_password(b"654321"));
    assert_eq!(directory.devices_of_mn(MN).len(), 2);
    for at in [change.plus_ms(-1), change] {
        assert_eq!(directory.find_point_id(MN, "a21026", at), Some(point.id));
    }
    // a third that bears the MN at the same time is refused
    let third = sites::create_device(
        &database,
        &clock(),
        &sealing_key(),
        &operator(),
        device_details(MN, Vec::new()),
        Secrets::default(),
    )
    .await;
    let Err(SitesError::Invalid { problems }) = third else {
        panic!("{third:?}")
    };
    assert_eq!(
        (problems[0].field.as_str(), problems[0].kind.code()),
        ("mn", "overlap")
    );
});

test_on_both_databases!(secrets_are_kept_sealed, |database| async move {
    install_regions(&database).await;
    let site = create_site(&database, "S1", "430421").await;
    let point = create_point(&database, &site, "DA001").await;
    let device = create_device(&database, MN, vec![channel(point.id, None)]).await;
    assert!(device.has_password && !device.has_key);
    // a new MN and two new keys, one after the other
    let mut details = device.details.clone();
    "NEWMN0001".clone_into(&mut details.mn);
    let keys = [[1_u8; 16], [2; 16]];
    for (revision, key) in (1..).zip(keys) {
        let secrets = Secrets {
            key: SecretChange::Set(DeviceKey::new(key)),
            ..Secrets::default()
        };
        let change = (details.clone(), secrets);
        let expected = Expected::new(device.id, revision);
        sites::update_device(
            &database,
            &clock(),
            &sealing_key(),
            &operator(),
            expected,
            change,
        )
        .await
        .unwrap();
    }
    let directory = DeviceDirectory::load(&database, &sealing_key())
        .await
        .unwrap();
    let found = directory.device(device.id).unwrap();
    assert!(
        found.accepts_password(b"123456"),
        "the password follows the new MN"
    );
    assert_eq!(found.key.as_ref().unwrap().reveal(), &keys[1]);
    assert_eq!(found.previous_key.as_ref().unwrap().reveal(), &keys[0]);
    assert!(directory.find_device(MN, at("2026-03-01")).is_none());

    // nothing in the clear in the database, the trail or the logs of Debug
    let sealed: Vec<u8> = on_database!(database, |pool| {
        sqlx::query_scalar("SELECT password_sealed FROM device")
            .fetch_one(pool)
            .await
            .unwrap()
    });
    assert!(!sealed.windows(6).any(|window| window == b"123456"));
    for entry in audit::list(&database, 0, 100).await.unwrap() {
        assert!(!format!("{entry:?}").contains("123456"));
    }
    assert!(!format!("{directory:?}").contains("123456"));
    let last = audit::list(&database, 0, 100).await.unwrap().pop().unwrap();
    assert!(
        last.after_json
            .unwrap()
            .ends_with(r#""secrets":"changed"}"#)
    );

    // another installation's key opens nothing, and says so, but the directory stands
    let other = SealingKey::from_bytes([4; 32]);
    let directory = DeviceDirectory::load(&database, &other).await.unwrap();
    let found = directory.device(device.id).unwrap();
    assert!(found.sealing_error.is_some());
    assert!(!found.accepts_password(b"123456") && !found.accepts_password(b""));
});

test_on_both_databases!(
    devices_are_listed_by_what_they_serve,
    |database| async move {
        install_regions(&database).await;
        let site = create_site(&database, "S1", "430421").await;
        let point = create_point(&database, &site, "DA001").await;
        let serving = create_device(&database, "MN1", vec![channel(point.id, None)]).await;
        let idle = create_device(&database, "MN2", Vec::new()).await;
        let list = async |actor, filter: DeviceFilter| {
            let filter = DeviceFilter {
                limit: 10,
                ..filter
            };
            sites::list_devices(&database, &actor, &filter)
                .await
                .unwrap()
                .into_iter()
                .map(|device| device.id)
                .collect::<Vec<_>>()
        };
        let none = DeviceFilter::default;
        assert_eq!(list(operator(), none()).await, [serving.id, idle.id]);
        assert_eq!(list(officer("430421"), none()).await, [serving.id]);
        assert!(list(officer("430422"), none()).await.is_empty());
        assert_eq!(list(enterprise(&[site.id]), none()).await, [serving.id]);
        let filter = DeviceFilter {
            search: Some("mn2".to_owned()),
            ..none()
        };
        assert_eq!(list(operator(), filter).await, [idle.id]);
        let filter = DeviceFilter {
            site_id: Some(site.id),
            ..none()
        };
        assert_eq!(list(operator(), filter).await, [serving.id]);
        for (region, expected) in [("430400", vec![serving.id]), ("430422", Vec::new())] {
            let filter = DeviceFilter {
                region: Some(region.parse().unwrap()),
                ..none()
            };
            assert_eq!(list(operator(), filter).await, expected, "{region}");
        }
        let filter = DeviceFilter {
            point_id: Some(point.id),
            ..none()
        };
        assert_eq!(list(operator(), filter).await, [serving.id]);
        assert_eq!(
            sites::load_device(&database, &operator(), serving.id)
                .await
                .unwrap(),
            serving
        );
        let hidden = sites::load_device(&database, &officer("430422"), serving.id).await;
        assert!(matches!(hidden, Err(SitesError::NotFound { .. })));
        let expected = Expected::new(serving.id, 1);
        let refused = sites::delete_device(&database, &clock(), &officer("430422"), expected).await;
        assert!(matches!(refused, Err(SitesError::Refused(_))));
        sites::delete_device(&database, &clock(), &operator(), expected)
            .await
            .unwrap();
        assert_eq!(list(operator(), none()).await, [idle.id]);
    }
);

test_on_both_databases!(the_directory_follows_changes, |database| async move {
    install_regions(&database).await;
    let handle = DirectoryHandle::open(&database, sealing_key())
        .await
        .unwrap();
    assert!(!handle.reload_if_changed(&database).await.unwrap());
    let before = handle.current();
    create_device(&database, MN, Vec::new()).await;
    assert!(handle.clone().reload_if_changed(&database).await.unwrap());
    assert!(handle.current().version() > before.version());
    assert!(handle.current().find_device(MN, at("2026-03-01")).is_some());
    assert!(
        before.find_device(MN, at("2026-03-01")).is_none(),
        "a snapshot stays as it is"
    );
    assert_eq!(
        handle.reload(&database).await.unwrap().version(),
        handle.current().version()
    );
});
