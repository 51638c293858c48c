//! Reading everything at once: for the device directory, export and import.

use std::collections::HashMap;

use database::{Database, Transaction, on_database, on_transaction};

use super::device::{ChannelRow, SealedSecrets};
use super::{device, organisation, point, point_detail, region, site};
use crate::SitesError;
use crate::model::{Channel, Device, FactorLimit, Organisation, Point, PointFactor, Region, Site};

/// All sites, points, factors, limits and devices, by id.
#[derive(Debug, Default)]
pub(crate) struct Snapshot {
    pub(crate) sites: Vec<Site>,
    pub(crate) points: Vec<Point>,
    pub(crate) factors: Vec<PointFactor>,
    pub(crate) limits: Vec<FactorLimit>,
    pub(crate) devices: Vec<(Device, SealedSecrets)>,
}

/// All that files of sites hold.
#[derive(Debug, Default)]
pub(crate) struct WholeSnapshot {
    pub(crate) regions: Vec<Region>,
    pub(crate) organisations: Vec<Organisation>,
    pub(crate) sites: Snapshot,
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

/// Everything, with the regions and organisations.
pub(crate) async fn load_all(database: &Database) -> Result<WholeSnapshot, SitesError> {
    let (rows, organisations, regions) = on_database!(database, |pool| {
        let rows = read_all!(pool);
        let organisations = sqlx::query_as(organisation::ALL).fetch_all(pool).await?;
        let regions = sqlx::query_as(region::ALL).fetch_all(pool).await?;
        (rows, organisations, regions)
    });
    whole(rows, organisations, regions)
}

/// Everything as a transaction sees it.
pub(crate) async fn load_all_in(
    transaction: &mut Transaction,
) -> Result<WholeSnapshot, SitesError> {
    let (rows, organisations, regions) = on_transaction!(transaction, |connection| {
        let rows = read_all!(&mut *connection);
        let organisations = sqlx::query_as(organisation::ALL)
            .fetch_all(&mut *connection)
            .await?;
        let regions = sqlx::query_as(region::ALL).fetch_all(connection).await?;
        (rows, organisations, regions)
    });
    whole(rows, organisations, regions)
}

fn whole(
    rows: Rows,
    organisations: Vec<organisation::Row>,
    regions: Vec<region::Row>,
) -> Result<WholeSnapshot, SitesError> {
    Ok(WholeSnapshot {
        regions: collect(regions, region::Row::into_model)?,
        organisations: collect(organisations, organisation::Row::into_model)?,
        sites: rows.into_model()?,
    })
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
