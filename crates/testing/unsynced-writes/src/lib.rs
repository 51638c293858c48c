#![doc = include_str!("../README.md")]
#![cfg(target_os = "linux")]

mod copies;
mod system;
mod watched;

use std::ffi::{CStr, c_char, c_int, c_long, c_void};

use libc::{iovec, mode_t, off_t, size_t, ssize_t};

use crate::copies::Copies;
use crate::watched::{forget, is_watched, look, path_of};

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's promise is ours
    unsafe { openat(libc::AT_FDCWD, path, flags, mode) }
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the caller's promise is ours
    unsafe { openat(libc::AT_FDCWD, path, flags, mode) }
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat64(
    folder: c_int,
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
) -> c_int {
    // SAFETY: the caller's promise is ours
    unsafe { openat(folder, path, flags, mode) }
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn creat(path: *const c_char, mode: mode_t) -> c_int {
    let flags = libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC;
    // SAFETY: the caller's promise is ours
    unsafe { openat(libc::AT_FDCWD, path, flags, mode) }
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat(
    folder: c_int,
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
) -> c_int {
    let is_emptied = flags & libc::O_TRUNC != 0;
    let flags_first = if is_emptied {
        flags & !libc::O_TRUNC
    } else {
        flags
    };
    // SAFETY: the caller's promise is ours
    let file = unsafe { system::open_at(folder, path, flags_first, mode) };
    if file < 0 {
        return file;
    }
    if look(file) && is_emptied {
        shorten(file, 0);
    } else if is_emptied {
        // SAFETY: the descriptor was opened just now
        unsafe { system::truncate(file, 0) };
    }
    file
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn close(file: c_int) -> c_int {
    forget(file);
    // SAFETY: the caller's promise is ours
    unsafe { system::close(file) }
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn dup2(file: c_int, becomes: c_int) -> c_int {
    if file != becomes {
        forget(becomes);
    }
    // SAFETY: the caller's promise is ours
    unsafe { system::duplicate(file, becomes) }
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(file: c_int, bytes: *const c_void, count: size_t) -> ssize_t {
    if !is_watched(file) {
        // SAFETY: the caller's promise is ours
        return unsafe { system::write(file, bytes, count) };
    }
    // SAFETY: the caller's promise is ours
    let written = unsafe { system::write(file, bytes, count) };
    note_last(file, written);
    written
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn writev(file: c_int, parts: *const iovec, count: c_int) -> ssize_t {
    // SAFETY: the caller's promise is ours
    let written = unsafe { system::write_parts(file, parts, count) };
    if is_watched(file) {
        note_last(file, written);
    }
    written
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(
    file: c_int,
    bytes: *const c_void,
    count: size_t,
    at: off_t,
) -> ssize_t {
    // SAFETY: the caller's promise is ours
    let written = unsafe { system::write_at(file, bytes, count, at) };
    note(file, at, written as off_t);
    written
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(
    file: c_int,
    bytes: *const c_void,
    count: size_t,
    at: off_t,
) -> ssize_t {
    // SAFETY: the caller's promise is ours
    unsafe { pwrite(file, bytes, count, at) }
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwritev(
    file: c_int,
    parts: *const iovec,
    count: c_int,
    at: off_t,
) -> ssize_t {
    // SAFETY: the caller's promise is ours
    let written = unsafe { system::write_parts_at(file, parts, count, at) };
    note(file, at, written as off_t);
    written
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwritev64(
    file: c_int,
    parts: *const iovec,
    count: c_int,
    at: off_t,
) -> ssize_t {
    // SAFETY: the caller's promise is ours
    unsafe { pwritev(file, parts, count, at) }
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate(file: c_int, length: off_t) -> c_int {
    if is_watched(file) {
        return shorten(file, length);
    }
    // SAFETY: the caller's promise is ours
    unsafe { system::truncate(file, length) }
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate64(file: c_int, length: off_t) -> c_int {
    // SAFETY: the caller's promise is ours
    unsafe { ftruncate(file, length) }
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(file: c_int) -> c_int {
    sync(file, libc::SYS_fsync)
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(file: c_int) -> c_int {
    sync(file, libc::SYS_fdatasync)
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: the caller's promise is ours
    let result = unsafe { system::unlink_at(libc::AT_FDCWD, path, 0) };
    if result == 0
        && let (Some(copies), Some(path)) = (Copies::get(), copied(path))
    {
        copies.remove(&path);
    }
    result
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller's promise is ours
    let result = unsafe { system::rename(from, to) };
    if result == 0
        && let (Some(copies), Some(from), Some(to)) = (Copies::get(), copied(from), copied(to))
    {
        copies.rename(&from, &to);
    }
    result
}

/// The C library's function.
///
/// # Safety
/// As for the C library's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn link(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: the caller's promise is ours
    let result = unsafe { system::link(from, to) };
    if result == 0
        && let (Some(copies), Some(from), Some(to)) = (Copies::get(), copied(from), copied(to))
    {
        copies.link(&from, &to);
    }
    result
}

fn copied(path: *const c_char) -> Option<Vec<u8>> {
    if path.is_null() {
        return None;
    }
    // SAFETY: the kernel has read the same text just before
    Some(unsafe { CStr::from_ptr(path) }.to_bytes().to_vec())
}

fn note(file: c_int, at: off_t, written: off_t) {
    if written > 0
        && is_watched(file)
        && let (Some(copies), Some(path)) = (Copies::get(), path_of(file))
    {
        copies.note(&path, at, written);
    }
}

/// After a write at the file's own place.
fn note_last(file: c_int, written: ssize_t) {
    let place = system::place_of(file);
    note(file, place - written as off_t, written as off_t);
}

fn shorten(file: c_int, length: off_t) -> c_int {
    let before = system::length_of(file);
    // SAFETY: the descriptor is open, for it is watched
    let result = unsafe { system::truncate(file, length) };
    if result == 0 && before > length {
        note(file, length, before - length);
    }
    result
}

/// Also by a descriptor that only reads: it is the file that is synced.
fn sync(file: c_int, call: c_long) -> c_int {
    let (Some(copies), Some(path)) = (Copies::get(), path_of(file)) else {
        return system::sync(file, call);
    };
    copies.sync(&path, file);
    0
}
