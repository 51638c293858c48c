//! `qingshan retention` of the built program: shown, tried, set, carried out, and kept in the trail.

use crate::program::Installation;

/// What a command that must succeed prints.
fn said(installation: &Installation, words: &[&str]) -> String {
    let output = installation.command(words).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{words:?}: {text}");
    text
}

#[test]
fn records_are_kept_as_long_as_set_at_the_command_line() {
    let installation = Installation::new();
    installation.run(&["migrate"]);
    let shown = said(&installation, &["retention", "show"]);
    assert!(
        shown.contains("minute: kept for ever; nothing there"),
        "{shown}"
    );

    let tried = said(&installation, &["retention", "preview", "minute", "3653"]);
    assert!(tried.starts_with("minute before "), "{tried}");
    assert!(
        tried.contains(": 0 records, 0 bytes would be removed"),
        "{tried}"
    );
    let shown = said(&installation, &["retention", "show"]);
    assert!(
        shown.contains("minute: kept for ever"),
        "nothing was set: {shown}"
    );

    let set = said(&installation, &["retention", "set", "minute", "3653"]);
    assert!(
        set.contains("minute records are kept for 3653 days"),
        "{set}"
    );
    let shown = said(&installation, &["retention", "show"]);
    assert!(shown.contains("minute: kept for 3653 days"), "{shown}");
    assert!(
        shown.contains("hour: kept for ever"),
        "of no other kind: {shown}"
    );
    let removed = said(&installation, &["retention", "run"]);
    assert!(removed.contains("0 records removed"), "{removed}");

    // what makes no sense changes nothing
    for (words, reason) in [
        (["retention", "set", "minute", "3"], "keep_days"),
        (
            ["retention", "set", "minute", "long"],
            "neither a number of days nor",
        ),
        (["retention", "set", "century", "3653"], "is none of"),
    ] {
        let error = installation.fail(&words, &[]);
        assert!(error.contains(reason), "{error}");
    }
    let shown = said(&installation, &["retention", "show"]);
    assert!(shown.contains("minute: kept for 3653 days"), "{shown}");

    let set = said(&installation, &["retention", "set", "minute", "forever"]);
    assert!(set.contains("minute records are kept for ever"), "{set}");
    installation.run(&["audit", "export", "trail.csv"]);
    let trail = std::fs::read_to_string(installation.path().join("trail.csv")).unwrap();
    let changes = trail
        .lines()
        .filter(|line| line.contains("system:command_line,,monitoring.set_retention"));
    assert_eq!(changes.count(), 2, "{trail}");
}
