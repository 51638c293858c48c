//! How the errors of features become problems.

use ::assessment::AssessmentError;
use alarms::AlarmError;
use commands::CommandsError;
use monitoring::MonitoringError;
use plan::PlanError;
use report_document::DocumentError;
use sites::SitesError;
use verdicts::VerdictsError;

use crate::ApiProblem;
use crate::problem::FieldProblem;
use crate::problem_codes::ProblemCode;

impl From<MonitoringError> for ApiProblem {
    fn from(error: MonitoringError) -> Self {
        match error {
            MonitoringError::Refused(refusal) => refusal.into(),
            MonitoringError::GapEnded { .. } => Self::conflict(format!("{error}.")),
            MonitoringError::Database(error) => error.into(),
            MonitoringError::NoSuchPoint { .. }
            | MonitoringError::NoSuchPacket { .. }
            | MonitoringError::NotInQuarantine { .. }
            | MonitoringError::NoSuchGap { .. }
            | MonitoringError::NoSuchMark { .. } => Self::not_found(format!("There is {error}.")),
            MonitoringError::StaleRetention { .. } => {
                Self::new(ProblemCode::Stale, format!("{error}."))
            }
            MonitoringError::Invalid { field, detail } => Self::invalid(field, "invalid", detail),
            other => Self::internal(&other),
        }
    }
}

impl From<PlanError> for ApiProblem {
    fn from(error: PlanError) -> Self {
        match error {
            PlanError::Refused(refusal) => refusal.into(),
            PlanError::Database(error) => error.into(),
            PlanError::NotFound { what, key } => {
                Self::not_found(format!("There is no {what} {key}."))
            }
            PlanError::Invalid { field, reason } => {
                Self::invalid(format!("/{field}"), "invalid", reason)
            }
            PlanError::SamePerson => Self::new(ProblemCode::SamePerson, format!("{error}.")),
            PlanError::Stale => Self::new(ProblemCode::Stale, format!("{error}.")),
            PlanError::IdTaken { .. } | PlanError::WrongState { .. } => {
                Self::conflict(format!("{error}."))
            }
            other => Self::internal(&other),
        }
    }
}

impl From<AssessmentError> for ApiProblem {
    fn from(error: AssessmentError) -> Self {
        match error {
            AssessmentError::Refused(refusal) => refusal.into(),
            AssessmentError::Database(error) => error.into(),
            AssessmentError::Plan(error) => error.into(),
            AssessmentError::NotFound { .. } => Self::not_found(format!("{error}.")),
            AssessmentError::Invalid { field, reason } => {
                Self::invalid(format!("/{field}"), "invalid", reason)
            }
            AssessmentError::SamePerson => Self::new(ProblemCode::SamePerson, format!("{error}.")),
            AssessmentError::Stale => Self::new(ProblemCode::Stale, format!("{error}.")),
            AssessmentError::NoRule
            | AssessmentError::IdTaken { .. }
            | AssessmentError::WrongState { .. } => Self::conflict(format!("{error}.")),
            AssessmentError::Document(DocumentError::NoChineseFont) => {
                Self::new(ProblemCode::NoChineseFont, format!("{error}."))
            }
            other => Self::internal(&other),
        }
    }
}

impl From<VerdictsError> for ApiProblem {
    fn from(error: VerdictsError) -> Self {
        match error {
            VerdictsError::Refused(refusal) => refusal.into(),
            VerdictsError::Database(error) => error.into(),
            VerdictsError::Monitoring(error) => error.into(),
            VerdictsError::NotFound { what, key } => {
                Self::not_found(format!("There is no {what} {key}."))
            }
            VerdictsError::Invalid { field, reason } => Self::invalid(field, "invalid", reason),
            VerdictsError::Stale => Self::new(ProblemCode::Stale, format!("{error}.")),
            other => Self::internal(&other),
        }
    }
}

impl From<CommandsError> for ApiProblem {
    fn from(error: CommandsError) -> Self {
        match error {
            CommandsError::Refused(refusal) => refusal.into(),
            CommandsError::Database(error) => error.into(),
            CommandsError::Sites(error) => error.into(),
            CommandsError::NotFound { .. } | CommandsError::NoDevice { .. } => {
                Self::not_found(format!("{error}."))
            }
            CommandsError::Ended { .. }
            | CommandsError::SentAlready { .. }
            | CommandsError::IdTaken { .. } => Self::conflict(format!("{error}.")),
            CommandsError::Invalid { field, reason } => {
                Self::invalid(format!("/{field}"), "invalid", reason)
            }
            other => Self::internal(&other),
        }
    }
}

impl From<AlarmError> for ApiProblem {
    fn from(error: AlarmError) -> Self {
        match error {
            AlarmError::Refused(refusal) => refusal.into(),
            AlarmError::Database(error) => error.into(),
            AlarmError::NotFound { what, key } => {
                Self::not_found(format!("There is no {what} {key}."))
            }
            AlarmError::Conflict { detail } => Self::conflict(detail),
            AlarmError::Invalid { field, detail } => Self::invalid(field, "invalid", detail),
            AlarmError::BadRule { problems } => {
                let errors = problems
                    .iter()
                    .map(|problem| FieldProblem {
                        pointer: format!("/definition{}", problem.pointer),
                        code: problem.code.to_string(),
                        detail: problem.detail.clone(),
                        detail_zh: None,
                    })
                    .collect();
                Self::invalid_fields("The rule cannot be kept.", errors)
            }
            other => Self::internal(&other),
        }
    }
}

impl From<SitesError> for ApiProblem {
    fn from(error: SitesError) -> Self {
        match error {
            SitesError::Refused(refusal) => refusal.into(),
            SitesError::Database(error) => error.into(),
            SitesError::NotFound { what, key } => {
                Self::not_found(format!("There is no {what} {key}."))
            }
            SitesError::Stale { .. } => Self::new(ProblemCode::Stale, error.to_string()),
            SitesError::InUse { .. } => Self::new(ProblemCode::InUse, error.to_string()),
            SitesError::Duplicate { what, .. } => {
                let field = if what == "factor" {
                    "factor_code"
                } else {
                    "code"
                };
                let taken = FieldProblem {
                    pointer: format!("/{field}"),
                    code: "taken".to_owned(),
                    detail: "is taken already".to_owned(),
                    detail_zh: Some("已被使用".to_owned()),
                };
                Self::new(ProblemCode::Duplicate, error.to_string()).with_field(taken)
            }
            SitesError::Invalid { problems } => {
                let errors = problems
                    .iter()
                    .map(|problem| FieldProblem {
                        pointer: format!("/{}", problem.field),
                        code: problem.kind.code().to_owned(),
                        detail: problem.kind.english(),
                        detail_zh: Some(problem.kind.chinese()),
                    })
                    .collect();
                Self::invalid_fields("Some fields are wrong.", errors)
            }
            SitesError::UnreadableFile { .. } => {
                Self::invalid("file", "unreadable", error.to_string())
            }
            SitesError::BadMapFile(ref problem) => {
                Self::invalid("file", problem.code(), problem.to_string())
            }
            SitesError::TooLarge { .. } => Self::new(ProblemCode::TooLarge, error.to_string()),
            other => Self::internal(&other),
        }
    }
}
