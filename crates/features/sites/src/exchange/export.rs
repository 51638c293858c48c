//! What the database holds, as the rows of a file. Secrets never leave.

use access::{Actor, Permission, Scope};
use beijing_time::{Clock, Timestamp};
use database::Database;

use super::world::World;
use super::{Sheet, SheetTables};
use crate::SitesError;
use crate::model::{Device, DeviceQuirks, PointId, Position, Validity};
use crate::store::{record_export, snapshot};

/// Everything within the actor's scope, as the rows of a file that can be imported again: without
/// passwords and keys, which an import then leaves as they are.
///
/// # Errors
/// [`SitesError::Refused`], [`SitesError::Database`].
pub async fn export_sites(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
) -> Result<SheetTables, SitesError> {
    actor.check(Permission::ReadSites)?;
    let world = World::new(snapshot::load_all(database).await?);
    record_export(database, clock.now(), actor, "sites").await?;
    Ok(tables(&world, actor))
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

fn tables(world: &World, actor: &Actor) -> SheetTables {
    let mut tables = SheetTables::new();
    add_places(&mut tables, world, actor);
    add_points(&mut tables, world, actor);
    for (device, _secrets) in world.devices.values().flatten() {
        if world.covers_device(actor, device) {
            add_device(&mut tables, world, actor, device);
        }
    }
    tables
}

fn add_places(tables: &mut SheetTables, world: &World, actor: &Actor) {
    for (code, region) in &world.regions {
        let details = &region.details;
        if !code.as_str().starts_with(actor.scope.region_prefix()) {
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
        let is_within = match &actor.scope {
            Scope::Everything => true,
            Scope::Region(root) => root.contains(&details.region_code),
            Scope::Sites(_) => world.sites.values().any(|site| {
                site.details.organisation_id == Some(organisation.id)
                    && World::covers_site(actor, site)
            }),
        };
        if !is_within {
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
        if !World::covers_site(actor, site) {
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

/// The codes of the site and of the point, when the actor may see them.
fn codes<'a>(world: &'a World, actor: &Actor, id: PointId) -> Option<(&'a str, &'a str)> {
    let site = world.site_of(id)?;
    if !World::covers_site(actor, site) {
        return None;
    }
    let (_site, code) = world.point_keys.get(&id)?;
    Some((site.details.code.as_str(), code.as_str()))
}

fn add_points(tables: &mut SheetTables, world: &World, actor: &Actor) {
    for point in world.points.values() {
        let Some((site_code, code)) = codes(world, actor, point.id) else {
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
        let Some((site_code, point_code)) = codes(world, actor, factor.point_id) else {
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
        let Some((site_code, point_code)) = codes(world, actor, limit.point_id) else {
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
        let Some((site_code, point_code)) = codes(world, actor, channel.point_id) else {
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
