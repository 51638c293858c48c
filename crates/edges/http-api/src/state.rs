//! What every handler can reach.

use std::sync::Arc;

use beijing_time::{Clock, Timestamp};
use database::Database;

/// Shared by all handlers; cloning is cheap.
#[derive(Debug, Clone)]
pub struct ApiState {
    /// The two stores.
    pub database: Database,
    /// The clock.
    pub clock: Arc<dyn Clock>,
}

impl ApiState {
    /// The present instant.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
