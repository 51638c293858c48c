//! Construction land: screening and intervention values by class of land (GB 36600-2018).

use beijing_time::CivilDate;
use exact_decimal::Decimal;

use super::SoilRisk;
use crate::{Basis, Input, Parameters, StandardError};

/// The class of construction land.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ConstructionLand {
    /// 第一类用地: dwellings, schools, hospitals, parks for children.
    First,
    /// 第二类用地: industry, storage, commerce, roads, other green land.
    Second,
}

impl ConstructionLand {
    /// The class of a name.
    pub fn find(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "first" | "1" | "第一类" | "第一类用地" => Some(Self::First),
            "second" | "2" | "第二类" | "第二类用地" => Some(Self::Second),
            _ => None,
        }
    }

    /// In Chinese.
    pub const fn chinese_name(self) -> &'static str {
        match self {
            Self::First => "第一类用地",
            Self::Second => "第二类用地",
        }
    }

    /// Name in the parameter table.
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Second => "second",
        }
    }
}

/// One substance held against its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConstructionCheck {
    /// Key of the substance, for example `as`.
    pub substance: String,
    /// Its concentration, mg/kg.
    pub value: Decimal,
    /// The screening value.
    pub screening: Decimal,
    /// The intervention value.
    pub intervention: Decimal,
    /// How it stands.
    pub risk: SoilRisk,
    /// What it rests on.
    pub basis: Basis,
}

/// Holds one substance against the values of its class of land.
///
/// # Errors
/// For a substance without values, a value below zero, or before the standard was in force.
pub fn check_construction(
    parameters: &Parameters,
    date: CivilDate,
    land: ConstructionLand,
    substance: &str,
    value: Decimal,
) -> Result<ConstructionCheck, StandardError> {
    if value.is_negative() {
        return Err(StandardError::BadInput {
            name: "concentration",
            value: value.to_string(),
            detail: "a concentration is not below zero",
        });
    }
    let version = parameters.load_version("soil-construction", date)?;
    let row = version.load_row(&format!("{substance}.{}", land.name()))?;
    let screening = row.load_decimal("screening")?;
    let intervention = row.load_decimal("intervention")?;
    Ok(ConstructionCheck {
        substance: substance.to_owned(),
        value,
        screening,
        intervention,
        risk: SoilRisk::of(value, screening, Some(intervention)),
        basis: Basis {
            edition: version.edition.clone(),
            clause: "tables 1 and 2",
            method: "concentration against screening and intervention value",
            parameters: version.citation(),
            confidence: row.confidence,
            rounding: "none: the value as given",
            inputs: vec![Input {
                name: substance.to_owned(),
                value: format!("{value} mg/kg"),
            }],
        },
    })
}
