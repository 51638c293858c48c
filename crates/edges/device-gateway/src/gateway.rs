//! The gateway as a whole: what its parts share, start and stop.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use beijing_time::Clock;
use commands::{Connection, DeviceSaying, LiveConnections};
use hj212::FrameSettings;
use monitoring::{Journal, Quarantine};
use sites::DirectoryHandle;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::GatewaySettings;
use crate::budget::BufferBudget;
use crate::events::EndReason;
use crate::housekeeping::keep_house;
use crate::link::Link;
use crate::listener::{Addresses, listen};
use crate::session::Session;

/// What the gateway works with.
#[derive(Debug)]
pub struct GatewayParts {
    /// Its settings.
    pub settings: GatewaySettings,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The devices, always as they are now.
    pub directory: DirectoryHandle,
    /// Where packets of known devices go.
    pub journal: Journal,
    /// Where packets of strangers and bad frames go.
    pub quarantine: Quarantine,
    /// The live table.
    pub connections: Arc<LiveConnections>,
    /// Where what devices say to commands goes; when it is full, a saying is lost and the command
    /// runs into its time-out.
    pub sayings: mpsc::Sender<DeviceSaying>,
}

/// What all connections share.
pub(crate) struct Shared {
    pub(crate) settings: GatewaySettings,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) directory: DirectoryHandle,
    pub(crate) journal: Journal,
    pub(crate) quarantine: Quarantine,
    pub(crate) live: Arc<LiveConnections>,
    pub(crate) sayings: mpsc::Sender<DeviceSaying>,
    pub(crate) budget: Arc<BufferBudget>,
    pub(crate) frame_settings: FrameSettings,
    pub(crate) addresses: Addresses,
    /// Accepting ends.
    pub(crate) stopping: CancellationToken,
    /// All connections have ended.
    pub(crate) stopped: CancellationToken,
    links: Mutex<HashMap<i64, Arc<Link>>>,
    next_id: AtomicI64,
    started: Instant,
}

impl Shared {
    /// Milliseconds since the start, never 0.
    pub(crate) fn monotonic_ms(&self) -> u64 {
        let elapsed = self.started.elapsed().as_millis();
        u64::try_from(elapsed).unwrap_or(u64::MAX).saturating_add(1)
    }

    pub(crate) fn list_links(&self) -> Vec<Arc<Link>> {
        self.links
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .values()
            .cloned()
            .collect()
    }

    pub(crate) fn open_link(&self, peer: SocketAddr) -> Arc<Link> {
        let now = self.monotonic_ms();
        let link = Arc::new(Link::new(
            self.next_id.fetch_add(1, Ordering::Relaxed),
            peer,
            self.clock.now(),
            Arc::clone(&self.live),
            Arc::clone(&self.budget),
            self.settings.max_outgoing_bytes,
            now,
        ));
        link.last_read.store(now, Ordering::Relaxed);
        self.links
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(link.id, Arc::clone(&link));
        self.live.add(Arc::clone(&link) as Arc<dyn Connection>);
        if self.stopping.is_cancelled() {
            link.end(EndReason::Stopped);
        }
        link
    }

    pub(crate) fn close_link(&self, link: &Link, session: Session) {
        let now = self.clock.now();
        link.forget_pending();
        self.links
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .remove(&link.id);
        self.live.remove(link.id, &session.end(), now);
    }
}

/// The HJ 212 server.
#[derive(Debug)]
pub struct Gateway;

/// The running gateway.
pub struct GatewayHandle {
    shared: Arc<Shared>,
    tasks: TaskTracker,
    address: SocketAddr,
}

impl Gateway {
    /// Binds the listener and begins to accept. Called within a Tokio runtime.
    ///
    /// # Errors
    /// When the address cannot be listened on.
    pub fn start(parts: GatewayParts) -> std::io::Result<GatewayHandle> {
        let listener = bind(parts.settings.listen)?;
        let address = listener.local_addr()?;
        // Connection numbers go on after a restart: the start's second leads them.
        let first_id = (parts.clock.now().epoch_ms() / 1000) << 20;
        let shared = Arc::new(Shared {
            budget: Arc::new(BufferBudget::new(parts.settings.buffer_budget_bytes)),
            frame_settings: FrameSettings {
                max_segment: parts.settings.max_segment_bytes,
                ..FrameSettings::tolerant()
            },
            settings: parts.settings,
            clock: parts.clock,
            directory: parts.directory,
            journal: parts.journal,
            quarantine: parts.quarantine,
            live: parts.connections,
            sayings: parts.sayings,
            addresses: Addresses::default(),
            stopping: CancellationToken::new(),
            stopped: CancellationToken::new(),
            links: Mutex::default(),
            next_id: AtomicI64::new(first_id),
            started: Instant::now(),
        });
        let tasks = TaskTracker::new();
        tasks.spawn(listen(Arc::clone(&shared), listener, tasks.clone()));
        tokio::spawn(keep_house(Arc::clone(&shared)));
        tracing::info!(%address, "listening for HJ 212 devices on {address}");
        Ok(GatewayHandle {
            shared,
            tasks,
            address,
        })
    }
}

impl std::fmt::Debug for GatewayHandle {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("GatewayHandle")
            .field("address", &self.address)
            .field("tasks", &self.tasks.len())
            .finish_non_exhaustive()
    }
}

impl GatewayHandle {
    /// Where devices connect.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// Bytes that all connections hold, and how many they may.
    pub fn buffered_bytes(&self) -> (usize, usize) {
        (self.shared.budget.used(), self.shared.budget.limit())
    }

    /// Stops gracefully: accepts no more, lets half-read packets become whole, waits for commits
    /// under way, sends their answers and closes. The journal must still run.
    pub async fn stop(self) {
        self.shared.stopping.cancel();
        self.tasks.close();
        for link in self.shared.list_links() {
            link.end(EndReason::Stopped);
        }
        let patience = self.shared.settings.stop_grace() + Duration::from_secs(1);
        if tokio::time::timeout(patience, self.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!(
                connections = self.tasks.len(),
                "{} connections did not end in time",
                self.tasks.len()
            );
        }
        self.shared.stopped.cancel();
    }
}

fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    const BACKLOG: u32 = 4096;
    let socket = if address.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}
