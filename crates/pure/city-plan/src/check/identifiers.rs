//! Identifiers and the header.

use std::collections::BTreeMap;

use super::report::{Report, both};
use crate::finding::Rule;
use crate::read::{Entry, Identified, Place, Plan};

pub(crate) fn check(plan: &Plan, report: &mut Report) {
    header(plan, report);
    let mut seen = Seen::default();
    seen.all(&plan.units, report);
    seen.all(&plan.measures, report);
    seen.all(&plan.indicators, report);
    seen.all(&plan.results, report);
    seen.all(&plan.facts, report);
    seen.all(&plan.identities, report);
    seen.all(&plan.tasks, report);
    seen.all(&plan.projects, report);
    seen.all(&plan.investments, report);
    seen.all(&plan.safeguards, report);
    seen.all(&plan.not_commitments, report);
    let mut regions = Seen::default();
    for region in &plan.regions {
        regions.duplicate(region, report);
    }
}

fn header(plan: &Plan, report: &mut Report) {
    let Some(header) = &plan.header else {
        report.at(
            Rule::Header,
            Place::default(),
            both("没有 [plan]", "there is no [plan]"),
            both(
                "在一个文件中写 [plan]：id、title、region、first_year、last_year、base_year",
                "write [plan] in one file: id, title, region, first_year, last_year, base_year",
            ),
        );
        return;
    };
    if header.first_year > header.last_year || header.base_year >= header.first_year {
        report.about(
            Rule::Header,
            header,
            both(
                "基准年应早于首年，首年不晚于末年",
                "the base year must come before the first year, and that not after the last",
            ),
            both(
                "检查 base_year、first_year、last_year",
                "check base_year, first_year and last_year",
            ),
        );
    }
}

/// Identifiers are unique over all kinds of entries, so that a link needs no kind.
#[derive(Default)]
struct Seen(BTreeMap<String, Place>);

impl Seen {
    fn all<T: Identified>(&mut self, entries: &[Entry<T>], report: &mut Report) {
        for entry in entries {
            if !is_good(entry.item.id()) {
                let id = entry.item.id();
                report.about(
                    Rule::BadId,
                    entry,
                    [
                        format!("标识“{id}”不合规则"),
                        format!("`{id}` is no identifier"),
                    ],
                    both(
                        "以小写字母开头，只用小写字母、数字和 _，最多 60 个字符",
                        "begin with a lower-case letter; use lower-case letters, digits and _ only, 60 at most",
                    ),
                );
            }
            self.duplicate(entry, report);
        }
    }

    fn duplicate<T: Identified>(&mut self, entry: &Entry<T>, report: &mut Report) {
        if let Some(first) = self.0.get(entry.item.id()) {
            report.about(
                Rule::DuplicateId,
                entry,
                [
                    format!("标识已用于 {}:{}", first.file, first.line),
                    format!("the identifier is taken by {}:{}", first.file, first.line),
                ],
                both("改用另一个标识", "choose another identifier"),
            );
        } else {
            self.0
                .insert(entry.item.id().to_owned(), entry.place.clone());
        }
    }
}

fn is_good(id: &str) -> bool {
    id.len() <= 60
        && id.starts_with(|first: char| first.is_ascii_lowercase())
        && id
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
