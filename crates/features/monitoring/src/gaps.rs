//! Gaps in the received data (数据缺口): minutes, hours and days that the timetable of a point
//! expects and that are not there, and what becomes of asking the device for them again (补传).
//!
//! What is missing is found against the timetable, never against rows that happen to be there.
//! This module finds gaps and decides what to do next with each; it knows no connection and sends
//! nothing: the caller passes in who is connected and what became of the requests.

mod expected;
mod plan;
mod reconcile;
mod scan;
mod use_cases;

use beijing_time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

pub use plan::{GapDevice, GapRequest, Outcome, compute_label_span, judge_request, plan_requests};
pub use scan::{Extent, GapScan, scan_gaps};
pub use use_cases::{
    GapCount, GapFilter, count_gaps, list_gaps, list_open_gaps, load_gap, request_gap_again,
    save_gaps,
};

use crate::RecordKind;

/// The kinds of record whose gaps are followed: those a device can be asked for by a span of time
/// (HJ 212-2017, 2051, 2061, 2031). Real-time values cannot be asked for again.
pub const GAP_KINDS: [RecordKind; 3] = [RecordKind::Minute, RecordKind::Hour, RecordKind::Day];

/// Gaps in the received data, and asking devices for them again (补传).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GapSettings {
    /// Whether gaps are looked for at all.
    pub enabled: bool,
    /// Whether devices are asked for what is missing. Each device can be switched off too.
    pub requests: bool,
    /// After a start nothing is looked for during so long: devices that kept data while the
    /// platform was away send them by themselves.
    pub start_delay_s: u32,
    /// A device is asked only when it has been connected without a break for so long.
    pub settle_s: u32,
    /// A device that sends missing data by itself is left alone until it has sent none for so
    /// long.
    pub quiet_s: u32,
    /// Requests for one gap before it is given up.
    pub max_attempts: u32,
    /// Pause after the first request that did not bring the data; doubled after each further one.
    pub back_off_s: u32,
    /// Requests to one device in an hour at the most.
    pub requests_per_hour: u32,
    /// Requests under way to all devices at the most.
    pub requests_at_once: u32,
    /// Minute records (2051).
    pub minute: GapKindSettings,
    /// Hour records (2061).
    pub hour: GapKindSettings,
    /// Day records (2031).
    pub day: GapKindSettings,
}

/// Gaps of one kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GapKindSettings {
    /// How far back gaps are looked for; what is older is given up.
    pub lookback_hours: u32,
    /// How long after its end a record may still be on its way.
    pub grace_min: u32,
    /// The longest span that one request asks for.
    pub window_hours: u32,
}

impl Default for GapKindSettings {
    fn default() -> Self {
        HOUR
    }
}

const MINUTE: GapKindSettings = GapKindSettings {
    lookback_hours: 24,
    grace_min: 10,
    window_hours: 6,
};
const HOUR: GapKindSettings = GapKindSettings {
    lookback_hours: 7 * 24,
    grace_min: 20,
    window_hours: 7 * 24,
};
const DAY: GapKindSettings = GapKindSettings {
    lookback_hours: 31 * 24,
    grace_min: 180,
    window_hours: 31 * 24,
};

impl Default for GapSettings {
    fn default() -> Self {
        Self {
            enabled: true,
            requests: true,
            start_delay_s: 120,
            settle_s: 120,
            quiet_s: 120,
            max_attempts: 3,
            back_off_s: 600,
            requests_per_hour: 12,
            requests_at_once: 16,
            minute: MINUTE,
            hour: HOUR,
            day: DAY,
        }
    }
}

impl GapSettings {
    /// The settings of a kind.
    pub(crate) const fn of(&self, kind: RecordKind) -> GapKindSettings {
        match kind {
            RecordKind::Minute => self.minute,
            RecordKind::Day => self.day,
            _ => self.hour,
        }
    }

    /// How far back any kind is looked at.
    pub fn longest_lookback_ms(&self) -> i64 {
        GAP_KINDS
            .iter()
            .map(|kind| self.of(*kind).lookback_ms())
            .max()
            .unwrap_or(0)
    }

    /// Names the first setting that is out of range.
    ///
    /// # Errors
    /// The setting and its range.
    pub fn check(&self) -> Result<(), String> {
        let kinds = [
            ("minute", self.minute, 7 * 24),
            ("hour", self.hour, 92 * 24),
            ("day", self.day, 366 * 24),
        ];
        for (name, kind, longest_window) in kinds {
            if !(1..=366 * 24).contains(&kind.lookback_hours) {
                return Err(format!("gaps.{name}.lookback_hours must be 1 to 8784"));
            }
            if kind.grace_min > 7 * 24 * 60 {
                return Err(format!("gaps.{name}.grace_min must be at most 10080"));
            }
            if !(1..=longest_window).contains(&kind.window_hours) {
                return Err(format!(
                    "gaps.{name}.window_hours must be 1 to {longest_window}"
                ));
            }
        }
        if self.max_attempts == 0 || self.max_attempts > 20 {
            return Err("gaps.max_attempts must be 1 to 20".to_owned());
        }
        if self.requests_per_hour > 1000 {
            return Err("gaps.requests_per_hour must be at most 1000".to_owned());
        }
        Ok(())
    }
}

impl GapKindSettings {
    pub(crate) fn lookback_ms(self) -> i64 {
        i64::from(self.lookback_hours) * HOUR_MS
    }

    pub(crate) fn grace_ms(self) -> i64 {
        i64::from(self.grace_min) * MINUTE_MS
    }

    /// The window that holds an instant: windows begin at Beijing midnight of a fixed day, so that
    /// the gaps of one outage at many points are asked for together.
    pub(crate) fn window_of(self, time: Timestamp) -> (Timestamp, Timestamp) {
        let length = i64::from(self.window_hours.max(1)) * HOUR_MS;
        let zero = Timestamp::from_epoch_ms(0).stat_day().start().epoch_ms() % DAY_MS;
        let number = (time.epoch_ms() - zero).div_euclid(length);
        let start = Timestamp::from_epoch_ms(number * length + zero);
        (start, start.plus_ms(length))
    }
}

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal;)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$doc])* $variant,)* }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable name in the database and the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The one of that name.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    };
}

words! {
    /// Where a gap stands.
    GapState {
        /// Something is missing, and nobody is asked at the moment.
        Open = "open";
        /// The device was asked.
        Requested = "requested";
        /// Everything has come.
        Filled = "filled";
        /// Something is missing, and nobody is asked any more.
        GivenUp = "given_up";
        /// Nothing was due after all: a planned stop, or the timetable changed.
        Excused = "excused";
    }
}

words! {
    /// Why a gap stands where it stands.
    GapReason {
        /// It was just found.
        Found = "found";
        /// It still grows: data do not come yet.
        Growing = "growing";
        /// The device is not connected.
        NotConnected = "not_connected";
        /// The device has connected only just now.
        Settling = "settling";
        /// The device sends missing data by itself.
        DeviceResends = "device_resends";
        /// It waits its turn behind other requests.
        InTurn = "in_turn";
        /// The device was asked as often as it may be asked in an hour.
        Budget = "budget";
        /// Requests are switched off for this device.
        HistoryOff = "history_off";
        /// Requests are switched off in the settings.
        RequestsOff = "requests_off";
        /// The device was asked.
        Asked = "asked";
        /// The data came after a request.
        FilledOnRequest = "filled_on_request";
        /// The data came without a request.
        FilledByDevice = "filled_by_device";
        /// The device says that it has no data.
        NoData = "no_data";
        /// The device refused or failed.
        Refused = "refused";
        /// The device did not answer.
        NoAnswer = "no_answer";
        /// The device answered, and something is missing still.
        StillMissing = "still_missing";
        /// The request could not be made.
        CannotAsk = "cannot_ask";
        /// It is older than data are asked for.
        Expired = "expired";
        /// A planned stop covers it.
        PlannedStop = "planned_stop";
        /// The timetable or the device changed: nothing is due.
        NotExpected = "not_expected";
        /// The records of its time were removed by retention: what came now would not be kept.
        Removed = "removed";
    }
}

/// A gap: periods of one point and kind that are due and missing, within one window.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// Its id.
    pub id: Uuid,
    /// The point.
    pub point_id: i64,
    /// The device that served the point then.
    pub device_id: i64,
    /// Minute, hour or day records.
    pub kind: RecordKind,
    /// The start of the first missing period.
    pub from: Timestamp,
    /// The end of the last.
    pub to: Timestamp,
    /// Periods that were missing at the most.
    pub periods: i64,
    /// Periods that are missing still.
    pub missing: i64,
    /// Where it stands.
    pub state: GapState,
    /// Why.
    pub reason: GapReason,
    /// Requests that went out for it.
    pub attempts: u32,
    /// Not asked for before this moment.
    pub next_at: Timestamp,
    /// The last request.
    pub command_id: Option<Uuid>,
    /// When it was found.
    pub found_at: Timestamp,
    /// When it last changed.
    pub changed_at: Timestamp,
    /// When it ended.
    pub closed_at: Option<Timestamp>,
    /// When it last became smaller although nobody had asked.
    pub resent_at: Option<Timestamp>,
    /// Counts the writes, so that two writers do not undo each other.
    pub revision: i64,
}

impl Gap {
    /// Ends it.
    pub(crate) fn close(&mut self, state: GapState, reason: GapReason, now: Timestamp) {
        self.state = state;
        self.reason = reason;
        self.changed_at = now;
        self.closed_at = Some(now);
    }

    /// Notes that the device is asked for it with a command.
    pub fn mark_requested(&mut self, command_id: Uuid, now: Timestamp) {
        self.state = GapState::Requested;
        self.reason = GapReason::Asked;
        self.attempts += 1;
        self.command_id = Some(command_id);
        self.changed_at = now;
    }

    /// Gives it up because the request cannot be made.
    pub fn give_up_unasked(&mut self, now: Timestamp) {
        self.attempts = self.attempts.saturating_sub(1);
        self.close(GapState::GivenUp, GapReason::CannotAsk, now);
    }

    /// Leaves it open for a reason.
    pub(crate) fn wait(&mut self, reason: GapReason, now: Timestamp) {
        if (self.state, self.reason) != (GapState::Open, reason) {
            self.state = GapState::Open;
            self.reason = reason;
            self.changed_at = now;
        }
    }
}

#[cfg(test)]
mod tests;
