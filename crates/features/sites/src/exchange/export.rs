//! What the database holds, as the rows of a file. Secrets never leave.

use std::collections::BTreeSet;

use access::{Actor, Permission, RegionCode, Scope};
use beijing_time::{Clock, Timestamp};
use database::Database;

use super::world::World;
use super::{Sheet, SheetTables};
use crate::SitesError;
use crate::model::{Device, DeviceQuirks, Organisation, PointId, Position, Site, SiteId, Validity};
use crate::store::{record_export, snapshot};

/// What a file is to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportChoice {
    /// All that the actor may see.
    Everything,
    /// These sites, what belongs to them, and the regions and organisations they name.
    Sites(BTreeSet<SiteId>),
}

/// Who asks, and for what.
struct Choice<'a> {
    actor: &'a Actor,
    wanted: &'a ExportChoice,
}

impl Choice<'_> {
    fn has_site(&self, site: &Site) -> bool {
        World::covers_site(self.actor, site)
            && match self.wanted {
                ExportChoice::Everything => true,
                ExportChoice::Sites(ids) => ids.contains(&site.id),
            }
    }

    fn has_region(&self, world: &World, code: &RegionCode) -> bool {
        match self.wanted {
            ExportChoice::Everything => code.as_str().starts_with(self.actor.scope.region_prefix()),
            ExportChoice::Sites(_) => world
                .sites
                .values()
                .any(|site| self.has_site(site) && code.contains(&site.details.region_code)),
        }
    }

    fn has_organisation(&self, world: &World, organisation: &Organisation) -> bool {
        let is_named = || {
            world.sites.values().any(|site| {
                site.details.organisation_id == Some(organisation.id) && self.has_site(site)
            })
        };
        match (self.wanted, &self.actor.scope) {
            (ExportChoice::Everything, Scope::Everything) => true,
            (ExportChoice::Everything, Scope::Region(root)) => {
                root.contains(&organisation.details.region_code)
            }
            (ExportChoice::Sites(_), _) | (_, Scope::Sites(_)) => is_named(),
        }
    }

    /// A device belongs to the choice when it serves or served a point of it.
    fn has_device(&self, world: &World, device: &Device) -> bool {
        match self.wanted {
            ExportChoice::Everything => world.covers_device(self.actor, device),
            ExportChoice::Sites(_) => device
                .details
                .channels
                .iter()
                .any(|channel| self.codes(world, channel.point_id).is_some()),
        }
    }

    /// The codes of the site and of the point, when they belong to the choice.
    fn codes<'b>(&self, world: &'b World, id: PointId) -> Option<(&'b str, &'b str)> {
        let site = world.site_of(id)?;
        self.has_site(site).then_some(())?;
        let (_site, code) = world.point_keys.get(&id)?;
        Some((site.details.code.as_str(), code.as_str()))
    }
}

/// What the actor may see and wants, as the rows of a file that can be imported again: without
/// passwords and keys, which an import then leaves as they are.
///
/// # Errors
/// [`SitesError::Refused`], [`SitesError::Database`].
pub async fn export_sites(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    wanted: &ExportChoice,
) -> Result<SheetTables, SitesError> {
    actor.check(Permission::ReadSites)?;
    let world = World::new(snapshot::load_all(database).await?);
    record_export(database, clock.now(), actor, "sites").await?;
    Ok(tables(&world, &Choice { actor, wanted }))
}

fn yes_no(value: bool) -> &'static str {
    if value { "是" } else { "否" }
}

fn degrees(position: Option<Position>) -> (String, String) {
    position.map_or_else(Default::default, |position| {
        (
            position.longitude.to_string(),
            position.latitude.to_string(),
        )
    })
}

fn text<T: ToString>(value: Option<T>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn from(at: Timestamp) -> String {
    if at == Validity::ALWAYS.from {
        String::new()
    } else {
        at.to_string()
    }
}

fn tables(world: &World, choice: &Choice<'_>) -> SheetTables {
    let mut tables = SheetTables::new();
    add_places(&mut tables, world, choice);
    add_points(&mut tables, world, choice);
    for (device, _secrets) in world.devices.values().flatten() {
        if choice.has_device(world, device) {
            add_device(&mut tables, world, choice.actor, device);
        }
    }
    tables
}

fn add_places(tables: &mut SheetTables, world: &World, choice: &Choice<'_>) {
    for (code, region) in &world.regions {
        let details = &region.details;
        if !choice.has_region(world, code) {
            continue;
        }
        let (longitude, latitude) = degrees(details.position);
        tables.push(
            Sheet::Regions,
            &[
                ("code", code.as_str()),
                ("parent_code", &text(details.parent_code.as_ref())),
                ("name_zh", &details.name_zh),
                ("name_en", &details.name_en),
                ("longitude", &longitude),
                ("latitude", &latitude),
                ("is_simulated", yes_no(details.is_simulated)),
            ],
        );
    }
    for organisation in world.organisations.values() {
        let details = &organisation.details;
        if !choice.has_organisation(world, organisation) {
            continue;
        }
        tables.push(
            Sheet::Organisations,
            &[
                ("code", &details.code),
                ("name_zh", &details.name_zh),
                ("name_en", &details.name_en),
                ("kind", details.kind.name_zh()),
                ("region_code", details.region_code.as_str()),
                ("is_simulated", yes_no(details.is_simulated)),
            ],
        );
    }
    for site in world.sites.values() {
        if !choice.has_site(site) {
            continue;
        }
        let details = &site.details;
        let organisation = details
            .organisation_id
            .and_then(|id| world.organisation_codes.get(&id));
        let (longitude, latitude) = degrees(details.position);
        tables.push(
            Sheet::Sites,
            &[
                ("code", &details.code),
                ("name_zh", &details.name_zh),
                ("name_en", &details.name_en),
                ("kind", details.kind.name_zh()),
                ("organisation_code", &text(organisation)),
                ("region_code", details.region_code.as_str()),
                ("address", &details.address),
                ("longitude", &longitude),
                ("latitude", &latitude),
                ("is_key", yes_no(details.is_key)),
                ("is_simulated", yes_no(details.is_simulated)),
            ],
        );
    }
}

/// The codes of the site and of the point, when the actor may see them. The rows of a device's
/// channels replace all it has, so that they go out whole, to points outside the choice too.
fn codes_seen<'a>(world: &'a World, actor: &Actor, id: PointId) -> Option<(&'a str, &'a str)> {
    let site = world.site_of(id)?;
    if !World::covers_site(actor, site) {
        return None;
    }
    let (_site, code) = world.point_keys.get(&id)?;
    Some((site.details.code.as_str(), code.as_str()))
}

fn add_points(tables: &mut SheetTables, world: &World, choice: &Choice<'_>) {
    for point in world.points.values() {
        let Some((site_code, code)) = choice.codes(world, point.id) else {
            continue;
        };
        let details = &point.details;
        let (longitude, latitude) = degrees(details.position);
        let times = details.timetable;
        tables.push(
            Sheet::Points,
            &[
                ("site_code", site_code),
                ("code", code),
                ("name_zh", &details.name_zh),
                ("name_en", &details.name_en),
                ("medium", details.medium.name_zh()),
                ("longitude", &longitude),
                ("latitude", &latitude),
                ("period_label", details.period_label.name_zh()),
                ("realtime_interval_s", &text(times.realtime_interval_s)),
                ("minute_interval_min", &text(times.minute_interval_min)),
                ("is_hour_expected", yes_no(times.is_hour_expected)),
                ("is_day_expected", yes_no(times.is_day_expected)),
                ("is_enabled", yes_no(details.is_enabled)),
            ],
        );
    }
    for factor in world.factors.values() {
        let Some((site_code, point_code)) = choice.codes(world, factor.point_id) else {
            continue;
        };
        let details = &factor.details;
        tables.push(
            Sheet::Factors,
            &[
                ("site_code", site_code),
                ("point_code", point_code),
                ("factor_code", &details.factor_code),
                ("unit", &details.unit),
                ("decimals", &details.decimals.to_string()),
                ("sort_order", &details.sort_order.to_string()),
                ("is_expected", yes_no(details.is_expected)),
            ],
        );
    }
    for limit in world.limits.values().flatten() {
        let Some((site_code, point_code)) = choice.codes(world, limit.point_id) else {
            continue;
        };
        let details = &limit.details;
        tables.push(
            Sheet::Limits,
            &[
                ("site_code", site_code),
                ("point_code", point_code),
                ("factor_code", &details.factor_code),
                ("kind", details.kind.name_zh()),
                ("statistic", details.statistic.name_zh()),
                ("lower", &text(details.lower)),
                ("upper", &text(details.upper)),
                ("valid_from", &from(details.validity.from)),
                ("valid_to", &text(details.validity.to)),
                ("origin", details.origin.name_zh()),
                ("basis", &details.basis),
            ],
        );
    }
}

fn add_device(tables: &mut SheetTables, world: &World, actor: &Actor, device: &Device) {
    let details = &device.details;
    let quirks = if details.quirks == DeviceQuirks::default() {
        String::new()
    } else {
        details.quirks.to_json()
    };
    let valid_from = from(details.validity.from);
    tables.push(
        Sheet::Devices,
        &[
            ("mn", &details.mn),
            ("name", &details.name),
            ("edition", details.edition.year()),
            ("system_type", &details.system_type),
            ("quirks", &quirks),
            ("valid_from", &valid_from),
            ("valid_to", &text(details.validity.to)),
            ("is_enabled", yes_no(details.is_enabled)),
            ("is_simulated", yes_no(details.is_simulated)),
        ],
    );
    for channel in &details.channels {
        let Some((site_code, point_code)) = codes_seen(world, actor, channel.point_id) else {
            continue;
        };
        tables.push(
            Sheet::Channels,
            &[
                ("mn", &details.mn),
                ("device_valid_from", &valid_from),
                ("site_code", site_code),
                ("point_code", point_code),
                ("factor_code", &text(channel.factor_code.as_ref())),
                ("valid_from", &from(channel.validity.from)),
                ("valid_to", &text(channel.validity.to)),
            ],
        );
    }
}
