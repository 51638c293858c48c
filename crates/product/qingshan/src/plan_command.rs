//! `qingshan plan`: a plan's files checked, and a new plan begun.

mod import;
mod recompute;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use city_plan::{Finding, Language, Plan, PlanSource, Severity, Tally};
use clap::{Args, Subcommand};

use crate::hj212_command::LanguageOption;

pub(crate) use import::import;
pub(crate) use recompute::recompute;

/// The most files of a plan, and the most bytes of one.
const MOST_FILES: usize = 200;
const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// The commands about plans.
#[derive(Debug, Subcommand)]
pub(crate) enum PlanCommand {
    #[command(flatten)]
    Files(FilesCommand),
    /// Import values of the plan's measures that were reported, checked and accepted before (XLSX or
    /// CSV), or a folder with `values.csv`: all of them, or none when anything is wrong.
    Import {
        /// The file or folder.
        file: PathBuf,
        /// The language of problems.
        #[arg(long, value_enum, default_value = "zh")]
        language: LanguageOption,
    },
    /// Compute all measures of the installation's plan anew from the verdicts that stand, and all
    /// indicators from these. The server must not run: it does the same by itself.
    Recompute {
        /// One JSON object, for machines.
        #[arg(long)]
        json: bool,
    },
}

/// The commands about a plan's files; they need no database.
#[derive(Debug, Subcommand)]
pub(crate) enum FilesCommand {
    /// Check a plan: contradictions, missing bases, unknown references, deadlines, formulas, and
    /// whether every figure of its text is covered.
    Check(CheckOptions),
    /// Write the files of a new plan, with comments, into a folder that is empty or not there.
    New {
        /// The folder.
        folder: PathBuf,
    },
    /// Print the JSON Schema of a plan's files, for editors.
    Schema,
}

/// Options of `qingshan plan check`.
#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// The plan: a folder of TOML files, or one file.
    #[arg(default_value = ".")]
    path: PathBuf,
    /// One JSON object with all findings, for machines.
    #[arg(long)]
    json: bool,
    /// Fail when there are warnings, too.
    #[arg(long)]
    strict: bool,
    /// The language of findings.
    #[arg(long, value_enum, default_value = "zh")]
    language: LanguageOption,
}

/// Runs `qingshan plan …`, writing to `out`. The exit code is 0, 1 when the check fails, 2 when
/// nothing could be read.
///
/// # Errors
/// When the output cannot be written, or a new plan not be made.
pub(crate) fn run(command: &FilesCommand, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    match command {
        FilesCommand::Check(options) => check(options, out),
        FilesCommand::New { folder } => begin(folder, out),
        FilesCommand::Schema => {
            out.write_all(city_plan::json_schema().as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn check(options: &CheckOptions, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    let sources = match read_sources(&options.path) {
        Ok(sources) => sources,
        Err(error) => {
            crate::command_line::report(&error);
            return Ok(ExitCode::from(2));
        }
    };
    let (plan, findings) = city_plan::check_sources(&sources);
    let language = match options.language {
        LanguageOption::Zh => Language::Chinese,
        LanguageOption::En => Language::English,
    };
    if options.json {
        write_json(out, &plan, &findings, language)?;
    } else {
        write_text(out, &options.path, &plan, &findings, language)?;
    }
    out.flush()?;
    let tally = Tally::of(&findings);
    let is_failed = tally.errors > 0 || (options.strict && tally.warnings > 0);
    Ok(if is_failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn write_text(
    out: &mut dyn Write,
    path: &Path,
    plan: &Plan,
    findings: &[Finding],
    language: Language,
) -> std::io::Result<()> {
    let folder = if path.is_file() {
        path.parent().unwrap_or(Path::new(""))
    } else {
        path
    };
    for finding in findings {
        let file = folder.join(&finding.place.file);
        let severity = finding.severity().word(language);
        let entry = finding.entry.as_deref().unwrap_or_default();
        writeln!(
            out,
            "{}:{}: {severity} {} {entry}",
            file.display(),
            finding.place.line,
            finding.rule,
        )?;
        writeln!(out, "    {}", finding.message(language))?;
        writeln!(out, "    → {}", finding.suggestion(language))?;
    }
    let tally = Tally::of(findings);
    let (indicators, tasks) = (plan.indicators.len(), plan.tasks.len());
    let (projects, facts) = (plan.projects.len(), plan.facts.len() + plan.results.len());
    match language {
        Language::Chinese => writeln!(
            out,
            "{indicators} 项指标、{tasks} 项任务、{projects} 个点名项目、{facts} 个数据：{} 个错误，{} 个警告，{} 个提示",
            tally.errors, tally.warnings, tally.hints
        ),
        Language::English => writeln!(
            out,
            "{indicators} indicators, {tasks} tasks, {projects} named projects, {facts} facts: {} errors, {} warnings, {} hints",
            tally.errors, tally.warnings, tally.hints
        ),
    }
}

fn write_json(
    out: &mut dyn Write,
    plan: &Plan,
    findings: &[Finding],
    language: Language,
) -> anyhow::Result<()> {
    let tally = Tally::of(findings);
    let list: Vec<_> = findings
        .iter()
        .map(|finding| {
            serde_json::json!({
                "rule": finding.rule.code(),
                "severity": finding.severity().as_str(),
                "file": finding.place.file,
                "line": finding.place.line,
                "entry": finding.entry,
                "message": finding.message(language),
                "suggestion": finding.suggestion(language),
            })
        })
        .collect();
    let document = serde_json::json!({
        "plan": plan.header.as_ref().map(|header| header.id.get_ref()),
        "errors": tally.errors,
        "warnings": tally.warnings,
        "hints": tally.hints,
        "worst": findings.iter().map(Finding::severity).max().map(Severity::as_str),
        "findings": list,
    });
    serde_json::to_writer_pretty(&mut *out, &document)?;
    writeln!(out)?;
    Ok(())
}

/// The files of a plan: all TOML files of the folder, then the text and the regions that `[plan]`
/// names.
fn read_sources(path: &Path) -> anyhow::Result<Vec<PlanSource>> {
    let (folder, mut names) = if path.is_dir() {
        let mut names = Vec::new();
        let entries = std::fs::read_dir(path)
            .with_context(|| format!("cannot read the folder {}", path.display()))?;
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if is_toml(&name) && entry.path().is_file() {
                names.push(name);
            }
        }
        (path.to_owned(), names)
    } else {
        let name = path
            .file_name()
            .with_context(|| format!("{} is no file", path.display()))?;
        let folder = path.parent().unwrap_or(Path::new("")).to_owned();
        (folder, vec![name.to_string_lossy().into_owned()])
    };
    names.sort();
    anyhow::ensure!(
        !names.is_empty(),
        "{} has no TOML file\nhint: qingshan plan new FOLDER begins a plan",
        path.display()
    );
    anyhow::ensure!(
        names.len() <= MOST_FILES,
        "{} has {} TOML files; a plan has at most {MOST_FILES}",
        path.display(),
        names.len()
    );
    let mut sources = names
        .iter()
        .map(|name| read_source(&folder, name))
        .collect::<anyhow::Result<Vec<_>>>()?;
    let (plan, _findings) = city_plan::read_plan(&sources);
    if let Some(header) = &plan.header {
        let besides = [&header.text, &header.regions];
        for name in besides.into_iter().flatten() {
            // a file that is not there is a finding, with its place
            if folder.join(name).exists() && !names.contains(name) {
                sources.push(read_source(&folder, name)?);
            }
        }
    }
    Ok(sources)
}

fn is_toml(name: &str) -> bool {
    Path::new(name)
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("toml"))
}

fn read_source(folder: &Path, name: &str) -> anyhow::Result<PlanSource> {
    let path = folder.join(name);
    let length = std::fs::metadata(&path)
        .with_context(|| format!("cannot read {}", path.display()))?
        .len();
    anyhow::ensure!(
        length <= MOST_BYTES,
        "{} has {length} bytes; a file of a plan has at most {MOST_BYTES}",
        path.display()
    );
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let text = String::from_utf8(bytes)
        .with_context(|| format!("{} is not UTF-8\nhint: save it as UTF-8", path.display()))?;
    Ok(PlanSource {
        name: name.to_owned(),
        text: text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned(),
    })
}

fn begin(folder: &Path, out: &mut dyn Write) -> anyhow::Result<ExitCode> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make the folder {}", folder.display()))?;
    let is_empty = std::fs::read_dir(folder)?.next().is_none();
    anyhow::ensure!(
        is_empty,
        "{} is not empty\nhint: name a new folder; nothing was written",
        folder.display()
    );
    for source in city_plan::skeleton() {
        let path = folder.join(&source.name);
        std::fs::write(&path, &source.text)
            .with_context(|| format!("cannot write {}", path.display()))?;
        writeln!(out, "{}", path.display())?;
    }
    writeln!(out, "qingshan plan check {}", folder.display())?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(path: &Path, json: bool, strict: bool) -> (String, String) {
        let options = CheckOptions {
            path: path.to_owned(),
            json,
            strict,
            language: LanguageOption::En,
        };
        let mut out = Vec::new();
        let code = check(&options, &mut out).unwrap();
        (format!("{code:?}"), String::from_utf8(out).unwrap())
    }

    fn code(number: u8) -> String {
        format!("{:?}", ExitCode::from(number))
    }

    #[test]
    fn a_new_plan_passes_and_is_never_written_over_another() {
        let folder = test_support::TestFolder::new();
        let plan = folder.path().join("plan");
        let mut out = Vec::new();
        begin(&plan, &mut out).unwrap();
        let (result, said) = checked(&plan, false, true);
        assert_eq!(result, code(0), "{said}");
        assert!(said.ends_with("0 errors, 0 warnings, 1 hints\n"), "{said}");
        std::fs::write(plan.join("tasks.toml"), "mine").unwrap();
        let refusal = begin(&plan, &mut out).unwrap_err().to_string();
        assert!(refusal.contains("is not empty"), "{refusal}");
        assert_eq!(
            std::fs::read_to_string(plan.join("tasks.toml")).unwrap(),
            "mine"
        );
    }

    #[test]
    fn the_exit_code_tells_errors_warnings_and_nothing_to_read() {
        let folder = test_support::TestFolder::new();
        let plan = folder.path().join("plan");
        begin(&plan, &mut Vec::new()).unwrap();
        let tasks = plan.join("tasks.toml");
        let good = std::fs::read_to_string(&tasks).unwrap();
        let no_deliverable = good.replace("deliverable = \"向社会公布的黑臭水体清单\"\n", "");
        std::fs::write(&tasks, no_deliverable).unwrap();
        assert_eq!(checked(&plan, false, false).0, code(0));
        assert_eq!(checked(&plan, false, true).0, code(1));
        std::fs::write(&tasks, good.replace("due = \"2027\"", "due = 2027")).unwrap();
        let (result, said) = checked(&plan, true, false);
        assert_eq!(result, code(1));
        let document: serde_json::Value = serde_json::from_str(&said).unwrap();
        let finding = &document["findings"][0];
        assert_eq!(document["worst"], "error");
        assert!(said.contains("unreadable_file"), "{finding}");
        std::fs::write(&tasks, b"\xff\xfe").unwrap();
        assert_eq!(checked(&plan, false, false).0, code(2));
        assert_eq!(
            checked(&folder.path().join("absent"), false, false).0,
            code(2)
        );
        assert_eq!(checked(folder.path(), false, false).0, code(2));
    }

    #[test]
    fn the_plan_of_hengyang_passes_the_command_line() {
        let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../cities/hengyang/plan");
        let (result, said) = checked(&plan, false, false);
        assert_eq!(result, code(0), "{said}");
        assert!(said.contains("29 indicators"), "{said}");
        assert!(said.contains("81713"), "{said}");
    }
}
