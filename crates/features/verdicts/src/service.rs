//! Reading verdicts and their changes, and what points are judged against.

use access::{Actor, AuditEntry, Permission};
use beijing_time::{Clock, Timestamp};
use database::{Database, audit};
use sites::{DeviceDirectory, DirectoryPoint, PointId};

use crate::judge::{is_judged, kinds_of};
use crate::model::class_number;
use crate::store::{self, Span, changes, settings};
use crate::{PointSetting, Verdict, VerdictChange, VerdictKind, VerdictsError};

/// The most verdicts of one page.
const MOST_ON_PAGE: usize = 1000;
/// Changes that are read at once, and how often for one page.
const CHANGES_READ: u32 = 500;
const MOST_READS: u32 = 40;

/// Which verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerdictsRequest {
    /// The point.
    pub point_id: i64,
    /// Of which periods.
    pub kind: VerdictKind,
    /// Whose start is not before this time.
    pub from: Timestamp,
    /// And before this time.
    pub to: Timestamp,
}

/// A page of verdicts, oldest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct VerdictPage {
    /// The verdicts.
    pub verdicts: Vec<Verdict>,
    /// Where the next page begins: to be given as `after`; none on the last page.
    pub next: Option<Timestamp>,
}

/// A page of changes, the latest first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChangePage {
    /// The changes.
    pub changes: Vec<VerdictChange>,
    /// To be given as `before` for the next page; none on the last page.
    pub next: Option<i64>,
}

pub(crate) fn find_point<'d>(
    directory: &'d DeviceDirectory,
    actor: &Actor,
    permission: Permission,
    point_id: i64,
) -> Result<&'d DirectoryPoint, VerdictsError> {
    actor.check(permission)?;
    directory
        .point(PointId(point_id))
        .filter(|point| point.is_covered_by(&actor.scope))
        .map(AsRef::as_ref)
        .ok_or_else(|| VerdictsError::no_point(point_id))
}

/// The periods of which a point has verdicts: none for media that no standard here judges.
///
/// # Errors
/// [`VerdictsError::Refused`], [`VerdictsError::NotFound`].
pub fn list_kinds(
    directory: &DeviceDirectory,
    actor: &Actor,
    point_id: i64,
) -> Result<&'static [VerdictKind], VerdictsError> {
    let point = find_point(directory, actor, Permission::ReadData, point_id)?;
    Ok(kinds_of(point.details.medium))
}

/// Lists the verdicts of a point, oldest first: those behind `after` (of the last page's `next`).
///
/// # Errors
/// [`VerdictsError::Refused`], [`VerdictsError::NotFound`], [`VerdictsError::Invalid`].
pub async fn list_verdicts(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    request: VerdictsRequest,
    (after, limit): (Option<Timestamp>, usize),
) -> Result<VerdictPage, VerdictsError> {
    find_point(directory, actor, Permission::ReadData, request.point_id)?;
    if request.from >= request.to {
        return Err(VerdictsError::Invalid {
            field: "to",
            reason: "is not after the beginning".to_owned(),
        });
    }
    let limit = limit.clamp(1, MOST_ON_PAGE);
    let span = Span {
        point_id: request.point_id,
        kind: request.kind,
        from: after.map_or(request.from, |after| after.plus_ms(1).max(request.from)),
        to: request.to,
    };
    let most = u32::try_from(limit + 1).unwrap_or(u32::MAX);
    let mut verdicts = store::list(database, &span, most).await?;
    let has_more = verdicts.len() > limit;
    verdicts.truncate(limit);
    let next = verdicts.last().filter(|_| has_more).map(|last| last.time);
    Ok(VerdictPage { verdicts, next })
}

/// Lists changes of verdicts, the latest first, of a point or of all in the actor's region: those
/// before `before` (of the last page's `next`).
///
/// # Errors
/// [`VerdictsError::Refused`], [`VerdictsError::NotFound`].
pub async fn list_verdict_changes(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    point_id: Option<i64>,
    (before, limit): (Option<i64>, usize),
) -> Result<ChangePage, VerdictsError> {
    actor.check(Permission::ReadData)?;
    if let Some(point_id) = point_id {
        find_point(directory, actor, Permission::ReadData, point_id)?;
    }
    let limit = limit.clamp(1, MOST_ON_PAGE);
    let mut page = ChangePage::default();
    let mut at = before.unwrap_or(i64::MAX);
    for _ in 0..MOST_READS {
        let read = changes::list(database, point_id, at, CHANGES_READ).await?;
        let is_last = read.len() < CHANGES_READ as usize;
        for change in read {
            at = change.id;
            let is_visible = directory
                .point(PointId(change.point_id))
                .is_some_and(|point| point.is_covered_by(&actor.scope));
            if !is_visible {
                continue;
            }
            if page.changes.len() == limit {
                page.next = page.changes.last().map(|last| last.id);
                return Ok(page);
            }
            page.changes.push(change);
        }
        if is_last {
            return Ok(page);
        }
    }
    // a small region in a large city: the next page goes on where this one stopped to look
    page.next = Some(at);
    Ok(page)
}

/// What a point is judged against, and the revision of that: 0 while nobody has set it.
///
/// # Errors
/// [`VerdictsError::Refused`], [`VerdictsError::NotFound`].
pub async fn load_setting(
    database: &Database,
    directory: &DeviceDirectory,
    actor: &Actor,
    point_id: i64,
) -> Result<(PointSetting, i64), VerdictsError> {
    find_point(directory, actor, Permission::ReadData, point_id)?;
    let set = settings::list(database).await?;
    Ok(set.get(&point_id).copied().unwrap_or_default())
}

/// Sets what a point is judged against; its verdicts follow.
///
/// # Errors
/// [`VerdictsError::Refused`], [`VerdictsError::NotFound`], [`VerdictsError::Stale`],
/// [`VerdictsError::Invalid`].
pub async fn update_setting(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    (point_id, revision): (i64, i64),
    setting: PointSetting,
) -> Result<i64, VerdictsError> {
    let point = find_point(directory, actor, Permission::ManageSites, point_id)?;
    let invalid = |field, reason: &str| {
        Err(VerdictsError::Invalid {
            field,
            reason: reason.to_owned(),
        })
    };
    if !is_judged(point.details.medium) {
        return invalid("point_id", "no standard judges points of this medium");
    }
    if !(1..=2).contains(&setting.area_class) {
        return invalid("area_class", "is 1 or 2");
    }
    if class_number(setting.target_class) > 5 {
        return invalid("target_class", "is 1 to 5");
    }
    if !(0..=60).contains(&setting.least_minutes) {
        return invalid("least_minutes", "is 0 to 60");
    }
    if !(1..=24).contains(&setting.least_samples) {
        return invalid("least_samples", "is 1 to 24");
    }
    let mut transaction = database.begin().await?;
    let before = settings::find_in(&mut transaction, point_id).await?;
    let (old, stands) = before.unwrap_or_default();
    if stands != revision {
        return Err(VerdictsError::Stale);
    }
    settings::put(&mut transaction, point_id, &setting, revision + 1).await?;
    let entry = AuditEntry::new(
        actor,
        "verdicts.update_setting",
        format!("point:{point_id}"),
    )
    .before(describe(&old))
    .after(describe(&setting));
    audit::append(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(revision + 1)
}

/// A setting as JSON text for the audit trail.
fn describe(setting: &PointSetting) -> String {
    format!(
        "{{\"area_class\":{},\"water_body\":\"{}\",\"target_class\":{},\"least_minutes\":{},\
         \"least_samples\":{}}}",
        setting.area_class,
        setting.water_body.name(),
        class_number(setting.target_class),
        setting.least_minutes,
        setting.least_samples
    )
}
