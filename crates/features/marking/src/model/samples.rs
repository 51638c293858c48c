//! Manual samples and what is owed of them.

use beijing_time::Timestamp;
use standards::emission::SampleShortfall;
use uuid::Uuid;

use super::Said;

words! {
    /// How a sample came in.
    SampleOrigin {
        /// Typed into the form.
        Form = "form";
        /// From a file.
        File = "file";
    }
}

/// A value of a sample that somebody took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSample {
    /// Made by the caller, so that entering twice makes one.
    pub id: Uuid,
    /// Where.
    pub point_id: i64,
    /// Of what.
    pub factor_code: String,
    /// When it was taken.
    pub sampled_at: Timestamp,
    /// The value as written.
    pub value: String,
    /// The method, such as HJ 57-2017.
    pub method: String,
    /// Who measured.
    pub laboratory: String,
    /// Anything else.
    pub note: String,
}

/// A sample as kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sample {
    /// What was entered.
    pub new: NewSample,
    /// The unit of the factor at the point.
    pub unit: String,
    /// How it came in.
    pub origin: SampleOrigin,
    /// Who entered it.
    pub author: String,
    /// When.
    pub at: Timestamp,
    /// Who took it back, when and why.
    pub withdrawal: Option<Said>,
}

/// Which samples to list.
#[derive(Debug, Clone, Default)]
pub struct SampleFilter {
    /// Of one site.
    pub site_id: Option<i64>,
    /// Of one point.
    pub point_id: Option<i64>,
    /// Of one factor.
    pub factor_code: Option<String>,
    /// From this time.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
    /// Those that follow this one in the list.
    pub after: Option<Uuid>,
    /// At most so many.
    pub limit: u32,
}

/// What is wrong with a cell or a row of a file of samples.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleProblem {
    /// The row as a spreadsheet counts it.
    pub row: u32,
    /// The column's heading; empty for the row.
    pub column: &'static str,
    /// A stable word.
    pub code: &'static str,
    /// In Chinese.
    pub detail_zh: String,
    /// In English.
    pub detail_en: String,
}

/// What an import did or would do.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SampleImport {
    /// Rows with something in them, without the heading.
    pub rows: usize,
    /// New samples.
    pub created: usize,
    /// Samples that are there already with the same value.
    pub unchanged: usize,
    /// What is wrong; then nothing is changed.
    pub problems: Vec<SampleProblem>,
    /// Whether it was done.
    pub is_applied: bool,
}

/// The manual samples that one marking owes, for one factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// The marking: a monitor out of order.
    pub marking_id: Uuid,
    /// The point.
    pub point_id: i64,
    /// The factor.
    pub factor_code: String,
    /// Day by day, up to now.
    pub days: Vec<SampleShortfall>,
}
