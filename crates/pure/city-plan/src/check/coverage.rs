//! Nothing of substance left out: every number, unit and project of the text is cited.

use super::report::{Report, both};
use crate::finding::Rule;
use crate::read::{Entry, Identified, Place, Plan};
use crate::text::{PlanText, SentenceKind, TextRange};

pub(crate) fn check(plan: &Plan, report: &mut Report) {
    let Some(text) = &plan.text else {
        if let Some(header) = &plan.header
            && let Some(wanted) = &header.text
        {
            report.about(
                Rule::QuoteNotFound,
                header,
                [
                    format!("没有规划文本文件“{wanted}”"),
                    format!("there is no file `{wanted}` with the plan's text"),
                ],
                both("把文本放在同一文件夹", "put the text into the same folder"),
            );
        }
        return;
    };
    let mut cited = Cited {
        text,
        ranges: Vec::new(),
    };
    cited.all(&plan.indicators, report);
    cited.all(&plan.results, report);
    cited.all(&plan.facts, report);
    cited.all(&plan.tasks, report);
    cited.all(&plan.projects, report);
    cited.all(&plan.investments, report);
    cited.all(plan.investment_total.as_slice(), report);
    cited.all(&plan.safeguards, report);
    cited.all(plan.assessment.as_slice(), report);
    cited.all(&plan.not_commitments, report);
    let file = plan
        .header
        .as_ref()
        .and_then(|header| header.text.clone())
        .unwrap_or_default();
    let mut names: Vec<&str> = plan
        .units
        .iter()
        .flat_map(|unit| {
            std::iter::once(unit.name.as_str()).chain(unit.aliases.iter().map(String::as_str))
        })
        .filter(|name| !name.is_empty())
        .collect();
    names.extend(["项目", "工程"]);
    cited.uncovered(&file, &names, report);
}

struct Cited<'a> {
    text: &'a PlanText,
    ranges: Vec<TextRange>,
}

impl Cited<'_> {
    fn all<T: Identified>(&mut self, entries: &[Entry<T>], report: &mut Report) {
        for entry in entries {
            if T::MUST_CITE && entry.item.cites().is_empty() {
                report.about(
                    Rule::QuoteNotFound,
                    entry,
                    both(
                        "该条目未引用规划原文",
                        "the entry cites nothing of the plan",
                    ),
                    both("补上 cite", "add a cite"),
                );
            }
            for cite in entry.item.cites() {
                let quote = cite.quote.as_str();
                let found = self.text.find(&cite.at, quote, cite.until.as_deref());
                match found.as_deref() {
                    Some([range]) if !quote.is_empty() => self.ranges.push(range.clone()),
                    Some([_, _, ..]) => report.about(
                        Rule::QuoteAmbiguous,
                        entry,
                        [
                            format!("“{}”在 {} 中不止一处", short(quote), cite.at),
                            format!("`{}` stands more than once in {}", short(quote), cite.at),
                        ],
                        both(
                            "引文取长一些，使其唯一",
                            "quote more words, so that it is found once",
                        ),
                    ),
                    Some(_) => report.about(
                        Rule::QuoteNotFound,
                        entry,
                        [
                            format!("“{}”不在 {} 中", short(quote), cite.at),
                            format!("`{}` is not in {}", short(quote), cite.at),
                        ],
                        both(
                            "引文须与原文一字不差",
                            "a quote must be the plan's own words",
                        ),
                    ),
                    None => report.about(
                        Rule::QuoteNotFound,
                        entry,
                        [
                            format!("原文没有“{}”这一章节", cite.at),
                            format!("the text has no section `{}`", cite.at),
                        ],
                        both("章节写法如 四（一）", "sections are written 四（一）"),
                    ),
                }
            }
        }
    }

    fn uncovered(mut self, file: &str, names: &[&str], report: &mut Report) {
        let merged = merge(std::mem::take(&mut self.ranges));
        let is_covered = |range: &TextRange| {
            merged
                .partition_point(|cited| cited.start <= range.start)
                .checked_sub(1)
                .and_then(|index| merged.get(index))
                .is_some_and(|cited| cited.end >= range.end)
        };
        for sentence in self.text.sentences() {
            if sentence.kind == SentenceKind::Heading {
                continue;
            }
            let words = self.text.words(&sentence.range);
            let mut spans = numbers(words);
            for name in names {
                spans.extend(
                    words
                        .match_indices(name)
                        .map(|(at, found)| at..at + found.len()),
                );
            }
            let mut missing: Vec<String> = spans
                .into_iter()
                .filter(|span| {
                    let start = sentence.range.start;
                    !is_covered(&(start + span.start..start + span.end))
                })
                .filter_map(|span| words.get(span).map(str::to_owned))
                .collect();
            missing.dedup();
            if missing.is_empty() {
                continue;
            }
            let (missing, at) = (missing.join("、"), &sentence.at);
            report.at(
                Rule::Uncovered,
                Place {
                    file: file.to_owned(),
                    line: sentence.line,
                },
                [
                    format!("{at}“{}”中的 {missing} 没有条目引用", short(words)),
                    format!("{at} `{}`: no entry cites {missing}", short(words)),
                ],
                both(
                    "补上条目，或列入 [[not_a_commitment]] 并说明原因",
                    "add an entry, or list the passage as [[not_a_commitment]] with its reason",
                ),
            );
        }
    }
}

/// The first 24 characters.
fn short(words: &str) -> String {
    let mut short: String = words.chars().take(24).collect();
    if short.len() < words.len() {
        short.push('…');
    }
    short
}

/// Runs of digits, with decimal points and per-cent signs inside or after them.
fn numbers(words: &str) -> Vec<TextRange> {
    let mut spans = Vec::new();
    let mut start = None;
    let mut is_name = false;
    for (at, letter) in words.char_indices() {
        let is_part = (letter.is_ascii_digit() && !is_name)
            || (start.is_some() && matches!(letter, '.' | '%' | '％'));
        // digits after a letter belong to a name: PM2.5, SO2, NH3-N
        is_name =
            letter.is_ascii_alphabetic() || (is_name && (letter.is_ascii_digit() || letter == '.'));
        match (start, is_part) {
            (None, true) => start = Some(at),
            (Some(begin), false) => {
                spans.push(begin..at);
                start = None;
            }
            _ => {}
        }
    }
    if let Some(begin) = start {
        spans.push(begin..words.len());
    }
    spans
}

/// Overlapping and touching ranges as one.
fn merge(mut ranges: Vec<TextRange>) -> Vec<TextRange> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut merged: Vec<TextRange> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    merged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_numbers_with_their_signs() {
        let words = "到2017年底，PM2.5达到90%以上；0.5倍，NH3-N";
        let found: Vec<_> = numbers(words)
            .into_iter()
            .map(|span| &words[span])
            .collect();
        assert_eq!(found, ["2017", "90%", "0.5"]);
    }

    #[test]
    fn touching_ranges_become_one() {
        assert_eq!(merge(vec![5..8, 0..3, 3..5, 10..12]), [0..8, 10..12]);
    }
}
