//! Senders that the bureau knows and does not want: counted, and no longer kept.

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use database::{Database, audit, sqlx};

use crate::MonitoringError;
use crate::store::quarantine as store;

/// A sender that is ignored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct IgnoredSender {
    /// The MN it names.
    pub mn: String,
    /// Why.
    pub note: String,
    /// Who said so.
    pub ignored_by: String,
    /// Since when, epoch milliseconds.
    pub ignored_ms: i64,
}

/// The longest note, characters.
const LONGEST_NOTE: usize = 300;

/// Lists the senders that are ignored, the latest first.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::Database`].
pub async fn list_ignored_senders(
    database: &Database,
    actor: &Actor,
) -> Result<Vec<IgnoredSender>, MonitoringError> {
    actor.check_everywhere(Permission::ReadQuarantine)?;
    store::list_ignored(database).await
}

/// Ignores a sender: its packets are counted and no longer kept, those kept are forgotten. Returns
/// how many went.
///
/// # Errors
/// [`MonitoringError::Invalid`] without an MN or with too long a note,
/// [`MonitoringError::Refused`], [`MonitoringError::Database`].
pub async fn ignore_sender(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    (mn, note): (&str, &str),
) -> Result<u64, MonitoringError> {
    actor.check_everywhere(Permission::ManageQuarantine)?;
    let invalid = |field, detail: &str| MonitoringError::Invalid {
        field,
        detail: detail.to_owned(),
    };
    if mn.is_empty() || mn.chars().count() > 64 {
        return Err(invalid("mn", "must have 1 to 64 characters"));
    }
    if note.chars().count() > LONGEST_NOTE {
        return Err(invalid("note", "has more than 300 characters"));
    }
    let now = clock.now();
    let sender = IgnoredSender {
        mn: mn.to_owned(),
        note: note.trim().to_owned(),
        ignored_by: actor.name.clone(),
        ignored_ms: now.epoch_ms(),
    };
    let mut transaction = database.begin().await?;
    store::put_ignored(&mut transaction, &sender).await?;
    let entry = AuditEntry::new(actor, "monitoring.ignore_sender", format!("mn:{mn}"));
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    store::delete_packets(database, mn).await
}

/// Keeps a sender's packets again. Says whether it was ignored.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::Database`].
pub async fn heed_sender(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    mn: &str,
) -> Result<bool, MonitoringError> {
    actor.check_everywhere(Permission::ManageQuarantine)?;
    let mut transaction = database.begin().await?;
    let was_ignored = store::delete_ignored(&mut transaction, mn).await?;
    if was_ignored {
        let entry = AuditEntry::new(actor, "monitoring.heed_sender", format!("mn:{mn}"));
        audit::append(&mut transaction, clock.now(), entry).await?;
    }
    transaction.commit().await?;
    Ok(was_ignored)
}
