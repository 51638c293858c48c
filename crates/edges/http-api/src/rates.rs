//! Operation, networking and transmission-effectiveness rates, with what they were divided from,
//! and their report.

mod export;

use std::collections::BTreeMap;

use access::{Actor, RegionCode};
use axum::extract::State;
use beijing_time::{CivilDate, StatDay};
use monitoring::RecordKind;
use monitoring::rates::{
    RATE_BASES, RateBasis, RateCounts, RateFilter, RateGroup, RateHour, RateLevel, RatePeriod,
    RateSubject, compute_rates, load_rate_inputs,
};
use monitoring::retention::Removals;
use serde::{Deserialize, Serialize};
use sites::{DeviceDirectory, Medium, OrganisationFilter, PointId, SiteId};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::actor::CurrentActor;
use crate::extract::{Json, Query};
use crate::paging::{Meta, PageSize, page_size};
use crate::points::factor_names;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(crate) use export::load_rate_report;

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_rates))
        .routes(routes!(load_rate_day))
        .merge(export::routes())
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RatesQuery {
    /// `point`, `organisation`, `county` (when absent) or `all`.
    level: Option<String>,
    /// `day` (when absent) or `month`.
    period: Option<String>,
    /// The first day, such as `2018-05-04`; the first of this month when absent.
    from: Option<String>,
    /// The last day; today when absent.
    to: Option<String>,
    /// Region code: of points in it.
    region: Option<String>,
    /// Of points of this enterprise.
    organisation_id: Option<i64>,
    /// Of points of this site.
    site_id: Option<i64>,
    /// Of this point.
    point_id: Option<i64>,
    /// Of points of this medium.
    medium: Option<String>,
    /// The `meta.next` of the page before.
    after: Option<String>,
    /// At most so many; 100 when absent, 1000 at the most.
    limit: Option<PageSize>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct RateDayQuery {
    /// The point.
    point_id: i64,
    /// The day, such as `2018-05-04`.
    day: String,
}

/// What rates were divided from, and what they come to.
#[derive(Debug, Serialize, ToSchema)]
struct RateFigures {
    /// Percent, two places, half to even; null when nothing was due.
    operation: Option<String>,
    networking: Option<String>,
    transmission: Option<String>,
    effective: Option<String>,
    /// Transmission rate × effective rate.
    transmission_effectiveness: Option<String>,
    due_hours: i64,
    /// Hours of planned stops or in which the source stood still; in no denominator.
    exempt_hours: i64,
    networked_hours: i64,
    running_hours: i64,
    due_values: i64,
    exempt_values: i64,
    received_values: i64,
    valid_values: i64,
}

/// Rates of one subject and period.
#[derive(Debug, Serialize, ToSchema)]
struct RateBody {
    /// `all`, `county`, `organisation`, `site` or `point`.
    subject_kind: String,
    /// Region code or number of the subject, as text.
    subject_id: String,
    name_zh: String,
    name_en: String,
    /// The first day of the period.
    day: String,
    /// Of how many points.
    points: usize,
    simulated: bool,
    #[serde(flatten)]
    figures: RateFigures,
}

/// How a rate is defined and where that comes from.
#[derive(Debug, Serialize, ToSchema)]
struct RateBasisBody {
    rate: String,
    formula_zh: String,
    formula_en: String,
    reference: String,
    /// Whether it is from memory and to be compared with the document.
    from_memory: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct RatesBody {
    rates: Vec<RateBody>,
    basis: Vec<RateBasisBody>,
    meta: Meta,
}

#[derive(Debug, Serialize, ToSchema)]
struct RateValueBody {
    factor_code: String,
    name_zh: String,
    name_en: String,
    flag: Option<String>,
    packet_id: Option<String>,
    /// `valid`, `invalid`, `faulty`, `missing` or `exempt`.
    state: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct RateHourBody {
    time: String,
    /// Why nothing is due: `not_yet`, `disabled`, `no_device`, `planned_stop` or `stopped`.
    not_due: Option<String>,
    networked: bool,
    running: bool,
    values: Vec<RateValueBody>,
}

/// A day's rates of a point, open to the hours they are made of.
#[derive(Debug, Serialize, ToSchema)]
struct RateDayBody {
    point_id: i64,
    day: String,
    #[serde(flatten)]
    figures: RateFigures,
    /// Whether the hours were removed by retention: the figures are those computed from them before.
    are_hours_removed: bool,
    hours: Vec<RateHourBody>,
    basis: Vec<RateBasisBody>,
}

fn figures(counts: &RateCounts) -> RateFigures {
    RateFigures {
        operation: counts.operation(),
        networking: counts.networking(),
        transmission: counts.transmission(),
        effective: counts.effective(),
        transmission_effectiveness: counts.transmission_effectiveness(),
        due_hours: counts.due_hours,
        exempt_hours: counts.exempt_hours,
        networked_hours: counts.networked_hours,
        running_hours: counts.running_hours,
        due_values: counts.due_values,
        exempt_values: counts.exempt_values,
        received_values: counts.received_values,
        valid_values: counts.valid_values,
    }
}

fn bases() -> Vec<RateBasisBody> {
    let basis_body = |basis: &RateBasis| RateBasisBody {
        rate: basis.rate.to_owned(),
        formula_zh: basis.formula_zh.to_owned(),
        formula_en: basis.formula_en.to_owned(),
        reference: basis.reference.to_owned(),
        from_memory: basis.is_from_memory,
    };
    RATE_BASES.iter().map(basis_body).collect()
}

fn parse_day(field: &'static str, text: &str) -> Result<StatDay, ApiProblem> {
    let date: CivilDate = text
        .parse()
        .map_err(|_unreadable| ApiProblem::invalid(field, "invalid", "not a day: YYYY-MM-DD"))?;
    Ok(StatDay::of(date))
}

impl RatesQuery {
    fn filter(&self, today: StatDay) -> Result<RateFilter, ApiProblem> {
        let unknown = |field: &'static str| {
            ApiProblem::invalid(field, "unknown_word", "not one of the words")
        };
        let word = |text: &Option<String>| text.clone().filter(|text| !text.is_empty());
        let first = today.month().first_day();
        let day = |field, text: &Option<String>, absent| {
            word(text).map_or(Ok(absent), |text| parse_day(field, &text))
        };
        Ok(RateFilter {
            level: match word(&self.level) {
                None => RateLevel::default(),
                Some(text) => RateLevel::from_name(&text).ok_or_else(|| unknown("level"))?,
            },
            period: match word(&self.period) {
                None => RatePeriod::default(),
                Some(text) => RatePeriod::from_name(&text).ok_or_else(|| unknown("period"))?,
            },
            days: Some((day("from", &self.from, first)?, day("to", &self.to, today)?)),
            region: match word(&self.region) {
                None => None,
                Some(text) => {
                    let code = text.parse::<RegionCode>();
                    Some(code.map_err(|_unreadable| unknown("region"))?)
                }
            },
            organisation_id: self.organisation_id,
            site_id: self.site_id,
            point_id: self.point_id,
            medium: match word(&self.medium) {
                None => None,
                Some(text) => {
                    let medium = text.parse::<Medium>();
                    Some(medium.map_err(|_unknown| unknown("medium"))?)
                }
            },
        })
    }
}

/// The names of counties and enterprises.
struct Names {
    regions: BTreeMap<String, (String, String)>,
    organisations: BTreeMap<i64, (String, String)>,
}

impl Names {
    async fn load(state: &ApiState, actor: &Actor, level: RateLevel) -> Result<Self, ApiProblem> {
        let regions = match level {
            RateLevel::County => sites::list_regions(&state.database, actor, None, 1_000).await?,
            _ => Vec::new(),
        };
        let mut organisations = BTreeMap::new();
        let mut after = None;
        let mut has_more = level == RateLevel::Organisation;
        while has_more {
            let filter = OrganisationFilter {
                after,
                limit: 1_000,
                ..OrganisationFilter::default()
            };
            let page = sites::list_organisations(&state.database, actor, &filter).await?;
            has_more = page.len() == 1_000;
            after = page.last().map(|last| last.id.0);
            for one in page {
                organisations.insert(one.id.0, (one.details.name_zh, one.details.name_en));
            }
        }
        Ok(Self {
            regions: regions
                .into_iter()
                .map(|region| {
                    let code = region.code.as_str();
                    let code = code.get(..6).unwrap_or(code).to_owned();
                    (code, (region.details.name_zh, region.details.name_en))
                })
                .collect(),
            organisations,
        })
    }

    /// Kind, identifier, and names in Chinese and English.
    fn of(
        &self,
        subject: &RateSubject,
        directory: &DeviceDirectory,
    ) -> (&'static str, String, (String, String)) {
        match subject {
            RateSubject::All => ("all", String::new(), ("合计".to_owned(), "All".to_owned())),
            RateSubject::County(code) => {
                let names = self.regions.get(code).cloned();
                let names = names.unwrap_or_else(|| (code.clone(), String::new()));
                ("county", code.clone(), names)
            }
            RateSubject::Organisation(id) => {
                let names = self.organisations.get(id).cloned();
                let names = names.unwrap_or_else(|| (id.to_string(), String::new()));
                ("organisation", id.to_string(), names)
            }
            RateSubject::Site(id) => {
                let point = directory.points_of_site(SiteId(*id)).first();
                let site = point.and_then(|point| directory.point(*point));
                let names = site.map_or_else(Default::default, |point| {
                    (point.site.name_zh.clone(), point.site.name_en.clone())
                });
                ("site", id.to_string(), names)
            }
            RateSubject::Point(id) => {
                let point = directory.point(PointId(*id));
                let names = point.map_or_else(Default::default, |point| {
                    let (site, own) = (&point.site, &point.details);
                    (
                        format!("{} {}", site.name_zh, own.name_zh),
                        format!("{} {}", site.name_en, own.name_en),
                    )
                });
                ("point", id.to_string(), names)
            }
        }
    }
}

fn place(body: &RateBody) -> String {
    format!("{}:{}:{}", body.day, body.subject_kind, body.subject_id)
}

async fn load_bodies(
    state: &ApiState,
    actor: &Actor,
    filter: &RateFilter,
) -> Result<Vec<RateBody>, ApiProblem> {
    let directory = state.directory.current();
    let groups = compute_rates(&state.database, &directory, actor, filter).await?;
    let names = Names::load(state, actor, filter.level).await?;
    let body = |group: RateGroup| {
        let (kind, id, (name_zh, name_en)) = names.of(&group.subject, &directory);
        RateBody {
            subject_kind: kind.to_owned(),
            subject_id: id,
            name_en: if name_en.is_empty() {
                name_zh.clone()
            } else {
                name_en
            },
            name_zh,
            day: group.day.date().to_string(),
            points: group.points,
            simulated: group.is_simulated,
            figures: figures(&group.counts),
        }
    };
    Ok(groups.into_iter().map(body).collect())
}

/// Lists rates by period and subject, oldest first, with what they were divided from.
///
/// *Permissions*: `data.read`, `sites.read`.
#[utoipa::path(
    get,
    path = "/rates",
    tag = "rates",
    params(RatesQuery),
    responses(
        (status = 200, body = RatesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_rates(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<RatesQuery>,
) -> Result<Json<RatesBody>, ApiProblem> {
    let filter = query.filter(state.now().stat_day())?;
    let mut rates = load_bodies(&state, &actor, &filter).await?;
    if let Some(after) = query.after.filter(|after| !after.is_empty()) {
        let Some(found) = rates.iter().position(|body| place(body) == after) else {
            return Err(ApiProblem::invalid("after", "invalid", "names no line"));
        };
        rates.drain(..=found);
    }
    let limit = page_size(query.limit);
    let has_more = rates.len() > limit as usize;
    rates.truncate(limit as usize);
    let next = rates.last().filter(|_last| has_more).map(place);
    Ok(Json(RatesBody {
        rates,
        basis: bases(),
        meta: Meta { next },
    }))
}

/// Shows the hours that a day's rates of a point are made of.
///
/// *Permissions*: `data.read`, `alarms.read` (planned stops).
#[utoipa::path(
    get,
    path = "/rates/inputs",
    tag = "rates",
    params(RateDayQuery),
    responses(
        (status = 200, body = RateDayBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_rate_day(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<RateDayQuery>,
) -> Result<Json<RateDayBody>, ApiProblem> {
    let day = parse_day("day", &query.day)?;
    let directory = state.directory.current();
    let (database, clock, of) = (&state.database, &*state.clock, (query.point_id, day));
    let stops = background_jobs::load_planned_stops(database, &actor, day.start()).await?;
    let removals = Removals::load(database).await?;
    let (counts, hours) = load_rate_inputs(database, &directory, clock, &actor, of, &stops).await?;
    Ok(Json(RateDayBody {
        point_id: query.point_id,
        day: day.date().to_string(),
        figures: figures(&counts),
        are_hours_removed: removals.has(RecordKind::Hour, day.start()),
        hours: hours.into_iter().map(hour_body).collect(),
        basis: bases(),
    }))
}

fn hour_body(hour: RateHour) -> RateHourBody {
    let values = hour.values.into_iter().map(|value| {
        let (name_zh, name_en) = factor_names(&value.factor_code);
        RateValueBody {
            factor_code: value.factor_code,
            name_zh,
            name_en,
            flag: value.flag.as_deref().map(str::to_owned),
            packet_id: value
                .packet_id
                .filter(|id| id.import_id().is_none())
                .map(|id| id.to_string()),
            state: value.state.as_str().to_owned(),
        }
    });
    RateHourBody {
        time: hour.time.to_string(),
        not_due: hour.not_due.map(|reason| reason.as_str().to_owned()),
        networked: hour.is_networked,
        running: hour.is_running,
        values: values.collect(),
    }
}
