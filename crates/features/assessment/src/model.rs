//! Assessments and their course.

use std::sync::Arc;

use beijing_time::Timestamp;
use city_plan::AssessmentKind;
use plan::PlanBook;
use report_document::Fonts;
use sites::SealingKey;
use uuid::Uuid;

use crate::AssessmentError;
use crate::content::Content;
use crate::report::CountyOutline;

/// How far an assessment has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AssessmentState {
    /// Begun, or returned.
    Draft,
    /// Its figures were taken.
    Taken,
    /// Reviewed by another person.
    Reviewed,
    /// Published: nothing in it changes any more.
    Published,
}

impl AssessmentState {
    /// All states.
    pub const ALL: [Self; 4] = [Self::Draft, Self::Taken, Self::Reviewed, Self::Published];

    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Taken => "taken",
            Self::Reviewed => "reviewed",
            Self::Published => "published",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// An assessment to begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewAssessment {
    /// Made by the creator, so that asking twice makes one.
    pub id: Uuid,
    /// Which.
    pub kind: AssessmentKind,
    /// Of which year.
    pub year: i32,
}

/// Who took a step, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// An assessment without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssessmentSummary {
    /// What was begun.
    pub new: NewAssessment,
    /// How far it has come.
    pub state: AssessmentState,
    /// Who began it.
    pub drafted: Step,
    /// Who took the figures.
    pub taken: Option<Step>,
    /// Who reviewed it.
    pub reviewed: Option<Step>,
    /// Who published it.
    pub published: Option<Step>,
    /// Why it was returned last.
    pub note: Option<String>,
    /// SM3 of the canonical content, once taken.
    pub digest: Option<String>,
    /// The whole score as text, when there is one.
    pub score: Option<String>,
    /// The grade, when there is one.
    pub grade: Option<String>,
    /// Counts changes.
    pub revision: i64,
}

/// An assessment.
#[derive(Debug, Clone, PartialEq)]
pub struct Assessment {
    /// Its course.
    pub summary: AssessmentSummary,
    /// What was taken, once it was.
    pub content: Option<Content>,
}

/// What assessments are made with, besides database, clock and actor.
pub struct Desk {
    /// The plan.
    pub book: Arc<PlanBook>,
    /// Seals the signing key.
    pub sealing_key: SealingKey,
    /// Outlines of counties, for the map of the report.
    pub outlines: Vec<CountyOutline>,
    /// A folder with fonts, besides those of the system.
    pub font_folder: Option<std::path::PathBuf>,
    /// The bureau that issues reports, as it stands on the cover.
    pub organ: String,
    /// One report is made at a time: typesetting takes a processor for a while.
    pub press: tokio::sync::Mutex<()>,
}

impl core::fmt::Debug for Desk {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("Desk")
            .field("outlines", &self.outlines.len())
            .field("font_folder", &self.font_folder)
            .finish_non_exhaustive()
    }
}

impl Desk {
    /// The fonts at hand, read anew: they are needed seldom and are large.
    ///
    /// # Errors
    /// [`report_document::DocumentError::NoChineseFont`].
    pub fn fonts(&self) -> Result<Fonts, AssessmentError> {
        crate::find_fonts(self.font_folder.as_deref())
    }
}
