//! `qingshan config check | print | describe | example`.

use clap::Subcommand;

use crate::command_line::{SharedOptions, say};
use crate::config;

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Check the configuration and say nothing when it is good.
    Check,
    /// Print the configuration as it is in force, without passwords.
    Print,
    /// Print every setting with its default and meaning, as Markdown.
    Describe,
    /// Print a `config.toml` to start from: every setting with its default, commented out.
    Example,
}

/// Runs `qingshan config …`.
///
/// # Errors
/// What is wrong with the configuration.
pub(crate) fn run(command: &ConfigCommand, options: &SharedOptions) -> anyhow::Result<()> {
    match command {
        ConfigCommand::Check => {
            config::load(options)?;
        }
        ConfigCommand::Print => {
            let mut configuration = config::load(options)?;
            configuration.database.url = without_password(&configuration.database.url);
            say(toml::to_string_pretty(&configuration)?.trim_end());
        }
        ConfigCommand::Describe => say(config::reference::write_document().trim_end()),
        ConfigCommand::Example => say(config::reference::write_example().trim_end()),
    }
    Ok(())
}

fn without_password(url: &str) -> String {
    match (url.find("://"), url.rfind('@')) {
        (Some(scheme), Some(at)) if scheme + 3 < at => {
            let user = url.get(scheme + 3..at).unwrap_or_default();
            let name = user.split(':').next().unwrap_or_default();
            let (head, tail) = (url.get(..scheme + 3), url.get(at..));
            format!(
                "{}{name}:***{}",
                head.unwrap_or_default(),
                tail.unwrap_or_default()
            )
        }
        _ => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_password_is_not_printed() {
        let shown = super::without_password("postgres://bureau:secret@db/qingshan");
        assert_eq!(shown, "postgres://bureau:***@db/qingshan");
        assert_eq!(super::without_password("a.sqlite"), "a.sqlite");
    }
}
