//! Seeing and setting how long records are kept.

use access::{Actor, AuditEntry, Permission};
use beijing_time::{Clock, Timestamp};
use database::{Database, audit};

use super::{Amount, LEAST_DAYS, MOST_DAYS, Removals, Retention, RetentionPreview, find_boundary};
use crate::store::retention as store;
use crate::versions::find_next_span;
use crate::{MonitoringError, RecordKind};

/// Lists all kinds with what is kept of each, how long, and what was removed.
///
/// # Errors
/// [`MonitoringError::Refused`].
pub async fn list_retention(
    database: &Database,
    actor: &Actor,
) -> Result<Vec<Retention>, MonitoringError> {
    actor.check(Permission::ReadSystem)?;
    let settings = store::list_settings(database).await?;
    let removals = store::list_removals(database).await?;
    let mut all = Vec::new();
    for kind in RecordKind::ALL.iter().copied() {
        let setting = settings.get(&kind).copied().unwrap_or_default();
        let removal = removals.iter().find(|removal| removal.kind == kind);
        let from = removal.map_or(Timestamp::from_epoch_ms(i64::MIN), |removal| removal.before);
        let first = find_next_span(database, kind, from).await?;
        all.push(Retention {
            kind,
            keep_days: setting.keep_days,
            revision: setting.revision,
            kept: store::measure(database, kind, from, None).await?,
            first: first.map(|span| span.from),
            removed_before: removal.map(|removal| removal.before),
            removed: removal.map_or_else(Amount::default, |removal| removal.removed),
            late_records: removal.map_or(0, |removal| removal.late_records),
        });
    }
    Ok(all)
}

/// How much would go if records of a kind were kept for so many days from now on: nothing changes.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::Invalid`].
pub async fn preview_retention(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    kind: RecordKind,
    keep_days: Option<i64>,
) -> Result<RetentionPreview, MonitoringError> {
    actor.check(Permission::ReadSystem)?;
    check_days(keep_days)?;
    let removals = Removals::load(database).await?;
    let Some(keep_days) = keep_days else {
        return Ok(RetentionPreview {
            before: None,
            amount: Amount::default(),
        });
    };
    let before = find_boundary(kind, keep_days, clock.now());
    let from = removals.start(kind, Timestamp::from_epoch_ms(i64::MIN));
    let amount = if from < before {
        store::measure(database, kind, from, Some(before)).await?
    } else {
        Amount::default()
    };
    Ok(RetentionPreview {
        before: Some(before.max(from)),
        amount,
    })
}

/// Sets for how many days records of a kind are kept; for ever when absent. What is removed by then
/// stays removed. `revision` is that of the setting as it was seen.
///
/// # Errors
/// [`MonitoringError::Refused`], [`MonitoringError::Invalid`], [`MonitoringError::StaleRetention`]
/// when somebody else has changed it since.
pub async fn set_retention(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    (kind, revision): (RecordKind, i64),
    keep_days: Option<i64>,
) -> Result<(), MonitoringError> {
    // records of the whole city go
    actor.check_everywhere(Permission::ManageRetention)?;
    check_days(keep_days)?;
    let now = clock.now();
    let settings = store::list_settings(database).await?;
    let before = settings.get(&kind).copied().unwrap_or_default();
    let stale = || MonitoringError::StaleRetention { kind };
    if before.revision != revision {
        return Err(stale());
    }
    let mut transaction = database.begin().await?;
    if !store::put_setting(&mut transaction, kind, keep_days, revision).await? {
        transaction.rollback().await?;
        return Err(stale());
    }
    let told = |days: Option<i64>| match days {
        Some(days) => format!("{{\"keep_days\":{days}}}"),
        None => "{\"keep_days\":null}".to_owned(),
    };
    let subject = format!("retention:{}", kind.as_str());
    let entry = AuditEntry::new(actor, "monitoring.set_retention", subject)
        .before(told(before.keep_days))
        .after(told(keep_days));
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(())
}

fn check_days(keep_days: Option<i64>) -> Result<(), MonitoringError> {
    match keep_days {
        Some(days) if !(LEAST_DAYS..=MOST_DAYS).contains(&days) => Err(MonitoringError::Invalid {
            field: "keep_days",
            detail: format!("{LEAST_DAYS} to {MOST_DAYS} days, or none for ever"),
        }),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::blocks::Span;

    #[test]
    fn blocks_go_whole_and_the_boundary_never_takes_a_day_that_is_kept() {
        let now: Timestamp = "2026-11-25T10:00:00+08:00".parse().unwrap();
        for kind in RecordKind::ALL.iter().copied() {
            for keep_days in [LEAST_DAYS, 365, 3650] {
                let before = find_boundary(kind, keep_days, now);
                let kept = now.stat_day().plus(-keep_days).start();
                assert!(before <= kept, "{kind:?}");
                assert_eq!(Span::containing(kind, before).from, before, "{kind:?}");
            }
        }
        let minutes = find_boundary(RecordKind::Minute, 62, now);
        assert_eq!(minutes.to_string(), "2026-09-24T00:00:00+08:00");
    }
}
