//! The city's air and water at a glance.

use ::verdicts::{CityAir, Outcome, VerdictState, class_number, load_city_summary};
use axum::extract::State;
use serde::Serialize;
use sites::{DeviceDirectory, Medium, PointId};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::bodies::{Names, VerdictBody, point_names};
use super::{OutcomeBody, context};
use crate::actor::CurrentActor;
use crate::extract::Json;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(load_city_verdicts))
}

/// An air station at present.
#[derive(Debug, Serialize, ToSchema)]
struct StationBody {
    point_id: i64,
    name_zh: String,
    name_en: String,
    /// Its last hour.
    hour: Option<VerdictBody>,
    /// Its last day that is over.
    day: Option<VerdictBody>,
}

/// A section at present.
#[derive(Debug, Serialize, ToSchema)]
struct SectionBody {
    point_id: i64,
    name_zh: String,
    name_en: String,
    /// The class it has to keep, 1 to 5.
    target_class: i64,
    day: Option<VerdictBody>,
    month: Option<VerdictBody>,
}

/// The mean of the city's stations.
#[derive(Debug, Serialize, ToSchema)]
struct CityAirBody {
    /// The hour or day.
    time: String,
    #[serde(flatten)]
    outcome: OutcomeBody,
    /// Stations that took part.
    stations: usize,
}

#[derive(Debug, Serialize, ToSchema)]
struct CityVerdictsBody {
    /// The stations.
    stations: Vec<StationBody>,
    /// The last hour that at least three quarters of the stations have (half of fewer than four).
    hour: Option<CityAirBody>,
    /// The last such day that is over.
    day: Option<CityAirBody>,
    /// Days of this year with an index of the city.
    days_valid: usize,
    /// Those of them with an index of at most 100 (优良天数).
    days_good: usize,
    /// Days by level, 1 to 6.
    days_by_level: Vec<usize>,
    /// The sections.
    sections: Vec<SectionBody>,
    /// Sections by class of their last day, Ⅰ to 劣Ⅴ.
    sections_by_class: Vec<usize>,
    /// Sources with a verdict of the last 24 hours.
    sources: usize,
    /// Those of them that were over a limit.
    sources_over: usize,
    /// Whether any of it is simulated.
    simulated: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct CityVerdictsAnswer {
    city_verdicts: CityVerdictsBody,
}

/// How many of each grade, 1 to 6.
fn count_grades<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Vec<usize> {
    let mut counts = vec![0; 6];
    for grade in outcomes.filter_map(|outcome| outcome.grade) {
        let place = usize::try_from(grade - 1).ok();
        if let Some(count) = place.and_then(|place| counts.get_mut(place)) {
            *count += 1;
        }
    }
    counts
}

fn city_air(names: &Names<'_>, city: &CityAir) -> CityAirBody {
    CityAirBody {
        time: city.time.to_string(),
        outcome: names.outcome(Some(Medium::Air), &city.outcome),
        stations: city.stations,
    }
}

/// Names in both languages, and whether it is simulated.
fn describe(directory: &DeviceDirectory, point_id: i64) -> ((String, String), bool) {
    let point = directory.point(PointId(point_id));
    point.map_or_else(Default::default, |point| {
        (point_names(point), point.is_simulated())
    })
}

/// Shows the city's air, its good days of this year, and the classes of its sections.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    get,
    path = "/city-verdicts",
    tag = "verdicts",
    responses(
        (status = 200, body = CityVerdictsAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_city_verdicts(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<CityVerdictsAnswer>, ApiProblem> {
    let directory = state.directory.current();
    let summary = load_city_summary(&context(&state, &directory), &actor).await?;
    let names = Names::new(&state, &directory);
    let mut simulated = false;
    let mut stations = Vec::with_capacity(summary.stations.len());
    for station in &summary.stations {
        let ((name_zh, name_en), is_simulated) = describe(&directory, station.point_id);
        simulated |= is_simulated;
        stations.push(StationBody {
            point_id: station.point_id,
            name_zh,
            name_en,
            hour: station.hour.as_ref().map(|one| names.verdict(one)),
            day: station.day.as_ref().map(|one| names.verdict(one)),
        });
    }
    let mut sections = Vec::with_capacity(summary.sections.len());
    for section in &summary.sections {
        let ((name_zh, name_en), is_simulated) = describe(&directory, section.point_id);
        simulated |= is_simulated;
        sections.push(SectionBody {
            point_id: section.point_id,
            name_zh,
            name_en,
            target_class: class_number(section.setting.target_class),
            day: section.day.as_ref().map(|one| names.verdict(one)),
            month: section.month.as_ref().map(|one| names.verdict(one)),
        });
    }
    let days_by_level = count_grades(summary.days.iter().map(|day| &day.outcome));
    let last_days = summary
        .sections
        .iter()
        .filter_map(|section| section.day.as_ref())
        .map(|day| &day.outcome);
    let given = |day: &&CityAir| day.outcome.state == VerdictState::Given;
    Ok(Json(CityVerdictsAnswer {
        city_verdicts: CityVerdictsBody {
            stations,
            hour: summary.hour.as_ref().map(|one| city_air(&names, one)),
            day: summary.days.last().map(|one| city_air(&names, one)),
            days_valid: summary.days.iter().filter(given).count(),
            days_good: days_by_level.iter().take(2).sum(),
            days_by_level,
            sections,
            sections_by_class: count_grades(last_days),
            sources: summary.sources,
            sources_over: summary.sources_over,
            simulated,
        },
    }))
}
