//! Markings, their files and their reviews.

use access::RegionCode;
use beijing_time::Timestamp;
use exact_decimal::Decimal;
use monitoring::RecordKind;
use monitoring::layers::{Decision, Mark, Subject};
use uuid::Uuid;

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

mod samples;

pub use samples::{
    NewSample, Owed, Sample, SampleFilter, SampleImport, SampleOrigin, SampleProblem,
};

words! {
    /// How far a marking has come.
    MarkingState {
        /// 待审核: handed in, waits for the bureau.
        Submitted = "submitted";
        /// 已撤回: taken back before it was reviewed.
        Withdrawn = "withdrawn";
        /// 已认可: the values do not count.
        Accepted = "accepted";
        /// 不予认可: the values count as received.
        Rejected = "rejected";
        /// 判为无效: the values do not count, whatever was marked.
        Invalid = "invalid";
        /// 已替代: something else counts instead.
        Replaced = "replaced";
        /// 已恢复: what was decided is taken back.
        Restored = "restored";
    }
}

impl MarkingState {
    /// The state that a decision leads to.
    pub const fn after(decision: Decision) -> Self {
        match decision {
            Decision::Accepted => Self::Accepted,
            Decision::Rejected => Self::Rejected,
            Decision::Invalid => Self::Invalid,
            Decision::Replaced | Decision::AmountReplaced => Self::Replaced,
            Decision::Restored => Self::Restored,
        }
    }
}

/// A marking to be handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewMarking {
    /// Made by the caller, so that handing in twice makes one.
    pub id: Uuid,
    /// What it is about.
    pub subject: Subject,
    /// What is said.
    pub mark: Mark,
    /// Why.
    pub reason: String,
}

/// A marking with its course.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marking {
    /// Its id.
    pub id: Uuid,
    /// The mark in the layers.
    pub mark_id: i64,
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
    /// How far it has come.
    pub state: MarkingState,
    /// Until when it had to be made; none where no calendar tells.
    pub mark_due: Option<Timestamp>,
    /// Until when it is to be reviewed.
    pub review_due: Option<Timestamp>,
    /// Whether it was made after its deadline.
    pub is_late: bool,
    /// Who took it back, when and why.
    pub withdrawal: Option<Said>,
    /// The last review.
    pub review: Option<Review>,
    /// How the last substitute was computed, as JSON.
    pub calculation: Option<String>,
    /// How many files it has.
    pub files: i64,
    /// Grows with each change.
    pub revision: i64,
}

/// Who said something, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    /// Who.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A review of a marking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// What was decided.
    pub decision: Decision,
    /// What counts instead.
    pub value: Option<String>,
    /// Who, when and why.
    pub said: Said,
}

/// A file of a marking, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkingFile {
    /// Its id.
    pub id: Uuid,
    /// The marking.
    pub marking_id: Uuid,
    /// The name it came under.
    pub name: String,
    /// What it is by its content.
    pub media_type: String,
    /// Its length.
    pub size_bytes: i64,
    /// Its SM3, hexadecimal.
    pub digest: String,
    /// Who added it.
    pub author: String,
    /// When.
    pub at: Timestamp,
}

/// Which markings to list.
#[derive(Debug, Clone, Default)]
pub struct MarkingFilter {
    /// In these states; empty for all.
    pub states: Vec<MarkingState>,
    /// With this code.
    pub mark: Option<Mark>,
    /// In a region and below.
    pub region: Option<RegionCode>,
    /// Of one site.
    pub site_id: Option<i64>,
    /// Of one point.
    pub point_id: Option<i64>,
    /// Those that end after this instant.
    pub from: Option<Timestamp>,
    /// Those that begin before this instant.
    pub to: Option<Timestamp>,
    /// In which order.
    pub order: MarkingOrder,
    /// Those that follow this one in the list.
    pub after: Option<Uuid>,
    /// At most so many.
    pub limit: u32,
}

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MarkingOrder {
    /// What is to be reviewed first comes first.
    #[default]
    Due,
    /// What was made last comes first.
    Newest,
}

/// How a substitute is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubstituteMethod {
    /// HJ 75-2017: the largest hourly emission of the last valid hours, by the capture rate.
    LargestHours,
    /// HJ 356-2019: the largest valid day's emission of the last qualified period, which began on
    /// this day; thirty days before unless given.
    LargestDay(Option<Timestamp>),
    /// The mean of the manual samples of the time.
    ManualSamples,
    /// A value that the reviewer names, with the reason.
    Stated(Decimal),
}

impl SubstituteMethod {
    /// The word in the API and in the kept calculation.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::LargestHours => "hj75_largest_hours",
            Self::LargestDay(_) => "hj356_largest_day",
            Self::ManualSamples => "manual_samples",
            Self::Stated(_) => "stated",
        }
    }
}

/// What is to be put in place, and how it is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Substitute {
    /// The factor.
    pub factor_code: String,
    /// How.
    pub method: SubstituteMethod,
}

/// A substitute with its calculation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calculation {
    /// The factor.
    pub factor_code: String,
    /// Its method.
    pub method: &'static str,
    /// The records it stands in for.
    pub kind: RecordKind,
    /// The time it stands in for.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// A concentration or only an amount.
    pub decision: Decision,
    /// The value; none when the method gives none, and the last step says why.
    pub value: Option<Decimal>,
    /// Its unit.
    pub unit: String,
    /// Standard and clause.
    pub basis: &'static str,
    /// Whether the rule was taken from memory.
    pub is_to_be_verified: bool,
    /// Step by step, in Chinese and in English.
    pub steps: Vec<(String, String)>,
}

/// What the bureau decides of a marking.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReviewOfMarking {
    /// The revision that was looked at.
    pub revision: i64,
    /// What is decided: `replaced` with a substitute.
    pub verdict: Verdict,
    /// Why.
    pub reason: String,
}

/// A decision with what it needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The mark is right.
    Accept,
    /// The mark is wrong.
    Reject,
    /// The values do not count.
    Invalidate,
    /// Something else counts.
    Substitute(Substitute),
    /// What was decided is taken back.
    Restore,
}
