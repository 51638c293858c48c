//! The commands and the options that all of them share.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::{
    assessment_command, backup_command, config, config_command, database_command, evaluate_command,
    evidence_command, hj212_command, move_command, people_command, plan_command, projects_command,
    records_command, retention_command, serve, sites_command, tasks_command, vault_command,
    verdicts_command,
};

/// 青山: the environment bureau's platform.
#[derive(Debug, Parser)]
#[command(name = "qingshan", version, about, long_about = None)]
pub(crate) struct CommandLine {
    #[command(flatten)]
    pub(crate) shared: SharedOptions,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Options of every command that needs the configuration.
#[derive(Debug, Clone, Args)]
pub(crate) struct SharedOptions {
    /// Configuration file; without it `config.toml` in the working folder is read if there is one.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Database: a file path, `sqlite:PATH` or a `postgres://` URL.
    #[arg(long, global = true, value_name = "URL")]
    pub(crate) database: Option<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run the server: device gateway, API and web application.
    Serve(serve::ServeOptions),
    /// Bring the database's schema up to this program.
    Migrate,
    /// Make, check and restore backups.
    #[command(subcommand)]
    Backup(backup_command::BackupCommand),
    /// Move everything from SQLite to PostgreSQL or back; all of it or nothing.
    Move(move_command::MoveOptions),
    /// Import values of an older system.
    #[command(subcommand)]
    Import(records_command::ImportCommand),
    /// Check or print the configuration.
    #[command(subcommand)]
    Config(config_command::ConfigCommand),
    /// Explain and make packets of HJ 212.
    #[command(subcommand)]
    Hj212(hj212_command::Hj212Command),
    /// Check a plan's files, or begin a new plan.
    #[command(subcommand)]
    Plan(plan_command::PlanCommand),
    /// Import projects into the pool of the plan.
    #[command(subcommand)]
    Projects(projects_command::ProjectsCommand),
    /// Import reports on the plan's tasks.
    #[command(subcommand)]
    Tasks(tasks_command::TasksCommand),
    /// Make reports of the plan's assessments, and check signed ones.
    #[command(subcommand)]
    Assessment(assessment_command::AssessmentCommand),
    /// Judge measurements of a CSV or XLSX file, or the stored records, by the standards in force on
    /// their day.
    Evaluate(Box<evaluate_command::EvaluateCommand>),
    /// Import and export sites, points and devices.
    #[command(subcommand)]
    Sites(sites_command::SitesCommand),
    /// List and make accounts, reset passwords, make tokens for programs.
    #[command(subcommand)]
    Accounts(people_command::AccountsCommand),
    /// Check the audit trail.
    #[command(subcommand)]
    Audit(database_command::AuditCommand),
    /// Check and fill the vault of raw packets.
    #[command(subcommand)]
    Vault(vault_command::VaultCommand),
    /// Compute verdicts again, and tell whether two installations have the same.
    #[command(subcommand)]
    Verdicts(verdicts_command::VerdictsCommand),
    /// Check evidence that was carried away; needs no database.
    #[command(subcommand)]
    Evidence(evidence_command::EvidenceCommand),
    /// See and set how long records are kept, and remove what is older.
    #[command(subcommand)]
    Retention(retention_command::RetentionCommand),
}

/// Runs one command.
///
/// # Errors
/// What the command could not do, with a hint where there is one.
pub(crate) async fn run(command_line: CommandLine) -> anyhow::Result<ExitCode> {
    let shared = command_line.shared;
    match command_line.command {
        Command::Serve(options) => serve::serve(config::load(&shared)?, options).await?,
        Command::Migrate => database_command::migrate(&config::load(&shared)?).await?,
        Command::Backup(command) => {
            return backup_command::run(command, &config::load(&shared)?).await;
        }
        Command::Move(options) => return move_command::run(&options).await,
        Command::Import(command) => {
            return records_command::run(command, || config::load(&shared)).await;
        }
        Command::Config(command) => config_command::run(&command, &shared)?,
        Command::Hj212(command) => {
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            return hj212_command::run(&command, &mut out).await;
        }
        Command::Plan(plan_command::PlanCommand::Import { file, language }) => {
            return plan_command::import(&file, language, &config::load(&shared)?).await;
        }
        Command::Plan(plan_command::PlanCommand::Recompute { json }) => {
            return plan_command::recompute(json, &config::load(&shared)?).await;
        }
        Command::Plan(plan_command::PlanCommand::Files(command)) => {
            let mut out = std::io::BufWriter::new(std::io::stdout().lock());
            return plan_command::run(&command, &mut out);
        }
        Command::Projects(command) => {
            return projects_command::run(command, || config::load(&shared)).await;
        }
        Command::Tasks(command) => {
            return tasks_command::run(command, || config::load(&shared)).await;
        }
        Command::Assessment(command) => {
            return assessment_command::run(&command, || config::load(&shared)).await;
        }
        Command::Evaluate(command) => {
            return evaluate_command::run(*command, || config::load(&shared)).await;
        }
        Command::Sites(command) => {
            return sites_command::run(command, || config::load(&shared)).await;
        }
        Command::Vault(command) => {
            return vault_command::run(&command, &config::load(&shared)?).await;
        }
        Command::Verdicts(command) => {
            return verdicts_command::run(&command, &config::load(&shared)?).await;
        }
        Command::Evidence(command) => return evidence_command::run(&command),
        Command::Retention(command) => {
            return retention_command::run(&command, &config::load(&shared)?).await;
        }
        Command::Accounts(command) => {
            return people_command::run(command, &config::load(&shared)?).await;
        }
        Command::Audit(command) => {
            return database_command::audit(command, &config::load(&shared)?).await;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints an error with its causes; a `hint:` line, where a cause gives one, comes last.
#[expect(clippy::print_stderr, reason = "the command line's own output")]
pub(crate) fn report(error: &anyhow::Error) {
    eprintln!("error: {error}");
    for cause in error.chain().skip(1) {
        eprintln!("  because: {cause}");
    }
    if error
        .downcast_ref::<database::DatabaseError>()
        .is_some_and(|error| matches!(error, database::DatabaseError::StaleSchema { .. }))
    {
        eprintln!("hint: stop the server, make a backup, then run `qingshan migrate`");
    }
}

/// Prints one line to standard output.
#[expect(clippy::print_stdout, reason = "the command line's own output")]
pub(crate) fn say(line: &str) {
    println!("{line}");
}
