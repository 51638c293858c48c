//! Who is connected at the moment, and what the gateway has carried.

use access::Permission;
use axum::extract::State;
use serde::Serialize;
use sites::DeviceFilter;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::PresenceBody;
use crate::actor::CurrentActor;
use crate::extract::Json;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(list_connections))
}

/// A device as it is now.
#[derive(Debug, Serialize, ToSchema)]
struct DevicePresenceBody {
    device_id: i64,
    mn: String,
    name: String,
    /// The edition it speaks, as a year.
    edition: &'static str,
    is_simulated: bool,
    #[serde(flatten)]
    presence: PresenceBody,
}

/// One counter of the gateway since the start.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct CounterBody {
    name: &'static str,
    value: u64,
}

impl CounterBody {
    /// All counters of the gateway, as they are now.
    pub(crate) fn list(state: &ApiState) -> Vec<Self> {
        let counters = state.connections.counters.list();
        counters
            .into_iter()
            .map(|(name, value)| Self { name, value })
            .collect()
    }

    /// Its name and how often it was counted.
    pub(crate) fn figure(&self) -> (&'static str, u64) {
        (self.name, self.value)
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct ConnectionsBody {
    /// Every registered device of the actor's part of the city, by id.
    devices: Vec<DevicePresenceBody>,
    /// Open connections of the whole platform.
    connections: usize,
    /// Devices connected, of the whole platform.
    online: usize,
    counters: Vec<CounterBody>,
}

/// Shows who is connected.
///
/// *Permissions*: `commands.read` and `sites.read`.
#[utoipa::path(
    get,
    path = "/connections",
    tag = "commands",
    responses(
        (status = 200, body = ConnectionsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_connections(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<ConnectionsBody>, ApiProblem> {
    actor.check(Permission::ReadCommands)?;
    let filter = DeviceFilter {
        limit: 10_000,
        ..DeviceFilter::default()
    };
    let devices = sites::list_devices(&state.database, &actor, &filter)
        .await?
        .into_iter()
        .map(|device| DevicePresenceBody {
            device_id: device.id.0,
            presence: PresenceBody::of(&state, device.id.0),
            mn: device.details.mn,
            name: device.details.name,
            edition: device.details.edition.year(),
            is_simulated: device.details.is_simulated,
        })
        .collect();
    Ok(Json(ConnectionsBody {
        devices,
        connections: state.connections.count_connections(),
        online: state.connections.count_online(),
        counters: CounterBody::list(&state),
    }))
}
