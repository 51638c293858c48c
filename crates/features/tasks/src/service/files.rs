//! Photographs and documents that a report rests on.

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use database::{Database, audit};
use serde_json::json;
use uuid::Uuid;

use super::reports::load_for;
use super::subject;
use crate::error::{invalid, not_found};
use crate::model::{ReportFile, ReportState};
use crate::{TasksError, store};

/// The most files of one report.
const MOST_FILES: i64 = 10;

/// Adds a file to a report that waits. The same content again changes nothing.
///
/// # Errors
/// [`TasksError::Attachment`], [`TasksError::WrongState`], [`TasksError::Invalid`],
/// [`TasksError::NotFound`], [`TasksError::Refused`].
pub async fn attach_file(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    report_id: Uuid,
    (name, content): (&str, &[u8]),
) -> Result<ReportFile, TasksError> {
    let report = load_for(database, actor, Permission::ReportTasks, report_id).await?;
    if report.state != ReportState::Reported {
        return Err(TasksError::WrongState {
            state: report.state.as_str(),
        });
    }
    let attachment = attachment::inspect(name, content)?;
    let at = clock.now();
    let file = ReportFile {
        id: Uuid::now_v7(),
        report_id,
        name: attachment.name,
        media_type: attachment.media_type.to_owned(),
        size_bytes: attachment.size_bytes,
        digest: attachment.digest,
        author: actor.name.clone(),
        at,
    };
    let mut transaction = database.begin().await?;
    if !store::file::insert(&mut transaction, &file, content).await? {
        drop(transaction);
        let kept = store::file::list_of_task(database, &report.new.task).await?;
        return kept
            .into_iter()
            .find(|kept| kept.report_id == report_id && kept.digest == file.digest)
            .ok_or_else(|| not_found("file", file.id));
    }
    if store::file::count(&mut transaction, report_id).await? > MOST_FILES {
        let (zh, en) = (
            format!("每份填报最多 {MOST_FILES} 个文件"),
            format!("a report has {MOST_FILES} files at the most"),
        );
        return Err(invalid("file", zh, en));
    }
    let after = json!({
        "report": report_id.to_string(), "file": file.name, "media_type": file.media_type,
        "size_bytes": file.size_bytes, "sm3": file.digest,
    });
    let entry =
        AuditEntry::new(actor, "tasks.attach", subject(&report.new.task)).after(after.to_string());
    audit::append(&mut transaction, at, entry).await?;
    transaction.commit().await?;
    Ok(file)
}

/// A file with its content.
///
/// # Errors
/// [`TasksError::Refused`], [`TasksError::NotFound`].
pub async fn load_file(
    database: &Database,
    actor: &Actor,
    id: Uuid,
) -> Result<(ReportFile, Vec<u8>), TasksError> {
    actor.check(Permission::ReadPlan)?;
    let (file, content) = store::file::find(database, id)
        .await?
        .ok_or_else(|| not_found("file", id))?;
    // a file lies where its report lies
    match load_for(database, actor, Permission::ReadPlan, file.report_id).await {
        Ok(_report) => Ok((file, content)),
        Err(TasksError::NotFound { .. }) => Err(not_found("file", id)),
        Err(other) => Err(other),
    }
}
