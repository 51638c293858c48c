//! Makes the planned changes, each through its use case, in one transaction.

use std::collections::HashMap;

use access::{Actor, AuditEntry, Permission};
use beijing_time::{Clock, Timestamp};
use database::{Database, Transaction};

use super::plan::{Change, Plan, Planned, plan};
use super::problem::{ImportReport, Problems};
use super::world::World;
use super::{Sheet, SitesFile};
use crate::SitesError;
use crate::model::{OrganisationId, PointId, SiteId};
use crate::sealing::SealingKey;
use crate::service::{Expected, device, organisation, point, point_detail, region, site};
use crate::store::{record_change, snapshot};

/// What importing a file would do; nothing is changed.
///
/// # Errors
/// [`SitesError::Refused`], [`SitesError::Database`]. What is wrong with the file is in the report.
pub async fn check_import(
    database: &Database,
    sealing_key: &SealingKey,
    actor: &Actor,
    file: &SitesFile,
) -> Result<ImportReport, SitesError> {
    actor.check(Permission::ManageSites)?;
    let world = World::new(snapshot::load_all(database).await?);
    Ok(report(plan(world, actor, sealing_key, file), file))
}

/// Imports a file: all of it, or nothing when anything is wrong with it. Nothing is deleted.
/// Importing a file again changes nothing.
///
/// # Errors
/// [`SitesError::Refused`], [`SitesError::Database`], [`SitesError::Sealing`]. What is wrong with
/// the file is in the report.
pub async fn import_sites(
    database: &Database,
    clock: &dyn Clock,
    sealing_key: &SealingKey,
    actor: &Actor,
    file: &SitesFile,
) -> Result<ImportReport, SitesError> {
    actor.check(Permission::ManageSites)?;
    let now = clock.now();
    let mut transaction = database.begin().await?;
    let world = World::new(snapshot::load_all_in(&mut transaction).await?);
    let mut plan = plan(world, actor, sealing_key, file);
    if plan.problems.count() > 0 {
        return Ok(report(plan, file));
    }
    let changes = std::mem::take(&mut plan.changes);
    let is_changed = !changes.is_empty();
    let mut writer = Writer {
        transaction,
        now,
        sealing_key,
        actor,
        organisations: HashMap::new(),
        sites: HashMap::new(),
        points: HashMap::new(),
    };
    for Planned { sheet, row, change } in changes {
        match writer.make(change).await {
            Ok(()) => {}
            // the plan's checks are the use cases' own: this is a change that came in between
            Err(SitesError::Invalid { problems }) => {
                plan.problems.add_fields(sheet, row, problems);
                return Ok(report(plan, file));
            }
            Err(error) => return Err(error),
        }
    }
    let mut report = report(plan, file);
    report.is_applied = true;
    if is_changed {
        let entry = AuditEntry::new(actor, "sites.import_sites", "sites".to_owned())
            .after(summary(&report));
        record_change(&mut writer.transaction, now, entry).await?;
        writer.transaction.commit().await?;
    }
    Ok(report)
}

fn report(plan: Plan, file: &SitesFile) -> ImportReport {
    let (problems, problem_count) = Problems::into_parts(plan.problems);
    ImportReport {
        is_applied: false,
        sheets: plan.counts,
        problems,
        problem_count,
        ignored: file.ignored.clone(),
    }
}

fn summary(report: &ImportReport) -> String {
    let sheets: serde_json::Map<String, serde_json::Value> = report
        .sheets
        .iter()
        .map(|counts| {
            let figures = serde_json::json!({
                "rows": counts.rows,
                "created": counts.created,
                "updated": counts.updated,
            });
            (Sheet::name(counts.sheet).to_owned(), figures)
        })
        .collect();
    serde_json::Value::Object(sheets).to_string()
}

/// Makes changes and remembers which identifiers new things got.
struct Writer<'a> {
    transaction: Transaction,
    now: Timestamp,
    sealing_key: &'a SealingKey,
    actor: &'a Actor,
    organisations: HashMap<OrganisationId, OrganisationId>,
    sites: HashMap<SiteId, SiteId>,
    points: HashMap<PointId, PointId>,
}

impl Writer<'_> {
    fn site(&self, id: SiteId) -> SiteId {
        self.sites.get(&id).copied().unwrap_or(id)
    }

    fn point(&self, id: PointId) -> PointId {
        self.points.get(&id).copied().unwrap_or(id)
    }

    async fn make(&mut self, change: Change) -> Result<(), SitesError> {
        let (now, actor) = (self.now, self.actor);
        match change {
            Change::Region(code, None, details) => {
                region::create_in(&mut self.transaction, now, actor, code, details).await?;
            }
            Change::Region(code, Some(revision), details) => {
                let expected = Expected::new(code, revision);
                region::update_in(&mut self.transaction, now, actor, expected, details).await?;
            }
            Change::Organisation(id, None, details) => {
                let created =
                    organisation::create_in(&mut self.transaction, now, actor, details).await?;
                self.organisations.insert(id, created.id);
            }
            Change::Organisation(id, Some(revision), details) => {
                let expected = Expected::new(id, revision);
                organisation::update_in(&mut self.transaction, now, actor, expected, details)
                    .await?;
            }
            Change::Site(id, revision, mut details) => {
                details.organisation_id = details
                    .organisation_id
                    .map(|id| self.organisations.get(&id).copied().unwrap_or(id));
                if let Some(revision) = revision {
                    let expected = Expected::new(id, revision);
                    site::update_in(&mut self.transaction, now, actor, expected, details).await?;
                } else {
                    let created =
                        site::create_in(&mut self.transaction, now, actor, details).await?;
                    self.sites.insert(id, created.id);
                }
            }
            Change::Point(id, None, site_id, details) => {
                let site_id = self.site(site_id);
                let created =
                    point::create_in(&mut self.transaction, now, actor, site_id, details).await?;
                self.points.insert(id, created.id);
            }
            Change::Point(id, Some(revision), _site, details) => {
                let expected = Expected::new(id, revision);
                point::update_in(&mut self.transaction, now, actor, expected, details).await?;
            }
            detail => self.make_detail(detail).await?,
        }
        Ok(())
    }

    async fn make_detail(&mut self, change: Change) -> Result<(), SitesError> {
        let (now, actor) = (self.now, self.actor);
        match change {
            Change::Factor(_, None, point_id, details) => {
                let point_id = self.point(point_id);
                let transaction = &mut self.transaction;
                point_detail::create_factor_in(transaction, now, actor, point_id, details).await?;
            }
            Change::Factor(id, Some(revision), _, details) => {
                let expected = Expected::new(id, revision);
                let transaction = &mut self.transaction;
                point_detail::update_factor_in(transaction, now, actor, expected, details).await?;
            }
            Change::Limit(_, None, point_id, details) => {
                let point_id = self.point(point_id);
                let transaction = &mut self.transaction;
                point_detail::create_limit_in(transaction, now, actor, point_id, details).await?;
            }
            Change::Limit(id, Some(revision), _, details) => {
                let expected = Expected::new(id, revision);
                let transaction = &mut self.transaction;
                point_detail::update_limit_in(transaction, now, actor, expected, details).await?;
            }
            Change::Device(id, revision, change) => {
                let (mut details, secrets) = *change;
                for channel in &mut details.channels {
                    channel.point_id = self.point(channel.point_id);
                }
                let key = self.sealing_key;
                let transaction = &mut self.transaction;
                if let Some(revision) = revision {
                    let expected = Expected::new(id, revision);
                    let change = (details, secrets);
                    device::update_in(transaction, now, key, actor, expected, change).await?;
                } else {
                    device::create_in(transaction, now, key, actor, details, secrets).await?;
                }
            }
            Change::Region(..)
            | Change::Organisation(..)
            | Change::Site(..)
            | Change::Point(..) => {}
        }
        Ok(())
    }
}
