//! What to do next with each gap: whom to ask for which span, or why to wait. Pure decisions.

use std::collections::{BTreeMap, HashMap};

use beijing_time::{MINUTE_MS, Timestamp};
use sites::{DeviceDirectory, DeviceId, PeriodLabel, PointId};

use super::expected::period_length;
use super::{Gap, GapReason, GapSettings, GapState};
use crate::RecordKind;

/// A device as far as asking it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GapDevice {
    /// Since when it has been connected without a break; none when it is not.
    pub online_since: Option<Timestamp>,
    /// Whether it may be asked for history at all.
    pub has_history: bool,
    /// When it last sent missing data although nobody had asked.
    pub resent_at: Option<Timestamp>,
    /// Requests that went to it in the last hour.
    pub requests_in_hour: u32,
}

/// A request to make: one span of one kind from one device, for one or more gaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GapRequest {
    /// The device.
    pub device_id: i64,
    /// The kind.
    pub kind: RecordKind,
    /// The places of its gaps in the list planned from.
    pub gaps: Vec<usize>,
}

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is under way, or what it brought may still be on its way into the records.
    UnderWay,
    /// The device has done it.
    Done,
    /// The device says that it has no data.
    NoData,
    /// The device refused it or failed.
    Refused,
    /// The device did not answer.
    NoAnswer,
    /// It never left: the device was away, or somebody took it back.
    NotSent,
}

/// Decides about all open gaps: sets the reason why each waits, gives up what is too old, and
/// returns the requests to make. The gaps of a request are still open: mark them when it is sent.
pub fn plan_requests(
    gaps: &mut [Gap],
    device_of: impl Fn(i64) -> GapDevice,
    settings: &GapSettings,
    now: Timestamp,
) -> Vec<GapRequest> {
    let asked: Vec<i64> = gaps
        .iter()
        .filter(|gap| gap.state == GapState::Requested)
        .map(|gap| gap.device_id)
        .collect();
    let mut resent: HashMap<i64, Timestamp> = HashMap::new();
    for gap in gaps.iter() {
        if let Some(at) = gap.resent_at {
            let last = resent.entry(gap.device_id).or_insert(at);
            *last = at.max(*last);
        }
    }
    // by device: hours first, then days, then minutes; the latest window of a kind first
    let mut wanted: BTreeMap<i64, BTreeMap<(u8, i64), Vec<usize>>> = BTreeMap::new();
    for (place, gap) in gaps.iter_mut().enumerate() {
        if gap.state != GapState::Open {
            continue;
        }
        let device = device_of(gap.device_id);
        let look = Look {
            device,
            resent_at: device.resent_at.max(resent.get(&gap.device_id).copied()),
            settings,
            now,
        };
        match look.decide(gap) {
            Decision::Stay => {}
            Decision::Expire => gap.close(GapState::GivenUp, GapReason::Expired, now),
            Decision::Wait(reason) => gap.wait(reason, now),
            Decision::Ask => {
                if asked.contains(&gap.device_id) {
                    gap.wait(GapReason::InTurn, now);
                    continue;
                }
                let rank = match gap.kind {
                    RecordKind::Hour => 0,
                    RecordKind::Day => 1,
                    _ => 2,
                };
                let window = settings.of(gap.kind).window_of(gap.from).0;
                wanted
                    .entry(gap.device_id)
                    .or_default()
                    .entry((rank, -window.epoch_ms()))
                    .or_default()
                    .push(place);
            }
        }
    }
    let mut room = usize::try_from(settings.requests_at_once)
        .unwrap_or(usize::MAX)
        .saturating_sub(count_requests(gaps));
    let mut requests = Vec::new();
    for (device_id, windows) in wanted {
        let mut is_first = true;
        for places in windows.into_values() {
            let Some(kind) = places
                .first()
                .and_then(|place| Some(gaps.get(*place)?.kind))
            else {
                continue;
            };
            if is_first && room > 0 {
                room -= 1;
                requests.push(GapRequest {
                    device_id,
                    kind,
                    gaps: places,
                });
            } else {
                for place in places {
                    if let Some(gap) = gaps.get_mut(place) {
                        gap.wait(GapReason::InTurn, now);
                    }
                }
            }
            is_first = false;
        }
    }
    requests
}

/// Requests under way: gaps asked for with one command count once.
fn count_requests(gaps: &[Gap]) -> usize {
    let mut commands: Vec<_> = gaps
        .iter()
        .filter(|gap| gap.state == GapState::Requested)
        .filter_map(|gap| gap.command_id)
        .collect();
    commands.sort_unstable();
    commands.dedup();
    commands.len()
}

enum Decision {
    /// The reason that stands holds on.
    Stay,
    Wait(GapReason),
    Expire,
    Ask,
}

struct Look<'a> {
    device: GapDevice,
    resent_at: Option<Timestamp>,
    settings: &'a GapSettings,
    now: Timestamp,
}

impl Look<'_> {
    fn decide(&self, gap: &Gap) -> Decision {
        let (settings, now) = (self.settings, self.now);
        let of_kind = settings.of(gap.kind);
        let since = |seconds: u32| now.plus_ms(-i64::from(seconds) * 1000);
        let oldest = now.plus_ms(-of_kind.lookback_ms());
        // an old gap that somebody asks for by hand has a new `next_at` and is asked for once
        if gap.to < oldest && (gap.attempts > 0 || gap.next_at < oldest) {
            return Decision::Expire;
        }
        if !settings.requests {
            return Decision::Wait(GapReason::RequestsOff);
        }
        if !self.device.has_history {
            return Decision::Wait(GapReason::HistoryOff);
        }
        if gap.next_at > now {
            return Decision::Stay;
        }
        let Some(online_since) = self.device.online_since else {
            return Decision::Wait(GapReason::NotConnected);
        };
        if online_since > since(settings.settle_s) {
            return Decision::Wait(GapReason::Settling);
        }
        if self.is_growing(gap) {
            return Decision::Wait(GapReason::Growing);
        }
        if self
            .resent_at
            .is_some_and(|at| at > since(settings.quiet_s))
        {
            return Decision::Wait(GapReason::DeviceResends);
        }
        if self.device.requests_in_hour >= settings.requests_per_hour {
            return Decision::Wait(GapReason::Budget);
        }
        Decision::Ask
    }

    /// Minutes and hours that do not come are asked for when they come again or their window is
    /// over, lest each new one be asked for alone.
    fn is_growing(&self, gap: &Gap) -> bool {
        if gap.kind == RecordKind::Day || gap.attempts > 0 {
            return false;
        }
        let of_kind = self.settings.of(gap.kind);
        let length = gap.to.ms_since(gap.from) / gap.periods.max(1);
        let edge = self.now.plus_ms(-of_kind.grace_ms());
        gap.to.plus_ms(length) > edge && gap.to < of_kind.window_of(gap.from).1
    }
}

/// Decides what becomes of a gap that was asked for, once its request has ended. Call it after a
/// scan: what the request brought is then counted.
pub fn judge_request(gap: &mut Gap, outcome: Outcome, settings: &GapSettings, now: Timestamp) {
    let reason = match outcome {
        Outcome::UnderWay => return,
        Outcome::NotSent => {
            gap.attempts = gap.attempts.saturating_sub(1);
            gap.wait(GapReason::NotConnected, now);
            return;
        }
        Outcome::Done => GapReason::StillMissing,
        Outcome::NoData => GapReason::NoData,
        Outcome::Refused => GapReason::Refused,
        Outcome::NoAnswer => GapReason::NoAnswer,
    };
    let oldest = now.plus_ms(-settings.of(gap.kind).lookback_ms());
    if gap.attempts >= settings.max_attempts || gap.to < oldest {
        gap.close(GapState::GivenUp, reason, now);
        return;
    }
    let doublings = gap.attempts.saturating_sub(1).min(16);
    let pause_ms = (i64::from(settings.back_off_s) * 1000) << doublings;
    gap.next_at = now.plus_ms(pause_ms);
    gap.wait(reason, now);
}

/// First and last label of the span of some gaps, in the words of their device: by start or by
/// end of the period, in the time zone of its clock.
pub fn compute_label_span<'a>(
    directory: &DeviceDirectory,
    gaps: impl Iterator<Item = &'a Gap>,
) -> Option<(Timestamp, Timestamp)> {
    let mut span: Option<(Timestamp, Timestamp)> = None;
    for gap in gaps {
        let device = directory.device(DeviceId(gap.device_id))?;
        let point = directory.point(PointId(gap.point_id))?;
        let length = period_length(point, gap.kind)?;
        let label_ms = match device.period_label(point) {
            PeriodLabel::Start => 0,
            PeriodLabel::End => length,
        };
        let shift_ms = label_ms - i64::from(device.quirks.time_shift_minutes) * MINUTE_MS;
        let (from, to) = (
            gap.from.plus_ms(shift_ms),
            gap.to.plus_ms(shift_ms - length),
        );
        span = Some(span.map_or((from, to), |(first, last)| (first.min(from), last.max(to))));
    }
    span
}
