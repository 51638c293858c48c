//! News of verdicts for whoever listens, such as open pages.

use std::sync::Arc;

use tokio::sync::broadcast;

use crate::VerdictNews;

/// Runs whose news wait for a slow listener; who is slower is told that it missed some.
const WAITING: usize = 64;

/// Where news come out. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct VerdictFeed(broadcast::Sender<Arc<Vec<VerdictNews>>>);

impl Default for VerdictFeed {
    fn default() -> Self {
        Self(broadcast::Sender::new(WAITING))
    }
}

impl VerdictFeed {
    /// Tells news; without listeners nobody is told.
    pub fn publish(&self, news: Vec<VerdictNews>) {
        if !news.is_empty() {
            // an error says that nobody listens
            let _listeners = self.0.send(Arc::new(news));
        }
    }

    /// Listens from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Vec<VerdictNews>>> {
        self.0.subscribe()
    }
}
