//! `cargo xtask bench standards`: ten years of hourly air data of a hundred stations to daily
//! indices, annual statistics and attainment, on one core, beside the same job in pandas.

use anyhow::{Context, Result, bail};
use clap::Args;
use xshell::cmd;

use crate::project::Project;

/// Goal for the job, in seconds on one core.
const GOAL_SECONDS: f64 = 3.0;

/// The options of `cargo xtask bench standards`.
#[derive(Debug, Args)]
pub(crate) struct StandardsArguments {
    /// Leave the comparison out.
    #[arg(long)]
    without_pandas: bool,
}

/// What a program printed.
#[derive(Debug, serde::Deserialize)]
struct Outcome {
    values: u64,
    seconds: f64,
    days: u64,
    index_sum: u64,
    good_days: u64,
    attained: u64,
    judged: u64,
}

/// Runs both programs and prints times and ratio.
pub(crate) fn run(project: &Project, arguments: &StandardsArguments) -> Result<()> {
    let shell = &project.shell;
    let ours = parse(
        &cmd!(
            shell,
            "cargo run --release --quiet --package standards-verification --bin ten-years"
        )
        .read()?,
    )?;
    println!(
        "ours:   {:>8.3} s for {} values on one core (goal {GOAL_SECONDS} s): {} days with an index, {} good, {} of {} years and pollutants attained",
        ours.seconds, ours.values, ours.days, ours.good_days, ours.attained, ours.judged
    );
    if ours.seconds > GOAL_SECONDS {
        println!("        MISSED the goal");
    }
    if arguments.without_pandas {
        return Ok(());
    }
    let python = ensure_pandas(project)?;
    let script = project.path("xtask/src/bench/standards_pandas.py");
    // one core for them too
    let theirs = parse(
        &cmd!(shell, "{python} {script}")
            .env("OMP_NUM_THREADS", "1")
            .env("OPENBLAS_NUM_THREADS", "1")
            .read()?,
    )?;
    println!(
        "pandas: {:>8.3} s for {} values; ratio {:.1}",
        theirs.seconds,
        theirs.values,
        theirs.seconds / ours.seconds
    );
    for (name, own, other) in [
        ("days with an index", ours.days, theirs.days),
        ("sum of the indices", ours.index_sum, theirs.index_sum),
        ("good days", ours.good_days, theirs.good_days),
        ("attained", ours.attained, theirs.attained),
        ("judged", ours.judged, theirs.judged),
    ] {
        let verdict = if own == other { "equal" } else { "DIFFER" };
        println!("        {name}: {own} and {other}: {verdict}");
    }
    Ok(())
}

fn parse(line: &str) -> Result<Outcome> {
    toml_of_json(line).with_context(|| format!("not an outcome: {line}"))
}

/// The one flat object of numbers that both programs print.
fn toml_of_json(line: &str) -> Result<Outcome> {
    let inside = line
        .trim()
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .context("no object")?;
    let rows: Vec<String> = inside
        .split(',')
        .map(|pair| pair.replacen(':', " = ", 1).replace('"', ""))
        .collect();
    Ok(toml::from_str(&rows.join("\n"))?)
}

/// pandas in an environment of its own under `target/`.
fn ensure_pandas(project: &Project) -> Result<std::path::PathBuf> {
    let shell = &project.shell;
    let folder = project.path("target/bench-python");
    let python = folder.join("bin/python");
    if !python.exists() {
        cmd!(shell, "python3 -m venv {folder}").run()?;
    }
    if cmd!(shell, "{python} -c 'import pandas'")
        .quiet()
        .ignore_stderr()
        .run()
        .is_err()
        && cmd!(shell, "{python} -m pip install --quiet pandas")
            .run()
            .is_err()
    {
        bail!("pandas cannot be installed\nhint: --without-pandas leaves the comparison out");
    }
    Ok(python)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_programs_print() {
        let line = r#"{"values": 6, "seconds": 1.5, "days": 1, "index_sum": 60, "good_days": 1, "attained": 0, "judged": 2}"#;
        let outcome = parse(line).expect("an outcome");
        assert_eq!((outcome.values, outcome.judged), (6, 2));
        assert!((outcome.seconds - 1.5).abs() < 1e-12);
        assert!(parse("Traceback").is_err());
    }
}
