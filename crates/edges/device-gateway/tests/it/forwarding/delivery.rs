//! Packets up: in order, through outages, restarts and superiors of any temper.

use beijing_time::SystemClock;
use forwarding::{
    Encoding, FailureFilter, FailureReason, LinkState, MappingDetails, PasswordChange,
    TargetDetails, TargetTrouble, list_failures, resend_failures, set_mapping, update_target,
};
use monitoring::PacketId;
use sites::{DevicePassword, Expected};
use test_support::{TestDatabase, test_on_both_databases};

use super::{Forwarding, OTHER, details, operator};
use crate::superior::{Superior, Temper};
use crate::world::{MN, PASSWORD, segment, wait_until};

test_on_both_databases!(
    packets_go_out_as_they_came_in_order_and_the_lag_falls_to_nothing,
    |database| async move { plain(database).await }
);

async fn plain(database: TestDatabase) {
    let superior = Superior::start(Temper::Acknowledges).await;
    let mut city = Forwarding::start(database, details(superior.address)).await;
    city.arrive(MN, 1..=30).await;
    city.arrive(OTHER, 1..=20).await;
    city.wait_for_delivery(50).await;
    assert_eq!(superior.numbers_of(MN), (1..=30).collect::<Vec<_>>());
    assert_eq!(superior.numbers_of(OTHER), (1..=20).collect::<Vec<_>>());
    assert_eq!(superior.heard()[0], segment(MN, PASSWORD, 1));
    let report = city.report();
    assert_eq!((report.state, report.delivered), (LinkState::Connected, 50));
    assert!(report.connected_since.is_some() && report.last_error.is_none());

    // a graceful stop and a new start send nothing twice
    city.stop().await;
    city.run();
    city.arrive(MN, 31..=31).await;
    city.wait_for_delivery(51).await;
    assert_eq!(superior.heard().len(), 51);
}

test_on_both_databases!(
    an_outage_of_the_superior_loses_nothing,
    |database| async move { outage(database).await }
);

async fn outage(database: TestDatabase) {
    let superior = Superior::start(Temper::Acknowledges).await;
    let city = Forwarding::start(database, details(superior.address)).await;
    city.arrive(MN, 1..=5).await;
    city.wait_for_delivery(5).await;
    let address = superior.crash().await;
    city.arrive(MN, 6..=10).await;
    city.arrive(OTHER, 1..=3).await;
    city.wait_for_trouble(TargetTrouble::CannotConnect).await;
    wait_until("the lag shows", async || {
        let report = city.report();
        report.packets_behind() == 8 && report.oldest_received_at.is_some()
    })
    .await;
    let superior = Superior::start_at(address, Temper::Acknowledges).await;
    city.wait_for_delivery(13).await;
    assert_eq!(superior.numbers_of(MN), (6..=10).collect::<Vec<_>>());
    assert_eq!(superior.numbers_of(OTHER), (1..=3).collect::<Vec<_>>());
}

test_on_both_databases!(
    a_killed_server_goes_on_from_its_checkpoint_and_every_packet_arrives,
    |database| async move { killed(database).await }
);

async fn killed(database: TestDatabase) {
    let superior = Superior::start(Temper::Acknowledges).await;
    let mut city = Forwarding::start(database, details(superior.address)).await;
    for round in 0..5 {
        city.arrive(MN, round * 40 + 1..=round * 40 + 40).await;
        wait_until("some arrive", async || {
            superior.numbers_of(MN).len() > usize::try_from(round).unwrap() * 40 + 10
        })
        .await;
        city.kill().await;
        city.run();
    }
    wait_until("all arrive", async || {
        superior.numbers_of(MN).contains(&200)
    })
    .await;
    let mut numbers = superior.numbers_of(MN);
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
    wait_until("the checkpoint", async || {
        city.load().await.progress.sent >= 200
    })
    .await;
}

test_on_both_databases!(
    a_superior_that_never_acknowledges_is_an_outage_and_nothing_is_passed_over,
    |database| async move { silent(database).await }
);

async fn silent(database: TestDatabase) {
    let superior = Superior::start(Temper::Silent).await;
    let city = Forwarding::start(database, details(superior.address)).await;
    city.arrive(MN, 1..=3).await;
    city.wait_for_trouble(TargetTrouble::NotAcknowledging).await;
    let progress = city.load().await.progress;
    assert_eq!((progress.sent, progress.given_up), (0, 0));
    assert_eq!(progress.done.batch_id(), 0);
    superior.set(Temper::Acknowledges);
    city.wait_for_delivery(3).await;
    assert!(superior.connections() > 1);
}

test_on_both_databases!(
    one_device_that_is_not_acknowledged_holds_nobody_up_and_is_sent_again_on_demand,
    |database| async move { ignored(database).await }
);

async fn ignored(database: TestDatabase) {
    let superior = Superior::start(Temper::Ignores(OTHER)).await;
    let city = Forwarding::start(database, details(superior.address)).await;
    city.arrive(OTHER, 1..=1).await;
    city.arrive(MN, 1..=20).await;
    wait_until("the others arrive", async || {
        superior.numbers_of(MN).len() == 20
    })
    .await;
    // one more after the time-out shows that the superior is there
    let filter = FailureFilter {
        limit: 10,
        ..FailureFilter::default()
    };
    let list = async || {
        list_failures(&city.world.database, &operator(), city.target.id, &filter)
            .await
            .unwrap()
    };
    let mut number = 21;
    while list().await.is_empty() {
        city.arrive(MN, number..=number).await;
        wait_until("it arrives", async || {
            superior.numbers_of(MN).contains(&number)
        })
        .await;
        number += 1;
        assert!(number < 900, "the packet is never passed over");
    }
    let failures = list().await;
    assert_eq!(failures.len(), 1);
    assert_eq!(failures[0].reason, FailureReason::NotAcknowledged);
    assert_eq!(city.load().await.progress.given_up, 1);

    superior.set(Temper::Acknowledges);
    let (database, id) = (&city.world.database, city.target.id);
    let count = resend_failures(database, &SystemClock, &operator(), id, None)
        .await
        .unwrap();
    assert_eq!(count, 1);
    wait_until("it is sent again", async || list().await.is_empty()).await;
    assert_eq!(city.load().await.progress.given_up, 0);
    assert_eq!(superior.numbers_of(OTHER).last(), Some(&1));
}

test_on_both_databases!(
    garbage_from_the_superior_does_no_harm,
    |database| async move { garbage(database).await }
);

async fn garbage(database: TestDatabase) {
    let superior = Superior::start(Temper::Garbage).await;
    let city = Forwarding::start(database, details(superior.address)).await;
    city.arrive(MN, 1..=3).await;
    city.wait_for_trouble(TargetTrouble::NotAcknowledging).await;
    superior.set(Temper::Acknowledges);
    city.wait_for_delivery(3).await;
    assert_eq!(city.load().await.progress.given_up, 0);
}

test_on_both_databases!(
    packets_are_re_encoded_under_the_superior_s_name_and_only_wanted_ones_go,
    |database| async move { re_encoded(database).await }
);

async fn re_encoded(database: TestDatabase) {
    let superior = Superior::start(Temper::Acknowledges).await;
    let wanted = TargetDetails {
        encoding: Encoding::ReEncoded,
        forwards_all_devices: false,
        commands: vec!["2011".to_owned()],
        ..details(superior.address)
    };
    let mut city = Forwarding::start(database, wanted).await;
    city.stop().await;
    let device_id = city.world.device.id.0;
    let mapping = MappingDetails {
        superior_mn: Some("UP0001".to_owned()),
        is_enabled: true,
    };
    let secret = PasswordChange::Set(DevicePassword::new("sup3r"));
    set_mapping(
        &city.world.database,
        &SystemClock,
        &city.world.directory,
        &operator(),
        Expected::new(city.target.id, 1),
        (device_id, mapping, secret),
    )
    .await
    .unwrap();
    city.run();
    city.arrive(OTHER, 1..=5).await;
    city.arrive(MN, 1..=2).await;
    city.wait_for_delivery(2).await;
    let expect = |number| {
        segment(MN, PASSWORD, number)
            .replace(MN, "UP0001")
            .replace(PASSWORD, "sup3r")
    };
    assert_eq!(superior.heard(), [expect(1), expect(2)]);
}

test_on_both_databases!(
    a_target_that_does_not_wait_is_written_to_and_switched_off_while_running,
    |database| async move { switched_off(database).await }
);

async fn switched_off(database: TestDatabase) {
    let superior = Superior::start(Temper::Silent).await;
    let mut plain = details(superior.address);
    plain.waits_for_acknowledgement = false;
    let city = Forwarding::start(database, plain.clone()).await;
    city.arrive(MN, 1..=10).await;
    city.wait_for_delivery(10).await;
    plain.is_enabled = false;
    let expected = Expected::new(city.target.id, 1);
    update_target(
        &city.world.database,
        &SystemClock,
        &operator(),
        expected,
        plain.clone(),
    )
    .await
    .unwrap();
    city.handle.wake();
    wait_until("it is off", async || {
        city.handle.find(city.target.id).is_none()
    })
    .await;
    city.arrive(MN, 11..=12).await;
    plain.is_enabled = true;
    let expected = Expected::new(city.target.id, 2);
    update_target(
        &city.world.database,
        &SystemClock,
        &operator(),
        expected,
        plain,
    )
    .await
    .unwrap();
    city.handle.wake();
    city.wait_for_delivery(12).await;
    assert_eq!(superior.numbers_of(MN), (1..=12).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_packet_id_is_not_passed_by_a_filter() {
    // packets that do not go out move the checkpoint too
    let superior = Superior::start(Temper::Acknowledges).await;
    let mut narrow = details(superior.address);
    narrow.commands = vec!["2061".to_owned()];
    let city = Forwarding::start(TestDatabase::sqlite().await, narrow).await;
    city.arrive(MN, 1..=3).await;
    wait_until("the checkpoint moves", async || {
        city.load().await.progress.done > PacketId(65_536)
    })
    .await;
    assert_eq!(city.load().await.progress.sent, 0);
    assert!(superior.heard().is_empty());
}
