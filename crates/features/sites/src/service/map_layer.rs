//! Use cases of map layers.

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use database::{Database, Transaction};

use super::list_regions;
use crate::map_layer::{MapFile, MapFileReport, MapLayer, MapLayerOptions, NewMapLayer};
use crate::store::{map_layer, record_change};
use crate::{SitesError, audit_state};

/// Finds a layer by its name. The map is no secret: every reader sees all of it.
///
/// # Errors
/// [`SitesError::Refused`], [`SitesError::Database`].
pub async fn find_map_layer(
    database: &Database,
    actor: &Actor,
    name: &str,
) -> Result<Option<MapLayer>, SitesError> {
    actor.check(Permission::ReadSites)?;
    map_layer::find(database, name).await
}

/// Lists all layers by name, at most a hundred.
///
/// # Errors
/// [`SitesError::Refused`], [`SitesError::Database`].
pub async fn list_map_layers(
    database: &Database,
    actor: &Actor,
) -> Result<Vec<MapLayer>, SitesError> {
    actor.check(Permission::ReadSites)?;
    map_layer::list(database).await
}

/// Puts a layer in the place of the one of its name.
///
/// # Errors
/// [`SitesError::Refused`] for all who do not manage everything, [`SitesError::Database`].
pub async fn update_map_layer(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    layer: NewMapLayer,
) -> Result<MapLayer, SitesError> {
    actor.check_everywhere(Permission::ManageSites)?;
    let before = map_layer::find(database, layer.name()).await?;
    let mut transaction = database.begin().await?;
    let put = put_in(&mut transaction, clock, actor, layer, before.as_ref()).await?;
    transaction.commit().await?;
    Ok(put)
}

/// Makes a layer of a map file, its names compared with the regions of the register, and says what
/// was found. Nothing is kept.
///
/// # Errors
/// As [`MapFile::into_layer`]; [`SitesError::Refused`], [`SitesError::Database`].
pub async fn prepare_map_layer(
    database: &Database,
    actor: &Actor,
    file: MapFile,
    options: &MapLayerOptions,
) -> Result<(NewMapLayer, MapFileReport), SitesError> {
    actor.check_everywhere(Permission::ManageSites)?;
    let regions = list_regions(database, actor, None, 1_000).await?;
    file.into_layer(options, Some(&regions))
}

/// Removes a layer.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Refused`], [`SitesError::Database`].
pub async fn delete_map_layer(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    name: &str,
) -> Result<(), SitesError> {
    actor.check_everywhere(Permission::ManageSites)?;
    let not_found = || super::not_found("map layer", name);
    let before = map_layer::find(database, name)
        .await?
        .ok_or_else(not_found)?;
    let mut transaction = database.begin().await?;
    if !map_layer::delete(&mut transaction, name).await? {
        return Err(not_found());
    }
    let entry = AuditEntry::new(actor, "sites.delete_map_layer", format!("map_layer:{name}"))
        .before(audit_state::map_layer(&before));
    record_change(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(())
}

/// Puts a layer of a city's data in its place unless there is one already.
///
/// # Errors
/// As [`update_map_layer`].
pub async fn install_map_layer(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    layer: NewMapLayer,
) -> Result<bool, SitesError> {
    if map_layer::find(database, layer.name()).await?.is_some() {
        return Ok(false);
    }
    update_map_layer(database, clock, actor, layer).await?;
    Ok(true)
}

async fn put_in(
    transaction: &mut Transaction,
    clock: &dyn Clock,
    actor: &Actor,
    layer: NewMapLayer,
    before: Option<&MapLayer>,
) -> Result<MapLayer, SitesError> {
    let mut layer = layer.into_layer(clock.now());
    layer.revision = map_layer::put(transaction, &layer).await?;
    let subject = format!("map_layer:{}", layer.name);
    let mut entry = AuditEntry::new(actor, "sites.update_map_layer", subject)
        .after(audit_state::map_layer(&layer));
    if let Some(before) = before {
        entry = entry.before(audit_state::map_layer(before));
    }
    record_change(transaction, clock.now(), entry).await?;
    Ok(layer)
}
