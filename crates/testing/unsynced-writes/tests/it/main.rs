//! A shell under the library: what it syncs is kept, what it only writes is not.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

/// Beside this test's own program.
fn library() -> PathBuf {
    let own = std::env::current_exe().unwrap();
    own.with_file_name("libunsynced_writes.so")
}

fn run(folder: &Path, script: &str, lies: bool) {
    let (data, kept) = (folder.join("data"), folder.join("kept"));
    std::fs::create_dir_all(&data).unwrap();
    std::fs::create_dir_all(&kept).unwrap();
    let mut shell = Command::new("sh");
    shell
        .args(["-e", "-c", script])
        .current_dir(&data)
        .env("LD_PRELOAD", library())
        .env("UNSYNCED_FOLDER", &data)
        .env("UNSYNCED_KEPT", &kept);
    if lies {
        shell.env("UNSYNCED_LIES", "1");
    }
    let output = shell.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert_eq!(said, "", "the library could not be put before the shell");
}

fn read(path: &Path) -> Option<String> {
    std::fs::read_to_string(path).ok()
}

#[test]
fn only_what_was_synced_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    let script = "printf one > f; sync f; printf two >> f; printf never > g";
    run(folder.path(), script, false);
    let (data, kept) = (folder.path().join("data"), folder.path().join("kept"));
    assert_eq!(read(&data.join("f")).unwrap(), "onetwo");
    assert_eq!(read(&kept.join("f")).unwrap(), "one");
    assert_eq!(read(&kept.join("g")), None);
    let list = std::fs::read(kept.join("f.unsynced")).unwrap();
    assert_eq!(list, [3_u64.to_le_bytes(), 3_u64.to_le_bytes()].concat());
}

#[test]
fn a_file_that_is_cut_short_is_kept_short_when_it_is_synced() {
    let folder = tempfile::tempdir().unwrap();
    let kept = folder.path().join("kept/f");
    run(
        folder.path(),
        "printf longer > f; sync f; printf x > f",
        false,
    );
    assert_eq!(read(&kept).unwrap(), "longer");
    run(folder.path(), "sync f", false);
    assert_eq!(read(&kept).unwrap(), "x");
}

#[test]
fn a_lying_disk_keeps_nothing() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), "printf one > f; sync f", true);
    assert_eq!(read(&folder.path().join("kept/f")), None);
}
