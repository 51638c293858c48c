//! What people send about projects. Money is in 万元 (10⁴ yuan), days are `YYYY-MM-DD`.

use beijing_time::CivilDate;
use projects::{Fund, FundSource, Milestone, Money, ProjectDetails};
use serde::Deserialize;
use sites::Position;
use utoipa::ToSchema;
use uuid::Uuid;

use super::bodies::{FundBody, MilestoneBody};
use crate::ApiProblem;

/// A day of a body.
pub(super) fn read_day(pointer: &str, text: &str) -> Result<CivilDate, ApiProblem> {
    text.parse()
        .map_err(|_syntax| ApiProblem::invalid(pointer, "not_a_day", "not a day: 2018-03-01"))
}

fn read_money(pointer: String, text: &str) -> Result<Money, ApiProblem> {
    Money::parse(text)
        .map_err(|error| ApiProblem::invalid(pointer, "not_an_amount", error.to_string()))
}

/// What people enter of a project.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ProjectInput {
    /// UUID v7 made by the caller, for a new project.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub(super) id: Option<Uuid>,
    /// The revision that was read, for a change.
    pub(super) revision: Option<i64>,
    /// The bureau's number; unique.
    code: String,
    name: String,
    /// A row of the plan's investment table.
    kind: String,
    region_code: String,
    /// Who builds it.
    owner: String,
    /// Planned investment in 万元 (10⁴ yuan).
    #[schema(format = "decimal")]
    planned: Option<String>,
    first_year: Option<i32>,
    last_year: Option<i32>,
    site_id: Option<i64>,
    longitude: Option<f64>,
    latitude: Option<f64>,
    /// The plan's entry, when the plan names the project.
    named: Option<String>,
    /// The task of the plan that it serves.
    task: Option<String>,
    /// The indicator of the plan that it serves.
    indicator: Option<String>,
    #[serde(default)]
    note: String,
    /// Whether it is made up, for a demonstration.
    #[serde(default)]
    is_simulated: bool,
}

impl ProjectInput {
    pub(super) fn read(self) -> Result<ProjectDetails, ApiProblem> {
        let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        let planned = given(self.planned)
            .map(|text| read_money("/planned".to_owned(), &text))
            .transpose()?;
        let position = match (self.longitude, self.latitude) {
            (Some(longitude), Some(latitude)) => Some(Position {
                longitude,
                latitude,
            }),
            (None, None) => None,
            (Some(_), None) => {
                return Err(ApiProblem::invalid("/latitude", "missing", "is missing"));
            }
            (None, Some(_)) => {
                return Err(ApiProblem::invalid("/longitude", "missing", "is missing"));
            }
        };
        Ok(ProjectDetails {
            code: self.code,
            name: self.name,
            kind: self.kind,
            region: self.region_code.parse().map_err(|_unreadable| {
                ApiProblem::invalid("/region_code", "invalid", "not a region code")
            })?,
            owner: self.owner,
            planned,
            first_year: self.first_year,
            last_year: self.last_year,
            site_id: self.site_id,
            position,
            named: given(self.named),
            task: given(self.task),
            indicator: given(self.indicator),
            note: self.note,
            is_simulated: self.is_simulated,
        })
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct MilestonesInput {
    pub(super) revision: i64,
    milestones: Vec<MilestoneBody>,
}

impl MilestonesInput {
    pub(super) fn read(self) -> Result<Vec<Milestone>, ApiProblem> {
        let rows = self.milestones.into_iter().enumerate();
        rows.map(|(index, row)| {
            let at = |field: &str| format!("/milestones/{index}/{field}");
            Ok(Milestone {
                planned_on: read_day(&at("planned_on"), &row.planned_on)?,
                actual_on: row
                    .actual_on
                    .filter(|text| !text.is_empty())
                    .map(|text| read_day(&at("actual_on"), &text))
                    .transpose()?,
                name: row.name,
            })
        })
        .collect()
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FundsInput {
    pub(super) revision: i64,
    funds: Vec<FundBody>,
}

impl FundsInput {
    pub(super) fn read(self) -> Result<Vec<Fund>, ApiProblem> {
        let rows = self.funds.into_iter().enumerate();
        rows.map(|(index, row)| {
            let at = |field: &str| format!("/funds/{index}/{field}");
            let source = FundSource::ALL
                .iter()
                .copied()
                .find(|source| source.as_str() == row.source)
                .ok_or_else(|| {
                    ApiProblem::invalid(at("source"), "unknown_word", "not one of the sources")
                })?;
            Ok(Fund {
                source,
                year: row.year,
                planned: read_money(at("planned"), &row.planned)?,
                arrived: read_money(at("arrived"), &row.arrived)?,
                paid: read_money(at("paid"), &row.paid)?,
            })
        })
        .collect()
    }
}

/// A step to take.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StepInput {
    pub(super) revision: i64,
    /// The state to go to.
    pub(super) to: String,
    /// When it happened.
    pub(super) on: String,
    /// Number or title of the document that it rests on.
    #[serde(default)]
    pub(super) document: String,
    /// The reason, or a remark.
    #[serde(default)]
    pub(super) note: String,
}

/// The same step of several projects.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct StepsInput {
    /// The projects, 200 at the most.
    #[schema(value_type = Vec<String>)]
    pub(super) ids: Vec<Uuid>,
    /// The state to go to.
    pub(super) to: String,
    /// When it happened.
    pub(super) on: String,
    /// Number or title of the document that it rests on.
    #[serde(default)]
    pub(super) document: String,
    /// The reason, or a remark.
    #[serde(default)]
    pub(super) note: String,
}
