//! JSON bodies of what would be different in an assessment if it were made now.

use ::assessment::{Change, Difference};
use serde::Serialize;
use utoipa::ToSchema;

use super::bodies::text;
use super::works::AssessedWork;

/// A figure that would be another; `before` is what was taken, `after` what it would be now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessedChange {
    indicator: String,
    name: String,
    region: String,
    region_name: String,
    before: StandingBody,
    after: StandingBody,
    /// Whether only what the value was computed from is another.
    is_lineage_only: bool,
}

/// How a figure stood.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct StandingBody {
    #[schema(format = "decimal")]
    value: Option<String>,
    #[schema(format = "decimal")]
    expected: Option<String>,
    status: Option<String>,
    #[schema(format = "decimal")]
    score: Option<String>,
}

/// What would be different now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessedDifference {
    changes: Vec<AssessedChange>,
    #[schema(format = "decimal")]
    score_before: Option<String>,
    #[schema(format = "decimal")]
    score_after: Option<String>,
    grade_before: Option<String>,
    grade_after: Option<String>,
    /// Tasks and projects that would have another score, or be counted from something else.
    works: Vec<AssessedWorkChange>,
    is_rule_changed: bool,
}

/// A task or a project that would stand otherwise.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AssessedWorkChange {
    /// `task` or `project`.
    kind: String,
    id: String,
    name_zh: String,
    name_en: String,
    /// What was taken; null where it did not count.
    before: Option<AssessedWork>,
    /// What it would be now; null where it does not count any more.
    after: Option<AssessedWork>,
}

impl From<&Difference> for AssessedDifference {
    fn from(difference: &Difference) -> Self {
        let change = |one: &Change| {
            let [before_value, after_value] = one.value;
            let [before_expected, after_expected] = one.expected;
            let [before_score, after_score] = one.score;
            let [before_status, after_status] = one.status.clone();
            AssessedChange {
                indicator: one.indicator.clone(),
                name: one.name.clone(),
                region: one.region.clone(),
                region_name: one.region_name.clone(),
                before: StandingBody {
                    value: text(before_value),
                    expected: text(before_expected),
                    status: before_status,
                    score: text(before_score),
                },
                after: StandingBody {
                    value: text(after_value),
                    expected: text(after_expected),
                    status: after_status,
                    score: text(after_score),
                },
                is_lineage_only: one.is_lineage_only,
            }
        };
        let [score_before, score_after] = difference.score;
        let [grade_before, grade_after] = difference.grade.clone();
        Self {
            changes: difference.changes.iter().map(change).collect(),
            works: (difference.works.iter())
                .map(|one| AssessedWorkChange {
                    kind: one.kind.clone(),
                    id: one.id.clone(),
                    name_zh: one.name.clone(),
                    name_en: one.name_en.clone().unwrap_or_else(|| one.name.clone()),
                    before: one.then.as_ref().map(AssessedWork::from),
                    after: one.now.as_ref().map(AssessedWork::from),
                })
                .collect(),
            score_before: text(score_before),
            score_after: text(score_after),
            grade_before,
            grade_after,
            is_rule_changed: difference.is_rule_changed,
        }
    }
}
