//! Where rules put what they find.

use crate::finding::{Finding, Rule};
use crate::read::{Entry, Identified, Place};

/// Collects findings.
#[derive(Debug, Default)]
pub(crate) struct Report {
    findings: Vec<Finding>,
}

/// A text in Chinese and English.
pub(crate) type Both = [String; 2];

/// Both languages of one text without figures.
pub(crate) fn both(chinese: &str, english: &str) -> Both {
    [chinese.to_owned(), english.to_owned()]
}

impl Report {
    /// Something about an entry.
    pub(crate) fn about<T: Identified>(
        &mut self,
        rule: Rule,
        entry: &Entry<T>,
        message: Both,
        suggestion: Both,
    ) {
        self.findings.push(Finding {
            rule,
            place: entry.place.clone(),
            entry: Some(format!("{} {}", T::KIND, entry.item.id())),
            message,
            suggestion,
        });
    }

    /// Something about a place without an entry.
    pub(crate) fn at(&mut self, rule: Rule, place: Place, message: Both, suggestion: Both) {
        self.findings.push(Finding {
            rule,
            place,
            entry: None,
            message,
            suggestion,
        });
    }

    pub(crate) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}
