//! Marks of automatic data, the value that is judged, and the rate of effective transmission.

use exact_decimal::{Decimal, Rounding};

use crate::based::{NO_NUMBER, ONE_DECIMAL, Rule};
use crate::{Based, Confidence, StandardError};

/// 判定用均值: which mean is held against a limit.
const JUDGED: Rule = Rule {
    edition: "HJ 942 系列；生活垃圾焚烧发电厂自动监测数据应用管理规定（部令第 10 号）",
    clause: "达标判定",
    method: "gas by the hour, water and waste incinerators by the day",
    parameters: "the rule itself",
    confidence: Confidence::MemoryMedium,
    rounding: NO_NUMBER,
};

/// 传输有效率.
const TRANSMISSION: Rule = Rule {
    edition: "污染物排放自动监测设备标记规则（公告 2022 年第 21 号）",
    clause: "传输有效率",
    method: "received over due × valid over received, in percent",
    parameters: "formula; no numbers of its own",
    confidence: Confidence::MemoryMedium,
    rounding: ONE_DECIMAL,
};

/// 故障期间手工监测: whether the samples suffice.
const MANUAL: Rule = Rule {
    edition: "污染源自动监控设施运行管理办法 2008",
    clause: "article 15",
    method: "four samples a day, gaps of at most six hours",
    parameters: "article 15: 4 samples, 6 h",
    confidence: Confidence::ConfirmedPrimary,
    rounding: NO_NUMBER,
};

/// The mark a device puts on a value (HJ 212: `Flag`). The original value is always kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DataFlag {
    /// N: normal.
    Normal,
    /// F: the source or the outlet stands still.
    Stopped,
    /// M: maintenance.
    Maintenance,
    /// S: put in by hand.
    Manual,
    /// D: fault.
    Fault,
    /// C: calibration.
    Calibration,
    /// T: beyond the measuring range.
    OverRange,
    /// B: communication broken.
    Communication,
}

impl DataFlag {
    /// The flag of a letter of HJ 212.
    pub fn find(letter: &str) -> Option<Self> {
        Some(match letter {
            "N" => Self::Normal,
            "F" => Self::Stopped,
            "M" => Self::Maintenance,
            "S" => Self::Manual,
            "D" => Self::Fault,
            "C" => Self::Calibration,
            "T" => Self::OverRange,
            "B" => Self::Communication,
            _ => return None,
        })
    }

    /// In Chinese.
    pub fn chinese_name(self) -> &'static str {
        match self {
            Self::Normal => "正常",
            Self::Stopped => "停运",
            Self::Maintenance => "维护",
            Self::Manual => "手工输入",
            Self::Fault => "故障",
            Self::Calibration => "校准",
            Self::OverRange => "超测量上限",
            Self::Communication => "通信异常",
        }
    }

    /// Whether the value takes part in means: normal ones, values put in by hand and values beyond
    /// the range (they are real emissions). To be verified.
    pub fn is_valid(self) -> bool {
        matches!(self, Self::Normal | Self::Manual | Self::OverRange)
    }

    /// Whether the hour is left out of what is due: the source stood still.
    pub fn is_not_due(self) -> bool {
        self == Self::Stopped
    }
}

/// Which mean is held against the limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum JudgedAverage {
    /// Valid hour mean: gas.
    Hour,
    /// Valid day mean: water, and gas of waste incinerators (MEE order 10, 2020).
    Day,
}

/// Gas is judged by the valid hour mean, water by the valid day mean; a waste incinerator by the
/// natural day's mean of each furnace (生活垃圾焚烧发电厂自动监测数据应用管理规定). To be verified.
pub fn judged_average(is_water: bool, is_waste_incinerator: bool) -> Based<JudgedAverage> {
    let average = if is_water || is_waste_incinerator {
        JudgedAverage::Day
    } else {
        JudgedAverage::Hour
    };
    JUDGED.based(
        average,
        &[
            ("water", &is_water),
            ("waste incinerator", &is_waste_incinerator),
        ],
    )
}

/// 传输有效率 = 传输率 × 有效率 in percent, one decimal: received ÷ due × valid ÷ received. None
/// when nothing is due. More received than due counts as all.
///
/// # Errors
/// When more values are valid than were received.
pub fn compute_transmission_effective_rate(
    due: u32,
    received: u32,
    valid: u32,
) -> Result<Option<Based<Decimal>>, StandardError> {
    if valid > received {
        return Err(StandardError::BadInput {
            name: "valid",
            value: valid.to_string(),
            detail: "more values are valid than were received",
        });
    }
    if due == 0 {
        return Ok(None);
    }
    let inputs: crate::based::Inputs<'_> =
        &[("due", &due), ("received", &received), ("valid", &valid)];
    if received == 0 {
        return Ok(Some(TRANSMISSION.based(Decimal::ZERO, inputs)));
    }
    let percent = Rounding::HalfEven { places: 1 };
    let hundred = Decimal::from(100);
    let rate = if received > due {
        Decimal::from(valid).multiply_then_divide(hundred, Decimal::from(received), percent)?
    } else {
        Decimal::from(valid).multiply_then_divide(hundred, Decimal::from(due), percent)?
    };
    Ok(Some(TRANSMISSION.based(rate, inputs)))
}

/// Whether the manual samples during a fault suffice: at least four a day, no gap above 6 hours
/// (自动监控设施运行管理办法 2008, article 15). `hours` are the sampling times of one natural day, rising.
pub fn is_manual_sampling_sufficient(hours: &[u8]) -> Based<bool> {
    let is_sufficient = hours.len() >= 4
        && hours
            .windows(2)
            .all(|pair| matches!(pair, [first, second] if second.saturating_sub(*first) <= 6));
    MANUAL.based(is_sufficient, &[("hours", &crate::based::listed(hours))])
}
