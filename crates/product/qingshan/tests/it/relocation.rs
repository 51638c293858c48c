//! `qingshan move`: from SQLite to PostgreSQL and back, and what is refused.

use std::process::Stdio;

use city_simulator::City;
use database::{Database, DatabaseSettings};
use test_support::TestDatabase;

use crate::device::Device;
use crate::program::Installation;

fn output(installation: &Installation, words: &[&str]) -> String {
    let output = installation
        .command(words)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{words:?}: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

fn digest_line(said: &str) -> &str {
    said.lines()
        .find(|line| line.starts_with("effective and derived values"))
        .unwrap()
}

/// Sends packets and waits until they were interpreted.
fn take_packets(installation: &Installation, numbers: std::ops::RangeInclusive<u32>) {
    let city = City::hengyang(1).unwrap();
    let server = installation.serve();
    let mut device = Device::connect(&city, server.gateway);
    for number in numbers {
        device.send(number);
        device.expect_acknowledgement(number);
    }
    server.wait_for("the records", |system| {
        let interpreter = &system["interpreter"];
        interpreter["head"].as_i64() > Some(0) && interpreter["checkpoint"] == interpreter["head"]
    });
    server.stop();
}

fn list_sites(installation: &Installation) -> String {
    let server = installation.serve();
    let url = format!("http://{}/api/v1/sites?limit=200", server.http);
    let text = ureq::get(&url)
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    server.stop();
    text
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_city_moves_to_postgresql_and_back_and_goes_on_there() {
    let server_url = TestDatabase::empty_postgres().await;
    tokio::task::spawn_blocking(move || {
        let first = Installation::new();
        first.register(&City::hengyang(1).unwrap());
        take_packets(&first, 1..=20);
        let there = output(
            &first,
            &["move", "--from", first.url(), "--to", &server_url],
        );
        assert!(there.contains("are the same on both sides"), "{there}");

        let second = Installation::on(&server_url);
        std::fs::copy(
            first.path().join("qingshan.key"),
            second.path().join("qingshan.key"),
        )
        .unwrap();
        assert_eq!(list_sites(&first), list_sites(&second));
        take_packets(&second, 21..=40);
        assert!(output(&second, &["audit", "verify"]).contains("whole"));
        assert!(output(&second, &["vault", "verify"]).contains("both chains are whole"));

        let third = Installation::new();
        std::fs::copy(
            first.path().join("qingshan.key"),
            third.path().join("qingshan.key"),
        )
        .unwrap();
        let back = output(
            &second,
            &["move", "--from", &server_url, "--to", third.url()],
        );
        assert_ne!(digest_line(&there), digest_line(&back));
        assert_eq!(list_sites(&first), list_sites(&third));
        take_packets(&third, 41..=60);
        take_packets(&first, 21..=60);
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let digest = |url: &str| {
            runtime.block_on(async {
                let database = Database::open(&DatabaseSettings::new(url)).await.unwrap();
                while monitoring::derive_dirty(&database, 1_000).await.unwrap() > 0 {}
                let digest = monitoring::compute_state_digest(&database).await.unwrap();
                database.close().await;
                digest
            })
        };
        assert_eq!(digest(first.url()), digest(third.url()));
    })
    .await
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_place_that_is_not_empty_and_a_running_server_are_refused() {
    let full = TestDatabase::postgres().await;
    let full_url = full.url().to_owned();
    let empty = TestDatabase::empty_postgres().await;
    tokio::task::spawn_blocking(move || {
        let first = Installation::new();
        let said = first.fail(&["move", "--from", first.url(), "--to", &empty], &[]);
        assert!(said.contains("there is no database"), "{said}");
        first.run(&["migrate"]);
        let said = first.fail(&["move", "--from", first.url(), "--to", &full_url], &[]);
        assert!(said.contains("not empty"), "{said}");
        let said = first.fail(&["move", "--from", first.url(), "--to", first.url()], &[]);
        assert!(said.contains("is there already"), "{said}");
        let server = first.serve();
        let said = first.fail(&["move", "--from", first.url(), "--to", &empty], &[]);
        assert!(said.contains("stop the server first"), "{said}");
        server.stop();
        output(&first, &["move", "--from", first.url(), "--to", &empty]);
        let second = Installation::on(&empty);
        let server = second.serve();
        let said = second.fail(&["move", "--from", &empty, "--to", "new.sqlite"], &[]);
        assert!(said.contains("stop the server first"), "{said}");
        assert!(!second.path().join("new.sqlite").exists());
        server.stop();
    })
    .await
    .unwrap();
    full.close().await;
}
