//! What the rows of a judged table come to together.

use serde::Serialize;
use standards::Language;
use standards::evaluation::{Group, Summary};
use utoipa::ToSchema;

use super::{EvaluationBasisBody, EvaluationColumnBody};

/// What a group of rows comes to.
#[derive(Debug, Serialize, ToSchema)]
struct EvaluationGroupBody {
    /// What is judged, such as `river`, `noise_road`, `outlet_tax`.
    kind: &'static str,
    kind_zh: &'static str,
    kind_en: &'static str,
    /// Name as the rows give it; empty for the whole table.
    name: String,
    /// The period, such as `2026-03`, or as the rows name it.
    period: String,
    /// Rows it rests on.
    rows: u64,
    /// Rows of the group that were left out.
    left_out: u64,
    /// One text a column of the summary, null where there is nothing to say.
    values: Vec<Option<String>>,
    basis: EvaluationBasisBody,
    /// The calculation step by step.
    explanation: Vec<String>,
}

/// A row that no group rests on.
#[derive(Debug, Serialize, ToSchema)]
struct EvaluationLeftOutBody {
    /// Its place among the rows of the request, from 1; 0 for a whole group.
    row: u64,
    /// The group it belongs to, as far as it says so.
    group: String,
    reason: String,
}

/// What rows come to together.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct EvaluationSummaryBody {
    columns: Vec<EvaluationColumnBody>,
    groups: Vec<EvaluationGroupBody>,
    /// Rows left out; the first 200 of them.
    left_out: Vec<EvaluationLeftOutBody>,
    /// How many rows were left out in all.
    left_out_rows: u64,
}

impl EvaluationSummaryBody {
    /// The body of a summary in a language.
    pub(super) fn of(summary: Summary, language: Language) -> Self {
        Self {
            columns: summary
                .columns
                .iter()
                .map(EvaluationColumnBody::from)
                .collect(),
            left_out: summary
                .left_out
                .iter()
                .map(|left| EvaluationLeftOutBody {
                    row: left.row,
                    group: left.group.clone(),
                    reason: left.reason(language).to_owned(),
                })
                .collect(),
            left_out_rows: summary.left_out_count,
            groups: summary
                .groups
                .into_iter()
                .map(|group| body_of(group, language))
                .collect(),
        }
    }
}

fn body_of(group: Group, language: Language) -> EvaluationGroupBody {
    EvaluationGroupBody {
        kind: group.kind.key(),
        kind_zh: group.kind.chinese_name(),
        kind_en: group.kind.english_name(),
        name: group.name,
        period: group.period,
        rows: group.rows,
        left_out: group.left_out,
        values: group.values,
        explanation: group.explanation.lines(language),
        basis: group.basis.into(),
    }
}
