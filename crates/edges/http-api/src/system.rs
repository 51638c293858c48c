//! The state of the platform.

use access::Permission;
use axum::extract::State;
use monitoring::{InterpreterHealth, JournalHealth};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::commands::CounterBody;
use crate::extract::Json;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(load_system))
}

/// The state of the platform itself.
#[derive(Debug, Serialize, ToSchema)]
struct SystemBody {
    system: SystemState,
}

#[derive(Debug, Serialize, ToSchema)]
struct SystemState {
    /// Version of the program.
    version: String,
    /// `sqlite` or `postgres`.
    database: String,
    /// Present time of the server.
    now: String,
    /// Whether this installation shows a simulated city.
    is_demo: bool,
    /// Free bytes where the database is, if it is on this machine.
    free_disk_bytes: Option<u64>,
    /// The way of packets into the store.
    journal: JournalBody,
    /// The way of packets into records.
    interpreter: InterpreterBody,
    /// Who is connected.
    connections: GatewayBody,
    /// The background jobs.
    jobs: Vec<JobBody>,
}

/// The journal: every packet is committed there before it is acknowledged.
#[derive(Debug, Serialize, ToSchema)]
struct JournalBody {
    /// Whether packets are being committed.
    is_committing: bool,
    /// Why not.
    error: Option<String>,
    /// Packets committed since the start.
    packets: u64,
    /// Their bytes as they came.
    bytes: u64,
    /// Their bytes as stored.
    stored_bytes: u64,
    commits: u64,
    /// Commits that the database refused.
    failures: u64,
    /// How long the last commit took, microseconds.
    last_commit_us: u64,
    /// The longest commit, microseconds.
    longest_commit_us: u64,
    /// Packets waiting to be committed.
    waiting: u64,
    last_commit_at: Option<String>,
}

/// The interpreter: committed packets become records.
#[derive(Debug, Serialize, ToSchema)]
struct InterpreterBody {
    /// Whether records are being written.
    is_working: bool,
    /// Why not.
    error: Option<String>,
    /// How long the oldest packet without records has been waiting, milliseconds.
    lag_ms: i64,
    /// The last batch of the journal whose records are committed.
    checkpoint: i64,
    /// The last batch of the journal.
    head: i64,
    /// Since the start.
    packets: u64,
    records: u64,
    /// Departures from the standard found in packets.
    defects: u64,
    /// Packets of which values are missing in the records.
    incomplete_packets: u64,
    failures: u64,
}

fn interpreter_body(state: &ApiState) -> InterpreterBody {
    let figures = state.interpreter.figures();
    let error = match &*state.interpreter.health().borrow() {
        InterpreterHealth::Working => None,
        InterpreterHealth::Refusing { reason, .. } => Some(reason.clone()),
    };
    InterpreterBody {
        is_working: error.is_none(),
        error,
        lag_ms: figures.lag_ms,
        checkpoint: figures.checkpoint,
        head: figures.head,
        packets: figures.packets,
        records: figures.records,
        defects: figures.defects,
        incomplete_packets: figures.incomplete_packets,
        failures: figures.failures,
    }
}

/// Connections and what the gateway counted since the start.
#[derive(Debug, Serialize, ToSchema)]
struct GatewayBody {
    open: usize,
    devices_online: usize,
    counters: Vec<CounterBody>,
}

fn journal_body(state: &ApiState) -> JournalBody {
    let figures = state.journal.figures();
    let error = match &*state.journal.health().borrow() {
        JournalHealth::Committing => None,
        JournalHealth::Refusing { reason, .. } => Some(reason.clone()),
    };
    JournalBody {
        is_committing: error.is_none(),
        error,
        packets: figures.packets,
        bytes: figures.bytes,
        stored_bytes: figures.stored_bytes,
        commits: figures.commits,
        failures: figures.failures,
        last_commit_us: figures.last_commit_us,
        longest_commit_us: figures.longest_commit_us,
        waiting: figures.waiting,
        last_commit_at: figures.last_commit_at.map(|at| at.to_string()),
    }
}

fn gateway_body(state: &ApiState) -> GatewayBody {
    let connections = &state.connections;
    GatewayBody {
        open: connections.count_connections(),
        devices_online: connections.count_online(),
        counters: CounterBody::list(state),
    }
}

/// The last run of a background job.
#[derive(Debug, Serialize, ToSchema)]
struct JobBody {
    name: String,
    started_at: String,
    duration_ms: i64,
    error: Option<String>,
    runs: u64,
    failures: u64,
}

/// Shows the state of the platform.
///
/// *Permissions*: `system.read`.
#[utoipa::path(
    get,
    path = "/system",
    tag = "system",
    responses(
        (status = 200, body = SystemBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_system(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<SystemBody>, ApiProblem> {
    actor.check(Permission::ReadSystem)?;
    let free_disk_bytes = match &state.settings.data_folder {
        Some(folder) => background_jobs::find_free_disk_bytes(folder).await,
        None => None,
    };
    let database = match state.database.kind() {
        database::Kind::Sqlite => "sqlite",
        database::Kind::Postgres => "postgres",
    };
    let jobs = state
        .jobs
        .reports()
        .into_iter()
        .map(|(name, report)| JobBody {
            name: name.to_owned(),
            started_at: report.started_at.to_string(),
            duration_ms: report.duration_ms,
            error: report.error,
            runs: report.runs,
            failures: report.failures,
        });
    let system = SystemState {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        database: database.to_owned(),
        now: state.now().to_string(),
        is_demo: state.settings.is_demo,
        free_disk_bytes,
        journal: journal_body(&state),
        interpreter: interpreter_body(&state),
        connections: gateway_body(&state),
        jobs: jobs.collect(),
    };
    Ok(Json(SystemBody { system }))
}
