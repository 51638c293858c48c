//! A bell that rings when somebody's session or rights have changed.

use tokio::sync::watch;

/// Rings after a change was committed that may end what somebody may see: streams that go on for
/// hours look again then whether they still may. Clones share the bell. Changes made by another
/// process are not heard.
#[derive(Debug, Clone)]
pub struct AccessChanges(watch::Sender<u64>);

impl Default for AccessChanges {
    fn default() -> Self {
        Self(watch::Sender::new(0))
    }
}

impl AccessChanges {
    /// Hears the bell from now on.
    pub fn listen(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }

    pub(crate) fn ring(&self) {
        self.0.send_modify(|count| *count = count.wrapping_add(1));
    }
}
