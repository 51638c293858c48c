//! A table that came as a file.

use axum::body::Bytes;
use sites::TableRow;

use crate::ApiProblem;

/// Reads it beside the other requests: unpacking a large file takes a while.
///
/// # Errors
/// When it is no table, larger than a register's file may be, or has no rows, not even headings.
pub(crate) async fn read_table_file(body: Bytes) -> Result<Vec<TableRow>, ApiProblem> {
    let rows = tokio::task::spawn_blocking(move || sites::read_table(&body))
        .await
        .map_err(|error| ApiProblem::internal(&error))??;
    if rows.is_empty() {
        return Err(ApiProblem::invalid("file", "empty", "it has no rows"));
    }
    Ok(rows)
}
