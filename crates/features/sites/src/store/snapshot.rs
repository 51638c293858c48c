//! Reading everything at once: for the device directory, export and import.

use std::collections::HashMap;

use database::{Database, Transaction, on_database, on_transaction};

use super::device::{ChannelRow, SealedSecrets};
use super::{device, point, point_detail, site};
use crate::SitesError;
use crate::model::{Channel, Device, FactorLimit, Point, PointFactor, Site};

/// All sites, points, factors, limits and devices, by id.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) sites: Vec<Site>,
    pub(crate) points: Vec<Point>,
    pub(crate) factors: Vec<PointFactor>,
    pub(crate) limits: Vec<FactorLimit>,
    pub(crate) devices: Vec<(Device, SealedSecrets)>,
}

struct Rows {
    channels: Vec<ChannelRow>,
    devices: Vec<device::Row>,
    limits: Vec<point_detail::LimitRow>,
    factors: Vec<point_detail::FactorRow>,
    points: Vec<point::Row>,
    sites: Vec<site::Row>,
}

// what refers to others is read first, so that a change in between leaves nothing dangling
macro_rules! read_all {
    ($connection:expr) => {
        Rows {
            channels: sqlx::query_as(device::ALL_CHANNELS)
                .fetch_all($connection)
                .await?,
            devices: sqlx::query_as(device::ALL).fetch_all($connection).await?,
            limits: sqlx::query_as(point_detail::ALL_LIMITS)
                .fetch_all($connection)
                .await?,
            factors: sqlx::query_as(point_detail::ALL_FACTORS)
                .fetch_all($connection)
                .await?,
            points: sqlx::query_as(point::ALL).fetch_all($connection).await?,
            sites: sqlx::query_as(site::ALL).fetch_all($connection).await?,
        }
    };
}

pub(crate) async fn load(database: &Database) -> Result<Snapshot, SitesError> {
    on_database!(database, |pool| read_all!(pool)).into_model()
}

#[expect(
    dead_code,
    reason = "for the import from files, which does not exist yet"
)]
pub(crate) async fn load_in(transaction: &mut Transaction) -> Result<Snapshot, SitesError> {
    on_transaction!(transaction, |connection| read_all!(&mut *connection)).into_model()
}

impl Rows {
    fn into_model(self) -> Result<Snapshot, SitesError> {
        let mut channels: HashMap<i64, Vec<Channel>> = HashMap::new();
        for row in self.channels {
            channels
                .entry(row.device_id)
                .or_default()
                .push(row.into_model());
        }
        let mut devices = Vec::with_capacity(self.devices.len());
        for row in self.devices {
            let (mut device, secrets) = row.into_model()?;
            device.details.channels = channels.remove(&device.id.0).unwrap_or_default();
            devices.push((device, secrets));
        }
        Ok(Snapshot {
            sites: collect(self.sites, site::Row::into_model)?,
            points: collect(self.points, point::Row::into_model)?,
            factors: collect(self.factors, point_detail::FactorRow::into_model)?,
            limits: collect(self.limits, point_detail::LimitRow::into_model)?,
            devices,
        })
    }
}

fn collect<R, T>(
    rows: Vec<R>,
    into_model: impl Fn(R) -> Result<T, SitesError>,
) -> Result<Vec<T>, SitesError> {
    rows.into_iter().map(into_model).collect()
}
