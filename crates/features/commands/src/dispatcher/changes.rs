//! What a command that the device has taken changes here: its password, its key, its time-outs.

use access::Actor;
use sites::{
    DeviceDetails, DeviceId, DeviceKey, DevicePassword, Expected, SecretChange, Secrets, SitesError,
};

use super::Dispatcher;
use crate::model::{Command, CommandState, NewStep, StepKind};
use crate::order::{Order, Secret};
use crate::rules::Saying;
use crate::service::secret_subject;
use crate::{CommandsError, store};

impl Dispatcher {
    pub(super) async fn open_secret(
        &self,
        command: &Command,
    ) -> Result<Option<Secret>, CommandsError> {
        if !command.order.needs_secret() {
            return Ok(None);
        }
        let Some(sealed) = store::find_secret(&self.parts.database, command.id).await? else {
            return Ok(None);
        };
        let key = self.parts.directory.sealing_key();
        let plain = key.open(&secret_subject(command.id), &sealed)?;
        Ok(Some(Secret::new(String::from_utf8_lossy(&plain))))
    }

    /// Lets the gateway take the new password beside the old one until the change has ended.
    pub(super) async fn accept_new_password(&self, command: &Command) -> Result<(), CommandsError> {
        let secret = match self.open_secret(command).await {
            // said when the packet is built
            Err(CommandsError::Sealing(_)) => None,
            other => other?,
        };
        self.parts
            .connections
            .presence(command.device_id)
            .set_pending_password(secret.map(|secret| DevicePassword::new(secret.reveal())));
        Ok(())
    }

    /// The change of password of a device that has just used the new one.
    pub(super) fn find_new_password(&self, device_id: i64, saying: &Saying) -> Option<Command> {
        let change = self.open.values().find(|command| {
            command.device_id == device_id
                && matches!(command.order, Order::SetPassword {})
                && command.progress.state != CommandState::Queued
        })?;
        let password = saying.password.as_ref()?;
        let is_new = self
            .parts
            .connections
            .find(device_id)?
            .accepts_pending(password.reveal().as_bytes());
        is_new.then(|| change.clone())
    }

    /// The device has taken a new password or key: it is in force here too.
    pub(super) async fn change_secret(&self, command: &Command) -> Result<(), CommandsError> {
        let Some(secret) = self.open_secret(command).await? else {
            return Ok(());
        };
        let secrets = match &command.order {
            Order::RenewKey {} => {
                let Ok(bytes) = <[u8; 16]>::try_from(secret.reveal().as_bytes()) else {
                    return Ok(());
                };
                Secrets {
                    key: SecretChange::Set(DeviceKey::new(bytes)),
                    ..Secrets::default()
                }
            }
            _ => Secrets::with_password(secret.reveal()),
        };
        self.change_device(command, secrets, |_details| {}).await?;
        let step = NewStep {
            at: self.now(),
            kind: StepKind::SecretChanged,
            packet: None,
            note: None,
        };
        let mut transaction = self.parts.database.begin().await?;
        store::add_step(&mut transaction, command.id, &step).await?;
        transaction.commit().await?;
        Ok(())
    }

    /// Changes a device as a command that it has taken wants it, whoever else changes it too.
    pub(super) async fn change_device(
        &self,
        command: &Command,
        secrets: Secrets,
        change: impl Fn(&mut DeviceDetails),
    ) -> Result<(), CommandsError> {
        let actor = Actor::system("commands");
        let database = &self.parts.database;
        let id = DeviceId(command.device_id);
        let mut attempts = 0;
        loop {
            let device = sites::load_device(database, &actor, id).await?;
            let mut details = device.details;
            change(&mut details);
            let changed = sites::update_device(
                database,
                self.parts.clock.as_ref(),
                self.parts.directory.sealing_key(),
                &actor,
                Expected {
                    id,
                    revision: device.revision,
                },
                (details, secrets.clone()),
            )
            .await;
            attempts += 1;
            match changed {
                Err(SitesError::Stale { .. }) if attempts < 5 => {}
                changed => {
                    changed?;
                    break;
                }
            }
        }
        self.parts.directory.reload(database).await?;
        Ok(())
    }
}
