//! Statements on devices and their channels.

use std::collections::HashMap;

use beijing_time::Timestamp;
use database::{Database, Transaction, on_database, on_transaction};
use hj212::Edition;

use super::{ScopeFilter, explain, pattern};
use crate::SitesError;
use crate::model::{Channel, Device, DeviceDetails, DeviceId, DeviceQuirks, PointId, Validity};
use crate::service::DeviceFilter;

macro_rules! columns {
    () => {
        "id, mn, name, edition, system_type, password_sealed, key_sealed, previous_key_sealed, \
         quirks_json, valid_from_ms, valid_to_ms, is_enabled, is_simulated, revision"
    };
}

/// Sealed secrets as kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct SealedSecrets {
    pub(crate) password: Option<Vec<u8>>,
    pub(crate) key: Option<Vec<u8>>,
    pub(crate) previous_key: Option<Vec<u8>>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct Row {
    id: i64,
    mn: String,
    name: String,
    edition: String,
    system_type: String,
    password_sealed: Option<Vec<u8>>,
    key_sealed: Option<Vec<u8>>,
    previous_key_sealed: Option<Vec<u8>>,
    quirks_json: String,
    valid_from_ms: i64,
    valid_to_ms: Option<i64>,
    is_enabled: bool,
    is_simulated: bool,
    revision: i64,
}

#[derive(sqlx::FromRow)]
pub(crate) struct ChannelRow {
    pub(crate) device_id: i64,
    point_id: i64,
    factor_code: String,
    valid_from_ms: i64,
    valid_to_ms: Option<i64>,
}

impl ChannelRow {
    pub(crate) fn into_model(self) -> Channel {
        Channel {
            point_id: PointId(self.point_id),
            factor_code: (!self.factor_code.is_empty()).then_some(self.factor_code),
            validity: Validity {
                from: Timestamp::from_epoch_ms(self.valid_from_ms),
                to: self.valid_to_ms.map(Timestamp::from_epoch_ms),
            },
        }
    }
}

impl Row {
    pub(crate) fn into_model(self) -> Result<(Device, SealedSecrets), SitesError> {
        let edition = Edition::from_year(&self.edition).ok_or_else(|| SitesError::Unreadable {
            column: "device.edition",
            value: self.edition.clone(),
        })?;
        let quirks = DeviceQuirks::from_json(&self.quirks_json).map_err(|_error| {
            SitesError::Unreadable {
                column: "device.quirks_json",
                value: self.quirks_json.clone(),
            }
        })?;
        let device = Device {
            id: DeviceId(self.id),
            revision: self.revision,
            has_password: self.password_sealed.is_some(),
            has_key: self.key_sealed.is_some(),
            details: DeviceDetails {
                mn: self.mn,
                name: self.name,
                edition,
                system_type: self.system_type,
                quirks,
                validity: Validity {
                    from: Timestamp::from_epoch_ms(self.valid_from_ms),
                    to: self.valid_to_ms.map(Timestamp::from_epoch_ms),
                },
                is_enabled: self.is_enabled,
                is_simulated: self.is_simulated,
                channels: Vec::new(),
            },
        };
        let secrets = SealedSecrets {
            password: self.password_sealed,
            key: self.key_sealed,
            previous_key: self.previous_key_sealed,
        };
        Ok((device, secrets))
    }
}

pub(crate) const ALL: &str = concat!("SELECT ", columns!(), " FROM device ORDER BY id");
pub(crate) const ALL_CHANNELS: &str = "SELECT device_id, point_id, factor_code, valid_from_ms, \
     valid_to_ms FROM device_channel ORDER BY device_id, id";
const CHANNELS: &str = "SELECT device_id, point_id, factor_code, valid_from_ms, valid_to_ms \
     FROM device_channel WHERE device_id = $1 ORDER BY id";
/// Of the devices of one page, which are in the order of their identifiers.
const CHANNELS_BETWEEN: &str = "SELECT device_id, point_id, factor_code, valid_from_ms, \
     valid_to_ms FROM device_channel WHERE device_id >= $1 AND device_id <= $2 \
     ORDER BY device_id, id";

pub(crate) async fn list(
    database: &Database,
    scope: &ScopeFilter,
    filter: &DeviceFilter,
) -> Result<Vec<Device>, SitesError> {
    // a device without channels is nowhere: only those who see everything see it
    const LIST: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM device WHERE id > $1 \
         AND (($2 = '' AND $3 = '') OR EXISTS (SELECT 1 FROM device_channel \
         JOIN monitoring_point ON monitoring_point.id = device_channel.point_id \
         JOIN site ON site.id = monitoring_point.site_id \
         WHERE device_channel.device_id = device.id AND site.region_code LIKE $2 || '%' \
         AND ($3 = '' OR $3 LIKE '%,' || CAST(site.id AS TEXT) || ',%'))) \
         AND (CAST($4 AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM device_channel \
         JOIN monitoring_point ON monitoring_point.id = device_channel.point_id \
         WHERE device_channel.device_id = device.id AND monitoring_point.site_id = $4)) \
         AND (CAST($5 AS BIGINT) IS NULL OR EXISTS (SELECT 1 FROM device_channel \
         WHERE device_channel.device_id = device.id AND device_channel.point_id = $5)) \
         AND (CAST($6 AS TEXT) IS NULL OR LOWER(mn) LIKE $6 ESCAPE '\\' \
         OR LOWER(name) LIKE $6 ESCAPE '\\') \
         AND (CAST($7 AS TEXT) IS NULL OR EXISTS (SELECT 1 FROM device_channel \
         JOIN monitoring_point ON monitoring_point.id = device_channel.point_id \
         JOIN site ON site.id = monitoring_point.site_id \
         WHERE device_channel.device_id = device.id AND site.region_code LIKE $7 || '%')) \
         ORDER BY id LIMIT $8"
    );
    let rows: Vec<Row> = on_database!(database, |pool| {
        sqlx::query_as(LIST)
            .bind(filter.after.unwrap_or(0))
            .bind(&scope.prefix)
            .bind(&scope.sites)
            .bind(filter.site_id.map(|id| id.0))
            .bind(filter.point_id.map(|id| id.0))
            .bind(pattern(filter.search.as_deref()))
            .bind(
                filter
                    .region
                    .as_ref()
                    .map(|region| region.prefix().to_owned()),
            )
            .bind(i64::from(filter.limit))
            .fetch_all(pool)
            .await?
    });
    let ends = rows
        .first()
        .map(|row| row.id)
        .zip(rows.last().map(|row| row.id));
    let mut channels: HashMap<i64, Vec<Channel>> = HashMap::new();
    if let Some((first, last)) = ends {
        let kept: Vec<ChannelRow> = on_database!(database, |pool| {
            sqlx::query_as(CHANNELS_BETWEEN)
                .bind(first)
                .bind(last)
                .fetch_all(pool)
                .await?
        });
        for row in kept {
            let of_device = channels.entry(row.device_id).or_default();
            of_device.push(row.into_model());
        }
    }
    rows.into_iter()
        .map(|row| {
            let (mut device, _secrets) = row.into_model()?;
            device.details.channels = channels.remove(&device.id.0).unwrap_or_default();
            Ok(device)
        })
        .collect()
}

const FIND: &str = concat!("SELECT ", columns!(), " FROM device WHERE id = $1");

pub(crate) async fn find_in(
    transaction: &mut Transaction,
    id: DeviceId,
) -> Result<Option<(Device, SealedSecrets)>, SitesError> {
    let (row, channels): (Option<Row>, Vec<ChannelRow>) =
        on_transaction!(transaction, |connection| {
            let row = sqlx::query_as(FIND)
                .bind(id.0)
                .fetch_optional(&mut *connection)
                .await?;
            let channels = sqlx::query_as(CHANNELS)
                .bind(id.0)
                .fetch_all(connection)
                .await?;
            (row, channels)
        });
    let Some(row) = row else { return Ok(None) };
    let (mut device, secrets) = row.into_model()?;
    device.details.channels = channels.into_iter().map(ChannelRow::into_model).collect();
    Ok(Some((device, secrets)))
}

/// The devices that bear or bore an MN, with their validity.
pub(crate) async fn list_of_mn_in(
    transaction: &mut Transaction,
    mn: &str,
) -> Result<Vec<(DeviceId, Validity)>, SitesError> {
    const LIST: &str = "SELECT id, valid_from_ms, valid_to_ms FROM device WHERE mn = $1 \
         ORDER BY valid_from_ms";
    let rows: Vec<(i64, i64, Option<i64>)> = on_transaction!(transaction, |connection| {
        sqlx::query_as(LIST).bind(mn).fetch_all(connection).await?
    });
    Ok(rows
        .into_iter()
        .map(|(id, from, to)| {
            let validity = Validity {
                from: Timestamp::from_epoch_ms(from),
                to: to.map(Timestamp::from_epoch_ms),
            };
            (DeviceId(id), validity)
        })
        .collect())
}

pub(crate) async fn insert(
    transaction: &mut Transaction,
    details: &DeviceDetails,
    secrets: &SealedSecrets,
) -> Result<DeviceId, SitesError> {
    const INSERT: &str = "INSERT INTO device (mn, name, edition, system_type, password_sealed, \
         key_sealed, previous_key_sealed, quirks_json, valid_from_ms, valid_to_ms, is_enabled, \
         is_simulated, revision) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 1) RETURNING id";
    let id: i64 = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(INSERT)
            .bind(&details.mn)
            .bind(&details.name)
            .bind(details.edition.year())
            .bind(&details.system_type)
            .bind(&secrets.password)
            .bind(&secrets.key)
            .bind(&secrets.previous_key)
            .bind(details.quirks.to_json())
            .bind(details.validity.from.epoch_ms())
            .bind(details.validity.to.map(Timestamp::epoch_ms))
            .bind(details.is_enabled)
            .bind(details.is_simulated)
            .fetch_one(connection)
            .await
            .map_err(|error| explain(error, "device", || details.mn.clone()))?
    });
    replace_channels(transaction, DeviceId(id), &details.channels).await?;
    Ok(DeviceId(id))
}

/// Changes a device that still has `revision`; `false` when it has not.
pub(crate) async fn update(
    transaction: &mut Transaction,
    id: DeviceId,
    revision: i64,
    details: &DeviceDetails,
    secrets: &SealedSecrets,
) -> Result<bool, SitesError> {
    const UPDATE: &str = "UPDATE device SET mn = $3, name = $4, edition = $5, system_type = $6, \
         password_sealed = $7, key_sealed = $8, previous_key_sealed = $9, quirks_json = $10, \
         valid_from_ms = $11, valid_to_ms = $12, is_enabled = $13, is_simulated = $14, \
         revision = revision + 1 WHERE id = $1 AND revision = $2 RETURNING revision";
    let updated: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(UPDATE)
            .bind(id.0)
            .bind(revision)
            .bind(&details.mn)
            .bind(&details.name)
            .bind(details.edition.year())
            .bind(&details.system_type)
            .bind(&secrets.password)
            .bind(&secrets.key)
            .bind(&secrets.previous_key)
            .bind(details.quirks.to_json())
            .bind(details.validity.from.epoch_ms())
            .bind(details.validity.to.map(Timestamp::epoch_ms))
            .bind(details.is_enabled)
            .bind(details.is_simulated)
            .fetch_optional(connection)
            .await?
    });
    if updated.is_none() {
        return Ok(false);
    }
    replace_channels(transaction, id, &details.channels).await?;
    Ok(true)
}

async fn replace_channels(
    transaction: &mut Transaction,
    id: DeviceId,
    channels: &[Channel],
) -> Result<(), SitesError> {
    const DELETE: &str = "DELETE FROM device_channel WHERE device_id = $1";
    const INSERT: &str = "INSERT INTO device_channel (device_id, point_id, factor_code, \
         valid_from_ms, valid_to_ms) VALUES ($1, $2, $3, $4, $5)";
    on_transaction!(transaction, |connection| {
        sqlx::query(DELETE)
            .bind(id.0)
            .execute(&mut *connection)
            .await?;
        for channel in channels {
            sqlx::query(INSERT)
                .bind(id.0)
                .bind(channel.point_id.0)
                .bind(channel.factor_code.as_deref().unwrap_or_default())
                .bind(channel.validity.from.epoch_ms())
                .bind(channel.validity.to.map(Timestamp::epoch_ms))
                .execute(&mut *connection)
                .await?;
        }
    });
    Ok(())
}

/// Deletes a device that still has `revision`, with its channels; `false` when it has not.
pub(crate) async fn delete(
    transaction: &mut Transaction,
    id: DeviceId,
    revision: i64,
) -> Result<bool, SitesError> {
    const DELETE: &str = "DELETE FROM device WHERE id = $1 AND revision = $2 RETURNING revision";
    replace_channels(transaction, id, &[]).await?;
    let deleted: Option<i64> = on_transaction!(transaction, |connection| {
        sqlx::query_scalar(DELETE)
            .bind(id.0)
            .bind(revision)
            .fetch_optional(connection)
            .await
            .map_err(|error| explain(error, "device", || id.to_string()))?
    });
    Ok(deleted.is_some())
}

/// How many devices serve a point, now, before or later.
pub(crate) async fn count_of_point_in(
    transaction: &mut Transaction,
    point_id: PointId,
) -> Result<i64, SitesError> {
    const COUNT: &str = "SELECT COUNT(DISTINCT device_id) FROM device_channel WHERE point_id = $1";
    Ok(on_transaction!(transaction, |connection| {
        sqlx::query_scalar(COUNT)
            .bind(point_id.0)
            .fetch_one(connection)
            .await?
    }))
}
