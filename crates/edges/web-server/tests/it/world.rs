//! A server with a certificate of its own authority, and clients that trust it.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::routing::get;
use beijing_time::{FixedClock, Timestamp};
use futures_util::{StreamExt, stream};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, SupportedProtocolVersion};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::sync::CancellationToken;
use web_server::{
    CertificateKeeper, Door, HandshakeLimits, ProxyHeader, TlsSettings, TrustedProxies, WebServer,
};

/// Nothing takes longer than this in a test that passes.
pub(crate) const PATIENCE: Duration = Duration::from_mins(1);
pub(crate) const NOW: &str = "2026-03-01T08:00:00+08:00";

/// An authority whose certificates the tests' clients trust.
pub(crate) struct Authority(CertifiedIssuer<'static, KeyPair>);

/// A certificate and its key as PEM.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        Self(CertifiedIssuer::self_signed(params, key).unwrap())
    }

    /// For `localhost`, until the end of a year.
    pub(crate) fn issue(&self, last_year: i32) -> Pair {
        let mut params = CertificateParams::new(vec!["localhost".to_owned()]).unwrap();
        params.not_before = rcgen::date_time_ymd(2020, 1, 1);
        params.not_after = rcgen::date_time_ymd(last_year, 12, 31);
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.0).unwrap();
        Pair {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
        }
    }
}

/// The files of a server's TLS.
pub(crate) struct Files {
    folder: TempDir,
}

impl Files {
    pub(crate) fn new(pair: &Pair) -> Self {
        let files = Self {
            folder: TempDir::new().unwrap(),
        };
        files.put(&pair.certificate, &pair.key);
        files
    }

    pub(crate) fn put(&self, certificate: &str, key: &str) {
        std::fs::write(self.path("chain.pem"), certificate).unwrap();
        std::fs::write(self.path("key.pem"), key).unwrap();
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn settings(&self) -> TlsSettings {
        TlsSettings {
            enabled: true,
            certificate_file: self.path("chain.pem"),
            key_file: self.path("key.pem"),
            ..TlsSettings::default()
        }
    }

    pub(crate) fn keeper(&self) -> Arc<CertificateKeeper> {
        let now: Timestamp = NOW.parse().unwrap();
        CertificateKeeper::open(&self.settings(), Arc::new(FixedClock::new(now))).unwrap()
    }
}

/// A running server.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    pub(crate) redirect: SocketAddr,
    pub(crate) stop: CancellationToken,
    /// Lets the answer of `/held` go.
    pub(crate) release: Arc<Notify>,
    /// Says that somebody waits for it.
    pub(crate) held: Arc<Notify>,
    pub(crate) running: JoinHandle<()>,
}

pub(crate) struct Plan {
    pub(crate) keeper: Option<Arc<CertificateKeeper>>,
    pub(crate) handshakes: HandshakeLimits,
    pub(crate) proxies: &'static str,
    pub(crate) listen: &'static str,
    pub(crate) max_connections: usize,
    pub(crate) last_answers: Duration,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            keeper: None,
            handshakes: HandshakeLimits::default(),
            proxies: "",
            listen: "127.0.0.1:0",
            max_connections: 100,
            last_answers: PATIENCE,
        }
    }
}

impl TestServer {
    pub(crate) async fn start(plan: Plan) -> Self {
        let listener = TcpListener::bind(plan.listen).await.unwrap();
        let redirect = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let redirect_address = redirect.local_addr().unwrap();
        let (release, held) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let has_tls = plan.keeper.is_some();
        let door = Door {
            certificate: plan.keeper,
            handshakes: plan.handshakes,
            hsts_days: 1,
            redirect: has_tls.then_some(redirect),
            public_url: None,
            proxies: TrustedProxies::parse(plan.proxies, ProxyHeader::XForwardedFor).unwrap(),
            max_connections: plan.max_connections,
            max_connections_per_address: plan.max_connections,
        };
        let application = application(Arc::clone(&release), Arc::clone(&held));
        let server = WebServer::new(listener, door, application).unwrap();
        let stop = CancellationToken::new();
        let running = tokio::spawn(server.run(stop.clone(), plan.last_answers));
        Self {
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            redirect: redirect_address,
            stop,
            release,
            held,
            running,
        }
    }

    /// Asks by plain HTTP, with further lines of the head.
    pub(crate) async fn ask_plainly(&self, address: SocketAddr, head: &str) -> String {
        let mut stream = TcpStream::connect(address).await.unwrap();
        ask(&mut stream, head).await
    }

    pub(crate) async fn connect(&self, authority: &Authority) -> TlsStream<TcpStream> {
        connect(self.address, client(authority, &[])).await.unwrap()
    }
}

/// `/who` says who asks for which host, `/held` waits, `/stream` goes on for ever.
fn application(release: Arc<Notify>, held: Arc<Notify>) -> Router {
    Router::new()
        .route(
            "/who",
            get(
                |ConnectInfo(client): ConnectInfo<SocketAddr>, headers: HeaderMap| async move {
                    let host = headers
                        .get("host")
                        .map(|host| host.to_str().unwrap().to_owned());
                    format!("{} {}", client.ip(), host.unwrap_or_default())
                },
            ),
        )
        .route(
            "/held",
            get(async move || {
                held.notify_one();
                release.notified().await;
                "let go"
            }),
        )
        .route(
            "/stream",
            get(async || {
                let first =
                    stream::once(async { Ok::<_, std::io::Error>(Bytes::from("data: 1\n\n")) });
                Body::from_stream(first.chain(stream::pending()))
            }),
        )
}

/// A client's settings with the authority's certificate as the only one it trusts.
pub(crate) fn client(authority: &Authority, protocols: &[&[u8]]) -> ClientConfig {
    let mut config = client_of(authority, rustls::DEFAULT_VERSIONS);
    config.alpn_protocols = protocols.iter().map(|name| name.to_vec()).collect();
    config
}

/// The same with these versions of TLS only.
pub(crate) fn client_of(
    authority: &Authority,
    versions: &[&'static SupportedProtocolVersion],
) -> ClientConfig {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(authority.0.der().clone()).unwrap();
    ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth()
}

pub(crate) async fn connect(
    address: SocketAddr,
    config: ClientConfig,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

/// Sends a head and reads until the server closes or has answered with a length.
pub(crate) async fn ask<S>(stream: &mut S, head: &str) -> String
where
    S: AsyncReadExt + AsyncWriteExt + Unpin,
{
    let request = format!("{head}\r\nHost: localhost:1\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await;
    read.expect("an answer in time").unwrap();
    String::from_utf8(answer).unwrap()
}

/// Reads until some text has come.
pub(crate) async fn read_until<S: AsyncReadExt + Unpin>(stream: &mut S, text: &str) {
    let mut seen = Vec::new();
    let reading = async {
        while !String::from_utf8_lossy(&seen).contains(text) {
            let read = stream.read_buf(&mut seen).await.unwrap();
            assert!(read > 0, "ended before `{text}`: {seen:?}");
        }
    };
    tokio::time::timeout(PATIENCE, reading).await.expect(text);
}

/// Whether the server has hung up.
pub(crate) async fn is_hung_up<S: AsyncReadExt + Unpin>(stream: &mut S) -> bool {
    let mut rest = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
    read.is_ok()
}
