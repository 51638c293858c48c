//! The layers of truth over the received values: what the enterprise marks, what the bureau
//! reviews, each with author, time and reason. Nothing of them is ever changed or deleted: a later
//! fact stands above an earlier one.

mod use_cases;

use beijing_time::Timestamp;
use exact_decimal::Decimal;

pub use use_cases::{
    add_mark, add_review, list_marks, list_reviews, record_mark, record_review, withdraw_mark,
};

use crate::{FactorReading, RecordKind, Value};

/// Which layer values are read in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Layer {
    /// As received.
    #[default]
    Received,
    /// As received, with the enterprise's marks.
    Marked,
    /// As they count: received, unless a review says otherwise.
    Effective,
}

impl Layer {
    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Marked => "marked",
            Self::Effective => "effective",
        }
    }

    /// The layer of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Received, Self::Marked, Self::Effective]
            .into_iter()
            .find(|layer| layer.as_str() == name)
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal;)* })*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$variant_doc])* $variant,)* }

        impl $name {
            /// All words of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)*];

            /// The stable word in the database and the API.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text,)* }
            }

            /// The entry of a word.
            pub fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$variant),)* _ => None }
            }
        }
    )* };
}

words! {
    /// What an enterprise says of its own values.
    Mark {
        /// 停运: the source does not run.
        Stopped = "stopped";
        /// 启炉、启机: starting up.
        StartingUp = "starting_up";
        /// 停炉、停机: shutting down.
        ShuttingDown = "shutting_down";
        /// 故障: the source or its treatment is out of order.
        SourceFault = "source_fault";
        /// 监测设备故障
        MonitorFault = "monitor_fault";
        /// 维护: the monitor is maintained.
        Maintenance = "maintenance";
        /// 校准: the monitor is calibrated.
        Calibration = "calibration";
        /// 断流: nothing flows through the outlet.
        FlowInterrupted = "flow_interrupted";
        /// 停电
        PowerFailure = "power_failure";
        /// 通讯中断
        LinkFailure = "link_failure";
        /// 烘炉: a furnace is dried out.
        DryingOut = "drying_out";
        /// 停炉降温: a furnace that was shut down cools.
        CoolingDown = "cooling_down";
        /// 事故
        Accident = "accident";
        /// 炉温异常: the furnace's temperature is not as it must be.
        FurnaceTemperature = "furnace_temperature";
        /// 热电偶故障
        ThermocoupleFault = "thermocouple_fault";
        /// Anything else; the reason says what.
        Other = "other";
    }
    /// What the bureau decides.
    Decision {
        /// 认可: the mark is right, the values do not count.
        Accepted = "accepted";
        /// 不认可: the mark is wrong, the values count as received.
        Rejected = "rejected";
        /// 无效: the values do not count, whatever was marked.
        Invalid = "invalid";
        /// 修约替代: another value counts instead.
        Replaced = "replaced";
        /// 排放量替代: only another amount counts, and no concentration (HJ 75-2017, HJ 356-2019).
        AmountReplaced = "amount_replaced";
        /// 恢复: earlier decisions are taken back, the values count as received.
        Restored = "restored";
    }
}

impl Mark {
    /// Whether nothing is due while it is so: the source stands still, or nothing flows. Only once
    /// the bureau has accepted it.
    pub const fn excuses(self) -> bool {
        matches!(self, Self::Stopped | Self::FlowInterrupted)
    }
}

/// What a mark or a review is about: values of a point in `from..to`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The point.
    pub point_id: i64,
    /// Of this kind; of all kinds when absent.
    pub kind: Option<RecordKind>,
    /// Of this factor; of all factors when absent.
    pub factor_code: Option<String>,
    /// From this time.
    pub from: Timestamp,
    /// Up to, not including, this time.
    pub to: Timestamp,
}

impl Subject {
    /// Whether it is about a value.
    pub fn covers(&self, kind: RecordKind, factor_code: &str, time: Timestamp) -> bool {
        self.from <= time
            && time < self.to
            && self.kind.is_none_or(|of| of == kind)
            && self
                .factor_code
                .as_deref()
                .is_none_or(|of| of == factor_code)
    }
}

/// A mark to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMark {
    /// What it is about.
    pub subject: Subject,
    /// What is said.
    pub mark: Mark,
    /// Why.
    pub reason: String,
}

/// A mark of the enterprise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordMark {
    /// Its number; later marks have greater ones.
    pub id: i64,
    /// What it is about.
    pub subject: Subject,
    /// What is said.
    pub mark: Mark,
    /// Why.
    pub reason: String,
    /// By whom.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// When the enterprise took it back, if it did.
    pub withdrawn_at: Option<Timestamp>,
}

impl RecordMark {
    /// Whether it stood at an instant, or stands today.
    pub fn stands_at(&self, known_at: Option<Timestamp>) -> bool {
        match known_at {
            None => self.withdrawn_at.is_none(),
            Some(known_at) => {
                self.at <= known_at && self.withdrawn_at.is_none_or(|at| known_at < at)
            }
        }
    }
}

/// A review to be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReview {
    /// What it is about.
    pub subject: Subject,
    /// The mark that it answers, if any.
    pub mark_id: Option<i64>,
    /// What is decided.
    pub decision: Decision,
    /// What counts instead, for [`Decision::Replaced`] and [`Decision::AmountReplaced`] only.
    pub value: Option<Decimal>,
    /// Why.
    pub reason: String,
}

/// A review of the bureau.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordReview {
    /// Its number; later reviews have greater ones and stand above earlier ones.
    pub id: i64,
    /// What it is about.
    pub subject: Subject,
    /// The mark that it answers, if any.
    pub mark_id: Option<i64>,
    /// What is decided.
    pub decision: Decision,
    /// The value that counts instead.
    pub value: Option<Decimal>,
    /// Why.
    pub reason: String,
    /// By whom.
    pub author: String,
    /// When.
    pub at: Timestamp,
}

/// Whether a value counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Validity {
    /// It counts as received.
    Received,
    /// A review put another value in its place.
    Replaced,
    /// A review put another amount in its place; its concentration does not count.
    AmountReplaced,
    /// A review said that it does not count.
    Invalid,
}

impl Validity {
    /// The name in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Replaced => "replaced",
            Self::AmountReplaced => "amount_replaced",
            Self::Invalid => "invalid",
        }
    }
}

/// The latest mark on a value.
pub(crate) fn find_mark<'m>(
    marks: &'m [RecordMark],
    kind: RecordKind,
    factor_code: &str,
    time: Timestamp,
) -> Option<&'m RecordMark> {
    marks
        .iter()
        .filter(|mark| mark.subject.covers(kind, factor_code, time))
        .max_by_key(|mark| mark.id)
}

/// Whether the latest review on a value accepts a mark that says that nothing was due.
pub(crate) fn is_excused(
    (marks, reviews): (&[RecordMark], &[RecordReview]),
    kind: RecordKind,
    factor_code: &str,
    time: Timestamp,
) -> bool {
    let latest = reviews
        .iter()
        .filter(|review| review.subject.covers(kind, factor_code, time))
        .max_by_key(|review| review.id);
    latest.is_some_and(|review| {
        let mut marks = marks.iter();
        review.decision == Decision::Accepted
            && marks.any(|mark| Some(mark.id) == review.mark_id && mark.mark.excuses())
    })
}

/// Turns a received reading into the one that counts: by the latest review on it, if there is one.
pub(crate) fn apply_reviews(
    reviews: &[RecordReview],
    kind: RecordKind,
    time: Timestamp,
    reading: &mut FactorReading,
) -> Validity {
    let latest = reviews
        .iter()
        .filter(|review| review.subject.covers(kind, &reading.code, time))
        .max_by_key(|review| review.id);
    match latest.map(|review| (review.decision, review.value)) {
        Some((Decision::Accepted | Decision::Invalid, _)) => Validity::Invalid,
        Some((Decision::Replaced, Some(value))) => {
            let field = reading
                .main_value()
                .map_or(crate::Field::Avg, |(field, _)| field.clone());
            // least, greatest and amount belonged to the value that no longer counts
            reading.values = vec![(field, Value::parse(&value.to_string()))];
            Validity::Replaced
        }
        Some((Decision::AmountReplaced, Some(amount))) => {
            reading.values = vec![(crate::Field::Cou, Value::parse(&amount.to_string()))];
            Validity::AmountReplaced
        }
        Some((
            Decision::Rejected | Decision::Restored | Decision::Replaced | Decision::AmountReplaced,
            _,
        ))
        | None => Validity::Received,
    }
}
