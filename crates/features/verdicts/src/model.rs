//! What a verdict is, what it rests on, and how it changes.

use std::fmt::Write as _;

use beijing_time::{CivilDate, StatDay, Timestamp};
use serde::{Deserialize, Serialize};
use standards::water::{WaterBody, WaterClass};

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal;)* })*) => { $(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
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
    /// The period of a verdict.
    VerdictKind {
        /// An hour.
        Hour = "hour";
        /// A Beijing day.
        Day = "day";
        /// A calendar month.
        Month = "month";
        /// A calendar year.
        Year = "year";
    }
    /// Whether a verdict could be given.
    VerdictState {
        /// It is given.
        Given = "given";
        /// There are data, but fewer valid ones than the standard demands.
        Insufficient = "insufficient";
        /// A pollutant is missing and the rest give no index above 100: NA (HJ 633-2026, 5.3.1).
        Withheld = "withheld";
    }
    /// Why a value takes no part.
    LeftOut {
        /// Its data flag says that it does not count.
        Flagged = "flagged";
        /// A review said that it does not count.
        Reviewed = "reviewed";
        /// It is no number.
        NotANumber = "not_a_number";
        /// It is below zero or beyond what can be measured.
        OutOfRange = "out_of_range";
        /// Its unit is none that is known for the item.
        UnknownUnit = "unknown_unit";
        /// There is no flow with it: no weight (HJ 356-2019).
        NoFlow = "no_flow";
        /// Too few minutes of its hour were measured (GB 3095-2012, table 4).
        TooFewMinutes = "too_few_minutes";
    }
}

impl VerdictKind {
    /// The stored number.
    pub const fn code(self) -> i64 {
        match self {
            Self::Hour => 1,
            Self::Day => 2,
            Self::Month => 3,
            Self::Year => 4,
        }
    }

    /// The kind of a stored number.
    pub const fn from_code(code: i64) -> Option<Self> {
        match code {
            1 => Some(Self::Hour),
            2 => Some(Self::Day),
            3 => Some(Self::Month),
            4 => Some(Self::Year),
            _ => None,
        }
    }

    /// The start of the period that holds an instant.
    pub fn start(self, at: Timestamp) -> Timestamp {
        match self {
            Self::Hour => at.stat_hour().start(),
            Self::Day => at.stat_day().start(),
            Self::Month => at.stat_month().start(),
            Self::Year => first_day(at.civil().date().year()).start(),
        }
    }

    /// The first instant after the period that holds an instant.
    pub fn end(self, at: Timestamp) -> Timestamp {
        match self {
            Self::Hour => at.stat_hour().end(),
            Self::Day => at.stat_day().end(),
            Self::Month => at.stat_month().end(),
            Self::Year => first_day(at.civil().date().year() + 1).start(),
        }
    }
}

fn first_day(year: i16) -> StatDay {
    CivilDate::new(year, 1, 1).map_or(StatDay::from_number(0), StatDay::of)
}

/// What a verdict says of one item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictItem {
    /// The item: `pm2_5_24h`, `nh3n`, `a21026.zs_avg`, `so2_p98`, `days`.
    pub key: String,
    /// The judged value.
    pub value: String,
    /// What it comes to: the sub-index, the class, `within` or `over`; empty where nothing follows.
    pub mark: String,
}

/// What a verdict says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Whether it could be given.
    pub state: VerdictState,
    /// The index, for air.
    pub figure: Option<i64>,
    /// Level of the index or class of the water, 1 the best to 6.
    pub grade: Option<i64>,
    /// Whether what is demanded is kept: an index of at most 100, the target class, the limits.
    pub is_attained: Option<bool>,
    /// Primary pollutants, or what is worse than the target or over its limit, the worst first.
    pub deciding: Vec<String>,
    /// Item by item.
    pub items: Vec<VerdictItem>,
}

impl Outcome {
    /// What is said where nothing can be judged.
    pub(crate) fn nothing() -> Self {
        Self {
            state: VerdictState::Insufficient,
            figure: None,
            grade: None,
            is_attained: None,
            deciding: Vec::new(),
            items: Vec::new(),
        }
    }

    /// The value of an item.
    pub fn item(&self, key: &str) -> Option<&VerdictItem> {
        self.items.iter().find(|item| item.key == key)
    }

    /// Whether a reader is told the same, whatever the single items are.
    pub fn says_the_same(&self, other: &Self) -> bool {
        (self.state, self.figure, self.grade, self.is_attained)
            == (other.state, other.figure, other.grade, other.is_attained)
            && self.deciding == other.deciding
    }
}

/// What a verdict rests on, besides its inputs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct VerdictBasis {
    /// Standard and edition.
    pub edition: String,
    /// Clause.
    pub clause: String,
    /// The named method.
    pub method: String,
    /// Where the numbers stand and since when they are in force.
    pub parameters: String,
    /// How sure the numbers are.
    pub confidence: String,
    /// The rounding rule.
    pub rounding: String,
    /// The set of parameters that was in use.
    pub set: String,
}

/// A verdict as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The point.
    pub point_id: i64,
    /// The period.
    pub kind: VerdictKind,
    /// Its start.
    pub time: Timestamp,
    /// What it says.
    pub outcome: Outcome,
    /// What it rests on.
    pub basis: VerdictBasis,
    /// Tells its inputs apart.
    pub inputs_digest: i64,
    /// When it was computed.
    pub computed_at: Timestamp,
}

/// What changed a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cause {
    /// A packet that came late or corrected values.
    Packet(i64),
    /// A review of the bureau.
    Review(i64),
    /// What the point is judged against was changed.
    Setting,
    /// It was recomputed by command, such as with another set of parameters.
    Recompute,
}

impl Cause {
    /// The word in the database and the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Packet(_) => "packet",
            Self::Review(_) => "review",
            Self::Setting => "setting",
            Self::Recompute => "recompute",
        }
    }

    /// The packet's or the review's number.
    pub const fn id(self) -> Option<i64> {
        match self {
            Self::Packet(id) | Self::Review(id) => Some(id),
            Self::Setting | Self::Recompute => None,
        }
    }

    pub(crate) fn from_parts(word: &str, id: Option<i64>) -> Option<Self> {
        match (word, id) {
            ("packet", Some(id)) => Some(Self::Packet(id)),
            ("review", Some(id)) => Some(Self::Review(id)),
            ("setting", None) => Some(Self::Setting),
            ("recompute", None) => Some(Self::Recompute),
            _ => None,
        }
    }
}

/// A verdict that had been given and is not the same any more. The outcomes are without items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictChange {
    /// Its number; later changes have greater ones.
    pub id: i64,
    /// The point.
    pub point_id: i64,
    /// The period.
    pub kind: VerdictKind,
    /// Its start.
    pub time: Timestamp,
    /// What it said.
    pub old: Outcome,
    /// What it says.
    pub new: Outcome,
    /// Why.
    pub cause: Cause,
    /// When.
    pub at: Timestamp,
}

/// What a point is judged against.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct PointSetting {
    /// Class of the area of an air station, 1 or 2 (GB 3095, 4.1).
    pub area_class: i64,
    /// River or lake, for a section.
    pub water_body: WaterBody,
    /// The class that a section has to keep.
    pub target_class: WaterClass,
    /// An hour needs so many measured minutes, counted by its minute records: 45 by GB 3095-2012,
    /// table 4, and HJ 76-2017, annex B. 0 where hours count as the logger computed them.
    pub least_minutes: i64,
    /// A section's day needs so many samples of an item; no standard that is known here says how many.
    pub least_samples: i64,
}

impl PointSetting {
    /// What verdicts depend on, as one text.
    pub(crate) fn facts(&self) -> String {
        // points that ask for neither are as they were before these two could be asked for
        let Self {
            area_class,
            water_body,
            target_class,
            least_minutes,
            least_samples,
        } = self;
        let mut text = format!(
            "PointSetting {{ area_class: {area_class:?}, water_body: {water_body:?}, \
             target_class: {target_class:?} }}"
        );
        if (*least_minutes, *least_samples) != (0, 1) {
            let _ = write!(text, " {least_minutes} {least_samples}");
        }
        text
    }
}

impl Default for PointSetting {
    fn default() -> Self {
        Self {
            area_class: 2,
            water_body: WaterBody::River,
            target_class: WaterClass::Three,
            least_minutes: 0,
            least_samples: 1,
        }
    }
}

/// The number of a class of water, 1 to 6.
pub fn class_number(class: WaterClass) -> i64 {
    WaterClass::ALL
        .iter()
        .position(|known| *known == class)
        .and_then(|position| i64::try_from(position + 1).ok())
        .unwrap_or(6)
}

/// The class of a number.
pub fn class_of_number(number: i64) -> Option<WaterClass> {
    let position = usize::try_from(number).ok()?.checked_sub(1)?;
    WaterClass::ALL.get(position).copied()
}
