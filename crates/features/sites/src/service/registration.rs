//! Registering a device together with the point it stands at, and the site where that is new too:
//! all of it or nothing.

use access::Actor;
use beijing_time::{Clock, Timestamp};
use database::{Database, Transaction};

use super::{device, point, point_detail, site};
use crate::SitesError;
use crate::model::{
    Channel, Device, DeviceDetails, FactorDetails, PointDetails, PointId, Secrets, SiteDetails,
    SiteId, Validity,
};
use crate::sealing::SealingKey;

/// Where a device that is registered stands.
#[derive(Debug, Clone, PartialEq)]
pub enum DevicePlace {
    /// At a point that is there.
    Point(PointId),
    /// At a new point.
    NewPoint {
        /// The site of the point.
        site: Box<PointSite>,
        /// The point.
        details: PointDetails,
        /// What it measures.
        factors: Vec<FactorDetails>,
    },
}

/// The site of a new point.
#[derive(Debug, Clone, PartialEq)]
pub enum PointSite {
    /// One that is there.
    Existing(SiteId),
    /// A new one.
    New(SiteDetails),
}

/// Registers a device that serves all factors of one point, which is made where it is new. The
/// channels given with the device are not looked at.
///
/// # Errors
/// As [`create_site`](super::create_site), [`create_point`](super::create_point),
/// [`create_factor`](super::create_factor) and [`create_device`](super::create_device); nothing is
/// kept then.
pub async fn register_device(
    database: &Database,
    clock: &dyn Clock,
    sealing_key: &SealingKey,
    actor: &Actor,
    place: DevicePlace,
    (mut details, secrets): (DeviceDetails, Secrets),
) -> Result<(Device, PointId), SitesError> {
    let mut transaction = database.begin().await?;
    let now = clock.now();
    let point_id = place_in(&mut transaction, now, actor, place).await?;
    details.channels = vec![Channel {
        point_id,
        factor_code: None,
        validity: Validity::ALWAYS,
    }];
    let created =
        device::create_in(&mut transaction, now, sealing_key, actor, details, secrets).await?;
    transaction.commit().await?;
    Ok((created, point_id))
}

async fn place_in(
    transaction: &mut Transaction,
    now: Timestamp,
    actor: &Actor,
    place: DevicePlace,
) -> Result<PointId, SitesError> {
    let (site, details, factors) = match place {
        DevicePlace::Point(id) => return Ok(id),
        DevicePlace::NewPoint {
            site,
            details,
            factors,
        } => (site, details, factors),
    };
    let site_id = match *site {
        PointSite::Existing(id) => id,
        PointSite::New(details) => site::create_in(transaction, now, actor, details).await?.id,
    };
    let created = point::create_in(transaction, now, actor, site_id, details).await?;
    for factor in factors {
        point_detail::create_factor_in(transaction, now, actor, created.id, factor).await?;
    }
    Ok(created.id)
}
