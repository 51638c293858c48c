//! `qingshan vault`: the vault of raw packets.

use std::process::ExitCode;

use beijing_time::{Clock, SystemClock};
use clap::Subcommand;
use monitoring::compaction::compact_records;
use monitoring::vault::{VaultSettings, pack_next, verify_vault};

use crate::command_line::say;
use crate::config::Configuration;
use crate::database_command::open;

#[derive(Debug, Subcommand)]
pub(crate) enum VaultCommand {
    /// Read every packet and follow the chains: of each MN from its first packet, of the vault's
    /// windows, and of the journal. Says what is wrong and where.
    Verify,
    /// Pack completed days now: packets into the vault, records into blocks. The server does so by
    /// itself every half hour.
    Pack,
}

/// Runs a command of the vault.
///
/// # Errors
/// When the database cannot be read or written.
pub(crate) async fn run(
    command: &VaultCommand,
    configuration: &Configuration,
) -> anyhow::Result<ExitCode> {
    let database = open(configuration).await?;
    database.check_schema().await?;
    let code = match command {
        VaultCommand::Verify => verify(&database).await?,
        VaultCommand::Pack => pack(&database).await?,
    };
    database.close().await;
    Ok(code)
}

async fn verify(database: &database::Database) -> anyhow::Result<ExitCode> {
    let report = verify_vault(database).await?;
    say(&format!(
        "{} packets of {} MNs in {} blocks and {} windows; {} batches of the journal",
        report.packets, report.mns, report.blocks, report.windows, report.batches
    ));
    for fault in &report.faults {
        say(&format!("WRONG {fault}"));
    }
    Ok(if report.is_whole() {
        say("both chains are whole");
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn pack(database: &database::Database) -> anyhow::Result<ExitCode> {
    let before = background_jobs::find_completed(SystemClock.now());
    let records = compact_records(database, before).await?;
    say(&format!(
        "{} records compacted: {} blocks, {} values, {} bytes; {} records left for the next time",
        records.rows, records.blocks, records.values, records.bytes, records.left
    ));
    let (mut packets, mut bytes, mut stored_bytes) = (0, 0, 0);
    while let Some(packed) = pack_next(database, before, VaultSettings::default()).await? {
        packets += packed.packets;
        bytes += packed.bytes;
        stored_bytes += packed.stored_bytes;
    }
    say(&format!(
        "{packets} packets packed: {bytes} bytes as they came, {stored_bytes} in the vault"
    ));
    Ok(ExitCode::SUCCESS)
}
