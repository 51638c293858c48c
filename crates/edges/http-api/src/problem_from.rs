//! How the errors of features become problems.

use ::assessment::AssessmentError;
use alarms::AlarmError;
use commands::CommandsError;
use monitoring::MonitoringError;
use plan::PlanError;
use projects::{ProjectsError, Words};
use report_document::DocumentError;
use sites::SitesError;
use tasks::TasksError;
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
            PlanError::Verdicts(error) => error.into(),
            PlanError::NotFound { what, key } => {
                Self::not_found(format!("There is no {what} {key}."))
            }
            PlanError::Invalid { field, reason } => {
                Self::invalid(format!("/{field}"), "invalid", reason)
            }
            PlanError::SamePerson => Self::new(ProblemCode::SamePerson, format!("{error}.")),
            PlanError::Stale => Self::new(ProblemCode::Stale, format!("{error}.")),
            PlanError::IdTaken { .. }
            | PlanError::WrongState { .. }
            | PlanError::Account(_)
            | PlanError::NotBuilt { .. }
            | PlanError::RealStands => Self::conflict(format!("{error}.")),
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

/// A field that is wrong, in both languages.
fn field(pointer: String, code: &str, words: Words) -> FieldProblem {
    FieldProblem {
        pointer,
        code: code.to_owned(),
        detail: words.en,
        detail_zh: Some(words.zh),
    }
}

impl From<ProjectsError> for ApiProblem {
    fn from(error: ProjectsError) -> Self {
        let sentence = format!("{error}.");
        match error {
            ProjectsError::Refused(refusal) => refusal.into(),
            ProjectsError::Database(error) => error.into(),
            ProjectsError::Sites(error) => error.into(),
            ProjectsError::NotFound { .. } => Self::not_found(sentence),
            ProjectsError::Stale => Self::new(ProblemCode::Stale, sentence),
            ProjectsError::Invalid { field: name, words } => {
                Self::invalid_fields(sentence, vec![field(format!("/{name}"), "invalid", words)])
            }
            ProjectsError::CodeTaken { .. } => {
                let words = Words::new("已被使用", "is taken already");
                Self::new(ProblemCode::Duplicate, sentence).with_field(field(
                    "/code".to_owned(),
                    "taken",
                    words,
                ))
            }
            ProjectsError::NamedTaken { .. } => {
                let words = Words::new("该点名项目已入库", "is in the pool already");
                Self::new(ProblemCode::Duplicate, sentence).with_field(field(
                    "/named".to_owned(),
                    "taken",
                    words,
                ))
            }
            ProjectsError::ConditionsUnmet { unmet } => {
                let conflict = Self::conflict(sentence);
                unmet
                    .into_iter()
                    .fold(conflict, |problem, (condition, words)| {
                        let pointer = format!("/conditions/{}", condition.as_str());
                        problem.with_field(field(pointer, condition.as_str(), words))
                    })
            }
            ProjectsError::IdTaken { .. } | ProjectsError::NoSuchPassage { .. } => {
                Self::conflict(sentence)
            }
            other => Self::internal(&other),
        }
    }
}

impl From<TasksError> for ApiProblem {
    fn from(error: TasksError) -> Self {
        let sentence = format!("{error}.");
        match error {
            TasksError::Refused(refusal) => refusal.into(),
            TasksError::Database(error) => error.into(),
            TasksError::Sites(error) => error.into(),
            TasksError::NotFound { .. } => Self::not_found(sentence),
            TasksError::Stale => Self::new(ProblemCode::Stale, sentence),
            TasksError::SamePerson => Self::new(ProblemCode::SamePerson, sentence),
            TasksError::Invalid {
                field: name,
                zh,
                en,
            } => {
                let words = Words::new(zh, en);
                Self::invalid_fields(sentence, vec![field(format!("/{name}"), "invalid", words)])
            }
            TasksError::Attachment(attachment::AttachmentError::TooLarge { .. }) => {
                Self::new(ProblemCode::TooLarge, sentence)
            }
            TasksError::Attachment(_) => Self::invalid("file", "unknown_type", sentence),
            TasksError::IdTaken { .. }
            | TasksError::WrongState { .. }
            | TasksError::NotUp { .. } => Self::conflict(sentence),
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
