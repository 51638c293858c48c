//! Rules that a file breaks by its text alone: length, first line, names, where SQL may stand.

use std::path::Path;

use anyhow::Result;

use crate::project::Project;

const MAXIMUM_LINES: usize = 500;
const FORBIDDEN_NAMES: [&str; 7] = [
    "common", "util", "utils", "helpers", "misc", "core", "manager",
];
/// Files that tools write.
const GENERATED: [&str; 2] = ["web/src/api/schema.ts", "web/src/api/permissions.ts"];

/// Every breach, as `path: why`.
pub(crate) fn find_breaches(project: &Project) -> Result<Vec<String>> {
    let mut breaches = Vec::new();
    for path in project.files()? {
        let extension = path.rsplit_once('.').map_or("", |(_, extension)| extension);
        if !matches!(extension, "rs" | "ts" | "vue") {
            continue;
        }
        let text = std::fs::read_to_string(project.path(&path))?;
        breaches.extend(
            check_file(&path, &text)
                .into_iter()
                .map(|why| format!("{path}: {why}")),
        );
    }
    Ok(breaches)
}

fn check_file(path: &str, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    let lines = text.lines().count();
    if lines > MAXIMUM_LINES && !GENERATED.contains(&path) {
        breaches.push(format!(
            "{lines} lines, at most {MAXIMUM_LINES} are allowed"
        ));
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    let file = parts.pop().unwrap_or_default();
    let stem = file.split('.').next().unwrap_or_default();
    for name in parts.iter().chain([&stem]) {
        if FORBIDDEN_NAMES.contains(name) {
            breaches.push(format!(
                "no file or folder is called `{name}`: say what is in it"
            ));
        }
    }
    if Path::new(path).extension().is_some_and(|e| e == "rs") {
        breaches.extend(check_rust(path, file, text));
    }
    breaches
}

fn check_rust(path: &str, file: &str, text: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    if file == "mod.rs" {
        breaches.push("`x.rs` beside `x/`, never `mod.rs`".to_owned());
    }
    if !starts_with_purpose(text) {
        breaches.push("the first line says with `//!` what the file is for".to_owned());
    }
    let is_test = path.contains("/tests/") || path.ends_with("/tests.rs");
    let is_store = path.contains("/store/") || file == "store.rs";
    if path.starts_with("crates/features/")
        && !is_store
        && !is_test
        && let Some(line) = find_line(text, "sqlx::query")
    {
        breaches.push(format!("line {line}: SQL of a feature stands in store.rs"));
    }
    let may_assert = path.starts_with("crates/storage/database/")
        || path.starts_with("crates/testing/")
        || path.starts_with("xtask/");
    if !may_assert && let Some(line) = find_line(text, "AssertSqlSafe") {
        breaches.push(format!(
            "line {line}: only storage/database builds SQL text"
        ));
    }
    breaches
}

/// Inner attributes may come before the `//!`, as in the integration tests.
fn starts_with_purpose(text: &str) -> bool {
    let mut is_in_attribute = false;
    for line in text.lines() {
        if line.starts_with("//!") || line.starts_with("#![doc = include_str!(") {
            return true;
        }
        if line.starts_with("#![") {
            is_in_attribute = true;
        }
        if !is_in_attribute && !line.trim().is_empty() {
            return false;
        }
        if line.ends_with(']') {
            is_in_attribute = false;
        }
    }
    false
}

/// The first line, from 1, that has the text outside a comment.
fn find_line(text: &str, needle: &str) -> Option<usize> {
    text.lines()
        .position(|line| line.contains(needle) && !line.trim_start().starts_with("//"))
        .map(|index| index + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(path: &str, text: &str) -> usize {
        check_file(path, text).len()
    }

    #[test]
    fn a_good_file_has_no_breach() {
        assert_eq!(
            breaches(
                "crates/features/a/src/store.rs",
                "//! SQL.\nsqlx::query(\"\")"
            ),
            0
        );
        assert_eq!(
            breaches(
                "crates/a/tests/it/main.rs",
                "#![allow(\n    x\n)]\n\n//! Tests.\n"
            ),
            0
        );
    }

    #[test]
    fn finds_each_breach() {
        assert_eq!(breaches("crates/a/src/mod.rs", "//! x"), 1);
        assert_eq!(breaches("crates/a/src/x.rs", "use y;\n//! x"), 1);
        assert_eq!(breaches("crates/a/src/utils.rs", "//! x"), 1);
        assert_eq!(breaches("web/src/helpers/a.ts", ""), 1);
        assert_eq!(breaches("crates/a/src/x.rs", &"//! x\n".repeat(501)), 1);
        assert_eq!(
            breaches(
                "crates/features/a/src/service.rs",
                "//! x\nsqlx::query(\"\")"
            ),
            1
        );
        assert_eq!(
            breaches("crates/features/a/src/store.rs", "//! x\nAssertSqlSafe(x)"),
            1
        );
    }
}
