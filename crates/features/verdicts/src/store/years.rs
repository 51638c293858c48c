//! Statements of years whose verdicts have changed.

use std::collections::BTreeSet;

use database::{Database, Transaction, on_database, on_transaction, sqlx};

use crate::VerdictsError;
use crate::years::YearChange;

/// Adds the years of a point.
pub(crate) async fn insert(
    transaction: &mut Transaction,
    point_id: i64,
    years: BTreeSet<i64>,
) -> Result<(), VerdictsError> {
    const INSERT: &str = "INSERT INTO verdict_year_change (point_id, year) VALUES ($1, $2)";
    for year in years {
        on_transaction!(&mut *transaction, |connection| {
            sqlx::query(INSERT)
                .bind(point_id)
                .bind(year)
                .execute(connection)
                .await?;
        });
    }
    Ok(())
}

/// The changes that wait, the oldest first.
pub(crate) async fn list(database: &Database, most: u32) -> Result<Vec<YearChange>, VerdictsError> {
    const LIST: &str = "SELECT id, point_id, year FROM verdict_year_change ORDER BY id LIMIT $1";
    let rows: Vec<(i64, i64, i64)> = on_database!(database, |pool| sqlx::query_as(LIST)
        .bind(i64::from(most))
        .fetch_all(pool)
        .await?);
    Ok(rows
        .into_iter()
        .map(|(id, point_id, year)| YearChange {
            id,
            point_id,
            year: i32::try_from(year).unwrap_or(0),
        })
        .collect())
}

/// Takes changes out.
pub(crate) async fn delete(
    transaction: &mut Transaction,
    changes: &[YearChange],
) -> Result<(), VerdictsError> {
    const DELETE: &str = "DELETE FROM verdict_year_change WHERE id = $1";
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
