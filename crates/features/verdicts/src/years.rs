//! Years of points whose verdicts are not what they were, for who follows verdicts: each change is
//! written in the transaction of the verdicts and taken out in that of what follows from it.

use database::{Database, Transaction};

use crate::VerdictsError;
use crate::store::years as store;

/// A year of a point in which verdicts have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct YearChange {
    /// Its number.
    pub id: i64,
    /// The point.
    pub point_id: i64,
    /// The year.
    pub year: i32,
}

/// The changes that wait, the oldest first, at most so many.
///
/// # Errors
/// [`VerdictsError::Database`].
pub async fn list_year_changes(
    database: &Database,
    most: u32,
) -> Result<Vec<YearChange>, VerdictsError> {
    store::list(database, most).await
}

/// Takes changes out, in the transaction of what follows from them.
///
/// # Errors
/// [`VerdictsError::Database`].
pub async fn take_year_changes(
    transaction: &mut Transaction,
    changes: &[YearChange],
) -> Result<(), VerdictsError> {
    store::delete(transaction, changes).await
}
