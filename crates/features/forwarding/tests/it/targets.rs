//! Targets and their device maps: made, changed, held to permission and region, written down.

use access::Permission;
use forwarding::{
    ForwardingError, MappingDetails, NewTarget, PasswordChange, StartAt, create_target,
    delete_mapping, list_enabled_plans, list_mappings, list_targets, load_target, set_mapping,
    update_target,
};
use sites::{DeviceFilter, DevicePassword, Expected};
use test_support::{TestDatabase, test_on_both_databases};

use crate::world::{World, details, officer, operator};

fn all_devices() -> DeviceFilter {
    DeviceFilter {
        limit: 100,
        ..DeviceFilter::default()
    }
}

fn mapping(mn: Option<&str>, is_enabled: bool) -> MappingDetails {
    MappingDetails {
        superior_mn: mn.map(str::to_owned),
        is_enabled,
    }
}

test_on_both_databases!(
    a_target_is_made_changed_and_switched_off_at_its_revision,
    |database| async move { life_of_a_target(database).await }
);

async fn life_of_a_target(database: TestDatabase) {
    let world = World::new(database.handle()).await;
    let made = world.add_target("省级平台").await;
    assert_eq!(
        made,
        load_target(&world.database, &operator(), made.id)
            .await
            .unwrap()
    );
    let new = NewTarget {
        details: details("省级平台"),
        start_at: StartAt::Beginning,
    };
    let twice = create_target(&world.database, &world.clock, &operator(), new).await;
    assert!(
        matches!(twice, Err(ForwardingError::NameTaken { .. })),
        "{twice:?}"
    );

    let mut changed = details("省厅");
    changed.is_enabled = false;
    changed.commands = vec!["2011".to_owned(), "2061".to_owned()];
    changed.allowed_commands = vec!["1011".to_owned()];
    let expected = Expected::new(made.id, 1);
    let updated = update_target(
        &world.database,
        &world.clock,
        &operator(),
        expected,
        changed.clone(),
    )
    .await
    .unwrap();
    assert_eq!(updated.revision, 2);
    let listed = list_targets(&world.database, &operator()).await.unwrap();
    assert_eq!(listed, [updated]);
    let stale = update_target(
        &world.database,
        &world.clock,
        &operator(),
        expected,
        changed,
    )
    .await;
    assert!(
        matches!(stale, Err(ForwardingError::Stale { found: 2, .. })),
        "{stale:?}"
    );
    let plans = list_enabled_plans(&world.database, world.directory.sealing_key())
        .await
        .unwrap();
    assert!(plans.is_empty(), "it is switched off");
    assert_eq!(world.audited("forwarding.create_target").await.len(), 1);
    assert!(
        world.audited("forwarding.update_target").await[0]
            .1
            .contains("省厅")
    );
}

test_on_both_databases!(
    a_county_officer_reads_targets_and_changes_only_its_own_devices,
    |database| async move { region(database).await }
);

async fn region(database: TestDatabase) {
    let world = World::new(database.handle()).await;
    let target = world.add_target("省级平台").await;
    let (database, clock) = (&world.database, &world.clock);
    assert_eq!(list_targets(database, &officer()).await.unwrap().len(), 1);
    let new = NewTarget {
        details: details("县"),
        start_at: StartAt::Now,
    };
    let made = create_target(database, clock, &officer(), new).await;
    assert!(matches!(made, Err(ForwardingError::Refused(_))), "{made:?}");
    let expected = Expected::new(target.id, 1);
    let changed = update_target(database, clock, &officer(), expected, details("县")).await;
    assert!(
        matches!(changed, Err(ForwardingError::Refused(_))),
        "{changed:?}"
    );

    let seen = list_mappings(database, &officer(), target.id, &all_devices())
        .await
        .unwrap();
    assert_eq!(seen.iter().map(|it| it.device_id).collect::<Vec<_>>(), [1]);
    let county = officer();
    let set = |device_id| {
        let change = (device_id, mapping(Some("UP1"), true), PasswordChange::Keep);
        set_mapping(database, clock, &world.directory, &county, expected, change)
    };
    let other = set(2).await;
    assert!(
        matches!(other, Err(ForwardingError::NoDevice { id: 2 })),
        "{other:?}"
    );
    assert_eq!(set(1).await.unwrap().revision, 2);

    let mut reader = operator();
    reader.permissions.remove(&Permission::ManageForwarding);
    let change = (1, mapping(None, false), PasswordChange::Keep);
    let expected = Expected::new(target.id, 2);
    let refused = set_mapping(database, clock, &world.directory, &reader, expected, change).await;
    assert!(
        matches!(refused, Err(ForwardingError::Refused(_))),
        "{refused:?}"
    );
    reader.permissions.remove(&Permission::ReadForwarding);
    assert!(list_targets(database, &reader).await.is_err());
}

test_on_both_databases!(
    a_device_goes_out_under_the_name_and_password_of_the_map,
    |database| async move { device_map(database).await }
);

async fn device_map(database: TestDatabase) {
    let world = World::new(database.handle()).await;
    let target = world.add_target("省级平台").await;
    let (database, clock, directory) = (&world.database, &world.clock, &world.directory);
    let secret = PasswordChange::Set(DevicePassword::new("sup3r"));
    let change = (1, mapping(Some("UP1"), true), secret.clone());
    let at = |revision| Expected::new(target.id, revision);
    set_mapping(database, clock, directory, &operator(), at(1), change)
        .await
        .unwrap();
    // one MN, two devices at a time: the superior's requests could not be told apart
    let change = (2, mapping(Some("UP1"), true), PasswordChange::Keep);
    let taken = set_mapping(database, clock, directory, &operator(), at(2), change).await;
    assert!(
        matches!(taken, Err(ForwardingError::IdentifierTaken { .. })),
        "{taken:?}"
    );
    let change = (2, mapping(None, false), PasswordChange::Keep);
    set_mapping(database, clock, directory, &operator(), at(2), change)
        .await
        .unwrap();

    let mut no_secrets = operator();
    no_secrets
        .permissions
        .remove(&Permission::ManageDeviceSecrets);
    let change = (1, mapping(Some("UP1"), true), secret);
    let refused = set_mapping(database, clock, directory, &no_secrets, at(3), change).await;
    assert!(
        matches!(refused, Err(ForwardingError::Refused(_))),
        "{refused:?}"
    );

    let rows = list_mappings(database, &operator(), target.id, &all_devices())
        .await
        .unwrap();
    assert!(rows[0].has_password && rows[0].is_forwarded);
    assert!(!rows[1].has_password && !rows[1].is_forwarded);
    let trail = format!("{:?}", world.audited("forwarding.set_mapping").await);
    assert!(
        trail.contains("changed") && !trail.contains("sup3r"),
        "{trail}"
    );

    let plans = list_enabled_plans(database, directory.sealing_key())
        .await
        .unwrap();
    let present = directory.current();
    let device = present.device(sites::DeviceId(1)).unwrap();
    assert_eq!(plans[0].superior_mn(device), "UP1");
    assert_eq!(
        plans[0].superior_password(device).unwrap().reveal(),
        "sup3r"
    );
    assert!(plans[0].is_forwarded(1) && !plans[0].is_forwarded(2));
    let found = plans[0].find_device(&present, "UP1", world.now()).unwrap();
    assert_eq!(found.id.0, 1);
    assert!(
        plans[0]
            .find_device(&present, "TEST1", world.now())
            .is_none()
    );

    // with another key of the installation it cannot be opened, and says so
    let other = sites::SealingKey::from_bytes([9; 32]);
    let plans = list_enabled_plans(database, &other).await.unwrap();
    assert_eq!(
        plans[0].superior_password(device).unwrap().reveal(),
        "123456"
    );

    delete_mapping(database, clock, &operator(), at(3), 1)
        .await
        .unwrap();
    let rows = list_mappings(database, &operator(), target.id, &all_devices())
        .await
        .unwrap();
    assert_eq!(
        (rows[0].mapping.clone(), rows[0].is_forwarded),
        (None, true)
    );
}
