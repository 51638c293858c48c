//! Plans for tests.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use city_plan::{Finding, Language, PlanSource};

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// The files of a folder, and the file with its regions.
pub(crate) fn sources(folder: &str) -> Vec<PlanSource> {
    let folder = root().join(folder);
    let mut sources: Vec<PlanSource> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| PlanSource {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            text: std::fs::read_to_string(&path).unwrap(),
        })
        .collect();
    sources.push(PlanSource {
        name: "../regions.toml".to_owned(),
        text: std::fs::read_to_string(folder.join("../regions.toml")).unwrap_or_default(),
    });
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    sources
}

/// Findings as the command line shows them, one a line.
pub(crate) fn shown(findings: &[Finding], language: Language) -> String {
    let mut text = String::new();
    for finding in findings {
        let _infallible = write!(
            text,
            "{}:{} {} {} {}: {}\n    → {}\n",
            finding.place.file,
            finding.place.line,
            finding.severity().as_str(),
            finding.rule,
            finding.entry.as_deref().unwrap_or("-"),
            finding.message(language),
            finding.suggestion(language),
        );
    }
    text
}
