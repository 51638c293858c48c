//! Live values, alarms and devices as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use access::{Actor, Permission, Scope};
use alarms::AlarmChange;
use axum::extract::State;
use axum::response::Sse;
use axum::response::sse::{Event, KeepAlive};
use commands::DeviceEvent;
use futures_util::stream::{Stream, StreamExt};
use monitoring::InterpretedBatch;
use serde::Serialize;
use sites::{DeviceDirectory, DeviceId, PointId};
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use verdicts::VerdictNews;

use crate::accounts::AccountsGate;
use crate::actor::CurrentActor;
use crate::gate::Pass;
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

/// How often a stream looks whether its session still stands.
const LOOK_AGAIN: Duration = Duration::from_secs(20);

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new().routes(routes!(stream_live))
}

/// Event `value`: a record that has just been interpreted.
#[derive(Debug, Serialize, ToSchema)]
struct ValueEvent {
    point_id: i64,
    /// `realtime`, `minute`, `hour`, `day`…
    kind: &'static str,
    time: String,
    packet_id: String,
    /// Whether it tells of the past: late, re-sent or replayed.
    is_historical: bool,
    values: Vec<LiveReading>,
}

#[derive(Debug, Serialize, ToSchema)]
struct LiveReading {
    factor_code: String,
    value: Option<String>,
    flag: Option<String>,
}

/// Event `alarm`: something happened to an alarm.
#[derive(Debug, Serialize, ToSchema)]
struct AlarmEventBody {
    id: String,
    /// `opened`, `recovered`, `closed`…
    event: &'static str,
    at: String,
    severity: &'static str,
    kind: Option<&'static str>,
    point_id: Option<i64>,
    factor_code: String,
    /// Whether nobody is called.
    is_silent: bool,
}

/// Event `device`: a device came or went.
#[derive(Debug, Serialize, ToSchema)]
struct DeviceEventBody {
    device_id: i64,
    is_online: bool,
    at: String,
    /// The points it serves.
    point_ids: Vec<i64>,
}

/// Event `verdict`: a verdict of a point is new, or is not the same any more.
#[derive(Debug, Serialize, ToSchema)]
struct VerdictEventBody {
    point_id: i64,
    /// `hour`, `day`, `month` or `year`.
    kind: &'static str,
    time: String,
    /// The number of the change, when one that had been given changed.
    change_id: Option<i64>,
}

/// Event `system`: something about this stream itself.
#[derive(Debug, Serialize, ToSchema)]
struct SystemEvent {
    /// `missed`: the client was too slow and did not get everything; load anew.
    what: &'static str,
    count: u64,
}

/// What a stream may show: the actor's part of the city.
#[derive(Debug, Clone)]
struct View {
    state: ApiState,
    actor: Actor,
}

impl View {
    fn covers(&self, directory: &DeviceDirectory, point_id: i64) -> bool {
        directory
            .point(PointId(point_id))
            .is_some_and(|point| point.is_covered_by(&self.actor.scope))
    }

    fn values(&self, batch: &InterpretedBatch) -> Vec<Event> {
        let directory = self.state.directory.current();
        batch
            .records
            .iter()
            .filter(|record| self.covers(&directory, record.point_id))
            .map(|record| {
                let values = record
                    .payload
                    .readings()
                    .into_iter()
                    .map(|reading| LiveReading {
                        factor_code: reading.code.to_string(),
                        value: reading
                            .main_value()
                            .map(|(_field, value)| value.text().into_owned()),
                        flag: reading.flag.as_deref().map(str::to_owned),
                    })
                    .collect();
                event(
                    "value",
                    &ValueEvent {
                        point_id: record.point_id,
                        kind: record.kind.as_str(),
                        time: record.time.to_string(),
                        packet_id: record.packet_id.to_string(),
                        is_historical: record.marks.is_historical(),
                        values,
                    },
                )
            })
            .collect()
    }

    fn alarm(&self, change: &AlarmChange) -> Option<Event> {
        // what is about no point is the platform's own and is for those who see everything
        let is_visible = match change.point_id {
            Some(point_id) => self.covers(&self.state.directory.current(), point_id),
            None => self.actor.scope == Scope::Everything,
        };
        is_visible.then(|| {
            event(
                "alarm",
                &AlarmEventBody {
                    id: change.alarm_id.to_string(),
                    event: change.event.as_str(),
                    at: change.at.to_string(),
                    severity: change.severity.as_str(),
                    kind: change.kind.map(alarms::AlarmKind::as_str),
                    point_id: change.point_id,
                    factor_code: change.factor_code.clone(),
                    is_silent: change.is_silent,
                },
            )
        })
    }

    fn verdicts(&self, news: &[VerdictNews]) -> Vec<Event> {
        let directory = self.state.directory.current();
        news.iter()
            .filter(|one| self.covers(&directory, one.point_id))
            .map(|one| {
                event(
                    "verdict",
                    &VerdictEventBody {
                        point_id: one.point_id,
                        kind: one.kind.as_str(),
                        time: one.time.to_string(),
                        change_id: one.change_id,
                    },
                )
            })
            .collect()
    }

    fn device(&self, change: &DeviceEvent) -> Option<Event> {
        let directory = self.state.directory.current();
        let device = directory.device(DeviceId(change.device_id))?;
        let served = device.point_ids(change.at);
        let point_ids: Vec<i64> = served
            .iter()
            .map(|point_id| point_id.0)
            .filter(|point_id| self.covers(&directory, *point_id))
            .collect();
        (!point_ids.is_empty()).then(|| {
            event(
                "device",
                &DeviceEventBody {
                    device_id: change.device_id,
                    is_online: change.is_online,
                    at: change.at.to_string(),
                    point_ids,
                },
            )
        })
    }
}

pub(crate) fn event(name: &str, body: &impl Serialize) -> Event {
    // plain data always becomes JSON
    Event::default()
        .event(name)
        .json_data(body)
        .unwrap_or_else(|_never| Event::default().event(name))
}

/// Completes when the stream's session or token has ended, or allows something else than when it
/// began: at once when this process changed it, otherwise at the next look.
pub(crate) async fn until_refused(
    accounts: Option<Arc<AccountsGate>>,
    pass: Option<Pass>,
    actor: Actor,
) {
    let (Some(accounts), Some(pass)) = (accounts, pass) else {
        return std::future::pending().await;
    };
    let mut changes = accounts.context.changes.listen();
    // looked at first: something may have changed between the gate and here
    while pass.holds(&accounts, &actor).await {
        // the bell cannot break: the gate holds it as long as this waits
        let _rung = tokio::time::timeout(LOOK_AGAIN, changes.changed()).await;
    }
}

fn missed(error: &BroadcastStreamRecvError) -> Event {
    let BroadcastStreamRecvError::Lagged(count) = error;
    event(
        "system",
        &SystemEvent {
            what: "missed",
            count: *count,
        },
    )
}

/// Streams what happens: `value` for each interpreted record, `alarm` for each change of an alarm,
/// `device` for each device that comes or goes, `verdict` for each verdict that is new or not the same
/// any more, `system` when the client missed something.
///
/// *Permissions*: `data.read`, `alarms.read`.
#[utoipa::path(
    get,
    path = "/live",
    tag = "live",
    responses(
        (status = 200, description = "Server-sent events; the data of each is JSON.",
            body = ValueEvent, content_type = "text/event-stream"),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn stream_live(
    State(state): State<ApiState>,
    actor: CurrentActor,
    pass: Option<axum::Extension<Pass>>,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, ApiProblem> {
    actor.check(Permission::ReadData)?;
    actor.check(Permission::ReadAlarms)?;
    let end = until_refused(
        state.accounts.clone(),
        pass.map(|axum::Extension(pass)| pass),
        actor.0.clone(),
    );
    let view = View {
        state: state.clone(),
        actor: actor.0,
    };
    let (for_values, for_alarms) = (view.clone(), view.clone());
    let (for_verdicts, for_devices) = (view.clone(), view);
    let values = BroadcastStream::new(state.feed.subscribe()).flat_map(move |batch| {
        futures_util::stream::iter(match batch {
            Ok(batch) => for_values.values(&batch),
            Err(error) => vec![missed(&error)],
        })
    });
    let alarms = BroadcastStream::new(state.alarm_feed.subscribe()).filter_map(move |change| {
        std::future::ready(match change {
            Ok(change) => for_alarms.alarm(&change),
            Err(error) => Some(missed(&error)),
        })
    });
    let devices = BroadcastStream::new(state.connections.watch()).filter_map(move |change| {
        std::future::ready(match change {
            Ok(change) => for_devices.device(&change),
            Err(error) => Some(missed(&error)),
        })
    });
    let verdicts = BroadcastStream::new(state.verdict_feed.subscribe()).flat_map(move |news| {
        futures_util::stream::iter(match news {
            Ok(news) => for_verdicts.verdicts(&news),
            Err(error) => vec![missed(&error)],
        })
    });
    let data = futures_util::stream::select(values, verdicts);
    let all = futures_util::stream::select(futures_util::stream::select(data, alarms), devices)
        .take_until(Box::pin(end))
        .map(Ok);
    Ok(Sse::new(all).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}
