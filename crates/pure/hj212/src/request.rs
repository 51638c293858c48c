//! What a host asks of a device: every request of the three editions, to build and to parse.

mod build;
mod parse;

pub use build::{BuildError, RequestHead, build_request};
pub(crate) use parse::{parse_limits, parse_request, report_target};

use crate::edition::Edition;
use crate::upload::UploadKind;

/// An upper and a lower alarm limit of a factor (2005, 1021 and 1022).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlarmLimit<'a> {
    /// The factor's code.
    pub factor: &'a str,
    /// `LowValue`, verbatim.
    pub low: Option<&'a str>,
    /// `UpValue`, verbatim.
    pub high: Option<&'a str>,
}

/// What a calibration calibrates (3011 of 2025, `CalibrationType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CalibrationKind {
    /// 零点
    Zero,
    /// 量程
    Span,
}

/// The span of a request for history or logs; both ends belong to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeSpan<'a> {
    /// `BeginTime`, fourteen digits.
    pub begin: &'a str,
    /// `EndTime`, fourteen digits.
    pub end: &'a str,
}

/// A request or order of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Request<'a> {
    /// 1000 设置超时时间及重发次数.
    SetTimeouts {
        /// `OverTime`, seconds.
        over_time_s: u32,
        /// `ReCount`.
        resend_count: u32,
    },
    /// 1001 设置超限报警时间 (2005).
    SetAlarmDelay {
        /// `WarnTime`, seconds.
        delay_s: u32,
    },
    /// 1002 设置数采仪入网编码 (2025).
    SetIdentifier {
        /// The MN given by the host.
        identifier: &'a str,
    },
    /// 1011 提取现场机时间.
    GetTime {
        /// Of which instrument; of the logger if none.
        factor: Option<&'a str>,
    },
    /// 1012 设置现场机时间.
    SetTime {
        /// Of which instrument; of the logger if none.
        factor: Option<&'a str>,
        /// `SystemTime`, fourteen digits.
        time: &'a str,
    },
    /// 1014 密钥更新 (2025).
    SetKey {
        /// `SKCreateTime`, seventeen digits.
        created: &'a str,
        /// `NewSK`.
        key: &'a str,
    },
    /// 1021 提取污染物报警门限值 (2005).
    GetAlarmLimits {
        /// Of which factors.
        factors: Vec<&'a str>,
    },
    /// 1022 设置污染物报警门限值 (2005).
    SetAlarmLimits {
        /// The limits.
        limits: Vec<AlarmLimit<'a>>,
    },
    /// 1031 提取上位机地址 (2005).
    GetReportTarget,
    /// 1032 设置上位机地址 (2005).
    SetReportTarget {
        /// The address.
        target: &'a str,
    },
    /// 1041 提取数据上报时间 (2005).
    GetReportTime,
    /// 1042 设置数据上报时间 (2005).
    SetReportTime {
        /// `hhmm`.
        time: &'a str,
    },
    /// 1061 提取实时数据间隔.
    GetRealtimeInterval,
    /// 1062 设置实时数据间隔.
    SetRealtimeInterval {
        /// `RtdInterval`, seconds.
        interval_s: u32,
    },
    /// 1063 提取分钟数据间隔.
    GetMinuteInterval,
    /// 1064 设置分钟数据间隔.
    SetMinuteInterval {
        /// `MinInterval`, minutes.
        interval_min: u32,
    },
    /// 1072 设置访问密码.
    SetPassword {
        /// The new password.
        password: &'a str,
    },
    /// 2011 取污染物实时数据.
    StartRealtime,
    /// 2012 停止察看实时数据.
    StopRealtime,
    /// 2021 取设备运行状态数据.
    StartDeviceState,
    /// 2022 停止察看设备运行状态.
    StopDeviceState,
    /// 2031, 2041, 2051, 2061 and the others: history, to fill gaps (补传).
    History {
        /// What kind of data.
        kind: UploadKind,
        /// From when to when.
        span: TimeSpan<'a>,
    },
    /// 3011 零点校准、量程校准.
    Calibrate {
        /// Which factor.
        factor: &'a str,
        /// Which calibration (2025).
        kind: Option<CalibrationKind>,
    },
    /// 3012 即时采样.
    SampleNow {
        /// Which factor.
        factor: &'a str,
    },
    /// 3013 启动清洗或反吹.
    Clean {
        /// Which factor.
        factor: &'a str,
    },
    /// 3014 比对采样 (2017).
    CompareSample {
        /// Which factor.
        factor: &'a str,
    },
    /// 3014 设置采样周期 (2005): the hours of the day at which to sample.
    SetSampleHours {
        /// Which factor.
        factor: &'a str,
        /// `CTime`, each two digits.
        hours: Vec<&'a str>,
    },
    /// 3015 超标留样.
    KeepSampleOnExceedance,
    /// 3016 设置采样时间周期 (2017).
    SetSamplePeriod {
        /// Which factor.
        factor: &'a str,
        /// `CstartTime`, hhmmss.
        start: &'a str,
        /// `CTime`, hours.
        hours: u32,
    },
    /// 3017 提取采样时间周期 (2017).
    GetSamplePeriod {
        /// Which factor.
        factor: &'a str,
    },
    /// 3018 提取出样时间.
    GetResultDelay {
        /// Which factor.
        factor: &'a str,
    },
    /// 3019 提取设备唯一标识.
    GetSerialNumber {
        /// Which factor.
        factor: &'a str,
    },
    /// 3020 提取现场机信息: logs, states, parameters.
    GetInformation {
        /// Which factor.
        factor: &'a str,
        /// `InfoId`.
        information: &'a str,
        /// From when to when, for logs.
        span: Option<TimeSpan<'a>>,
    },
    /// 3021 设置现场机参数.
    SetInformation {
        /// Which factor.
        factor: &'a str,
        /// `InfoId`.
        information: &'a str,
        /// The value.
        value: &'a str,
    },
    /// 3022 即时留样 (2025).
    KeepSampleNow {
        /// Which factor.
        factor: &'a str,
    },
    /// 3024 启动自动标样核查 (2025).
    StartStandardCheck {
        /// Which factor.
        factor: &'a str,
    },
}

impl Request<'_> {
    /// The command code.
    pub const fn command(&self) -> &'static str {
        match self {
            Self::SetTimeouts { .. } => "1000",
            Self::SetAlarmDelay { .. } => "1001",
            Self::SetIdentifier { .. } => "1002",
            Self::GetTime { .. } => "1011",
            Self::SetTime { .. } => "1012",
            Self::SetKey { .. } => "1014",
            Self::GetAlarmLimits { .. } => "1021",
            Self::SetAlarmLimits { .. } => "1022",
            Self::GetReportTarget => "1031",
            Self::SetReportTarget { .. } => "1032",
            Self::GetReportTime => "1041",
            Self::SetReportTime { .. } => "1042",
            Self::GetRealtimeInterval => "1061",
            Self::SetRealtimeInterval { .. } => "1062",
            Self::GetMinuteInterval => "1063",
            Self::SetMinuteInterval { .. } => "1064",
            Self::SetPassword { .. } => "1072",
            Self::StartRealtime => "2011",
            Self::StopRealtime => "2012",
            Self::StartDeviceState => "2021",
            Self::StopDeviceState => "2022",
            Self::History { kind, .. } => kind.command(),
            Self::Calibrate { .. } => "3011",
            Self::SampleNow { .. } => "3012",
            Self::Clean { .. } => "3013",
            Self::CompareSample { .. } | Self::SetSampleHours { .. } => "3014",
            Self::KeepSampleOnExceedance => "3015",
            Self::SetSamplePeriod { .. } => "3016",
            Self::GetSamplePeriod { .. } => "3017",
            Self::GetResultDelay { .. } => "3018",
            Self::GetSerialNumber { .. } => "3019",
            Self::GetInformation { .. } => "3020",
            Self::SetInformation { .. } => "3021",
            Self::KeepSampleNow { .. } => "3022",
            Self::StartStandardCheck { .. } => "3024",
        }
    }

    /// Whether the edition has this request.
    pub fn is_in(&self, edition: Edition) -> bool {
        match self {
            // One code, two meanings.
            Self::SetAlarmDelay { .. } | Self::SetSampleHours { .. } => edition == Edition::Hjt2005,
            Self::CompareSample { .. } => edition == Edition::Hj2017,
            _ => crate::command::find_command(self.command(), edition)
                .is_some_and(|command| command.editions.contains(&edition)),
        }
    }

    /// Whether the device answers at once with 9013 and nothing more (the stop commands), instead
    /// of 9011 and 9012.
    pub const fn is_notice(&self) -> bool {
        matches!(self, Self::StopRealtime | Self::StopDeviceState)
    }
}
