//! The kernel's own calls, past every library.
#![expect(
    clippy::cast_possible_truncation,
    reason = "what the kernel answers fits the type of the call"
)]

use std::ffi::{c_char, c_int, c_long, c_void};

use libc::{iovec, mode_t, off_t, size_t, ssize_t, syscall};

/// # Safety
/// As for `openat`.
pub(crate) unsafe fn open_at(
    folder: c_int,
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
) -> c_int {
    // SAFETY: the caller's promise
    (unsafe { syscall(libc::SYS_openat, folder, path, flags, mode) }) as c_int
}

/// # Safety
/// As for `close`.
pub(crate) unsafe fn close(file: c_int) -> c_int {
    // SAFETY: the caller's promise
    (unsafe { syscall(libc::SYS_close, file) }) as c_int
}

/// # Safety
/// As for `dup2`.
pub(crate) unsafe fn duplicate(file: c_int, becomes: c_int) -> c_int {
    if file == becomes {
        // SAFETY: a number that is no open file is answered with an error
        let flags = unsafe { syscall(libc::SYS_fcntl, file, libc::F_GETFD) };
        return if flags < 0 { -1 } else { becomes };
    }
    // SAFETY: the caller's promise
    (unsafe { syscall(libc::SYS_dup3, file, becomes, 0) }) as c_int
}

/// # Safety
/// As for `write`.
pub(crate) unsafe fn write(file: c_int, bytes: *const c_void, count: size_t) -> ssize_t {
    // SAFETY: the caller's promise
    (unsafe { syscall(libc::SYS_write, file, bytes, count) }) as ssize_t
}

/// # Safety
/// As for `writev`.
pub(crate) unsafe fn write_parts(file: c_int, parts: *const iovec, count: c_int) -> ssize_t {
    // SAFETY: the caller's promise
    (unsafe { syscall(libc::SYS_writev, file, parts, count) }) as ssize_t
}

/// # Safety
/// As for `pwrite`.
pub(crate) unsafe fn write_at(
    file: c_int,
    bytes: *const c_void,
    count: size_t,
    at: off_t,
) -> ssize_t {
    // SAFETY: the caller's promise
    (unsafe { syscall(libc::SYS_pwrite64, file, bytes, count, at) }) as ssize_t
}

/// # Safety
/// As for `pwritev`.
pub(crate) unsafe fn write_parts_at(
    file: c_int,
    parts: *const iovec,
    count: c_int,
    at: off_t,
) -> ssize_t {
    // SAFETY: the caller's promise; the place is given in two halves of which the first is whole
    (unsafe { syscall(libc::SYS_pwritev, file, parts, count, at, 0_i64) }) as ssize_t
}

/// # Safety
/// As for `ftruncate`.
pub(crate) unsafe fn truncate(file: c_int, length: off_t) -> c_int {
    // SAFETY: the caller's promise
    (unsafe { syscall(libc::SYS_ftruncate, file, length) }) as c_int
}

/// # Safety
/// As for `unlinkat`.
pub(crate) unsafe fn unlink_at(folder: c_int, path: *const c_char, flags: c_int) -> c_int {
    // SAFETY: the caller's promise
    (unsafe { syscall(libc::SYS_unlinkat, folder, path, flags) }) as c_int
}

/// # Safety
/// As for `rename`.
pub(crate) unsafe fn rename(from: *const c_char, to: *const c_char) -> c_int {
    let here = libc::AT_FDCWD;
    // SAFETY: the caller's promise
    (unsafe { syscall(libc::SYS_renameat2, here, from, here, to, 0) }) as c_int
}

/// # Safety
/// As for `link`.
pub(crate) unsafe fn link(from: *const c_char, to: *const c_char) -> c_int {
    let here = libc::AT_FDCWD;
    // SAFETY: the caller's promise
    (unsafe { syscall(libc::SYS_linkat, here, from, here, to, 0) }) as c_int
}

pub(crate) fn sync(file: c_int, call: c_long) -> c_int {
    // SAFETY: a number that is no open file is answered with an error
    (unsafe { syscall(call, file) }) as c_int
}

/// Where the next write of the file goes.
pub(crate) fn place_of(file: c_int) -> off_t {
    // SAFETY: a number that is no open file is answered with an error
    unsafe { syscall(libc::SYS_lseek, file, 0_i64, libc::SEEK_CUR) }
}

pub(crate) fn length_of(file: c_int) -> off_t {
    // SAFETY: zeros are a value of this plain structure, and the kernel fills it
    unsafe {
        let mut stat: libc::stat = std::mem::zeroed();
        if libc::fstat(file, &raw mut stat) == 0 {
            stat.st_size
        } else {
            0
        }
    }
}
