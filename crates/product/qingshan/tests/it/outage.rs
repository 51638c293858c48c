//! The database server goes away under the running product and comes back; the disk is full and has
//! room again.

use city_simulator::City;
use test_support::TestDatabase;

use crate::device::Device;
use crate::program::Installation;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_is_told_and_taken_up_again() {
    let (database, postgres) = TestDatabase::own_postgres().await;
    let url = database.url().to_owned();
    database.close().await;
    tokio::task::spawn_blocking(move || {
        let installation = Installation::on(&url);
        let city = City::hengyang(1).unwrap();
        installation.register(&city);
        let mut server = installation.serve();
        let mut device = Device::connect(&city, server.gateway);
        device.send(1);
        device.expect_acknowledgement(1);

        postgres.stop();
        for number in 2..=30 {
            device.send(number);
        }
        server.wait_for_line("the journal cannot commit packets");
        let system = server.system();
        assert_eq!(system["journal"]["is_committing"], false, "{system}");
        assert!(system["journal"]["error"].is_string(), "{system}");
        device.expect_silence();

        postgres.start();
        for number in 2..=30 {
            device.expect_acknowledgement(number);
        }
        server.wait_for_line("the journal commits packets again");
        let system = server.wait_for("records and no error", |system| {
            let interpreter = &system["interpreter"];
            system["journal"]["is_committing"] == true
                && interpreter["is_working"] == true
                && interpreter["packets"] == 30
        });
        assert_eq!(system["journal"]["error"], serde_json::Value::Null);
        server.stop();
    })
    .await
    .unwrap();
}

#[test]
fn a_full_disk_is_told_and_got_over() {
    let installation = Installation::new();
    let city = City::hengyang(1).unwrap();
    installation.register(&city);
    let mut server = installation.serve_with_limits();
    let mut device = Device::connect(&city, server.gateway);
    device.send(1);
    device.expect_acknowledgement(1);

    server.limit_files("4096");
    for number in 2..=30 {
        device.send(number);
    }
    server.wait_for_line("the journal cannot commit packets");
    let system = server.system();
    assert_eq!(system["journal"]["is_committing"], false, "{system}");
    device.expect_silence();

    server.limit_files("unlimited");
    for number in 2..=30 {
        device.expect_acknowledgement(number);
    }
    server.wait_for_line("the journal commits packets again");
    server.wait_for("records of all packets", |system| {
        system["journal"]["is_committing"] == true
            && system["interpreter"]["is_working"] == true
            && system["interpreter"]["packets"] == 30
    });
    server.stop();
}
