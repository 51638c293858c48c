//! Verdicts of points, opened step by step, their changes, and the city at a glance.

mod bodies;
mod city;
mod simulations;

use ::verdicts::{
    ChangePage, PointSetting, VerdictKind, VerdictPage, VerdictsContext, VerdictsRequest,
    class_number, class_of_number, list_kinds, list_verdict_changes, list_verdicts, load_setting,
    update_setting,
};
use axum::extract::State;
use beijing_time::Timestamp;
use serde::{Deserialize, Serialize};
use sites::DeviceDirectory;
use standards::water::WaterBody;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) use bodies::{Names, OutcomeBody, point_names};
use bodies::{VerdictBody, VerdictChangeBody, VerdictExplanationBody};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_point_verdicts))
        .routes(routes!(explain_verdict))
        .routes(routes!(list_verdict_change_log))
        .routes(routes!(load_verdict_setting, update_verdict_setting))
        .merge(city::routes())
        .merge(simulations::routes())
}

pub(crate) fn context<'a>(
    state: &'a ApiState,
    directory: &'a DeviceDirectory,
) -> VerdictsContext<'a> {
    VerdictsContext {
        database: &state.database,
        directory,
        rulebook: &state.rulebook,
        now: state.now(),
    }
}

fn parse_kind(text: &str) -> Result<VerdictKind, ApiProblem> {
    VerdictKind::from_name(text).ok_or_else(|| {
        ApiProblem::invalid("kind", "unknown_word", "`hour`, `day`, `month` or `year`")
    })
}

fn parse_time(field: &'static str, text: &str) -> Result<Timestamp, ApiProblem> {
    text.parse()
        .map_err(|_unreadable| ApiProblem::invalid(field, "not_a_time", "no time: RFC 3339"))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct VerdictsQuery {
    /// `hour`, `day` (when absent), `month` or `year`.
    kind: Option<String>,
    /// The first start, such as `2018-05-01`; that of this year when absent.
    from: Option<String>,
    /// Before this time; now when absent.
    to: Option<String>,
    /// The `meta.next` of the page before.
    after: Option<String>,
    /// At most so many; 100 when absent, 1000 at the most.
    limit: Option<PageSize>,
}

#[derive(Debug, Serialize, ToSchema)]
struct VerdictsBody {
    verdicts: Vec<VerdictBody>,
    /// The periods of which the point has verdicts; none for media that no standard here judges.
    kinds: Vec<&'static str>,
    meta: Meta,
}

/// Lists the verdicts of a point, oldest first.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    get,
    path = "/points/{id}/verdicts",
    tag = "verdicts",
    params(("id" = i64, Path), VerdictsQuery),
    responses(
        (status = 200, body = VerdictsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_point_verdicts(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<VerdictsQuery>,
) -> Result<Json<VerdictsBody>, ApiProblem> {
    let directory = state.directory.current();
    let word = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
    let kind = word(&query.kind).map_or(Ok(VerdictKind::Day), |text| parse_kind(&text))?;
    let time = |field, text: &Option<String>, absent| {
        word(text).map_or(Ok(absent), |text| parse_time(field, &text))
    };
    let now = state.now();
    let request = VerdictsRequest {
        point_id: id,
        kind,
        from: time("from", &query.from, VerdictKind::Year.start(now))?,
        to: time("to", &query.to, now)?,
    };
    let after = word(&query.after)
        .map(|text| parse_time("after", &text))
        .transpose()?;
    let kinds = list_kinds(&directory, &actor, id)?;
    let limit = page_size(query.limit) as usize;
    let VerdictPage { verdicts, next } =
        list_verdicts(&state.database, &directory, &actor, request, (after, limit)).await?;
    let names = Names::new(&state, &directory);
    Ok(Json(VerdictsBody {
        verdicts: verdicts.iter().map(|one| names.verdict(one)).collect(),
        kinds: kinds.iter().map(|kind| kind.as_str()).collect(),
        meta: Meta {
            next: next.map(|time| time.to_string()),
        },
    }))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct ExplanationQuery {
    /// `hour`, `day`, `month` or `year`.
    kind: String,
    /// Any time within the period, such as `2018-05-04`.
    time: String,
}

/// Opens a verdict: judged again from what is stored, step by step, with every input.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    get,
    path = "/points/{id}/verdict-explanation",
    tag = "verdicts",
    params(("id" = i64, Path), ExplanationQuery),
    responses(
        (status = 200, body = VerdictExplanationBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn explain_verdict(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Query(query): Query<ExplanationQuery>,
) -> Result<Json<VerdictExplanationBody>, ApiProblem> {
    let of = (parse_kind(&query.kind)?, parse_time("time", &query.time)?);
    let directory = state.directory.current();
    let context = context(&state, &directory);
    let opened = ::verdicts::load_explanation(&context, &actor, id, of).await?;
    Ok(Json(Names::new(&state, &directory).explanation(opened)))
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct VerdictChangesQuery {
    /// Of this point; of all when absent.
    point_id: Option<i64>,
    /// The `meta.next` of the page before.
    after: Option<i64>,
    /// At most so many; 100 when absent, 1000 at the most.
    limit: Option<PageSize>,
}

#[derive(Debug, Serialize, ToSchema)]
struct VerdictChangesBody {
    verdict_changes: Vec<VerdictChangeBody>,
    meta: Meta,
}

/// Lists verdicts that had been given and are not the same any more, the latest change first: what
/// they said, what they say, and which packet or review changed them.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    get,
    path = "/verdict-changes",
    tag = "verdicts",
    params(VerdictChangesQuery),
    responses(
        (status = 200, body = VerdictChangesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_verdict_change_log(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<VerdictChangesQuery>,
) -> Result<Json<VerdictChangesBody>, ApiProblem> {
    let directory = state.directory.current();
    let place = (query.after, page_size(query.limit) as usize);
    let page =
        list_verdict_changes(&state.database, &directory, &actor, query.point_id, place).await?;
    let ChangePage { changes, next } = page;
    let names = Names::new(&state, &directory);
    Ok(Json(VerdictChangesBody {
        verdict_changes: changes.iter().map(|one| names.change(one)).collect(),
        meta: Meta {
            next: next.map(|id| id.to_string()),
        },
    }))
}

/// What a point is judged against.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct VerdictSettingBody {
    /// Class of the area of an air station, 1 or 2 (GB 3095).
    area_class: i64,
    /// `river` or `lake`.
    water_body: String,
    /// The class that a section has to keep, 1 to 5.
    target_class: i64,
    /// An hour needs so many measured minutes, counted by its minute records: 45 by GB 3095-2012,
    /// table 4; 0 where hours count as the logger computed them.
    least_minutes: i64,
    /// A section's day needs so many samples of an item, 1 to 24.
    least_samples: i64,
    /// 0 while nobody has set it; a change names the revision it was made on.
    revision: i64,
}

#[derive(Debug, Serialize, ToSchema)]
struct VerdictSettingAnswer {
    verdict_setting: VerdictSettingBody,
}

fn answer(setting: &PointSetting, revision: i64) -> Json<VerdictSettingAnswer> {
    Json(VerdictSettingAnswer {
        verdict_setting: VerdictSettingBody {
            area_class: setting.area_class,
            water_body: setting.water_body.name().to_owned(),
            target_class: class_number(setting.target_class),
            least_minutes: setting.least_minutes,
            least_samples: setting.least_samples,
            revision,
        },
    })
}

/// Shows what a point is judged against.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    get,
    path = "/points/{id}/verdict-setting",
    tag = "verdicts",
    params(("id" = i64, Path)),
    responses(
        (status = 200, body = VerdictSettingAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_verdict_setting(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<VerdictSettingAnswer>, ApiProblem> {
    let directory = state.directory.current();
    let (setting, revision) = load_setting(&state.database, &directory, &actor, id).await?;
    Ok(answer(&setting, revision))
}

/// Sets what a point is judged against. Its verdicts of the last 400 days are computed again; those
/// that change are told in the list of changes.
///
/// *Permissions*: `sites.manage`.
#[utoipa::path(
    put,
    path = "/points/{id}/verdict-setting",
    tag = "verdicts",
    params(("id" = i64, Path)),
    request_body = VerdictSettingBody,
    responses(
        (status = 200, body = VerdictSettingAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_verdict_setting(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(body): Json<VerdictSettingBody>,
) -> Result<Json<VerdictSettingAnswer>, ApiProblem> {
    let unknown =
        |field: &str, detail: &str| ApiProblem::invalid(field, "unknown_word", detail.to_owned());
    let water_body = [WaterBody::River, WaterBody::Lake]
        .into_iter()
        .find(|known| known.name() == body.water_body)
        .ok_or_else(|| unknown("/water_body", "`river` or `lake`"))?;
    let target_class =
        class_of_number(body.target_class).ok_or_else(|| unknown("/target_class", "1 to 5"))?;
    let setting = PointSetting {
        area_class: body.area_class,
        water_body,
        target_class,
        least_minutes: body.least_minutes,
        least_samples: body.least_samples,
    };
    let directory = state.directory.current();
    let key = (id, body.revision);
    let clock = &*state.clock;
    let revision = update_setting(&state.database, &directory, clock, &actor, key, setting).await?;
    Ok(answer(&setting, revision))
}
