//! One site with one device, and the device's side of its connection.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use access::Actor;
use beijing_time::{Clock, FixedClock, Timestamp};
use bytes::Bytes;
use commands::{
    Command, CommandSettings, CommandState, CommandStep, CommandsHandle, Connection,
    DevicePresence, DeviceSaying, DispatcherParts, LiveConnections, NewCommand, Order, Secret,
    Traffic, load_command, run_dispatcher, send_command,
};
use database::{Database, on_transaction};
use hj212::{FrameDecoder, FrameSettings, encode_frame};
use sites::{DeviceId, DirectoryHandle, Expected, SealingKey, Secrets};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

const PATIENCE: Duration = Duration::from_secs(20);

#[derive(Debug)]
struct Line {
    sent: Mutex<Vec<Bytes>>,
}

impl Connection for Line {
    fn id(&self) -> i64 {
        1
    }
    fn peer(&self) -> SocketAddr {
        "127.0.0.1:1".parse().unwrap()
    }
    fn opened_at(&self) -> Timestamp {
        Timestamp::default()
    }
    fn send(&self, packet: Bytes) -> bool {
        self.sent.lock().unwrap().push(packet);
        true
    }
    fn traffic(&self) -> Traffic {
        Traffic::default()
    }
}

pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) clock: FixedClock,
    pub(crate) handle: CommandsHandle,
    pub(crate) directory: DirectoryHandle,
    live: Arc<LiveConnections>,
    line: Arc<Line>,
    linked: Option<Arc<DevicePresence>>,
    sayings: mpsc::Sender<DeviceSaying>,
    stop: CancellationToken,
}

pub(crate) fn actor() -> Actor {
    Actor::built_in_operator()
}

async fn furnish(database: &Database) {
    const STATEMENTS: [&str; 5] = [
        "INSERT INTO region (code, name_zh, name_en, is_simulated, revision) VALUES \
         ('430421', '甲县', 'County A', TRUE, 1)",
        "INSERT INTO site (id, code, region_code, kind, name_zh, name_en, address, is_key, \
         is_simulated, revision) VALUES (1, 'S1', '430421', 'enterprise', '模拟企业一', \
         'Simulated 1', '', TRUE, TRUE, 1)",
        "INSERT INTO monitoring_point (id, site_id, code, medium, name_zh, name_en, \
         period_label, minute_interval_min, is_hour_expected, is_day_expected, is_enabled, \
         revision) VALUES (1, 1, 'DW001', 'waste_water', '总排口', 'Outlet', 'start', 10, FALSE, \
         FALSE, TRUE, 1)",
        "INSERT INTO device (id, mn, name, edition, system_type, quirks_json, valid_from_ms, \
         is_enabled, is_simulated, revision) VALUES (1, 'TEST1', 'T', '2017', '32', '{}', 0, \
         TRUE, TRUE, 1)",
        "INSERT INTO device_channel (id, device_id, point_id, factor_code, valid_from_ms) \
         VALUES (1, 1, 1, '', 0)",
    ];
    let mut transaction = database.begin().await.unwrap();
    for statement in STATEMENTS {
        on_transaction!(&mut transaction, |connection| {
            sqlx::query(statement).execute(connection).await.unwrap();
        });
    }
    transaction.commit().await.unwrap();
}

impl World {
    pub(crate) async fn new(database: Database) -> Self {
        furnish(&database).await;
        let clock = FixedClock::new("2026-03-01T08:00:00+08:00".parse().unwrap());
        let key = SealingKey::from_bytes([3; 32]);
        let device = sites::load_device(&database, &actor(), DeviceId(1))
            .await
            .unwrap();
        let expected = Expected {
            id: DeviceId(1),
            revision: device.revision,
        };
        let change = (device.details, Secrets::with_password("123456"));
        sites::update_device(&database, &clock, &key, &actor(), expected, change)
            .await
            .unwrap();
        let directory = DirectoryHandle::open(&database, key).await.unwrap();
        let line = Arc::new(Line {
            sent: Mutex::default(),
        });
        let mut world = Self {
            database,
            clock,
            handle: CommandsHandle::new(CommandSettings::default()),
            directory,
            live: LiveConnections::new(),
            line,
            linked: None,
            sayings: mpsc::channel(1).0,
            stop: CancellationToken::new(),
        };
        world.start();
        world
    }

    pub(crate) fn start(&mut self) {
        let (sender, receiver) = mpsc::channel(64);
        self.sayings = sender;
        self.stop = CancellationToken::new();
        let parts = DispatcherParts {
            database: self.database.clone(),
            clock: Arc::new(self.clock.clone()),
            directory: self.directory.clone(),
            connections: Arc::clone(&self.live),
            handle: self.handle.clone(),
        };
        tokio::spawn(run_dispatcher(parts, receiver, self.stop.clone()));
    }

    /// As after a kill: a new dispatcher knows only what the database keeps.
    pub(crate) async fn restart(&mut self) {
        self.halt().await;
        self.start();
    }

    /// Nobody sends or hears until the next start.
    pub(crate) async fn halt(&mut self) {
        self.stop.cancel();
        self.sayings.closed().await;
    }

    pub(crate) fn connect(&mut self) {
        let line: Arc<dyn Connection> = Arc::<Line>::clone(&self.line);
        let now = self.clock.now();
        self.live.add(Arc::clone(&line));
        self.linked = Some(self.live.authenticate(1, &line, now));
    }

    pub(crate) fn disconnect(&mut self) {
        let linked: Vec<_> = self.linked.take().into_iter().collect();
        self.live.remove(1, &linked, self.clock.now());
    }

    pub(crate) async fn order(&self, order: Order, secret: Option<&str>) -> Uuid {
        let new = NewCommand {
            id: Uuid::now_v7(),
            device_id: 1,
            order,
            secret: secret.map(Secret::new),
            expires_after_s: None,
        };
        let key = self.directory.sealing_key();
        send_command(
            &self.database,
            &self.clock,
            key,
            &self.handle,
            &actor(),
            new,
        )
        .await
        .unwrap()
        .id
    }

    /// The packets that went to the device, once there are so many.
    pub(crate) async fn packets(&self, count: usize) -> Vec<String> {
        let read = || -> Vec<String> {
            let sent = self.line.sent.lock().unwrap();
            let text = |packet: &Bytes| String::from_utf8(packet.to_vec()).unwrap();
            sent.iter().map(text).collect()
        };
        self.wait("packets", async || read().len() >= count).await;
        read()
    }

    /// The device answers a packet with a command and a data area.
    pub(crate) async fn answer(&self, to: &str, cn: &str, area: &str) {
        let qn = to.split("QN=").nth(1).unwrap().split(';').next().unwrap();
        let segment = format!("QN={qn};ST=91;CN={cn};PW=123456;MN=TEST1;Flag=4;CP=&&{area}&&");
        let mut decoder = FrameDecoder::new(FrameSettings::default());
        let mut buffer = bytes::BytesMut::from(&encode_frame(segment.as_bytes())[..]);
        let hj212::Decoded::Frame(frame) = decoder.decode(&mut buffer).unwrap() else {
            panic!("no frame")
        };
        let saying = DeviceSaying {
            device_id: 1,
            connection_id: 1,
            received_at: self.clock.now(),
            frame,
            keys: Arc::from([]),
        };
        self.sayings.send(saying).await.unwrap();
    }

    pub(crate) async fn load(&self, id: Uuid) -> (Command, Vec<CommandStep>) {
        load_command(&self.database, &actor(), id).await.unwrap()
    }

    pub(crate) async fn wait_for(&self, id: Uuid, state: CommandState) -> Vec<CommandStep> {
        self.wait(state.as_str(), async || {
            self.load(id).await.0.progress.state == state
        })
        .await;
        self.load(id).await.1
    }

    async fn wait(&self, what: &str, is_met: impl AsyncFn() -> bool) {
        let waiting = async {
            while !is_met().await {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(PATIENCE, waiting)
            .await
            .unwrap_or_else(|_late| panic!("waited in vain for {what}"));
    }
}
