//! Statements of device maps.

use database::{Database, Transaction, on_database, on_transaction};

use crate::ForwardingError;
use crate::model::{MappingDetails, TargetId};

/// A device's row in a target's map.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) device_id: i64,
    pub(crate) details: MappingDetails,
    pub(crate) password_sealed: Option<Vec<u8>>,
}

type Columns = (i64, Option<String>, Option<Vec<u8>>, bool);

/// All rows of a target's map: not more than the city has devices.
pub(crate) async fn list_all(
    database: &Database,
    target: TargetId,
) -> Result<Vec<Row>, ForwardingError> {
    const LIST: &str = "SELECT device_id, superior_mn, superior_password_sealed, is_enabled \
         FROM forwarding_device WHERE target_id = $1 ORDER BY device_id LIMIT 200000";
    let rows: Vec<Columns> = on_database!(database, |pool| {
        sqlx::query_as(LIST).bind(target.0).fetch_all(pool).await?
    });
    Ok(rows
        .into_iter()
        .map(
            |(device_id, superior_mn, password_sealed, is_enabled)| Row {
                device_id,
                details: MappingDetails {
                    superior_mn,
                    is_enabled,
                },
                password_sealed,
            },
        )
        .collect())
}

pub(crate) async fn put(
    transaction: &mut Transaction,
    target: TargetId,
    device_id: i64,
    details: &MappingDetails,
    password_sealed: Option<&[u8]>,
) -> Result<(), ForwardingError> {
    const PUT: &str = "INSERT INTO forwarding_device (target_id, device_id, superior_mn, \
         superior_password_sealed, is_enabled) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (target_id, device_id) DO UPDATE SET superior_mn = excluded.superior_mn, \
         superior_password_sealed = excluded.superior_password_sealed, \
         is_enabled = excluded.is_enabled";
    on_transaction!(transaction, |connection| {
        sqlx::query(PUT)
            .bind(target.0)
            .bind(device_id)
            .bind(&details.superior_mn)
            .bind(password_sealed)
            .bind(details.is_enabled)
            .execute(connection)
            .await?;
    });
    Ok(())
}

pub(crate) async fn delete(
    transaction: &mut Transaction,
    target: TargetId,
    device_id: i64,
) -> Result<(), ForwardingError> {
    const DELETE: &str = "DELETE FROM forwarding_device WHERE target_id = $1 AND device_id = $2";
    on_transaction!(transaction, |connection| {
        sqlx::query(DELETE)
            .bind(target.0)
            .bind(device_id)
            .execute(connection)
            .await?;
    });
    Ok(())
}
