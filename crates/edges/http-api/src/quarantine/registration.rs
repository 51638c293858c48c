//! From an unknown sender to a registered device: what it says of itself, and its registration in
//! one step with its point, its site and the replay of what is kept.

use axum::extract::State;
use hj212::Edition;
use monitoring::quarantine::{self, RegistrationProposal};
use serde::{Deserialize, Serialize};
use sites::{
    DeviceDetails, DevicePlace, DeviceQuirks, FactorDetails, PointId, PointSite, ProblemKind,
    Secrets, SiteId, Validity,
};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::extract::{Json, Path};
use crate::points::factor_names;
use crate::problem::ProblemBody;
use crate::sites::{PointInput, SiteInput};
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(load_registration_proposal))
        .routes(routes!(register_sender))
}

/// A factor that a sender measures.
#[derive(Debug, Serialize, ToSchema)]
struct ProposedFactor {
    factor_code: String,
    name_zh: String,
    name_en: String,
    unit: String,
}

/// What an unknown sender says of itself.
#[derive(Debug, Serialize, ToSchema)]
struct RegistrationProposalInner {
    mn: String,
    /// `2005`, `2017` or `2025`.
    edition: String,
    /// System code ST.
    system_type: Option<String>,
    /// What a system of that code watches, where that is plain.
    medium: Option<String>,
    /// How many characters the password of its latest packet has; the password itself is never
    /// shown. Null when it sends none.
    password_length: Option<usize>,
    /// How many different passwords were heard.
    passwords_heard: usize,
    factors: Vec<ProposedFactor>,
    /// Seconds between its real-time packets, as far as they tell.
    realtime_interval_s: Option<u32>,
    /// How many packets were read for this.
    packets: usize,
}

#[derive(Debug, Serialize, ToSchema)]
struct RegistrationProposalBody {
    proposal: RegistrationProposalInner,
}

/// A new point for a device, at a site that is there or a new one.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewPlaceInput {
    /// The site, unless it is new.
    site_id: Option<i64>,
    new_site: Option<SiteInput>,
    point: PointInput,
    /// The codes of what it measures.
    factors: Vec<String>,
}

/// How a sender is to be registered.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RegistrationInput {
    #[serde(default)]
    name: String,
    edition: String,
    system_type: String,
    /// Its password; left out for the one heard in its latest packet.
    password: Option<String>,
    #[serde(default)]
    is_simulated: bool,
    /// The point it stands at, unless that is new.
    point_id: Option<i64>,
    new_point: Option<NewPlaceInput>,
    /// Whether its kept packets are replayed at once.
    #[serde(default)]
    replay: bool,
}

/// What became of a sender.
#[derive(Debug, Serialize, ToSchema)]
struct RegistrationBody {
    device_id: i64,
    point_id: i64,
    /// Packets replayed; null when none were asked for or the replay failed: it can be asked for
    /// again.
    replayed: Option<u64>,
}

impl From<RegistrationProposal> for RegistrationProposalBody {
    fn from(found: RegistrationProposal) -> Self {
        let factor = |factor_code: String| {
            let (name_zh, name_en) = factor_names(&factor_code);
            ProposedFactor {
                unit: usual_unit(&factor_code),
                factor_code,
                name_zh,
                name_en,
            }
        };
        Self {
            proposal: RegistrationProposalInner {
                mn: found.mn,
                edition: found.edition.year().to_owned(),
                system_type: found.system_type,
                medium: found.medium.map(|medium| medium.to_string()),
                password_length: found.password.map(|text| text.reveal().chars().count()),
                passwords_heard: found.passwords_heard,
                factors: found.factors.into_iter().map(factor).collect(),
                realtime_interval_s: found.realtime_interval_s,
                packets: found.packets,
            },
        }
    }
}

fn usual_unit(code: &str) -> String {
    hj212::catalogue::find_code(code).map_or_else(String::new, |entry| entry.unit.to_owned())
}

/// Decimals to show of a type such as `N5.1` (HJ 212-2017, appendix B).
fn usual_decimals(code: &str) -> u32 {
    hj212::catalogue::find_code(code)
        .and_then(|entry| entry.number_type.split_once('.'))
        .and_then(|(_whole, places)| places.parse().ok())
        .unwrap_or(2)
}

impl NewPlaceInput {
    fn read(self) -> Result<DevicePlace, ApiProblem> {
        let site = match (self.site_id, self.new_site) {
            (Some(id), None) => PointSite::Existing(SiteId(id)),
            (None, Some(site)) => PointSite::New(
                site.read()
                    .map_err(|found| found.under("/new_point/new_site"))?,
            ),
            _ => {
                return Err(ApiProblem::invalid(
                    "/new_point/site_id",
                    "missing",
                    "name the site or describe a new one, and not both",
                ));
            }
        };
        let details = self.point.read();
        let details = details.map_err(|found| found.under("/new_point/point"))?;
        let factors = (0..).zip(self.factors).map(|(order, code)| FactorDetails {
            unit: usual_unit(&code),
            decimals: usual_decimals(&code),
            sort_order: order,
            is_expected: true,
            factor_code: code,
        });
        Ok(DevicePlace::NewPoint {
            site: Box::new(site),
            details,
            factors: factors.collect(),
        })
    }
}

/// Reads from the kept packets of a sender what its registration would be.
///
/// *Permissions*: `quarantine.read`, for the whole city.
#[utoipa::path(
    get,
    path = "/quarantine/{mn}/proposal",
    tag = "quarantine",
    responses(
        (status = 200, body = RegistrationProposalBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_registration_proposal(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(mn): Path<String>,
) -> Result<Json<RegistrationProposalBody>, ApiProblem> {
    let found = quarantine::load_registration_proposal(&state.database, &actor, &mn).await?;
    Ok(Json(found.into()))
}

/// Registers a sender as a device, with its point and site where they are new: all of it or
/// nothing. Its kept packets are then replayed if that is wished; they are history and raise no
/// alarm as if they were measured now.
///
/// *Permissions*: `quarantine.manage`, for the whole city, `sites.manage`, `sites.secrets`.
#[utoipa::path(
    post,
    path = "/quarantine/{mn}/registration",
    tag = "quarantine",
    responses(
        (status = 200, body = RegistrationBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn register_sender(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(mn): Path<String>,
    Json(input): Json<RegistrationInput>,
) -> Result<Json<RegistrationBody>, ApiProblem> {
    actor.check_everywhere(access::Permission::ManageQuarantine)?;
    let (database, clock) = (&state.database, &*state.clock);
    let edition = Edition::from_year(&input.edition).ok_or_else(|| {
        let allowed = "2005, 2017, 2025".to_owned();
        let detail = ProblemKind::UnknownWord { allowed }.english();
        ApiProblem::invalid("/edition", "unknown_word", detail)
    })?;
    let place = match (input.point_id, input.new_point) {
        (Some(id), None) => DevicePlace::Point(PointId(id)),
        (None, Some(place)) => place.read()?,
        _ => {
            return Err(ApiProblem::invalid(
                "/point_id",
                "missing",
                "name the point or describe a new one, and not both",
            ));
        }
    };
    let secrets = if let Some(password) = input.password {
        Secrets::with_password(password)
    } else {
        let heard = quarantine::load_registration_proposal(database, &actor, &mn).await?;
        let password = heard.password.ok_or_else(|| {
            ApiProblem::invalid("/password", "missing", "the sender sends no password")
        })?;
        Secrets::with_password(password.reveal())
    };
    let details = DeviceDetails {
        mn,
        name: input.name,
        edition,
        system_type: input.system_type,
        quirks: DeviceQuirks::default(),
        validity: Validity::ALWAYS,
        is_enabled: true,
        is_simulated: input.is_simulated,
        channels: Vec::new(),
    };
    let key = state.directory.sealing_key();
    let device = (details, secrets);
    let (device, point_id) =
        sites::register_device(database, clock, key, &actor, place, device).await?;
    state.directory.reload_if_changed(database).await?;
    let replayed = if input.replay {
        replay(&state, &actor, &device).await
    } else {
        None
    };
    Ok(Json(RegistrationBody {
        device_id: device.id.0,
        point_id: point_id.0,
        replayed,
    }))
}

/// The device is registered whatever becomes of this; a failure is in the log and in the answer.
async fn replay(state: &ApiState, actor: &access::Actor, device: &sites::Device) -> Option<u64> {
    let directory = state.directory.current();
    let known = directory.device(device.id)?;
    let (database, clock, journal) = (&state.database, &*state.clock, &state.journal);
    match quarantine::replay_quarantine(database, clock, actor, journal, known).await {
        Ok(count) => Some(count),
        Err(error) => {
            let mn = &*device.details.mn;
            tracing::warn!(%error, "the kept packets of {mn} could not be replayed");
            None
        }
    }
}
