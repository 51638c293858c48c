//! Use cases of devices, their secrets and their channels.

use access::{Actor, AuditEntry, Permission};
use beijing_time::{Clock, Timestamp};
use database::{Database, Transaction};

use super::{DeviceFilter, Expected, check_revision, check_written, not_found};
use crate::error::{FieldProblem, ProblemKind};
use crate::model::{Device, DeviceDetails, DeviceId, SecretChange, Secrets};
use crate::sealing::{SealingKey, key_subject, password_subject};
use crate::store::device::SealedSecrets;
use crate::store::{ScopeFilter, device, record_change, site};
use crate::{SitesError, audit_state, rules};

/// Lists devices that serve the actor's scope, by identifier.
///
/// # Errors
/// [`SitesError::Refused`], [`SitesError::Database`].
pub async fn list_devices(
    database: &Database,
    actor: &Actor,
    filter: &DeviceFilter,
) -> Result<Vec<Device>, SitesError> {
    actor.check(Permission::ReadSites)?;
    device::list(database, &ScopeFilter::of(&actor.scope), filter).await
}

/// Loads a device.
///
/// # Errors
/// [`SitesError::NotFound`] when there is none or it serves nothing in the actor's scope.
pub async fn load_device(
    database: &Database,
    actor: &Actor,
    id: DeviceId,
) -> Result<Device, SitesError> {
    actor.check(Permission::ReadSites)?;
    let filter = DeviceFilter {
        after: Some(id.0.saturating_sub(1)),
        limit: 1,
        ..DeviceFilter::default()
    };
    device::list(database, &ScopeFilter::of(&actor.scope), &filter)
        .await?
        .pop()
        .filter(|device| device.id == id)
        .ok_or_else(|| not_found("device", id))
}

/// Registers a device.
///
/// # Errors
/// [`SitesError::Invalid`], also when another device bears the MN at the same time,
/// [`SitesError::Sealing`], [`SitesError::Refused`].
pub async fn create_device(
    database: &Database,
    clock: &dyn Clock,
    sealing_key: &SealingKey,
    actor: &Actor,
    details: DeviceDetails,
    secrets: Secrets,
) -> Result<Device, SitesError> {
    let mut transaction = database.begin().await?;
    let now = clock.now();
    let created = create_in(&mut transaction, now, sealing_key, actor, details, secrets).await?;
    transaction.commit().await?;
    Ok(created)
}

pub(crate) async fn create_in(
    transaction: &mut Transaction,
    now: Timestamp,
    sealing_key: &SealingKey,
    actor: &Actor,
    details: DeviceDetails,
    secrets: Secrets,
) -> Result<Device, SitesError> {
    actor.check(Permission::ManageSites)?;
    rules::none_of(rules::check_device(&details, &secrets))?;
    check_scope(transaction, actor, &details).await?;
    check_mn(transaction, None, &details).await?;
    let kept = SealedSecrets::default();
    let sealed = apply_secrets(sealing_key, actor, "", &details.mn, kept, &secrets)?;
    let id = device::insert(transaction, &details, &sealed).await?;
    let created = Device {
        id,
        revision: 1,
        has_password: sealed.password.is_some(),
        has_key: sealed.key.is_some(),
        details,
    };
    let entry = AuditEntry::new(actor, "sites.create_device", format!("device:{id}"))
        .after(audit_state::device(&created));
    record_change(transaction, now, entry).await?;
    Ok(created)
}

/// Changes a device; its channels are replaced by those given.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Stale`], [`SitesError::Invalid`],
/// [`SitesError::Sealing`], [`SitesError::Refused`].
pub async fn update_device(
    database: &Database,
    clock: &dyn Clock,
    sealing_key: &SealingKey,
    actor: &Actor,
    expected: Expected<DeviceId>,
    change: (DeviceDetails, Secrets),
) -> Result<Device, SitesError> {
    let mut transaction = database.begin().await?;
    let now = clock.now();
    let updated = update_in(&mut transaction, now, sealing_key, actor, expected, change).await?;
    transaction.commit().await?;
    Ok(updated)
}

pub(crate) async fn update_in(
    transaction: &mut Transaction,
    now: Timestamp,
    sealing_key: &SealingKey,
    actor: &Actor,
    expected: Expected<DeviceId>,
    (details, secrets): (DeviceDetails, Secrets),
) -> Result<Device, SitesError> {
    let Expected { id, revision } = expected;
    rules::none_of(rules::check_device(&details, &secrets))?;
    let (before, kept) = load_for_change(transaction, actor, expected).await?;
    check_scope(transaction, actor, &details).await?;
    check_mn(transaction, Some(id), &details).await?;
    let old_mn = &before.details.mn;
    let sealed = apply_secrets(sealing_key, actor, old_mn, &details.mn, kept, &secrets)?;
    let is_written = device::update(transaction, id, revision, &details, &sealed).await?;
    check_written(is_written, "device", id, revision)?;
    let updated = Device {
        id,
        revision: revision + 1,
        has_password: sealed.password.is_some(),
        has_key: sealed.key.is_some(),
        details,
    };
    let mut after = audit_state::device(&updated);
    if secrets != Secrets::default() {
        // that a secret was changed is on record, the secret is not
        after.truncate(after.len().saturating_sub(1));
        after.push_str(r#","secrets":"changed"}"#);
    }
    let entry = AuditEntry::new(actor, "sites.update_device", format!("device:{id}"))
        .before(audit_state::device(&before))
        .after(after);
    record_change(transaction, now, entry).await?;
    Ok(updated)
}

/// Replaces a device by another from an instant on: the old one's validity and channels end
/// there, the new one serves the same points from there. The new device's validity and channels
/// as given are not looked at.
///
/// # Errors
/// As [`update_device`] and [`create_device`]; [`SitesError::Invalid`] when the instant is not
/// within the old device's validity.
pub async fn replace_device(
    database: &Database,
    clock: &dyn Clock,
    sealing_key: &SealingKey,
    actor: &Actor,
    expected: Expected<DeviceId>,
    replacement: (Timestamp, DeviceDetails, Secrets),
) -> Result<Device, SitesError> {
    let (at, mut details, secrets) = replacement;
    let now = clock.now();
    let mut transaction = database.begin().await?;
    let (before, _kept) = load_for_change(&mut transaction, actor, expected).await?;
    let mut ended = before.details.clone();
    if !ended.validity.contains(at) || ended.validity.from == at {
        let problem = FieldProblem::new("valid_from", ProblemKind::EndsBeforeItBegins);
        return Err(SitesError::Invalid {
            problems: vec![problem],
        });
    }
    details.validity.from = at;
    details.validity.to = ended.validity.to.take();
    ended.validity.to = Some(at);
    details.channels = Vec::new();
    for channel in &ended.channels {
        if channel.validity.to.is_none_or(|to| at < to) {
            let mut continued = channel.clone();
            continued.validity.from = continued.validity.from.max(at);
            details.channels.push(continued);
        }
    }
    ended.channels.retain(|channel| channel.validity.from < at);
    for channel in &mut ended.channels {
        channel.validity.to = Some(channel.validity.to.map_or(at, |to| to.min(at)));
    }
    let change = (ended, Secrets::default());
    update_in(&mut transaction, now, sealing_key, actor, expected, change).await?;
    let created = create_in(&mut transaction, now, sealing_key, actor, details, secrets).await?;
    transaction.commit().await?;
    Ok(created)
}

/// Deletes a device and its channels; its packets and records stay.
///
/// # Errors
/// [`SitesError::NotFound`], [`SitesError::Stale`], [`SitesError::InUse`],
/// [`SitesError::Refused`].
pub async fn delete_device(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<DeviceId>,
) -> Result<(), SitesError> {
    let Expected { id, revision } = expected;
    let mut transaction = database.begin().await?;
    let (before, _kept) = load_for_change(&mut transaction, actor, expected).await?;
    let is_written = device::delete(&mut transaction, id, revision).await?;
    check_written(is_written, "device", id, revision)?;
    let entry = AuditEntry::new(actor, "sites.delete_device", format!("device:{id}"))
        .before(audit_state::device(&before));
    record_change(&mut transaction, clock.now(), entry).await?;
    transaction.commit().await?;
    Ok(())
}

async fn load_for_change(
    transaction: &mut Transaction,
    actor: &Actor,
    expected: Expected<DeviceId>,
) -> Result<(Device, SealedSecrets), SitesError> {
    actor.check(Permission::ManageSites)?;
    let (found, secrets) = device::find_in(transaction, expected.id)
        .await?
        .ok_or_else(|| not_found("device", expected.id))?;
    check_scope(transaction, actor, &found.details).await?;
    check_revision("device", found.id, expected.revision, found.revision)?;
    Ok((found, secrets))
}

/// Every point a device serves must exist and lie in the actor's scope; a device that serves
/// nothing is for those who manage everything.
async fn check_scope(
    transaction: &mut Transaction,
    actor: &Actor,
    details: &DeviceDetails,
) -> Result<(), SitesError> {
    let mut problems = Vec::new();
    let mut checked = std::collections::HashSet::new();
    for (index, channel) in details.channels.iter().enumerate() {
        if !checked.insert(channel.point_id) {
            continue;
        }
        match site::find_of_point_in(transaction, channel.point_id.0).await? {
            Some((site_id, region)) => {
                actor.check_at(Permission::ManageSites, &region, Some(site_id.0))?;
            }
            None => problems.push(FieldProblem::new(
                format!("channels/{index}/point_id"),
                ProblemKind::Unknown {
                    key: channel.point_id.to_string(),
                },
            )),
        }
    }
    if details.channels.is_empty() && actor.scope != access::Scope::Everything {
        problems.push(FieldProblem::new("channels", ProblemKind::OutsideScope));
    }
    rules::none_of(problems)
}

/// Two devices may bear one MN, but not at the same time.
async fn check_mn(
    transaction: &mut Transaction,
    own: Option<DeviceId>,
    details: &DeviceDetails,
) -> Result<(), SitesError> {
    let others = device::list_of_mn_in(transaction, &details.mn).await?;
    let clash = others
        .into_iter()
        .find(|(id, validity)| Some(*id) != own && validity.overlaps(&details.validity));
    rules::none_of(
        clash
            .map(|(id, _validity)| {
                let other = format!("device {id}");
                FieldProblem::new("mn", ProblemKind::Overlap { other })
            })
            .into_iter()
            .collect(),
    )
}

/// The sealed secrets after a change. Secrets are bound to the MN: when it changes, those kept are
/// sealed anew.
fn apply_secrets(
    sealing_key: &SealingKey,
    actor: &Actor,
    old_mn: &str,
    new_mn: &str,
    kept: SealedSecrets,
    change: &Secrets,
) -> Result<SealedSecrets, SitesError> {
    let mut secrets = kept;
    if change != &Secrets::default() {
        actor.check(Permission::ManageDeviceSecrets)?;
    }
    if old_mn != new_mn {
        let reseal = |subject: fn(&str) -> String, sealed: &mut Option<Vec<u8>>| {
            if let Some(bytes) = sealed {
                let plain = sealing_key.open(&subject(old_mn), bytes)?;
                *bytes = sealing_key.seal(&subject(new_mn), &plain)?;
            }
            Ok::<(), SitesError>(())
        };
        reseal(password_subject, &mut secrets.password)?;
        reseal(key_subject, &mut secrets.key)?;
        reseal(key_subject, &mut secrets.previous_key)?;
    }
    match &change.password {
        SecretChange::Keep => {}
        SecretChange::Clear => secrets.password = None,
        SecretChange::Set(password) => {
            let plain = password.reveal().as_bytes();
            secrets.password = Some(sealing_key.seal(&password_subject(new_mn), plain)?);
        }
    }
    match &change.key {
        SecretChange::Keep => {}
        SecretChange::Clear => {
            secrets.key = None;
            secrets.previous_key = None;
        }
        SecretChange::Set(key) => {
            let sealed = sealing_key.seal(&key_subject(new_mn), key.reveal())?;
            secrets.previous_key = secrets.key.replace(sealed);
        }
    }
    Ok(secrets)
}
