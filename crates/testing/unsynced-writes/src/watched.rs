//! Which open files are watched. A table without locks, for every writing and closing asks it.

use std::ffi::c_int;
use std::os::unix::ffi::OsStrExt;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::copies::Copies;

const MOST_FILES: usize = 1 << 17;

const UNKNOWN: u8 = 0;
const WATCHED: u8 = 1;
const FOREIGN: u8 = 2;

static FILES: [AtomicU8; MOST_FILES] = [const { AtomicU8::new(UNKNOWN) }; MOST_FILES];

fn entry(file: c_int) -> Option<&'static AtomicU8> {
    FILES.get(usize::try_from(file).ok()?)
}

/// Whether a file lies where it is watched. An open file that is seen for the first time (inherited,
/// or a second descriptor of another) is looked at.
pub(crate) fn is_watched(file: c_int) -> bool {
    let Some(entry) = entry(file) else {
        return false;
    };
    match entry.load(Ordering::Acquire) {
        WATCHED => true,
        FOREIGN => false,
        _ => look(file),
    }
}

/// Looks at a file that was opened just now.
pub(crate) fn look(file: c_int) -> bool {
    let is_watched = path_of(file).is_some();
    if let Some(entry) = entry(file) {
        entry.store(
            if is_watched { WATCHED } else { FOREIGN },
            Ordering::Release,
        );
    }
    is_watched
}

/// The descriptor is closed, or becomes another file's.
pub(crate) fn forget(file: c_int) {
    if let Some(entry) = entry(file) {
        entry.store(UNKNOWN, Ordering::Release);
    }
}

/// The present path of an open regular file below the folder, relative to it.
pub(crate) fn path_of(file: c_int) -> Option<Vec<u8>> {
    let copies = Copies::get()?;
    let link = format!("/proc/self/fd/{file}");
    let path = std::fs::read_link(&link).ok()?;
    let path = path.as_os_str().as_bytes();
    if path.ends_with(b" (deleted)") {
        return None;
    }
    let below = copies.relative(path)?;
    std::fs::metadata(link)
        .is_ok_and(|file| file.is_file())
        .then_some(below)
}
