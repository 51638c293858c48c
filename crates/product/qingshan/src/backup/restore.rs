//! Putting a backup into an empty database.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use access::{Actor, AuditEntry};
use anyhow::{Context, bail, ensure};
use beijing_time::{Clock, SystemClock};
use database::file_copy::SqliteFiles;
use database::{Database, DatabaseSettings, audit};
use sites::SealingKey;

use super::archive::Archive;
use super::manifest::{DatabaseName, Manifest};
use super::progress::Progress;
use super::work::{Room, Work, folder_of, sync_folder};
use super::{Found, check, postgres};
use crate::config::Configuration;
use crate::database_command::is_used_elsewhere;

/// Restores a backup into the configured database and checks it there.
///
/// # Errors
/// When the backup cannot be read or the place is not empty; the place is as it was then. When the
/// backup turns out to be damaged on the way, nothing of it is left.
pub(crate) async fn restore(
    configuration: &Configuration,
    file: &Path,
    is_forced: bool,
    progress: &Progress,
) -> anyhow::Result<Found> {
    let archive = Archive::open(file)?;
    let manifest = archive.manifest().clone();
    let mut found = Found {
        digest: archive.digest().to_owned(),
        checked: Vec::new(),
        faults: Vec::new(),
        manifest,
    };
    let url = configuration.database.url.as_str();
    let files = SqliteFiles::of_url(url);
    let here = match files {
        Some(_) => DatabaseName::Sqlite,
        None => DatabaseName::Postgres,
    };
    ensure!(
        here == found.manifest.database,
        "the backup is of {} and the configured database is of {here}: restore it into {0} and \
         use `qingshan move`",
        found.manifest.database
    );
    check_age(&found.manifest)?;
    let (archive, key) = read_key(configuration, archive, is_forced)?;
    let aside = format!("before_restore_{}", SystemClock.now().civil().to_compact());
    let said = match &files {
        Some(files) => into_files(files, archive, &aside, is_forced, progress).await?,
        None => into_server(url, archive, &aside, is_forced, progress).await?,
    };
    found.checked.extend(said);
    found.checked.extend(place_key(configuration, key, &aside)?);
    let (checked, faults) = check::check(url, &found.manifest, progress).await?;
    found.checked.extend(checked);
    found.faults = faults;
    let database = Database::open(&DatabaseSettings::new(url)).await?;
    let noted = note(&database, &found).await;
    let missing = database.schema_state().await?.missing;
    database.close().await;
    noted?;
    if missing > 0 {
        found.checked.push(format!(
            "the backup is older than this program by {missing} migration(s): run `qingshan migrate`"
        ));
    }
    Ok(found)
}

/// Refuses what a newer program has written.
fn check_age(manifest: &Manifest) -> anyhow::Result<()> {
    let known = database::list_known_migrations();
    let unknown = manifest
        .migrations
        .main
        .iter()
        .filter(|version| !known.main.contains(version))
        .chain(
            manifest
                .migrations
                .raw
                .iter()
                .filter(|version| !known.raw.contains(version)),
        )
        .count();
    ensure!(
        unknown == 0,
        "the backup is from a newer program (version {}): {unknown} of its migrations are unknown \
         here; take that version or a later one",
        manifest.program
    );
    Ok(())
}

/// In the audit trail of what was restored stands that it was.
async fn note(database: &Database, found: &Found) -> anyhow::Result<()> {
    let actor = Actor::system("command_line");
    let after = serde_json::json!({
        "made_at": found.manifest.made_at,
        "list_sm3": found.digest,
        "faults": found.faults.len(),
    });
    let mut transaction = database.begin().await?;
    let entry = AuditEntry::new(&actor, "backup.restore", "database").after(after.to_string());
    audit::append(&mut transaction, SystemClock.now(), entry).await?;
    transaction.commit().await?;
    Ok(())
}

/// What is to be done about the key of device passwords.
enum KeyStep {
    /// There is the same already, or one that was left out of the backup.
    Keep,
    /// None is there and none was in the backup.
    Missing,
    /// The one of the backup is written; what is there is put aside.
    Write(String),
}

/// Reads the key of the backup and looks whether it may be put where the configuration wants it.
fn read_key(
    configuration: &Configuration,
    mut archive: Archive,
    is_forced: bool,
) -> anyhow::Result<(Archive, KeyStep)> {
    let path = &configuration.database.sealing_key_file;
    let there = match fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    let step = match (archive.read_key()?, there) {
        (None, None) => KeyStep::Missing,
        (None, Some(_)) => KeyStep::Keep,
        (Some(key), Some(there)) if key.trim() == there.trim() => KeyStep::Keep,
        (Some(key), there) => {
            SealingKey::from_hex(&key).context("the key in the backup is none")?;
            ensure!(
                there.is_none() || is_forced,
                "{} is another key than the one in the backup; with --force it is put aside",
                path.display()
            );
            KeyStep::Write(key)
        }
    };
    Ok((archive, step))
}

/// Puts the key into its place; what is to be said about it.
fn place_key(
    configuration: &Configuration,
    step: KeyStep,
    aside: &str,
) -> anyhow::Result<Option<String>> {
    use std::os::unix::fs::OpenOptionsExt;
    let path = &configuration.database.sealing_key_file;
    let key = match step {
        KeyStep::Keep => return Ok(None),
        KeyStep::Missing => {
            return Ok(Some(format!(
                "the key of device passwords was not in the backup: put it to {} before the server \
                 starts",
                path.display()
            )));
        }
        KeyStep::Write(key) => key,
    };
    if path.exists() {
        set_aside(path, aside)?;
    }
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    file.write_all(key.as_bytes())?;
    file.sync_all()?;
    Ok(Some(format!(
        "the key of device passwords is in {}",
        path.display()
    )))
}

async fn into_files(
    files: &SqliteFiles,
    archive: Archive,
    aside: &str,
    is_forced: bool,
    progress: &Progress,
) -> anyhow::Result<Vec<String>> {
    let there: Vec<PathBuf> = files
        .with_logs()
        .into_iter()
        .filter(|path| path.exists())
        .collect();
    if let Some(first) = there.first() {
        ensure!(
            is_forced,
            "{} is there already: a backup is restored into an empty place; with --force what is \
             there is put aside",
            first.display()
        );
        ensure!(
            !files.are_open_elsewhere()?,
            "{} is in use: stop the server first",
            files.main.display()
        );
    }
    let folder = folder_of(&files.main);
    fs::create_dir_all(&folder)?;
    let size = archive.manifest().size_bytes();
    Room::at(&folder).await?.check(size)?;
    let work = Work::beside(&files.main)?;
    let unpacked = SqliteFiles::of_path(&work.path().join("main.sqlite"));
    unpack(archive, unpacked.clone(), progress).await?;
    let mut said = Vec::new();
    for path in files.with_logs() {
        if path.exists() {
            said.push(format!(
                "{} is put aside",
                set_aside(&path, aside)?.display()
            ));
        }
    }
    // the raw file first: a main file without its packets must never be taken for a database
    for (from, to) in [(&unpacked.raw, &files.raw), (&unpacked.main, &files.main)] {
        fs::rename(from, to).with_context(|| format!("cannot name {}", to.display()))?;
        sync_folder(&folder)?;
    }
    Ok(said)
}

/// Unpacks both files of SQLite and compares them with the list.
pub(super) async fn unpack(
    mut archive: Archive,
    to: SqliteFiles,
    progress: &Progress,
) -> anyhow::Result<()> {
    let progress = progress.clone();
    progress.begin_bytes("unpacking", archive.manifest().size_bytes());
    tokio::task::spawn_blocking(move || {
        for part in archive.manifest().parts.clone() {
            let path = match part.name.as_str() {
                "main.sqlite" => &to.main,
                "raw.sqlite" => &to.raw,
                other => bail!("the backup has a part `{other}` that this program does not know"),
            };
            let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
            archive.take(&part, &mut file, &progress)?;
            let file = file
                .into_inner()
                .map_err(std::io::IntoInnerError::into_error)?;
            file.sync_all()?;
        }
        ensure!(
            to.main.exists() && to.raw.exists(),
            "the backup has no copy of both files"
        );
        Ok(())
    })
    .await?
}

async fn into_server(
    url: &str,
    mut archive: Archive,
    aside: &str,
    is_forced: bool,
    progress: &Progress,
) -> anyhow::Result<Vec<String>> {
    let database = Database::open(&DatabaseSettings::new(url)).await?;
    let mut said = Vec::new();
    let is_empty = database.is_empty().await?;
    ensure!(
        is_empty || is_forced,
        "the database is not empty: a backup is restored into an empty one; with --force what is \
         there is put aside"
    );
    ensure!(
        is_empty || !is_used_elsewhere(&database).await?,
        "the database is in use: stop the server first"
    );
    // before anything is touched: a damaged backup is found out here
    let reading = progress.clone();
    let (back, read) = tokio::task::spawn_blocking(move || {
        let read = postgres::read_through(&mut archive, true, &reading);
        (archive, read)
    })
    .await?;
    archive = back;
    read?;
    if !is_empty {
        database.set_aside(aside).await?;
        said.push(format!("what was there is put aside in the schema {aside}"));
    }
    database.close().await;
    progress.begin_bytes("restoring", archive.manifest().size_bytes());
    let (url, progress) = (url.to_owned(), progress.clone());
    tokio::task::spawn_blocking(move || postgres::restore(&url, &mut archive, &progress)).await??;
    Ok(said)
}

fn set_aside(path: &Path, name: &str) -> anyhow::Result<PathBuf> {
    let mut to = path.to_owned().into_os_string();
    to.push(".");
    to.push(name);
    let to = PathBuf::from(to);
    ensure!(!to.exists(), "{} is there already", to.display());
    fs::rename(path, &to).with_context(|| format!("cannot put {} aside", path.display()))?;
    Ok(to)
}
