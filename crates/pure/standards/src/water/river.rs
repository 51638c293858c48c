//! The state of rivers and basins and its change between periods (环办〔2011〕22号).

use exact_decimal::{Decimal, Fraction};

use super::WaterClass;
use crate::StandardError;

/// 水质状况.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WaterState {
    /// 优.
    Excellent,
    /// 良好.
    Good,
    /// 轻度污染.
    LightlyPolluted,
    /// 中度污染.
    ModeratelyPolluted,
    /// 重度污染.
    HeavilyPolluted,
}

impl WaterState {
    /// 优 to 重度污染.
    pub fn chinese_name(self) -> &'static str {
        match self {
            Self::Excellent => "优",
            Self::Good => "良好",
            Self::LightlyPolluted => "轻度污染",
            Self::ModeratelyPolluted => "中度污染",
            Self::HeavilyPolluted => "重度污染",
        }
    }

    /// In English.
    pub fn english_name(self) -> &'static str {
        match self {
            Self::Excellent => "excellent",
            Self::Good => "good",
            Self::LightlyPolluted => "lightly polluted",
            Self::ModeratelyPolluted => "moderately polluted",
            Self::HeavilyPolluted => "heavily polluted",
        }
    }

    /// Colour on maps: blue, green, yellow, orange, red (to be verified).
    pub fn colour(self) -> &'static str {
        match self {
            Self::Excellent => "蓝",
            Self::Good => "绿",
            Self::LightlyPolluted => "黄",
            Self::ModeratelyPolluted => "橙",
            Self::HeavilyPolluted => "红",
        }
    }
}

/// The state of a river or basin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RiverState {
    /// Sections with a class.
    pub sections: u32,
    /// Exact share of classes I to III in percent.
    pub good_share: Fraction,
    /// Exact share of worse than V in percent.
    pub worst_share: Fraction,
    /// The state by shares; none with fewer than five sections, where the mean over the sections
    /// is judged as one section instead.
    pub state: Option<WaterState>,
}

/// The state of a river or basin from the classes of its sections.
///
/// # Errors
/// Without sections.
pub fn compute_river_state(classes: &[WaterClass]) -> Result<RiverState, StandardError> {
    let all = i128::try_from(classes.len()).unwrap_or(i128::MAX);
    let share = |count: usize| {
        Fraction::new(i128::try_from(count).unwrap_or(0) * 100, all).map_err(StandardError::from)
    };
    let good_share = share(
        classes
            .iter()
            .filter(|class| **class <= WaterClass::Three)
            .count(),
    )?;
    let worst_share = share(
        classes
            .iter()
            .filter(|class| **class == WaterClass::WorseThanFive)
            .count(),
    )?;
    let state = if good_share >= Fraction::from(90) {
        WaterState::Excellent
    } else if good_share >= Fraction::from(75) {
        WaterState::Good
    } else if worst_share < Fraction::from(20) {
        WaterState::LightlyPolluted
    } else if worst_share < Fraction::from(40) {
        WaterState::ModeratelyPolluted
    } else {
        WaterState::HeavilyPolluted
    };
    Ok(RiverState {
        sections: u32::try_from(classes.len()).unwrap_or(u32::MAX),
        good_share,
        worst_share,
        state: (classes.len() >= 5).then_some(state),
    })
}

/// How far a state changed between two periods.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChangeDegree {
    /// 无明显变化.
    None,
    /// 有所好转.
    SomewhatBetter,
    /// 明显好转.
    MarkedlyBetter,
    /// 有所变差.
    SomewhatWorse,
    /// 明显变差.
    MarkedlyWorse,
}

impl ChangeDegree {
    /// In Chinese.
    pub fn chinese_name(self) -> &'static str {
        match self {
            Self::None => "无明显变化",
            Self::SomewhatBetter => "有所好转",
            Self::MarkedlyBetter => "明显好转",
            Self::SomewhatWorse => "有所变差",
            Self::MarkedlyWorse => "明显变差",
        }
    }
}

/// The change of a section between two periods: same grade none, one grade somewhat, more markedly.
pub fn compare_states(before: WaterState, after: WaterState) -> ChangeDegree {
    match after as i8 - before as i8 {
        0 => ChangeDegree::None,
        -1 => ChangeDegree::SomewhatBetter,
        1 => ChangeDegree::SomewhatWorse,
        ..=-2 => ChangeDegree::MarkedlyBetter,
        2.. => ChangeDegree::MarkedlyWorse,
    }
}

/// The change of a river between two periods by shares: D = ΔG − ΔD in percentage points, where G
/// is the share of I to III and D that of worse than V; up to 10 none, up to 20 somewhat, above
/// markedly. The boundaries are to be verified.
///
/// # Errors
/// When the arithmetic leaves its range.
pub fn compare_rates(
    before: (Decimal, Decimal),
    after: (Decimal, Decimal),
) -> Result<ChangeDegree, StandardError> {
    let good = after.0.checked_subtract(before.0)?;
    let worst = after.1.checked_subtract(before.1)?;
    let difference = good.checked_subtract(worst)?;
    let size = difference.abs();
    Ok(if size <= 10 {
        ChangeDegree::None
    } else if difference.is_negative() {
        if size <= 20 {
            ChangeDegree::SomewhatWorse
        } else {
            ChangeDegree::MarkedlyWorse
        }
    } else if size <= 20 {
        ChangeDegree::SomewhatBetter
    } else {
        ChangeDegree::MarkedlyBetter
    })
}
