//! Data loggers. Passwords and keys come in and never go out.

use access::Actor;
use axum::extract::State;
use hj212::Edition;
use serde::{Deserialize, Serialize};
use sites::{
    Channel, Device, DeviceDetails, DeviceFilter, DeviceId, DeviceKey, DevicePassword,
    DeviceQuirks, DirectoryPoint, Expected, PointId, ProblemKind, SecretChange, Secrets, SiteId,
};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::fields::{Fields, shown_from, shown_to};
use super::{RevisionQuery, publish};
use crate::actor::CurrentActor;
use crate::alarms::parse_region;
use crate::commands::PresenceBody;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_devices, create_device))
        .routes(routes!(load_device, update_device, delete_device))
        .routes(routes!(replace_device))
}

/// Which point a device's factor belongs to.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChannelInput {
    point_id: i64,
    /// The factor; null for all that no other channel names.
    factor_code: Option<String>,
    /// Null for always.
    valid_from: Option<String>,
    /// Null for until further notice.
    valid_to: Option<String>,
}

/// Which point a device's factor belongs to, with the names of both.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelBody {
    point_id: i64,
    /// The factor; null for all that no other channel names.
    factor_code: Option<String>,
    /// Null for always.
    valid_from: Option<String>,
    /// Null for until further notice.
    valid_to: Option<String>,
    /// Null when the point lies outside the caller's region.
    point: Option<ChannelPointBody>,
}

/// The point of a channel.
#[derive(Debug, Serialize, ToSchema)]
struct ChannelPointBody {
    site_id: i64,
    site_name_zh: String,
    site_name_en: String,
    region_code: String,
    /// Outlet code.
    code: String,
    name_zh: String,
    name_en: String,
    medium: String,
}

/// A device.
#[derive(Debug, Serialize, ToSchema)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "a flat body with independent facts"
)]
struct DeviceBody {
    id: i64,
    mn: String,
    name: String,
    /// `2005`, `2017`, `2025`.
    edition: String,
    /// System code ST.
    system_type: String,
    /// How it differs from the standard.
    #[schema(value_type = Object)]
    quirks: serde_json::Value,
    valid_from: Option<String>,
    valid_to: Option<String>,
    is_enabled: bool,
    is_simulated: bool,
    /// Whether a password is kept; the password itself is never shown.
    has_password: bool,
    /// Whether an SM4 key is kept; the key itself is never shown.
    has_key: bool,
    channels: Vec<ChannelBody>,
    /// Whether it is connected now.
    presence: PresenceBody,
    revision: i64,
}

/// What a device is to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct DeviceInput {
    mn: String,
    #[serde(default)]
    name: String,
    edition: String,
    system_type: String,
    /// How it differs from the standard; what is left out is as the standard orders.
    #[serde(default)]
    #[schema(value_type = Object)]
    quirks: serde_json::Map<String, serde_json::Value>,
    valid_from: Option<String>,
    valid_to: Option<String>,
    is_enabled: bool,
    #[serde(default)]
    is_simulated: bool,
    /// A new password; empty to remove it, left out to keep it.
    password: Option<String>,
    /// A new SM4 key of 32 hexadecimal digits; empty to remove it, left out to keep it.
    key: Option<String>,
    channels: Vec<ChannelInput>,
    /// The revision a change is made on; not for new ones.
    revision: Option<i64>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneDevice {
    device: DeviceBody,
}

#[derive(Debug, Serialize, ToSchema)]
struct DevicesBody {
    devices: Vec<DeviceBody>,
    meta: Meta,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct DevicesQuery {
    /// Serving a point in this region or below.
    region: Option<String>,
    /// Whether it is connected now.
    online: Option<bool>,
    /// Serving a point of this site.
    site: Option<i64>,
    /// Serving this point.
    point: Option<i64>,
    /// Part of an MN or name.
    q: Option<String>,
    limit: Option<PageSize>,
    /// `meta.next` of the page before.
    after: Option<i64>,
}

impl ChannelPointBody {
    fn of(point: &DirectoryPoint) -> Self {
        Self {
            site_id: point.site_id.0,
            site_name_zh: point.site.name_zh.clone(),
            site_name_en: point.site.name_en.clone(),
            region_code: point.site.region_code.to_string(),
            code: point.details.code.clone(),
            name_zh: point.details.name_zh.clone(),
            name_en: point.details.name_en.clone(),
            medium: point.details.medium.to_string(),
        }
    }
}

impl DeviceBody {
    fn of(state: &ApiState, actor: &Actor, device: Device) -> Self {
        let directory = state.directory.current();
        let details = device.details;
        Self {
            presence: PresenceBody::of(state, device.id.0),
            id: device.id.0,
            mn: details.mn,
            name: details.name,
            edition: details.edition.year().to_owned(),
            system_type: details.system_type,
            quirks: serde_json::to_value(&details.quirks).unwrap_or_default(),
            valid_from: shown_from(&details.validity),
            valid_to: shown_to(&details.validity),
            is_enabled: details.is_enabled,
            is_simulated: details.is_simulated,
            has_password: device.has_password,
            has_key: device.has_key,
            channels: details
                .channels
                .into_iter()
                .map(|channel| ChannelBody {
                    point_id: channel.point_id.0,
                    factor_code: channel.factor_code,
                    valid_from: shown_from(&channel.validity),
                    valid_to: shown_to(&channel.validity),
                    point: directory
                        .point(channel.point_id)
                        .filter(|point| point.is_covered_by(&actor.scope))
                        .map(|point| ChannelPointBody::of(point)),
                })
                .collect(),
            revision: device.revision,
        }
    }
}

impl DeviceInput {
    fn read(self) -> Result<(DeviceDetails, Secrets), ApiProblem> {
        let mut fields = Fields::default();
        let edition = Edition::from_year(&self.edition);
        if edition.is_none() {
            let allowed = "2005, 2017, 2025".to_owned();
            fields.wrong("edition", ProblemKind::UnknownWord { allowed });
        }
        let quirks = serde_json::Value::Object(self.quirks).to_string();
        let quirks = DeviceQuirks::from_json(&quirks).unwrap_or_else(|error| {
            let reason = error.reason;
            fields.wrong("quirks", ProblemKind::WrongSettings { reason });
            DeviceQuirks::default()
        });
        let secrets = Secrets {
            password: match self.password {
                None => SecretChange::Keep,
                Some(text) if text.is_empty() => SecretChange::Clear,
                Some(text) => SecretChange::Set(DevicePassword::new(text)),
            },
            key: match self.key {
                None => SecretChange::Keep,
                Some(text) if text.trim().is_empty() => SecretChange::Clear,
                Some(text) => DeviceKey::from_hex(&text).map_or_else(
                    || {
                        fields.wrong("key", ProblemKind::NotAKey);
                        SecretChange::Keep
                    },
                    SecretChange::Set,
                ),
            },
        };
        let validity = fields.validity(self.valid_from.as_deref(), self.valid_to.as_deref());
        let channels = self
            .channels
            .into_iter()
            .map(|channel| Channel {
                point_id: PointId(channel.point_id),
                factor_code: channel.factor_code.filter(|code| !code.is_empty()),
                validity: fields
                    .validity(channel.valid_from.as_deref(), channel.valid_to.as_deref()),
            })
            .collect();
        fields.finish(edition.map(|edition| {
            let details = DeviceDetails {
                mn: self.mn,
                name: self.name,
                edition,
                system_type: self.system_type,
                quirks,
                validity,
                is_enabled: self.is_enabled,
                is_simulated: self.is_simulated,
                channels,
            };
            (details, secrets)
        }))
    }
}

/// Lists devices by identifier.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/devices",
    tag = "sites",
    params(DevicesQuery),
    responses(
        (status = 200, body = DevicesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_devices(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<DevicesQuery>,
) -> Result<Json<DevicesBody>, ApiProblem> {
    let limit = page_size(query.limit);
    let most = usize::try_from(limit).unwrap_or(usize::MAX);
    let mut filter = DeviceFilter {
        region: parse_region(query.region.as_deref())?,
        site_id: query.site.map(SiteId),
        point_id: query.point.map(PointId),
        search: query.q,
        after: query.after,
        // who is connected is known here only: look through as many as may be there
        limit: if query.online.is_some() { 1000 } else { limit },
    };
    let mut devices: Vec<DeviceBody> = Vec::new();
    loop {
        let found = sites::list_devices(&state.database, &actor, &filter).await?;
        let is_last = found.len() < usize::try_from(filter.limit).unwrap_or(usize::MAX);
        filter.after = found.last().map(|device| device.id.0);
        devices.extend(
            found
                .into_iter()
                .map(|device| DeviceBody::of(&state, &actor, device))
                .filter(|device| {
                    query
                        .online
                        .is_none_or(|on| device.presence.is_online == on)
                }),
        );
        if is_last || devices.len() >= most {
            break;
        }
    }
    devices.truncate(most);
    let meta = Meta::after(&devices, limit, |device| device.id.to_string());
    Ok(Json(DevicesBody { devices, meta }))
}

/// Shows a device.
///
/// *Permissions*: `sites.read`.
#[utoipa::path(
    get,
    path = "/devices/{id}",
    tag = "sites",
    responses(
        (status = 200, body = OneDevice),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_device(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<OneDevice>, ApiProblem> {
    let device = sites::load_device(&state.database, &actor, DeviceId(id)).await?;
    Ok(Json(OneDevice {
        device: DeviceBody::of(&state, &actor, device),
    }))
}

/// Creates a device.
///
/// *Permissions*: `sites.manage`; `sites.secrets` too when a secret is given.
#[utoipa::path(
    post,
    path = "/devices",
    tag = "sites",
    responses(
        (status = 200, body = OneDevice),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_device(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(input): Json<DeviceInput>,
) -> Result<Json<OneDevice>, ApiProblem> {
    let (details, secrets) = input.read()?;
    let (database, clock, key) = (
        &state.database,
        &*state.clock,
        state.directory.sealing_key(),
    );
    let created = sites::create_device(database, clock, key, &actor, details, secrets).await?;
    publish(&state).await?;
    Ok(Json(OneDevice {
        device: DeviceBody::of(&state, &actor, created),
    }))
}

/// Changes a device.
///
/// *Permissions*: `sites.manage`; `sites.secrets` too when a secret is given.
#[utoipa::path(
    put,
    path = "/devices/{id}",
    tag = "sites",
    responses(
        (status = 200, body = OneDevice),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_device(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(input): Json<DeviceInput>,
) -> Result<Json<OneDevice>, ApiProblem> {
    let expected = Expected::new(DeviceId(id), input.revision.unwrap_or_default());
    let change = input.read()?;
    let (database, clock, key) = (
        &state.database,
        &*state.clock,
        state.directory.sealing_key(),
    );
    let updated = sites::update_device(database, clock, key, &actor, expected, change).await?;
    publish(&state).await?;
    Ok(Json(OneDevice {
        device: DeviceBody::of(&state, &actor, updated),
    }))
}

/// Deletes a device.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    delete,
    path = "/devices/{id}",
    tag = "sites",
    params(RevisionQuery),
    responses(
        (status = 200),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn delete_device(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<RevisionQuery>,
) -> Result<(), ApiProblem> {
    let expected = Expected::new(DeviceId(id), query.revision);
    sites::delete_device(&state.database, &*state.clock, &actor, expected).await?;
    publish(&state).await
}

/// Replaces a device by another from `valid_from` on: the old one ends there, the new one serves
/// the same points from there. The `channels` given are not looked at.
///
/// *Permissions*: `sites.manage`; `sites.secrets` too when a secret is given.
#[utoipa::path(
    post,
    path = "/devices/{id}/replacement",
    tag = "sites",
    responses(
        (status = 200, body = OneDevice),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn replace_device(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(input): Json<DeviceInput>,
) -> Result<Json<OneDevice>, ApiProblem> {
    let expected = Expected::new(DeviceId(id), input.revision.unwrap_or_default());
    let (details, secrets) = input.read()?;
    let (database, clock, key) = (
        &state.database,
        &*state.clock,
        state.directory.sealing_key(),
    );
    let replacement = (details.validity.from, details, secrets);
    let created =
        sites::replace_device(database, clock, key, &actor, expected, replacement).await?;
    publish(&state).await?;
    Ok(Json(OneDevice {
        device: DeviceBody::of(&state, &actor, created),
    }))
}
