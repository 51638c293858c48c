//! The words orders are made of, and the checks of times and secrets.

use hj212::UploadKind;
use serde::{Deserialize, Serialize};

use super::Order;
use crate::CommandsError;

/// Which calibration (2025).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Calibration {
    /// 零点
    Zero,
    /// 量程
    Span,
}

/// Which history.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HistoryKind {
    /// 2011 实时数据
    Realtime,
    /// 2051 分钟数据
    Minute,
    /// 2061 小时数据
    Hour,
    /// 2031 日数据
    Day,
    /// 2041 设备运行时间日数据
    RunningTime,
    /// 2071 报警记录 (2005)
    AlarmRecord,
    /// 2062 自动标样核查数据 (2025)
    StandardCheck,
}

impl HistoryKind {
    pub(crate) const fn upload(self) -> UploadKind {
        match self {
            Self::Realtime => UploadKind::Realtime,
            Self::Minute => UploadKind::Minute,
            Self::Hour => UploadKind::Hour,
            Self::Day => UploadKind::Day,
            Self::RunningTime => UploadKind::RunningTime,
            Self::AlarmRecord => UploadKind::AlarmRecord,
            Self::StandardCheck => UploadKind::StandardCheck,
        }
    }

    /// The longest span of one request, so that one answer stays within some thousand packets.
    pub(crate) const fn longest_days(self) -> i64 {
        match self {
            Self::Realtime => 1,
            Self::Minute => 7,
            Self::Hour => 92,
            _ => 366,
        }
    }
}

/// Hides a secret from logs.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Secret(…)")
    }
}

impl Secret {
    /// A secret text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl Order {
    /// Whether doing it twice does no more than doing it once, so that it may be sent again when
    /// nobody knows whether the device did it.
    pub const fn is_repeatable(&self) -> bool {
        !matches!(
            self,
            Self::RenewKey {}
                | Self::SetPassword {}
                | Self::Calibrate { .. }
                | Self::SampleNow { .. }
                | Self::Clean { .. }
                | Self::CompareSample { .. }
                | Self::KeepSample {}
                | Self::KeepSampleNow { .. }
                | Self::StartStandardCheck { .. }
                | Self::SetInformation { .. }
        )
    }
}

pub(super) fn is_time_of_day(text: &str) -> bool {
    let pair = |at: usize| {
        text.get(at..at + 2)
            .and_then(|pair| pair.parse::<u8>().ok())
    };
    text.len() == 6
        && text.bytes().all(|b| b.is_ascii_digit())
        && pair(0).is_some_and(|hour| hour < 24)
        && pair(2).is_some_and(|minute| minute < 60)
        && pair(4).is_some_and(|second| second < 60)
}

pub(super) fn check_secret(order: &Order, secret: &Secret) -> Result<(), CommandsError> {
    let text = secret.reveal();
    let wrong = |reason: &str| {
        Err(CommandsError::Invalid {
            field: "secret",
            reason: reason.to_owned(),
        })
    };
    let is_plain = text.bytes().all(|b| b.is_ascii_alphanumeric());
    if matches!(order, Order::SetPassword {}) {
        return if text.len() == 6 && is_plain {
            Ok(())
        } else {
            wrong("a password has six letters or digits")
        };
    }
    if text.len() != 16 || !is_plain {
        return wrong("a key has sixteen letters or digits");
    }
    // HJ 212-2025, 6.4.3: no fixed or patterned keys.
    let mut kinds: Vec<u8> = text.bytes().collect();
    kinds.sort_unstable();
    kinds.dedup();
    let is_run = text
        .as_bytes()
        .windows(2)
        .all(|pair| matches!(pair, [a, b] if a.abs_diff(*b) <= 1));
    if kinds.len() < 8 || is_run {
        return wrong("the key follows a pattern: use at least eight different characters");
    }
    Ok(())
}
