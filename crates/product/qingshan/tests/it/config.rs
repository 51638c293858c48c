//! `qingshan config`.

use std::process::{Command, Output};

use test_support::TestFolder;

fn run(folder: &TestFolder, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_qingshan"))
        .args(arguments)
        .current_dir(folder.path())
        .output()
        .unwrap()
}

#[test]
fn a_setting_that_does_not_exist_is_named_with_the_nearest() {
    let folder = TestFolder::new();
    std::fs::write(
        folder.path().join("config.toml"),
        "[gateway]\nlisen = \"127.0.0.1:1\"\n",
    )
    .unwrap();
    let output = run(&folder, &["config", "check"]);
    assert!(!output.status.success());
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("no setting `gateway.lisen`"), "{said}");
    assert!(said.contains("did you mean `gateway.listen`?"), "{said}");
}

#[test]
fn settings_out_of_range_are_named() {
    let folder = TestFolder::new();
    for (text, part) in [
        ("[gaps]\nmax_attempts = 0\n", "gaps.max_attempts"),
        ("[log]\nfilter = \"info,,=x\"\n", "log.filter"),
        (
            "[map]\ntile_url = \"https://tiles.example/\"\n",
            "map.tile_url",
        ),
        (
            "[accounts]\nenabled = false\n[http]\nlisten = \"0.0.0.0:80\"\n",
            "loopback",
        ),
        ("[accounts]\nattempts_a_minute = 0\n", "attempts_a_minute"),
        ("[gateway]\nmax_connections = \"many\"\n", "max_connections"),
        ("not toml", "not valid TOML"),
    ] {
        std::fs::write(folder.path().join("config.toml"), text).unwrap();
        let output = run(&folder, &["config", "check"]);
        assert!(!output.status.success(), "{text}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(part), "{said}");
    }
}

#[test]
fn what_is_in_force_is_printed_without_passwords() {
    let folder = TestFolder::new();
    let url = "postgres://bureau:secret@db/qingshan";
    let output = run(&folder, &["--database", url, "config", "print"]);
    assert!(output.status.success());
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(
        printed.contains("postgres://bureau:***@db/qingshan"),
        "{printed}"
    );
    assert!(printed.contains("[gaps.hour]"), "{printed}");
    let table: toml::Table = printed.parse().unwrap();
    assert_eq!(table["gateway"]["listen"].as_str(), Some("127.0.0.1:8213"));
    let output = run(&folder, &["config", "check"]);
    assert!(output.status.success() && output.stdout.is_empty());
}
