//! Agricultural land: screening and intervention values by pH and land use (GB 15618-2018).

use beijing_time::CivilDate;
use exact_decimal::Decimal;

use super::SoilRisk;
use crate::{Basis, Input, Parameters, StandardError};

/// How the land is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LandUse {
    /// 水田; for a rotation of wet and dry the stricter column is the caller's choice.
    Paddy,
    /// 果园: copper has a column of its own.
    Orchard,
    /// 其他.
    Other,
}

impl LandUse {
    /// The use of a name.
    pub fn find(name: &str) -> Option<Self> {
        match name.to_lowercase().as_str() {
            "paddy" | "水田" => Some(Self::Paddy),
            "orchard" | "果园" => Some(Self::Orchard),
            "other" | "其他" | "旱地" | "dry" => Some(Self::Other),
            _ => None,
        }
    }
}

impl LandUse {
    /// In Chinese.
    pub const fn chinese_name(self) -> &'static str {
        match self {
            Self::Paddy => "水田",
            Self::Orchard => "果园",
            Self::Other => "其他",
        }
    }

    /// In English.
    pub const fn english_name(self) -> &'static str {
        match self {
            Self::Paddy => "paddy field",
            Self::Orchard => "orchard",
            Self::Other => "other land",
        }
    }
}

/// An element or compound of the standard.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SoilElement {
    /// 镉.
    Cadmium,
    /// 汞.
    Mercury,
    /// 砷.
    Arsenic,
    /// 铅.
    Lead,
    /// 铬.
    Chromium,
    /// 铜.
    Copper,
    /// 镍.
    Nickel,
    /// 锌.
    Zinc,
    /// 六六六总量 (table 2, optional).
    Hexachlorocyclohexane,
    /// 滴滴涕总量 (table 2, optional).
    Ddt,
    /// 苯并\[a\]芘 (table 2, optional).
    Benzopyrene,
}

impl SoilElement {
    /// All of them, in the order of the tables.
    pub const ALL: [Self; 11] = [
        Self::Cadmium,
        Self::Mercury,
        Self::Arsenic,
        Self::Lead,
        Self::Chromium,
        Self::Copper,
        Self::Nickel,
        Self::Zinc,
        Self::Hexachlorocyclohexane,
        Self::Ddt,
        Self::Benzopyrene,
    ];

    /// Key in parameter files and headings.
    pub fn key(self) -> &'static str {
        match self {
            Self::Cadmium => "cd",
            Self::Mercury => "hg",
            Self::Arsenic => "as",
            Self::Lead => "pb",
            Self::Chromium => "cr",
            Self::Copper => "cu",
            Self::Nickel => "ni",
            Self::Zinc => "zn",
            Self::Hexachlorocyclohexane => "hch",
            Self::Ddt => "ddt",
            Self::Benzopyrene => "bap",
        }
    }

    /// In Chinese.
    pub fn chinese_name(self) -> &'static str {
        match self {
            Self::Cadmium => "镉",
            Self::Mercury => "汞",
            Self::Arsenic => "砷",
            Self::Lead => "铅",
            Self::Chromium => "铬",
            Self::Copper => "铜",
            Self::Nickel => "镍",
            Self::Zinc => "锌",
            Self::Hexachlorocyclohexane => "六六六总量",
            Self::Ddt => "滴滴涕总量",
            Self::Benzopyrene => "苯并[a]芘",
        }
    }

    /// The element of a key.
    pub fn find(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|element| element.key() == key)
    }

    /// The five that have an intervention value and decide the class of farmland.
    pub fn has_intervention(self) -> bool {
        matches!(
            self,
            Self::Cadmium | Self::Mercury | Self::Arsenic | Self::Lead | Self::Chromium
        )
    }

    fn row_key(self, land: LandUse) -> String {
        let column = match (self, land) {
            (
                Self::Nickel
                | Self::Zinc
                | Self::Hexachlorocyclohexane
                | Self::Ddt
                | Self::Benzopyrene,
                _,
            ) => "any",
            (Self::Copper, LandUse::Orchard) => "orchard",
            (Self::Copper, _) | (_, LandUse::Other | LandUse::Orchard) => "other",
            (_, LandUse::Paddy) => "paddy",
        };
        format!("{}.{column}", self.key())
    }
}

/// One element held against its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AgriculturalCheck {
    /// The element.
    pub element: SoilElement,
    /// Its concentration, mg/kg.
    pub value: Decimal,
    /// The screening value.
    pub screening: Decimal,
    /// The intervention value, where there is one.
    pub intervention: Option<Decimal>,
    /// How it stands.
    pub risk: SoilRisk,
    /// What it rests on.
    pub basis: Basis,
}

/// Position of a pH in the columns ≤ 5.5, ≤ 6.5, ≤ 7.5, above.
fn column_of(ph: Decimal) -> Result<usize, StandardError> {
    if ph.is_negative() || ph > 14 {
        return Err(StandardError::BadInput {
            name: "pH",
            value: ph.to_string(),
            detail: "pH is between 0 and 14",
        });
    }
    let bounds = [55, 65, 75];
    Ok(bounds
        .iter()
        .position(|tenths| {
            Decimal::from_mantissa_and_scale(*tenths, 1).is_ok_and(|bound| ph <= bound)
        })
        .unwrap_or(bounds.len()))
}

/// The column of a pH as the tables head it.
///
/// # Errors
/// For a pH outside 0 to 14.
pub fn find_ph_column(ph: Decimal) -> Result<&'static str, StandardError> {
    Ok(match column_of(ph)? {
        0 => "pH ≤ 5.5",
        1 => "5.5 < pH ≤ 6.5",
        2 => "6.5 < pH ≤ 7.5",
        _ => "pH > 7.5",
    })
}

/// Holds one element against the values of its pH and land use. Chromium and arsenic are totals;
/// of a rotation of rice and dry crops the stricter screening value is used (the caller gives the use).
///
/// # Errors
/// For a pH outside 0 to 14, a value below zero, or before the standard was in force.
pub fn check_agricultural(
    parameters: &Parameters,
    date: CivilDate,
    (land, ph): (LandUse, Decimal),
    element: SoilElement,
    value: Decimal,
) -> Result<AgriculturalCheck, StandardError> {
    if value.is_negative() {
        return Err(StandardError::BadInput {
            name: element.key(),
            value: value.to_string(),
            detail: "a concentration is not below zero",
        });
    }
    let version = parameters.load_version("soil-agricultural", date)?;
    let row = version.load_row(&element.row_key(land))?;
    let column = column_of(ph)?;
    let pick = |list: Vec<Decimal>, name: &str| {
        list.get(column)
            .copied()
            .ok_or_else(|| StandardError::BadCell {
                table: version.table.clone(),
                key: row.key.clone(),
                column: name.to_owned(),
                detail: "is not four values".to_owned(),
            })
    };
    let screening = pick(row.load_decimals("screening")?, "screening")?;
    let intervention = row
        .cells
        .contains_key("intervention")
        .then(|| pick(row.load_decimals("intervention")?, "intervention"))
        .transpose()?;
    Ok(AgriculturalCheck {
        element,
        value,
        screening,
        intervention,
        risk: SoilRisk::of(value, screening, intervention),
        basis: Basis {
            edition: version.edition.clone(),
            clause: "tables 1 to 3",
            method: "concentration against screening and intervention value",
            parameters: version.citation(),
            confidence: row.confidence,
            rounding: "none: the value as given",
            inputs: vec![
                Input {
                    name: "pH".to_owned(),
                    value: ph.to_string(),
                },
                Input {
                    name: element.key().to_owned(),
                    value: format!("{value} mg/kg"),
                },
            ],
        },
    })
}

/// The class of a piece of farmland by soil alone; the official division also uses the crops.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FarmlandClass {
    /// 优先保护类.
    Protected,
    /// 安全利用类.
    SafeUse,
    /// 严格管控类.
    StrictControl,
}

impl FarmlandClass {
    /// In Chinese.
    pub fn chinese_name(self) -> &'static str {
        match self {
            Self::Protected => "优先保护类",
            Self::SafeUse => "安全利用类",
            Self::StrictControl => "严格管控类",
        }
    }

    /// In English.
    pub const fn english_name(self) -> &'static str {
        match self {
            Self::Protected => "priority protection",
            Self::SafeUse => "safe use",
            Self::StrictControl => "strict control",
        }
    }
}

/// The class of farmland: the worst of the five elements with an intervention value; none when
/// none of them was measured.
pub fn compute_farmland_class(checks: &[AgriculturalCheck]) -> Option<FarmlandClass> {
    checks
        .iter()
        .filter(|check| check.element.has_intervention())
        .map(|check| match check.risk {
            SoilRisk::Low => FarmlandClass::Protected,
            SoilRisk::Possible => FarmlandClass::SafeUse,
            SoilRisk::High => FarmlandClass::StrictControl,
        })
        .max()
}
