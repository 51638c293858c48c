//! Use cases of markings.

pub(crate) mod awaiting;
pub(crate) mod files;
pub(crate) mod layer_table;
pub(crate) mod make;
pub(crate) mod review;
pub(crate) mod sample_file;
pub(crate) mod samples;
pub(crate) mod substitute;

use access::{Actor, Permission};
use database::Database;
use uuid::Uuid;

use crate::MarkingError;
use crate::error::not_found;
use crate::model::{Marking, MarkingFilter, MarkingState};
use crate::store::marking as store;

/// Lists markings in the actor's part of the city.
///
/// # Errors
/// [`MarkingError::Refused`].
pub async fn list_markings(
    database: &Database,
    actor: &Actor,
    filter: &MarkingFilter,
) -> Result<Vec<Marking>, MarkingError> {
    actor.check(Permission::ReadData)?;
    store::list(database, &actor.scope, filter).await
}

/// One marking.
///
/// # Errors
/// [`MarkingError::Refused`], [`MarkingError::NotFound`].
pub async fn load_marking(
    database: &Database,
    actor: &Actor,
    id: Uuid,
) -> Result<Marking, MarkingError> {
    load_for(database, actor, Permission::ReadData, id).await
}

/// A marking in the actor's part of the city, for what needs a permission.
async fn load_for(
    database: &Database,
    actor: &Actor,
    permission: Permission,
    id: Uuid,
) -> Result<Marking, MarkingError> {
    actor.check(permission)?;
    let found = store::find(database, &actor.scope, id).await?;
    found.ok_or_else(|| not_found("marking", id))
}

fn subject_of(id: Uuid) -> String {
    format!("marking:{id}")
}

/// Who came first, as whoever came second is told.
fn stale(now: &Marking) -> MarkingError {
    let said = match (&now.review, &now.withdrawal) {
        (_, Some(withdrawal)) => Some(withdrawal),
        (Some(review), None) => Some(&review.said),
        (None, None) => None,
    };
    MarkingError::Stale {
        state: now.state.as_str(),
        by: said.map_or_else(|| now.author.clone(), |said| said.author.clone()),
        at: said.map_or(now.at, |said| said.at),
    }
}

/// Why a change was not written: somebody else was first, and who that was.
async fn find_stale(database: &Database, actor: &Actor, id: Uuid) -> MarkingError {
    match store::find(database, &actor.scope, id).await {
        Ok(Some(now)) => stale(&now),
        Ok(None) => not_found("marking", id),
        Err(error) => error,
    }
}

fn demand_waiting(marking: &Marking, wanted: &'static str) -> Result<(), MarkingError> {
    if marking.state == MarkingState::Submitted {
        return Ok(());
    }
    Err(MarkingError::WrongState {
        state: marking.state.as_str(),
        wanted,
    })
}
