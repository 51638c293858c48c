//! Alarm rules in their versions, and back-testing.

use alarms::rules::RuleDefinition;
use alarms::{AlarmError, RuleChange, RuleVersion};
use axum::extract::State;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{parse_time, text_of};
use crate::actor::CurrentActor;
use crate::extract::{Json, Path};
use crate::problem::ProblemBody;
use crate::{ApiProblem, ApiState};

pub(super) fn routes() -> OpenApiRouter<ApiState> {
    OpenApiRouter::new()
        .routes(routes!(list_alarm_rules, create_alarm_rule))
        .routes(routes!(update_alarm_rule))
        .routes(routes!(list_alarm_rule_versions))
}

/// One version of a rule.
#[derive(Debug, Serialize, ToSchema)]
struct AlarmRuleBody {
    id: i64,
    version: i64,
    /// The key of a shipped rule; empty for rules made here.
    key: String,
    name_zh: String,
    name_en: String,
    /// The kind of alarm it raises.
    kind: &'static str,
    severity: &'static str,
    /// What it says: names, severity, scope, condition, life, storm.
    #[schema(value_type = Object)]
    definition: Value,
    is_enabled: bool,
    valid_from: String,
    valid_to: Option<String>,
    author: String,
    reason: String,
    created_at: String,
}

#[derive(Debug, Serialize, ToSchema)]
struct AlarmRulesBody {
    alarm_rules: Vec<AlarmRuleBody>,
}

#[derive(Debug, Serialize, ToSchema)]
struct OneAlarmRuleBody {
    alarm_rule: AlarmRuleBody,
}

/// A new rule.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewAlarmRuleBody {
    /// What it says from then on.
    #[schema(value_type = Object)]
    definition: Value,
    is_enabled: bool,
    /// From when; at once when absent.
    valid_from: Option<String>,
    /// Why.
    reason: String,
}

/// A new version of a rule.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct AlarmRuleChangeBody {
    /// The version that the change was made on.
    version: i64,
    /// What it says from then on.
    #[schema(value_type = Object)]
    definition: Value,
    is_enabled: bool,
    /// From when; at once when absent.
    valid_from: Option<String>,
    /// Why.
    reason: String,
}

impl AlarmRuleBody {
    fn of(rule: RuleVersion) -> Result<Self, ApiProblem> {
        let definition = serde_json::from_str(&rule.definition.encode_json())
            .map_err(|error| ApiProblem::internal(&error))?;
        Ok(Self {
            id: rule.rule_id,
            version: rule.version,
            key: rule.key,
            kind: rule.definition.condition.alarm_kind().as_str(),
            severity: rule.definition.severity.as_str(),
            name_zh: rule.definition.name_zh,
            name_en: rule.definition.name_en,
            definition,
            is_enabled: rule.is_enabled,
            valid_from: rule.valid_from.to_string(),
            valid_to: text_of(rule.valid_to),
            author: rule.author,
            reason: rule.reason,
            created_at: rule.created_at.to_string(),
        })
    }
}

pub(super) fn parse_definition(definition: &Value) -> Result<RuleDefinition, ApiProblem> {
    RuleDefinition::parse_json(&definition.to_string())
        .map_err(|problems| AlarmError::BadRule { problems }.into())
}

fn change_of(
    definition: &Value,
    is_enabled: bool,
    valid_from: Option<&str>,
    reason: String,
) -> Result<RuleChange, ApiProblem> {
    Ok(RuleChange {
        definition: parse_definition(definition)?,
        is_enabled,
        valid_from: parse_time("/valid_from", valid_from)?,
        reason,
    })
}

fn listed(rules: Vec<RuleVersion>) -> Result<Json<AlarmRulesBody>, ApiProblem> {
    let alarm_rules = rules
        .into_iter()
        .map(AlarmRuleBody::of)
        .collect::<Result<_, _>>()?;
    Ok(Json(AlarmRulesBody { alarm_rules }))
}

/// Lists the rules in force, switched on or not.
///
/// *Permissions*: `alarms.read`.
#[utoipa::path(
    get,
    path = "/alarm-rules",
    tag = "alarm rules",
    responses(
        (status = 200, body = AlarmRulesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_alarm_rules(
    State(state): State<ApiState>,
    actor: CurrentActor,
) -> Result<Json<AlarmRulesBody>, ApiProblem> {
    listed(alarms::list_rules(&state.database, &*state.clock, &actor).await?)
}

/// Lists all versions of a rule, oldest first.
///
/// *Permissions*: `alarms.read`.
#[utoipa::path(
    get,
    path = "/alarm-rules/{id}/versions",
    tag = "alarm rules",
    responses(
        (status = 200, body = AlarmRulesBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn list_alarm_rule_versions(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
) -> Result<Json<AlarmRulesBody>, ApiProblem> {
    listed(alarms::list_rule_versions(&state.database, &actor, id).await?)
}

/// Makes a new rule.
///
/// *Permissions*: `alarms.rules`, for the whole city.
#[utoipa::path(
    post,
    path = "/alarm-rules",
    tag = "alarm rules",
    request_body = NewAlarmRuleBody,
    responses(
        (status = 200, body = OneAlarmRuleBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn create_alarm_rule(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Json(body): Json<NewAlarmRuleBody>,
) -> Result<Json<OneAlarmRuleBody>, ApiProblem> {
    let valid_from = body.valid_from.as_deref();
    let change = change_of(&body.definition, body.is_enabled, valid_from, body.reason)?;
    let rule = alarms::create_rule(&state.database, &*state.clock, &actor, change).await?;
    let alarm_rule = AlarmRuleBody::of(rule)?;
    Ok(Json(OneAlarmRuleBody { alarm_rule }))
}

/// Makes a new version of a rule; the version before ends when it begins.
///
/// *Permissions*: `alarms.rules`, for the whole city.
#[utoipa::path(
    put,
    path = "/alarm-rules/{id}",
    tag = "alarm rules",
    request_body = AlarmRuleChangeBody,
    responses(
        (status = 200, body = OneAlarmRuleBody),
        (status = "4XX", body = ProblemBody, content_type = "application/problem+json"),
    )
)]
async fn update_alarm_rule(
    State(state): State<ApiState>,
    actor: CurrentActor,
    Path(id): Path<i64>,
    Json(body): Json<AlarmRuleChangeBody>,
) -> Result<Json<OneAlarmRuleBody>, ApiProblem> {
    let valid_from = body.valid_from.as_deref();
    let change = change_of(&body.definition, body.is_enabled, valid_from, body.reason)?;
    let (database, clock) = (&state.database, &*state.clock);
    let rule = alarms::update_rule(database, clock, &actor, id, body.version, change).await?;
    let alarm_rule = AlarmRuleBody::of(rule)?;
    Ok(Json(OneAlarmRuleBody { alarm_rule }))
}
