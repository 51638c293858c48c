//! What an assessment is made of: a file format. It is frozen once it is published: a later format
//! gets a name of its own, and this one stays readable.

use exact_decimal::Decimal;
use plan::{AccountedFigure, ComputedFigure};
use serde::{Deserialize, Serialize};

use crate::AssessmentError;
use crate::signature::{canonical_content, digest_of};

/// The name of this format.
pub const FORMAT: &str = "qingshan-assessment/1";

/// All that an assessment says and what it follows from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    /// [`FORMAT`].
    pub format: String,
    /// The assessment's id.
    pub id: String,
    /// `yearly`, `mid_term` or `final`.
    pub kind: String,
    /// The year.
    pub year: i32,
    /// The plan.
    pub plan: PlanPart,
    /// The rule.
    pub rule: RulePart,
    /// When the figures were taken, RFC 3339.
    pub taken_at: String,
    /// By whom.
    pub taken_by: String,
    /// Every indicator in every region.
    pub figures: Vec<FigurePart>,
    /// Each indicator's score, in the order of the plan.
    pub indicators: Vec<GroupPart>,
    /// Each county's.
    pub counties: Vec<GroupPart>,
    /// Each unit's.
    pub units: Vec<GroupPart>,
    /// What the whole is made of, where the rule counts tasks and projects too. Left out where it is
    /// empty, as it is in contents from before there was such a rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub parts: Vec<WeighedPart>,
    /// Each task and project that counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub works: Vec<WorkPart>,
    /// The whole.
    pub total: TotalPart,
}

/// One of the parts that the whole is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeighedPart {
    /// `indicators`, `tasks` or `projects`.
    pub part: String,
    /// Its weight.
    pub weight: Decimal,
    /// Its score.
    pub total: TotalPart,
}

/// A task that owes something by the end of the year, or a project that was to be finished by then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkPart {
    /// `task` or `project`.
    pub kind: String,
    /// Its identifier or number.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its name in English.
    pub name_en: Option<String>,
    /// The units that lead it.
    pub units: Vec<UnitPart>,
    /// What is due: the periods of a task in per cent, or the milestones of a project.
    pub due: u32,
    /// What is done of it; none when nobody has told.
    pub done: Option<u32>,
    /// Its score.
    pub score: Option<Decimal>,
    /// Whether it is made up.
    pub simulated: bool,
    /// What that was counted from: the periods that are due, or all milestones.
    pub steps: Vec<WorkStep>,
    /// When the project was built, if it was by the end of the year: then all of it is done.
    pub built_on: Option<String>,
    /// The project's id in the pool.
    pub project: Option<String>,
}

/// A unit that leads a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UnitPart {
    /// Its identifier, or the name that the bureau gave it.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its name in English.
    pub name_en: Option<String>,
}

/// A period of a task, or a milestone of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkStep {
    /// The milestone's name; none for a period.
    pub name: Option<String>,
    /// By when.
    pub due_on: String,
    /// How far it was by the end of the year, in per cent; none when nobody has told.
    pub percent: Option<u32>,
    /// The day that the report tells of, or on which the milestone was reached.
    pub as_of: Option<String>,
    /// The report's id.
    pub report: Option<String>,
}

impl WorkPart {
    /// The names of the units that lead it.
    pub fn unit_names(&self) -> String {
        let names: Vec<&str> = self.units.iter().map(|unit| unit.name.as_str()).collect();
        names.join("、")
    }

    /// Whether all that is due is done.
    pub fn is_done(&self) -> bool {
        self.done == Some(self.due)
    }
}

/// The plan that was assessed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlanPart {
    /// Identifier.
    pub id: String,
    /// Title.
    pub title: String,
    /// Title in English.
    pub title_en: Option<String>,
    /// Code of its region.
    pub region: String,
    /// Name of its region.
    pub region_name: String,
    /// Base year.
    pub base_year: i32,
    /// First year.
    pub first_year: i32,
    /// Last year.
    pub last_year: i32,
}

/// A grade of the rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GradePart {
    /// Identifier.
    pub id: String,
    /// Name.
    pub name: String,
    /// Name in English.
    pub name_en: Option<String>,
    /// The lowest score that has it.
    pub from: Decimal,
}

/// A clause of the rule in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClausePart {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

/// The rule that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RulePart {
    /// Its edition.
    pub id: String,
    /// Title.
    pub title: String,
    /// Who issued it.
    pub issued_by: String,
    /// Its words.
    pub clauses: Vec<ClausePart>,
    /// The full score.
    pub full_score: Decimal,
    /// Decimal places.
    pub places: u32,
    /// Grades, the best first.
    pub grades: Vec<GradePart>,
}

/// An indicator in a region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FigurePart {
    /// The indicator.
    pub indicator: String,
    /// Its name.
    pub name: String,
    /// Its name in English.
    pub name_en: Option<String>,
    /// Its group.
    pub category: String,
    /// `binding` or `guiding`.
    pub force: String,
    /// Unit of measurement.
    pub unit: String,
    /// What its target means.
    pub meaning: String,
    /// The target as the plan writes it.
    pub written: String,
    /// The region.
    pub region: String,
    /// The region's name.
    pub region_name: String,
    /// The base.
    pub base: Option<Decimal>,
    /// The level that meets the target.
    pub target: Option<Decimal>,
    /// What was expected of the year.
    pub expected: Option<Decimal>,
    /// What was reached.
    pub value: Option<Decimal>,
    /// How it stands.
    pub status: String,
    /// Why there is no value, if the formula failed.
    pub failure: Option<String>,
    /// The formula.
    pub formula: Option<String>,
    /// Whether any input is simulated.
    pub simulated: bool,
    /// Its weight.
    pub weight: Decimal,
    /// Its score.
    pub score: Option<Decimal>,
    /// Why it has it: `full`, `degree`, `cut` or `no_data`.
    pub grounds: String,
    /// The degree in per cent, where it falls short.
    pub degree_percent: Option<Decimal>,
    /// What the value was computed from.
    pub inputs: Vec<InputPart>,
    /// The years up to this one.
    pub years: Vec<YearPart>,
}

/// An input of a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InputPart {
    /// The measure.
    pub measure: String,
    /// Its name.
    pub name: String,
    /// Its unit.
    pub unit: String,
    /// Where its figures come from.
    pub from: String,
    /// Its value.
    pub value: Option<Decimal>,
    /// Which was taken: `computed`, `accounted`, `reported`, `provisional` or `missing`.
    pub source: String,
    /// The report that was accepted, taken or not.
    pub report: Option<ReportPart>,
    /// What the platform computed from monitoring, taken or not.
    pub computed: Option<ComputedFigure>,
    /// What its reduction account came to, taken or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accounted: Option<AccountedFigure>,
}

impl InputPart {
    /// What the platform computed, when that is the value that was taken.
    pub fn taken_computed(&self) -> Option<&ComputedFigure> {
        let is_taken = matches!(self.source.as_str(), "computed" | "provisional");
        self.computed.as_ref().filter(|_| is_taken)
    }

    /// The year of its reduction account, when that is the value that was taken.
    pub fn taken_accounted(&self) -> Option<&AccountedFigure> {
        let is_taken = self.source == "accounted";
        self.accounted.as_ref().filter(|_| is_taken)
    }
}

/// A report that was accepted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportPart {
    /// Its id.
    pub id: String,
    /// What it rests on.
    pub evidence: String,
    /// Whether it is made up.
    pub simulated: bool,
    /// Who reported it.
    pub reported_by: String,
    /// When.
    pub reported_at: String,
    /// Who checked it.
    pub checked_by: Option<String>,
    /// Who accepted it.
    pub accepted_by: Option<String>,
    /// When.
    pub accepted_at: Option<String>,
}

/// One year of an indicator.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct YearPart {
    /// The year.
    pub year: i32,
    /// What was reached.
    pub value: Option<Decimal>,
    /// What was expected.
    pub expected: Option<Decimal>,
}

/// A mean of scores.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TotalPart {
    /// The score.
    pub score: Option<Decimal>,
    /// Share of the weights with data, in per cent.
    pub coverage: Decimal,
    /// The grade.
    pub grade: Option<String>,
    /// Whether a binding indicator lowered the grade.
    pub lowered: bool,
    /// Of how many scores.
    pub count: u32,
    /// How many of them have data.
    pub scored: u32,
}

/// A mean of scores of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GroupPart {
    /// Of what.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its name in English.
    pub name_en: Option<String>,
    /// The mean.
    pub total: TotalPart,
}

impl Content {
    /// SM3 of the canonical form, hexadecimal.
    ///
    /// # Errors
    /// [`AssessmentError::Damaged`] when the content is no JSON, which does not happen.
    pub fn digest(&self) -> Result<String, AssessmentError> {
        Ok(digest_of(&canonical_content(self)?))
    }

    /// Whether any figure is made up.
    pub fn is_simulated(&self) -> bool {
        self.figures.iter().any(|figure| figure.simulated)
            || self.works.iter().any(|work| work.simulated)
    }

    /// The grade of that identifier.
    pub fn grade(&self, id: Option<&str>) -> Option<&GradePart> {
        let id = id?;
        self.rule.grades.iter().find(|grade| grade.id == id)
    }
}
