//! Finding the fonts of this machine that a report can be set in.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fontdb::{Database, Source};
use report_document::{DocumentError, Fonts};

use crate::AssessmentError;

/// The wanted families among the fonts of the system and of `folder`.
///
/// # Errors
/// [`DocumentError::NoChineseFont`] when there is none for Chinese.
pub fn find_fonts(folder: Option<&Path>) -> Result<Fonts, AssessmentError> {
    let mut database = Database::new();
    database.load_system_fonts();
    if let Some(folder) = folder {
        database.load_fonts_dir(folder);
    }
    let wanted = Fonts::wanted();
    let mut paths: BTreeSet<PathBuf> = BTreeSet::new();
    let mut present: BTreeSet<String> = BTreeSet::new();
    for face in database.faces() {
        let families = face.families.iter().map(|(name, _language)| name.as_str());
        let found: Vec<&str> = families.filter(|name| wanted.contains(name)).collect();
        if found.is_empty() {
            continue;
        }
        if let Source::File(path) | Source::SharedFile(path, _) = &face.source {
            present.extend(found.into_iter().map(str::to_owned));
            paths.insert(path.clone());
        }
    }
    let files = paths
        .iter()
        .map(|path| {
            std::fs::read(path)
                .map(Arc::new)
                .map_err(|error| DocumentError::Typesetting {
                    reason: format!("the font {} cannot be read: {error}", path.display()),
                })
        })
        .collect::<Result<Vec<_>, _>>()?;
    let present: Vec<String> = present.into_iter().collect();
    Ok(Fonts::new(files, &present)?)
}
