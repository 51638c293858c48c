//! Use cases of commands: order, list, look, take back.

use access::{Actor, AuditEntry, Permission};
use beijing_time::Clock;
use database::{Database, Transaction, audit};
use sites::{DeviceId, SealingKey, SitesError};
use uuid::Uuid;

use crate::CommandsError;
use crate::dispatcher::CommandsHandle;
use crate::model::{
    Command, CommandFilter, CommandState, CommandStep, NewCommand, NewStep, Progress, StepKind,
};
use crate::store::{self, ScopeFilter};

/// A command waits for its device a week at the longest.
const LONGEST_WAIT_S: u32 = 7 * 24 * 3600;

/// What the secret of a command is sealed for.
pub(crate) fn secret_subject(id: Uuid) -> String {
    format!("secret of command {id}")
}

/// Orders a command. Ordering the same again changes nothing; the dispatcher sends it as soon as
/// the device is there. A new password or key takes the right to manage device secrets too.
///
/// # Errors
/// [`CommandsError::NoDevice`], [`CommandsError::Invalid`], [`CommandsError::IdTaken`],
/// [`CommandsError::Refused`].
pub async fn send_command(
    database: &Database,
    clock: &dyn Clock,
    sealing_key: &SealingKey,
    handle: &CommandsHandle,
    actor: &Actor,
    new: NewCommand,
) -> Result<Command, CommandsError> {
    let prepared = prepare_command(database, clock, sealing_key, handle, actor, new).await?;
    let mut transaction = database.begin().await?;
    if !insert_prepared(&mut transaction, actor, &prepared).await? {
        drop(transaction);
        let id = prepared.command.id;
        let kept = store::find(database, &ScopeFilter::of(&actor.scope), id).await?;
        return kept
            .filter(|kept| {
                kept.device_id == prepared.command.device_id && kept.order == prepared.command.order
            })
            .ok_or(CommandsError::IdTaken { id });
    }
    transaction.commit().await?;
    handle.wake();
    Ok(prepared.command)
}

/// A command that has passed every check and is not kept yet.
#[derive(Debug)]
pub struct PreparedCommand {
    command: Command,
    sealed: Option<Vec<u8>>,
}

impl PreparedCommand {
    /// The command as it will be kept.
    pub fn command(&self) -> &Command {
        &self.command
    }
}

/// Checks a command for somebody who keeps it together with something of his own: call
/// [`insert_command`] within his transaction and [`CommandsHandle::wake`] after its commit.
///
/// # Errors
/// As [`send_command`].
pub async fn prepare_command(
    database: &Database,
    clock: &dyn Clock,
    sealing_key: &SealingKey,
    handle: &CommandsHandle,
    actor: &Actor,
    new: NewCommand,
) -> Result<PreparedCommand, CommandsError> {
    actor.check(Permission::SendCommands)?;
    if new.order.needs_secret() {
        actor.check(Permission::ManageDeviceSecrets)?;
    }
    let device = load_device(database, actor, new.device_id).await?;
    if !device.details.is_enabled {
        return Err(CommandsError::Invalid {
            field: "device_id",
            reason: "the device is switched off".to_owned(),
        });
    }
    new.order
        .check(device.details.edition, new.secret.as_ref())?;
    let wait_s = new
        .expires_after_s
        .unwrap_or(handle.settings().expires_after_s);
    if !(1..=LONGEST_WAIT_S).contains(&wait_s) {
        return Err(CommandsError::Invalid {
            field: "expires_after_s",
            reason: "must be 1 second to 7 days".to_owned(),
        });
    }
    let now = clock.now();
    let command = Command {
        id: new.id,
        device_id: new.device_id,
        order: new.order,
        created_by: actor.name.clone(),
        created_at: now,
        expires_at: now.plus_ms(i64::from(wait_s) * 1000),
        progress: Progress::queued(),
        revision: 1,
    };
    let sealed = new
        .secret
        .map(|secret| sealing_key.seal(&secret_subject(new.id), secret.reveal().as_bytes()))
        .transpose()?;
    Ok(PreparedCommand { command, sealed })
}

/// Keeps a prepared command with its first step and its entry in the audit trail.
///
/// # Errors
/// [`CommandsError::IdTaken`], [`CommandsError::Database`].
pub async fn insert_command(
    transaction: &mut Transaction,
    actor: &Actor,
    prepared: &PreparedCommand,
) -> Result<(), CommandsError> {
    if insert_prepared(transaction, actor, prepared).await? {
        Ok(())
    } else {
        Err(CommandsError::IdTaken {
            id: prepared.command.id,
        })
    }
}

async fn insert_prepared(
    transaction: &mut Transaction,
    actor: &Actor,
    prepared: &PreparedCommand,
) -> Result<bool, CommandsError> {
    let command = &prepared.command;
    if !store::insert(transaction, command, prepared.sealed.as_deref()).await? {
        return Ok(false);
    }
    let step = NewStep {
        at: command.created_at,
        kind: StepKind::Ordered,
        packet: None,
        note: Some(actor.name.clone()),
    };
    store::add_step(transaction, command.id, &step).await?;
    let (kind, parameters) = command.order.to_parts();
    let entry = AuditEntry::new(
        actor,
        "commands.send",
        format!("device:{}", command.device_id),
    )
    .after(format!(
        r#"{{"id":"{}","command":"{kind}","parameters":{parameters}}}"#,
        command.id
    ));
    audit::append(transaction, command.created_at, entry).await?;
    Ok(true)
}

async fn load_device(
    database: &Database,
    actor: &Actor,
    id: i64,
) -> Result<sites::Device, CommandsError> {
    sites::load_device(database, actor, DeviceId(id))
        .await
        .map_err(|error| match error {
            SitesError::NotFound { .. } => CommandsError::NoDevice { id },
            SitesError::Refused(refusal) => refusal.into(),
            error => error.into(),
        })
}

/// Lists commands to devices in the actor's part of the city, newest first.
///
/// # Errors
/// [`CommandsError::Refused`]; [`CommandsError::NoDevice`] when one device is asked for and is not
/// there.
pub async fn list_commands(
    database: &Database,
    actor: &Actor,
    filter: &CommandFilter,
) -> Result<Vec<Command>, CommandsError> {
    actor.check(Permission::ReadCommands)?;
    if let Some(id) = filter.device_id {
        load_device(database, actor, id).await?;
    }
    store::list(database, &ScopeFilter::of(&actor.scope), filter).await
}

/// A command with what happened to it.
///
/// # Errors
/// [`CommandsError::NotFound`], [`CommandsError::Refused`].
pub async fn load_command(
    database: &Database,
    actor: &Actor,
    id: Uuid,
) -> Result<(Command, Vec<CommandStep>), CommandsError> {
    actor.check(Permission::ReadCommands)?;
    let command = store::find(database, &ScopeFilter::of(&actor.scope), id)
        .await?
        .ok_or(CommandsError::NotFound { id })?;
    let steps = store::list_steps(database, id).await?;
    Ok((command, steps))
}

/// Takes a command back that was not sent yet.
///
/// # Errors
/// [`CommandsError::SentAlready`], [`CommandsError::Ended`], [`CommandsError::NotFound`],
/// [`CommandsError::Refused`].
pub async fn cancel_command(
    database: &Database,
    clock: &dyn Clock,
    handle: &CommandsHandle,
    actor: &Actor,
    id: Uuid,
) -> Result<Command, CommandsError> {
    actor.check(Permission::SendCommands)?;
    let scope = ScopeFilter::of(&actor.scope);
    let command = store::find(database, &scope, id)
        .await?
        .ok_or(CommandsError::NotFound { id })?;
    if command.progress.state.is_ended() {
        return Err(CommandsError::Ended { id });
    }
    if command.progress.state != CommandState::Queued {
        return Err(CommandsError::SentAlready { id });
    }
    let now = clock.now();
    let progress = Progress {
        state: CommandState::Cancelled,
        finished_at: Some(now),
        ..command.progress.clone()
    };
    let mut transaction = database.begin().await?;
    if !store::save(&mut transaction, &command, &progress).await? {
        // the dispatcher was quicker
        return Err(CommandsError::SentAlready { id });
    }
    let step = NewStep {
        at: now,
        kind: StepKind::Cancelled,
        packet: None,
        note: Some(actor.name.clone()),
    };
    store::add_step(&mut transaction, id, &step).await?;
    let entry = AuditEntry::new(actor, "commands.cancel", format!("command:{id}"))
        .before(r#"{"state":"queued"}"#)
        .after(r#"{"state":"cancelled"}"#);
    audit::append(&mut transaction, now, entry).await?;
    transaction.commit().await?;
    handle.wake();
    Ok(Command {
        progress,
        revision: command.revision + 1,
        ..command
    })
}
