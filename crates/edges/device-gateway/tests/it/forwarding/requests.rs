//! Requests down, answers up, and heartbeats.

use std::sync::Arc;

use beijing_time::SystemClock;
use commands::{DispatcherParts, run_dispatcher};
use forwarding::{TargetDetails, TargetTrouble};
use test_support::{TestDatabase, test_on_both_databases};
use tokio_util::sync::CancellationToken;

use super::{Forwarding, details};
use crate::client::Client;
use crate::superior::{Superior, Temper};
use crate::world::{MN, PASSWORD};

test_on_both_databases!(
    a_request_goes_down_to_the_device_and_its_answers_go_up,
    |database| async move { passed_down(database).await }
);

async fn passed_down(database: TestDatabase) {
    let superior = Superior::start(Temper::Acknowledges).await;
    let passing = TargetDetails {
        passes_commands_down: true,
        ..details(superior.address)
    };
    let mut city = Forwarding::start(database, passing).await;
    let dispatcher = DispatcherParts {
        database: city.world.database.handle(),
        clock: Arc::new(SystemClock),
        directory: city.world.directory.clone(),
        connections: Arc::clone(&city.world.live),
        handle: city.commands.clone(),
    };
    let sayings = std::mem::replace(&mut city.world.sayings, tokio::sync::mpsc::channel(1).1);
    tokio::spawn(run_dispatcher(
        dispatcher,
        sayings,
        CancellationToken::new(),
    ));
    let mut device = city.world.connect().await;
    device.send(crate::world::packet(1)).await;
    device.receive_text().await;
    city.wait_for_delivery(1).await;

    // a wrong MN is refused at once
    superior.ask("QN=20260801090000001;ST=32;CN=1011;PW=123456;MN=NOBODY;Flag=5;CP=&&&&");
    superior
        .expect(&["QN=20260801090000001", "CN=9011", "QnRtn=4"])
        .await;
    // the clock: the device's own number on the way down, the superior's on the way up
    superior.ask(&format!(
        "QN=20260801090000002;ST=32;CN=1011;PW=123456;MN={MN};Flag=5;CP=&&&&"
    ));
    let request = device.receive_text().await;
    assert!(request.contains("CN=1011"), "{request}");
    let number = request
        .split_once("QN=")
        .unwrap()
        .1
        .get(..17)
        .unwrap()
        .to_owned();
    assert_ne!(number, "20260801090000002");
    let answer = |cn: &str, st: &str, area: &str| {
        hj212::encode_frame(
            format!("QN={number};ST={st};CN={cn};PW={PASSWORD};MN={MN};Flag=4;CP=&&{area}&&")
                .as_bytes(),
        )
    };
    device.send(answer("9011", "91", "QnRtn=1")).await;
    superior
        .expect(&["QN=20260801090000002", "CN=9011", "QnRtn=1"])
        .await;
    device
        .send(answer("1011", "32", "SystemTime=20260801090001"))
        .await;
    superior
        .expect(&[
            "QN=20260801090000002",
            "CN=1011",
            "SystemTime=20260801090001",
            MN,
        ])
        .await;
    device.send(answer("9012", "91", "ExeRtn=1")).await;
    superior
        .expect(&["QN=20260801090000002", "CN=9012", "ExeRtn=1"])
        .await;
    ask_for_history(&mut device, &superior).await;
}

/// The data go up as packets of their own, the result after them.
async fn ask_for_history(device: &mut Client, superior: &Superior) {
    superior.ask(&format!(
        "QN=20260801090000003;ST=32;CN=2051;PW=123456;MN={MN};Flag=5;CP=&&BeginTime=20260801080000,EndTime=20260801090000&&"
    ));
    let request = device.receive_text().await;
    assert!(request.contains("CN=2051"), "{request}");
    let number = request
        .split_once("QN=")
        .unwrap()
        .1
        .get(..17)
        .unwrap()
        .to_owned();
    let answer = |cn: &str, area: &str| {
        hj212::encode_frame(
            format!("QN={number};ST=91;CN={cn};PW={PASSWORD};MN={MN};Flag=4;CP=&&{area}&&")
                .as_bytes(),
        )
    };
    device.send(answer("9011", "QnRtn=1")).await;
    device
        .send(hj212::encode_frame(
            format!("QN=20260801090002000;ST=32;CN=2051;PW={PASSWORD};MN={MN};Flag=5;CP=&&DataTime=20260801083000;w01018-Avg=3.0,w01018-Flag=N&&").as_bytes(),
        ))
        .await;
    device.send(answer("9012", "ExeRtn=1")).await;
    superior
        .expect(&["QN=20260801090000003", "CN=9012", "ExeRtn=1"])
        .await;
    let heard = superior.heard();
    let place = |piece: &str| {
        heard
            .iter()
            .position(|segment| segment.contains(piece))
            .unwrap()
    };
    assert!(place("w01018-Avg=3.0") < place("QN=20260801090000003;ST=91;CN=9012"));
}

test_on_both_databases!(
    heartbeats_keep_a_quiet_connection_and_find_a_dead_one,
    |database| async move { heartbeats(database).await }
);

async fn heartbeats(database: TestDatabase) {
    let superior = Superior::start(Temper::Acknowledges).await;
    let mut beating = details(superior.address);
    beating.heartbeat_interval_s = 1;
    let city = Forwarding::start(database, beating).await;
    superior.expect(&["CN=9015", "Flag=9"]).await;
    superior.set(Temper::Silent);
    assert_eq!(superior.connections(), 1);
    city.wait_for_trouble(TargetTrouble::NoHeartbeat).await;
}
