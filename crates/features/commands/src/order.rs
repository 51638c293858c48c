//! What can be ordered of a device, with its parameters and their checks.

mod from_request;
mod words;

use beijing_time::Timestamp;
use bytes::Bytes;
use hj212::{BuildError, CalibrationKind, Edition, Request, RequestHead, TimeSpan, build_request};
use serde::{Deserialize, Serialize};

use crate::CommandsError;
pub use words::{Calibration, HistoryKind, Secret};
use words::{check_secret, is_time_of_day};

/// A command with its parameters. The new password and the new key are no parameters: they are
/// given apart and sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "command",
    content = "parameters",
    rename_all = "snake_case",
    deny_unknown_fields
)]
pub enum Order {
    /// 1000 设置超时时间及重发次数.
    SetTimeouts {
        /// Seconds, 1 to 99.
        over_time_s: u32,
        /// 0 to 99.
        resend_count: u32,
    },
    /// 1011 提取现场机时间.
    GetClock {
        /// Of which instrument; of the logger if none.
        factor: Option<String>,
    },
    /// 1012 设置现场机时间.
    SetClock {
        /// Of which instrument; of the logger if none.
        factor: Option<String>,
        /// The time to set; the moment of sending if none.
        time: Option<Timestamp>,
    },
    /// 1014 密钥更新 (2025). The key is given as the secret.
    RenewKey {},
    /// 1061 提取实时数据间隔.
    GetRealtimeInterval {},
    /// 1062 设置实时数据间隔.
    SetRealtimeInterval {
        /// Seconds, 30 to 3600.
        interval_s: u32,
    },
    /// 1063 提取分钟数据间隔.
    GetMinuteInterval {},
    /// 1064 设置分钟数据间隔.
    SetMinuteInterval {
        /// Minutes: 1, 2, 3, 4, 5, 6, 10, 12, 15, 20 or 30.
        interval_min: u32,
    },
    /// 1072 设置访问密码. The password is given as the secret.
    SetPassword {},
    /// 2011 取污染物实时数据.
    StartRealtime {},
    /// 2012 停止察看实时数据.
    StopRealtime {},
    /// 2021 取设备运行状态数据.
    StartDeviceState {},
    /// 2022 停止察看设备运行状态.
    StopDeviceState {},
    /// 2011, 2031, 2041, 2051, 2061, 2071, 2062: history.
    GetHistory {
        /// Which.
        kind: HistoryKind,
        /// The first period.
        from: Timestamp,
        /// The last period; both ends belong to it.
        to: Timestamp,
    },
    /// 3011 零点校准、量程校准.
    Calibrate {
        /// Which factor.
        factor: String,
        /// Which calibration (2025).
        calibration: Option<Calibration>,
    },
    /// 3012 即时采样.
    SampleNow {
        /// Which factor.
        factor: String,
    },
    /// 3013 启动清洗或反吹.
    Clean {
        /// Which factor.
        factor: String,
    },
    /// 3014 比对采样 (2017).
    CompareSample {
        /// Which factor.
        factor: String,
    },
    /// 3015 超标留样.
    KeepSample {},
    /// 3016 设置采样时间周期 (2017).
    SetSamplePeriod {
        /// Which factor.
        factor: String,
        /// `hhmmss`.
        start: String,
        /// 1 to 24.
        hours: u32,
    },
    /// 3017 提取采样时间周期 (2017).
    GetSamplePeriod {
        /// Which factor.
        factor: String,
    },
    /// 3018 提取出样时间.
    GetResultDelay {
        /// Which factor.
        factor: String,
    },
    /// 3019 提取设备唯一标识.
    GetSerialNumber {
        /// Which factor.
        factor: String,
    },
    /// 3020 提取现场机信息: logs, states, parameters.
    GetInformation {
        /// Which factor.
        factor: String,
        /// `i` and five characters.
        information: String,
        /// For logs: from when.
        from: Option<Timestamp>,
        /// For logs: to when.
        to: Option<Timestamp>,
    },
    /// 3021 设置现场机参数.
    SetInformation {
        /// Which factor.
        factor: String,
        /// `i` and five characters.
        information: String,
        /// The value.
        value: String,
    },
    /// 3022 即时留样 (2025).
    KeepSampleNow {
        /// Which factor.
        factor: String,
    },
    /// 3024 启动自动标样核查 (2025).
    StartStandardCheck {
        /// Which factor.
        factor: String,
    },
}

/// How a command ends well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Course {
    /// 9011, then 9012.
    Set,
    /// 9011, then the same CN with the request's QN, then 9012.
    Get,
    /// 9011, then packets with their own QN, then 9012.
    History,
    /// 9013 at once.
    Notice,
}

impl Order {
    /// Reads a command from its name in the API and its parameters as JSON.
    ///
    /// # Errors
    /// [`CommandsError::Invalid`] for an unknown name or parameters that do not fit it.
    pub fn parse(command: &str, parameters: serde_json::Value) -> Result<Self, CommandsError> {
        let parameters = if parameters.is_null() {
            serde_json::json!({})
        } else {
            parameters
        };
        let whole = serde_json::json!({ "command": command, "parameters": parameters });
        serde_json::from_value(whole).map_err(|error| CommandsError::Invalid {
            field: "parameters",
            reason: error.to_string(),
        })
    }

    /// The name in the API, and the parameters as JSON text.
    pub fn to_parts(&self) -> (String, String) {
        let whole = serde_json::to_value(self).unwrap_or_default();
        let part = |name: &str| whole.get(name).cloned().unwrap_or_default();
        let name = part("command").as_str().unwrap_or_default().to_owned();
        (name, part("parameters").to_string())
    }

    /// The command code.
    pub fn cn(&self) -> &'static str {
        match self {
            Self::RenewKey {} => "1014",
            Self::SetPassword {} => "1072",
            _ => {
                let texts = Texts::new(self, Timestamp::default());
                self.request(&texts, "")
                    .map_or("", |request| request.command())
            }
        }
    }

    /// How it ends well.
    pub const fn course(&self) -> Course {
        match self {
            Self::StopRealtime {} | Self::StopDeviceState {} => Course::Notice,
            Self::GetHistory { .. } => Course::History,
            Self::GetClock { .. }
            | Self::GetRealtimeInterval {}
            | Self::GetMinuteInterval {}
            | Self::KeepSample {}
            | Self::GetSamplePeriod { .. }
            | Self::GetResultDelay { .. }
            | Self::GetSerialNumber { .. }
            | Self::GetInformation { .. } => Course::Get,
            _ => Course::Set,
        }
    }

    /// Whether it comes with a secret.
    pub const fn needs_secret(&self) -> bool {
        matches!(self, Self::RenewKey {} | Self::SetPassword {})
    }

    /// Checks the parameters against the ranges of the edition, and builds it once to see that
    /// the edition has it.
    ///
    /// # Errors
    /// [`CommandsError::Invalid`] naming the parameter.
    pub fn check(&self, edition: Edition, secret: Option<&Secret>) -> Result<(), CommandsError> {
        let wrong = |field: &'static str, reason: &str| {
            Err(CommandsError::Invalid {
                field,
                reason: reason.to_owned(),
            })
        };
        let is_old = edition == Edition::Hjt2005;
        match self {
            Self::SetTimeouts { over_time_s, .. } if !(1..=99).contains(over_time_s) => {
                return wrong("over_time_s", "must be 1 to 99");
            }
            Self::SetTimeouts { resend_count, .. } if *resend_count > 99 => {
                return wrong("resend_count", "must be 0 to 99");
            }
            Self::SetRealtimeInterval { interval_s }
                if !(if is_old { 1..=9999 } else { 30..=3600 }).contains(interval_s) =>
            {
                return wrong("interval_s", "must be 30 to 3600 (1 to 9999 in 2005)");
            }
            Self::SetMinuteInterval { interval_min }
                if !matches!(interval_min, 1..=6 | 10 | 12 | 15 | 20 | 30) =>
            {
                return wrong("interval_min", "must be 1 to 6, 10, 12, 15, 20 or 30");
            }
            Self::SetSamplePeriod { hours, .. } if !(1..=24).contains(hours) => {
                return wrong("hours", "must be 1 to 24");
            }
            Self::SetSamplePeriod { start, .. } if !is_time_of_day(start) => {
                return wrong("start", "must be hhmmss");
            }
            Self::GetHistory { kind, from, to } => {
                if from > to {
                    return wrong("to", "must not be before `from`");
                }
                if to.ms_since(*from) > kind.longest_days() * 86_400_000 {
                    return wrong("to", "the span is too long for one request");
                }
            }
            Self::GetInformation { from, to, .. } => match (from, to) {
                (Some(from), Some(to)) if from > to => {
                    return wrong("to", "must not be before `from`");
                }
                (None, Some(_)) | (Some(_), None) => {
                    return wrong("from", "`from` and `to` go together");
                }
                _ => {}
            },
            _ => {}
        }
        if let Some(factor) = self.factor()
            && !(1..=6).contains(&factor.len())
        {
            return wrong("factor", "must be a pollutant code");
        }
        if self
            .factor()
            .is_some_and(|f| !f.bytes().all(|b| b.is_ascii_alphanumeric()))
        {
            return wrong("factor", "must be a pollutant code");
        }
        if let Self::GetInformation { information, .. } | Self::SetInformation { information, .. } =
            self
            && !(information.len() == 6 && information.bytes().all(|b| b.is_ascii_alphanumeric()))
        {
            return wrong("information", "must be six characters such as i11001");
        }
        if let Self::SetInformation { value, .. } = self
            && value.is_empty()
        {
            return wrong("value", "must not be empty");
        }
        match (self.needs_secret(), secret) {
            (true, None) => return wrong("secret", "this command needs the new password or key"),
            (false, Some(_)) => return wrong("secret", "this command takes none"),
            (true, Some(secret)) => check_secret(self, secret)?,
            (false, None) => {}
        }
        let head = RequestHead {
            edition,
            qn: "20260101000000000",
            st: "32",
            pw: "123456",
            mn: "0",
        };
        self.build(&head, Timestamp::default(), secret)
            .map(|_packet| ())
            .map_err(|error| CommandsError::Invalid {
                field: "command",
                reason: error.to_string(),
            })
    }

    fn factor(&self) -> Option<&str> {
        match self {
            Self::GetClock { factor } | Self::SetClock { factor, .. } => factor.as_deref(),
            Self::Calibrate { factor, .. }
            | Self::SampleNow { factor }
            | Self::Clean { factor }
            | Self::CompareSample { factor }
            | Self::SetSamplePeriod { factor, .. }
            | Self::GetSamplePeriod { factor }
            | Self::GetResultDelay { factor }
            | Self::GetSerialNumber { factor }
            | Self::GetInformation { factor, .. }
            | Self::SetInformation { factor, .. }
            | Self::KeepSampleNow { factor }
            | Self::StartStandardCheck { factor } => Some(factor),
            _ => None,
        }
    }

    /// Builds the packet.
    ///
    /// # Errors
    /// [`BuildError`] when the edition has no such command or a value cannot be sent.
    pub fn build(
        &self,
        head: &RequestHead<'_>,
        now: Timestamp,
        secret: Option<&Secret>,
    ) -> Result<Bytes, BuildError> {
        let texts = Texts::new(self, now);
        let secret = secret.map_or("", Secret::reveal);
        let request = self
            .request(&texts, secret)
            .ok_or(BuildError::NotInEdition {
                command: "",
                edition: head.edition,
            })?;
        build_request(head, &request)
    }

    fn request<'a>(&'a self, texts: &'a Texts, secret: &'a str) -> Option<Request<'a>> {
        let span = || {
            Some(TimeSpan {
                begin: texts.begin.as_deref()?,
                end: texts.end.as_deref()?,
            })
        };
        Some(match self {
            Self::SetTimeouts {
                over_time_s,
                resend_count,
            } => Request::SetTimeouts {
                over_time_s: *over_time_s,
                resend_count: *resend_count,
            },
            Self::GetClock { factor } => Request::GetTime {
                factor: factor.as_deref(),
            },
            Self::SetClock { factor, .. } => Request::SetTime {
                factor: factor.as_deref(),
                time: &texts.time,
            },
            Self::RenewKey {} => Request::SetKey {
                created: &texts.created,
                key: secret,
            },
            Self::GetRealtimeInterval {} => Request::GetRealtimeInterval,
            Self::SetRealtimeInterval { interval_s } => Request::SetRealtimeInterval {
                interval_s: *interval_s,
            },
            Self::GetMinuteInterval {} => Request::GetMinuteInterval,
            Self::SetMinuteInterval { interval_min } => Request::SetMinuteInterval {
                interval_min: *interval_min,
            },
            Self::SetPassword {} => Request::SetPassword { password: secret },
            Self::StartRealtime {} => Request::StartRealtime,
            Self::StopRealtime {} => Request::StopRealtime,
            Self::StartDeviceState {} => Request::StartDeviceState,
            Self::StopDeviceState {} => Request::StopDeviceState,
            Self::GetHistory { kind, .. } => Request::History {
                kind: kind.upload(),
                span: span()?,
            },
            Self::Calibrate {
                factor,
                calibration,
            } => Request::Calibrate {
                factor,
                kind: calibration.map(|calibration| match calibration {
                    Calibration::Zero => CalibrationKind::Zero,
                    Calibration::Span => CalibrationKind::Span,
                }),
            },
            Self::SampleNow { factor } => Request::SampleNow { factor },
            Self::Clean { factor } => Request::Clean { factor },
            Self::CompareSample { factor } => Request::CompareSample { factor },
            Self::KeepSample {} => Request::KeepSampleOnExceedance,
            Self::SetSamplePeriod {
                factor,
                start,
                hours,
            } => Request::SetSamplePeriod {
                factor,
                start,
                hours: *hours,
            },
            Self::GetSamplePeriod { factor } => Request::GetSamplePeriod { factor },
            Self::GetResultDelay { factor } => Request::GetResultDelay { factor },
            Self::GetSerialNumber { factor } => Request::GetSerialNumber { factor },
            Self::GetInformation {
                factor,
                information,
                ..
            } => Request::GetInformation {
                factor,
                information,
                span: span(),
            },
            Self::SetInformation {
                factor,
                information,
                value,
            } => Request::SetInformation {
                factor,
                information,
                value,
            },
            Self::KeepSampleNow { factor } => Request::KeepSampleNow { factor },
            Self::StartStandardCheck { factor } => Request::StartStandardCheck { factor },
        })
    }
}

/// The times of a command as the protocol writes them.
struct Texts {
    time: String,
    created: String,
    begin: Option<String>,
    end: Option<String>,
}

impl Texts {
    fn new(order: &Order, now: Timestamp) -> Self {
        let compact = |time: Timestamp| time.civil().to_compact();
        let (begin, end) = match order {
            Order::GetHistory { from, to, .. } => (Some(compact(*from)), Some(compact(*to))),
            Order::GetInformation { from, to, .. } => (from.map(compact), to.map(compact)),
            _ => (None, None),
        };
        let time = match order {
            Order::SetClock { time, .. } => time.unwrap_or(now),
            _ => now,
        };
        Self {
            time: compact(time),
            created: now.civil().to_compact_milliseconds(),
            begin,
            end,
        }
    }
}

#[cfg(test)]
mod tests;
