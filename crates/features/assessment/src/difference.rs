//! What would be different if the figures were taken now.

use exact_decimal::Decimal;

use crate::content::{Content, FigurePart, WorkPart};

/// A figure that would be another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The indicator.
    pub indicator: String,
    /// Its name.
    pub name: String,
    /// The region.
    pub region: String,
    /// The region's name.
    pub region_name: String,
    /// The value then and now.
    pub value: [Option<Decimal>; 2],
    /// What was expected then and now.
    pub expected: [Option<Decimal>; 2],
    /// The status then and now; none where the entry is not there.
    pub status: [Option<String>; 2],
    /// The score then and now.
    pub score: [Option<Decimal>; 2],
    /// Whether only what the value was computed from is another.
    pub is_lineage_only: bool,
}

/// A task or a project that would stand otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkChange {
    /// `task` or `project`.
    pub kind: String,
    /// Its identifier or number.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its name in English.
    pub name_en: Option<String>,
    /// As it was taken; none where it did not count.
    pub then: Option<WorkPart>,
    /// As it is now; none where it does not count any more.
    pub now: Option<WorkPart>,
}

/// What would be different.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// The figures that would be others, in the order of the plan.
    pub changes: Vec<Change>,
    /// The tasks and projects that would stand otherwise, in the order of the plan and the pool.
    pub works: Vec<WorkChange>,
    /// The whole score then and now.
    pub score: [Option<Decimal>; 2],
    /// The grade then and now.
    pub grade: [Option<String>; 2],
    /// The share of weights with data then and now.
    pub coverage: [Decimal; 2],
    /// Whether the rule is another one now.
    pub is_rule_changed: bool,
}

/// Compares what was taken with what would be taken now.
pub fn compare(then: &Content, now: &Content) -> Difference {
    let find = |content: &Content, one: &FigurePart| {
        content
            .figures
            .iter()
            .find(|other| other.indicator == one.indicator && other.region == one.region)
            .cloned()
    };
    let gone = then
        .figures
        .iter()
        .filter(|one| find(now, one).is_none())
        .filter_map(|one| change(Some(one), None));
    let changes = now
        .figures
        .iter()
        .filter_map(|one| change(find(then, one).as_ref(), Some(one)))
        .chain(gone)
        .collect();
    Difference {
        changes,
        works: compare_works(&then.works, &now.works),
        score: [then.total.score, now.total.score],
        grade: [then.total.grade.clone(), now.total.grade.clone()],
        coverage: [then.total.coverage, now.total.coverage],
        is_rule_changed: then.rule != now.rule,
    }
}

fn compare_works(then: &[WorkPart], now: &[WorkPart]) -> Vec<WorkChange> {
    let find = |works: &[WorkPart], one: &WorkPart| {
        let mut works = works.iter();
        works
            .find(|other| other.kind == one.kind && other.id == one.id)
            .cloned()
    };
    let gone = then.iter().filter(|one| find(now, one).is_none());
    now.iter()
        .chain(gone)
        .map(|one| WorkChange {
            kind: one.kind.clone(),
            id: one.id.clone(),
            name: one.name.clone(),
            name_en: one.name_en.clone(),
            then: find(then, one),
            now: find(now, one),
        })
        .filter(|change| change.then != change.now)
        .collect()
}

fn change(then: Option<&FigurePart>, now: Option<&FigurePart>) -> Option<Change> {
    let either = now.or(then)?;
    let pair = |pick: fn(&FigurePart) -> Option<Decimal>| [then.and_then(pick), now.and_then(pick)];
    let found = Change {
        indicator: either.indicator.clone(),
        name: either.name.clone(),
        region: either.region.clone(),
        region_name: either.region_name.clone(),
        value: pair(|one| one.value),
        expected: pair(|one| one.expected),
        status: [then, now].map(|one| one.map(|one| one.status.clone())),
        score: pair(|one| one.score),
        is_lineage_only: false,
    };
    let is_same = found.value[0] == found.value[1]
        && found.expected[0] == found.expected[1]
        && found.status[0] == found.status[1]
        && found.score[0] == found.score[1];
    if !is_same {
        return Some(found);
    }
    let lineage = |one: Option<&FigurePart>| {
        one.map(|one| (one.inputs.clone(), one.formula.clone(), one.simulated))
    };
    (lineage(then) != lineage(now)).then_some(Change {
        is_lineage_only: true,
        ..found
    })
}
