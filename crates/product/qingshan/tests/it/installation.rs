//! What a bureau installs beside the program: units that systemd accepts, and a configuration that
//! the program does.

use std::path::{Path, PathBuf};
use std::process::Command;

use test_support::TestFolder;

use crate::program::Installation;

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../packaging")
}

#[test]
fn systemd_accepts_the_units() {
    let folder = TestFolder::new();
    let units = [
        "qingshan.service",
        "qingshan-backup.service",
        "qingshan-backup.timer",
    ];
    for unit in units {
        let text = std::fs::read_to_string(packaging().join("systemd").join(unit)).unwrap();
        let here = text.replace("/usr/local/bin/qingshan", env!("CARGO_BIN_EXE_qingshan"));
        std::fs::write(folder.path().join(unit), here).unwrap();
    }
    let verify = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .args(units.map(|unit| folder.path().join(unit)))
        .output();
    let Ok(output) = verify else {
        // a machine without systemd runs the server without these files
        return;
    };
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let ours: Vec<_> = said
        .lines()
        .filter(|line| line.contains("qingshan"))
        .collect();
    assert!(ours.is_empty(), "{ours:#?}");
}

#[test]
fn commands_of_the_units_are_commands_of_the_program() {
    let installation = Installation::new();
    for unit in ["qingshan.service", "qingshan-backup.service"] {
        let text = std::fs::read_to_string(packaging().join("systemd").join(unit)).unwrap();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("ExecStart=/usr/local/bin/qingshan "))
            .unwrap();
        let mut words: Vec<&str> = line.split(' ').collect();
        words.push("--help");
        installation.run(&words);
    }
}

#[test]
fn the_example_of_a_configuration_is_valid() {
    let installation = Installation::new();
    let file = packaging().join("config.toml");
    installation.run(&["config", "check", "--config", file.to_str().unwrap()]);
}
