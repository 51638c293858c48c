//! Backups of a running server: consistent, complete up to their moment, and refused when damaged.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use city_simulator::City;
use database::{Database, DatabaseSettings};
use test_support::TestDatabase;

use crate::device::Device;
use crate::program::{Installation, Server};

/// The device numbers its packets with three digits.
const MOST_PACKETS: u32 = 990;
const PATIENCE: Duration = Duration::from_mins(2);

/// What a command that must succeed printed.
fn output(installation: &Installation, words: &[&str]) -> String {
    let output = installation
        .command(words)
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(
        output.status.success(),
        "{words:?}: {said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    said
}

fn backup(installation: &Installation, more: &[&str]) -> PathBuf {
    let mut words = vec!["backup", "create"];
    words.extend(more);
    let said = output(installation, &words);
    installation
        .path()
        .join(said.lines().next().unwrap().trim())
}

/// Waits until everything that came was interpreted and derived, stops, and computes the digest.
fn settle(installation: &Installation, url: &str) -> (u64, String) {
    let server = installation.serve();
    let system = server.wait_for("the interpreter to catch up", |system| {
        let interpreter = &system["interpreter"];
        interpreter["head"].as_i64() > Some(0) && interpreter["checkpoint"] == interpreter["head"]
    });
    assert_eq!(system["interpreter"]["failures"], 0, "{system}");
    let packets = count_packets(&server);
    server.stop();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let digest = runtime.block_on(async {
        let database = Database::open(&DatabaseSettings::new(url)).await.unwrap();
        while monitoring::derive_dirty(&database, 1_000).await.unwrap() > 0 {}
        let digest = monitoring::compute_state_digest(&database).await.unwrap();
        database.close().await;
        digest
    });
    (packets, digest)
}

fn count_packets(server: &Server) -> u64 {
    let mut found = 0;
    let mut after = String::new();
    loop {
        let url = format!("http://{}/api/v1/packets?limit=200{after}", server.http);
        let text = ureq::get(&url)
            .call()
            .unwrap()
            .body_mut()
            .read_to_string()
            .unwrap();
        let body: serde_json::Value = serde_json::from_str(&text).unwrap();
        found += body["packets"].as_array().unwrap().len() as u64;
        let next = &body["meta"]["next"];
        if next.is_null() {
            return found;
        }
        after = format!("&after={}", next.to_string().trim_matches('"'));
    }
}

/// A device that sends one packet after the other until it is told to stop.
struct Speaker {
    acknowledged: AtomicU32,
    is_stopped: AtomicBool,
}

impl Speaker {
    const fn new() -> Self {
        Self {
            acknowledged: AtomicU32::new(0),
            is_stopped: AtomicBool::new(false),
        }
    }

    fn speak(&self, city: &City, gateway: SocketAddr) {
        let mut device = Device::connect(city, gateway);
        while !self.is_stopped.load(Ordering::SeqCst) {
            let number = self.acknowledged.load(Ordering::SeqCst) + 1;
            if number > MOST_PACKETS {
                std::thread::yield_now();
                continue;
            }
            device.send(number);
            device.expect_acknowledgement(number);
            self.acknowledged.store(number, Ordering::SeqCst);
        }
    }

    fn wait_for(&self, number: u32) {
        let begin = Instant::now();
        while self.acknowledged.load(Ordering::SeqCst) < number {
            assert!(begin.elapsed() < PATIENCE, "no packets go through");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Backs a server up while packets come, restores it elsewhere and compares.
fn back_up_under_load(first: &Installation, second: &Installation, urls: (&str, &str)) {
    let city = City::hengyang(1).unwrap();
    first.register(&city);
    let server = first.serve();
    let (speaker, gateway) = (Speaker::new(), server.gateway);
    let (before, file, after) = std::thread::scope(|scope| {
        scope.spawn(|| speaker.speak(&city, gateway));
        speaker.wait_for(40);
        let before = speaker.acknowledged.load(Ordering::SeqCst);
        let file = backup(first, &["--with-key"]);
        let after = speaker.acknowledged.load(Ordering::SeqCst);
        speaker.is_stopped.store(true, Ordering::SeqCst);
        (before, file, after)
    });
    assert!(after > before, "packets went on while the backup was made");
    server.stop();

    let said = output(second, &["backup", "verify", file.to_str().unwrap()]);
    assert!(said.contains("the backup is whole"), "{said}");
    let said = output(second, &["backup", "restore", file.to_str().unwrap()]);
    assert!(said.contains("restored and checked"), "{said}");
    let (packets, digest) = settle(second, urls.1);
    assert!(
        packets >= u64::from(before),
        "{packets} of {before} acknowledged packets"
    );
    assert!(packets <= u64::from(after) + 1, "{packets}, {after}");

    // the same packets in an installation that never was a backup
    let third = Installation::new();
    third.register(&city);
    let server = third.serve();
    let mut device = Device::connect(&city, server.gateway);
    for number in 1..=u32::try_from(packets).unwrap() {
        device.send(number);
        device.expect_acknowledgement(number);
    }
    server.stop();
    let url = third.url().to_owned();
    let (_, expected) = settle(&third, &url);
    assert_eq!(digest, expected);
    let said = output(second, &["audit", "verify"]);
    assert!(said.contains("whole"), "{said}");
    let said = output(second, &["vault", "verify"]);
    assert!(said.contains("both chains are whole"), "{said}");
    assert_eq!(
        fs::read_to_string(first.path().join("qingshan.key")).unwrap(),
        fs::read_to_string(second.path().join("qingshan.key")).unwrap()
    );
}

#[test]
fn a_backup_under_load_has_every_acknowledged_packet_of_its_moment() {
    let (first, second) = (Installation::new(), Installation::new());
    let urls = (first.url().to_owned(), second.url().to_owned());
    back_up_under_load(&first, &second, (&urls.0, &urls.1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_of_postgresql_under_load_has_every_acknowledged_packet_of_its_moment() {
    let first = TestDatabase::empty_postgres().await;
    let second = TestDatabase::empty_postgres().await;
    tokio::task::spawn_blocking(move || {
        back_up_under_load(
            &Installation::on(&first),
            &Installation::on(&second),
            (&first, &second),
        );
        // what is there is put aside, not written over
        let third = Installation::on(&first);
        let file = backup(&third, &[]);
        let path = file.to_str().unwrap();
        let said = third.fail(&["backup", "restore", path], &[]);
        assert!(said.contains("not empty"), "{said}");
        let said = output(&third, &["backup", "restore", "--force", path]);
        assert!(said.contains("put aside in the schema"), "{said}");
        // and does not come along the next time
        let file = backup(&third, &["--to", "second.qingshan-backup"]);
        let said = output(&third, &["backup", "verify", file.to_str().unwrap()]);
        assert!(said.contains("pg_restore reads all of it"), "{said}");
    })
    .await
    .unwrap();
}

#[test]
fn a_place_that_is_not_empty_is_refused_and_put_aside_when_told() {
    let (first, second) = (Installation::new(), Installation::new());
    first.run(&["migrate"]);
    let file = backup(&first, &["--to", "a.qingshan-backup"]);
    let path = file.to_str().unwrap();
    assert_eq!(
        fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let said = first.fail(&["backup", "create", "--to", path], &[]);
    assert!(said.contains("is there already"), "{said}");

    second.run(&["migrate"]);
    let before = fs::read(second.url()).unwrap();
    let said = second.fail(&["backup", "restore", path], &[]);
    assert!(said.contains("is there already"), "{said}");
    assert_eq!(fs::read(second.url()).unwrap(), before);

    let server = second.serve();
    let said = second.fail(&["backup", "restore", "--force", path], &[]);
    assert!(said.contains("stop the server first"), "{said}");
    server.stop();
    let said = output(&second, &["backup", "restore", "--force", path]);
    assert!(said.contains("is put aside"), "{said}");
    assert!(said.contains("restored and checked"), "{said}");
    let aside = fs::read_dir(second.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".before_restore_"))
        .count();
    assert_eq!(aside, 2, "main and raw");
    let said = output(&second, &["audit", "verify"]);
    assert!(said.contains("whole"), "{said}");
}

fn write(path: &Path, bytes: &[u8]) -> String {
    fs::write(path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn damaged_foreign_and_newer_files_are_refused_and_leave_nothing() {
    let (first, second) = (Installation::new(), Installation::new());
    first.run(&["migrate"]);
    let file = backup(&first, &["--to", "a.qingshan-backup"]);
    let whole = fs::read(&file).unwrap();
    let other = second.path().join("other.qingshan-backup");
    let refuse = |path: &str, with: &str| {
        for words in [["backup", "verify", path], ["backup", "restore", path]] {
            let said = second.fail(&words, &[]);
            assert!(said.contains(with), "{said}");
        }
        for name in ["qingshan.sqlite", "qingshan.raw.sqlite"] {
            assert!(!second.path().join(name).exists());
        }
        let left: Vec<_> = fs::read_dir(second.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name.contains("partial"))
            .collect();
        assert!(left.is_empty(), "{left:?}");
    };
    refuse(&write(&other, &whole[..whole.len() / 2]), "was cut off");
    refuse(&write(&other, b"no backup"), "no backup of this program");
    refuse(&write(&other, &whole[..0]), "no backup of this program");
    // one byte in the middle of the first part
    let mut altered = whole.clone();
    altered[2_000] ^= 1;
    refuse(&write(&other, &altered), "the part main.sqlite");
    // the same list with another form, of the same length
    let newer = replace(&whole, b"qingshan-backup/1", b"qingshan-backup/2");
    refuse(&write(&other, &newer), "take the version");
    refuse("not-there", "cannot read");
}

/// The same backup with another text of the same length in its list.
fn replace(whole: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(whole)).unwrap();
    let mut out = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut entry, &mut bytes).unwrap();
        let name = entry.name().unwrap().into_owned();
        if name == "manifest.json" {
            let place = bytes
                .windows(from.len())
                .position(|window| window == from)
                .unwrap();
            bytes[place..place + to.len()].copy_from_slice(to);
        }
        out.start_file(
            name,
            zip::write::SimpleFileOptions::default()
                .compression_method(zip::CompressionMethod::Stored),
        )
        .unwrap();
        std::io::Write::write_all(&mut out, &bytes).unwrap();
    }
    out.finish().unwrap().into_inner()
}

#[test]
fn a_backup_whose_rows_or_chains_are_not_those_of_its_list_is_told() {
    let first = Installation::new();
    first.run(&["migrate"]);
    let file = backup(&first, &["--to", "a.qingshan-backup"]);
    let whole = fs::read(&file).unwrap();
    let altered = replace(&whole, b"\"audit_sequence\": 1", b"\"audit_sequence\": 7");
    let other = first.path().join("b.qingshan-backup");
    let path = write(&other, &altered);
    let output = first
        .command(&["backup", "verify", &path])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("WRONG the chains do not end"), "{said}");
}

#[test]
fn a_killed_backup_leaves_no_file_and_the_next_one_succeeds() {
    let installation = Installation::new();
    installation.run(&["migrate"]);
    let folder = installation.path().join("backups");
    fs::create_dir(&folder).unwrap();
    let mut child = installation
        .command(&["backup", "create", "--to", "backups"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    loop {
        let has_begun = fs::read_dir(&folder).unwrap().next().is_some();
        if has_begun || child.try_wait().unwrap().is_some() {
            break;
        }
        assert!(begin.elapsed() < PATIENCE);
    }
    let _killed = child.kill();
    child.wait().unwrap();
    let names = || -> Vec<String> {
        fs::read_dir(&folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect()
    };
    for name in names() {
        if !name.ends_with(".partial") {
            let path = folder.join(&name);
            output(&installation, &["backup", "verify", path.to_str().unwrap()]);
            fs::remove_file(path).unwrap();
        }
    }
    // what the killed one has left goes when the next one comes
    fs::create_dir_all(folder.join("qingshan-20000101000000.qingshan-backup.partial")).unwrap();
    fs::write(
        folder.join("qingshan-20000101000000.qingshan-backup.partial/lock"),
        "",
    )
    .unwrap();
    let file = backup(&installation, &["--to", "backups"]);
    assert_eq!(names().len(), 1, "{:?}", names());
    output(&installation, &["backup", "verify", file.to_str().unwrap()]);
}

#[test]
fn what_a_killed_restore_has_left_is_no_database_and_is_taken_over() {
    let (first, second) = (Installation::new(), Installation::new());
    first.run(&["migrate"]);
    let file = backup(&first, &["--to", "a.qingshan-backup"]);
    let path = file.to_str().unwrap();
    // as it looks when the process ends while it unpacks
    let left = second.path().join("qingshan.sqlite.partial");
    fs::create_dir(&left).unwrap();
    for name in ["lock", "main.sqlite", "main.raw.sqlite"] {
        fs::write(left.join(name), "half").unwrap();
    }
    output(&second, &["backup", "restore", path]);
    assert!(!left.exists());
    // and when it ends between the two names: packets alone are no database
    let third = Installation::new();
    fs::copy(
        second.path().join("qingshan.raw.sqlite"),
        third.path().join("qingshan.raw.sqlite"),
    )
    .unwrap();
    let said = third.fail(&["backup", "restore", path], &[]);
    assert!(said.contains("is there already"), "{said}");
    output(&third, &["backup", "restore", "--force", path]);
}

#[test]
fn a_disk_without_room_is_found_out_and_leaves_nothing() {
    let installation = Installation::new();
    installation.run(&["migrate"]);
    // no file may grow beyond 64 kB: the copy does not fit
    let command = installation.command(&["backup", "create", "--to", "a.qingshan-backup"]);
    let mut limited = Command::new("prlimit");
    limited
        .arg("--fsize=65536")
        .args(["env", "--ignore-signal=XFSZ"])
        .arg(command.get_program())
        .args(command.get_args())
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        )
        .current_dir(installation.path())
        .stdin(Stdio::null());
    let output = limited.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("error: "), "{said}");
    let left: Vec<_> = fs::read_dir(installation.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains("backup"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn only_the_newest_backups_are_kept_when_told() {
    let installation = Installation::new();
    installation.run(&["migrate"]);
    let folder = installation.path().join("backups");
    fs::create_dir(&folder).unwrap();
    for name in [
        "qingshan-20250101000000.qingshan-backup",
        "qingshan-20250102000000.qingshan-backup",
        "by-hand.qingshan-backup",
    ] {
        fs::write(folder.join(name), "old").unwrap();
    }
    backup(&installation, &["--to", "backups", "--keep", "2"]);
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 3, "{names:?}");
    assert_eq!(names[0], "by-hand.qingshan-backup");
    assert_eq!(names[1], "qingshan-20250102000000.qingshan-backup");
}
