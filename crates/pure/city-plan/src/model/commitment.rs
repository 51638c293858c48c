//! Tasks, projects, investment, safeguards, and what binds nobody.

use exact_decimal::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::{Cite, Meaning};
use crate::Due;

/// How often a task comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Recurrence {
    /// Every day.
    Daily,
    /// Twice a year.
    HalfYearly,
    /// Every year.
    Yearly,
    /// All the time, or whenever the case arises.
    Continuous,
}

/// A figure that a task is checked by.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TaskMeasure {
    /// What is measured.
    pub name: String,
    /// The figure to reach.
    #[schemars(with = "String")]
    pub target: Decimal,
    /// Unit of measurement.
    pub unit: String,
    /// What the figure means.
    pub meaning: Meaning,
    /// When it must be reached, if earlier than the task's deadline.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub due: Option<Due>,
    /// The indicator that measures the same.
    #[serde(default)]
    pub indicator: Option<String>,
}

/// A task.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Identifier.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// What is to be done.
    pub name: String,
    /// The same in English.
    #[serde(default)]
    pub name_en: Option<String>,
    /// Heading in the plan under which it stands.
    pub heading: String,
    /// By when: `2017`, `2017-10` or `2017-10-31`; the end of what is named. Without it the last
    /// year of the period.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub due: Option<Due>,
    /// How often it comes again.
    #[serde(default)]
    pub recurrence: Option<Recurrence>,
    /// Responsible units, if the plan names them.
    #[serde(default)]
    pub lead: Vec<String>,
    /// Cooperating units, if the plan names them.
    #[serde(default)]
    pub cooperating: Vec<String>,
    /// Regions it is about, if the plan names them.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Figures it is checked by.
    #[serde(default)]
    pub measure: Vec<TaskMeasure>,
    /// What must be there when it is done, if no figure measures it: a list, a register, a plan.
    #[serde(default)]
    pub deliverable: Option<String>,
    /// Where the plan says so.
    pub cite: Vec<Cite>,
}

/// A project that the plan names.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedProject {
    /// Identifier.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Name as in the plan.
    pub name: String,
    /// Kind: identifier of a row of the investment table.
    pub kind: String,
    /// The task it serves.
    #[serde(default)]
    pub task: Option<String>,
    /// The indicator it serves.
    #[serde(default)]
    pub indicator: Option<String>,
    /// Where it is, if the plan says so.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Where the plan says so.
    pub cite: Vec<Cite>,
}

/// A row of the investment table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Investment {
    /// Identifier.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Kind of projects.
    pub name: String,
    /// How many projects.
    pub count: u32,
    /// Amount, exact, in units of 10⁸ yuan (亿元).
    #[schemars(with = "String")]
    pub amount: Decimal,
    /// Where the plan says so.
    pub cite: Vec<Cite>,
}

/// The last row of the investment table.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InvestmentTotal {
    /// Identifier.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// How many projects.
    pub count: u32,
    /// Amount, exact, in units of 10⁸ yuan (亿元).
    #[schemars(with = "String")]
    pub amount: Decimal,
    /// Where the plan says so.
    pub cite: Vec<Cite>,
}

/// How the plan sees to it that it is carried out.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Safeguard {
    /// Identifier.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// What is to be done.
    pub name: String,
    /// By when.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub due: Option<Due>,
    /// How often it comes again.
    #[serde(default)]
    pub recurrence: Option<Recurrence>,
    /// Responsible units, if the plan names them.
    #[serde(default)]
    pub lead: Vec<String>,
    /// Where the plan says so.
    pub cite: Vec<Cite>,
}

/// Why a passage binds nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Tells what was or is.
    Background,
    /// A principle or an aim without anything to check.
    Principle,
    /// Names another document.
    Reference,
    /// How something is done, while another entry says what.
    Manner,
    /// Title, heading or head of a table.
    Heading,
}

/// A passage that binds nobody.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NotACommitment {
    /// Identifier.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Why.
    pub reason: Reason,
    /// More about why, where the reason alone does not tell.
    #[serde(default)]
    pub note: Option<String>,
    /// The passages.
    pub cite: Vec<Cite>,
}
