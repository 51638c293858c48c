//! One connection, from its first byte to its last answer.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::response::IntoResponse;
use hyper::body::Incoming;
use hyper::header::{HOST, HeaderValue, STRICT_TRANSPORT_SECURITY};
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::redirect::Redirection;
use crate::seats::Seats;
use crate::{HandshakeLimits, TrustedProxies};

/// The head of a request comes within this time, or the connection ends; also between requests.
const HEAD_PATIENCE: Duration = Duration::from_secs(30);
/// A browser that went away without a word is noticed after twice this time (HTTP/2).
const PING_EVERY: Duration = Duration::from_secs(20);
/// Requests of one HTTP/2 connection at a time.
const MOST_STREAMS: u32 = 128;
/// The first byte of a handshake: a record of type handshake (RFC 8446, 5.1).
const HANDSHAKE_RECORD: u8 = 22;

const PROXY_ONLY: &str = "This port is for the reverse proxy named in http.trusted_proxies only, \
     for it has no TLS.\n";

/// What all connections share.
#[derive(Clone)]
pub(crate) struct Host {
    pub(crate) application: Router,
    pub(crate) tls: Option<Tls>,
    pub(crate) proxies: Arc<TrustedProxies>,
    /// Whether only proxies and this machine are served.
    pub(crate) is_for_proxies: bool,
    pub(crate) stop: CancellationToken,
    pub(crate) cut: CancellationToken,
}

/// What TLS needs.
#[derive(Clone)]
pub(crate) struct Tls {
    pub(crate) acceptor: TlsAcceptor,
    pub(crate) limits: HandshakeLimits,
    pub(crate) handshakes: Arc<Seats>,
    pub(crate) redirection: Redirection,
    /// `Strict-Transport-Security`.
    pub(crate) hsts: Option<HeaderValue>,
}

/// What a connection is answered with.
#[derive(Clone)]
enum Answers {
    Application(Option<HeaderValue>),
    Redirection(Redirection),
    ForProxiesOnly,
}

/// What came out of a client's first bytes.
enum Greeting {
    Tls(Box<tokio_rustls::server::TlsStream<TcpStream>>),
    Plain(TcpStream),
}

impl Host {
    /// Serves the application, over TLS where it is set.
    pub(crate) async fn attend(self, stream: TcpStream, peer: SocketAddr) {
        let Some(tls) = self.tls.clone() else {
            let is_welcome =
                !self.is_for_proxies || peer.ip().is_loopback() || self.proxies.contains(peer.ip());
            let answers = if is_welcome {
                Answers::Application(None)
            } else {
                Answers::ForProxiesOnly
            };
            return self.serve(stream, peer, answers, false).await;
        };
        let Some(seat) = tls.handshakes.take(peer.ip()) else {
            tracing::debug!(%peer, "hung up: too many handshakes are under way");
            return;
        };
        let greeting = tokio::select! {
            greeting = tokio::time::timeout(tls.limits.patience, greet(&tls.acceptor, stream)) => greeting,
            () = self.stop.cancelled() => return,
        };
        drop(seat);
        match greeting {
            Ok(Ok(Greeting::Tls(stream))) => {
                let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
                self.serve(stream, peer, Answers::Application(tls.hsts), is_http2)
                    .await;
            }
            Ok(Ok(Greeting::Plain(stream))) => {
                self.serve(stream, peer, Answers::Redirection(tls.redirection), false)
                    .await;
            }
            Ok(Err(error)) => tracing::debug!(%peer, %error, "no handshake"),
            Err(_too_slow) => tracing::debug!(%peer, "hung up: the handshake takes too long"),
        }
    }

    /// Sends whoever comes by plain HTTP to TLS.
    pub(crate) async fn send_on(self, stream: TcpStream, peer: SocketAddr) {
        if let Some(tls) = self.tls.clone() {
            self.serve(stream, peer, Answers::Redirection(tls.redirection), false)
                .await;
        }
    }

    async fn serve<S>(&self, stream: S, peer: SocketAddr, answers: Answers, is_http2: bool)
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_PATIENCE);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(PING_EVERY)
            .keep_alive_timeout(PING_EVERY)
            .max_concurrent_streams(MOST_STREAMS);
        // which of the two is known: nothing is guessed from bytes that may never come
        let builder = if is_http2 {
            builder.http2_only()
        } else {
            builder.http1_only()
        };
        let service = service_fn(|request: Request<Incoming>| {
            let answer = self.answer(request, peer, answers.clone());
            async move { Ok::<_, Infallible>(answer.await) }
        });
        let connection = builder.serve_connection(TokioIo::new(stream), service);
        tokio::pin!(connection);
        let mut is_stopping = false;
        loop {
            tokio::select! {
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%peer, %error, "connection ended");
                    }
                    return;
                }
                () = self.stop.cancelled(), if !is_stopping => {
                    is_stopping = true;
                    connection.as_mut().graceful_shutdown();
                }
                () = self.cut.cancelled() => return,
            }
        }
    }

    fn answer(
        &self,
        request: Request<Incoming>,
        peer: SocketAddr,
        answers: Answers,
    ) -> impl Future<Output = Response<Body>> + Send + use<> {
        let client = self.proxies.find_client(peer, request.headers());
        let application = self.application.clone();
        async move {
            let hsts = match answers {
                Answers::Application(hsts) => hsts,
                Answers::Redirection(redirection) => return redirection.answer(&request),
                Answers::ForProxiesOnly => {
                    return (StatusCode::FORBIDDEN, PROXY_ONLY).into_response();
                }
            };
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(client));
            add_host(&mut request);
            let Ok(mut response) = application.oneshot(request).await;
            if let Some(hsts) = hsts {
                response
                    .headers_mut()
                    .insert(STRICT_TRANSPORT_SECURITY, hsts);
            }
            response
        }
    }
}

/// HTTP/2 says the host in `:authority` (RFC 9113, 8.3.1), the application looks for `Host`.
fn add_host(request: &mut Request<Body>) {
    if request.headers().contains_key(HOST) {
        return;
    }
    let host = request.uri().authority();
    if let Some(host) = host.and_then(|host| HeaderValue::from_str(host.as_str()).ok()) {
        request.headers_mut().insert(HOST, host);
    }
}

/// Shakes hands, or finds that the client speaks plain HTTP.
async fn greet(acceptor: &TlsAcceptor, stream: TcpStream) -> std::io::Result<Greeting> {
    let mut first = [0];
    if stream.peek(&mut first).await? == 1 && first[0].is_ascii_uppercase() {
        debug_assert_ne!(first, [HANDSHAKE_RECORD]);
        return Ok(Greeting::Plain(stream));
    }
    let stream = acceptor.accept(stream).await?;
    Ok(Greeting::Tls(Box::new(stream)))
}
