//! `city-simulator`: the simulated city over TCP, and its register for import.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Result;
use beijing_time::Timestamp;
use city_simulator::{
    Backfill, City, Signals, Works, World, run_device, run_strays, send_history, write_register,
};
use clap::{Parser, Subcommand};
use tokio_util::sync::CancellationToken;

#[derive(Debug, Parser)]
#[command(
    name = "city-simulator",
    about = "A simulated city of monitors that speak HJ 212."
)]
struct Arguments {
    /// What everything follows from: the same seed gives the same city and the same history.
    #[arg(long, global = true, default_value_t = 1)]
    seed: u64,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Connects every logger to a gateway and keeps sending.
    Run {
        /// Host and port of the gateway.
        #[arg(long, default_value = "127.0.0.1:8213")]
        server: String,
        /// Days of hour and day records that the loggers send first.
        #[arg(long, default_value_t = 7)]
        backfill_days: i64,
        /// Hours of minute records that the loggers send first.
        #[arg(long, default_value_t = 24)]
        backfill_minute_hours: i64,
        /// Leaves out unregistered loggers and bad lines.
        #[arg(long)]
        no_strays: bool,
    },
    /// Sends the past of every logger up to a moment, as fast as it is acknowledged, and ends.
    History {
        /// Host and port of the gateway.
        #[arg(long, default_value = "127.0.0.1:8213")]
        server: String,
        /// Days of hour and day records.
        #[arg(long, default_value_t = 365)]
        days: i64,
        /// Hours of minute records.
        #[arg(long, default_value_t = 720)]
        minute_hours: i64,
        /// The moment, such as 2026-11-25T00:00:00+08:00.
        #[arg(long)]
        until: Timestamp,
    },
    /// Writes the city's sites, points, devices and limits as CSV files for `qingshan sites import`.
    Register {
        /// The folder to write into.
        folder: PathBuf,
    },
    /// Writes the project pool of a plan as CSV files for `qingshan projects import`.
    Pool {
        /// The plan: a folder of TOML files.
        #[arg(long)]
        plan: PathBuf,
        /// The folder to write into.
        folder: PathBuf,
    },
    /// Writes yearly figures of a plan's measures, and of its reduction accounts with the projects of a
    /// pool, as a CSV file for `qingshan plan import`.
    Values {
        /// The plan: a folder of TOML files.
        #[arg(long)]
        plan: PathBuf,
        /// The folder that `pool` wrote.
        #[arg(long)]
        pool: PathBuf,
        /// The folder to write into.
        folder: PathBuf,
    },
    /// Writes reports on a plan's tasks as CSV files for `qingshan tasks import`.
    Progress {
        /// The plan: a folder of TOML files.
        #[arg(long)]
        plan: PathBuf,
        /// The folder to write into.
        folder: PathBuf,
    },
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(
            tracing_subscriber::EnvFilter::try_from_default_env()
                .unwrap_or_else(|_unset| "info".into()),
        )
        .with_writer(std::io::stderr)
        .init();
    let city = City::hengyang(arguments.seed)?;
    match arguments.command {
        Command::Register { folder } => write_register(&city, &folder),
        Command::Pool { plan, folder } => Works::read(&plan)?.write_pool(&city, &folder),
        Command::Values { plan, pool, folder } => {
            Works::read(&plan)?.write_values(&city, &pool, &folder)
        }
        Command::Progress { plan, folder } => Works::read(&plan)?.write_progress(&city, &folder),
        Command::Run {
            server,
            backfill_days,
            backfill_minute_hours,
            no_strays,
        } => {
            let backfill = Backfill {
                days: backfill_days,
                minute_hours: backfill_minute_hours,
            };
            let world = make_world(city, server, backfill);
            tokio::runtime::Runtime::new()?.block_on(run(world, !no_strays));
            Ok(())
        }
        Command::History {
            server,
            days,
            minute_hours,
            until,
        } => {
            let world = make_world(city, server, Backfill { days, minute_hours });
            let runtime = tokio::runtime::Runtime::new()?;
            let packets = runtime.block_on(send_history(world, until))?;
            tracing::info!("{packets} packets acknowledged");
            Ok(())
        }
    }
}

fn make_world(city: City, server: String, backfill: Backfill) -> Arc<World> {
    let signals = Signals::new(&city);
    Arc::new(World {
        city,
        signals,
        server,
        backfill,
    })
}

async fn run(world: Arc<World>, has_strays: bool) {
    let stop = CancellationToken::new();
    let mut tasks = tokio::task::JoinSet::new();
    tracing::info!(
        "{} loggers speak to {}",
        world.city.loggers.len(),
        world.server
    );
    for logger in 0..world.city.loggers.len() {
        let (world, stop) = (Arc::clone(&world), stop.clone());
        tasks.spawn(async move { run_device(&world, logger, stop).await });
    }
    if has_strays {
        let (world, stop) = (Arc::clone(&world), stop.clone());
        tasks.spawn(async move { run_strays(&world, stop).await });
    }
    stop_requested().await;
    stop.cancel();
    while tasks.join_next().await.is_some() {}
}

/// Completes on Ctrl-C or SIGTERM.
async fn stop_requested() {
    let interrupt = tokio::signal::ctrl_c();
    match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = interrupt => {}
                _ = terminate.recv() => {}
            }
        }
        Err(error) => {
            tracing::warn!(%error, "SIGTERM cannot be heard, only Ctrl-C");
            let _interrupted = interrupt.await;
        }
    }
}
