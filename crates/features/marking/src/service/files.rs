//! Photographs and documents of a marking.

use access::{Actor, AuditEntry, Permission, Refusal};
use beijing_time::Clock;
use database::{Database, audit};
use uuid::Uuid;

use super::{demand_waiting, load_for, subject_of};
use crate::MarkingError;
use crate::error::{invalid, not_found};
use crate::model::MarkingFile;
use crate::rules;
use crate::store::file as store;

/// Adds a file to a marking that waits. The same content again changes nothing.
///
/// # Errors
/// [`MarkingError::TooLarge`], [`MarkingError::UnknownFile`], [`MarkingError::WrongState`],
/// [`MarkingError::Invalid`], [`MarkingError::NotFound`], [`MarkingError::Refused`].
pub async fn attach_file(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    marking_id: Uuid,
    (name, content): (&str, &[u8]),
) -> Result<MarkingFile, MarkingError> {
    let marking = load_for(database, actor, Permission::MarkData, marking_id).await?;
    demand_waiting(&marking, "files are added until it is reviewed")?;
    let attachment = attachment::inspect(name, content)?;
    let at = clock.now();
    let file = MarkingFile {
        id: Uuid::now_v7(),
        marking_id,
        name: attachment.name,
        media_type: attachment.media_type.to_owned(),
        size_bytes: attachment.size_bytes,
        digest: attachment.digest,
        author: actor.name.clone(),
        at,
    };
    let mut transaction = database.begin().await?;
    if !store::insert(&mut transaction, &file, content).await? {
        drop(transaction);
        let files = store::list(database, marking_id).await?;
        let mut files = files.into_iter();
        return files
            .find(|kept| kept.digest == file.digest)
            .ok_or_else(|| not_found("file", file.id));
    }
    if store::count(&mut transaction, marking_id).await? > rules::MOST_FILES {
        let reason = format!("a marking has {} files at the most", rules::MOST_FILES);
        return Err(invalid("file", reason));
    }
    let after = serde_json::json!({
        "file": file.name, "media_type": file.media_type, "size_bytes": file.size_bytes,
        "sm3": file.digest,
    });
    let entry = AuditEntry::new(actor, "marking.attach", subject_of(marking_id));
    audit::append(&mut transaction, at, entry.after(after.to_string())).await?;
    transaction.commit().await?;
    Ok(file)
}

/// Who marks or reviews, or takes evidence along, sees the evidence; who only reads data does not.
fn check_sight(actor: &Actor) -> Result<(), Refusal> {
    actor.check(Permission::ReadData)?;
    actor
        .check(Permission::MarkData)
        .or_else(|_| actor.check(Permission::ExportEvidence))
        .or_else(|_| actor.check(Permission::ReviewData))
}

/// Lists the files of a marking.
///
/// # Errors
/// [`MarkingError::Refused`], [`MarkingError::NotFound`].
pub async fn list_files(
    database: &Database,
    actor: &Actor,
    marking_id: Uuid,
) -> Result<Vec<MarkingFile>, MarkingError> {
    load_for(database, actor, Permission::ReadData, marking_id).await?;
    store::list(database, marking_id).await
}

/// A file with its content.
///
/// # Errors
/// [`MarkingError::Refused`], [`MarkingError::NotFound`].
pub async fn load_file(
    database: &Database,
    actor: &Actor,
    id: Uuid,
) -> Result<(MarkingFile, Vec<u8>), MarkingError> {
    check_sight(actor)?;
    let found = store::find(database, &actor.scope, id).await?;
    found.ok_or_else(|| not_found("file", id))
}
