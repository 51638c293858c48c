//! Packets on their way to superior platforms, over real sockets.

mod delivery;
mod requests;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use access::Actor;
use beijing_time::{Clock, SystemClock};
use bytes::Bytes;
use commands::{CommandSettings, CommandsHandle};
use device_gateway::{ForwarderParts, ForwarderSettings, run_forwarder};
use forwarding::{
    Encoding, ForwardingHandle, NewTarget, StartAt, Target, TargetDetails, TargetReport,
    TargetTrouble, create_target, load_target,
};
use monitoring::{ArrivedPacket, CommitSink, NoSink, PacketOrigin};
use sites::DeviceQuirks;
use test_support::TestDatabase;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::world::{PASSWORD, World, journal_settings, segment, settings, wait_until};

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
