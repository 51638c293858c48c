//! What entries name must be there.

use std::collections::BTreeSet;

use super::report::{Report, both};
use crate::finding::Rule;
use crate::read::{Entry, Identified, Plan};

/// The identifiers of one kind.
fn ids<T: Identified>(entries: &[Entry<T>]) -> BTreeSet<&str> {
    entries.iter().map(|entry| entry.item.id()).collect()
}

struct Known<'a> {
    what: [&'static str; 2],
    ids: BTreeSet<&'a str>,
}

impl Known<'_> {
    fn all<'n, T: Identified>(
        &self,
        entry: &Entry<T>,
        names: impl IntoIterator<Item = &'n String>,
        report: &mut Report,
    ) {
        for name in names {
            if self.ids.contains(name.as_str()) {
                continue;
            }
            let [chinese, english] = self.what;
            let near = nearest(&self.ids, name);
            report.about(
                Rule::UnknownReference,
                entry,
                [
                    format!("{chinese}“{name}”没有定义"),
                    format!("{english} `{name}` is nowhere defined"),
                ],
                match near {
                    Some(near) => [
                        format!("是否应为“{near}”？否则补上定义"),
                        format!("did you mean `{near}`? otherwise define it"),
                    ],
                    None => both("补上定义，或改正名称", "define it, or mend the name"),
                },
            );
        }
    }
}

/// The known name with the smallest edit distance, if that is small.
fn nearest<'a>(known: &BTreeSet<&'a str>, name: &str) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (distance(candidate, name), *candidate))
        .filter(|(distance, _)| *distance <= 2 || *distance * 4 <= name.len())
        .min()
        .map(|(_, candidate)| candidate)
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(60).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().take(60).enumerate() {
        let mut before = i;
        let mut left = i + 1;
        let mut next = vec![left];
        for (other, above) in b.iter().zip(row.iter().skip(1)) {
            let cost = before + usize::from(letter != *other);
            left = cost.min(above + 1).min(left + 1);
            next.push(left);
            before = *above;
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

pub(crate) fn check(plan: &Plan, report: &mut Report) {
    let regions = Known {
        what: ["行政区划", "region"],
        ids: ids(&plan.regions),
    };
    let units = Known {
        what: ["单位", "unit"],
        ids: ids(&plan.units),
    };
    let indicators = Known {
        what: ["指标", "indicator"],
        ids: ids(&plan.indicators),
    };
    let tasks = Known {
        what: ["任务", "task"],
        ids: ids(&plan.tasks),
    };
    let kinds = Known {
        what: ["项目类型", "kind of projects"],
        ids: ids(&plan.investments),
    };
    if let Some(header) = &plan.header {
        regions.all(header, [&header.region], report);
    }
    for measure in &plan.measures {
        if let Some(statistic) = &measure.statistic {
            regions.all(measure, &statistic.within, report);
        }
    }
    for indicator in &plan.indicators {
        regions.all(indicator, &indicator.regions, report);
        let named = indicator.by_region.iter().map(|target| &target.region);
        regions.all(indicator, named, report);
    }
    let measures = Known {
        what: ["量", "measure"],
        ids: ids(&plan.measures),
    };
    for account in &plan.accounts {
        indicators.all(account, [&account.indicator], report);
        let named = [&account.emission, &account.increment, &account.reduction];
        measures.all(account, named, report);
    }
    for task in &plan.tasks {
        units.all(task, &task.lead, report);
        units.all(task, &task.cooperating, report);
        regions.all(task, &task.regions, report);
        let named = task.measure.iter().filter_map(|m| m.indicator.as_ref());
        indicators.all(task, named, report);
    }
    for project in &plan.projects {
        kinds.all(project, [&project.kind], report);
        tasks.all(project, &project.task, report);
        indicators.all(project, &project.indicator, report);
        regions.all(project, &project.regions, report);
    }
    if let Some(rule) = &plan.assessment {
        for one in &rule.responsibility {
            units.all(rule, [&one.unit], report);
            indicators.all(rule, &one.indicators, report);
        }
        let weighed = rule.weight.iter().map(|one| &one.indicator);
        indicators.all(rule, weighed, report);
    }
    for safeguard in &plan.safeguards {
        units.all(safeguard, &safeguard.lead, report);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_proposed_and_a_far_one_is_not() {
        let known = BTreeSet::from(["water_bureau", "housing"]);
        assert_eq!(nearest(&known, "water_buraeu"), Some("water_bureau"));
        assert_eq!(nearest(&known, "police"), None);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "abc"), 3);
    }
}
