//! Soil: GB 15618 for agricultural land by pH and use, GB 36600 for construction land.

mod agricultural;
mod construction;

pub use agricultural::{
    AgriculturalCheck, FarmlandClass, LandUse, SoilElement, check_agricultural,
    compute_farmland_class, find_ph_column,
};
pub use construction::{ConstructionCheck, ConstructionLand, check_construction};

/// How a concentration stands to its screening and intervention values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SoilRisk {
    /// At most the screening value: the risk is low and as a rule negligible.
    Low,
    /// Above the screening value, at most the intervention value (or there is none).
    Possible,
    /// Above the intervention value.
    High,
}

impl SoilRisk {
    /// In Chinese.
    pub fn chinese_name(self) -> &'static str {
        match self {
            Self::Low => "不高于筛选值",
            Self::Possible => "高于筛选值",
            Self::High => "高于管制值",
        }
    }

    /// In English.
    pub fn english_name(self) -> &'static str {
        match self {
            Self::Low => "within the screening value",
            Self::Possible => "above the screening value",
            Self::High => "above the intervention value",
        }
    }

    fn of(
        value: exact_decimal::Decimal,
        screening: exact_decimal::Decimal,
        intervention: Option<exact_decimal::Decimal>,
    ) -> Self {
        if value <= screening {
            Self::Low
        } else if intervention.is_some_and(|bound| value > bound) {
            Self::High
        } else {
            Self::Possible
        }
    }
}
