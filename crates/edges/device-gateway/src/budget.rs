//! One budget of received bytes for all connections.

use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::Notify;

/// How many received bytes all connections hold, and how many they may.
#[derive(Debug)]
pub(crate) struct BufferBudget {
    limit: usize,
    used: AtomicUsize,
    has_room: Notify,
}

impl BufferBudget {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            used: AtomicUsize::new(0),
            has_room: Notify::new(),
        }
    }

    /// Counts bytes in; they are already there, so this cannot fail.
    pub(crate) fn add(&self, bytes: usize) {
        self.used.fetch_add(bytes, Ordering::AcqRel);
    }

    /// Counts bytes out.
    pub(crate) fn release(&self, bytes: usize) {
        if bytes == 0 {
            return;
        }
        let before = self.used.fetch_sub(bytes, Ordering::AcqRel);
        if before >= self.limit && before - bytes < self.limit {
            self.has_room.notify_waiters();
        }
    }

    /// Counts a buffer's change of length.
    pub(crate) fn change(&self, before: usize, after: usize) {
        if after >= before {
            self.add(after - before);
        } else {
            self.release(before - after);
        }
    }

    /// Whether reading must stop.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.used.load(Ordering::Acquire) >= self.limit
    }

    pub(crate) fn used(&self) -> usize {
        self.used.load(Ordering::Acquire)
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Completes when there is room.
    pub(crate) async fn wait(&self) {
        loop {
            let notified = self.has_room.notified();
            tokio::pin!(notified);
            notified.as_mut().enable();
            if !self.is_exhausted() {
                return;
            }
            notified.await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn waiting_ends_when_enough_is_released() {
        let budget = BufferBudget::new(10);
        budget.add(12);
        assert!(budget.is_exhausted());
        let waiting = budget.wait();
        tokio::pin!(waiting);
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        budget.release(1);
        assert!(futures_util::poll!(waiting.as_mut()).is_pending());
        budget.change(2, 0);
        waiting.await;
        assert_eq!(budget.used(), 9);
    }
}
