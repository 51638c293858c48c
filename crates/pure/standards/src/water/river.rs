//! The state of rivers and basins and its change between periods (环办〔2011〕22号).

use exact_decimal::{Decimal, Fraction, Rounding};

use super::WaterClass;
use crate::based::{EXACT, NO_NUMBER, Rule, listed};
use crate::{Based, Basis, Confidence, Explanation, StandardError};

/// 河流、流域水质评价 (环办〔2011〕22号): what the state of a river rests on.
const STATE: Rule = Rule {
    edition: "环办〔2011〕22号",
    clause: "河流、流域（水系）水质评价",
    method: "shares of sections by class; with fewer than five sections none",
    parameters: "环办〔2011〕22号: 90 %, 75 %, 20 %, 40 %",
    confidence: Confidence::ConfirmedSecondary,
    rounding: EXACT,
};

/// 不同时段定性比较: what the change of one grade rests on.
const GRADES: Rule = Rule {
    edition: "环办〔2011〕22号",
    clause: "不同时段水质变化：状况",
    method: "difference of grades",
    parameters: "环办〔2011〕22号: one grade, two grades",
    confidence: Confidence::MemoryHigh,
    rounding: NO_NUMBER,
};

/// 不同时段定量比较: what the change by shares rests on.
const SHARES: Rule = Rule {
    edition: "环办〔2011〕22号",
    clause: "不同时段水质变化：类别比例",
    method: "ΔG - ΔD in percentage points",
    parameters: "环办〔2011〕22号: 10, 20 points",
    confidence: Confidence::MemoryMedium,
    rounding: EXACT,
};

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
    /// What it rests on.
    pub basis: Basis,
}

/// The state of a river or basin from the classes of its sections.
///
/// # Errors
/// Without sections.
pub fn compute_river_state(classes: &[WaterClass]) -> Result<RiverState, StandardError> {
    tell_river_state(classes, &mut Explanation::default())
}

/// The same, told like a worked example.
///
/// # Errors
/// As [`compute_river_state`].
pub fn explain_river_state(classes: &[WaterClass]) -> Result<Explanation, StandardError> {
    let mut told = Explanation::default();
    tell_river_state(classes, &mut told)?;
    Ok(told)
}

fn tell_river_state(
    classes: &[WaterClass],
    told: &mut Explanation,
) -> Result<RiverState, StandardError> {
    let all = i128::try_from(classes.len()).unwrap_or(i128::MAX);
    let share = |count: usize| {
        Fraction::new(i128::try_from(count).unwrap_or(0) * 100, all).map_err(StandardError::from)
    };
    let count = |is_counted: fn(WaterClass) -> bool| {
        classes
            .iter()
            .copied()
            .filter(|class| is_counted(*class))
            .count()
    };
    let good = count(|class| class <= WaterClass::Three);
    let worst = count(|class| class == WaterClass::WorseThanFive);
    let (good_share, worst_share) = (share(good)?, share(worst)?);
    let (state, rule) = if good_share >= Fraction::from(90) {
        (WaterState::Excellent, "Ⅰ~Ⅲ ≥ 90%")
    } else if good_share >= Fraction::from(75) {
        (WaterState::Good, "75% ≤ Ⅰ~Ⅲ < 90%")
    } else if worst_share < Fraction::from(20) {
        (WaterState::LightlyPolluted, "Ⅰ~Ⅲ < 75%, 劣Ⅴ < 20%")
    } else if worst_share < Fraction::from(40) {
        (WaterState::ModeratelyPolluted, "Ⅰ~Ⅲ < 75%, 20% ≤ 劣Ⅴ < 40%")
    } else {
        (WaterState::HeavilyPolluted, "Ⅰ~Ⅲ < 75%, 劣Ⅴ ≥ 40%")
    };
    for (part, share, zh, en) in [
        (good, good_share, "Ⅰ~Ⅲ 类断面", "Sections of class Ⅰ to Ⅲ"),
        (
            worst,
            worst_share,
            "劣Ⅴ 类断面",
            "Sections worse than class Ⅴ",
        ),
    ] {
        let shown = share.rounded(Rounding::HalfEven { places: 1 })?;
        told.push(
            format!("{zh}：{part} / {all} × 100 = {shown}%。"),
            format!("{en}: {part} / {all} × 100 = {shown} %."),
        );
    }
    let is_enough = classes.len() >= 5;
    if is_enough {
        let english_rule = rule.replace("劣Ⅴ", "worse than Ⅴ").replace('~', " to ");
        told.push(
            format!("{}：{}。", rule.replace(", ", "，"), state.chinese_name()),
            format!(
                "{}: {}.",
                english_rule.replace('%', " %"),
                state.english_name()
            ),
        );
    } else {
        told.push(
            "断面少于 5 个：不按比例，按各断面浓度均值作一个断面评价。".to_owned(),
            "Fewer than five sections: not by shares, but by their means as one section."
                .to_owned(),
        );
    }
    Ok(RiverState {
        sections: u32::try_from(classes.len()).unwrap_or(u32::MAX),
        good_share,
        worst_share,
        state: is_enough.then_some(state),
        basis: STATE.basis(&[(
            "classes",
            &listed(classes.iter().map(|class| class.published_name())),
        )]),
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

    /// In English.
    pub fn english_name(self) -> &'static str {
        match self {
            Self::None => "no marked change",
            Self::SomewhatBetter => "somewhat better",
            Self::MarkedlyBetter => "markedly better",
            Self::SomewhatWorse => "somewhat worse",
            Self::MarkedlyWorse => "markedly worse",
        }
    }
}

/// The change of a section between two periods: same grade none, one grade somewhat, more markedly.
pub fn compare_states(before: WaterState, after: WaterState) -> Based<ChangeDegree> {
    let degree = match after as i8 - before as i8 {
        0 => ChangeDegree::None,
        -1 => ChangeDegree::SomewhatBetter,
        1 => ChangeDegree::SomewhatWorse,
        ..=-2 => ChangeDegree::MarkedlyBetter,
        2.. => ChangeDegree::MarkedlyWorse,
    };
    GRADES.based(
        degree,
        &[
            ("before", &before.chinese_name()),
            ("after", &after.chinese_name()),
        ],
    )
}

/// The change of a section, told like a worked example.
pub fn explain_state_change(before: WaterState, after: WaterState) -> Explanation {
    let degree = compare_states(before, after);
    let grades = (after as i8 - before as i8).unsigned_abs();
    let mut told = Explanation::default();
    told.push(
        format!(
            "水质状况由{}变为{}，相差 {grades} 个级别：{}。",
            before.chinese_name(),
            after.chinese_name(),
            degree.chinese_name()
        ),
        format!(
            "The state was {}, it is {}, {grades} grades apart: {}.",
            before.english_name(),
            after.english_name(),
            degree.english_name()
        ),
    );
    told
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
) -> Result<Based<ChangeDegree>, StandardError> {
    let degree = tell_rates(before, after, &mut Explanation::default())?;
    Ok(SHARES.based(
        degree,
        &[
            ("good share before", &before.0),
            ("worst share before", &before.1),
            ("good share after", &after.0),
            ("worst share after", &after.1),
        ],
    ))
}

/// The same, told like a worked example.
///
/// # Errors
/// As [`compare_rates`].
pub fn explain_rates(
    before: (Decimal, Decimal),
    after: (Decimal, Decimal),
) -> Result<Explanation, StandardError> {
    let mut told = Explanation::default();
    tell_rates(before, after, &mut told)?;
    Ok(told)
}

fn tell_rates(
    before: (Decimal, Decimal),
    after: (Decimal, Decimal),
    told: &mut Explanation,
) -> Result<ChangeDegree, StandardError> {
    let good = after.0.checked_subtract(before.0)?;
    let worst = after.1.checked_subtract(before.1)?;
    let difference = good.checked_subtract(worst)?;
    let size = difference.abs();
    let (degree, place) = if size <= 10 {
        (ChangeDegree::None, format!("|{difference}| ≤ 10"))
    } else if size <= 20 {
        let degree = if difference.is_negative() {
            ChangeDegree::SomewhatWorse
        } else {
            ChangeDegree::SomewhatBetter
        };
        (degree, format!("10 < |{difference}| ≤ 20"))
    } else {
        let degree = if difference.is_negative() {
            ChangeDegree::MarkedlyWorse
        } else {
            ChangeDegree::MarkedlyBetter
        };
        (degree, format!("|{difference}| > 20"))
    };
    told.push(
        format!(
            "Ⅰ~Ⅲ 类比例变化 ΔG = {} - {} = {good} 个百分点。",
            after.0, before.0
        ),
        format!(
            "Change of the share of Ⅰ to Ⅲ: ΔG = {} - {} = {good} points.",
            after.0, before.0
        ),
    );
    told.push(
        format!(
            "劣Ⅴ 类比例变化 ΔD = {} - {} = {worst} 个百分点。",
            after.1, before.1
        ),
        format!(
            "Change of the share worse than Ⅴ: ΔD = {} - {} = {worst} points.",
            after.1, before.1
        ),
    );
    told.push(
        format!(
            "ΔG - ΔD = {difference}，{place}：{}。",
            degree.chinese_name()
        ),
        format!(
            "ΔG - ΔD = {difference}, {place}: {}.",
            degree.english_name()
        ),
    );
    Ok(degree)
}
