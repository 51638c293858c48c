//! Counts what passed and what failed, step by step, from the tools' own output.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use xshell::Cmd;

use crate::project::run_and_keep;

/// Which tool's closing lines are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Runner {
    CargoTest,
    Nextest,
    Vitest,
    Playwright,
}

/// Passed and failed so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

#[derive(Debug)]
struct Step {
    name: String,
    count: Count,
    time: Duration,
}

/// The whole run.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    steps: Vec<Step>,
    /// Steps that could not run, with the reason.
    skipped: Vec<(String, String)>,
}

impl Tally {
    /// A check that passes or fails as one; returns whether it passed.
    pub(crate) fn check(&mut self, name: &str, body: impl FnOnce() -> Result<()>) -> bool {
        println!("\n== {name}");
        let start = Instant::now();
        let result = body();
        if let Err(error) = &result {
            eprintln!("FAILED {name}: {error:#}");
        }
        let is_failed = result.is_err();
        self.push(
            name,
            start,
            Count {
                passed: u64::from(!is_failed),
                failed: u64::from(is_failed),
            },
        );
        !is_failed
    }

    /// A step that cannot be run since one before it failed: counted as one failure.
    pub(crate) fn fail(&mut self, name: &str, reason: &str) {
        println!("\n== {name}");
        eprintln!("FAILED {name}: {reason}");
        self.push(
            name,
            Instant::now(),
            Count {
                passed: 0,
                failed: 1,
            },
        );
    }

    /// A step that cannot run here: named at the close, counted as nothing.
    pub(crate) fn skip(&mut self, name: &str, reason: &str) {
        println!("\n== {name}\nNOT RUN: {reason}");
        self.skipped.push((name.to_owned(), reason.to_owned()));
    }

    /// A test runner, whose own closing lines are counted. A runner that fails without naming a
    /// failed test (it did not compile) counts as one failure, and so does one that ran nothing.
    pub(crate) fn tests(&mut self, name: &str, runner: Runner, command: Cmd<'_>) {
        println!("\n== {name}");
        let start = Instant::now();
        let mut count = match run_and_keep(command) {
            Ok(outcome) => {
                let mut count = read_count(runner, &outcome.output);
                if !outcome.is_success && count.failed == 0 {
                    eprintln!("FAILED {name}: the test runner failed");
                    count.failed = 1;
                }
                count
            }
            Err(error) => {
                eprintln!("FAILED {name}: {error:#}");
                Count {
                    passed: 0,
                    failed: 1,
                }
            }
        };
        if count == Count::default() {
            eprintln!("FAILED {name}: no test ran");
            count.failed = 1;
        }
        self.push(name, start, count);
    }

    fn push(&mut self, name: &str, start: Instant, count: Count) {
        let time = start.elapsed();
        println!(
            "-- {name}: {} passed, {} failed in {:.1} s",
            count.passed,
            count.failed,
            time.as_secs_f64()
        );
        self.steps.push(Step {
            name: name.to_owned(),
            count,
            time,
        });
    }

    /// Prints the time of each step and, as the very last line, the total.
    pub(crate) fn close(self) -> Result<()> {
        let mut total = Count::default();
        let mut time = Duration::ZERO;
        println!("\n== time and result by step");
        for step in &self.steps {
            println!(
                "{:>8.1} s  {:>5} passed {:>3} failed  {}",
                step.time.as_secs_f64(),
                step.count.passed,
                step.count.failed,
                step.name
            );
            total.passed += step.count.passed;
            total.failed += step.count.failed;
            time += step.time;
        }
        for (name, reason) in &self.skipped {
            println!(" NOT RUN                              {name}: {reason}");
        }
        println!("{:>8.1} s  in all", time.as_secs_f64());
        println!("{} passed, {} failed", total.passed, total.failed);
        if total.failed > 0 {
            std::process::exit(1);
        }
        if total.passed == 0 {
            bail!("nothing ran");
        }
        Ok(())
    }
}

/// Sums the closing lines of a test runner.
fn read_count(runner: Runner, output: &str) -> Count {
    let mut count = Count::default();
    for line in output.lines().map(without_colours) {
        let line = line.trim();
        let closing = match runner {
            Runner::CargoTest => line.strip_prefix("test result:"),
            Runner::Nextest => line
                .strip_prefix("Summary")
                .and_then(|rest| rest.split_once("run:"))
                .map(|(_, rest)| rest),
            Runner::Vitest => line.strip_prefix("Tests "),
            Runner::Playwright => is_playwright_total(line).then_some(line),
        };
        if let Some(closing) = closing {
            count.passed += number_before(closing, "passed");
            count.failed += number_before(closing, "failed")
                + number_before(closing, "timed out")
                + if runner == Runner::Playwright {
                    number_before(closing, "flaky") + number_before(closing, "did not run")
                } else {
                    0
                };
        }
    }
    count
}

/// Playwright closes with lines of their own: `  12 passed (3.4s)`, `  1 failed`.
fn is_playwright_total(line: &str) -> bool {
    let mut words = line.split_whitespace();
    words
        .next()
        .is_some_and(|word| word.chars().all(|c| c.is_ascii_digit()))
        && words
            .next()
            .is_some_and(|word| matches!(word, "passed" | "failed" | "flaky" | "did"))
}

/// The number that stands before a word: `3 passed; 1 failed` gives 3 before `passed`.
fn number_before(text: &str, word: &str) -> u64 {
    let Some(at) = text.find(word) else { return 0 };
    let before = text.get(..at).unwrap_or_default().trim_end();
    let digits: String = before
        .chars()
        .rev()
        .take_while(char::is_ascii_digit)
        .collect();
    digits
        .chars()
        .rev()
        .collect::<String>()
        .parse()
        .unwrap_or(0)
}

fn without_colours(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        if character == '\u{1b}' {
            for next in characters.by_ref() {
                if next.is_ascii_alphabetic() {
                    break;
                }
            }
        } else {
            plain.push(character);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(runner: Runner, output: &str, passed: u64, failed: u64) {
        assert_eq!(
            read_count(runner, output),
            Count { passed, failed },
            "{output}"
        );
    }

    #[test]
    fn sums_the_binaries_of_cargo_test() {
        check(
            Runner::CargoTest,
            "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out\n\
             test a ... ok\ntest result: FAILED. 3 passed; 2 failed; 0 ignored",
            15,
            2,
        );
    }

    #[test]
    fn reads_the_summary_of_nextest() {
        check(
            Runner::Nextest,
            "     Summary [   1.204s] 14 tests run: 12 passed (1 slow), 1 failed, 1 timed out, 3 skipped",
            12,
            2,
        );
    }

    #[test]
    fn reads_vitest_with_colours() {
        check(
            Runner::Vitest,
            "\u{1b}[2m Test Files \u{1b}[22m 3 passed (3)\n\u{1b}[2m      Tests \u{1b}[22m \u{1b}[31m1 failed\u{1b}[39m | 8 passed (9)",
            8,
            1,
        );
    }

    #[test]
    fn reads_the_lines_of_playwright() {
        check(
            Runner::Playwright,
            "Running 9 tests\n  1 failed\n    [desktop] › a.spec.ts\n  1 flaky\n  2 did not run\n  5 passed (12.3s)",
            5,
            4,
        );
    }

    #[test]
    fn a_step_that_could_not_run_counts_as_failed() {
        let mut tally = Tally::default();
        assert!(tally.check("one", || Ok(())));
        assert!(!tally.check("two", || bail!("no")));
        tally.fail("three", "two failed");
        let failed: Vec<u64> = tally.steps.iter().map(|step| step.count.failed).collect();
        assert_eq!(failed, [0, 1, 1]);
    }

    #[test]
    fn text_of_a_test_is_no_total() {
        check(
            Runner::CargoTest,
            "the other run said 5 passed, 0 failed",
            0,
            0,
        );
    }
}
