//! What a computed measure is made of: the days of a year and the stations, or the sections.

use access::Permission;
use axum::extract::State;
use plan::{MeasureKey, MeasuresContext, load_measure_year};
use serde::{Deserialize, Serialize};
use sites::{DeviceDirectory, Medium, PointId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use verdicts::{AirYear, WaterYear};

use super::states::{ComputedMeasureBody, MeasureKeyBody};
use crate::actor::CurrentActor;
use crate::extract::{Json, Path, Query};
use crate::problem::ProblemBody;
use crate::verdicts::{Names, OutcomeBody, context, point_names};
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(load_plan_measure))
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct MeasureQuery {
    /// The region; that of the plan when absent.
    region: Option<String>,
    /// The year.
    year: i32,
}

/// A station or section that took part.
#[derive(Debug, Serialize, ToSchema)]
struct PartBody {
    point_id: i64,
    name_zh: String,
    name_en: String,
    /// Days of a station, or months of a section, with a verdict.
    periods: u32,
    /// Of a section: its class of the year, 1 to 6.
    class: Option<i64>,
    /// Of a section: whether it keeps its target.
    is_attained: Option<bool>,
    simulated: bool,
}

/// A day of the stations together.
#[derive(Debug, Serialize, ToSchema)]
struct AirDayBody {
    /// Such as `2019-03-05`.
    date: String,
    #[serde(flatten)]
    outcome: OutcomeBody,
    /// Stations that took part.
    stations: usize,
}

/// The year of a pollutant.
#[derive(Debug, Serialize, ToSchema)]
struct PollutantYearBody {
    /// `so2`, `no2`, `co`, `o3`, `pm10` or `pm2_5`.
    pollutant: &'static str,
    days: u32,
    /// The annual mean as published, from the days there are.
    #[schema(format = "decimal")]
    mean: Option<String>,
    /// Whether there are enough days for the year.
    is_sufficient: bool,
}

/// A measure of a year opened.
#[derive(Debug, Serialize, ToSchema)]
struct PlanMeasureBody {
    #[serde(flatten)]
    key: MeasureKeyBody,
    /// `good_air_days`, `valid_air_days`, `air_mean`, `worst_water_class`, `sections_on_target` or
    /// `sections_judged`.
    statistic: &'static str,
    /// Of `air_mean`: the pollutant.
    pollutant: Option<String>,
    /// The value as it stands; null while it waits to be computed.
    computed: Option<ComputedMeasureBody>,
    /// The stations or sections that took part, of those that the caller may see.
    points: Vec<PartBody>,
    /// How many took part besides.
    hidden_points: usize,
    /// The days of the year that enough stations have.
    days: Vec<AirDayBody>,
    /// Days in the year.
    days_in_year: u32,
    pollutants: Vec<PollutantYearBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct PlanMeasureAnswer {
    plan_measure: PlanMeasureBody,
}

/// Opens a computed measure: the days that it counts, or the sections, and who took part. From a day
/// on, `GET /points/{id}/verdict-explanation` leads to hours, and these to packets or imported files.
///
/// *Permissions*: `plan.read`.
#[utoipa::path(
    get,
    path = "/plan/measures/{id}",
    tag = "plan",
    params(("id" = String, Path, description = "The measure."), MeasureQuery),
    responses(
        (status = 200, body = PlanMeasureAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_plan_measure(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<String>,
    Query(query): Query<MeasureQuery>,
) -> Result<Json<PlanMeasureAnswer>, ApiProblem> {
    let directory = state.directory.current();
    let measures = MeasuresContext {
        verdicts: context(&state, &directory),
        book: &state.plan,
    };
    let key = MeasureKey {
        measure: id,
        region: query
            .region
            .unwrap_or_else(|| state.plan.region().to_owned()),
        year: query.year,
    };
    let opened = load_measure_year(&measures, &actor, &key).await?;
    let names = Names::new(&state, &directory);
    let mut body = PlanMeasureBody {
        key: MeasureKeyBody::from(&key),
        statistic: opened.statistic.kind.as_str(),
        pollutant: opened.statistic.pollutant.clone(),
        computed: opened.computed.as_ref().map(ComputedMeasureBody::from),
        points: Vec::new(),
        hidden_points: 0,
        days: Vec::new(),
        days_in_year: 0,
        pollutants: Vec::new(),
    };
    if let Some(air) = &opened.air {
        body.put_air(air, &names);
        for one in &air.points {
            body.put_part((&directory, &actor), (one.point_id, one.periods), None);
        }
    }
    if let Some(water) = &opened.water {
        body.put_water(water, (&directory, &actor));
    }
    Ok(Json(PlanMeasureAnswer { plan_measure: body }))
}

/// The directory, and who asks.
type Seen<'a> = (&'a DeviceDirectory, &'a CurrentActor);

impl PlanMeasureBody {
    fn put_air(&mut self, air: &AirYear, names: &Names<'_>) {
        self.days_in_year = air.days_in_year;
        self.days = air
            .days
            .iter()
            .map(|day| AirDayBody {
                date: day.time.stat_day().to_string(),
                outcome: names.outcome(Some(Medium::Air), &day.outcome),
                stations: day.stations,
            })
            .collect();
        self.pollutants = air
            .pollutants
            .iter()
            .map(|one| PollutantYearBody {
                pollutant: one.pollutant.key(),
                days: one.days,
                mean: one.mean_rounded.map(|mean| mean.to_string()),
                is_sufficient: one.mean.valid().is_some(),
            })
            .collect();
    }

    fn put_water(&mut self, water: &WaterYear, seen: Seen<'_>) {
        for one in &water.sections {
            let class = (one.class, one.is_attained);
            self.put_part(seen, (one.point_id, one.months), Some(class));
        }
    }

    fn put_part(
        &mut self,
        (directory, actor): Seen<'_>,
        (point_id, periods): (i64, u32),
        class: Option<(Option<i64>, Option<bool>)>,
    ) {
        let may = actor.check(Permission::ReadData).is_ok();
        let point = directory
            .point(PointId(point_id))
            .filter(|point| may && point.is_covered_by(&actor.scope));
        let Some(point) = point else {
            self.hidden_points += 1;
            return;
        };
        let (name_zh, name_en) = point_names(point);
        let (class, is_attained) = class.unwrap_or_default();
        self.points.push(PartBody {
            point_id,
            name_zh,
            name_en,
            periods,
            class,
            is_attained,
            simulated: point.is_simulated(),
        });
    }
}
