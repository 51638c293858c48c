//! `qingshan serve`: everything wired together, from start to graceful stop.

use std::io::IsTerminal;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use beijing_time::{Clock, SystemClock};
use clap::Args;
use http_api::{AccountsGate, ApiSettings, ApiState};
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;
use tracing_subscriber::EnvFilter;

use crate::config::{Configuration, LogFormat};
use crate::platform::Platform;
use crate::{assessment_desk, database_command, map_tiles, people, sign_on_door, web, web_door};

/// How long answers that are under way at a stop may still take.
const LAST_ANSWERS: Duration = Duration::from_secs(3);

/// Options of `qingshan serve`.
#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// Address and port of the API and web server.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
}

/// Runs the server until it is told to stop.
///
/// # Errors
/// When it cannot start.
pub(crate) async fn serve(
    mut configuration: Configuration,
    options: ServeOptions,
) -> anyhow::Result<()> {
    if let Some(listen) = options.listen {
        configuration.http.listen = listen;
    }
    crate::config::check(&configuration)?;
    let settings = api_settings(&configuration)?;
    start_log(&configuration)?;
    let database = database_command::open(&configuration).await?;
    if database.schema_state().await?.applied == 0 {
        tracing::info!("new database: making its tables");
        database.migrate().await?;
    }
    database.check_schema().await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let certificate = web_door::open_certificate(&configuration.http, &clock)?;
    let platform = Platform::start(&configuration, &database, clock, certificate.clone()).await?;
    let accounts = if configuration.accounts.enabled {
        let key = platform.directory.sealing_key().clone();
        let clock = Arc::clone(&platform.clock);
        let context = people::context(&configuration, &database, clock, key)?;
        Some(AccountsGate::new(
            context,
            configuration.http.is_secure(),
            sign_on_door::open(&configuration)?,
        ))
    } else {
        tracing::info!(
            "accounts are switched off: whoever reaches this address is the operator, and nobody \
             else can, since it is loopback"
        );
        None
    };
    let state = ApiState {
        database: database.clone(),
        clock: Arc::clone(&platform.clock),
        jobs: platform.jobs.clone(),
        audit: platform.audit.clone(),
        directory: platform.directory.clone(),
        journal: platform.journal.clone(),
        quarantine: platform.quarantine.clone(),
        interpreter: platform.interpreter.clone(),
        feed: platform.feed.clone(),
        connections: Arc::clone(&platform.connections),
        commands: platform.commands.clone(),
        forwarding: platform.forwarding.clone(),
        alarm_feed: platform.alarm_feed.clone(),
        rulebook: Arc::clone(&platform.rulebook),
        verdict_feed: platform.verdict_feed.clone(),
        accounts: accounts.clone(),
        turns: http_api::Turns::default(),
        plan: Arc::clone(&platform.plan),
        assessment: Arc::new(assessment_desk::open(
            &configuration,
            Arc::clone(&platform.plan),
            platform.directory.sealing_key().clone(),
        )?),
        settings: Arc::new(settings),
    };
    // heard before anybody is told that the server is there: unheard, a signal ends the process
    let stopping = follow_stop()?;
    let hangups = web_door::hear_hangups()?;
    let application = web::with_web(http_api::router(state), &configuration.map.tile_url);
    let web = web_door::open(&configuration.http, certificate.as_ref(), application).await?;
    let address = web.address;
    if let Some(accounts) = &accounts {
        let directory = platform.directory.current();
        let address = configuration.http.public_url().unwrap_or(&address);
        people::welcome(&accounts.context, &directory, address).await?;
    }
    tracing::info!("open {address} in a browser");
    if let Some(certificate) = &certificate {
        web_door::follow_certificate(certificate, &platform, &stopping);
    }
    web_door::follow_hangups(hangups, certificate, stopping.clone());
    web.server.run(stopping, LAST_ANSWERS).await;
    platform.stop().await;
    database.close().await;
    tracing::info!("stopped");
    Ok(())
}

/// The folder of the database file; none for a database elsewhere.
pub(crate) fn data_folder(configuration: &Configuration) -> Option<PathBuf> {
    let url = configuration.database.url.as_str();
    let path = Path::new(url.strip_prefix("sqlite:").unwrap_or(url));
    let folder = path.parent().map(|folder| {
        if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        }
        .to_owned()
    });
    folder.filter(|_here| !url.contains("://"))
}

fn api_settings(configuration: &Configuration) -> anyhow::Result<ApiSettings> {
    Ok(ApiSettings {
        data_folder: data_folder(configuration),
        map_tiles: map_tiles::load(&configuration.map)?,
        is_demo: configuration.demo,
    })
}

fn start_log(configuration: &Configuration) -> anyhow::Result<()> {
    let filter = EnvFilter::try_new(&configuration.log.filter)
        .with_context(|| format!("log.filter `{}` is not valid", configuration.log.filter))?;
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        // colours are for a terminal, not for a file or the system's journal
        .with_ansi(std::io::stderr().is_terminal())
        .with_writer(std::io::stderr);
    match configuration.log.format {
        LogFormat::Text => builder.init(),
        LogFormat::Json => builder.json().init(),
    }
    Ok(())
}

/// Cancelled on Ctrl-C or SIGTERM, which are heard when this returns.
fn follow_stop() -> anyhow::Result<CancellationToken> {
    let mut interrupt = signal(SignalKind::interrupt()).context("Ctrl-C cannot be heard")?;
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be heard")?;
    let stopping = CancellationToken::new();
    tokio::spawn({
        let stopping = stopping.clone();
        async move {
            tokio::select! {
                _interrupt = interrupt.recv() => {}
                _terminate = terminate.recv() => {}
            }
            tracing::info!("stopping");
            stopping.cancel();
        }
    });
    Ok(stopping)
}
