//! The present directory, shared by the whole program.

use std::sync::{Arc, PoisonError, RwLock};

use database::Database;

use crate::directory::DeviceDirectory;
use crate::{SealingKey, SitesError, store};

/// Gives the present directory and swaps in a new one when the database has changed. Cloning is
/// cheap; all clones share it.
#[derive(Debug, Clone)]
pub struct DirectoryHandle {
    present: Arc<RwLock<Arc<DeviceDirectory>>>,
    sealing_key: Arc<SealingKey>,
}

impl DirectoryHandle {
    /// Reads the directory for the first time.
    ///
    /// # Errors
    /// [`SitesError::Database`], [`SitesError::Unreadable`].
    pub async fn open(database: &Database, sealing_key: SealingKey) -> Result<Self, SitesError> {
        let directory = DeviceDirectory::load(database, &sealing_key).await?;
        Ok(Self {
            present: Arc::new(RwLock::new(Arc::new(directory))),
            sealing_key: Arc::new(sealing_key),
        })
    }

    /// The present directory, to be kept for one piece of work.
    pub fn current(&self) -> Arc<DeviceDirectory> {
        Arc::clone(&self.present.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The installation's key, for use cases that seal secrets.
    pub fn sealing_key(&self) -> &SealingKey {
        &self.sealing_key
    }

    /// Reads the directory anew, whether it changed or not.
    ///
    /// # Errors
    /// As [`DirectoryHandle::open`]; the present directory then stays.
    pub async fn reload(&self, database: &Database) -> Result<Arc<DeviceDirectory>, SitesError> {
        let directory = Arc::new(DeviceDirectory::load(database, &self.sealing_key).await?);
        let mut present = self.present.write().unwrap_or_else(PoisonError::into_inner);
        // two reloads can overtake each other: the newer one stays
        if directory.version() >= present.version() {
            *present = directory;
        }
        Ok(Arc::clone(&present))
    }

    /// Reads the directory anew if the database has changed, by this process or another; says
    /// whether it had.
    ///
    /// # Errors
    /// As [`DirectoryHandle::open`]; the present directory then stays.
    pub async fn reload_if_changed(&self, database: &Database) -> Result<bool, SitesError> {
        if store::load_version(database).await? == self.current().version() {
            return Ok(false);
        }
        self.reload(database).await?;
        Ok(true)
    }
}
