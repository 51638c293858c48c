//! Rows of measurements judged by the standards in force on their day; nothing is kept.

mod summary;
mod tables;

use std::sync::LazyLock;

use access::Permission;
use axum::extract::{DefaultBodyLimit, State};
use beijing_time::CivilDate;
use serde::{Deserialize, Serialize};
use standards::evaluation::{
    self, Evaluated, Evaluator, Medium, Options, OutputColumn, Problem, SummaryPeriod,
};
use standards::{Basis, Language, Parameters, StandardError};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::ApiProblem;
use crate::actor::CurrentActor;
use crate::extract::{Json, Path};
use crate::problem::{FieldProblem, ProblemBody};

/// The most rows of one request: longer tables go through `qingshan evaluate`.
const MOST_ROWS: usize = 5_000;
/// The most rows of a request that asks for the summary alone.
const MOST_SUMMARIZED_ROWS: usize = 20_000;
/// The largest request.
const MOST_BYTES: usize = 10 << 20;
/// The most headings.
const MOST_COLUMNS: usize = 200;
/// The longest text of other limits.
pub(crate) const LONGEST_LIMITS: usize = 100_000;

/// Read once: the shipped tables do not change while the server runs.
static SHIPPED: LazyLock<Result<Parameters, StandardError>> = LazyLock::new(Parameters::shipped);

/// The tables of the standards as shipped.
pub(crate) fn shipped_parameters() -> Result<&'static Parameters, ApiProblem> {
    SHIPPED
        .as_ref()
        .map_err(|error| ApiProblem::internal(error))
}

pub(crate) fn routes() -> OpenApiRouter<crate::ApiState> {
    OpenApiRouter::new()
        .routes(routes!(create_evaluation))
        .layer(DefaultBodyLimit::max(MOST_BYTES))
        .merge(tables::routes())
}

/// A table of measurements and how to judge it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct EvaluationRequest {
    /// Headings, such as `time`, `PM2.5`; headings that no standard knows are left alone.
    columns: Vec<String>,
    /// Cells as texts, one list a row; an empty text is a missing value.
    rows: Vec<Vec<String>>,
    /// A named method instead of the published one.
    method: Option<String>,
    /// The kind of rows that do not say it: `hour`, `day`, `river`, `lake`, a zone, a land, a facility.
    kind: Option<String>,
    /// The standard of rows that do not name one.
    standard: Option<String>,
    /// The day of rows without a day, such as `2026-03-01`.
    date: Option<String>,
    /// Impact: which verdicts would change by the editions in force on this day.
    with_rules_of: Option<String>,
    /// Impact: which verdicts would change with these limits over the present ones (TOML, as
    /// `qingshan evaluate --with-limits` reads it).
    with_limits: Option<String>,
    /// `zh` (when absent) or `en`: the language of calculations and reasons.
    language: Option<String>,
    /// What is answered: `rows`, `summary` (of at most 20000 rows, without them), or `both` (when
    /// absent).
    answer: Option<String>,
    /// What the summary puts rows of water or noise together by, where no column says it: `month`,
    /// `quarter` or `year`; by default months of water and years of noise.
    period: Option<String>,
}

/// A column of the results.
#[derive(Debug, Serialize, ToSchema)]
struct EvaluationColumnBody {
    key: &'static str,
    name_zh: &'static str,
    /// Whether it is a verdict: what changes with a limit.
    is_verdict: bool,
}

/// What a verdict rests on.
#[derive(Debug, Serialize, ToSchema)]
struct EvaluationBasisBody {
    edition: String,
    clause: &'static str,
    method: &'static str,
    /// Where the numbers stand and since when they are in force.
    parameters: String,
    confidence: &'static str,
    is_to_be_verified: bool,
    rounding: &'static str,
}

/// A verdict that the other rules change.
#[derive(Debug, Serialize, ToSchema)]
struct EvaluationChangeBody {
    column: &'static str,
    from: Option<String>,
    to: Option<String>,
}

/// Why a cell cannot be judged.
#[derive(Debug, Serialize, ToSchema)]
struct EvaluationProblemBody {
    /// The heading; empty for the row as a whole.
    column: String,
    value: String,
    reason: String,
}

/// One row of the answer, in the order of the request.
#[derive(Debug, Serialize, ToSchema)]
struct EvaluationRowBody {
    /// One text a column, null where there is nothing to say; empty when the row has problems.
    values: Vec<Option<String>>,
    basis: Option<EvaluationBasisBody>,
    /// The calculation step by step.
    explanation: Vec<String>,
    /// What the other rules would change; empty without other rules.
    changes: Vec<EvaluationChangeBody>,
    /// Why the row cannot be judged.
    problems: Vec<EvaluationProblemBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct EvaluationBody {
    medium: &'static str,
    columns: Vec<EvaluationColumnBody>,
    rows: Vec<EvaluationRowBody>,
    judged: usize,
    refused: usize,
    changed: usize,
    /// What the rows come to together; null for a table without groups, or when it was not asked for.
    summary: Option<summary::EvaluationSummaryBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct EvaluationAnswer {
    evaluation: EvaluationBody,
}

/// Judges a table of measurements by the standards in force on the day of each row. Rows that
/// cannot be judged are answered with their problems beside the others. The summary says what rows
/// come to together: rivers, lakes and cities, regions and roads, outlets and taxpayers, years of
/// stations, as far as the columns name them. Nothing is stored.
///
/// *Permissions*: `data.read`.
#[utoipa::path(
    post,
    path = "/evaluations/{medium}",
    tag = "standards",
    params(("medium" = String, Path, description = "`air`, `water`, `noise`, `soil` or `emission`.")),
    request_body = EvaluationRequest,
    responses(
        (status = 200, body = EvaluationAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_evaluation(
    State(state): State<crate::ApiState>,
    actor: CurrentActor,
    Path(medium): Path<String>,
    Json(request): Json<EvaluationRequest>,
) -> Result<Json<EvaluationAnswer>, ApiProblem> {
    actor.check(Permission::ReadData)?;
    let medium = Medium::find(&medium)
        .ok_or_else(|| ApiProblem::not_found(format!("no medium `{medium}`")))?;
    // many rows at once take their turn
    let _turn = if request.rows.len() > MOST_ROWS {
        Some(state.turns.take_table().await)
    } else {
        None
    };
    // up to seconds of arithmetic: not on the threads that answer others
    let evaluation = tokio::task::spawn_blocking(move || evaluate(medium, &request))
        .await
        .map_err(|error| ApiProblem::internal(&error))??;
    Ok(Json(EvaluationAnswer { evaluation }))
}

fn date(pointer: &str, text: Option<&String>) -> Result<Option<CivilDate>, ApiProblem> {
    text.map(|text| {
        text.parse()
            .map_err(|error| ApiProblem::invalid(pointer, "not_a_date", format!("{error}")))
    })
    .transpose()
}

fn check_size(request: &EvaluationRequest, answer: Answer) -> Result<(), ApiProblem> {
    let most_rows = if answer == Answer::Summary {
        MOST_SUMMARIZED_ROWS
    } else {
        MOST_ROWS
    };
    let longest_limits = request.with_limits.as_ref().map_or(0, String::len);
    for (pointer, count, most) in [
        ("/rows", request.rows.len(), most_rows),
        ("/columns", request.columns.len(), MOST_COLUMNS),
        ("/with_limits", longest_limits, LONGEST_LIMITS),
    ] {
        if count > most {
            let detail = format!("{count}, at most {most}");
            return Err(ApiProblem::invalid(pointer, "too_many", detail));
        }
    }
    Ok(())
}

fn evaluate(medium: Medium, request: &EvaluationRequest) -> Result<EvaluationBody, ApiProblem> {
    let answer = find_answer(request.answer.as_deref())?;
    check_size(request, answer)?;
    let language = match request.language.as_deref() {
        None | Some("zh") => Language::Chinese,
        Some("en") => Language::English,
        Some(_) => {
            return Err(ApiProblem::invalid(
                "/language",
                "unknown",
                "is neither zh nor en",
            ));
        }
    };
    let options = Options {
        method: request.method.clone(),
        date: date("/date", request.date.as_ref())?,
        rules_of: None,
        kind: request.kind.clone(),
        standard: request.standard.clone(),
        period: find_period(request.period.as_deref())?,
        is_summarized: answer != Answer::Rows,
    };
    let present = SHIPPED
        .as_ref()
        .map_err(|error| ApiProblem::internal(error))?;
    let rules_of = date("/with_rules_of", request.with_rules_of.as_ref())?;
    let other =
        match &request.with_limits {
            Some(limits) => Some(present.with_overrides("with_limits", limits).map_err(
                |error| ApiProblem::invalid("/with_limits", "bad_limits", error.to_string()),
            )?),
            None => rules_of.map(|_day| present.clone()),
        };
    let mut judge = open(present, medium, &options, request, language)?;
    let other_options = Options {
        rules_of,
        is_summarized: false,
        ..options
    };
    let mut other_judge = other
        .as_ref()
        .map(|other| open(other, medium, &other_options, request, language))
        .transpose()?;
    let columns = judge.output_columns();
    let mut body = EvaluationBody {
        medium: medium.name(),
        columns: columns.iter().map(EvaluationColumnBody::from).collect(),
        rows: Vec::new(),
        judged: 0,
        refused: 0,
        changed: 0,
        summary: None,
    };
    for cells in &request.rows {
        let row = match judge.evaluate(cells) {
            Ok(evaluated) => {
                let changes = other_judge.as_mut().map_or_else(Vec::new, |other| {
                    changes(columns, &evaluated, other.evaluate(cells).ok().as_ref())
                });
                judged_row(evaluated, changes, language)
            }
            Err(problems) => refused_row(problems, language),
        };
        body.judged += usize::from(row.problems.is_empty());
        body.refused += usize::from(!row.problems.is_empty());
        body.changed += usize::from(!row.changes.is_empty());
        if answer != Answer::Summary {
            body.rows.push(row);
        }
    }
    body.summary = judge
        .summarize()
        .map(|summary| summary::EvaluationSummaryBody::of(summary, language));
    Ok(body)
}

/// What is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Answer {
    Rows,
    Summary,
    Both,
}

fn find_answer(text: Option<&str>) -> Result<Answer, ApiProblem> {
    match text {
        None | Some("both") => Ok(Answer::Both),
        Some("rows") => Ok(Answer::Rows),
        Some("summary") => Ok(Answer::Summary),
        Some(_) => Err(ApiProblem::invalid(
            "/answer",
            "unknown",
            "is neither rows, summary nor both",
        )),
    }
}

fn find_period(text: Option<&str>) -> Result<Option<SummaryPeriod>, ApiProblem> {
    text.map(|text| {
        SummaryPeriod::find(text).ok_or_else(|| {
            ApiProblem::invalid("/period", "unknown", "is neither month, quarter nor year")
        })
    })
    .transpose()
}

fn open<'a>(
    parameters: &'a Parameters,
    medium: Medium,
    options: &Options,
    request: &EvaluationRequest,
    language: Language,
) -> Result<Evaluator<'a>, ApiProblem> {
    Evaluator::new(parameters, medium, options, &request.columns).map_err(|problems| {
        let errors = problems
            .into_iter()
            .map(|problem| FieldProblem {
                pointer: "/columns".to_owned(),
                code: "cannot_be_judged".to_owned(),
                detail: format!("{} {} {}", problem.column, problem.value, problem.english)
                    .trim()
                    .to_owned(),
                detail_zh: Some(
                    format!("{} {} {}", problem.column, problem.value, problem.chinese)
                        .trim()
                        .to_owned(),
                ),
            })
            .collect();
        let detail = match language {
            Language::Chinese => "表头或选项无法评价",
            Language::English => "the headings or options cannot be judged",
        };
        ApiProblem::invalid_fields(detail, errors)
    })
}

/// What `would_be`, the same row by other rules (none where they refuse it), changes.
fn changes(
    columns: &'static [OutputColumn],
    evaluated: &Evaluated,
    would_be: Option<&Evaluated>,
) -> Vec<EvaluationChangeBody> {
    evaluation::find_changes(columns, evaluated, would_be)
        .into_iter()
        .map(|flip| EvaluationChangeBody {
            column: flip.column,
            from: flip.from,
            to: flip.to,
        })
        .collect()
}

fn judged_row(
    evaluated: Evaluated,
    changes: Vec<EvaluationChangeBody>,
    language: Language,
) -> EvaluationRowBody {
    EvaluationRowBody {
        values: evaluated.values,
        basis: Some(evaluated.basis.into()),
        explanation: evaluated.explanation.lines(language),
        changes,
        problems: Vec::new(),
    }
}

impl From<Basis> for EvaluationBasisBody {
    fn from(basis: Basis) -> Self {
        Self {
            edition: basis.edition,
            clause: basis.clause,
            method: basis.method,
            parameters: basis.parameters,
            confidence: basis.confidence.name(),
            is_to_be_verified: basis.confidence.is_to_be_verified(),
            rounding: basis.rounding,
        }
    }
}

impl From<&OutputColumn> for EvaluationColumnBody {
    fn from(column: &OutputColumn) -> Self {
        Self {
            key: column.key,
            name_zh: column.chinese,
            is_verdict: column.is_verdict,
        }
    }
}

fn refused_row(problems: Vec<Problem>, language: Language) -> EvaluationRowBody {
    EvaluationRowBody {
        values: Vec::new(),
        basis: None,
        explanation: Vec::new(),
        changes: Vec::new(),
        problems: problems
            .into_iter()
            .map(|problem| EvaluationProblemBody {
                reason: problem.reason(language).to_owned(),
                column: problem.column,
                value: problem.value,
            })
            .collect(),
    }
}
