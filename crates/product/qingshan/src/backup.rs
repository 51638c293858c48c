//! Backups: one file with both stores as they were at one moment, and what proves that it is whole.

mod archive;
mod check;
mod create;
mod manifest;
mod postgres;
mod progress;
mod restore;
mod work;

use std::path::Path;

use anyhow::Context;

pub(crate) use create::{create, remove_old};
pub(crate) use manifest::{Manifest, to_hex};
pub(crate) use progress::Progress;
pub(crate) use restore::restore;
pub(crate) use work::{Work, folder_of, sync_folder};

use archive::Archive;
use work::Room;

/// How the names of backups end.
pub(crate) const ENDING: &str = "qingshan-backup";

/// What a check found.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) manifest: Manifest,
    /// SM3 of the list of the backup.
    pub(crate) digest: String,
    /// What was looked at, in words.
    pub(crate) checked: Vec<String>,
    /// What is wrong.
    pub(crate) faults: Vec<String>,
}

/// Reads a backup to its end.
///
/// # Errors
/// When it cannot be read, is no backup, was altered or cut off.
pub(crate) async fn verify(
    file: &Path,
    digests_only: bool,
    work: Option<&Path>,
    progress: &Progress,
) -> anyhow::Result<Found> {
    let mut archive = Archive::open(file)?;
    let manifest = archive.manifest().clone();
    let mut found = Found {
        digest: archive.digest().to_owned(),
        checked: Vec::new(),
        faults: Vec::new(),
        manifest,
    };
    if found.manifest.database == manifest::DatabaseName::Postgres || digests_only {
        let progress = progress.clone();
        let (archive, told) = tokio::task::spawn_blocking(move || {
            let told = postgres::read_through(&mut archive, digests_only, &progress);
            (archive, told)
        })
        .await?;
        drop(archive);
        found.checked.extend(told?);
        return Ok(found);
    }
    let beside = folder_of(file);
    let name = format!("verify.{ENDING}");
    let folder = Work::beside(&work.unwrap_or(&beside).join(name))?;
    Room::at(folder.path())
        .await?
        .check(found.manifest.size_bytes())
        .context("a backup is unpacked to be checked")?;
    let files = database::file_copy::SqliteFiles::of_path(&folder.path().join("main.sqlite"));
    restore::unpack(archive, files.clone(), progress).await?;
    let url = files.main.to_string_lossy().into_owned();
    let (checked, faults) = check::check(&url, &found.manifest, progress).await?;
    found
        .checked
        .push("the digests of all parts are right".to_owned());
    found.checked.extend(checked);
    found.faults = faults;
    Ok(found)
}
