//! Packets on their way to superior platforms, over real sockets.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use access::Actor;
use beijing_time::{Clock, SystemClock};
use bytes::Bytes;
use commands::{CommandSettings, CommandsHandle, DispatcherParts, run_dispatcher};
use device_gateway::{ForwarderParts, ForwarderSettings, run_forwarder};
use forwarding::{
    Encoding, FailureFilter, FailureReason, ForwardingHandle, LinkState, MappingDetails, NewTarget,
    PasswordChange, StartAt, Target, TargetDetails, TargetReport, TargetTrouble, create_target,
    list_failures, load_target, resend_failures, set_mapping, update_target,
};
use monitoring::{ArrivedPacket, CommitSink, NoSink, PacketId, PacketOrigin};
use sites::{DevicePassword, DeviceQuirks, Expected};
use test_support::{TestDatabase, test_on_both_databases};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::superior::{Superior, Temper};
use crate::world::{MN, PASSWORD, World, journal_settings, segment, settings, wait_until};

const OTHER: &str = "010000A8900016F000169DC1";

fn operator() -> Actor {
    Actor::built_in_operator()
}

fn details(address: SocketAddr) -> TargetDetails {
    TargetDetails {
        name: "省级平台".to_owned(),
        host: address.ip().to_string(),
        port: address.port(),
        is_enabled: true,
        encoding: Encoding::Original,
        waits_for_acknowledgement: true,
        acknowledgement_timeout_s: 1,
        resends: 0,
        commands: Vec::new(),
        forwards_all_devices: true,
        passes_commands_down: false,
        allowed_commands: Vec::new(),
        heartbeat_interval_s: 0,
    }
}

/// A city that forwards to one superior.
struct Forwarding {
    world: World,
    target: Target,
    handle: ForwardingHandle,
    commands: CommandsHandle,
    running: Option<(CancellationToken, JoinHandle<()>)>,
}

impl Forwarding {
    async fn start(database: TestDatabase, details: TargetDetails) -> Self {
        let world = World::start_with(database, settings(), journal_settings()).await;
        world.add_device(OTHER, DeviceQuirks::default()).await;
        let new = NewTarget {
            details,
            start_at: StartAt::Beginning,
        };
        let target = create_target(&world.database, &SystemClock, &operator(), new)
            .await
            .unwrap();
        let mut this = Self {
            world,
            target,
            handle: ForwardingHandle::new(),
            commands: CommandsHandle::new(CommandSettings::default()),
            running: None,
        };
        this.run();
        this
    }

    /// Starts the clients, as a start of the server does.
    fn run(&mut self) {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        self.handle = ForwardingHandle::new();
        let parts = ForwarderParts {
            settings: ForwarderSettings {
                look: Duration::from_millis(50),
                first_pause: Duration::from_millis(20),
                longest_pause: Duration::from_millis(100),
                save: Duration::from_millis(20),
                tick: Duration::from_millis(10),
                ..ForwarderSettings::default()
            },
            database: self.world.database.handle(),
            clock,
            directory: self.world.directory.clone(),
            journal_committed: self.world.journal.committed(),
            handle: self.handle.clone(),
            commands: self.commands.clone(),
        };
        let stop = CancellationToken::new();
        let task = tokio::spawn(run_forwarder(parts, stop.clone()));
        self.running = Some((stop, task));
    }

    async fn stop(&mut self) {
        let (stop, task) = self.running.take().unwrap();
        stop.cancel();
        task.await.unwrap();
    }

    /// Ends at once, as a killed process would.
    async fn kill(&mut self) {
        let (_stop, task) = self.running.take().unwrap();
        task.abort();
        let _ = task.await;
    }

    /// Puts packets into the journal.
    async fn arrive(&self, mn: &str, numbers: std::ops::RangeInclusive<u32>) {
        let device_id = self
            .world
            .directory
            .current()
            .find_device(mn, SystemClock.now())
            .unwrap()
            .id
            .0;
        let sink: Arc<dyn CommitSink> = Arc::new(NoSink);
        for number in numbers {
            let packet = hj212::encode_frame(segment(mn, PASSWORD, number).as_bytes());
            self.world
                .journal
                .put(ArrivedPacket {
                    bytes: Bytes::copy_from_slice(packet.trim_ascii_end()),
                    received_at: SystemClock.now(),
                    device_id,
                    origin: PacketOrigin::Live,
                    peer: "x".into(),
                    tag: 0,
                    sink: Arc::clone(&sink),
                })
                .await
                .unwrap();
        }
    }

    fn report(&self) -> TargetReport {
        self.handle
            .find(self.target.id)
            .unwrap_or_else(|| TargetReport::new(""))
    }

    async fn wait_for_trouble(&self, trouble: TargetTrouble) {
        wait_until(trouble.as_str(), async || {
            self.report()
                .last_error
                .is_some_and(|error| error.trouble == trouble)
        })
        .await;
    }

    /// Waits until so many packets are delivered and nothing is behind.
    async fn wait_for_delivery(&self, sent: i64) {
        wait_until(&format!("{sent} delivered"), async || {
            self.load().await.progress.sent == sent
        })
        .await;
        wait_until("nothing behind", async || {
            let report = self.report();
            report.packets_behind() == 0 && report.oldest_received_at.is_none()
        })
        .await;
    }

    async fn load(&self) -> Target {
        load_target(&self.world.database, &operator(), self.target.id)
            .await
            .unwrap()
    }
}

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
    let city = Forwarding::start(database, wanted).await;
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

    // history: the data go up as packets of their own, the result after them
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
