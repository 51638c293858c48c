//! ZIP files, which a workbook is too: what they unpack to is measured before it is believed.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use super::{MOST_ENTRIES, MOST_UNPACKED_BYTES, check_size, unreadable};
use crate::SitesError;

/// Unpacks all of it into nothing, so that a bomb is found before anything is kept, and returns
/// the entries' names.
pub(super) fn check(bytes: &[u8]) -> Result<Vec<String>, SitesError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    check_size(
        "files in the ZIP",
        archive.len() as u64,
        MOST_ENTRIES as u64,
    )?;
    let mut names = Vec::with_capacity(archive.len());
    let mut total = 0;
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(unreadable)?;
        names.push(String::from_utf8_lossy(entry.name_raw()).into_owned());
        // the size that the ZIP says can be a lie: what comes out is counted
        let mut rest = entry.take(MOST_UNPACKED_BYTES - total + 1);
        total += std::io::copy(&mut rest, &mut std::io::sink()).map_err(unreadable)?;
        check_size("bytes when unpacked", total, MOST_UNPACKED_BYTES)?;
    }
    Ok(names)
}

/// The CSV files of a ZIP that was checked; folders in it do not matter.
pub(super) fn csv_files(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, SitesError> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(unreadable)?;
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(unreadable)?;
        if !entry.is_file() {
            continue;
        }
        // Windows writes names in GBK without saying so
        let raw = entry.name_raw();
        let name = String::from_utf8(raw.to_vec())
            .unwrap_or_else(|_not_utf8| encoding_rs::GB18030.decode(raw).0.into_owned());
        let mut content = Vec::new();
        entry
            .take(MOST_UNPACKED_BYTES)
            .read_to_end(&mut content)
            .map_err(unreadable)?;
        files.push((name, content));
    }
    Ok(files)
}
