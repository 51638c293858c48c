//! Direct dependencies that no source of the crate names.

use std::path::Path;

use anyhow::Result;

use super::layers::{Rules, load_metadata};
use crate::project::Project;

/// Every direct dependency whose name stands in no Rust file of its crate.
pub(crate) fn find_breaches(project: &Project) -> Result<Vec<String>> {
    let rules = Rules::load(project)?;
    let metadata = load_metadata(project)?;
    let files = project.files()?;
    let mut breaches = Vec::new();
    for package in metadata.workspace_packages() {
        let folder = package
            .manifest_path
            .parent()
            .map(cargo_metadata::camino::Utf8Path::as_std_path)
            .and_then(|folder| folder.strip_prefix(&project.root).ok())
            .unwrap_or(Path::new(""));
        let mut text = String::new();
        for file in &files {
            if Path::new(file).extension().is_some_and(|e| e == "rs")
                && Path::new(file).starts_with(folder)
            {
                text.push_str(&std::fs::read_to_string(project.path(file))?);
            }
        }
        let mut unnamed = Vec::new();
        for dependency in &package.dependencies {
            let name = dependency.rename.as_ref().unwrap_or(&dependency.name);
            let is_excused = rules
                .unnamed
                .get(package.name.as_str())
                .is_some_and(|names| names.contains_key(name));
            if !is_excused && !has_word(&text, &name.replace('-', "_")) {
                unnamed.push(name.as_str());
            }
        }
        if !unnamed.is_empty() {
            breaches.push(format!(
                "{} names in Cargo.toml and in no source: {}",
                package.name,
                unnamed.join(", ")
            ));
        }
    }
    Ok(breaches)
}

/// Whether the text has the name as a whole word.
fn has_word(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| {
        let before = text.get(..at).and_then(|text| text.chars().next_back());
        let after = text
            .get(at + name.len()..)
            .and_then(|text| text.chars().next());
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_whole_words_only() {
        assert!(has_word("use serde::Deserialize;", "serde"));
        assert!(!has_word("use serde_json::Value;", "serde"));
        assert!(!has_word("my_serde", "serde"));
    }
}
