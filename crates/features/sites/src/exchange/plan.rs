//! What a file would change: pure decisions on the rows and on what the database holds.

mod devices;
mod places;
mod points;

use std::collections::{BTreeMap, HashMap};

use access::{Actor, RegionCode};

use super::cells::RowReader;
use super::problem::{Problems, SheetCounts};
use super::tables::SheetRow;
use super::world::World;
use super::{Sheet, SitesFile};
use crate::error::ProblemKind;
use crate::model::{
    DeviceDetails, DeviceId, FactorDetails, FactorId, LimitDetails, LimitId, OrganisationDetails,
    OrganisationId, PointDetails, PointId, RegionDetails, Secrets, SiteDetails, SiteId,
};
use crate::sealing::SealingKey;

/// One change. Without a revision the thing is new and its identifier stands in for the one it
/// will get, also where other changes name it.
#[derive(Debug)]
pub(crate) enum Change {
    Region(RegionCode, Option<i64>, RegionDetails),
    Organisation(OrganisationId, Option<i64>, OrganisationDetails),
    Site(SiteId, Option<i64>, SiteDetails),
    Point(PointId, Option<i64>, SiteId, PointDetails),
    Factor(FactorId, Option<i64>, PointId, FactorDetails),
    Limit(LimitId, Option<i64>, PointId, LimitDetails),
    Device(DeviceId, Option<i64>, Box<(DeviceDetails, Secrets)>),
}

/// A change and the row it comes from.
#[derive(Debug)]
pub(crate) struct Planned {
    pub(crate) sheet: Sheet,
    pub(crate) row: u32,
    pub(crate) change: Change,
}

/// All changes in an order in which they can be made.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) changes: Vec<Planned>,
    pub(crate) counts: Vec<SheetCounts>,
    pub(crate) problems: Problems,
}

struct Planner<'a> {
    world: World,
    actor: &'a Actor,
    sealing_key: &'a SealingKey,
    problems: Problems,
    counts: BTreeMap<Sheet, SheetCounts>,
    changes: Vec<Planned>,
    seen: HashMap<(Sheet, String), u32>,
    last_identifier: i64,
}

/// Plans a file.
pub(crate) fn plan(
    world: World,
    actor: &Actor,
    sealing_key: &SealingKey,
    file: &SitesFile,
) -> Plan {
    let mut planner = Planner {
        world,
        actor,
        sealing_key,
        problems: Problems::default(),
        counts: BTreeMap::new(),
        changes: Vec::new(),
        seen: HashMap::new(),
        last_identifier: 0,
    };
    planner.problems.extend_from(&file.problems);
    let tables = &file.tables;
    planner.plan_regions(tables.rows(Sheet::Regions));
    planner.plan_organisations(tables.rows(Sheet::Organisations));
    planner.plan_sites(tables.rows(Sheet::Sites));
    planner.plan_points(tables.rows(Sheet::Points));
    planner.plan_devices(tables.rows(Sheet::Devices), tables.rows(Sheet::Channels));
    planner.plan_factors(tables.rows(Sheet::Factors));
    planner.plan_limits(tables.rows(Sheet::Limits));
    Plan {
        changes: planner.changes,
        counts: planner.counts.into_values().collect(),
        problems: planner.problems,
    }
}

impl Planner<'_> {
    fn reader<'r>(&'r mut self, sheet: Sheet, row: &'r SheetRow) -> RowReader<'r> {
        RowReader {
            sheet,
            row,
            problems: &mut self.problems,
        }
    }

    fn wrong(&mut self, sheet: Sheet, row: &SheetRow, column: &str, kind: ProblemKind) {
        self.problems.add(sheet, row.number, column, kind);
    }

    /// A stand-in for the identifier of something new.
    fn new_identifier(&mut self) -> i64 {
        self.last_identifier -= 1;
        self.last_identifier
    }

    fn counts(&mut self, sheet: Sheet) -> &mut SheetCounts {
        self.counts.entry(sheet).or_insert(SheetCounts {
            sheet,
            rows: 0,
            created: 0,
            updated: 0,
            unchanged: 0,
        })
    }

    /// Counts what a row does; `old` and `new` are revision and whether anything differs.
    fn count(&mut self, sheet: Sheet, revision: Option<i64>, is_changed: bool) {
        let counts = self.counts(sheet);
        counts.rows += 1;
        match (revision, is_changed) {
            (None, _) => counts.created += 1,
            (Some(_), true) => counts.updated += 1,
            (Some(_), false) => counts.unchanged += 1,
        }
    }

    /// Counts a row and keeps its change, if there is one.
    fn add(&mut self, sheet: Sheet, row: &SheetRow, revision: Option<i64>, change: Option<Change>) {
        self.count(sheet, revision, change.is_some());
        if let Some(change) = change {
            self.changes.push(Planned {
                sheet,
                row: row.number,
                change,
            });
        }
    }

    /// Counts a row that cannot be read.
    fn skip(&mut self, sheet: Sheet) {
        self.counts(sheet).rows += 1;
    }

    /// Whether a key occurs for the first time in the file; says so when not.
    fn is_first(&mut self, sheet: Sheet, row: &SheetRow, column: &str, key: String) -> bool {
        match self.seen.insert((sheet, key), row.number) {
            None => true,
            Some(first) => {
                let first = format!("{} {first}", sheet.name_zh());
                self.wrong(sheet, row, column, ProblemKind::Duplicate { first });
                false
            }
        }
    }

    /// The point that a row names by `site_code` and a column of the point's code.
    fn find_point(&mut self, sheet: Sheet, row: &SheetRow, point_column: &str) -> Option<PointId> {
        let mut reader = self.reader(sheet, row);
        let site_code = reader.required("site_code");
        let point_code = reader.required(point_column);
        let (site_code, point_code) = (site_code?, point_code?);
        let Some(site) = self.world.sites.get(&site_code) else {
            self.wrong(
                sheet,
                row,
                "site_code",
                ProblemKind::Unknown { key: site_code },
            );
            return None;
        };
        if !World::covers_site(self.actor, site) {
            self.wrong(sheet, row, "site_code", ProblemKind::OutsideScope);
            return None;
        }
        let key = (site.id, point_code);
        let found = self.world.points.get(&key).map(|point| point.id);
        if found.is_none() {
            let key = format!("{site_code} {}", key.1);
            self.wrong(sheet, row, point_column, ProblemKind::Unknown { key });
        }
        found
    }
}
