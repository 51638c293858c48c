//! One factor's values.

use crate::number::Number;

/// Which statistic of a factor a value is: the part of the field name after `-`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Statistic {
    /// `Rtd`: real-time value.
    Rtd,
    /// `Min`: least value of the period.
    Min,
    /// `Avg`: mean of the period.
    Avg,
    /// `Max`: greatest value of the period.
    Max,
    /// `Cou`: amount over the period.
    Cou,
    /// `ZsRtd`: real-time value, converted (折算).
    ZsRtd,
    /// `ZsMin`: least value, converted.
    ZsMin,
    /// `ZsAvg`: mean, converted.
    ZsAvg,
    /// `ZsMax`: greatest value, converted.
    ZsMax,
    /// `ZsCou`: amount, converted; outside the standard.
    ZsCou,
    /// `RS`: state of a device.
    RunState,
    /// `RT`: running time of a device in the day, hours.
    RunTime,
    /// `Data`: noise of a period.
    Data,
    /// `DayData`: noise by day.
    DayData,
    /// `NightData`: noise by night.
    NightData,
    /// `Ala`: value at an alarm (2005).
    Alarm,
    /// `SampleRd`: reading of a standard sample (2025).
    SampleReading,
    /// `StandardValue`: value of the standard sample (2025).
    StandardValue,
    /// `ResultType`: 1 passed, 0 failed (2025).
    ResultType,
    /// `SampleType` (2025).
    SampleType,
    /// Any other suffix; see [`FactorValue::suffix`].
    Other,
}

impl Statistic {
    /// The suffix as the standard writes it; empty for [`Statistic::Other`].
    pub const fn suffix(self) -> &'static str {
        match self {
            Self::Rtd => "Rtd",
            Self::Min => "Min",
            Self::Avg => "Avg",
            Self::Max => "Max",
            Self::Cou => "Cou",
            Self::ZsRtd => "ZsRtd",
            Self::ZsMin => "ZsMin",
            Self::ZsAvg => "ZsAvg",
            Self::ZsMax => "ZsMax",
            Self::ZsCou => "ZsCou",
            Self::RunState => "RS",
            Self::RunTime => "RT",
            Self::Data => "Data",
            Self::DayData => "DayData",
            Self::NightData => "NightData",
            Self::Alarm => "Ala",
            Self::SampleReading => "SampleRd",
            Self::StandardValue => "StandardValue",
            Self::ResultType => "ResultType",
            Self::SampleType => "SampleType",
            Self::Other => "",
        }
    }

    /// The statistic of a suffix.
    pub fn from_suffix(suffix: &str) -> Self {
        match suffix.as_bytes() {
            b"Rtd" => Self::Rtd,
            b"Avg" => Self::Avg,
            b"Min" => Self::Min,
            b"Max" => Self::Max,
            b"Cou" => Self::Cou,
            b"ZsRtd" => Self::ZsRtd,
            b"ZsAvg" => Self::ZsAvg,
            b"ZsMin" => Self::ZsMin,
            b"ZsMax" => Self::ZsMax,
            b"ZsCou" => Self::ZsCou,
            b"RS" => Self::RunState,
            b"RT" => Self::RunTime,
            b"Data" => Self::Data,
            b"DayData" => Self::DayData,
            b"NightData" => Self::NightData,
            b"Ala" => Self::Alarm,
            b"SampleRd" => Self::SampleReading,
            b"StandardValue" => Self::StandardValue,
            b"ResultType" => Self::ResultType,
            b"SampleType" => Self::SampleType,
            _ => Self::Other,
        }
    }
}

/// A data flag (数据标记, HJ 212-2017, 6.6.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DataFlag {
    /// `N`: normal.
    Normal,
    /// `F`: instrument (2005: source) stopped.
    Stopped,
    /// `M`: under maintenance.
    Maintenance,
    /// `S`: set by hand.
    SetByHand,
    /// `D`: instrument fault.
    Fault,
    /// `C`: calibrating.
    Calibrating,
    /// `T`: above the range.
    AboveRange,
    /// `B`: link between instrument and logger lost.
    LinkLost,
    /// `P`: power failure (2005 only).
    PowerFailure,
    /// Anything else; the first byte of it. Air stations of 2005 send `0` to `3`.
    Other(u8),
}

impl DataFlag {
    /// The flag of a value. `None` for an empty one.
    pub fn parse(value: &str) -> Option<Self> {
        Some(match value.as_bytes() {
            [] => return None,
            b"N" => Self::Normal,
            b"F" => Self::Stopped,
            b"M" => Self::Maintenance,
            b"S" => Self::SetByHand,
            b"D" => Self::Fault,
            b"C" => Self::Calibrating,
            b"T" => Self::AboveRange,
            b"B" => Self::LinkLost,
            b"P" => Self::PowerFailure,
            [first, ..] => Self::Other(*first),
        })
    }

    /// The letter.
    pub const fn letter(self) -> char {
        match self {
            Self::Normal => 'N',
            Self::Stopped => 'F',
            Self::Maintenance => 'M',
            Self::SetByHand => 'S',
            Self::Fault => 'D',
            Self::Calibrating => 'C',
            Self::AboveRange => 'T',
            Self::LinkLost => 'B',
            Self::PowerFailure => 'P',
            Self::Other(byte) => byte as char,
        }
    }

    /// 含义
    pub const fn name_zh(self) -> &'static str {
        match self {
            Self::Normal => "正常",
            Self::Stopped => "停运",
            Self::Maintenance => "维护",
            Self::SetByHand => "手工输入",
            Self::Fault => "故障",
            Self::Calibrating => "校准",
            Self::AboveRange => "超测量上限",
            Self::LinkLost => "通讯异常",
            Self::PowerFailure => "电源故障",
            Self::Other(b'0') => "校准数据（空气站）",
            Self::Other(b'1') => "气象参数（空气站）",
            Self::Other(b'2') => "异常数据（空气站）",
            Self::Other(b'3') => "正常数据（空气站）",
            Self::Other(_) => "标准之外",
        }
    }

    /// Meaning.
    pub const fn name_en(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Stopped => "stopped",
            Self::Maintenance => "under maintenance",
            Self::SetByHand => "set by hand",
            Self::Fault => "instrument fault",
            Self::Calibrating => "calibrating",
            Self::AboveRange => "above the range",
            Self::LinkLost => "link to the instrument lost",
            Self::PowerFailure => "power failure",
            Self::Other(b'0') => "calibration (air station)",
            Self::Other(b'1') => "meteorological (air station)",
            Self::Other(b'2') => "abnormal (air station)",
            Self::Other(b'3') => "normal (air station)",
            Self::Other(_) => "outside the standard",
        }
    }
}

/// One value of a factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorValue<'a> {
    /// Which statistic it is.
    pub statistic: Statistic,
    /// The part of the field name after `-`, verbatim.
    pub suffix: &'a str,
    /// The value, verbatim: "0.10" is not "0.1".
    pub text: &'a str,
    /// The value as a decimal, if it is one of at most 18 significant digits.
    pub number: Option<Number>,
}

/// Where a factor's values lie in the upload's list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Factor<'a> {
    pub(super) code: &'a str,
    pub(super) flag: Option<DataFlag>,
    pub(super) vendor_flag: Option<&'a str>,
    pub(super) sample_time: Option<&'a str>,
    pub(super) complete_time: Option<&'a str>,
    pub(super) start: u32,
    pub(super) end: u32,
}

impl<'a> Factor<'a> {
    pub(super) const fn new(code: &'a str, start: u32) -> Self {
        Self {
            code,
            flag: None,
            vendor_flag: None,
            sample_time: None,
            complete_time: None,
            start,
            end: start,
        }
    }

    pub(super) fn reading<'u>(&self, values: &'u [FactorValue<'a>]) -> FactorReading<'a, 'u> {
        FactorReading {
            code: self.code,
            flag: self.flag,
            vendor_flag: self.vendor_flag,
            sample_time: self.sample_time,
            complete_time: self.complete_time,
            values: values
                .get(self.start as usize..self.end as usize)
                .unwrap_or_default(),
        }
    }
}

/// What an upload says of one factor (or device, or noise index).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FactorReading<'a, 'u> {
    /// The code as sent: `w01018`, `011`, `SB1`, `Leq`, `SO2`.
    pub code: &'a str,
    /// Its data flag.
    pub flag: Option<DataFlag>,
    /// The vendor's extension `EFlag` (2017).
    pub vendor_flag: Option<&'a str>,
    /// `SampleTime`, verbatim.
    pub sample_time: Option<&'a str>,
    /// `CompleteTime` (2025), verbatim.
    pub complete_time: Option<&'a str>,
    /// Its values in the order they came.
    pub values: &'u [FactorValue<'a>],
}

impl<'a, 'u> FactorReading<'a, 'u> {
    /// The first value of a statistic.
    pub fn value(&self, statistic: Statistic) -> Option<&'u FactorValue<'a>> {
        self.values
            .iter()
            .find(|value| value.statistic == statistic)
    }

    /// `Rtd`, real-time value.
    pub fn rtd(&self) -> Option<&'u FactorValue<'a>> {
        self.value(Statistic::Rtd)
    }

    /// `Min`, least value.
    pub fn min(&self) -> Option<&'u FactorValue<'a>> {
        self.value(Statistic::Min)
    }

    /// `Avg`, mean.
    pub fn avg(&self) -> Option<&'u FactorValue<'a>> {
        self.value(Statistic::Avg)
    }

    /// `Max`, greatest value.
    pub fn max(&self) -> Option<&'u FactorValue<'a>> {
        self.value(Statistic::Max)
    }

    /// `Cou`, amount over the period.
    pub fn cou(&self) -> Option<&'u FactorValue<'a>> {
        self.value(Statistic::Cou)
    }

    /// Values whose suffix no edition knows.
    pub fn extra(&self) -> impl Iterator<Item = &'u FactorValue<'a>> {
        self.values
            .iter()
            .filter(|value| value.statistic == Statistic::Other)
    }
}
