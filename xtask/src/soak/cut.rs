//! What a disk holds after a power failure: what was synced, and of the rest any part.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use rand::RngExt;
use rand::rngs::StdRng;
use serde::Serialize;

/// What a disk writes as a whole.
const SECTOR: usize = 512;

/// What a failure did.
#[derive(Debug, Clone, Copy, Default, Serialize)]
pub(super) struct Cut {
    /// Files that had unsynced writes or no synced copy.
    pub(super) files: u64,
    /// Sectors whose unsynced content was lost.
    pub(super) sectors_lost: u64,
    /// Sectors whose unsynced content stayed by chance.
    pub(super) sectors_kept: u64,
    /// Files of which nothing was ever synced.
    pub(super) files_lost: u64,
}

impl Cut {
    pub(super) fn add(&mut self, other: &Self) {
        self.files += other.files;
        self.sectors_lost += other.sectors_lost;
        self.sectors_kept += other.sectors_kept;
        self.files_lost += other.files_lost;
    }
}

/// Makes the files of a stopped program what a failed disk would hold, and the copies the same. In
/// every second failure nothing unsynced stays, in the others a random share of its sectors.
pub(super) fn cut_power(folder: &Path, kept: &Path, random: &mut StdRng) -> Result<Cut> {
    let share = if random.random_bool(0.5) {
        0.0
    } else {
        random.random_range(0.0..1.0)
    };
    let mut cut = Cut::default();
    for below in list_files(folder)? {
        let (file, copy) = (folder.join(&below), kept.join(&below));
        let list = with_suffix(&copy, ".unsynced");
        if !copy.exists() {
            fs::remove_file(&file)?;
            remove_if_there(&list)?;
            cut.files_lost += 1;
            cut.files += 1;
            continue;
        }
        let unsynced = fs::read(&list).unwrap_or_default();
        let now = fs::read(&file).with_context(|| format!("cannot read {}", file.display()))?;
        let mut left = fs::read(&copy)?;
        if !unsynced.is_empty() || now.len() != left.len() {
            cut.files += 1;
            mix(&mut left, &now, &list_parts(&unsynced), &mut cut, || {
                random.random_bool(share)
            });
            fs::write(&file, &left)?;
            fs::write(&copy, &left)?;
        }
        remove_if_there(&list)?;
    }
    // a file that was removed without a trace in the folder
    for below in list_files(kept)? {
        if !folder.join(&below).exists() {
            fs::remove_file(kept.join(&below))?;
        }
    }
    Ok(cut)
}

/// Puts some of the unsynced sectors into what was synced.
fn mix(
    left: &mut Vec<u8>,
    now: &[u8],
    parts: &[(usize, usize)],
    cut: &mut Cut,
    mut stays: impl FnMut() -> bool,
) {
    let mut sectors: Vec<usize> = parts
        .iter()
        .flat_map(|(at, length)| at / SECTOR..(at + length).div_ceil(SECTOR))
        .collect();
    sectors.sort_unstable();
    sectors.dedup();
    for sector in sectors {
        let (begin, end) = (sector * SECTOR, ((sector + 1) * SECTOR).min(now.len()));
        let Some(written) = now.get(begin..end) else {
            continue;
        };
        if !stays() {
            cut.sectors_lost += 1;
            continue;
        }
        cut.sectors_kept += 1;
        if left.len() < end {
            left.resize(end, 0);
        }
        if let Some(place) = left.get_mut(begin..end) {
            place.copy_from_slice(written);
        }
    }
}

/// Offset and length of each write.
fn list_parts(unsynced: &[u8]) -> Vec<(usize, usize)> {
    let (entries, _rest) = unsynced.as_chunks::<16>();
    let number = |bytes: &[u8]| {
        bytes
            .try_into()
            .ok()
            .and_then(|bytes| usize::try_from(u64::from_le_bytes(bytes)).ok())
            .unwrap_or_default()
    };
    entries
        .iter()
        .map(|entry| {
            let (at, length) = entry.split_at(8);
            (number(at), number(length))
        })
        .collect()
}

/// All files below a folder, relative to it.
fn list_files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let mut folders = vec![PathBuf::new()];
    while let Some(at) = folders.pop() {
        for entry in fs::read_dir(folder.join(&at))? {
            let entry = entry?;
            let below = at.join(entry.file_name());
            if entry.file_type()?.is_dir() {
                folders.push(below);
            } else {
                files.push(below);
            }
        }
    }
    files.sort();
    Ok(files)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

fn remove_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stays: bool, expect: &[u8], counts: (u64, u64)) {
        let mut left = vec![b'a'; 1000];
        let mut now = vec![b'a'; 1000];
        now.resize(2048, b'b');
        let mut cut = Cut::default();
        mix(&mut left, &now, &[(1000, 1048)], &mut cut, || stays);
        assert_eq!(left, expect);
        assert_eq!((cut.sectors_lost, cut.sectors_kept), counts);
    }

    #[test]
    fn what_was_not_synced_is_lost_or_stays_by_sectors() {
        let synced = vec![b'a'; 1000];
        check(false, &synced, (3, 0));
        let mut all = synced;
        all.resize(2048, b'b');
        check(true, &all, (0, 3));
    }

    #[test]
    fn only_the_written_sectors_may_stay() {
        let (mut left, now) = (vec![b'a'; 2048], vec![b'b'; 2048]);
        let mut cut = Cut::default();
        mix(&mut left, &now, &[(600, 10)], &mut cut, || true);
        let mut expect = vec![b'a'; 2048];
        expect[512..1024].fill(b'b');
        assert_eq!(left, expect);
        assert_eq!(list_parts(&[7; 15]), []);
    }
}
