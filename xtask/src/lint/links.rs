//! Links of the documents: what a Markdown file names in this repository must be there, and a
//! picture of the guide that no page shows is not kept.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use crate::project::Project;

const PICTURES: &str = "/pictures/";

/// Every breach, as `path: why`.
pub(crate) fn find_breaches(project: &Project) -> Result<Vec<String>> {
    let files: BTreeSet<String> = project.files()?.into_iter().collect();
    let mut breaches = Vec::new();
    let mut linked = BTreeSet::new();
    for path in files.iter().filter(|path| is_markdown(path)) {
        let text = std::fs::read_to_string(project.path(path))?;
        for target in targets(&text) {
            let Some(place) = resolve(path, &target) else {
                continue;
            };
            if files.contains(&place) || project.path(&place).is_dir() {
                linked.insert(place);
            } else {
                breaches.push(format!("{path}: there is no `{target}`"));
            }
        }
    }
    breaches.extend(
        files
            .iter()
            .filter(|path| path.starts_with("docs/guide/") && path.contains(PICTURES))
            .filter(|path| !linked.contains(*path))
            .map(|path| format!("{path}: no page of the guide shows this picture")),
    );
    Ok(breaches)
}

fn is_markdown(path: &str) -> bool {
    Path::new(path).extension().is_some_and(|e| e == "md")
}

/// What the links and pictures of a text point to; code is passed over.
fn targets(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut is_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        // every second part stands between backticks
        let prose: String = line.split('`').step_by(2).collect();
        for part in prose.split("](").skip(1) {
            if let Some((target, _)) = part.split_once(')') {
                let place = target.split_whitespace().next().unwrap_or_default();
                found.push(place.to_owned());
            }
        }
    }
    found
}

/// The file of this repository that a link of `from` means; `None` for other sites and for a place
/// in the same page.
fn resolve(from: &str, target: &str) -> Option<String> {
    let (path, _) = target.split_once('#').unwrap_or((target, ""));
    if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
        return None;
    }
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{resolve, targets};

    #[test]
    fn finds_links_and_pictures_and_passes_over_code() {
        let text = "See [one](a.md#top), ![two](pictures/b.webp \"title\").\n\
                    `[three](c.md)` and [four](https://example.org/d.md)\n\
                    ```\n[five](e.md)\n```\n[six](../f.md)";
        assert_eq!(
            targets(text),
            [
                "a.md#top",
                "pictures/b.webp",
                "https://example.org/d.md",
                "../f.md"
            ]
        );
    }

    #[test]
    fn resolves_against_the_file_and_leaves_other_sites_alone() {
        let from = "docs/guide/en/map.md";
        assert_eq!(
            resolve(from, "pictures/map.webp").as_deref(),
            Some("docs/guide/en/pictures/map.webp")
        );
        assert_eq!(
            resolve(from, "../../adr/0001.md#why").as_deref(),
            Some("docs/adr/0001.md")
        );
        assert_eq!(resolve(from, "#here"), None);
        assert_eq!(resolve(from, "https://example.org"), None);
        // outside the repository: never one of its files
        assert_eq!(
            resolve("README.md", "../other.md").as_deref(),
            Some("../other.md")
        );
    }
}
