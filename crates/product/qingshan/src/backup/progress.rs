//! How far a long command has come, and whether it was told to stop.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

/// A bar on a terminal, nothing elsewhere; hears Ctrl-C and SIGTERM.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    is_stopped: Arc<AtomicBool>,
}

impl Progress {
    /// Begins to listen for the wish to stop.
    pub(crate) fn new() -> Self {
        let bar = ProgressBar::new(1);
        bar.enable_steady_tick(Duration::from_millis(200));
        let is_stopped = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&is_stopped);
        tokio::spawn(async move {
            let terminate = async {
                match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
                    Ok(mut signal) => {
                        signal.recv().await;
                    }
                    // Ctrl-C is heard at least
                    Err(_deaf) => std::future::pending().await,
                }
            };
            tokio::select! {
                _asked = tokio::signal::ctrl_c() => {}
                () = terminate => {}
            }
            flag.store(true, Ordering::Relaxed);
        });
        Self { bar, is_stopped }
    }

    /// Begins a step that counts bytes.
    pub(crate) fn begin_bytes(&self, what: &str, bytes: u64) {
        self.begin(
            "{msg} {wide_bar} {binary_bytes}/{binary_total_bytes} {eta}",
            what,
            bytes,
        );
    }

    /// Begins a step that counts pages.
    pub(crate) fn begin_pages(&self, what: &str) {
        self.begin("{msg} {wide_bar} {percent} % {eta}", what, 1);
    }

    /// Begins a step whose end is not known.
    pub(crate) fn begin_rows(&self, what: &str) {
        self.begin("{spinner} {msg} {human_pos}", what, 0);
    }

    fn begin(&self, template: &str, what: &str, length: u64) {
        let style = ProgressStyle::with_template(template);
        self.bar
            .set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.bar.set_message(what.to_owned());
        self.bar.set_length(length);
        self.bar.set_position(0);
    }

    /// The step is at a row of a table.
    pub(crate) fn tell(&self, table: &str, rows: i64) {
        self.bar.set_message(table.to_owned());
        self.bar.set_position(u64::try_from(rows).unwrap_or(0));
    }

    /// The step has come to `done` of `all`.
    pub(crate) fn put(&self, done: u64, all: u64) {
        self.bar.set_length(all);
        self.bar.set_position(done);
    }

    /// The step has come on by so much.
    pub(crate) fn advance(&self, by: u64) {
        self.bar.inc(by);
    }

    /// Whether somebody wants the command to end.
    pub(crate) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// # Errors
    /// When somebody wants the command to end.
    pub(crate) fn check(&self) -> std::io::Result<()> {
        if self.is_stopped() {
            Err(std::io::Error::other("stopped before the end"))
        } else {
            Ok(())
        }
    }

    /// Removes the bar.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}
