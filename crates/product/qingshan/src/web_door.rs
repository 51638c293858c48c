//! The door of the web server: listener, certificate, proxies.

use std::fmt::Display;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use axum::Router;
use background_jobs::Schedule;
use beijing_time::Clock;
use tokio::net::TcpListener;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;
use web_server::{CertificateKeeper, Door, HandshakeLimits, WebServer};

use crate::config::HttpSection;
use crate::platform::Platform;

/// How often the certificate's files are looked at.
const CERTIFICATE_PAUSE: Duration = Duration::from_secs(10);

/// The listening web server and what browsers call it.
pub(crate) struct OpenDoor {
    pub(crate) server: WebServer,
    pub(crate) address: String,
}

/// The certificate, where TLS is on.
///
/// # Errors
/// Names the file that is no good.
pub(crate) fn open_certificate(
    http: &HttpSection,
    clock: &Arc<dyn Clock>,
) -> anyhow::Result<Option<Arc<CertificateKeeper>>> {
    if !http.tls.enabled {
        return Ok(None);
    }
    let keeper = CertificateKeeper::open(&http.tls, Arc::clone(clock))
        .context("TLS cannot be switched on (http.tls)")?;
    Ok(Some(keeper))
}

/// Listens.
///
/// # Errors
/// Names the address that cannot be had.
pub(crate) async fn open(
    http: &HttpSection,
    certificate: Option<&Arc<CertificateKeeper>>,
    application: Router,
) -> anyhow::Result<OpenDoor> {
    let listener = listen(http.listen).await?;
    let redirect = match http.redirect_listen()? {
        Some(address) => {
            let redirect = listen(address).await?;
            let address = redirect.local_addr()?;
            tracing::info!("plain HTTP on {address} is sent on to TLS");
            Some(redirect)
        }
        None => None,
    };
    let scheme = if certificate.is_some() {
        "https"
    } else {
        "http"
    };
    let local = listener.local_addr()?;
    let proxies = http.proxies()?;
    if certificate.is_none() && !local.ip().is_loopback() {
        tracing::info!(
            "{local} has no TLS: only the proxies of http.trusted_proxies are served there"
        );
    }
    let door = Door {
        certificate: certificate.cloned(),
        handshakes: HandshakeLimits::default(),
        hsts_days: http.tls.hsts_days,
        redirect,
        public_url: http.public_url().map(str::to_owned),
        proxies,
        max_connections: http.max_connections,
        max_connections_per_address: http.max_connections_per_address,
    };
    let server = WebServer::new(listener, door, application)?;
    Ok(OpenDoor {
        server,
        address: format!("{scheme}://{local}"),
    })
}

async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address)
        .await
        .with_context(|| format!("cannot listen on {address}"))
}

/// Looks at the certificate's files now and then, and at once on SIGHUP.
pub(crate) fn follow_certificate(
    keeper: &Arc<CertificateKeeper>,
    platform: &Platform,
    stop: &CancellationToken,
) {
    let schedule = Schedule {
        name: "certificate",
        pause: CERTIFICATE_PAUSE,
    };
    let looked_after = Arc::clone(keeper);
    tokio::spawn(background_jobs::repeat(
        schedule,
        platform.jobs.clone(),
        Arc::clone(&platform.clock),
        stop.clone(),
        async move || reload(&looked_after).await.map(|_changed| false),
    ));
}

/// SIGHUP, which from here on does not end the process.
pub(crate) fn hear_hangups() -> anyhow::Result<Signal> {
    signal(SignalKind::hangup()).context("SIGHUP cannot be heard")
}

/// On SIGHUP the certificate's files are read; without TLS there is nothing to read.
pub(crate) fn follow_hangups(
    mut hangups: Signal,
    keeper: Option<Arc<CertificateKeeper>>,
    stop: CancellationToken,
) {
    tokio::spawn(async move {
        loop {
            tokio::select! {
                _hangup = hangups.recv() => {}
                () = stop.cancelled() => return,
            }
            match &keeper {
                None => tracing::info!("SIGHUP: there is no certificate to read again"),
                Some(keeper) => match reload(keeper).await {
                    Ok(true) => {}
                    Ok(false) => tracing::info!("SIGHUP: the certificate is the one in force"),
                    Err(error) => tracing::error!(
                        error,
                        "SIGHUP: the new certificate is no good; the old one stays in force"
                    ),
                },
            }
        }
    });
}

async fn reload(keeper: &Arc<CertificateKeeper>) -> Result<bool, String> {
    let keeper = Arc::clone(keeper);
    let read = tokio::task::spawn_blocking(move || keeper.reload_if_changed()).await;
    match read {
        Ok(Ok(changed)) => Ok(changed),
        Ok(Err(error)) => Err(explain(&error)),
        Err(error) => Err(error.to_string()),
    }
}

fn explain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said: &dyn Display = inner;
        text = format!("{text}: {said}");
        cause = inner.source();
    }
    text
}
