//! The listeners and their connections.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::header::HeaderValue;
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::connection::{Host, Tls};
use crate::redirect::Redirection;
use crate::seats::Seats;
use crate::{CertificateError, CertificateKeeper, HandshakeLimits, TrustedProxies};

/// After the system refused a connection, for want of files or memory, it is left alone for a while.
const BREATH: Duration = Duration::from_millis(100);

/// How the application is reached.
#[derive(Debug)]
pub struct Door {
    /// The certificate; none for plain HTTP.
    pub certificate: Option<Arc<CertificateKeeper>>,
    /// Bounds of handshakes.
    pub handshakes: HandshakeLimits,
    /// For how many days browsers come by TLS only; 0 tells them nothing.
    pub hsts_days: u32,
    /// Where plain HTTP is sent on to TLS.
    pub redirect: Option<TcpListener>,
    /// What browsers call this server, such as `https://host`, where it is known.
    pub public_url: Option<String>,
    /// Proxies whose word is believed.
    pub proxies: TrustedProxies,
    /// Connections at a time.
    pub max_connections: usize,
    /// Connections from one address that is no proxy.
    pub max_connections_per_address: usize,
}

/// A listener that is ready to serve.
#[derive(Debug)]
pub struct WebServer {
    listener: TcpListener,
    redirect: Option<TcpListener>,
    host: HostDebug,
    seats: Arc<Seats>,
}

/// [`Host`] has parts that cannot be shown.
struct HostDebug(Host);

impl std::fmt::Debug for HostDebug {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Host(…)")
    }
}

impl WebServer {
    /// Puts an application behind a door.
    ///
    /// # Errors
    /// When TLS cannot be set up, or the listener has no address.
    pub fn new(listener: TcpListener, door: Door, application: Router) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let limits = door.handshakes;
        let tls = door.certificate.as_ref().map(|certificate| {
            let acceptor = certificate.acceptor()?;
            let redirection = Redirection::new(door.public_url.clone(), address);
            Ok::<_, CertificateError>(Tls {
                acceptor,
                limits,
                handshakes: Seats::new(limits.most, limits.most_each),
                redirection,
                hsts: hsts(door.hsts_days),
            })
        });
        let tls = tls.transpose().map_err(io::Error::other)?;
        let host = Host {
            application,
            is_for_proxies: tls.is_none() && !address.ip().to_canonical().is_loopback(),
            tls,
            proxies: Arc::new(door.proxies),
            stop: CancellationToken::new(),
            cut: CancellationToken::new(),
        };
        Ok(Self {
            listener,
            redirect: door.redirect,
            host: HostDebug(host),
            seats: Seats::new(door.max_connections, door.max_connections_per_address),
        })
    }

    /// Serves until `stop`; then answers that are under way may take so long, and what is left is
    /// cut.
    pub async fn run(self, stop: CancellationToken, last_answers: Duration) {
        let HostDebug(mut host) = self.host;
        host.stop = stop.clone();
        let connections = TaskTracker::new();
        let hall = Hall {
            seats: self.seats,
            host: host.clone(),
            connections: connections.clone(),
        };
        let redirect = async {
            match self.redirect {
                Some(listener) => hall.receive(&listener, Host::send_on).await,
                None => stop.cancelled().await,
            }
        };
        tokio::join!(hall.receive(&self.listener, Host::attend), redirect);
        drop(self.listener);
        connections.close();
        if tokio::time::timeout(last_answers, connections.wait())
            .await
            .is_err()
        {
            tracing::info!("open connections to the web are cut");
            host.cut.cancel();
            connections.wait().await;
        }
    }
}

/// Where connections are received.
struct Hall {
    seats: Arc<Seats>,
    host: Host,
    connections: TaskTracker,
}

impl Hall {
    async fn receive<F, R>(&self, listener: &TcpListener, attend: F)
    where
        F: Fn(Host, TcpStream, SocketAddr) -> R,
        R: Future<Output = ()> + Send + 'static,
    {
        loop {
            let accepted = tokio::select! {
                accepted = listener.accept() => accepted,
                () = self.host.stop.cancelled() => return,
            };
            let (stream, peer) = match accepted {
                Ok((stream, peer)) => (
                    stream,
                    SocketAddr::new(peer.ip().to_canonical(), peer.port()),
                ),
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(BREATH).await;
                    continue;
                }
            };
            let seat = if self.host.proxies.contains(peer.ip()) {
                self.seats.take_for_proxy(peer.ip())
            } else {
                self.seats.take(peer.ip())
            };
            let Some(seat) = seat else {
                tracing::debug!(%peer, "hung up: too many connections are open");
                continue;
            };
            if let Err(error) = stream.set_nodelay(true) {
                tracing::debug!(%peer, %error, "connection ended");
                continue;
            }
            let attended = attend(self.host.clone(), stream, peer);
            self.connections.spawn(async move {
                attended.await;
                drop(seat);
            });
        }
    }
}

fn hsts(days: u32) -> Option<HeaderValue> {
    let seconds = u64::from(days) * 86_400;
    (days > 0)
        .then(|| HeaderValue::from_str(&format!("max-age={seconds}")).ok())
        .flatten()
}
