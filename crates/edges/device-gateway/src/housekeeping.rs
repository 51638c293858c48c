//! Once a second: which connections are idle, slow, do not read, or hold too much. No connection
//! needs a timer of its own.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::events::{EndReason, Event, MemoryShort};
use crate::gateway::Shared;
use crate::link::Link;

const PERIOD: Duration = Duration::from_secs(1);

/// Runs until the gateway has stopped.
pub(crate) async fn keep_house(shared: Arc<Shared>) {
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = shared.stopped.cancelled() => return,
            _ = ticks.tick() => {}
        }
        check_connections(&shared);
    }
}

fn check_connections(shared: &Shared) {
    let now = shared.monotonic_ms();
    let links = shared.list_links();
    for link in &links {
        if let Some(reason) = judge(shared, link, now) {
            link.end(reason);
        }
    }
    if shared.budget.is_exhausted() {
        cut_largest(shared, links);
    }
}

fn judge(shared: &Shared, link: &Link, now: u64) -> Option<EndReason> {
    let settings = &shared.settings;
    let is_over =
        |since: u64, limit_s: u64| since > 0 && now.saturating_sub(since) > limit_s * 1000;
    if is_over(
        link.frame_since.load(Ordering::Relaxed),
        settings.frame_timeout_s,
    ) {
        return Some(EndReason::Slow);
    }
    if is_over(
        link.write_since.load(Ordering::Relaxed),
        settings.write_timeout_s,
    ) {
        return Some(EndReason::NotReading);
    }
    let last_read = link.last_read.load(Ordering::Relaxed);
    if is_over(last_read, settings.idle_timeout_s) {
        return Some(EndReason::Idle);
    }
    let is_stranger = commands::Connection::traffic(link).packets == 0;
    (is_stranger && is_over(link.opened_monotonic_ms, settings.first_packet_timeout_s))
        .then_some(EndReason::Idle)
}

/// Ends the connections with the most unfinished bytes until a quarter of the budget is free, or
/// what is left belongs to packets that wait for their commit.
fn cut_largest(shared: &Shared, mut links: Vec<Arc<Link>>) {
    let held = |link: &Arc<Link>| link.buffered.load(Ordering::Acquire);
    links.retain(|link| link.frame_since.load(Ordering::Relaxed) > 0 && held(link) > 0);
    // Of two that hold the same, the older goes.
    links.sort_by_key(|link| {
        (
            std::cmp::Reverse(held(link)),
            link.frame_since.load(Ordering::Relaxed),
        )
    });
    let (used, limit) = (shared.budget.used(), shared.budget.limit());
    let mut excess = used.saturating_sub(limit / 4 * 3);
    let mut cut = 0;
    for link in links {
        if excess == 0 {
            break;
        }
        excess = excess.saturating_sub(held(&link));
        link.end(EndReason::CutForMemory);
        cut += 1;
    }
    if cut > 0 {
        MemoryShort { used, limit, cut }.emit(&shared.live.counters);
    }
}
