//! The files of an assessment: made from its content alone, kept once it is published.

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use database::{Database, audit};
use uuid::Uuid;

use crate::content::Content;
use crate::model::{AssessmentState, Desk};
use crate::signature::digest_of;
use crate::{AssessmentError, compose_report, compose_workbook, service, store};

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// The report as PDF.
    Pdf,
    /// The report as DOCX.
    Docx,
    /// The workbook.
    Xlsx,
}

impl FileKind {
    /// All kinds.
    pub const ALL: [Self; 3] = [Self::Pdf, Self::Docx, Self::Xlsx];

    /// The stable name, which is the ending of file names too.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pdf => "pdf",
            Self::Docx => "docx",
            Self::Xlsx => "xlsx",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The media type.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Pdf => "application/pdf",
            Self::Docx => "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// Its name.
    pub name: String,
    /// Which.
    pub kind: FileKind,
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// SM3, hexadecimal.
    pub digest: String,
}

/// Makes a file of a content. Takes a processor for a while: call it where that is allowed.
///
/// # Errors
/// [`AssessmentError::Document`].
pub fn make_file(
    desk: &Desk,
    content: &Content,
    state: AssessmentState,
    digest: &str,
    kind: FileKind,
) -> Result<ReportFile, AssessmentError> {
    let bytes = match kind {
        FileKind::Xlsx => report_document::to_xlsx(&compose_workbook(content, digest))?,
        FileKind::Pdf | FileKind::Docx => {
            let fonts = desk.fonts()?;
            let report = compose_report(content, state, digest, desk, fonts.drawing_family());
            if kind == FileKind::Pdf {
                report_document::to_pdf(&report, &fonts)?
            } else {
                report_document::to_docx(&report, &fonts)?
            }
        }
    };
    Ok(ReportFile {
        name: format!("{}.{}", file_stem(content), kind.as_str()),
        kind,
        digest: digest_of(&bytes),
        bytes,
    })
}

/// The name of files without their ending: ASCII, so that every system takes it.
pub(crate) fn file_stem(content: &Content) -> String {
    format!(
        "assessment-{}-{}-{}",
        content.plan.id, content.year, content.kind
    )
}

/// A file of an assessment whose figures were taken. That of a published one is made once.
///
/// # Errors
/// [`AssessmentError::NotFound`], [`AssessmentError::WrongState`], [`AssessmentError::Document`],
/// [`AssessmentError::Refused`].
pub async fn load_file(
    database: &Database,
    clock: &dyn Clock,
    desk: &std::sync::Arc<Desk>,
    actor: &Actor,
    (id, kind): (Uuid, FileKind),
) -> Result<ReportFile, AssessmentError> {
    actor.check(Permission::ReadPlan)?;
    let found = service::find(database, id).await?;
    let (Some(content), Some(digest)) = (found.content, found.summary.digest.clone()) else {
        return Err(service::wrong_state(
            &found.summary,
            "there is a report only once its figures were taken",
        ));
    };
    let state = found.summary.state;
    if state == AssessmentState::Published
        && let Some(bytes) = store::find_file(database, id, kind.as_str()).await?
    {
        return Ok(ReportFile {
            name: format!("{}.{}", file_stem(&content), kind.as_str()),
            kind,
            digest: digest_of(&bytes),
            bytes,
        });
    }
    let _turn = desk.press.lock().await;
    let worker = std::sync::Arc::clone(desk);
    let file =
        tokio::task::spawn_blocking(move || make_file(&worker, &content, state, &digest, kind))
            .await
            .map_err(|error| AssessmentError::Damaged {
                reason: format!("the report could not be made: {error}"),
            })??;
    if state == AssessmentState::Published {
        keep(database, clock, actor, id, &file).await?;
        // somebody else may have been first: what is kept is what everybody gets
        if let Some(bytes) = store::find_file(database, id, kind.as_str()).await? {
            return Ok(ReportFile {
                digest: digest_of(&bytes),
                bytes,
                ..file
            });
        }
    }
    Ok(file)
}

/// Keeps the file of a published assessment, with its digest in the trail.
async fn keep(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
    file: &ReportFile,
) -> Result<(), AssessmentError> {
    let now = clock.now();
    let mut transaction = database.begin().await?;
    if !store::keep_file(&mut transaction, id, file.kind.as_str(), file, now).await? {
        return Ok(());
    }
    let after = serde_json::json!({ "kind": file.kind.as_str(), "digest": file.digest });
    let entry = AuditEntry::new(actor, "assessment.file", format!("assessment:{id}"))
        .after(after.to_string());
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(())
}
