//! Use cases: targets, their device maps, and what could not be delivered.

use std::collections::HashMap;

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use database::{Database, Transaction, audit};
use monitoring::PacketId;
use sites::{DeviceFilter, DeviceId, DirectoryHandle, Expected, SitesError};

use crate::model::{
    DeviceMapping, Failure, FailureFilter, MappingDetails, NewTarget, PasswordChange, StartAt,
    Target, TargetDetails, TargetId, TargetProgress,
};
use crate::relay::{find_journal_head, password_subject};
use crate::{ForwardingError, audit_state, rules, store};

/// All targets, by name.
///
/// # Errors
/// [`ForwardingError::Refused`], [`ForwardingError::Database`].
pub async fn list_targets(
    database: &Database,
    actor: &Actor,
) -> Result<Vec<Target>, ForwardingError> {
    actor.check(Permission::ReadForwarding)?;
    store::target::list(database).await
}

/// One target.
///
/// # Errors
/// [`ForwardingError::NoTarget`], [`ForwardingError::Refused`].
pub async fn load_target(
    database: &Database,
    actor: &Actor,
    id: TargetId,
) -> Result<Target, ForwardingError> {
    actor.check(Permission::ReadForwarding)?;
    store::target::find(database, id)
        .await?
        .ok_or(ForwardingError::NoTarget { id })
}

/// Makes a target.
///
/// # Errors
/// [`ForwardingError::Invalid`], [`ForwardingError::NameTaken`], [`ForwardingError::Refused`].
pub async fn create_target(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    new: NewTarget,
) -> Result<Target, ForwardingError> {
    // a target takes packets of the whole city
    actor.check_everywhere(Permission::ManageForwarding)?;
    rules::check_target(&new.details)?;
    let done = match new.start_at {
        StartAt::Now => find_journal_head(database).await?,
        StartAt::Beginning => PacketId(0),
    };
    let now = clock.now();
    let mut transaction = database.begin().await?;
    let id = store::target::insert(&mut transaction, &new.details, done, now).await?;
    let entry = AuditEntry::new(
        actor,
        "forwarding.create_target",
        format!("forwarding_target:{id}"),
    )
    .after(audit_state::target(&new.details));
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(Target {
        id,
        revision: 1,
        details: new.details,
        progress: TargetProgress {
            done,
            done_received_at: None,
            sent: 0,
            given_up: 0,
        },
        created_at: now,
    })
}

/// Changes a target, or switches it on or off. Its queue stays.
///
/// # Errors
/// [`ForwardingError::NoTarget`], [`ForwardingError::Stale`], [`ForwardingError::Invalid`],
/// [`ForwardingError::NameTaken`], [`ForwardingError::Refused`].
pub async fn update_target(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<TargetId>,
    details: TargetDetails,
) -> Result<Target, ForwardingError> {
    // a target takes packets of the whole city
    actor.check_everywhere(Permission::ManageForwarding)?;
    rules::check_target(&details)?;
    let before = load_for_change(database, expected).await?;
    let now = clock.now();
    let mut transaction = database.begin().await?;
    if !store::target::update(&mut transaction, expected, &details).await? {
        return Err(stale(expected, before.revision + 1));
    }
    let entry = AuditEntry::new(
        actor,
        "forwarding.update_target",
        format!("forwarding_target:{}", expected.id),
    )
    .before(audit_state::target(&before.details))
    .after(audit_state::target(&details));
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(Target {
        details,
        revision: before.revision + 1,
        ..before
    })
}

async fn load_for_change(
    database: &Database,
    expected: Expected<TargetId>,
) -> Result<Target, ForwardingError> {
    let target = store::target::find(database, expected.id)
        .await?
        .ok_or(ForwardingError::NoTarget { id: expected.id })?;
    if target.revision == expected.revision {
        Ok(target)
    } else {
        Err(stale(expected, target.revision))
    }
}

fn stale(expected: Expected<TargetId>, found: i64) -> ForwardingError {
    ForwardingError::Stale {
        id: expected.id,
        expected: expected.revision,
        found,
    }
}

/// The devices of the actor's part of the city and what becomes of each at a target.
///
/// # Errors
/// [`ForwardingError::NoTarget`], [`ForwardingError::Refused`].
pub async fn list_mappings(
    database: &Database,
    actor: &Actor,
    id: TargetId,
    filter: &DeviceFilter,
) -> Result<Vec<DeviceMapping>, ForwardingError> {
    let target = load_target(database, actor, id).await?;
    let mut rows: HashMap<i64, store::mapping::Row> = store::mapping::list_all(database, id)
        .await?
        .into_iter()
        .map(|row| (row.device_id, row))
        .collect();
    let devices = sites::list_devices(database, actor, filter).await?;
    Ok(devices
        .into_iter()
        .map(|device| {
            let row = rows.remove(&device.id.0);
            DeviceMapping {
                device_id: device.id.0,
                mn: device.details.mn,
                name: device.details.name,
                is_simulated: device.details.is_simulated,
                is_forwarded: row
                    .as_ref()
                    .map_or(target.details.forwards_all_devices, |row| {
                        row.details.is_enabled
                    }),
                has_password: row
                    .as_ref()
                    .is_some_and(|row| row.password_sealed.is_some()),
                mapping: row.map(|row| row.details),
            }
        })
        .collect())
}

/// Enters a device into a target's map, or changes its row. The target's revision counts the
/// change. A password takes the right to manage device secrets too.
///
/// # Errors
/// [`ForwardingError::NoTarget`], [`ForwardingError::NoDevice`], [`ForwardingError::Stale`],
/// [`ForwardingError::Invalid`], [`ForwardingError::IdentifierTaken`], [`ForwardingError::Refused`].
pub async fn set_mapping(
    database: &Database,
    clock: &dyn Clock,
    directory: &DirectoryHandle,
    actor: &Actor,
    expected: Expected<TargetId>,
    (device_id, details, password): (i64, MappingDetails, PasswordChange),
) -> Result<Target, ForwardingError> {
    actor.check(Permission::ManageForwarding)?;
    if password != PasswordChange::Keep {
        actor.check(Permission::ManageDeviceSecrets)?;
    }
    rules::check_mapping(&details, &password)?;
    check_device(database, actor, device_id).await?;
    let target = load_for_change(database, expected).await?;
    let rows = store::mapping::list_all(database, target.id).await?;
    check_identifier(directory, device_id, &details, &rows)?;
    let before = rows.iter().find(|row| row.device_id == device_id);
    let sealed = match &password {
        PasswordChange::Keep => before.and_then(|row| row.password_sealed.clone()),
        PasswordChange::Clear => None,
        PasswordChange::Set(password) => Some(directory.sealing_key().seal(
            &password_subject(target.id, device_id),
            password.reveal().as_bytes(),
        )?),
    };
    let now = clock.now();
    let mut transaction = database.begin().await?;
    bump(&mut transaction, expected).await?;
    store::mapping::put(
        &mut transaction,
        target.id,
        device_id,
        &details,
        sealed.as_deref(),
    )
    .await?;
    let entry = AuditEntry::new(
        actor,
        "forwarding.set_mapping",
        format!("forwarding_target:{}", target.id),
    )
    .before(audit_state::mapping(
        device_id,
        before.map(|row| &row.details),
        None,
    ))
    .after(audit_state::mapping(
        device_id,
        Some(&details),
        Some(&password),
    ));
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(Target {
        revision: target.revision + 1,
        ..target
    })
}

/// Takes a device's row out of a target's map: it is treated as the target treats all.
///
/// # Errors
/// As [`set_mapping`].
pub async fn delete_mapping(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    expected: Expected<TargetId>,
    device_id: i64,
) -> Result<Target, ForwardingError> {
    actor.check(Permission::ManageForwarding)?;
    check_device(database, actor, device_id).await?;
    let target = load_for_change(database, expected).await?;
    let rows = store::mapping::list_all(database, target.id).await?;
    let before = rows.iter().find(|row| row.device_id == device_id);
    let Some(before) = before else {
        return Ok(target);
    };
    let now = clock.now();
    let mut transaction = database.begin().await?;
    bump(&mut transaction, expected).await?;
    store::mapping::delete(&mut transaction, target.id, device_id).await?;
    let entry = AuditEntry::new(
        actor,
        "forwarding.delete_mapping",
        format!("forwarding_target:{}", target.id),
    )
    .before(audit_state::mapping(device_id, Some(&before.details), None));
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    Ok(Target {
        revision: target.revision + 1,
        ..target
    })
}

async fn bump(
    transaction: &mut Transaction,
    expected: Expected<TargetId>,
) -> Result<(), ForwardingError> {
    if store::target::bump(transaction, expected).await? {
        Ok(())
    } else {
        Err(stale(expected, expected.revision + 1))
    }
}

async fn check_device(
    database: &Database,
    actor: &Actor,
    device_id: i64,
) -> Result<(), ForwardingError> {
    match sites::load_device(database, actor, DeviceId(device_id)).await {
        Ok(_device) => Ok(()),
        Err(SitesError::NotFound { .. }) => Err(ForwardingError::NoDevice { id: device_id }),
        Err(SitesError::Refused(refusal)) => Err(refusal.into()),
        Err(error) => Err(error.into()),
    }
}

/// Under one MN a superior knows one device at a time, or its requests could not be passed down.
fn check_identifier(
    directory: &DirectoryHandle,
    device_id: i64,
    details: &MappingDetails,
    rows: &[store::mapping::Row],
) -> Result<(), ForwardingError> {
    let Some(mn) = details
        .superior_mn
        .as_deref()
        .filter(|_mn| details.is_enabled)
    else {
        return Ok(());
    };
    let present = directory.current();
    let validity = |id| present.device(DeviceId(id)).map(|device| device.validity);
    let own = validity(device_id);
    let is_taken = rows.iter().any(|row| {
        row.device_id != device_id
            && row.details.is_enabled
            && row.details.superior_mn.as_deref() == Some(mn)
            && match (own, validity(row.device_id)) {
                (Some(own), Some(other)) => own.overlaps(&other),
                _ => true,
            }
    });
    if is_taken {
        return Err(ForwardingError::IdentifierTaken { mn: mn.to_owned() });
    }
    Ok(())
}

/// Packets of devices in the actor's part of the city that were passed over, newest first.
///
/// # Errors
/// [`ForwardingError::NoTarget`], [`ForwardingError::Refused`].
pub async fn list_failures(
    database: &Database,
    actor: &Actor,
    id: TargetId,
    filter: &FailureFilter,
) -> Result<Vec<Failure>, ForwardingError> {
    load_target(database, actor, id).await?;
    let scope = store::ScopeFilter::of(&actor.scope);
    store::failure::list(database, &scope, id, filter).await
}

/// Asks for packets that were passed over to be sent again: those named, or all. Returns how many
/// it were; packets of devices outside the actor's part of the city stay.
///
/// # Errors
/// [`ForwardingError::NoTarget`], [`ForwardingError::Refused`].
pub async fn resend_failures(
    database: &Database,
    clock: &dyn Clock,
    actor: &Actor,
    id: TargetId,
    packets: Option<&[PacketId]>,
) -> Result<u64, ForwardingError> {
    actor.check(Permission::ManageForwarding)?;
    store::target::find(database, id)
        .await?
        .ok_or(ForwardingError::NoTarget { id })?;
    let scope = store::ScopeFilter::of(&actor.scope);
    let now = clock.now();
    let mut transaction = database.begin().await?;
    let count = match packets {
        None => store::failure::queue_all(&mut transaction, &scope, id).await?,
        Some(packets) => {
            let mut count = 0;
            for packet in packets {
                count += store::failure::queue_one(&mut transaction, &scope, id, *packet).await?;
            }
            count
        }
    };
    if count > 0 {
        let which: Vec<i64> = packets
            .unwrap_or_default()
            .iter()
            .map(|packet| packet.0)
            .collect();
        let entry = AuditEntry::new(
            actor,
            "forwarding.resend",
            format!("forwarding_target:{id}"),
        )
        .after(serde_json::json!({ "count": count, "packets": which }).to_string());
        audit::append(&mut transaction, now, entry).await?;
    }
    transaction.commit().await?;
    Ok(count)
}
