//! Verdicts follow the data, what points are judged against, and the command to recompute. Each goes
//! through the same function, so that they come to the same bits.

mod write;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use access::Actor;
use beijing_time::{StatDay, Timestamp};
use database::Database;
use monitoring::changes::{ChangeCause, HourChange, list_hour_changes, take_hour_changes};
use monitoring::retention::Removals;
use monitoring::{Layer, Record, RecordKind, RecordsRequest, load_records};
use sites::{DeviceDirectory, DirectoryPoint, Medium, PointId};
use sm3::{Digest, Sm3};

use crate::judge::{Bench, Judgements, is_judged};
use crate::minutes::{Minutes, interval_of};
use crate::store::{settings, years};
use crate::{Cause, Outcome, PointSetting, Rulebook, VerdictKind, VerdictsError};
use write::Writer;

/// Days whose hours are loaded at once.
pub(crate) const MOST_DAYS: i64 = 31;
/// How far back a change of what a point is judged against is followed by itself.
const MOST_BACK_DAYS: i64 = 400;

/// What verdicts are computed with.
#[derive(Debug, Clone, Copy)]
pub struct VerdictsContext<'a> {
    /// The store.
    pub database: &'a Database,
    /// Points, factors and limits.
    pub directory: &'a DeviceDirectory,
    /// The parameters in use.
    pub rulebook: &'a Rulebook,
    /// The present instant.
    pub now: Timestamp,
}

/// A verdict that is new or not the same any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictNews {
    /// The point.
    pub point_id: i64,
    /// The period.
    pub kind: VerdictKind,
    /// Its start.
    pub time: Timestamp,
    /// What it says, without items.
    pub outcome: Outcome,
    /// The number of the change, when one that had been given changed.
    pub change_id: Option<i64>,
}

/// What a run did.
#[derive(Debug, Clone, Default)]
pub struct Followed {
    /// Changes of hours, or points, that were taken in.
    pub taken: usize,
    /// Verdicts written.
    pub written: usize,
    /// Rows of the list of changes.
    pub changed: usize,
    /// What to tell.
    pub news: Vec<VerdictNews>,
}

impl Followed {
    fn add(&mut self, other: Self) {
        self.taken += other.taken;
        self.written += other.written;
        self.changed += other.changed;
        self.news.extend(other.news);
    }
}

/// Why the periods of a time are computed.
type Causes = [(Timestamp, Timestamp, Cause)];

fn find_cause(causes: &Causes, from: Timestamp, to: Timestamp) -> Cause {
    causes
        .iter()
        .rev()
        .find(|(begin, end, _)| *begin < to && from < *end)
        .map_or(Cause::Recompute, |(_, _, cause)| *cause)
}

/// Takes in hours that have changed, at most so many changes, and computes what follows from them.
/// Only one may run at a time.
///
/// # Errors
/// [`VerdictsError`]; what waited then still waits.
pub async fn follow_changes(
    context: &VerdictsContext<'_>,
    most: u32,
) -> Result<Followed, VerdictsError> {
    let waiting = list_hour_changes(context.database, most).await?;
    let mut of_point: BTreeMap<i64, Vec<HourChange>> = BTreeMap::new();
    for change in &waiting {
        of_point.entry(change.point_id).or_default().push(*change);
    }
    let set = settings::list(context.database).await?;
    let mut followed = Followed::default();
    for (point_id, taken) in of_point {
        let point = context
            .directory
            .point(PointId(point_id))
            .filter(|point| is_judged(point.details.medium));
        let Some(point) = point else {
            let mut transaction = context.database.begin().await?;
            take_hour_changes(&mut transaction, &taken).await?;
            transaction.commit().await?;
            continue;
        };
        let mut days = BTreeSet::new();
        let mut causes = Vec::new();
        for change in &taken {
            let last = change.to.plus_ms(-1).stat_day().number();
            days.extend(change.from.stat_day().number()..=last);
            causes.push((
                change.from,
                change.to,
                match change.cause {
                    ChangeCause::Packet(id) => Cause::Packet(id.0),
                    ChangeCause::Review(id) => Cause::Review(id),
                },
            ));
        }
        let work = Work {
            context,
            point: point.as_ref(),
            setting: setting_of(&set, point_id),
            causes: &causes,
            is_whole: false,
        };
        followed.add(work.compute(&days, &taken).await?);
    }
    followed.taken = waiting.len();
    Ok(followed)
}

/// What points are judged against, with its revision.
type Settings = BTreeMap<i64, (PointSetting, i64)>;

/// The setting of a point; one that nobody made is the usual.
fn setting_of(set: &Settings, point_id: i64) -> PointSetting {
    set.get(&point_id)
        .map_or_else(PointSetting::default, |(of, _)| *of)
}

/// What a run of [`follow_settings`] leaves for the next: as long as neither the register nor a
/// setting changes, nothing is compared a second time.
#[derive(Debug, Default)]
pub struct SettingsProgress {
    /// The version of the register and the settings that all points were compared with.
    compared: Option<(i64, Settings)>,
    /// The points that are judged otherwise now, the next one last.
    waiting: Vec<PointId>,
}

/// Computes again the last 400 days of the first point of which the verdicts were computed by
/// something else than what holds now: its factors and units, limits, target. Says by
/// [`Followed::taken`] whether there was one.
///
/// # Errors
/// [`VerdictsError`]; the point is then looked at again.
pub async fn follow_settings(
    context: &VerdictsContext<'_>,
    progress: &mut SettingsProgress,
) -> Result<Followed, VerdictsError> {
    let now = (
        context.directory.version(),
        settings::list(context.database).await?,
    );
    if progress.compared.as_ref() != Some(&now) {
        let marks = settings::list_marks(context.database).await?;
        progress.waiting = sorted_points(context.directory)
            .iter()
            .rev()
            .filter(|point| {
                let id = point.id.0;
                marks.get(&id) != Some(&facts_of(point, setting_of(&now.1, id)))
            })
            .map(|point| point.id)
            .collect();
        progress.compared = Some(now.clone());
    }
    let next = progress
        .waiting
        .last()
        .and_then(|id| context.directory.point(*id));
    let Some(point) = next else {
        return Ok(Followed::default());
    };
    let setting = setting_of(&now.1, point.id.0);
    let last = context.now.stat_day();
    let days: BTreeSet<i64> = (last.number() - MOST_BACK_DAYS..=last.number()).collect();
    let causes = [(
        last.plus(-MOST_BACK_DAYS).start(),
        last.end(),
        Cause::Setting,
    )];
    let work = Work {
        context,
        point: point.as_ref(),
        setting,
        causes: &causes,
        is_whole: true,
    };
    let mut followed = work.compute(&days, &[]).await?;
    let mut transaction = context.database.begin().await?;
    settings::put_mark(&mut transaction, point.id.0, &facts_of(point, setting)).await?;
    transaction.commit().await?;
    progress.waiting.pop();
    followed.taken = 1;
    Ok(followed)
}

/// Computes the verdicts of days again for all points, or one, from the records that are there.
///
/// # Errors
/// [`VerdictsError`]; points that were done stay done.
pub async fn recompute(
    context: &VerdictsContext<'_>,
    point_id: Option<i64>,
    (from, to): (StatDay, StatDay),
    mut tell: impl FnMut(i64, &Followed),
) -> Result<Followed, VerdictsError> {
    let set = settings::list(context.database).await?;
    let days: BTreeSet<i64> = (from.number()..=to.number()).collect();
    let mut all = Followed::default();
    for point in sorted_points(context.directory) {
        let id = point.id.0;
        if point_id.is_some_and(|wanted| wanted != id) {
            continue;
        }
        let work = Work {
            context,
            point: &point,
            setting: setting_of(&set, id),
            causes: &[],
            is_whole: true,
        };
        let mut followed = work.compute(&days, &[]).await?;
        followed.taken = 1;
        // nobody listens to a command
        followed.news.clear();
        tell(id, &followed);
        all.add(followed);
    }
    Ok(all)
}

fn sorted_points(directory: &DeviceDirectory) -> Vec<Arc<DirectoryPoint>> {
    let mut points: Vec<_> = directory
        .points()
        .filter(|point| is_judged(point.details.medium))
        .cloned()
        .collect();
    points.sort_by_key(|point| point.id);
    points
}

/// What of a point its verdicts are computed by, besides records and the set of parameters.
fn facts_of(point: &DirectoryPoint, setting: PointSetting) -> String {
    let mut hasher = Sm3::new();
    let mut put = |text: &str| {
        hasher.update((text.len() as u64).to_be_bytes());
        hasher.update(text.as_bytes());
    };
    put(point.details.medium.as_str());
    put(&setting.facts());
    for factor in &point.factors {
        put(&factor.factor_code);
        put(&factor.unit);
        put(&factor.decimals.to_string());
    }
    for (_, limit) in &point.limits {
        put(&format!("{limit:?}"));
    }
    let hash: [u8; 32] = hasher.finalize().into();
    let first = hash.first_chunk::<8>().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(first))
}

/// The records of a time in the layer that counts.
async fn load_kind(
    context: &VerdictsContext<'_>,
    (point_id, kind): (i64, RecordKind),
    (from, to): (Timestamp, Timestamp),
) -> Result<Vec<Record>, VerdictsError> {
    let request = RecordsRequest {
        layer: Layer::Effective,
        ..RecordsRequest::new(point_id, kind, from, to)
    };
    let actor = Actor::system("verdicts");
    Ok(load_records(context.database, context.directory, &actor, request).await?)
}

/// Whether records that the verdicts of a day rest on were removed by retention.
pub(crate) fn are_inputs_removed(
    removals: &Removals,
    point: &DirectoryPoint,
    setting: PointSetting,
    day: StatDay,
) -> bool {
    removals.has(RecordKind::Hour, day.start())
        || (interval_of(point, setting).is_some() && removals.has(RecordKind::Minute, day.start()))
}

/// The hour records of a time in the layer that counts.
pub(crate) async fn load_hours(
    context: &VerdictsContext<'_>,
    point_id: i64,
    span: (Timestamp, Timestamp),
) -> Result<Vec<Record>, VerdictsError> {
    load_kind(context, (point_id, RecordKind::Hour), span).await
}

/// The imported day records of a time: what judges a day that has no hours at all. A day's record
/// that a device sent never does.
pub(crate) async fn load_imported_days(
    context: &VerdictsContext<'_>,
    point_id: i64,
    span: (Timestamp, Timestamp),
) -> Result<Vec<Record>, VerdictsError> {
    let mut days = load_kind(context, (point_id, RecordKind::Day), span).await?;
    days.retain(|record| record.packet_id.import_id().is_some());
    Ok(days)
}

/// One point's days to be computed.
struct Work<'a> {
    context: &'a VerdictsContext<'a>,
    point: &'a DirectoryPoint,
    setting: PointSetting,
    causes: &'a Causes,
    /// Whether months and years are computed even when no day of theirs changed.
    is_whole: bool,
}

impl Work<'_> {
    /// Computes days and what follows from them; what led here is taken out with the last of them.
    async fn compute(
        &self,
        days: &BTreeSet<i64>,
        taken: &[HourChange],
    ) -> Result<Followed, VerdictsError> {
        let removals = Removals::load(self.context.database).await?;
        let days: Vec<StatDay> = days
            .iter()
            .map(|day| StatDay::from_number(*day))
            // of what was removed by retention the verdicts stay as they were given
            .filter(|day| !are_inputs_removed(&removals, self.point, self.setting, *day))
            .collect();
        let mut followed = Followed::default();
        let mut rest = days.as_slice();
        while let Some(first) = rest.first() {
            let count = rest.partition_point(|day| *day < first.plus(MOST_DAYS));
            let (part, after) = rest.split_at(count);
            rest = after;
            let last = if rest.is_empty() { taken } else { &[] };
            followed.add(self.compute_part(part, last).await?);
        }
        if days.is_empty() && !taken.is_empty() {
            let mut transaction = self.context.database.begin().await?;
            take_hour_changes(&mut transaction, taken).await?;
            transaction.commit().await?;
        }
        Ok(followed)
    }

    async fn compute_part(
        &self,
        days: &[StatDay],
        taken: &[HourChange],
    ) -> Result<Followed, VerdictsError> {
        let (Some(first), Some(last)) = (days.first(), days.last()) else {
            return Ok(Followed::default());
        };
        let span = (first.start(), last.end());
        let minutes = Minutes::load(self.context, self.point, self.setting, span).await?;
        let bench = Bench {
            rulebook: self.context.rulebook,
            point: self.point,
            setting: self.setting,
            minutes: &minutes,
            is_told: false,
        };
        let records = load_hours(self.context, self.point.id.0, span).await?;
        let mut judgements = Judgements::new();
        let mut without_hours = Vec::new();
        for day in days {
            let from = records.partition_point(|record| record.time < day.start());
            let to = records.partition_point(|record| record.time < day.end());
            let of_day = records.get(from..to).unwrap_or_default();
            if of_day.is_empty() {
                without_hours.push(*day);
            }
            judgements.extend(bench.judge_day(*day, of_day)?);
        }
        if !without_hours.is_empty() && self.point.details.medium == Medium::Air {
            for record in load_imported_days(self.context, self.point.id.0, span).await? {
                let day = record.time.stat_day();
                if without_hours.contains(&day) {
                    judgements.extend(bench.judge_daily_record(day, &record)?);
                }
            }
        }
        let mut transaction = self.context.database.begin().await?;
        let mut writer = Writer::new(self);
        for kind in [VerdictKind::Hour, VerdictKind::Day] {
            for day in days {
                writer
                    .put_day(&mut transaction, kind, *day, &judgements)
                    .await?;
            }
        }
        for kind in [VerdictKind::Month, VerdictKind::Year] {
            writer
                .put_long(&mut transaction, &bench, kind, days)
                .await?;
        }
        years::insert(&mut transaction, self.point.id.0, writer.years()).await?;
        take_hour_changes(&mut transaction, taken).await?;
        transaction.commit().await?;
        Ok(writer.followed)
    }
}
