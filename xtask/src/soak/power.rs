//! `cargo xtask soak power`: the power fails. The server (or PostgreSQL) runs on top of
//! `unsynced-writes`, and after each end only what was synced is left, with a random part of the rest.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Result, bail};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde::Serialize;

use super::SoakArguments;
use super::cut::{Cut, cut_power};
use super::judge::{Loggers, PEACE, Verdict, compare_digests};
use crate::project::Project;
use crate::rig::{self, DatabaseKind, Rig};

/// How long the server may live after its first answer.
const LIFE_MS: std::ops::Range<u64> = 300..2500;
/// Failures on a disk that only says it has synced: packets must be missing then, or this test could
/// not see a loss.
const LYING_CUTS: u32 = 3;

#[derive(Debug, Serialize)]
struct Report {
    database: &'static str,
    power_failures: u32,
    cuts: Cut,
    verdict: Verdict,
    digest: String,
    /// The same on a disk that does not sync what it says it has.
    lying_disk: String,
}

/// Lets the power fail as often as asked and judges; then shows that a disk that lies is found out.
pub(super) fn run(project: &Project, arguments: &SoakArguments, kind: DatabaseKind) -> Result<()> {
    let library = build(project, arguments)?;
    let (rig, verdict, cuts) = fail(project, arguments, (kind, arguments.kills, &library), false)?;
    let is_good = verdict.is_good();
    let digest = if is_good {
        compare_digests(&rig)?
    } else {
        "not compared".to_owned()
    };
    if is_good && !arguments.keep {
        rig.clear()?;
    }
    let lying_disk = match fail(project, arguments, (kind, LYING_CUTS, &library), true) {
        Ok((rig, verdict, _cuts)) => {
            let text = format!(
                "{} of {} acknowledged packets missing",
                verdict.missing, verdict.acknowledged
            );
            if verdict.is_good() {
                bail!("a disk that does not sync was not found out: this test sees no loss");
            }
            rig.clear()?;
            text
        }
        // a database that does not even start again has been found out too
        Err(error) => format!("the database was lost: {error:#}"),
    };
    let report = Report {
        database: kind.name(),
        power_failures: arguments.kills,
        cuts,
        verdict,
        digest,
        lying_disk,
    };
    let text = serde_json::to_string_pretty(&report)?;
    println!("{text}");
    std::fs::write(
        project.path(&format!("target/soak-power-{}.json", kind.name())),
        text,
    )?;
    if !is_good {
        bail!("acknowledged packets are missing or the chain is broken");
    }
    Ok(())
}

fn build(project: &Project, arguments: &SoakArguments) -> Result<PathBuf> {
    let profile = arguments.profile();
    if !arguments.no_build {
        profile.build(project, &["unsynced-writes"])?;
    }
    let library = rig::programs_folder(project, profile).join("libunsynced_writes.so");
    if !library.exists() {
        bail!(
            "without {} every write would be lost: run it without --no-build",
            library.display()
        );
    }
    Ok(library)
}

fn fail(
    project: &Project,
    arguments: &SoakArguments,
    (kind, failures, library): (DatabaseKind, u32, &Path),
    lies: bool,
) -> Result<(Rig, Verdict, Cut)> {
    let name = if lies {
        "soak-power-lying"
    } else {
        "soak-power"
    };
    let mut rig = Rig::open(project, name, (kind, arguments.profile()))?;
    rig.register(arguments.connections)?;
    let kept = rig.keep_synced_copies(library, lies)?;
    let mut random = StdRng::seed_from_u64(arguments.seed);
    let mut server = rig.serve()?;
    let loggers = Loggers::start(&rig, arguments)?;
    std::thread::sleep(PEACE);
    let mut cuts = Cut::default();
    for number in 1..=failures {
        std::thread::sleep(Duration::from_millis(random.random_range(LIFE_MS)));
        // a machine goes down as a whole
        server.kill()?;
        rig.kill_database()?;
        let cut = cut_power(&rig.watched_folder(), &kept, &mut random)?;
        cuts.add(&cut);
        rig.start_database()?;
        server = rig.serve()?;
        eprintln!("power failure {number} of {failures}: {cut:?}");
    }
    std::thread::sleep(PEACE);
    let verdict = loggers.finish(&rig, server)?;
    Ok((rig, verdict, cuts))
}
