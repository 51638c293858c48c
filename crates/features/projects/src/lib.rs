#![doc = include_str!("../README.md")]

mod error;
mod exchange;
mod findings;
mod model;
mod money;
mod reconciliation;
mod rules;
mod service;
mod store;

pub use error::{ProjectsError, Words};
pub use exchange::{
    FUND_COLUMNS, FileForm, MILESTONE_COLUMNS, PROJECT_COLUMNS, PoolImport, PoolTables,
    STEP_COLUMNS, check_pool, export_projects, import_pool, project_template,
};
pub use findings::{Finding, FindingKind, find_findings};
pub use model::{
    Dossier, Fund, FundSource, Milestone, NewStep, Project, ProjectDetails, ProjectFilter,
    ProjectState, ProjectSummary, Step,
};
pub use money::{Money, MoneyError};
pub use reconciliation::{Explanation, KindBalance, PoolTotals, Reconciliation};
pub use rules::{Condition, ConditionState, PASSAGES, Passage, check_condition, find_passages};
pub use service::{
    Completion, StepOutcome, create_project, list_completion, list_projects, load_project,
    load_project_by_code, load_reconciliation, load_totals, put_funds, put_milestones,
    step_project, step_projects, update_project,
};
