//! `qingshan evaluate`: measurements of a file judged by the standards in force on their day.

mod basis;
pub(crate) mod read;
mod stored;
mod summary;
mod write;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use beijing_time::CivilDate;
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use standards::evaluation::{self, Evaluator, Medium, Options, Problem, SummaryPeriod};
use standards::{Language, Parameters};

use crate::config::Configuration;
use crate::hj212_command::LanguageOption;
use write::{Outgoing, Writer};

/// Some rows could not be judged; the others were.
const SOME_ROWS_REFUSED: u8 = 3;
/// Problems told on standard error; all of them go to `--problems`.
const TOLD_PROBLEMS: u64 = 20;

/// `qingshan evaluate …`.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub(crate) struct EvaluateCommand {
    #[command(subcommand)]
    stored: Option<EvaluateStored>,
    #[command(flatten)]
    file: Option<EvaluateOptions>,
}

#[derive(Debug, Subcommand)]
enum EvaluateStored {
    /// Impact: which verdicts of the stored records would turn by other limits or editions. Nothing is
    /// written to the database.
    Stored(stored::StoredOptions),
}

/// Options for a file of measurements.
#[derive(Debug, Args)]
pub(crate) struct EvaluateOptions {
    /// What is measured.
    #[arg(value_enum)]
    medium: MediumOption,
    /// A CSV or XLSX file with a heading row; `-` reads CSV from standard input.
    input: PathBuf,
    /// Where the results go; standard output without it.
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// The form of the results; by default what the output file's name says, else CSV.
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// Add the calculation of each row, step by step, like a worked example.
    #[arg(long)]
    explain: bool,
    /// The language of calculations, headings of XLSX and reasons.
    #[arg(long, value_enum, default_value = "zh")]
    language: LanguageOption,
    /// A named method instead of the published one, such as `hourly-text-2012` or `manual-rounded`.
    #[arg(long)]
    method: Option<String>,
    /// The kind of rows that do not say it. Air: `hour` or `day`; water: `river` or
    /// `lake`; noise: the class of zone; soil: `paddy`, `orchard`, `other`, `first` or `second`;
    /// emission: the facility.
    #[arg(long)]
    kind: Option<String>,
    /// The standard of rows that do not name one, where several could judge.
    #[arg(long)]
    standard: Option<String>,
    /// The day of rows without a day.
    #[arg(long)]
    date: Option<CivilDate>,
    /// The sheet of an XLSX file; the first without it.
    #[arg(long)]
    sheet: Option<String>,
    /// The city's own parameters over the shipped ones (TOML).
    #[arg(long, value_name = "FILE")]
    parameters: Option<PathBuf>,
    /// Impact: which rows would be judged otherwise with these limits over the present ones (TOML).
    #[arg(long, value_name = "FILE")]
    with_limits: Option<PathBuf>,
    /// Impact: which rows would be judged otherwise by the editions in force on this day.
    #[arg(long, value_name = "DATE")]
    with_rules_of: Option<CivilDate>,
    /// A CSV file that takes every problem: row, column, value, reason.
    #[arg(long, value_name = "FILE")]
    problems: Option<PathBuf>,
    /// A CSV file that takes the summary: rivers, lakes and cities, regions and roads, outlets and
    /// taxpayers, years of stations. JSON and XLSX hold it themselves.
    #[arg(long, value_name = "FILE")]
    summary: Option<PathBuf>,
    /// What the summary puts rows of water or noise together by, where no column `summary_period`
    /// says it: by default months of water and years of noise.
    #[arg(long, value_enum)]
    period: Option<PeriodOption>,
}

/// The time of a summary, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PeriodOption {
    /// Calendar months
    Month,
    /// Quarters of the year
    Quarter,
    /// Calendar years
    Year,
}

impl PeriodOption {
    const fn period(self) -> SummaryPeriod {
        match self {
            Self::Month => SummaryPeriod::Month,
            Self::Quarter => SummaryPeriod::Quarter,
            Self::Year => SummaryPeriod::Year,
        }
    }
}

/// What is measured, on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum MediumOption {
    /// Ambient air: indices of hours and days (GB 3095, HJ 633)
    Air,
    /// Surface water: classes of sections (GB 3838)
    Water,
    /// Noise: levels of zones and boundaries (GB 3096, GB 12348, GB 22337, GB 12523)
    Noise,
    /// Soil: screening and intervention values (GB 15618, GB 36600)
    Soil,
    /// Emissions: concentrations of outlets against the limits of their standards
    Emission,
}

impl MediumOption {
    const fn medium(self) -> Medium {
        match self {
            Self::Air => Medium::Air,
            Self::Water => Medium::Water,
            Self::Noise => Medium::Noise,
            Self::Soil => Medium::Soil,
            Self::Emission => Medium::Emission,
        }
    }
}

/// The form of the results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// A table of texts
    Csv,
    /// One object with rows, basis and calculation
    Json,
    /// A workbook: results, problems
    Xlsx,
}

/// What became of the rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Count {
    judged: u64,
    refused: u64,
    flipped: u64,
}

/// Runs `qingshan evaluate …`.
///
/// # Errors
/// When the input or the database cannot be read, or the output cannot be written.
pub(crate) async fn run(
    command: EvaluateCommand,
    configuration: impl FnOnce() -> anyhow::Result<Configuration>,
) -> anyhow::Result<ExitCode> {
    match (command.stored, command.file) {
        (Some(EvaluateStored::Stored(options)), _) => {
            stored::run(&options, &configuration()?).await
        }
        (None, Some(options)) => run_file(&options),
        (None, None) => bail!("say what is measured and where\nhint: qingshan evaluate --help"),
    }
}

fn run_file(options: &EvaluateOptions) -> anyhow::Result<ExitCode> {
    let shipped = Parameters::shipped()?;
    let present = with_file(&shipped, options.parameters.as_deref())?;
    let other = if options.with_limits.is_some() || options.with_rules_of.is_some() {
        Some(with_file(&present, options.with_limits.as_deref())?)
    } else {
        None
    };
    let progress = progress(&options.input)?;
    let mut table = read::open(&options.input, options.sheet.as_deref(), &progress)?;
    let count = evaluate(options, &present, other.as_ref(), &mut table, &progress)?;
    progress.finish_and_clear();
    tell(options, count, other.is_some());
    Ok(if count.refused > 0 {
        ExitCode::from(SOME_ROWS_REFUSED)
    } else {
        ExitCode::SUCCESS
    })
}

fn with_file(parameters: &Parameters, path: Option<&Path>) -> anyhow::Result<Parameters> {
    let Some(path) = path else {
        return Ok(parameters.clone());
    };
    let text =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    Ok(parameters.with_overrides(&path.display().to_string(), &text)?)
}

fn evaluator<'a>(
    parameters: &'a Parameters,
    options: &EvaluateOptions,
    rules_of: Option<CivilDate>,
    header: &[String],
    is_summarized: bool,
) -> anyhow::Result<Evaluator<'a>> {
    let settings = Options {
        method: options.method.clone(),
        date: options.date,
        rules_of,
        kind: options.kind.clone(),
        standard: options.standard.clone(),
        period: options.period.map(PeriodOption::period),
        is_summarized,
    };
    Evaluator::new(parameters, options.medium.medium(), &settings, header).map_err(|problems| {
        let language = options.language;
        let told: Vec<_> = problems
            .iter()
            .map(|problem| tell_problem(problem, language))
            .collect();
        anyhow::anyhow!(
            "{}: {}",
            options.input.display(),
            told.join(language.pick("；", "; "))
        )
    })
}

fn tell_problem(problem: &Problem, language: LanguageOption) -> String {
    let reason = problem.reason(language_of(language));
    match (problem.column.as_str(), problem.value.as_str()) {
        ("", "") => reason.to_owned(),
        ("", value) => format!("`{value}` {reason}"),
        (column, "") => format!("{column} {reason}"),
        (column, value) => format!("{column} `{value}` {reason}"),
    }
}

const fn language_of(language: LanguageOption) -> Language {
    match language {
        LanguageOption::Zh => Language::Chinese,
        LanguageOption::En => Language::English,
    }
}

fn evaluate(
    options: &EvaluateOptions,
    present: &Parameters,
    other: Option<&Parameters>,
    table: &mut read::Table<'_>,
    progress: &ProgressBar,
) -> anyhow::Result<Count> {
    let mut judge = evaluator(present, options, None, table.header(), true)?;
    let mut other_judge = other
        .map(|other| evaluator(other, options, options.with_rules_of, table.header(), false))
        .transpose()?;
    let columns = judge.output_columns();
    let mut writer = Writer::open(options, table.header(), columns, other.is_some())?;
    let mut problem_file = options
        .problems
        .as_deref()
        .map(write::ProblemFile::create)
        .transpose()?;
    let language = language_of(options.language);
    let mut count = Count::default();
    while let Some(row) = table.next_row()? {
        let outcome = match &row.defect {
            Some(problem) => {
                judge.leave_out(row.number);
                Err(vec![problem.clone()])
            }
            None => judge.evaluate_numbered(row.number, &row.cells),
        };
        let evaluated = match outcome {
            Ok(evaluated) => evaluated,
            Err(problems) => {
                count.refused += 1;
                for problem in &problems {
                    if count.refused <= TOLD_PROBLEMS {
                        let told = tell_problem(problem, options.language);
                        progress.suspend(|| warn(options.language, row.number, &told));
                    }
                    if let Some(file) = &mut problem_file {
                        file.add(row.number, problem, problem.reason(language))?;
                    }
                }
                writer.refuse(row.number, &problems)?;
                continue;
            }
        };
        // a row that the other rules cannot judge flips to nothing
        let would_be = other_judge
            .as_mut()
            .map(|judge| judge.evaluate(&row.cells).ok());
        let flips = would_be.map_or_else(Vec::new, |would_be| {
            evaluation::find_changes(columns, &evaluated, would_be.as_ref())
        });
        count.judged += 1;
        count.flipped += u64::from(!flips.is_empty());
        writer.write(&Outgoing {
            number: row.number,
            cells: &row.cells,
            evaluated: &evaluated,
            flips: &flips,
        })?;
    }
    if let Some(file) = problem_file {
        file.finish()?;
    }
    let summary = judge.summarize();
    if let Some(path) = options.summary.as_deref() {
        summary::write_file(path, summary.as_ref(), options)?;
    }
    tell_summary(options, summary.as_ref());
    writer.finish(count, summary.as_ref())?;
    Ok(count)
}

#[expect(clippy::print_stderr, reason = "the command line's own output")]
fn warn(language: LanguageOption, row: u64, told: &str) {
    match language {
        LanguageOption::Zh => eprintln!("第 {row} 行：{told}"),
        LanguageOption::En => eprintln!("row {row}: {told}"),
    }
}

/// A bar on standard error for a long input; silent when that is no terminal.
fn progress(input: &Path) -> anyhow::Result<ProgressBar> {
    if input.as_os_str() == "-" {
        return Ok(ProgressBar::new_spinner());
    }
    let size = std::fs::metadata(input)
        .with_context(|| format!("cannot read {}", input.display()))?
        .len();
    // a second's worth of rows needs no bar
    if size < 2_000_000 {
        return Ok(ProgressBar::hidden());
    }
    let bar = ProgressBar::new(size);
    bar.set_style(ProgressStyle::with_template(
        "{bar:40} {percent:>3} % {eta} {msg}",
    )?);
    Ok(bar)
}

#[expect(clippy::print_stderr, reason = "the command line's own output")]
fn tell(options: &EvaluateOptions, count: Count, is_simulation: bool) {
    let Count {
        judged,
        refused,
        flipped,
    } = count;
    match options.language {
        LanguageOption::Zh => eprintln!("已评价 {judged} 行，{refused} 行有问题未评价"),
        LanguageOption::En => eprintln!("{judged} rows judged, {refused} refused"),
    }
    if is_simulation {
        match options.language {
            LanguageOption::Zh => eprintln!("换用另一套限值或版本，{flipped} 行结论改变"),
            LanguageOption::En => eprintln!("{flipped} rows would be judged otherwise"),
        }
    }
    if refused > TOLD_PROBLEMS && options.problems.is_none() {
        eprintln!(
            "hint: {}",
            options.language.pick(
                "用 --problems FILE 得到全部问题",
                "--problems FILE takes all of them"
            )
        );
    }
}

/// How much a summary rests on; a hint where it has no place to go.
#[expect(clippy::print_stderr, reason = "the command line's own output")]
fn tell_summary(options: &EvaluateOptions, summary: Option<&evaluation::Summary>) {
    let Some(summary) = summary else {
        return;
    };
    let (groups, left) = (summary.groups.len(), summary.left_out_count);
    if groups == 0 && left == 0 {
        return;
    }
    match options.language {
        LanguageOption::Zh => eprintln!("汇总 {groups} 组，{left} 行未参与汇总"),
        LanguageOption::En => {
            eprintln!("groups summed up: {groups}, rows left out of them: {left}");
        }
    }
    let has_place =
        options.summary.is_some() || format(options).is_ok_and(|form| form != Format::Csv);
    if groups > 0 && !has_place {
        eprintln!(
            "hint: {}",
            options.language.pick(
                "用 --summary FILE 得到汇总结果",
                "--summary FILE takes the summary"
            )
        );
    }
}

/// The form of the output.
fn format(options: &EvaluateOptions) -> anyhow::Result<Format> {
    let named = options
        .output
        .as_deref()
        .and_then(Path::extension)
        .and_then(
            |ending| match ending.to_string_lossy().to_lowercase().as_str() {
                "csv" => Some(Format::Csv),
                "json" => Some(Format::Json),
                "xlsx" => Some(Format::Xlsx),
                _ => None,
            },
        );
    let format = options.format.or(named).unwrap_or(Format::Csv);
    if format == Format::Xlsx && options.output.is_none() {
        bail!("a workbook needs a file\nhint: --output FILE.xlsx");
    }
    if let (Some(output), true) = (&options.output, options.input.as_os_str() != "-") {
        let same = std::fs::canonicalize(output).ok();
        if same.is_some() && same == std::fs::canonicalize(&options.input).ok() {
            bail!("the output is the input file\nhint: give another --output");
        }
    }
    if let Some(summary) = &options.summary {
        let taken = [
            options.output.as_ref(),
            options.problems.as_ref(),
            Some(&options.input),
        ];
        if taken.into_iter().flatten().any(|other| other == summary) {
            bail!(
                "the summary would go into another file of this run\nhint: give another --summary"
            );
        }
    }
    Ok(format)
}
