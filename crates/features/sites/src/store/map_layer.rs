//! Statements on map layers.

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};

use crate::SitesError;
use crate::map_layer::MapLayer;

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    geojson: String,
    feature_count: i64,
    source: String,
    is_schematic: bool,
    updated_ms: i64,
    revision: i64,
}

impl Row {
    fn into_model(self) -> MapLayer {
        MapLayer {
            name: self.name,
            geojson: self.geojson,
            feature_count: self.feature_count,
            source: self.source,
            is_schematic: self.is_schematic,
            updated_at: Timestamp::from_epoch_ms(self.updated_ms),
            revision: self.revision,
        }
    }
}

pub(crate) async fn find(database: &Database, name: &str) -> Result<Option<MapLayer>, SitesError> {
    const FIND: &str = "SELECT name, geojson, feature_count, source, is_schematic, updated_ms, \
         revision FROM map_layer WHERE name = $1";
    let row: Option<Row> = on_database!(database, |pool| {
        sqlx::query_as(FIND).bind(name).fetch_optional(pool).await?
    });
    Ok(row.map(Row::into_model))
}

pub(crate) async fn list(database: &Database) -> Result<Vec<MapLayer>, SitesError> {
    const LIST: &str = "SELECT name, geojson, feature_count, source, is_schematic, updated_ms, \
         revision FROM map_layer ORDER BY name LIMIT 100";
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST).fetch_all(pool).await?
    });
    Ok(rows.into_iter().map(Row::into_model).collect())
}

/// Puts a layer in the place of the one of its name and returns its revision.
pub(crate) async fn put(
    transaction: &mut Transaction,
    layer: &MapLayer,
) -> Result<i64, SitesError> {
    const PUT: &str = "INSERT INTO map_layer (name, geojson, feature_count, source, \
         is_schematic, updated_ms, revision) VALUES ($1, $2, $3, $4, $5, $6, 1) \
         ON CONFLICT (name) DO UPDATE SET geojson = excluded.geojson, \
         feature_count = excluded.feature_count, source = excluded.source, \
         is_schematic = excluded.is_schematic, updated_ms = excluded.updated_ms, \
         revision = map_layer.revision + 1 RETURNING revision";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query_scalar(PUT)
            .bind(&layer.name)
            .bind(&layer.geojson)
            .bind(layer.feature_count)
            .bind(&layer.source)
            .bind(layer.is_schematic)
            .bind(layer.updated_at.epoch_ms())
            .fetch_one(connection)
            .await?
    }))
}

/// Whether there was one.
pub(crate) async fn delete(transaction: &mut Transaction, name: &str) -> Result<bool, SitesError> {
    const DELETE: &str = "DELETE FROM map_layer WHERE name = $1";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query(DELETE)
            .bind(name)
            .execute(connection)
            .await?
            .rows_affected()
            > 0
    }))
}
