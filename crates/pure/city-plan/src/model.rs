//! What stands in a plan's files: one type for each kind of entry.
//!
//! The documentation of each field is also the text of `docs/plan-schema.md`.

use std::collections::BTreeMap;

use exact_decimal::Decimal;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

mod assessment;
mod commitment;

pub use assessment::{
    AssessmentKind, AssessmentRule, Grade, IndicatorWeight, Responsibility, WorkWeights,
};
pub use commitment::{
    Investment, InvestmentTotal, NamedProject, NotACommitment, Reason, Recurrence, Safeguard, Task,
    TaskMeasure,
};

/// One file of a plan. A plan is a folder of such files; every kind of entry may stand in any of
/// them, and exactly one has the table `[plan]`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PlanFile {
    /// What plan this is. Stands in exactly one file.
    pub plan: Option<Header>,
    /// Regions that entries name.
    pub region: Vec<Region>,
    /// Departments and other bodies that carry tasks out.
    pub unit: Vec<Unit>,
    /// Named quantities that formulas are made of, each with the place its figures come from.
    pub measure: Vec<Measure>,
    /// Indicators with base and target.
    pub indicator: Vec<Indicator>,
    /// Reduction accounts of pollutants.
    pub account: Vec<Account>,
    /// Results of the period before.
    pub result: Vec<PastResult>,
    /// Single figures that the plan states.
    pub fact: Vec<Fact>,
    /// What must hold between facts.
    pub identity: Vec<Identity>,
    /// Tasks.
    pub task: Vec<Task>,
    /// Projects that the plan names.
    pub project: Vec<NamedProject>,
    /// Rows of the investment table.
    pub investment: Vec<Investment>,
    /// The last row of the investment table.
    pub investment_total: Option<InvestmentTotal>,
    /// How the plan sees to it that it is carried out.
    pub safeguard: Vec<Safeguard>,
    /// The rule by which the plan is assessed. Stands in one file at most.
    pub assessment: Option<AssessmentRule>,
    /// Passages that bind nobody, so that nothing is left out unseen.
    pub not_a_commitment: Vec<NotACommitment>,
}

/// What plan this is.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// Identifier: lower-case letters, digits and `_`.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Title as on the cover.
    pub title: String,
    /// Title in English.
    #[serde(default)]
    pub title_en: Option<String>,
    /// Code of the region the plan is for (GB/T 2260).
    pub region: String,
    /// First year of the period.
    pub first_year: i32,
    /// Last year of the period.
    pub last_year: i32,
    /// Year of the bases.
    pub base_year: i32,
    /// File of the plan's text beside this one; quotes are looked up in it.
    #[serde(default)]
    pub text: Option<String>,
    /// File with more `[[region]]` entries, relative to this one.
    #[serde(default)]
    pub regions: Option<String>,
    /// English names of the groups of indicators, by their Chinese names.
    #[serde(default)]
    pub categories_en: BTreeMap<String, String>,
    /// English names of the headings under which tasks stand, by their Chinese names.
    #[serde(default)]
    pub headings_en: BTreeMap<String, String>,
}

impl Header {
    /// The English name of a heading; empty where the plan gives none.
    pub fn heading_en(&self, heading: &str) -> &str {
        self.headings_en.get(heading).map_or("", String::as_str)
    }
}

/// A region.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
pub struct Region {
    /// Code (GB/T 2260).
    #[schemars(with = "String")]
    pub code: Spanned<String>,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
}

/// A place in the plan's text.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cite {
    /// Chapter and section, such as `四（一）`; the title of a table stands in its section.
    pub at: String,
    /// The words themselves, found exactly once in that section. The cells of a table's row are
    /// joined by ` | `, empty cells left out.
    pub quote: String,
    /// When the passage is long: its last words; `quote` is then where it begins.
    #[serde(default)]
    pub until: Option<String>,
}

/// A department or another body.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Unit {
    /// Identifier.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Name.
    pub name: String,
    /// Name in English.
    #[serde(default)]
    pub name_en: Option<String>,
    /// Other names that the text uses for it; a mention of any of them must be cited.
    #[serde(default)]
    pub aliases: Vec<String>,
}

/// Where a measure's figures come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// Statistics and verdicts of monitoring.
    Monitoring,
    /// A register of the platform.
    Register,
    /// The project pool.
    Projects,
    /// Reported by a unit, checked and accepted.
    Reported,
    /// Published by somebody else, such as the statistical yearbook.
    Published,
}

/// What the platform can compute itself for a measure, of a region and a year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum StatisticKind {
    /// Days whose index, of the means over the stations, is at most 100 (HJ 633, HJ 663).
    GoodAirDays,
    /// Days with an index of the means over the stations (HJ 663).
    ValidAirDays,
    /// The annual mean of a pollutant over the stations (HJ 663); names the pollutant.
    AirMean,
    /// The worst class of the year among the sections (GB 3838), 1 to 6.
    WorstWaterClass,
    /// Sections whose class of the year keeps what the section is held against.
    SectionsOnTarget,
    /// Sections with a class of the year.
    SectionsJudged,
}

/// A statistic that gives a measure its figures.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statistic {
    /// What is computed.
    pub kind: StatisticKind,
    /// Of `air_mean`: `so2`, `no2`, `pm10` or `pm2_5`.
    #[serde(default)]
    pub pollutant: Option<String>,
    /// Regions whose stations or sections take part; without it those of the region itself.
    #[serde(default)]
    pub within: Vec<String>,
    /// Codes of sites that take part too, wherever they are registered: daily figures of the whole
    /// city, for example.
    #[serde(default)]
    pub sites: Vec<String>,
}

/// A named quantity for formulas.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Measure {
    /// Identifier, as formulas write it.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Name.
    pub name: String,
    /// Name in English.
    #[serde(default)]
    pub name_en: Option<String>,
    /// Unit of measurement.
    pub unit: String,
    /// Where its figures come from.
    pub source: SourceKind,
    /// What exactly: a statistic, a register, or who reports it.
    pub from: String,
    /// The statistic that gives its figures, when the platform computes it itself.
    #[serde(default)]
    pub statistic: Option<Statistic>,
}

impl StatisticKind {
    /// The stable name.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::GoodAirDays => "good_air_days",
            Self::ValidAirDays => "valid_air_days",
            Self::AirMean => "air_mean",
            Self::WorstWaterClass => "worst_water_class",
            Self::SectionsOnTarget => "sections_on_target",
            Self::SectionsJudged => "sections_judged",
        }
    }
}

impl Statistic {
    /// The pollutants of which an annual mean is evaluated.
    pub const POLLUTANTS: [&'static str; 4] = ["so2", "no2", "pm10", "pm2_5"];
}

/// Whether an indicator must be met.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Force {
    /// 约束性: must be met.
    Binding,
    /// 指导性 or 预期性: is aimed at.
    Guiding,
}

/// What a target means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Reach the level or more.
    AtLeast,
    /// Stay at or below the level.
    AtMost,
    /// Lower the base by so many per cent over the whole period.
    ReduceBy,
    /// Keep the level that is there already.
    Keep,
    /// Water-quality class as a number (1 = Ⅰ … 6 = worse than Ⅴ): this class or a better one.
    ClassOrBetter,
}

/// A target for one year on the way.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct YearTarget {
    /// The year.
    pub year: i32,
    /// The target of that year, in the indicator's unit.
    #[schemars(with = "String")]
    pub target: Decimal,
}

/// A target for one region.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegionTarget {
    /// The region's code.
    pub region: String,
    /// Its base, if it has one of its own.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub base: Option<Decimal>,
    /// Its target.
    #[schemars(with = "String")]
    pub target: Decimal,
}

/// An indicator.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Indicator {
    /// Identifier.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Name.
    pub name: String,
    /// Name in English.
    #[serde(default)]
    pub name_en: Option<String>,
    /// Group of the table.
    pub category: String,
    /// Binding or guiding.
    pub force: Force,
    /// Unit of measurement.
    pub unit: String,
    /// Value of the base year; left out when the plan has none.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub base: Option<Decimal>,
    /// The target.
    #[schemars(with = "String")]
    pub target: Decimal,
    /// What the target means.
    pub meaning: Meaning,
    /// Year of the target; without it the last year of the period.
    #[serde(default)]
    pub target_year: Option<i32>,
    /// The target as the plan writes it.
    pub written: String,
    /// The quantity it is about; facts and results of the same subject are held against it.
    #[serde(default)]
    pub subject: Option<String>,
    /// How it is computed from measures (language: crate `formula`).
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    pub formula: Option<Spanned<String>>,
    /// Decimal places of its value, rounded half to even (GB/T 8170).
    #[serde(default)]
    pub places: Option<u32>,
    /// Targets of single years; without them the expected path is a straight line.
    #[serde(default)]
    pub path: Vec<YearTarget>,
    /// Targets of single regions.
    #[serde(default)]
    pub by_region: Vec<RegionTarget>,
    /// Regions that are judged each on its own by the same target.
    #[serde(default)]
    pub regions: Vec<String>,
    /// Anything a reader should know.
    #[serde(default)]
    pub note: Option<String>,
    /// Where the plan says so.
    pub cite: Vec<Cite>,
}

/// The reduction account of a pollutant: emission of the year before + new increment − what projects
/// take away, each project once.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Identifier.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Name of the pollutant.
    pub name: String,
    /// Name in English.
    #[serde(default)]
    pub name_en: Option<String>,
    /// The indicator it is about; its base holds for the whole region while no county has reported one.
    pub indicator: String,
    /// The measure whose value the account gives. What a county reports of it for the base year is the
    /// county's base.
    pub emission: String,
    /// The measure of what growth adds in a year. A year without a report of it is open, and the
    /// account gives no value for it.
    pub increment: String,
    /// The measure of what a project takes away; each report of it names a project of the pool.
    pub reduction: String,
}

/// A result of the period before.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PastResult {
    /// Identifier.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// Name.
    pub name: String,
    /// Group of the table.
    pub category: String,
    /// Binding or guiding.
    pub force: Force,
    /// Unit of measurement.
    pub unit: String,
    /// Planned.
    #[schemars(with = "String")]
    pub planned: Decimal,
    /// Achieved in the base year.
    #[schemars(with = "String")]
    pub achieved: Decimal,
    /// What the planned figure means: at least or at most.
    pub meaning: Meaning,
    /// The quantity it is about.
    #[serde(default)]
    pub subject: Option<String>,
    /// Where the plan says so.
    pub cite: Vec<Cite>,
}

/// A single figure that the plan states.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fact {
    /// Identifier; identities use it as a name.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// What it says.
    pub name: String,
    /// The quantity; two facts of one subject and year must agree.
    #[serde(default)]
    pub subject: Option<String>,
    /// The year, or the last year of the span it is about.
    pub year: i32,
    /// The figure.
    #[schemars(with = "String")]
    pub value: Decimal,
    /// Unit of measurement.
    pub unit: String,
    /// Where the plan says so.
    pub cite: Vec<Cite>,
}

/// What must hold between facts.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Identity {
    /// Identifier.
    #[schemars(with = "String")]
    pub id: Spanned<String>,
    /// What must hold, in words.
    pub name: String,
    /// A formula over facts that is true or false.
    #[schemars(with = "String")]
    pub formula: Spanned<String>,
}
