//! Folders in which unfinished things are, and the room that there is.

use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use anyhow::Context;

/// How the names of unfinished things end.
const PARTIAL: &str = "partial";
/// Room that is left over for others.
const RESERVE_BYTES: u64 = 64 << 20;

/// A folder for what is not finished; it goes when this goes. One that a killed process has left is
/// taken over.
#[derive(Debug)]
pub(crate) struct Work {
    folder: PathBuf,
    _lock: File,
}

impl Work {
    /// A folder beside a name.
    ///
    /// # Errors
    /// When it cannot be made, or another process works in it.
    pub(crate) fn beside(name: &Path) -> anyhow::Result<Self> {
        let mut folder = name.to_owned().into_os_string();
        folder.push(".");
        folder.push(PARTIAL);
        let folder = PathBuf::from(folder);
        let said = || format!("cannot make the folder {}", folder.display());
        if !folder.is_dir() {
            // copies of everything are nobody else's business
            fs::DirBuilder::new()
                .mode(0o700)
                .create(&folder)
                .with_context(said)?;
        }
        let lock = File::create(folder.join("lock")).with_context(said)?;
        lock.try_lock()
            .with_context(|| format!("another process works in {}", folder.display()))?;
        for entry in fs::read_dir(&folder).with_context(said)? {
            let entry = entry.with_context(said)?;
            if entry.file_name() != "lock" {
                fs::remove_file(entry.path()).with_context(said)?;
            }
        }
        Ok(Self {
            folder,
            _lock: lock,
        })
    }

    pub(crate) fn path(&self) -> &Path {
        &self.folder
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.folder) {
            tracing::warn!("{} stays behind: {error}", self.folder.display());
        }
    }
}

/// Removes from a folder what killed processes have left there.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn remove_leftovers(folder: &Path) -> anyhow::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if !name.ends_with(&format!(".{}.{PARTIAL}", super::ENDING)) || !path.is_dir() {
            continue;
        }
        // whoever still works in it holds its lock
        if let Ok(lock) = File::open(path.join("lock"))
            && lock.try_lock().is_ok()
        {
            fs::remove_dir_all(&path)?;
        }
    }
    Ok(())
}

/// The room of the disk that a folder is on.
#[derive(Debug, Clone)]
pub(crate) struct Room {
    folder: PathBuf,
    free_bytes: Option<u64>,
}

impl Room {
    /// Looks at the disk of a folder.
    ///
    /// # Errors
    /// When the folder is not there.
    pub(crate) async fn at(folder: &Path) -> anyhow::Result<Self> {
        let folder = folder
            .canonicalize()
            .with_context(|| format!("there is no folder {}", folder.display()))?;
        let free_bytes = background_jobs::find_disk_space(&folder)
            .await
            .map(|space| space.free_bytes);
        Ok(Self { folder, free_bytes })
    }

    /// # Errors
    /// When so many bytes would not find room. A disk that does not tell its room is let pass.
    pub(crate) fn check(&self, bytes: u64) -> anyhow::Result<()> {
        let needed = bytes.saturating_add(RESERVE_BYTES);
        if let Some(free) = self.free_bytes {
            anyhow::ensure!(
                free >= needed,
                "{} bytes are needed in {} and {free} are free",
                needed,
                self.folder.display()
            );
        }
        Ok(())
    }
}

/// The folder that a file is in.
pub(crate) fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_owned(),
        _ => PathBuf::from("."),
    }
}

/// Makes a new name in a folder durable.
///
/// # Errors
/// When the folder cannot be opened.
pub(crate) fn sync_folder(folder: &Path) -> std::io::Result<()> {
    File::open(folder)?.sync_all()
}
