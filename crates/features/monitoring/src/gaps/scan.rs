//! One look over all points: which periods are due and not held, and what that means for the gaps.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use beijing_time::{DAY_MS, Timestamp};
use database::Database;
use sites::{DeviceDirectory, PointId};

use super::expected::{list_slots, period_length, slice_ms};
use super::reconcile::Known;
use super::{GAP_KINDS, Gap, GapReason, GapSettings, GapState};
use crate::rates::PlannedStop;
use crate::retention::Removals;
use crate::store::gaps as store;
use crate::versions::{Wanted, load_points_versions};
use crate::{MonitoringError, RecordKind};

/// How much is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Everything within the look-back: at a start, and when the directory has changed.
    Whole,
    /// The newest windows, and those with gaps that are not ended.
    Recent,
}

/// What a look came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GapScan {
    /// Gaps that are new.
    pub found: usize,
    /// Gaps that changed.
    pub changed: usize,
    /// Devices that have sent missing data although nobody had asked.
    pub resending: HashSet<i64>,
}

/// Looks for gaps and brings those that are kept up to date. Only one may run at a time.
///
/// # Errors
/// [`MonitoringError::Database`]; what was not written is found again.
pub async fn scan_gaps(
    database: &Database,
    directory: &DeviceDirectory,
    stops: &[PlannedStop],
    settings: &GapSettings,
    (extent, now): (Extent, Timestamp),
) -> Result<GapScan, MonitoringError> {
    let mut done = GapScan::default();
    let removals = Removals::load(database).await?;
    for kind in GAP_KINDS {
        let of_kind = settings.of(kind);
        let horizon = (
            removals.start(kind, now.plus_ms(-of_kind.lookback_ms())),
            now.plus_ms(-of_kind.grace_ms()),
        );
        let mut windows: BTreeMap<Timestamp, HashMap<i64, Vec<Gap>>> = BTreeMap::new();
        let newest = of_kind.window_of(horizon.1).0;
        let oldest = match extent {
            Extent::Whole => of_kind.window_of(horizon.0).0,
            // and the one before, as long as its last periods have just become due
            Extent::Recent => of_kind.window_of(horizon.1.plus_ms(-DAY_MS)).0,
        };
        let mut window = oldest;
        while window <= newest {
            windows.entry(window).or_default();
            window = of_kind.window_of(window).1;
        }
        for gap in store::list_for_scan(database, kind, horizon.0).await? {
            let window = of_kind.window_of(gap.from).0;
            if gap.state == GapState::GivenUp && !windows.contains_key(&window) {
                continue;
            }
            let of_point = windows.entry(window).or_default();
            of_point.entry(gap.point_id).or_default().push(gap);
        }
        let pass = Pass {
            database,
            directory,
            stops,
            kind,
            horizon,
            removed_before: removals.before(kind),
            now,
        };
        for (window, gaps) in windows {
            let span = (window, of_kind.window_of(window).1);
            let changed = pass.look(span, gaps).await?;
            done.found += changed.iter().filter(|gap| gap.revision == 0).count();
            done.changed += changed.iter().filter(|gap| gap.revision > 0).count();
            done.resending.extend(
                changed
                    .iter()
                    .filter(|gap| gap.resent_at == Some(now))
                    .map(|gap| gap.device_id),
            );
            store::save(database, &changed).await?;
        }
    }
    Ok(done)
}

/// One kind of one scan.
struct Pass<'a> {
    database: &'a Database,
    directory: &'a DeviceDirectory,
    stops: &'a [PlannedStop],
    kind: RecordKind,
    horizon: (Timestamp, Timestamp),
    removed_before: Option<Timestamp>,
    now: Timestamp,
}

impl Pass<'_> {
    async fn look(
        &self,
        (from, to): (Timestamp, Timestamp),
        mut gaps: HashMap<i64, Vec<Gap>>,
    ) -> Result<Vec<Gap>, MonitoringError> {
        // gaps of other settings may reach beyond the window
        let to = gaps.values().flatten().map(|gap| gap.to).fold(to, Ord::max);
        let mut points: Vec<_> = self.directory.points().collect();
        points.retain(|point| {
            gaps.contains_key(&point.id.0) || period_length(point, self.kind).is_some()
        });
        points.sort_by_key(|point| point.id.0);
        let ids = points.iter().map(|point| point.id.0).collect();
        let held = self.load_held(&ids, (from, to)).await?;
        let mut changed = self.close_removed(&mut gaps);
        for point in points {
            let of_point = gaps.remove(&point.id.0).unwrap_or_default();
            let mut slots = list_slots(self.directory, self.stops, point, self.kind, (from, to));
            slots.retain(|slot| {
                self.removed_before
                    .is_none_or(|before| slot.start >= before)
            });
            let known = Known {
                point_id: point.id.0,
                kind: self.kind,
                slots: &slots,
                is_held: &|start| held.contains(&(point.id, start)),
                horizon: self.horizon,
                now: self.now,
            };
            changed.extend(known.reconcile(of_point));
        }
        // points that are gone: nothing is due
        for gap in gaps.into_values().flatten() {
            let known = Known {
                point_id: gap.point_id,
                kind: self.kind,
                slots: &[],
                is_held: &|_| false,
                horizon: self.horizon,
                now: self.now,
            };
            changed.extend(known.reconcile(vec![gap]));
        }
        Ok(changed)
    }

    /// Closes gaps of a time whose records were removed: nobody is asked for them again.
    fn close_removed(&self, gaps: &mut HashMap<i64, Vec<Gap>>) -> Vec<Gap> {
        let Some(before) = self.removed_before else {
            return Vec::new();
        };
        let mut closed: Vec<Gap> = gaps
            .values_mut()
            .flat_map(|of_point| of_point.extract_if(.., |gap| gap.to <= before))
            .collect();
        for gap in &mut closed {
            gap.close(GapState::Excused, GapReason::Removed, self.now);
        }
        closed
    }

    async fn load_held(
        &self,
        points: &BTreeSet<i64>,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<HashSet<(PointId, Timestamp)>, MonitoringError> {
        let mut held = HashSet::new();
        let mut at = from;
        while at < to.min(self.now) {
            let end = at.plus_ms(slice_ms(self.kind)).min(to);
            let wanted = Wanted {
                // that a record is there is all that counts
                factors: Some(&[]),
                ..Wanted::new(self.kind, at, end)
            };
            let of_points = load_points_versions(self.database, points, &wanted).await?;
            for row in of_points.values().flatten() {
                let time = Timestamp::from_epoch_ms(row.time_ms);
                held.insert((PointId(row.point_id), time));
            }
            at = end;
        }
        Ok(held)
    }
}
