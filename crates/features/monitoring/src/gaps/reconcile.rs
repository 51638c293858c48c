//! Gaps kept against what is due and held now: which became smaller, which are filled, which are
//! new. A pure function of one point, kind and window.

use beijing_time::Timestamp;
use uuid::Uuid;

use super::expected::Slot;
use super::{Gap, GapReason, GapState};
use crate::RecordKind;

/// What is known of one point, kind and window.
pub(super) struct Known<'a> {
    pub(super) point_id: i64,
    pub(super) kind: RecordKind,
    /// The periods of the window and of all its gaps, by time.
    pub(super) slots: &'a [Slot],
    /// Whether a record is held for the period that begins then.
    pub(super) is_held: &'a dyn Fn(Timestamp) -> bool,
    /// New gaps are looked for in periods that lie within.
    pub(super) horizon: (Timestamp, Timestamp),
    pub(super) now: Timestamp,
}

impl Known<'_> {
    fn is_missing(&self, slot: &Slot) -> bool {
        slot.is_due() && !(self.is_held)(slot.start)
    }

    /// Brings the gaps up to date and adds new ones; returns those that are new or changed.
    pub(super) fn reconcile(&self, mut gaps: Vec<Gap>) -> Vec<Gap> {
        let before = gaps.clone();
        for gap in &mut gaps {
            self.look_at(gap);
        }
        let (from, to) = self.horizon;
        for slot in self.slots {
            if slot.start < from || slot.end > to || !self.is_missing(slot) {
                continue;
            }
            if gaps
                .iter()
                .any(|gap| gap.from <= slot.start && slot.end <= gap.to)
            {
                continue;
            }
            let Some(device_id) = slot.device_id else {
                continue;
            };
            match gaps.iter_mut().find(|gap| is_continued(gap, slot)) {
                Some(gap) => {
                    gap.to = slot.end;
                    gap.missing += 1;
                    gap.periods = gap.periods.max(gap.missing);
                    gap.changed_at = self.now;
                }
                None => gaps.push(self.open(slot, device_id)),
            }
        }
        gaps.retain(|gap| !before.contains(gap));
        gaps
    }

    fn open(&self, slot: &Slot, device_id: i64) -> Gap {
        Gap {
            id: Uuid::now_v7(),
            point_id: self.point_id,
            device_id,
            kind: self.kind,
            from: slot.start,
            to: slot.end,
            periods: 1,
            missing: 1,
            state: GapState::Open,
            reason: GapReason::Found,
            attempts: 0,
            next_at: self.now,
            command_id: None,
            found_at: self.now,
            changed_at: self.now,
            closed_at: None,
            resent_at: None,
            revision: 0,
        }
    }

    fn look_at(&self, gap: &mut Gap) {
        let mut missing = 0;
        let (mut is_any_held, mut is_any_stopped) = (false, false);
        for slot in self.slots {
            if slot.start < gap.from || slot.end > gap.to {
                continue;
            }
            if (self.is_held)(slot.start) {
                is_any_held = true;
            } else if slot.is_due() {
                missing += 1;
            } else {
                is_any_stopped |= slot.is_stopped;
            }
        }
        if missing < gap.missing && is_any_held && gap.state == GapState::Open {
            gap.resent_at = Some(self.now);
        }
        if missing == 0 {
            let (state, reason) = if is_any_held && gap.attempts > 0 {
                (GapState::Filled, GapReason::FilledOnRequest)
            } else if is_any_held {
                (GapState::Filled, GapReason::FilledByDevice)
            } else if is_any_stopped {
                (GapState::Excused, GapReason::PlannedStop)
            } else {
                (GapState::Excused, GapReason::NotExpected)
            };
            gap.missing = 0;
            gap.close(state, reason, self.now);
            return;
        }
        if missing != gap.missing {
            gap.changed_at = self.now;
        }
        gap.missing = missing;
        gap.periods = gap.periods.max(missing);
    }
}

/// Whether a missing period makes a gap longer that nobody was asked for yet.
fn is_continued(gap: &Gap, slot: &Slot) -> bool {
    gap.to == slot.start
        && gap.state == GapState::Open
        && gap.attempts == 0
        && Some(gap.device_id) == slot.device_id
}
