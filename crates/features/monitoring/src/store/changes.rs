//! Statements of changes of hours.

use beijing_time::Timestamp;
use database::bulk::{Column, insert_rows};
use database::{Database, Transaction, on_database, on_transaction, sqlx};

use crate::changes::{ChangeCause, HourChange};
use crate::{MonitoringError, PacketId};

/// Adds changes; their numbers are given by the database.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    changes: &[HourChange],
) -> Result<(), MonitoringError> {
    const INSERT: &str = "INSERT INTO hour_change (point_id, from_ms, to_ms, cause, cause_id)";
    let integers = |of: fn(&HourChange) -> i64| changes.iter().map(of).collect::<Vec<_>>();
    let causes: Vec<&str> = changes.iter().map(|change| word(change.cause)).collect();
    let points = integers(|change| change.point_id);
    let from = integers(|change| change.from.epoch_ms());
    let to = integers(|change| change.to.epoch_ms());
    let ids = integers(|change| match change.cause {
        ChangeCause::Packet(id) => id.0,
        ChangeCause::Review(id) => id,
    });
    let columns = [
        Column::Integers(&points),
        Column::Integers(&from),
        Column::Integers(&to),
        Column::Texts(&causes),
        Column::Integers(&ids),
    ];
    insert_rows(transaction, INSERT, &columns, "").await?;
    Ok(())
}

const fn word(cause: ChangeCause) -> &'static str {
    match cause {
        ChangeCause::Packet(_) => "packet",
        ChangeCause::Review(_) => "review",
    }
}

/// The changes that wait, the oldest first.
pub(crate) async fn list(
    database: &Database,
    most: u32,
) -> Result<Vec<HourChange>, MonitoringError> {
    const LIST: &str = "SELECT id, point_id, from_ms, to_ms, cause, cause_id FROM hour_change \
         ORDER BY id LIMIT $1";
    let rows: Vec<(i64, i64, i64, i64, String, i64)> =
        on_database!(database, |pool| sqlx::query_as(LIST)
            .bind(i64::from(most))
            .fetch_all(pool)
            .await?);
    rows.into_iter()
        .map(|(id, point_id, from_ms, to_ms, cause, cause_id)| {
            Ok(HourChange {
                id,
                point_id,
                from: Timestamp::from_epoch_ms(from_ms),
                to: Timestamp::from_epoch_ms(to_ms),
                cause: match cause.as_str() {
                    "packet" => ChangeCause::Packet(PacketId(cause_id)),
                    "review" => ChangeCause::Review(cause_id),
                    other => return Err(MonitoringError::damaged("change of hours", other)),
                },
            })
        })
        .collect()
}

/// Takes changes out.
pub(crate) async fn delete(
    transaction: &mut Transaction,
    changes: &[HourChange],
) -> Result<(), MonitoringError> {
    const DELETE: &str = "DELETE FROM hour_change WHERE id = $1";
    for change in changes {
        on_transaction!(&mut *transaction, |connection| {
            sqlx::query(DELETE)
                .bind(change.id)
                .execute(connection)
                .await?;
        });
    }
    Ok(())
}
