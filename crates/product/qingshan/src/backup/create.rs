//! Making a backup.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use access::{Actor, AuditEntry};
use anyhow::{Context, bail, ensure};
use beijing_time::{Clock, SystemClock};
use database::file_copy::{SqliteFiles, copy_files};
use database::snapshot::Snapshot;
use database::{Database, DatabaseSettings, audit};

use super::archive::Writer;
use super::manifest::{DatabaseName, FORM, Manifest};
use super::progress::Progress;
use super::work::{Room, Work, folder_of, remove_leftovers, sync_folder};
use super::{ENDING, postgres};
use crate::config::Configuration;
use crate::database_command;

/// A backup that was made.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) file: PathBuf,
    pub(crate) file_bytes: u64,
    pub(crate) manifest: Manifest,
    /// SM3 of the list.
    pub(crate) digest: String,
}

/// Makes a backup of the configured database; `to` is a file or a folder.
///
/// # Errors
/// When the database cannot be read or the backup not be written; nothing is left then.
pub(crate) async fn create(
    configuration: &Configuration,
    to: &Path,
    with_key: bool,
    progress: &Progress,
) -> anyhow::Result<Made> {
    if let Some(files) = SqliteFiles::of_url(&configuration.database.url) {
        ensure!(
            files.main.exists(),
            "there is no database {}",
            files.main.display()
        );
    }
    let now = SystemClock.now();
    let file = if to.is_dir() {
        remove_leftovers(to)?;
        to.join(format!("qingshan-{}.{ENDING}", now.civil().to_compact()))
    } else {
        to.to_owned()
    };
    ensure!(!file.exists(), "{} is there already", file.display());
    let folder = folder_of(&file);
    ensure!(folder.is_dir(), "there is no folder {}", folder.display());
    let key = if with_key {
        let path = &configuration.database.sealing_key_file;
        let text = fs::read_to_string(path)
            .with_context(|| format!("cannot read the sealing key {}", path.display()))?;
        Some(text)
    } else {
        None
    };
    let database = database_command::open(configuration).await?;
    database.check_schema().await?;
    // in the copy, too: what was taken away is in its own trail
    let mut transaction = database.begin().await?;
    let entry = AuditEntry::new(&Actor::system("command_line"), "backup.create", "database")
        .after(format!("{{\"has_sealing_key\":{with_key}}}"));
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    let manifest = Manifest {
        form: FORM.to_owned(),
        program: env!("CARGO_PKG_VERSION").to_owned(),
        made_at: now.to_string(),
        database: DatabaseName::Sqlite,
        migrations: super::manifest::Migrations {
            main: Vec::new(),
            raw: Vec::new(),
        },
        parts: Vec::new(),
        tables: std::collections::BTreeMap::new(),
        heads: database::snapshot::ChainHeads::default().into(),
        has_sealing_key: with_key,
    };
    let work = Work::beside(&file)?;
    let target = work.path().join("backup");
    let parts = Parts {
        work: &work,
        target: &target,
        key,
        progress,
    };
    let written = match SqliteFiles::of_url(&configuration.database.url) {
        Some(files) => of_sqlite(&files, parts, manifest).await,
        None => of_postgres(configuration, &database, parts, manifest).await,
    };
    database.close().await;
    let (manifest, digest) = written?;
    if progress.is_stopped() {
        bail!("stopped before the end: no backup was made");
    }
    // never over a file that came in between
    fs::hard_link(&target, &file)
        .with_context(|| format!("cannot name the backup {}", file.display()))?;
    sync_folder(&folder)?;
    Ok(Made {
        file_bytes: fs::metadata(&file)?.len(),
        file,
        manifest,
        digest,
    })
}

struct Parts<'a> {
    work: &'a Work,
    target: &'a Path,
    key: Option<String>,
    progress: &'a Progress,
}

async fn of_sqlite(
    files: &SqliteFiles,
    parts: Parts<'_>,
    manifest: Manifest,
) -> anyhow::Result<(Manifest, String)> {
    let size = files.size_bytes()?;
    // the copies, and the same compressed: what is in the database is compressed already
    Room::at(parts.work.path())
        .await?
        .check(size.saturating_mul(2))
        .context("a backup needs room for a copy of the database and for itself")?;
    let copies = SqliteFiles::of_path(&parts.work.path().join("main.sqlite"));
    parts.progress.begin_pages("copying");
    let outcome = {
        let (files, copies, progress) = (files.clone(), copies.clone(), parts.progress.clone());
        tokio::task::spawn_blocking(move || {
            copy_files(&files, &copies, &mut |done, all| {
                progress.put(done, all);
                !progress.is_stopped()
            })
        })
        .await?
    };
    outcome.context("cannot copy the database")?;
    parts.progress.begin_rows("counting rows");
    let manifest = describe(&copies, manifest).await?;
    let size = copies.size_bytes()?;
    parts.progress.begin_bytes("compressing", size);
    let (target, key, progress) = (parts.target.to_owned(), parts.key, parts.progress.clone());
    tokio::task::spawn_blocking(move || {
        let mut writer = Writer::create(&target)?;
        for (name, path) in [("main.sqlite", &copies.main), ("raw.sqlite", &copies.raw)] {
            writer.put(name, &mut File::open(path)?, &progress)?;
            fs::remove_file(path)?;
        }
        if let Some(key) = key {
            writer.put_key(&key)?;
        }
        writer.finish(manifest)
    })
    .await?
}

/// What the copy says of itself; closing it folds its log into the file.
async fn describe(copies: &SqliteFiles, mut manifest: Manifest) -> anyhow::Result<Manifest> {
    let settings = DatabaseSettings::new(copies.main.to_string_lossy());
    let copy = Database::open(&settings).await?;
    let mut snapshot = Snapshot::begin(&copy).await?;
    manifest.tables = snapshot.count_rows().await?;
    manifest.heads = snapshot.load_heads().await?.into();
    manifest.migrations = snapshot.list_migrations().await?.into();
    drop(snapshot);
    copy.close().await;
    Ok(manifest)
}

async fn of_postgres(
    configuration: &Configuration,
    database: &Database,
    parts: Parts<'_>,
    mut manifest: Manifest,
) -> anyhow::Result<(Manifest, String)> {
    manifest.database = DatabaseName::Postgres;
    let mut snapshot = Snapshot::begin(database).await?;
    parts.progress.begin_rows("counting rows");
    manifest.tables = snapshot.count_rows().await?;
    manifest.heads = snapshot.load_heads().await?.into();
    manifest.migrations = snapshot.list_migrations().await?.into();
    let name = snapshot
        .name()
        .context("PostgreSQL names its snapshots")?
        .to_owned();
    parts.progress.begin_bytes("copying", 0);
    let dump = postgres::Dump::start(&configuration.database.url, &name)?;
    let (target, key, progress) = (parts.target.to_owned(), parts.key, parts.progress.clone());
    // the snapshot lives until the copy is whole
    let written = tokio::task::spawn_blocking(move || {
        let mut writer = Writer::create(&target)?;
        dump.read(|from| writer.put(postgres::PART, from, &progress))?;
        if let Some(key) = key {
            writer.put_key(&key)?;
        }
        writer.finish(manifest)
    })
    .await?;
    drop(snapshot);
    written
}

/// Removes the oldest backups of a folder so that `keep` are left; returns what was removed.
///
/// # Errors
/// When the folder cannot be read or a file not be removed.
pub(crate) fn remove_old(folder: &Path, keep: u32) -> anyhow::Result<Vec<PathBuf>> {
    ensure!(folder.is_dir(), "--keep needs a folder of backups");
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        // only names that this program gives: the time in them sorts
        let is_ours = name
            .strip_prefix("qingshan-")
            .and_then(|rest| rest.strip_suffix(&format!(".{ENDING}")))
            .is_some_and(|time| time.len() == 14 && time.bytes().all(|byte| byte.is_ascii_digit()));
        if is_ours && path.is_file() {
            found.push(path);
        }
    }
    found.sort();
    let surplus = found.len().saturating_sub(keep as usize);
    found.truncate(surplus);
    for path in &found {
        fs::remove_file(path).with_context(|| format!("cannot remove {}", path.display()))?;
    }
    Ok(found)
}
