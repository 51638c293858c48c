//! Recomputes officially published results with the crate `standards` and compares, row by row.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool speaks to its terminal"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a test fails by panicking"))]

mod air_index;
mod air_means;
mod gate;
mod openair;
mod partial_sort;
mod peers;
mod source;
mod tables;
mod water;

use std::io::Write;
use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Parser;
use standards::Parameters;

use crate::gate::Gate;
use crate::source::Source;

#[derive(Debug, Parser)]
#[command(about = "Compares computed results with officially published ones.")]
struct Arguments {
    /// The folder of the data sets.
    #[arg(long)]
    data: PathBuf,
    /// A file that takes every mismatch, one a line: gate, kind, row.
    #[arg(long)]
    mismatches: Option<PathBuf>,
    /// How many mismatches of each kind are shown here.
    #[arg(long, default_value_t = 5)]
    shown: usize,
}

/// A group of gates over the same files.
struct Group {
    name: &'static str,
    files: &'static [&'static str],
    run: fn(&Source<'_>, &Parameters) -> Result<Vec<Gate>>,
}

const GROUPS: [Group; 8] = [
    Group {
        name: "shipped parameters",
        files: tables::FILES,
        run: tables::verify,
    },
    Group {
        name: "hourly air index, 2019",
        files: air_index::HOURLY_FILES,
        run: air_index::verify_hourly,
    },
    Group {
        name: "hourly air index, level and primary pollutant, 2020",
        files: air_index::PUBLISHED_2020,
        run: air_index::verify_2020,
    },
    Group {
        name: "national publications of two hours",
        files: air_index::SNAPSHOTS,
        run: air_index::verify_snapshots,
    },
    Group {
        name: "means of hours",
        files: air_means::FILES,
        run: air_means::verify,
    },
    Group {
        name: "water classes",
        files: water::FILES,
        run: water::verify,
    },
    Group {
        name: "averages and trends of openair",
        files: openair::FILES,
        run: openair::verify,
    },
    Group {
        name: "test vectors of other programs",
        files: peers::FILES,
        run: peers::verify,
    },
];

fn main() {
    match run(&Arguments::parse()) {
        Ok(true) => {}
        Ok(false) => std::process::exit(1),
        Err(error) => {
            eprintln!("error: {error:#}");
            std::process::exit(2);
        }
    }
}

/// Whether every gate ran and passed.
fn run(arguments: &Arguments) -> Result<bool> {
    let parameters = Parameters::shipped()?;
    let source = Source {
        folder: &arguments.data,
    };
    let mut file = arguments
        .mismatches
        .as_ref()
        .map(|path| {
            std::fs::File::create(path)
                .map(std::io::BufWriter::new)
                .with_context(|| format!("cannot write {}", path.display()))
        })
        .transpose()?;
    let (mut passed, mut failed, mut not_run) = (0_u32, 0_u32, 0_u32);
    for group in &GROUPS {
        let start = Instant::now();
        println!("\n# {}", group.name);
        let absent: Vec<&str> = group
            .files
            .iter()
            .copied()
            .filter(|name| !source.has(name))
            .collect();
        if !absent.is_empty() {
            not_run += 1;
            println!("NOT RUN: absent: {}", absent.join(", "));
            continue;
        }
        for gate in (group.run)(&source, &parameters)? {
            for line in gate.lines(arguments.shown) {
                println!("{line}");
            }
            if let Some(file) = &mut file {
                for mismatch in &gate.mismatches {
                    writeln!(
                        file,
                        "{}\t{}\t{}",
                        gate.name, mismatch.kind, mismatch.detail
                    )?;
                }
            }
            if gate.has_passed() {
                passed += 1;
            } else {
                failed += 1;
            }
        }
        println!("    {:.1} s", start.elapsed().as_secs_f64());
    }
    if let Some(mut file) = file {
        file.flush()?;
    }
    println!("\ntest result: {passed} passed; {failed} failed; {not_run} groups not run");
    Ok(failed == 0 && not_run == 0)
}
