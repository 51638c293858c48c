//! `qingshan evaluate stored`: which verdicts of the stored records would turn by other rules.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use access::{Actor, RegionCode};
use anyhow::{Context, bail};
use beijing_time::{CivilDate, Clock, StatDay, SystemClock};
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use sites::{DeviceDirectory, DirectoryHandle, Medium, PointId};
use verdicts::{
    Flip, Outcome, Rulebook, Simulation, SimulationRequest, SimulationTotals, VerdictKind,
    VerdictState, class_of_number,
};

use super::language_of;
use super::write::sink;
use crate::config::Configuration;
use crate::database_command::open;
use crate::hj212_command::LanguageOption;
use crate::sealing_key;
use standards::Language;

/// Options of `qingshan evaluate stored`.
#[derive(Debug, Args)]
pub(crate) struct StoredOptions {
    /// What is measured.
    #[arg(value_enum)]
    medium: StoredMedium,
    /// The first day, such as `2018-01-01`.
    #[arg(long, value_name = "DAY")]
    from: CivilDate,
    /// The last day.
    #[arg(long, value_name = "DAY")]
    to: CivilDate,
    /// Verdicts of this period; when absent days of air and waste water, months of surface water,
    /// hours of waste gas.
    #[arg(long, value_enum)]
    kind: Option<StoredKind>,
    /// Points of a region and all below it.
    #[arg(long, value_name = "CODE")]
    region: Option<RegionCode>,
    /// This point only.
    #[arg(long, value_name = "ID")]
    point: Option<i64>,
    /// Other values (TOML): `[[override]]` for the standards' tables, `[[limit]]` for the limits that
    /// are registered at outlets.
    #[arg(long, value_name = "FILE")]
    with_limits: Option<PathBuf>,
    /// The editions in force on this day.
    #[arg(long, value_name = "DAY")]
    with_rules_of: Option<CivilDate>,
    /// The class, 1 to 5, that every section would have to keep.
    #[arg(long, value_name = "CLASS", value_parser = clap::value_parser!(i64).range(1..=5))]
    target_class: Option<i64>,
    /// Where the verdicts that would turn go; standard output without it.
    #[arg(long, short)]
    output: Option<PathBuf>,
    /// The form of the output.
    #[arg(long, value_enum, default_value = "csv")]
    format: StoredFormat,
    /// The language of words.
    #[arg(long, value_enum, default_value = "zh")]
    language: LanguageOption,
}

/// Media whose points have verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StoredMedium {
    /// Ambient air
    Air,
    /// Surface water
    SurfaceWater,
    /// Outlets of waste gas
    WasteGas,
    /// Outlets of waste water
    WasteWater,
}

impl StoredMedium {
    const fn medium(self) -> Medium {
        match self {
            Self::Air => Medium::Air,
            Self::SurfaceWater => Medium::SurfaceWater,
            Self::WasteGas => Medium::WasteGas,
            Self::WasteWater => Medium::WasteWater,
        }
    }
}

/// The period of a verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StoredKind {
    Hour,
    Day,
    Month,
    Year,
}

impl StoredKind {
    const fn kind(self) -> VerdictKind {
        match self {
            Self::Hour => VerdictKind::Hour,
            Self::Day => VerdictKind::Day,
            Self::Month => VerdictKind::Month,
            Self::Year => VerdictKind::Year,
        }
    }
}

/// The form of the output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StoredFormat {
    /// A table
    Csv,
    /// One object a line, the sums in the last
    Jsonl,
}

/// Runs `qingshan evaluate stored …`.
///
/// # Errors
/// When an option makes no sense, the database cannot be read, or the output cannot be written.
pub(super) async fn run(
    options: &StoredOptions,
    configuration: &Configuration,
) -> anyhow::Result<ExitCode> {
    if options.with_limits.is_none()
        && options.with_rules_of.is_none()
        && options.target_class.is_none()
    {
        bail!("nothing would be different\nhint: --with-limits, --with-rules-of or --target-class");
    }
    let present = Rulebook::shipped()?;
    let other = match &options.with_limits {
        Some(path) => {
            let text = std::fs::read_to_string(path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            present.with_other_limits(&path.display().to_string(), &text)?
        }
        None => present.with_own_tables()?,
    };
    let other = match options.with_rules_of {
        Some(day) => other.as_of(day),
        None => other,
    };
    let database = open(configuration).await?;
    database.check_schema().await?;
    let key = sealing_key::open(&configuration.database.sealing_key_file)?;
    let directory = DirectoryHandle::open(&database, key).await?.current();
    let request = SimulationRequest {
        medium: options.medium.medium(),
        kind: options.kind.map(StoredKind::kind),
        from: StatDay::of(options.from),
        to: StatDay::of(options.to),
        region: options.region.clone(),
        point_id: options.point,
        target_class: options.target_class.and_then(class_of_number),
    };
    let rules = (Arc::new(present), Arc::new(other));
    let mut simulation = Simulation::prepare(
        (&database, Arc::clone(&directory)),
        &Actor::built_in_operator(),
        &request,
        rules.clone(),
        SystemClock.now(),
    )
    .await?;
    let bar = progress(simulation.steps())?;
    let mut table = Table::open(options, &directory, &rules.0)?;
    while let Some(step) = simulation.next_step().await? {
        for flip in &step.flips {
            table.write(flip)?;
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    table.finish(simulation.kind(), simulation.totals())?;
    database.close().await;
    Ok(ExitCode::SUCCESS)
}

/// A bar on standard error; silent when that is no terminal.
fn progress(steps: usize) -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::new(steps as u64);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}")?);
    Ok(bar)
}

/// The verdicts that would turn, on their way out.
struct Table<'a> {
    options: &'a StoredOptions,
    directory: &'a DeviceDirectory,
    rulebook: &'a Rulebook,
    form: Form,
}

enum Form {
    Csv(Box<csv::Writer<Box<dyn Write>>>),
    Jsonl(Box<dyn Write>),
}

impl<'a> Table<'a> {
    fn open(
        options: &'a StoredOptions,
        directory: &'a DeviceDirectory,
        rulebook: &'a Rulebook,
    ) -> anyhow::Result<Self> {
        let mut out = sink(options.output.as_deref())?;
        let form = match options.format {
            StoredFormat::Jsonl => Form::Jsonl(out),
            StoredFormat::Csv => {
                if options.output.is_some() {
                    // spreadsheets read UTF-8 by this mark
                    out.write_all("\u{feff}".as_bytes())?;
                }
                let mut writer = csv::Writer::from_writer(out);
                writer.write_record([
                    "point_id",
                    "site",
                    "point",
                    "region",
                    "is_simulated",
                    "kind",
                    "time",
                    "present",
                    "other",
                    "direction",
                ])?;
                Form::Csv(Box::new(writer))
            }
        };
        Ok(Self {
            options,
            directory,
            rulebook,
            form,
        })
    }

    fn write(&mut self, flip: &Flip) -> anyhow::Result<()> {
        let point = self.directory.point(PointId(flip.point_id));
        let is_chinese = language_of(self.options.language) == Language::Chinese;
        let pick =
            |zh: &str, en: &str| if is_chinese || en.is_empty() { zh } else { en }.to_owned();
        let (site, name, region, is_simulated) = point.map_or_else(Default::default, |point| {
            (
                pick(&point.site.name_zh, &point.site.name_en),
                pick(&point.details.name_zh, &point.details.name_en),
                point.region_code().to_string(),
                point.is_simulated(),
            )
        });
        let (present, other) = (self.tell(&flip.present), self.tell(&flip.other));
        match &mut self.form {
            Form::Csv(writer) => writer.write_record([
                &flip.point_id.to_string(),
                &site,
                &name,
                &region,
                &is_simulated.to_string(),
                flip.kind.as_str(),
                &flip.time.to_string(),
                &present,
                &other,
                flip.direction.as_str(),
            ])?,
            Form::Jsonl(out) => {
                let line = json!({
                    "point_id": flip.point_id, "site": site, "point": name, "region": region,
                    "is_simulated": is_simulated, "kind": flip.kind.as_str(),
                    "time": flip.time.to_string(), "present": outcome(&flip.present),
                    "other": outcome(&flip.other), "direction": flip.direction.as_str(),
                });
                writeln!(out, "{line}")?;
            }
        }
        Ok(())
    }

    /// An outcome in a few words, such as `AQI 110 轻度污染 pm2_5_24h`.
    fn tell(&self, outcome: &Outcome) -> String {
        let is_chinese = language_of(self.options.language) == Language::Chinese;
        let pick = |zh: &str, en: &str| if is_chinese { zh } else { en }.to_owned();
        if outcome.state != VerdictState::Given {
            return pick("未评价", "not judged");
        }
        let mut parts = Vec::new();
        parts.extend(outcome.figure.map(|figure| format!("AQI {figure}")));
        if let Some(grade) = outcome.grade {
            if self.options.medium == StoredMedium::SurfaceWater {
                let class = class_of_number(grade).map_or("", |class| class.published_name());
                parts.push(pick(&format!("{class}类"), &format!("class {class}")));
            } else if let Some((zh, en)) = self.rulebook.level_names(grade) {
                parts.push(pick(&zh, &en));
            }
        }
        match outcome.is_attained {
            Some(true) => parts.push(pick("达标", "within")),
            Some(false) => parts.push(pick("超标", "over")),
            None => {}
        }
        if !outcome.deciding.is_empty() {
            parts.push(format!("({})", outcome.deciding.join(", ")));
        }
        parts.join(" ")
    }

    fn finish(self, kind: VerdictKind, totals: SimulationTotals) -> anyhow::Result<()> {
        match self.form {
            Form::Csv(mut writer) => writer.flush()?,
            Form::Jsonl(mut out) => {
                let line = json!({ "totals": {
                    "kind": kind.as_str(), "points": totals.points,
                    "points_turned": totals.points_turned, "judged": totals.judged,
                    "worse": totals.worse, "better": totals.better, "other": totals.other,
                    "shifted": totals.shifted, "removed_days": totals.removed_days,
                }});
                writeln!(out, "{line}")?;
                out.flush()?;
            }
        }
        tell_totals(self.options.language, totals);
        Ok(())
    }
}

fn outcome(outcome: &Outcome) -> Value {
    json!({
        "state": outcome.state.as_str(), "figure": outcome.figure, "grade": outcome.grade,
        "is_attained": outcome.is_attained, "deciding": outcome.deciding,
    })
}

#[expect(clippy::print_stderr, reason = "the command line's own output")]
fn tell_totals(language: LanguageOption, totals: SimulationTotals) {
    let SimulationTotals {
        points,
        points_turned,
        judged,
        worse,
        better,
        other,
        shifted,
        removed_days,
    } = totals;
    match language {
        LanguageOption::Zh => eprintln!(
            "{points} 个点位的 {judged} 个评价：{points_turned} 个点位有变化，变差 {worse}，变好 {better}，\
             其他 {other}；仅指数或首要项目变化 {shifted}"
        ),
        LanguageOption::En => eprintln!(
            "{judged} verdicts of {points} points: {points_turned} points would turn, {worse} worse, \
             {better} better, {other} other; only another index or item: {shifted}"
        ),
    }
    if removed_days > 0 {
        match language {
            LanguageOption::Zh => eprintln!("{removed_days} 天的记录已按保存期限清除，未计算"),
            LanguageOption::En => eprintln!("{removed_days} days were removed by retention"),
        }
    }
}
