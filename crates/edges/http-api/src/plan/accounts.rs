//! Reduction accounts: base, new increments, what projects take away and what is left, year by year.

use axum::extract::State;
use city_plan::progress::{ReductionAccount, ReductionYear};
use plan::{PollutantAccount, list_account_entries, list_accounts};
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::values::PlanValueBody;
use crate::actor::CurrentActor;
use crate::extract::{Json, Path};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_plan_accounts))
        .routes(routes!(list_plan_account_entries))
}

/// A year of an account, in tonnes.
#[derive(Debug, Serialize, ToSchema)]
struct AccountYearBody {
    year: i32,
    /// Emission at its start.
    #[schema(format = "decimal")]
    opening: String,
    #[schema(format = "decimal")]
    increment: String,
    /// What projects took away, each once.
    #[schema(format = "decimal")]
    reduction: String,
    /// Emission at its end.
    #[schema(format = "decimal")]
    closing: String,
    /// Net reduction against the base, in per cent; negative when it grew.
    #[schema(format = "decimal")]
    net_percent: Option<String>,
    /// Whether the increments of this year and of all before it are known: an open year gives no value.
    is_closed: bool,
}

impl From<&ReductionYear> for AccountYearBody {
    fn from(year: &ReductionYear) -> Self {
        Self {
            year: year.year,
            opening: year.opening.to_string(),
            increment: year.increment.to_string(),
            reduction: year.reduction.to_string(),
            closing: year.closing.to_string(),
            net_percent: year.net_percent.map(|percent| percent.to_string()),
            is_closed: year.is_closed,
        }
    }
}

/// The account of a region, or of all together.
#[derive(Debug, Serialize, ToSchema)]
struct RegionAccountBody {
    /// Null for all regions together.
    region: Option<String>,
    #[schema(format = "decimal")]
    base: String,
    years: Vec<AccountYearBody>,
}

impl From<&ReductionAccount> for RegionAccountBody {
    fn from(account: &ReductionAccount) -> Self {
        Self {
            region: account.region.clone(),
            base: account.base.to_string(),
            years: account.years.iter().map(AccountYearBody::from).collect(),
        }
    }
}

/// The account of a pollutant.
#[derive(Debug, Serialize, ToSchema)]
struct PollutantAccountBody {
    id: String,
    /// Each region with a base, and last all together; empty when the reports contradict.
    regions: Vec<RegionAccountBody>,
    /// What is wrong with the accepted reports.
    problem: Option<String>,
    /// Whose bases it begins with: the `plan`'s own or the `region`'s, while no county has reported
    /// one; else the `counties`'.
    base: &'static str,
    /// Counties whose base is missing while others have one: the sum is not the whole region's, and no
    /// indicator takes it.
    without_base: Vec<String>,
    /// Whether it is made of simulated reports; it is made of real ones as soon as there is one.
    simulated: bool,
    /// Simulated reports that are left out, since there are real ones.
    left_out: usize,
}

impl From<PollutantAccount> for PollutantAccountBody {
    fn from(account: PollutantAccount) -> Self {
        let (regions, problem) = match &account.result {
            Ok(regions) => (regions.iter().map(RegionAccountBody::from).collect(), None),
            Err(error) => (Vec::new(), Some(error.to_string())),
        };
        Self {
            id: account.id,
            regions,
            problem,
            base: account.base.as_str(),
            without_base: account.without_base,
            simulated: account.is_simulated,
            left_out: account.left_out,
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct PlanAccountsBody {
    plan_accounts: Vec<PollutantAccountBody>,
}

/// Lists the reduction accounts of the plan, reckoned from accepted reports.
///
/// *Permissions*: `plan.read`.
#[utoipa::path(
    get,
    path = "/plan/accounts",
    tag = "plan",
    responses(
        (status = 200, body = PlanAccountsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_plan_accounts(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<PlanAccountsBody>, ApiProblem> {
    let accounts = list_accounts(&state.database, &actor, &state.plan).await?;
    Ok(Json(PlanAccountsBody {
        plan_accounts: accounts
            .into_iter()
            .map(PollutantAccountBody::from)
            .collect(),
    }))
}

#[derive(Debug, Serialize, ToSchema)]
struct AccountEntriesBody {
    entries: Vec<PlanValueBody>,
}

/// Opens a reduction account: the accepted reports that it is made of, by year, region and project.
///
/// *Permissions*: `plan.read`, in the region.
#[utoipa::path(
    get,
    path = "/plan/accounts/{id}/entries",
    tag = "plan",
    params(("id" = String, Path, description = "The account.")),
    responses(
        (status = 200, body = AccountEntriesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_plan_account_entries(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<String>,
) -> Result<Json<AccountEntriesBody>, ApiProblem> {
    let entries = list_account_entries(&state.database, &actor, &state.plan, &id).await?;
    Ok(Json(AccountEntriesBody {
        entries: entries.into_iter().map(PlanValueBody::from).collect(),
    }))
}
