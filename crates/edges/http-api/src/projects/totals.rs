//! Totals of the pool, and the pool against the plan.

use axum::extract::State;
use projects::{Explanation, KindBalance, PoolTotals, load_reconciliation, load_totals};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::ProjectsQuery;
use super::bodies::FundBody;
use crate::actor::CurrentActor;
use crate::extract::{Json, Query};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(load_project_totals))
        .routes(routes!(load_project_reconciliation))
}

/// Count and planned investment of one kind and state.
#[derive(Debug, Serialize, ToSchema)]
struct KindStateBody {
    kind: String,
    state: &'static str,
    count: i64,
    /// In 万元 (10⁴ yuan).
    planned: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct ProjectTotalsBody {
    totals: Vec<KindStateBody>,
    /// Money by year and source, without that of projects taken out.
    funds: Vec<FundBody>,
}

/// Counts and planned investment by kind and state, and money by year and source.
///
/// *Permissions*: `plan.read`, in the region.
#[utoipa::path(
    get,
    path = "/project-totals",
    tag = "projects",
    params(ProjectsQuery),
    responses(
        (status = 200, body = ProjectTotalsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_project_totals(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Query(query): Query<ProjectsQuery>,
) -> Result<Json<ProjectTotalsBody>, ApiProblem> {
    let filter = query.read()?;
    let (totals, funds) = load_totals(&state.database, &*state.clock, &actor, &filter).await?;
    let totals = totals
        .into_iter()
        .map(|(kind, state, count, planned)| KindStateBody {
            kind,
            state: state.as_str(),
            count,
            planned: planned.to_string(),
        })
        .collect();
    Ok(Json(ProjectTotalsBody {
        totals,
        funds: funds.iter().map(FundBody::from).collect(),
    }))
}

/// How many, and their planned investment in 亿元 (10⁸ yuan).
#[derive(Debug, Serialize, ToSchema)]
struct PoolTotalsBody {
    count: i64,
    amount: String,
    /// How many of them have no amount yet.
    without_amount: i64,
}

impl From<&PoolTotals> for PoolTotalsBody {
    fn from(totals: &PoolTotals) -> Self {
        Self {
            count: totals.count,
            amount: totals.planned.hundred_million_yuan().to_string(),
            without_amount: totals.without_amount,
        }
    }
}

/// Why pool and plan differ.
#[derive(Debug, Serialize, ToSchema)]
struct ExplanationBody {
    /// `missing`, `over`, `removed`, `without_amount`, `less`, `more` or `plan_rounding`.
    code: &'static str,
    count: Option<i64>,
    /// In 亿元 (10⁸ yuan); of `plan_rounding` the total as stated.
    amount: Option<String>,
    /// Of `plan_rounding`: the exact sum of the plan's rows.
    rows: Option<String>,
}

impl From<&Explanation> for ExplanationBody {
    fn from(explanation: &Explanation) -> Self {
        let (code, count, amount) = match explanation {
            Explanation::Missing { count } => ("missing", Some(*count), None),
            Explanation::Over { count } => ("over", Some(*count), None),
            Explanation::Removed { count, amount } => ("removed", Some(*count), Some(*amount)),
            Explanation::WithoutAmount { count } => ("without_amount", Some(*count), None),
            Explanation::Less { amount } => ("less", None, Some(*amount)),
            Explanation::More { amount } => ("more", None, Some(*amount)),
            Explanation::PlanRounding { rows, stated } => {
                return Self {
                    code: "plan_rounding",
                    count: None,
                    amount: Some(stated.to_string()),
                    rows: Some(rows.to_string()),
                };
            }
        };
        Self {
            code,
            count,
            amount: amount.map(|money| money.hundred_million_yuan().to_string()),
            rows: None,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct StateTotalsBody {
    state: &'static str,
    #[serde(flatten)]
    totals: PoolTotalsBody,
}

/// One kind: what the plan says and what the pool holds; amounts in 亿元 (10⁸ yuan).
#[derive(Debug, Serialize, ToSchema)]
struct KindBalanceBody {
    kind: String,
    name: String,
    plan_count: i64,
    /// As the plan writes it.
    plan_amount: String,
    pool: PoolTotalsBody,
    removed: PoolTotalsBody,
    by_state: Vec<StateTotalsBody>,
    explanations: Vec<ExplanationBody>,
}

impl From<&KindBalance> for KindBalanceBody {
    fn from(balance: &KindBalance) -> Self {
        Self {
            kind: balance.kind.clone(),
            name: balance.name.clone(),
            plan_count: balance.plan_count,
            plan_amount: balance.plan_amount.to_string(),
            pool: (&balance.pool).into(),
            removed: (&balance.removed).into(),
            by_state: balance
                .by_state
                .iter()
                .map(|(state, totals)| StateTotalsBody {
                    state: state.as_str(),
                    totals: totals.into(),
                })
                .collect(),
            explanations: balance.explanations.iter().map(Into::into).collect(),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct ReconciliationBody {
    kinds: Vec<KindBalanceBody>,
    total: KindBalanceBody,
    /// The exact sum of the plan's rows, in 亿元.
    plan_rows: String,
    /// Whether counts and money agree, kind by kind.
    is_balanced: bool,
}

#[derive(Debug, Serialize, ToSchema)]
struct ReconciliationAnswer {
    reconciliation: ReconciliationBody,
}

/// The whole pool against the plan's investment table, with what explains the difference.
///
/// *Permissions*: `plan.read`, for the whole city.
#[utoipa::path(
    get,
    path = "/project-reconciliation",
    tag = "projects",
    responses(
        (status = 200, body = ReconciliationAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_project_reconciliation(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<ReconciliationAnswer>, ApiProblem> {
    let found = load_reconciliation(&state.database, &*state.clock, &state.plan, &actor).await?;
    Ok(Json(ReconciliationAnswer {
        reconciliation: ReconciliationBody {
            kinds: found.kinds.iter().map(Into::into).collect(),
            total: (&found.total).into(),
            plan_rows: found.plan_rows.to_string(),
            is_balanced: found.is_balanced,
        },
    }))
}
