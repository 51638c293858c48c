//! What everybody may see of assessments: what is published, and nobody's name.

use ::assessment::{
    Assessment, AssessmentSummary, FigurePart, GroupPart, list_published, load_public_key,
    load_published,
};
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use crate::extract::{Json, Path};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

use super::bodies::{AssessmentRuleBody, GroupScoreBody, ScoreBody};
use super::works::{AssessedPart, AssessedWork};

pub(crate) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_public_assessments))
        .routes(routes!(load_public_assessment))
}

/// A published assessment in the list.
#[derive(Debug, Serialize, ToSchema)]
struct PublicAssessmentRow {
    id: String,
    /// `yearly`, `mid_term` or `final`.
    kind: &'static str,
    year: i32,
    published_at: Option<String>,
}

impl From<&AssessmentSummary> for PublicAssessmentRow {
    fn from(one: &AssessmentSummary) -> Self {
        Self {
            id: one.new.id.to_string(),
            kind: one.new.kind.as_str(),
            year: one.new.year,
            published_at: one.published.as_ref().map(|step| step.at.to_string()),
        }
    }
}

#[derive(Debug, Serialize, ToSchema)]
struct PublicAssessmentsBody {
    assessments: Vec<PublicAssessmentRow>,
    plan_title_zh: Option<String>,
    plan_title_en: Option<String>,
}

/// An indicator as it was published.
#[derive(Debug, Serialize, ToSchema)]
struct PublicFigure {
    indicator: String,
    name_zh: String,
    name_en: String,
    category: String,
    force: String,
    unit: String,
    /// The target as the plan writes it.
    written: String,
    region: String,
    region_name: String,
    #[schema(format = "decimal")]
    expected: Option<String>,
    #[schema(format = "decimal")]
    value: Option<String>,
    status: String,
    #[schema(format = "decimal")]
    score: Option<String>,
    simulated: bool,
}

impl From<&FigurePart> for PublicFigure {
    fn from(one: &FigurePart) -> Self {
        Self {
            indicator: one.indicator.clone(),
            name_zh: one.name.clone(),
            name_en: one.name_en.clone().unwrap_or_else(|| one.name.clone()),
            category: one.category.clone(),
            force: one.force.clone(),
            unit: one.unit.clone(),
            written: one.written.clone(),
            region: one.region.clone(),
            region_name: one.region_name.clone(),
            expected: one.expected.map(|value| value.to_string()),
            value: one.value.map(|value| value.to_string()),
            status: one.status.clone(),
            score: one.score.map(|value| value.to_string()),
            simulated: one.simulated,
        }
    }
}

/// A published assessment.
#[derive(Debug, Serialize, ToSchema)]
struct PublicAssessment {
    #[serde(flatten)]
    row: PublicAssessmentRow,
    plan_title_zh: String,
    plan_title_en: String,
    region: String,
    simulated: bool,
    rule: AssessmentRuleBody,
    total: ScoreBody,
    figures: Vec<PublicFigure>,
    counties: Vec<GroupScoreBody>,
    units: Vec<GroupScoreBody>,
    /// What the whole is made of; empty where the indicators alone count.
    parts: Vec<AssessedPart>,
    /// Each task and project that counts.
    works: Vec<AssessedWork>,
    /// SM3 of the canonical content, hexadecimal.
    digest: Option<String>,
    /// The key that it was signed with, hexadecimal, uncompressed.
    public_key: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
struct PublicAssessmentAnswer {
    assessment: PublicAssessment,
}

/// Lists published assessments, newest first.
///
/// *Permissions*: none.
#[utoipa::path(
    get,
    path = "/public/assessments",
    tag = "assessment",
    responses(
        (status = 200, body = PublicAssessmentsBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_public_assessments(
    State(state): State<ApiState>,
) -> Result<Json<PublicAssessmentsBody>, ApiProblem> {
    let found = list_published(&state.database).await?;
    let header = state.plan.plan().header.as_ref();
    Ok(Json(PublicAssessmentsBody {
        assessments: found.iter().map(PublicAssessmentRow::from).collect(),
        plan_title_zh: header.map(|header| header.title.clone()),
        plan_title_en: header.and_then(|header| header.title_en.clone()),
    }))
}

/// A published assessment: figures and scores, nobody's name.
///
/// *Permissions*: none.
#[utoipa::path(
    get,
    path = "/public/assessments/{id}",
    tag = "assessment",
    params(("id" = String, Path, description = "The assessment.")),
    responses(
        (status = 200, body = PublicAssessmentAnswer),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn load_public_assessment(
    State(state): State<ApiState>,
    Path(id): Path<Uuid>,
) -> Result<Json<PublicAssessmentAnswer>, ApiProblem> {
    let Assessment { summary, content } = load_published(&state.database, id).await?;
    let content = content.ok_or_else(|| {
        ApiProblem::not_found("There is no such published assessment.".to_owned())
    })?;
    let groups = |groups: &[GroupPart]| groups.iter().map(GroupScoreBody::from).collect();
    Ok(Json(PublicAssessmentAnswer {
        assessment: PublicAssessment {
            row: PublicAssessmentRow::from(&summary),
            plan_title_zh: content.plan.title.clone(),
            plan_title_en: (content.plan.title_en.clone())
                .unwrap_or_else(|| content.plan.title.clone()),
            region: content.plan.region.clone(),
            simulated: content.is_simulated(),
            rule: AssessmentRuleBody::from(&content.rule),
            total: ScoreBody::from(&content.total),
            figures: content.figures.iter().map(PublicFigure::from).collect(),
            counties: groups(&content.counties),
            units: groups(&content.units),
            parts: content.parts.iter().map(AssessedPart::from).collect(),
            works: content.works.iter().map(AssessedWork::from).collect(),
            digest: summary.digest.clone(),
            public_key: load_public_key(&state.database).await?,
        },
    }))
}
