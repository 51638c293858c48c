//! What was interpreted goes on to alarms: whole batches of the journal, each once and in order,
//! and the readings that the platform takes of itself.
//!
//! Alarms keep how far they have read with what they found. At a start, and whenever the live feed
//! was faster than alarms, what is missing is interpreted again from the journal, so that nothing
//! is lost; what was taken in before is passed over, so that nobody is called twice.

mod mapping;
mod platform;

use std::time::Duration;

use alarms::{ALARM_READER, AlarmFeed, Observed};
use beijing_time::Timestamp;
use database::Database;
use monitoring::{InterpretedBatch, LiveFeed, MonitoringError, journal};
use sites::DirectoryHandle;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio_util::sync::CancellationToken;

pub use mapping::observe_batch;
pub use platform::{CertificateEnd, ForwardingLags, PlatformSources};

use platform::DeviceClocks;

/// How often the platform's own state is read.
const PLATFORM_PAUSE: Duration = Duration::from_secs(5);
/// How long after a failure it is tried again.
const RETRY: Duration = Duration::from_secs(1);
/// The reader whose records are committed.
const INTERPRETER: &str = "interpreter";

/// What the adapter works with.
#[derive(Debug)]
pub struct AlarmAdapter {
    /// Where the journal is.
    pub database: Database,
    /// Which factor belongs to which point.
    pub directory: DirectoryHandle,
    /// What has just been interpreted.
    pub live: LiveFeed,
    /// Where observations go.
    pub alarms: AlarmFeed,
    /// The platform's own state.
    pub platform: PlatformSources,
}

/// Why the adapter had to stop or to try again.
#[derive(Debug, thiserror::Error)]
enum AdapterError {
    #[error(transparent)]
    Monitoring(#[from] MonitoringError),
    /// Alarms take no more.
    #[error("alarms have stopped")]
    Stopped,
}

struct Work {
    adapter: AlarmAdapter,
    receiver: broadcast::Receiver<monitoring::Interpreted>,
    /// The last batch handed over; not known before the checkpoint was read.
    handed: Option<i64>,
    device_clocks: DeviceClocks,
}

/// Feeds alarms until `stop`, or until alarms stop.
pub async fn feed_alarms(adapter: AlarmAdapter, stop: CancellationToken) {
    let receiver = adapter.live.subscribe();
    let mut work = Work {
        adapter,
        receiver,
        handed: None,
        device_clocks: DeviceClocks::default(),
    };
    let mut was_failing = false;
    loop {
        let result = tokio::select! {
            () = stop.cancelled() => return,
            result = work.run() => result,
        };
        let Err(AdapterError::Monitoring(error)) = result else {
            return;
        };
        // said once when it begins; the platform's own readings say the rest
        if !was_failing {
            tracing::error!(%error, "alarms cannot read the journal; it is tried again");
        }
        was_failing = true;
        tokio::select! {
            () = stop.cancelled() => return,
            () = tokio::time::sleep(RETRY) => {}
        }
    }
}

impl Work {
    /// Catches up, then follows; ends only with an error.
    async fn run(&mut self) -> Result<(), AdapterError> {
        self.catch_up().await?;
        self.hand_over(Observed {
            is_present: true,
            ..Observed::default()
        })
        .await?;
        let mut readings = tokio::time::interval(PLATFORM_PAUSE);
        readings.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                _instant = readings.tick() => self.read_platform().await?,
                received = self.receiver.recv() => match received {
                    Ok(batch) => self.follow(&batch).await?,
                    Err(RecvError::Lagged(_)) => self.catch_up().await?,
                    // the feed lives in this very adapter
                    Err(RecvError::Closed) => return Err(AdapterError::Stopped),
                },
            }
        }
    }

    async fn hand_over(&self, observed: Observed) -> Result<(), AdapterError> {
        if self.adapter.alarms.observe(observed).await {
            Ok(())
        } else {
            Err(AdapterError::Stopped)
        }
    }

    /// Takes a batch of the live feed, and before it those that the feed left out.
    async fn follow(&mut self, batch: &InterpretedBatch) -> Result<(), AdapterError> {
        self.reinterpret_to(batch.batch_id - 1).await?;
        if self.handed().await? < batch.batch_id {
            self.take(batch).await?;
        }
        Ok(())
    }

    async fn take(&mut self, batch: &InterpretedBatch) -> Result<(), AdapterError> {
        self.device_clocks.take_note(batch);
        self.hand_over(Observed {
            observations: observe_batch(batch),
            batch_id: Some(batch.batch_id),
            is_present: false,
        })
        .await?;
        self.handed = Some(batch.batch_id);
        Ok(())
    }

    /// The last batch handed over.
    async fn handed(&mut self) -> Result<i64, AdapterError> {
        if let Some(handed) = self.handed {
            return Ok(handed);
        }
        let kept = journal::load_checkpoint(&self.adapter.database, ALARM_READER).await?;
        self.handed = Some(kept);
        Ok(kept)
    }

    /// Takes everything whose records are committed.
    async fn catch_up(&mut self) -> Result<(), AdapterError> {
        let committed = journal::load_checkpoint(&self.adapter.database, INTERPRETER).await?;
        self.reinterpret_to(committed).await
    }

    async fn reinterpret_to(&mut self, to_batch: i64) -> Result<(), AdapterError> {
        loop {
            let handed = self.handed().await?;
            if handed >= to_batch {
                return Ok(());
            }
            let (database, directory) = (&self.adapter.database, &self.adapter.directory);
            let next = monitoring::reinterpret_next(database, directory, handed, to_batch).await?;
            match next {
                Some(batch) => self.take(&batch).await?,
                // what is not in the journal any more was read before
                None => self.handed = Some(to_batch),
            }
        }
    }

    async fn read_platform(&mut self) -> Result<(), AdapterError> {
        let now = self.adapter.platform.clock.now();
        let offset = self.device_clocks.platform_offset_ms(now);
        let observations = self.adapter.platform.read(now, offset).await;
        self.hand_over(Observed {
            observations,
            batch_id: None,
            is_present: true,
        })
        .await
    }
}

/// Milliseconds as seconds, exactly.
fn seconds(milliseconds: i64) -> exact_decimal::Decimal {
    exact_decimal::Decimal::from_mantissa_and_scale(milliseconds, 3).unwrap_or_default()
}

/// How long ago an instant was, never below zero.
fn age_ms(now: Timestamp, then: Timestamp) -> i64 {
    now.ms_since(then).max(0)
}
