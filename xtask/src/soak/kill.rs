//! `cargo xtask soak kill`: SIGKILL at random moments, also while the server starts.

use std::time::Duration;

use anyhow::{Result, bail};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;

use super::SoakArguments;
use super::judge::{Loggers, PEACE, Verdict, compare_digests};
use crate::project::Project;
use crate::rig::{DatabaseKind, Rig};

/// How long after its first answer a server may live.
const LIFE_MS: std::ops::Range<u64> = 20..1500;
/// How long after its start a server may live that is killed before it answers.
const START_MS: std::ops::Range<u64> = 1..150;

#[derive(Debug, Serialize)]
struct Report {
    database: &'static str,
    kills: u32,
    /// Of them before the server answered.
    kills_at_start: u32,
    /// From the start of the process to its first answer.
    start_median_ms: u128,
    start_longest_ms: u128,
    verdict: Verdict,
    digest: String,
}

/// Kills the server as often as asked and judges.
pub(super) fn run(project: &Project, arguments: &SoakArguments, kind: DatabaseKind) -> Result<()> {
    let rig = Rig::open(project, "soak-kill", (kind, arguments.profile()))?;
    rig.register(arguments.connections)?;
    let mut random = StdRng::seed_from_u64(arguments.seed);
    let mut server = rig.serve()?;
    let loggers = Loggers::start(&rig, arguments)?;
    std::thread::sleep(PEACE);
    let (mut starts, mut kills_at_start) = (vec![server.ready_after], 0);
    for number in 1..=arguments.kills {
        std::thread::sleep(Duration::from_millis(random.random_range(LIFE_MS)));
        server.kill()?;
        if random.random_bool(0.2) {
            let young = rig.spawn_server()?;
            std::thread::sleep(Duration::from_millis(random.random_range(START_MS)));
            young.kill()?;
            kills_at_start += 1;
        }
        server = rig.serve()?;
        starts.push(server.ready_after);
        eprintln!(
            "kill {number} of {}: answers again after {} ms",
            arguments.kills,
            server.ready_after.as_millis()
        );
    }
    std::thread::sleep(PEACE);
    let verdict = loggers.finish(&rig, server)?;
    starts.sort_unstable();
    let at = |place: usize| starts.get(place).map_or(0, Duration::as_millis);
    let is_good = verdict.is_good();
    let report = Report {
        database: rig.kind.name(),
        kills: arguments.kills + kills_at_start,
        kills_at_start,
        start_median_ms: at(starts.len() / 2),
        start_longest_ms: at(starts.len().saturating_sub(1)),
        digest: if is_good {
            compare_digests(&rig)?
        } else {
            "not compared".to_owned()
        },
        verdict,
    };
    let text = serde_json::to_string_pretty(&report)?;
    println!("{text}");
    std::fs::write(
        project.path(&format!("target/soak-kill-{}.json", rig.kind.name())),
        text,
    )?;
    if !is_good {
        bail!(
            "acknowledged packets are missing or the chain is broken; see {}",
            rig.folder.display()
        );
    }
    if !arguments.keep {
        rig.clear()?;
    }
    Ok(())
}
