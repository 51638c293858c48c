//! Which devices go to a superior, and under which name.

use axum::extract::State;
use forwarding::{DeviceMapping, MappingDetails, PasswordChange, TargetId};
use serde::{Deserialize, Serialize};
use sites::{DeviceFilter, DevicePassword, Expected};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{ForwardingTargetBody, OneForwardingTarget};
use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_forwarding_devices))
        .routes(routes!(update_forwarding_device, delete_forwarding_device))
}

/// A device and what becomes of it at a superior.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a flat body with independent facts"
)]
struct ForwardingDeviceBody {
    device_id: i64,
    /// Its own MN.
    mn: String,
    name: String,
    is_simulated: bool,
    /// Whether its packets go out, by its own row or by the target.
    is_forwarded: bool,
    /// Whether it has a row of its own in the map.
    is_mapped: bool,
    /// The MN the superior knows it by; null for its own.
    superior_mn: Option<String>,
    /// Whether a password for this superior is kept; the password itself is never shown.
    has_password: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct ForwardingDevicesBody {
    devices: Vec<ForwardingDeviceBody>,
    meta: Meta,
}

/// What is to become of a device at a superior.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ForwardingDeviceInput {
    is_enabled: bool,
    /// Null for its own MN.
    superior_mn: Option<String>,
    /// A new password for this superior; empty for the device's own, left out to keep what is.
    password: Option<String>,
    /// The revision of the target that the change is made on.
    revision: i64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct ForwardingDevicesQuery {
    /// Part of an MN or name.
    q: Option<String>,
    limit: Option<PageSize>,
    /// `meta.next` of the page before.
    after: Option<i64>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct TargetRevisionQuery {
    /// The revision of the target that the change is made on.
    revision: i64,
}

impl From<DeviceMapping> for ForwardingDeviceBody {
    fn from(mapping: DeviceMapping) -> Self {
        Self {
            device_id: mapping.device_id,
            mn: mapping.mn,
            name: mapping.name,
            is_simulated: mapping.is_simulated,
            is_forwarded: mapping.is_forwarded,
            is_mapped: mapping.mapping.is_some(),
            superior_mn: mapping.mapping.and_then(|details| details.superior_mn),
            has_password: mapping.has_password,
        }
    }
}

/// Lists devices by identifier, with what becomes of each at a superior.
///
/// *Permissions*: `forwarding.read`, `sites.read`.
#[utoipa::path(
    get,
    path = "/forwarding-targets/{id}/devices",
    tag = "forwarding",
    params(ForwardingDevicesQuery),
    responses(
        (status = 200, body = ForwardingDevicesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_forwarding_devices(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<ForwardingDevicesQuery>,
) -> Result<Json<ForwardingDevicesBody>, ApiProblem> {
    let filter = DeviceFilter {
        search: query.q,
        after: query.after,
        limit: page_size(query.limit),
        ..DeviceFilter::default()
    };
    let listed = forwarding::list_mappings(&state.database, &actor, TargetId(id), &filter).await?;
    let devices: Vec<ForwardingDeviceBody> = listed.into_iter().map(Into::into).collect();
    let meta = Meta::after(&devices, filter.limit, |device| {
        device.device_id.to_string()
    });
    Ok(Json(ForwardingDevicesBody { devices, meta }))
}

/// Enters a device into a superior's map, or changes its row.
///
/// *Permissions*: `forwarding.manage`; `sites.secrets` when a password is given.
#[utoipa::path(
    put,
    path = "/forwarding-targets/{id}/devices/{device_id}",
    tag = "forwarding",
    responses(
        (status = 200, body = OneForwardingTarget),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_forwarding_device(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path((id, device_id)): Path<(i64, i64)>,
    Json(input): Json<ForwardingDeviceInput>,
) -> Result<Json<OneForwardingTarget>, ApiProblem> {
    let details = MappingDetails {
        superior_mn: input.superior_mn.filter(|mn| !mn.is_empty()),
        is_enabled: input.is_enabled,
    };
    let password = match input.password {
        None => PasswordChange::Keep,
        Some(text) if text.is_empty() => PasswordChange::Clear,
        Some(text) => PasswordChange::Set(DevicePassword::new(text)),
    };
    let changed = forwarding::set_mapping(
        &state.database,
        &*state.clock,
        &state.directory,
        &actor,
        Expected::new(TargetId(id), input.revision),
        (device_id, details, password),
    )
    .await?;
    state.forwarding.wake();
    let target = ForwardingTargetBody::of(&state, changed);
    Ok(Json(OneForwardingTarget { target }))
}

/// Takes a device's row out of a superior's map: it is treated as the target treats all.
///
/// *Permissions*: `forwarding.manage`.
#[utoipa::path(
    delete,
    path = "/forwarding-targets/{id}/devices/{device_id}",
    tag = "forwarding",
    params(TargetRevisionQuery),
    responses(
        (status = 200, body = OneForwardingTarget),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn delete_forwarding_device(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path((id, device_id)): Path<(i64, i64)>,
    Query(query): Query<TargetRevisionQuery>,
) -> Result<Json<OneForwardingTarget>, ApiProblem> {
    let expected = Expected::new(TargetId(id), query.revision);
    let (database, clock) = (&state.database, &*state.clock);
    let changed = forwarding::delete_mapping(database, clock, &actor, expected, device_id).await?;
    state.forwarding.wake();
    let target = ForwardingTargetBody::of(&state, changed);
    Ok(Json(OneForwardingTarget { target }))
}
