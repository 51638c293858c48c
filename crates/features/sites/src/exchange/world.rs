//! What the database holds, by natural keys; what a file adds while it is planned.

use std::collections::{BTreeMap, HashMap};

use access::{Actor, RegionCode};

use crate::model::{
    Device, FactorLimit, Organisation, OrganisationId, Point, PointFactor, PointId, Region, Site,
    SiteId,
};
use crate::store::device::SealedSecrets;
use crate::store::snapshot::WholeSnapshot;

/// Everything by its natural key. What a file adds has identifiers below zero until it is kept.
#[derive(Debug, Default)]
pub(crate) struct World {
    pub(crate) regions: BTreeMap<RegionCode, Region>,
    pub(crate) organisations: BTreeMap<String, Organisation>,
    pub(crate) sites: BTreeMap<String, Site>,
    pub(crate) points: BTreeMap<(SiteId, String), Point>,
    pub(crate) factors: BTreeMap<(PointId, String), PointFactor>,
    pub(crate) limits: BTreeMap<PointId, Vec<FactorLimit>>,
    /// The devices of each MN.
    pub(crate) devices: BTreeMap<String, Vec<(Device, SealedSecrets)>>,
    pub(crate) site_codes: HashMap<SiteId, String>,
    /// The site and code of each point.
    pub(crate) point_keys: HashMap<PointId, (SiteId, String)>,
    pub(crate) organisation_codes: HashMap<OrganisationId, String>,
}

impl World {
    pub(crate) fn new(snapshot: WholeSnapshot) -> Self {
        let mut world = Self::default();
        for region in snapshot.regions {
            world.regions.insert(region.code.clone(), region);
        }
        for organisation in snapshot.organisations {
            world.put_organisation(organisation);
        }
        for site in snapshot.sites.sites {
            world.put_site(site);
        }
        for point in snapshot.sites.points {
            world.put_point(point);
        }
        for factor in snapshot.sites.factors {
            let key = (factor.point_id, factor.details.factor_code.clone());
            world.factors.insert(key, factor);
        }
        for limit in snapshot.sites.limits {
            world.limits.entry(limit.point_id).or_default().push(limit);
        }
        for (device, secrets) in snapshot.sites.devices {
            let mn = device.details.mn.clone();
            world.devices.entry(mn).or_default().push((device, secrets));
        }
        world
    }

    /// The devices that bear or bore an MN.
    pub(crate) fn devices_of(&self, mn: &str) -> &[(Device, SealedSecrets)] {
        self.devices.get(mn).map_or(&[], Vec::as_slice)
    }

    pub(crate) fn put_organisation(&mut self, organisation: Organisation) {
        let code = organisation.details.code.clone();
        self.organisation_codes
            .insert(organisation.id, code.clone());
        self.organisations.insert(code, organisation);
    }

    pub(crate) fn put_site(&mut self, site: Site) {
        let code = site.details.code.clone();
        self.site_codes.insert(site.id, code.clone());
        self.sites.insert(code, site);
    }

    pub(crate) fn put_point(&mut self, point: Point) {
        let key = (point.site_id, point.details.code.clone());
        self.point_keys.insert(point.id, key.clone());
        self.points.insert(key, point);
    }

    /// The site of a point.
    pub(crate) fn site_of(&self, point_id: PointId) -> Option<&Site> {
        let (site_id, _code) = self.point_keys.get(&point_id)?;
        self.sites.get(self.site_codes.get(site_id)?)
    }

    /// Whether the actor may see and change a site; a site that is new counts by its region.
    pub(crate) fn covers_site(actor: &Actor, site: &Site) -> bool {
        actor
            .scope
            .covers(&site.details.region_code, Some(site.id.0))
    }

    /// Whether the actor may see and change a point.
    pub(crate) fn covers_point(&self, actor: &Actor, point_id: PointId) -> bool {
        self.site_of(point_id)
            .is_some_and(|site| Self::covers_site(actor, site))
    }

    /// Whether the actor may see a device: it serves one of its points, or the actor sees all.
    pub(crate) fn covers_device(&self, actor: &Actor, device: &Device) -> bool {
        actor.scope == access::Scope::Everything
            || device
                .details
                .channels
                .iter()
                .any(|channel| self.covers_point(actor, channel.point_id))
    }
}
