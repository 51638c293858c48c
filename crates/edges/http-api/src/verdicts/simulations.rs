//! Stored records judged by other rules: what would turn, told as it is found.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use ::verdicts::{
    Flip, Rulebook, Simulation, SimulationRequest, SimulationStep, VerdictKind, class_of_number,
};
use access::Permission;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use beijing_time::{CivilDate, StatDay};
use futures_util::stream::{Stream, StreamExt};
use serde::{Deserialize, Serialize};
use sites::{DeviceDirectory, Medium, PointId};
use standards::water::WaterClass;
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::bodies::{Names, OutcomeBody, point_names};
use super::parse_kind;
use crate::actor::CurrentActor;
use crate::alarms::parse_region;
use crate::evaluations::LONGEST_LIMITS;
use crate::extract::Json;
use crate::gate::Pass;
use crate::live::{event, until_refused};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

/// Verdicts that are named one by one; all of them are counted.
const MOST_LISTED: usize = 5_000;
/// Steps that are computed before the reader asks for them.
const AHEAD: usize = 4;
/// How long a reader may take for an event.
const PATIENCE: Duration = Duration::from_mins(1);

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(simulate_verdicts))
}

/// Which verdicts are judged again, and by which other rules.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SimulationBody {
    /// `air`, `surface_water`, `waste_gas` or `waste_water`.
    medium: String,
    /// `hour`, `day`, `month` or `year`, as far as the medium has it. When absent: days of air and
    /// waste water, months of surface water, hours of waste gas.
    kind: Option<String>,
    /// The first day, such as `2018-05-01`.
    from: String,
    /// The last day.
    to: String,
    /// A region and all below it.
    region: Option<String>,
    /// This point only.
    point_id: Option<i64>,
    /// Other values (TOML): `[[override]]` for cells of the standards' tables, `[[limit]]` for the
    /// limits that are registered at outlets.
    with_limits: Option<String>,
    /// The editions in force on this day.
    with_rules_of: Option<String>,
    /// The class, 1 to 5, that every section would have to keep.
    target_class: Option<i64>,
}

/// A verdict that would turn.
#[derive(Debug, Serialize, ToSchema)]
struct FlipBody {
    kind: &'static str,
    /// The start of the period.
    time: String,
    /// By the rules in force.
    present: OutcomeBody,
    /// By the others.
    other: OutcomeBody,
    /// `worse`, `better`, or `other` when only one of the rules gives a verdict.
    direction: &'static str,
}

/// Event `step`: what a month, or a longer period, of one point came to.
#[derive(Debug, Serialize, ToSchema)]
struct SimulationStepBody {
    /// Steps done, of so many.
    done: usize,
    steps: usize,
    point_id: i64,
    /// Site and point in both languages.
    point_zh: String,
    point_en: String,
    /// The county of its site.
    county: String,
    is_simulated: bool,
    /// Verdicts judged both ways.
    judged: u64,
    /// Another index or other deciding items of the same level.
    shifted: u64,
    worse: usize,
    better: usize,
    other: usize,
    /// Days whose records were removed by retention.
    removed_days: u64,
    /// What would turn; of all steps the first 5000 are named, all are counted.
    flips: Vec<FlipBody>,
}

/// Event `end`: what all steps came to.
#[derive(Debug, Serialize, ToSchema)]
struct SimulationEndBody {
    kind: &'static str,
    points: usize,
    points_turned: usize,
    judged: u64,
    worse: u64,
    better: u64,
    other: u64,
    shifted: u64,
    removed_days: u64,
}

/// Event `problem`: it could not go on.
#[derive(Debug, Serialize, ToSchema)]
struct SimulationProblemBody {
    code: String,
    detail: String,
}

/// What may come, by the name of the event.
#[derive(Debug, Serialize, ToSchema)]
struct SimulationEvents {
    step: SimulationStepBody,
    end: SimulationEndBody,
    problem: SimulationProblemBody,
}

/// A simulation on its way out.
struct Run {
    simulation: Simulation,
    state: ApiState,
    directory: Arc<DeviceDirectory>,
    done: usize,
    listed: usize,
    _turn: OwnedSemaphorePermit,
}

impl Run {
    /// Goes on while somebody reads: it ends with its last event, when the stream is closed, or when
    /// nobody takes an event for a minute, so that a reader that hangs holds no turn.
    fn start(mut self) -> mpsc::Receiver<Event> {
        let (sender, receiver) = mpsc::channel(AHEAD);
        tokio::spawn(async move {
            loop {
                let (event, goes_on) = self.next().await;
                let taken = tokio::time::timeout(PATIENCE, sender.send(event)).await;
                if !goes_on || !matches!(taken, Ok(Ok(()))) {
                    break;
                }
            }
        });
        receiver
    }

    /// The next event, and whether more may follow.
    async fn next(&mut self) -> (Event, bool) {
        match self.simulation.next_step().await {
            Ok(Some(step)) => (event("step", &self.body(&step)), true),
            Ok(None) => (event("end", &self.end()), false),
            Err(error) => {
                tracing::error!(%error, "a simulation of verdicts broke off");
                let (code, detail) = ApiProblem::from(error).into_words();
                (
                    event("problem", &SimulationProblemBody { code, detail }),
                    false,
                )
            }
        }
    }

    fn body(&mut self, step: &SimulationStep) -> SimulationStepBody {
        self.done += 1;
        let names = Names::new(&self.state, &self.directory);
        let point = self.directory.point(PointId(step.point_id));
        let (point_zh, point_en) = point.map(|point| point_names(point)).unwrap_or_default();
        let count = |word: &str| {
            (step.flips.iter())
                .filter(|flip| flip.direction.as_str() == word)
                .count()
        };
        let medium = point.map(|point| point.details.medium);
        let most = MOST_LISTED.saturating_sub(self.listed);
        let flips: Vec<FlipBody> = (step.flips.iter())
            .take(most)
            .map(|flip| flip_body(&names, medium, flip))
            .collect();
        self.listed += flips.len();
        SimulationStepBody {
            done: self.done,
            steps: self.simulation.steps(),
            point_id: step.point_id,
            point_zh,
            point_en,
            county: point
                .and_then(|point| point.region_code().as_str().get(..6))
                .unwrap_or_default()
                .to_owned(),
            is_simulated: point.is_some_and(|point| point.is_simulated()),
            judged: step.judged,
            shifted: step.shifted,
            worse: count("worse"),
            better: count("better"),
            other: count("other"),
            removed_days: step.removed_days,
            flips,
        }
    }

    fn end(&self) -> SimulationEndBody {
        let totals = self.simulation.totals();
        SimulationEndBody {
            kind: self.simulation.kind().as_str(),
            points: totals.points,
            points_turned: totals.points_turned,
            judged: totals.judged,
            worse: totals.worse,
            better: totals.better,
            other: totals.other,
            shifted: totals.shifted,
            removed_days: totals.removed_days,
        }
    }
}

fn flip_body(names: &Names<'_>, medium: Option<Medium>, flip: &Flip) -> FlipBody {
    FlipBody {
        kind: flip.kind.as_str(),
        time: flip.time.to_string(),
        present: names.outcome(medium, &flip.present),
        other: names.outcome(medium, &flip.other),
        direction: flip.direction.as_str(),
    }
}

impl SimulationBody {
    fn request(&self) -> Result<SimulationRequest, ApiProblem> {
        let medium: Medium = self
            .medium
            .parse()
            .map_err(|_unknown| ApiProblem::invalid("/medium", "unknown_word", "no such medium"))?;
        let kind: Option<VerdictKind> = (self.kind.as_deref())
            .map(parse_kind)
            .transpose()
            .map_err(at_pointer)?;
        let target_class: Option<WaterClass> = self
            .target_class
            .map(|number| {
                class_of_number(number)
                    .filter(|_| number <= 5)
                    .ok_or_else(|| ApiProblem::invalid("/target_class", "invalid", "is 1 to 5"))
            })
            .transpose()?;
        Ok(SimulationRequest {
            medium,
            kind,
            from: day("/from", &self.from)?,
            to: day("/to", &self.to)?,
            region: parse_region(self.region.as_deref()).map_err(at_pointer)?,
            point_id: self.point_id,
            target_class,
        })
    }

    /// The rules in force with the others in their place.
    fn other_rules(&self, present: &Rulebook) -> Result<Rulebook, ApiProblem> {
        let limits = self
            .with_limits
            .as_deref()
            .filter(|text| !text.trim().is_empty());
        if limits.is_some_and(|text| text.len() > LONGEST_LIMITS) {
            let detail = format!("at most {LONGEST_LIMITS} bytes");
            return Err(ApiProblem::invalid("/with_limits", "too_many", detail));
        }
        let rules_of = (self.with_rules_of.as_deref())
            .filter(|text| !text.is_empty())
            .map(|text| day("/with_rules_of", text))
            .transpose()?;
        if limits.is_none() && rules_of.is_none() && self.target_class.is_none() {
            return Err(ApiProblem::invalid(
                "/with_limits",
                "missing",
                "say what would be different: with_limits, with_rules_of or target_class",
            ));
        }
        let other = match limits {
            Some(text) => (present.with_other_limits("with_limits", text))
                .map_err(|error| at_pointer(error.into()))?,
            None => (present.with_own_tables()).map_err(|error| ApiProblem::internal(&error))?,
        };
        Ok(match rules_of {
            Some(day) => other.as_of(day.date()),
            None => other,
        })
    }
}

fn at_pointer(problem: ApiProblem) -> ApiProblem {
    problem.under("/")
}

fn day(pointer: &str, text: &str) -> Result<StatDay, ApiProblem> {
    let date: CivilDate = text
        .parse()
        .map_err(|error| ApiProblem::invalid(pointer, "not_a_date", format!("{error}")))?;
    Ok(StatDay::of(date))
}

/// Judges stored records by the rules in force and by others, and streams what would turn: `step` for
/// each month of each point, `end` with the sums, `problem` when it cannot go on. Nothing is written.
/// Closing the stream ends the work. Two may run at once; who comes later waits.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    post,
    path = "/verdict-simulations",
    tag = "verdicts",
    request_body = SimulationBody,
    responses(
        (status = 200, description = "Server-sent events; the data of each is JSON.",
            body = SimulationEvents, content_type = "text/event-stream"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn simulate_verdicts(
    State(state): State<ApiState>,
    actor: CurrentActor,
    pass: Option<axum::Extension<Pass>>,
    Json(body): Json<SimulationBody>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiProblem> {
    actor.check(Permission::ReadData)?;
    let request = body.request()?;
    let other = Arc::new(body.other_rules(&state.rulebook)?);
    let directory = state.directory.current();
    let simulation = Simulation::prepare(
        (&state.database, Arc::clone(&directory)),
        &actor,
        &request,
        (Arc::clone(&state.rulebook), other),
        state.now(),
    )
    .await
    .map_err(|error| at_pointer(error.into()))?;
    let end = until_refused(
        state.accounts.clone(),
        pass.map(|axum::Extension(pass)| pass),
        actor.0.clone(),
    );
    let turn = state.turns.take_simulation().await;
    let run = Run {
        simulation,
        state,
        directory,
        done: 0,
        listed: 0,
        _turn: turn,
    };
    let events = ReceiverStream::new(run.start());
    Ok(Sse::new(events.take_until(Box::pin(end)).map(Ok)).keep_alive(KeepAlive::default()))
}
