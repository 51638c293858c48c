//! Regions, organisations and sites.

use access::RegionCode;

use super::{OrganisationId, OrganisationKind, SiteId, SiteKind};

/// A place on the earth, WGS-84 degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Position {
    /// Degrees east.
    pub longitude: f64,
    /// Degrees north.
    pub latitude: f64,
}

/// An administrative region or a grid.
#[derive(Debug, Clone, PartialEq)]
pub struct Region {
    /// GB/T 2260 code, GB/T 10114 below the county.
    pub code: RegionCode,
    /// Counts the changes; a change names the revision it was made on.
    pub revision: i64,
    /// What can be changed.
    pub details: RegionDetails,
}

/// What can be changed of a region.
#[derive(Debug, Clone, PartialEq)]
pub struct RegionDetails {
    /// The region above, none for a root.
    pub parent_code: Option<RegionCode>,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Where to write its name on a map.
    pub position: Option<Position>,
    /// Whether it is invented for the simulation.
    pub is_simulated: bool,
}

/// An enterprise, a bureau, an operator of monitors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Organisation {
    /// Identifier.
    pub id: OrganisationId,
    /// Counts the changes; a change names the revision it was made on.
    pub revision: i64,
    /// What can be changed.
    pub details: OrganisationDetails,
}

/// What can be changed of an organisation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrganisationDetails {
    /// Unified social credit code or the bureau's own code; unique.
    pub code: String,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// What it is.
    pub kind: OrganisationKind,
    /// Where it is at home.
    pub region_code: RegionCode,
    /// Whether it is invented for the simulation.
    pub is_simulated: bool,
}

/// A place with monitors: an enterprise's plant, an air station, a water station.
#[derive(Debug, Clone, PartialEq)]
pub struct Site {
    /// Identifier.
    pub id: SiteId,
    /// Counts the changes; a change names the revision it was made on.
    pub revision: i64,
    /// What can be changed.
    pub details: SiteDetails,
}

/// What can be changed of a site.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteDetails {
    /// The bureau's code; unique.
    pub code: String,
    /// Whose it is.
    pub organisation_id: Option<OrganisationId>,
    /// The smallest region that holds it.
    pub region_code: RegionCode,
    /// What it is.
    pub kind: SiteKind,
    /// Chinese name.
    pub name_zh: String,
    /// English name.
    pub name_en: String,
    /// Postal address.
    pub address: String,
    /// Where it is.
    pub position: Option<Position>,
    /// Whether it is a key monitored site (重点监控).
    pub is_key: bool,
    /// Whether it is invented for the simulation.
    pub is_simulated: bool,
}
