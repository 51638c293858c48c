//! Validity of continuous monitoring and what stands in for invalid hours (HJ 75-2017; the
//! replacement rows are to be verified).

use exact_decimal::{Decimal, Rounding};

use crate::based::{NO_NUMBER, ONE_DECIMAL, Rule};
use crate::{Based, Confidence, StandardError};

/// 有效数据捕集率.
const CAPTURE: Rule = Rule {
    edition: "HJ 75-2017",
    clause: "有效数据捕集率",
    method: "(hours - invalid - stopped) / (hours - stopped), in percent",
    parameters: "formula; no numbers of its own",
    confidence: Confidence::MemoryHigh,
    rounding: ONE_DECIMAL,
};

/// 无效数据的替代.
const REPLACEMENT: Rule = Rule {
    edition: "HJ 75-2017",
    clause: "缺失数据和无效数据的处理",
    method: "largest emission of the valid hours before",
    parameters: "HJ 75-2017: 180, 720, 2160 valid hours",
    confidence: Confidence::MemoryHigh,
    rounding: NO_NUMBER,
};

/// An hour is valid with at least 45 minutes of valid data (HJ 75-2017; HJ 76 annex B).
pub fn is_hour_valid(valid_minutes: u32) -> bool {
    valid_minutes >= 45
}

/// A day is valid with at least 20 valid hours.
pub fn is_day_valid(valid_hours: u32) -> bool {
    valid_hours >= 20
}

/// A month is valid with at least 25 valid days, February with 23; `month` 1..=12.
pub fn is_month_valid(valid_days: u32, month: u8) -> bool {
    valid_days >= if month == 2 { 23 } else { 25 }
}

/// 有效数据捕集率 of a quarter: (hours − invalid − stopped) ÷ (hours − stopped) × 100, one decimal.
/// Hours when the source stood still are not counted; none when it stood still throughout.
///
/// # Errors
/// When more hours are invalid or stopped than there are.
pub fn compute_capture_rate(
    hours: u32,
    invalid: u32,
    stopped: u32,
) -> Result<Option<Based<Decimal>>, StandardError> {
    let running = hours.checked_sub(stopped);
    let valid = running.and_then(|running| running.checked_sub(invalid));
    match (valid, running) {
        (_, Some(0)) => Ok(None),
        (Some(valid), Some(running)) => {
            let rate = Decimal::from(valid).multiply_then_divide(
                Decimal::from(100),
                Decimal::from(running),
                Rounding::HalfEven { places: 1 },
            )?;
            Ok(Some(CAPTURE.based(
                rate,
                &[
                    ("hours", &hours),
                    ("invalid", &invalid),
                    ("stopped", &stopped),
                ],
            )))
        }
        _ => Err(StandardError::BadInput {
            name: "hours",
            value: hours.to_string(),
            detail: "more hours are invalid or stopped than there are",
        }),
    }
}

/// How far back the largest value is sought that stands in for an invalid hour's emission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReplacementWindow {
    /// The last 180 valid hours.
    Hours180,
    /// The last 720 valid hours.
    Hours720,
    /// The last 2160 valid hours.
    Hours2160,
}

impl ReplacementWindow {
    /// How many valid hours.
    pub fn hours(self) -> usize {
        match self {
            Self::Hours180 => 180,
            Self::Hours720 => 720,
            Self::Hours2160 => 2160,
        }
    }
}

/// The window for a gap of `gap_hours` with a quarter's capture rate in percent: from 90 %, up to
/// 24 hours 180, longer 720; from 75 to 90 % 2160; below 75 % the quarter itself is not valid and
/// there is none.
pub fn choose_replacement_window(
    capture_rate: Decimal,
    gap_hours: u32,
) -> Option<ReplacementWindow> {
    if capture_rate >= 90 {
        Some(if gap_hours <= 24 {
            ReplacementWindow::Hours180
        } else {
            ReplacementWindow::Hours720
        })
    } else if capture_rate >= 75 {
        Some(ReplacementWindow::Hours2160)
    } else {
        None
    }
}

/// What stands in for each hour of the gap: the largest emission of the window's valid hours,
/// `before` in the order of time; none without any. Only the emission is replaced, never the
/// concentration; the gap keeps its mark.
pub fn compute_replacement(
    before: &[Decimal],
    window: ReplacementWindow,
) -> Option<Based<Decimal>> {
    let first = before.len().saturating_sub(window.hours());
    let sought = before.get(first..)?;
    let largest = sought.iter().copied().max()?;
    Some(REPLACEMENT.based(
        largest,
        &[
            ("window (h)", &window.hours()),
            ("valid hours", &sought.len()),
        ],
    ))
}
