//! The `qingshan` binary: command line, configuration, wiring and the embedded web application.

mod assessment_command;
mod assessment_desk;
mod backup;
mod backup_command;
mod city_data;
mod command_line;
mod config;
mod config_command;
mod database_command;
mod evaluate_command;
mod evidence_command;
mod hj212_command;
mod map_tiles;
mod move_command;
mod people;
mod people_command;
mod plan_command;
mod platform;
mod projects_command;
mod records_command;
mod retention_command;
mod sealing_key;
mod serve;
mod sign_on_door;
mod sites_command;
mod tasks_command;
mod vault_command;
mod verdicts_command;
mod web;
mod web_door;

use std::process::ExitCode;

use clap::Parser;

use crate::command_line::CommandLine;

/// Ten thousand connections allocate and free small pieces on several threads all the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match command_line::run(CommandLine::parse()).await {
        Ok(code) => code,
        Err(error) => {
            command_line::report(&error);
            ExitCode::FAILURE
        }
    }
}
