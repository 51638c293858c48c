//! The kinds of outlets: what each measures and how its values move.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde::Deserialize;

/// A kind of outlet or station.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Outlet {
    /// `waste_gas`, `waste_water`, `air` or `surface_water`.
    pub medium: String,
    /// The system code ST of its packets.
    pub system_type: String,
    /// The reference oxygen content of converted values, percent.
    pub oxygen_baseline: Option<f64>,
    /// Where its limits come from.
    #[serde(default)]
    pub basis: String,
    /// What it measures, in the order of its packets.
    pub factors: Vec<Factor>,
}

/// How a factor is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    /// By the model of products.
    #[default]
    Product,
    /// The air's temperature.
    Temperature,
    /// The air's humidity.
    Humidity,
    /// The wind's speed.
    Wind,
    /// Where the wind comes from.
    Direction,
    /// The river's temperature.
    WaterTemperature,
}

/// One factor of an outlet.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Factor {
    /// Code of HJ 212-2017.
    pub code: String,
    /// Code of HJ/T 212-2005, where it has one.
    pub old: Option<String>,
    /// Unit.
    pub unit: String,
    /// How it is computed.
    #[serde(default)]
    pub kind: FactorKind,
    /// Decimals that the instrument sends.
    pub decimals: u8,
    /// Usual value.
    pub base: f64,
    /// How far noise moves it (a share of the base).
    pub spread: f64,
    /// Exponent of the plant's load.
    #[serde(default)]
    pub load: f64,
    /// Amplitude of the day's rhythm.
    #[serde(default)]
    pub day: f64,
    /// Hour of the day's peak.
    #[serde(default = "ten")]
    pub peak: u8,
    /// Amplitude of the year's rhythm; positive peaks in January.
    #[serde(default)]
    pub season: f64,
    /// How much stagnant air raises it.
    #[serde(default)]
    pub weather: f64,
    /// How much rain raises it.
    #[serde(default)]
    pub rain: f64,
    /// Whether converted (折算) values are sent too.
    #[serde(default)]
    pub converted: bool,
    /// Lower limit.
    pub lower: Option<String>,
    /// Upper limit.
    pub upper: Option<String>,
}

fn ten() -> u8 {
    10
}

impl Factor {
    /// Whether it is a flow, whose amount is a volume.
    pub fn is_flow(&self) -> bool {
        matches!(self.code.as_str(), "a00000" | "w00000")
    }

    /// Whether an amount is discharged of it: its concentration times the flow.
    pub fn is_concentration(&self) -> bool {
        matches!(self.unit.as_str(), "mg/m3" | "mg/L" | "ug/L")
    }
}

/// All kinds of outlets by name.
pub(crate) fn load_outlets() -> Result<BTreeMap<String, Outlet>> {
    toml::from_str(include_str!("../data/outlets.toml")).context("data/outlets.toml")
}
