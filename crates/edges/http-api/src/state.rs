//! What every handler can reach.

use std::path::PathBuf;
use std::sync::Arc;

use ::assessment::Desk;
use alarms::AlarmFeed;
use background_jobs::{AuditWatch, JobBoard};
use beijing_time::{Clock, Timestamp};
use commands::{CommandsHandle, LiveConnections};
use database::Database;
use forwarding::ForwardingHandle;
use monitoring::{Interpreter, Journal, LiveFeed, Quarantine};
use plan::PlanBook;
use sites::DirectoryHandle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use verdicts::{Rulebook, VerdictFeed};

use crate::AccountsGate;

/// Shared by all handlers; cloning is cheap.
#[derive(Debug, Clone)]
pub struct ApiState {
    /// The two stores.
    pub database: Database,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The last runs of the background jobs.
    pub jobs: JobBoard,
    /// What is known of the audit trail's chain.
    pub audit: AuditWatch,
    /// Sites, points and devices in memory.
    pub directory: DirectoryHandle,
    /// The way into the raw packets, for replaying the quarantine.
    pub journal: Journal,
    /// What may not become data.
    pub quarantine: Quarantine,
    /// How far packets have become records.
    pub interpreter: Interpreter,
    /// What has just been interpreted.
    pub feed: LiveFeed,
    /// Who is connected.
    pub connections: Arc<LiveConnections>,
    /// The way to the dispatcher of commands.
    pub commands: CommandsHandle,
    /// Superior platforms as they do at present.
    pub forwarding: ForwardingHandle,
    /// Alarms as they change.
    pub alarm_feed: AlarmFeed,
    /// The standards' parameters in use.
    pub rulebook: Arc<Rulebook>,
    /// News of verdicts.
    pub verdict_feed: VerdictFeed,
    /// Accounts; none for a server on loopback with its built-in operator.
    pub accounts: Option<Arc<AccountsGate>>,
    /// The five-year plan.
    pub plan: Arc<PlanBook>,
    /// Turns for work of seconds.
    pub turns: Turns,
    /// What assessments of the plan are made with.
    pub assessment: Arc<Desk>,
    /// Settings of the API.
    pub settings: Arc<ApiSettings>,
}

/// Turns for what takes seconds of work or much memory: two of each at once, and who comes later
/// waits.
#[derive(Debug, Clone)]
pub struct Turns {
    tables: Arc<Semaphore>,
    simulations: Arc<Semaphore>,
}

impl Default for Turns {
    fn default() -> Self {
        let two = || Arc::new(Semaphore::new(2));
        Self {
            tables: two(),
            simulations: two(),
        }
    }
}

impl Turns {
    /// Waits for a turn to read a table; it ends when the permit is dropped.
    pub(crate) async fn take_table(&self) -> OwnedSemaphorePermit {
        take(&self.tables).await
    }

    /// Waits for a turn to simulate; it ends when the permit is dropped.
    pub(crate) async fn take_simulation(&self) -> OwnedSemaphorePermit {
        take(&self.simulations).await
    }
}

async fn take(turns: &Arc<Semaphore>) -> OwnedSemaphorePermit {
    Arc::clone(turns)
        .acquire_owned()
        .await
        .expect("the semaphore is never closed")
}

/// Settings of the API, passed in by the product.
#[derive(Debug, Clone, Default)]
pub struct ApiSettings {
    /// The folder whose disk is watched; none for a database elsewhere.
    pub data_folder: Option<PathBuf>,
    /// Sources of map tiles, drawn one above the other; none for the built-in map.
    pub map_tiles: Vec<MapTiles>,
    /// Whether this installation shows a simulated city.
    pub is_demo: bool,
}

/// A source of map tiles.
#[derive(Debug, Clone)]
pub struct MapTiles {
    /// Where they come from.
    pub kind: TileKind,
    /// What the source wants to be named beside the map.
    pub attribution: String,
    /// The largest zoom it has tiles for.
    pub max_zoom: u8,
}

/// Where tiles come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TileKind {
    /// Raster tiles at a URL with `{z}`, `{x}`, `{y}`; a key, where one is needed, is part of it.
    Url(String),
    /// A `PMTiles` file on this machine, served to browsers in ranges.
    PmtilesFile(PathBuf),
}

impl ApiState {
    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
