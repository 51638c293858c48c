//! Data uploads as typed values: what was measured, for which factor, with which flag.

mod factor;
mod parse;

pub use factor::{DataFlag, FactorReading, FactorValue, Statistic};
pub use parse::parse_upload;

use crate::device_time::DeviceTime;
use crate::message::Field;

/// What kind of data an upload carries; by CN.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum UploadKind {
    /// 2011 实时数据; also key production conditions (ST=45) and electricity (ST=44) of 2025.
    Realtime,
    /// 2013 周期原始数据 (2025).
    RawPeriod,
    /// 2021 设备运行状态.
    DeviceState,
    /// 2031 日数据.
    Day,
    /// 2041 设备运行时间日数据.
    RunningTime,
    /// 2051 分钟数据.
    Minute,
    /// 2052 噪声单次测量数据 (2025).
    NoiseSingle,
    /// 2061 小时数据.
    Hour,
    /// 2062 自动标样核查数据 (2025).
    StandardCheck,
    /// 2071 报警记录 (2005).
    AlarmRecord,
    /// 2072 报警事件 (2005).
    AlarmEvent,
    /// 2081 数采仪开机时间.
    Restart,
    /// 2111 炉膛温度 5 分钟均值 (2025).
    FurnaceTemperature,
}

impl UploadKind {
    /// Every kind.
    pub const ALL: [Self; 13] = [
        Self::Realtime,
        Self::RawPeriod,
        Self::DeviceState,
        Self::Day,
        Self::RunningTime,
        Self::Minute,
        Self::NoiseSingle,
        Self::Hour,
        Self::StandardCheck,
        Self::AlarmRecord,
        Self::AlarmEvent,
        Self::Restart,
        Self::FurnaceTemperature,
    ];

    /// The command code.
    pub const fn command(self) -> &'static str {
        match self {
            Self::Realtime => "2011",
            Self::RawPeriod => "2013",
            Self::DeviceState => "2021",
            Self::Day => "2031",
            Self::RunningTime => "2041",
            Self::Minute => "2051",
            Self::NoiseSingle => "2052",
            Self::Hour => "2061",
            Self::StandardCheck => "2062",
            Self::AlarmRecord => "2071",
            Self::AlarmEvent => "2072",
            Self::Restart => "2081",
            Self::FurnaceTemperature => "2111",
        }
    }

    /// The kind of a command code.
    pub fn from_command(command: &str) -> Option<Self> {
        Some(match command.as_bytes() {
            b"2011" => Self::Realtime,
            b"2013" => Self::RawPeriod,
            b"2021" => Self::DeviceState,
            b"2031" => Self::Day,
            b"2041" => Self::RunningTime,
            b"2051" => Self::Minute,
            b"2052" => Self::NoiseSingle,
            b"2061" => Self::Hour,
            b"2062" => Self::StandardCheck,
            b"2071" => Self::AlarmRecord,
            b"2072" => Self::AlarmEvent,
            b"2081" => Self::Restart,
            b"2111" => Self::FurnaceTemperature,
            _ => return None,
        })
    }

    /// Whether `DataTime` names a period, by its start (HJ 212-2017), and not a moment.
    pub const fn is_period(self) -> bool {
        matches!(
            self,
            Self::Day | Self::RunningTime | Self::Minute | Self::Hour | Self::FurnaceTemperature
        )
    }
}

/// The data area of a data upload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload<'a> {
    /// What kind of data it is.
    pub kind: UploadKind,
    /// The text of `DataTime` (`AlarmTime` in 2072), verbatim.
    pub data_time_text: Option<&'a str>,
    /// The same as a time, if it is one.
    pub data_time: Option<DeviceTime<'a>>,
    /// Whether the packet is marked as re-sent (`RF=1`, 2025).
    pub is_resent: bool,
    /// A `Flag` without a factor: taken for all factors that have none.
    pub common_flag: Option<DataFlag>,
    /// Fields that belong to no factor, such as `RestartTime` or `AlarmType`.
    pub others: Vec<Field<'a>>,
    factors: Vec<factor::Factor<'a>>,
    values: Vec<FactorValue<'a>>,
}

impl<'a> Upload<'a> {
    /// The factors, devices or noise indices in the order they came.
    pub fn factors(&self) -> impl ExactSizeIterator<Item = FactorReading<'a, '_>> {
        self.factors
            .iter()
            .map(|factor| factor.reading(&self.values))
    }

    /// The first factor of that code.
    pub fn factor(&self, code: &str) -> Option<FactorReading<'a, '_>> {
        self.factors().find(|factor| factor.code == code)
    }

    /// The flag of a factor, or else the packet's common flag.
    pub fn flag_of(&self, factor: &FactorReading<'a, '_>) -> Option<DataFlag> {
        factor.flag.or(self.common_flag)
    }

    /// How many values there are in all.
    pub fn value_count(&self) -> usize {
        self.values.len()
    }
}
