//! The configuration: defaults, then `config.toml`, then `QINGSHAN__…` variables, then options.

mod http;
pub(crate) mod reference;

use std::path::{Path, PathBuf};

use accounts::AccountSettings;
use anyhow::Context;
use commands::CommandSettings;
use device_gateway::GatewaySettings;
use monitoring::gaps::GapSettings;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sign_on::SignOnSettings;

use tracing_subscriber::EnvFilter;

use crate::command_line::SharedOptions;
pub(crate) use crate::config::http::HttpSection;

/// The whole configuration. Every field has a default: the server runs without any file.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Configuration {
    /// Where the data is kept.
    pub(crate) database: DatabaseSection,
    /// The API and web server.
    pub(crate) http: HttpSection,
    /// Accounts.
    pub(crate) accounts: AccountSettings,
    /// The bureau's own sign-on.
    pub(crate) sign_on: SignOnSettings,
    /// The HJ 212 server for devices.
    pub(crate) gateway: GatewaySettings,
    /// Commands to devices.
    pub(crate) commands: CommandSettings,
    /// Gaps in the received data.
    pub(crate) gaps: GapSettings,
    /// The log.
    pub(crate) log: LogSection,
    /// The map.
    pub(crate) map: MapSection,
    /// Reports of the plan's assessments.
    pub(crate) reports: ReportsSection,
    /// Whether this is the demonstration with the simulated city.
    pub(crate) demo: bool,
}

/// The map. At most one of the three sources is set; without one the built-in map is shown alone.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct MapSection {
    /// URL of raster tiles with `{z}`, `{x}`, `{y}` (any XYZ source); empty for none.
    pub(crate) tile_url: String,
    /// What the source of `tile_url` or `pmtiles_file` wants to be named beside the map.
    pub(crate) tile_attribution: String,
    /// A browser key of Tianditu (天地图): its street map with Chinese names; empty for none.
    pub(crate) tianditu_key: String,
    /// A `PMTiles` file of raster tiles on this machine, for a map without internet; empty for none.
    pub(crate) pmtiles_file: PathBuf,
}

/// Reports of the plan's assessments.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct ReportsSection {
    /// The bureau that issues them, as on their cover; empty for the plan's region and 生态环境局.
    pub(crate) organ: String,
    /// A folder with fonts, besides those of the system: reports need one with Chinese characters,
    /// and look as GB/T 9704 asks with 仿宋, 黑体, 楷体 and 小标宋. Empty for none.
    pub(crate) font_folder: PathBuf,
}

/// Where the data is kept.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DatabaseSection {
    /// A file path, `sqlite:PATH` or a `postgres://user:password@host/database` URL.
    pub(crate) url: String,
    /// Reading connections (SQLite) or all connections (PostgreSQL).
    pub(crate) connections: u32,
    /// The file with the key that seals device passwords; made on the first start.
    pub(crate) sealing_key_file: PathBuf,
}

/// The log.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct LogSection {
    /// `text` or `json`.
    pub(crate) format: LogFormat,
    /// A level, or directives such as `info,sqlx=warn`.
    pub(crate) filter: String,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

impl Default for DatabaseSection {
    fn default() -> Self {
        Self {
            url: "qingshan.sqlite".to_owned(),
            connections: 8,
            sealing_key_file: PathBuf::from("qingshan.key"),
        }
    }
}

impl Default for LogSection {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            filter: "info,sqlx=warn".to_owned(),
        }
    }
}

/// Merges all layers and checks the result.
///
/// # Errors
/// Names the file, variable or option that is wrong.
pub(crate) fn load(options: &SharedOptions) -> anyhow::Result<Configuration> {
    let mut table = match &options.config {
        Some(path) => read_file(path)?,
        None if Path::new("config.toml").exists() => read_file(Path::new("config.toml"))?,
        None => toml::Table::new(),
    };
    for (name, value) in std::env::vars() {
        if let Some(path) = name.strip_prefix("QINGSHAN__") {
            set(&mut table, path, &value)
                .with_context(|| format!("environment variable {name}"))?;
        }
    }
    if let Some(url) = &options.database {
        set(&mut table, "DATABASE__URL", url)?;
    }
    let configuration = read(table)?;
    check(&configuration)?;
    Ok(configuration)
}

/// The configuration of a table; names the first setting that is unknown or of the wrong kind.
fn read(table: toml::Table) -> anyhow::Result<Configuration> {
    check_names(&table)?;
    let value = toml::Value::Table(table);
    value.try_into().context("the configuration is not valid")
}

/// Refuses a setting that does not exist, and says which one may be meant.
fn check_names(table: &toml::Table) -> anyhow::Result<()> {
    let known = reference::list_names();
    for name in names_of(table, "") {
        let is_section = known
            .iter()
            .any(|known| known.starts_with(&format!("{name}.")));
        if is_section || known.contains(&name) {
            continue;
        }
        let nearest = known
            .iter()
            .map(|known| (strsim::damerau_levenshtein(known, &name), known))
            .min()
            .filter(|(distance, _)| *distance <= name.len().max(6) / 2);
        let hint = nearest.map_or_else(
            || "`qingshan config print` shows all settings".to_owned(),
            |(_, known)| format!("did you mean `{known}`?"),
        );
        anyhow::bail!("there is no setting `{name}`: {hint}");
    }
    Ok(())
}

/// The full names of all values of a table, and of its empty sections.
fn names_of(table: &toml::Table, section: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (key, value) in table {
        let name = if section.is_empty() {
            key.clone()
        } else {
            format!("{section}.{key}")
        };
        match value {
            toml::Value::Table(inner) if !inner.is_empty() => names.extend(names_of(inner, &name)),
            _ => names.push(name),
        }
    }
    names
}

fn read_file(path: &Path) -> anyhow::Result<toml::Table> {
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read the configuration {}", path.display()))?;
    text.parse()
        .with_context(|| format!("{} is not valid TOML", path.display()))
}

/// Sets `DATABASE__URL` to a value; numbers and booleans are recognised.
fn set(table: &mut toml::Table, path: &str, value: &str) -> anyhow::Result<()> {
    let lower = path.to_lowercase();
    let mut parts: Vec<&str> = lower.split("__").collect();
    let last = parts.pop().context("an empty name")?;
    let mut here = table;
    for part in parts {
        here = here
            .entry(part)
            .or_insert_with(|| toml::Value::Table(toml::Table::new()))
            .as_table_mut()
            .with_context(|| format!("`{part}` is no section"))?;
    }
    let value = value
        .parse::<i64>()
        .map(toml::Value::Integer)
        .or_else(|_not_a_number| value.parse::<bool>().map(toml::Value::Boolean))
        .unwrap_or_else(|_not_a_flag| toml::Value::String(value.to_owned()));
    here.insert(last.to_owned(), value);
    Ok(())
}

pub(crate) fn check(configuration: &Configuration) -> anyhow::Result<()> {
    http::check(configuration)?;
    crate::sign_on_door::check(configuration)?;
    configuration.gaps.check().map_err(anyhow::Error::msg)?;
    EnvFilter::try_new(&configuration.log.filter)
        .with_context(|| format!("log.filter `{}` is not valid", configuration.log.filter))?;
    anyhow::ensure!(
        configuration.database.connections > 0,
        "database.connections must be at least 1"
    );
    crate::map_tiles::check(&configuration.map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_reaches_into_a_section() {
        let mut table = toml::Table::new();
        set(&mut table, "DATABASE__CONNECTIONS", "3").expect("a good variable");
        set(&mut table, "HTTP__LISTEN", "127.0.0.1:9").expect("a good variable");
        set(&mut table, "HTTP__TLS__CERTIFICATE_FILE", "chain.pem").expect("a good variable");
        let configuration: Configuration = toml::Value::Table(table).try_into().expect("valid");
        assert_eq!(
            configuration.http.tls.certificate_file,
            PathBuf::from("chain.pem")
        );
        assert_eq!(configuration.database.connections, 3);
        assert_eq!(configuration.http.listen.port(), 9);
    }

    #[test]
    fn an_unknown_setting_is_refused() {
        for (text, said) in [
            (
                "[http]\nlistens = 'x'",
                "`http.listens`: did you mean `http.listen`?",
            ),
            (
                "[gap]\nenabled = false",
                "`gap.enabled`: did you mean `gaps.enabled`?",
            ),
            (
                "[gaps.hour]\nwindow_hour = 1",
                "did you mean `gaps.hour.window_hours`?",
            ),
            (
                "[zzzzzzzzzzzz]",
                "`zzzzzzzzzzzz`: `qingshan config print` shows all",
            ),
        ] {
            let table: toml::Table = text.parse().expect("TOML");
            let refused = read(table).expect_err("refused").to_string();
            assert!(refused.contains(said), "{refused}");
        }
        let table: toml::Table = "[gaps]\n[http]\nlisten = '[::1]:1'".parse().expect("TOML");
        assert!(read(table).is_ok());
    }

    #[test]
    fn a_map_that_cannot_be_drawn_is_refused() {
        let mut configuration = Configuration::default();
        assert!(check(&configuration).is_ok());
        configuration.map.tile_url = "https://tiles.example/{z}/{x}.png".to_owned();
        assert!(check(&configuration).is_err());
    }
}
