//! A server's life: packets of a whole city come in, it is stopped, killed and started again.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use city_simulator::{Backfill, City, Signals, World, run_device};
use tokio_util::sync::CancellationToken;

use crate::device::Device;
use crate::program::{Installation, Server};

const SEED: u64 = 1;
/// Packets that are enough to have seen every kind of outlet.
const PACKETS: u64 = 2_000;

/// Lets the loggers of the city speak until so many packets are committed.
fn let_city_speak(server: &Server, city: City) {
    let signals = Signals::new(&city);
    let world = Arc::new(World {
        signals,
        server: server.gateway.to_string(),
        backfill: Backfill {
            days: 1,
            minute_hours: 1,
        },
        city,
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let stop = CancellationToken::new();
    for logger in 0..world.city.loggers.len() {
        let (world, stop) = (Arc::clone(&world), stop.clone());
        runtime.spawn(async move { run_device(&world, logger, stop).await });
    }
    server.wait_for("the city's packets", |system| {
        system["journal"]["packets"].as_u64().unwrap() >= PACKETS
    });
    stop.cancel();
    runtime.shutdown_timeout(std::time::Duration::from_secs(10));
}

fn expect_clean(log: &[String]) {
    let odd: Vec<&String> = log
        .iter()
        .filter(|line| {
            ["ERROR", "WARN", "panicked"]
                .iter()
                .any(|word| line.contains(word))
        })
        .collect();
    assert!(odd.is_empty(), "{odd:#?}");
    assert!(log.iter().any(|line| line.contains("stopped")), "{log:#?}");
}

#[test]
fn a_city_is_taken_in_and_is_there_after_a_restart() {
    let installation = Installation::new();
    let city = City::hengyang(SEED).unwrap();
    installation.register(&city);
    let server = installation.serve();
    let_city_speak(&server, city);
    let system = server.wait_for("records of all packets", |system| {
        let interpreter = &system["interpreter"];
        interpreter["checkpoint"] == interpreter["head"]
    });
    assert_eq!(system["interpreter"]["incomplete_packets"], 0, "{system}");
    assert!(system["interpreter"]["records"].as_u64().unwrap() >= PACKETS / 2);
    assert_eq!(system["interpreter"]["failures"], 0);
    assert_eq!(system["journal"]["failures"], 0);
    expect_clean(&server.stop());

    let again = installation.serve();
    let restarted = again.wait_for("the interpreter to look", |system| {
        system["interpreter"]["head"].as_i64() > Some(0)
    });
    let at = |value: &serde_json::Value| value["interpreter"]["checkpoint"].as_i64().unwrap();
    assert!(at(&restarted) >= at(&system), "what was read stays read");
    assert_eq!(
        restarted["interpreter"]["packets"], 0,
        "and is not read again"
    );
    expect_clean(&again.stop());
}

#[test]
fn what_was_acknowledged_outlives_the_killed_process() {
    let installation = Installation::new();
    let city = City::hengyang(SEED).unwrap();
    installation.register(&city);
    let server = installation.serve();
    let mut device = Device::connect(&city, server.gateway);
    for number in 1..=20 {
        device.send(number);
    }
    for number in 1..=20 {
        device.expect_acknowledgement(number);
    }
    server.kill();

    let again = installation.serve();
    let system = again.wait_for("the records of all 20", |system| {
        let interpreter = &system["interpreter"];
        interpreter["head"].as_i64() > Some(0) && interpreter["checkpoint"] == interpreter["head"]
    });
    assert_eq!(system["interpreter"]["failures"], 0);
    let url = format!("http://{}/api/v1/packets?limit=100", again.http);
    let text = ureq::get(&url)
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    let body: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(body["packets"].as_array().unwrap().len(), 20, "{body}");
    let mut device = Device::connect(&city, again.gateway);
    device.send(21);
    device.expect_acknowledgement(21);
    expect_clean(&again.stop());
}

#[test]
fn an_open_live_stream_does_not_hold_up_the_stop() {
    let installation = Installation::new();
    installation.run(&["migrate"]);
    let server = installation.serve();
    let mut stream = TcpStream::connect(server.http).unwrap();
    stream
        .write_all(b"GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        .unwrap();
    let mut head = [0; 15];
    stream.read_exact(&mut head).unwrap();
    assert_eq!(&head, b"HTTP/1.1 200 OK");
    expect_clean(&server.stop());
}
