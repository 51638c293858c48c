//! The use cases. Each checks permission and region, and writes the audit trail with the change.

pub(crate) mod device;
mod map_layer;
pub(crate) mod organisation;
pub(crate) mod point;
pub(crate) mod point_detail;
pub(crate) mod region;
mod registration;
pub(crate) mod site;

pub use device::{
    create_device, delete_device, list_devices, load_device, replace_device, update_device,
};
pub use map_layer::{
    delete_map_layer, find_map_layer, install_map_layer, list_map_layers, prepare_map_layer,
    update_map_layer,
};
pub use organisation::{
    create_organisation, delete_organisation, list_organisations, load_organisation,
    update_organisation,
};
pub use point::{create_point, delete_point, list_points, load_point, update_point};
pub use point_detail::{
    create_factor, create_limit, delete_factor, delete_limit, list_factors, list_limits,
    update_factor, update_limit,
};
pub use region::{
    create_region, delete_region, install_regions, list_regions, load_region, update_region,
};
pub use registration::{DevicePlace, PointSite, register_device};
pub use site::{create_site, delete_site, list_sites, load_site, update_site};

use access::RegionCode;

use crate::SitesError;
use crate::model::{Medium, OrganisationId, OrganisationKind, PointId, SiteId, SiteKind};

/// What a change is made on: the thing, and the revision that the caller saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Expected<Id> {
    /// Which thing.
    pub id: Id,
    /// Its revision as the caller saw it; another one now refuses the change.
    pub revision: i64,
}

impl<Id> Expected<Id> {
    /// A thing at a revision.
    pub const fn new(id: Id, revision: i64) -> Self {
        Self { id, revision }
    }
}

/// Which organisations to list.
#[derive(Debug, Clone, Default)]
pub struct OrganisationFilter {
    /// At home in this region or below.
    pub region: Option<RegionCode>,
    /// Of this kind.
    pub kind: Option<OrganisationKind>,
    /// Whose code or name holds this text.
    pub search: Option<String>,
    /// Only those after this identifier.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// Which sites to list.
#[derive(Debug, Clone, Default)]
pub struct SiteFilter {
    /// In this region or below.
    pub region: Option<RegionCode>,
    /// Of this kind.
    pub kind: Option<SiteKind>,
    /// With a point of this medium.
    pub medium: Option<Medium>,
    /// Of this organisation.
    pub organisation_id: Option<OrganisationId>,
    /// Whose code or name holds this text.
    pub search: Option<String>,
    /// Only those after this identifier.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// Which points to list.
#[derive(Debug, Clone, Default)]
pub struct PointFilter {
    /// In this region or below.
    pub region: Option<RegionCode>,
    /// Of this site.
    pub site_id: Option<SiteId>,
    /// Of this medium.
    pub medium: Option<Medium>,
    /// Whose code, name or site's name holds this text.
    pub search: Option<String>,
    /// Only those after this identifier.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

/// Which devices to list.
#[derive(Debug, Clone, Default)]
pub struct DeviceFilter {
    /// Serving a point in this region or below.
    pub region: Option<RegionCode>,
    /// Serving a point of this site.
    pub site_id: Option<SiteId>,
    /// Serving this point.
    pub point_id: Option<PointId>,
    /// Whose MN or name holds this text.
    pub search: Option<String>,
    /// Only those after this identifier.
    pub after: Option<i64>,
    /// At most so many.
    pub limit: u32,
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "callers make the key for this one call"
)]
fn not_found(what: &'static str, key: impl ToString) -> SitesError {
    SitesError::NotFound {
        what,
        key: key.to_string(),
    }
}

/// Refuses a change made on another revision than the present one.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers make the key for this one call"
)]
fn check_revision(
    what: &'static str,
    key: impl ToString,
    expected: i64,
    found: i64,
) -> Result<(), SitesError> {
    if expected == found {
        Ok(())
    } else {
        Err(SitesError::Stale {
            what,
            key: key.to_string(),
            expected,
            found,
        })
    }
}

/// The revision was right when it was read; another writer can have come between on PostgreSQL.
#[expect(
    clippy::needless_pass_by_value,
    reason = "callers make the key for this one call"
)]
fn check_written(
    is_written: bool,
    what: &'static str,
    key: impl ToString,
    expected: i64,
) -> Result<(), SitesError> {
    if is_written {
        Ok(())
    } else {
        Err(SitesError::Stale {
            what,
            key: key.to_string(),
            expected,
            found: expected.saturating_add(1),
        })
    }
}
