//! Accepts connections within the limits and runs a task for each.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use socket2::{SockRef, TcpKeepalive};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::TaskTracker;

use crate::connection::ConnectionTask;
use crate::events::{AcceptFailed, ConnectionClosed, ConnectionOpened, ConnectionRefused, Event};
use crate::gateway::Shared;

/// How many connections each address has.
#[derive(Debug, Default)]
pub(crate) struct Addresses(Mutex<HashMap<IpAddr, usize>>);

impl Addresses {
    fn try_enter(&self, address: IpAddr, limit: usize) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry(address).or_default();
        if *count >= limit {
            return false;
        }
        *count += 1;
        true
    }

    fn leave(&self, address: IpAddr) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&address) {
            *count -= 1;
            if *count == 0 {
                counts.remove(&address);
            }
        }
    }
}

/// Accepts until the gateway stops.
pub(crate) async fn listen(shared: Arc<Shared>, listener: TcpListener, tasks: TaskTracker) {
    const SHORTEST: Duration = Duration::from_millis(20);
    const LONGEST: Duration = Duration::from_secs(2);
    let mut pause = SHORTEST;
    loop {
        let accepted = tokio::select! {
            () = shared.stopping.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                pause = SHORTEST;
                admit(&shared, stream, peer, &tasks);
            }
            Err(error) => {
                // Such as no file descriptors left: a short rest lets others close.
                AcceptFailed { error: &error }.emit(&shared.live.counters);
                tokio::select! {
                    () = shared.stopping.cancelled() => return,
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(LONGEST);
            }
        }
    }
}

/// Lets the system ask for a peer that says nothing and takes nothing, so that one that has vanished
/// (a modem without power, a network address that was given away) does not hold its place for hours.
fn watch_peer(stream: &TcpStream) {
    const SILENT: Duration = Duration::from_mins(1);
    const BETWEEN: Duration = Duration::from_secs(15);
    const TIMES: u32 = 4;
    let socket = SockRef::from(stream);
    let keepalive = TcpKeepalive::new()
        .with_time(SILENT)
        .with_interval(BETWEEN)
        .with_retries(TIMES);
    // A connection without it works, and its idle time ends it.
    if let Err(error) = socket.set_tcp_keepalive(&keepalive) {
        tracing::debug!(%error, "a connection cannot be watched: {error}");
    }
}

fn admit(shared: &Arc<Shared>, stream: TcpStream, peer: SocketAddr, tasks: &TaskTracker) {
    let address = peer.ip().to_canonical();
    let settings = &shared.settings;
    let refused = |is_by_address| {
        ConnectionRefused {
            address,
            is_by_address,
        }
        .emit(&shared.live.counters);
    };
    if shared.live.count_connections() >= settings.max_connections {
        return refused(false);
    }
    if !shared
        .addresses
        .try_enter(address, settings.max_connections_per_address)
    {
        return refused(true);
    }
    // Answers are small and waited for.
    let _ = stream.set_nodelay(true);
    watch_peer(&stream);
    let link = shared.open_link(peer);
    ConnectionOpened {
        connection_id: link.id,
        peer,
    }
    .emit(&shared.live.counters);
    let task = ConnectionTask::new(Arc::clone(shared), Arc::clone(&link), stream);
    let shared = Arc::clone(shared);
    tasks.spawn(async move {
        let (reason, session) = task.run().await;
        // Whoever still holds the link must not write into it.
        link.end(reason);
        shared.addresses.leave(link.peer.ip().to_canonical());
        shared.close_link(&link, session);
        ConnectionClosed {
            connection_id: link.id,
            peer: link.peer,
            reason,
            packets: commands::Connection::traffic(link.as_ref()).packets,
        }
        .emit(&shared.live.counters);
    });
}
