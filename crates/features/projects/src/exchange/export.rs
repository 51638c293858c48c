//! The projects that a filter lets through, as a workbook or as CSV, in the form of an import.

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use database::{Database, audit};
use sites::{write_named_csv, write_named_workbook};

use super::PROJECT_COLUMNS;
use crate::model::{ProjectFilter, ProjectSummary};
use crate::service::today;
use crate::{ProjectsError, store};

/// Projects that are read at once.
const PAGE: u32 = 1000;
/// The most projects of a file.
const MOST_ROWS: usize = 20_000;
const SHEET: &str = "项目";

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FileForm {
    /// A workbook (XLSX).
    #[default]
    Workbook,
    /// A CSV file.
    Csv,
}

/// An empty workbook to fill in.
///
/// # Errors
/// [`ProjectsError::Sites`] when it cannot be written.
pub fn project_template() -> Result<Vec<u8>, ProjectsError> {
    Ok(write_named_workbook(SHEET, PROJECT_COLUMNS, &[])?)
}

/// Writes the projects of a filter as a file.
///
/// # Errors
/// [`ProjectsError::Refused`], [`ProjectsError::Sites`] when it cannot be written.
pub async fn export_projects(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    filter: &ProjectFilter,
    form: FileForm,
) -> Result<Vec<u8>, ProjectsError> {
    actor.check(Permission::ReadPlan)?;
    let mut filter = ProjectFilter {
        after: None,
        limit: PAGE,
        ..filter.clone()
    };
    let mut rows = Vec::new();
    loop {
        let page = store::list(database, &actor.scope, &filter, today(clock)).await?;
        filter.after = page.last().map(|one| one.project.details.code.clone());
        rows.extend(page.iter().map(cells));
        if page.len() < PAGE as usize || rows.len() >= MOST_ROWS {
            break;
        }
    }
    let sites = site_codes(database, &rows).await?;
    for row in &mut rows {
        if let Some(cell) = row.get_mut(SITE)
            && let Some((_, code)) = sites.iter().find(|(id, _)| id == cell)
        {
            cell.clone_from(code);
        }
    }
    let bytes = match form {
        FileForm::Workbook => write_named_workbook(SHEET, PROJECT_COLUMNS, &rows)?,
        FileForm::Csv => write_named_csv(PROJECT_COLUMNS, &rows)?,
    };
    let mut transaction = database.begin().await?;
    let entry = AuditEntry::new(actor, "projects.export", format!("{} projects", rows.len()));
    audit::append(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(bytes)
}

/// The place of the site among the columns.
const SITE: usize = 8;

/// The code of each site that a row names by its id.
async fn site_codes(
    database: &Database,
    rows: &[Vec<String>],
) -> Result<Vec<(String, String)>, ProjectsError> {
    let mut ids: Vec<&String> = rows
        .iter()
        .filter_map(|row| row.get(SITE))
        .filter(|id| !id.is_empty())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let mut codes = Vec::with_capacity(ids.len());
    for id in ids {
        let number = id.parse().unwrap_or_default();
        if let Some(code) = store::find_site_code(database, number).await? {
            codes.push((id.clone(), code));
        }
    }
    Ok(codes)
}

fn cells(summary: &ProjectSummary) -> Vec<String> {
    let details = &summary.project.details;
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let number = |value: Option<i64>| value.map_or_else(String::new, |value| value.to_string());
    let year = |value: Option<i32>| number(value.map(i64::from));
    let degrees = |value: Option<f64>| value.map_or_else(String::new, |value| value.to_string());
    vec![
        details.code.clone(),
        details.name.clone(),
        details.kind.clone(),
        details.region.to_string(),
        details.owner.clone(),
        details
            .planned
            .map_or_else(String::new, |money| money.to_string()),
        year(details.first_year),
        year(details.last_year),
        number(details.site_id),
        degrees(details.position.map(|position| position.longitude)),
        degrees(details.position.map(|position| position.latitude)),
        text(&details.named),
        text(&details.task),
        text(&details.indicator),
        details.note.clone(),
        if details.is_simulated { "是" } else { "否" }.to_owned(),
        summary.project.state.name_zh().to_owned(),
        summary.arrived.to_string(),
        summary.paid.to_string(),
    ]
}
