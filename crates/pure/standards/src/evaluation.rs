//! Rows of measurements in, rows of verdicts out, each with its basis and its calculation: what
//! `qingshan evaluate` and the evaluation API are made of. Knows texts only, no files.

mod air;
mod emission;
mod fields;
mod further_water;
mod noise;
mod soil;
mod summary;
mod water;

use beijing_time::CivilDate;

use crate::{Basis, Explanation, Language, Parameters, StandardError};

use fields::{Field, Fields};

pub use summary::{Group, GroupKind, LeftOut, Summary, SummaryPeriod};

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Medium {
    /// Ambient air: indices of hours and days.
    Air,
    /// Surface water: classes of sections.
    Water,
    /// Noise: levels against the limits of zones and boundaries.
    Noise,
    /// Soil: concentrations against screening and intervention values.
    Soil,
    /// Emissions: concentrations of outlets against the limits of their standards.
    Emission,
}

impl Medium {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Air,
        Self::Water,
        Self::Noise,
        Self::Soil,
        Self::Emission,
    ];

    /// Name on the command line and in addresses.
    pub fn name(self) -> &'static str {
        match self {
            Self::Air => "air",
            Self::Water => "water",
            Self::Noise => "noise",
            Self::Soil => "soil",
            Self::Emission => "emission",
        }
    }

    /// The medium of a name.
    pub fn find(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|medium| medium.name() == name)
    }
}

/// How rows are judged where they do not say so themselves.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Options {
    /// A named method; by default the one that is published.
    pub method: Option<String>,
    /// The day of rows without a day of their own.
    pub date: Option<CivilDate>,
    /// Judge as if every row had been measured on this day: another edition or phase.
    pub rules_of: Option<CivilDate>,
    /// The kind of a row without one: the water body, the zone, the land, the facility.
    pub kind: Option<String>,
    /// The standard of rows without one, where several could judge.
    pub standard: Option<String>,
    /// The time that a summary puts rows of water or noise together by, where they do not name it:
    /// by default a month of water, a year of noise.
    pub period: Option<SummaryPeriod>,
    /// Whether a summary will be asked for: what it needs is kept.
    pub is_summarized: bool,
}

/// A column of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputColumn {
    /// Key, as in CSV and JSON.
    pub key: &'static str,
    /// Heading in Chinese.
    pub chinese: &'static str,
    /// Whether it is a verdict: what flips when a limit changes.
    pub is_verdict: bool,
}

/// One judged row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evaluated {
    /// One text a column of [`Evaluator::output_columns`]; none where there is nothing to say.
    pub values: Vec<Option<String>>,
    /// What it rests on.
    pub basis: Basis,
    /// The calculation step by step.
    pub explanation: Explanation,
}

/// Why a column or a cell cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Heading of the column as given; empty for the row as a whole.
    pub column: String,
    /// The text of the cell as given, at most its first 40 characters.
    pub value: String,
    /// Why, in Chinese.
    pub chinese: String,
    /// Why, in English.
    pub english: String,
}

impl Problem {
    pub(crate) fn new(column: &str, value: &str, chinese: &str, english: &str) -> Self {
        Self {
            column: column.to_owned(),
            value: value.chars().take(40).collect(),
            chinese: chinese.to_owned(),
            english: english.to_owned(),
        }
    }

    fn of_error(column: &str, value: &str, error: &StandardError) -> Self {
        Self::new(column, value, &error.chinese(), &error.to_string())
    }

    /// The reason in a language.
    pub fn reason(&self, language: Language) -> &str {
        match language {
            Language::Chinese => &self.chinese,
            Language::English => &self.english,
        }
    }
}

const fn column(key: &'static str, chinese: &'static str, is_verdict: bool) -> OutputColumn {
    OutputColumn {
        key,
        chinese,
        is_verdict,
    }
}

/// The texts joined as Chinese lists are; none for none.
fn join<T: AsRef<str>>(parts: &[T]) -> Option<String> {
    let texts: Vec<_> = parts.iter().map(AsRef::as_ref).collect();
    (!texts.is_empty()).then(|| texts.join("、"))
}

/// 是 or 否.
fn yes_or_no(is: bool) -> String {
    if is { "是" } else { "否" }.to_owned()
}

/// Judges the rows of one table.
trait Judge {
    fn output_columns(&self) -> &'static [OutputColumn];
    fn judge(&mut self, row: &Fields<'_>) -> Result<Evaluated, Vec<Problem>>;
    /// Takes note of a row that could not be judged, for the summary.
    fn refuse(&mut self, _row: &Fields<'_>) {}
    /// What the rows come to together; none for a table that has no groups.
    fn summarize(&mut self) -> Option<Summary> {
        None
    }
}

/// Judges the rows of one table of measurements.
pub struct Evaluator<'a> {
    judge: Box<dyn Judge + 'a>,
    header: Vec<String>,
    positions: Vec<(String, usize)>,
    rows: u64,
}

impl core::fmt::Debug for Evaluator<'_> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter
            .debug_struct("Evaluator")
            .field("header", &self.header)
            .finish_non_exhaustive()
    }
}

impl<'a> Evaluator<'a> {
    /// Reads the headings of a table. Headings that no standard knows are carried along.
    ///
    /// # Errors
    /// Every problem of the headings and the options: nothing that could be judged, a heading
    /// twice, an unknown method.
    pub fn new<T: AsRef<str>>(
        parameters: &'a Parameters,
        medium: Medium,
        options: &Options,
        header: &[T],
    ) -> Result<Self, Vec<Problem>> {
        let (known, measured): (Vec<Field>, usize) = match medium {
            Medium::Air => air::fields(),
            Medium::Water => water::fields(parameters),
            Medium::Noise => noise::fields(),
            Medium::Soil => soil::fields(parameters),
            Medium::Emission => emission::fields(),
        };
        let header: Vec<String> = header
            .iter()
            .map(|name| {
                name.as_ref()
                    .trim()
                    .trim_start_matches('\u{feff}')
                    .to_owned()
            })
            .collect();
        let positions = fields::find_positions(&known, measured, &header)?;
        let has = |key: &str| positions.iter().any(|(known, _)| known == key);
        let judge: Box<dyn Judge + 'a> = match medium {
            Medium::Air => Box::new(air::AirJudge::new(parameters, options, has)?),
            Medium::Water => Box::new(water::WaterJudge::new(parameters, options, has)?),
            Medium::Noise => Box::new(noise::NoiseJudge::new(parameters, options)?),
            Medium::Soil => Box::new(soil::SoilJudge::new(parameters, options)?),
            Medium::Emission => Box::new(emission::EmissionJudge::new(parameters, options, has)?),
        };
        Ok(Self {
            judge,
            header,
            positions,
            rows: 0,
        })
    }

    /// The headings as given.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The columns of the results.
    pub fn output_columns(&self) -> &'static [OutputColumn] {
        self.judge.output_columns()
    }

    /// Judges one row; rows are counted from 1.
    ///
    /// # Errors
    /// Every problem of the row: the good rows beside it are not touched.
    pub fn evaluate<T: AsRef<str>>(&mut self, row: &[T]) -> Result<Evaluated, Vec<Problem>> {
        self.evaluate_numbered(self.rows + 1, row)
    }

    /// Judges one row that the caller has a number for.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn evaluate_numbered<T: AsRef<str>>(
        &mut self,
        number: u64,
        row: &[T],
    ) -> Result<Evaluated, Vec<Problem>> {
        self.rows = number;
        let cells: Vec<&str> = row.iter().map(AsRef::as_ref).collect();
        let fields = Fields {
            number,
            header: &self.header,
            positions: &self.positions,
            cells: &cells,
        };
        let judged = self.judge.judge(&fields);
        if judged.is_err() {
            self.judge.refuse(&fields);
        }
        judged
    }

    /// Takes note of a row that is none of the table, for the summary.
    pub fn leave_out(&mut self, number: u64) {
        self.rows = number;
        self.judge.refuse(&Fields {
            number,
            header: &self.header,
            positions: &self.positions,
            cells: &[],
        });
    }

    /// What the rows that were judged come to together: rivers, lakes and cities, regions and
    /// roads, outlets and taxpayers, years of stations. None for a table that has no groups, and
    /// where [`Options::is_summarized`] was not set. What was kept is given up.
    pub fn summarize(&mut self) -> Option<Summary> {
        self.judge.summarize()
    }
}

/// A verdict that another set of limits or another edition changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flip {
    /// The column.
    pub column: &'static str,
    /// The verdict in force.
    pub from: Option<String>,
    /// The verdict under the other rules.
    pub to: Option<String>,
}

/// The verdicts of one row that differ under other rules; all of them when those cannot judge it.
pub fn find_changes(
    columns: &'static [OutputColumn],
    present: &Evaluated,
    other: Option<&Evaluated>,
) -> Vec<Flip> {
    columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.is_verdict)
        .filter_map(|(position, column)| {
            let from = present.values.get(position).cloned().flatten();
            let to = other.and_then(|other| other.values.get(position).cloned().flatten());
            (from != to).then_some(Flip {
                column: column.key,
                from,
                to,
            })
        })
        .collect()
}
