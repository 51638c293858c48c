//! Orders from the requests of somebody else: of a superior platform that asks through us.

use hj212::{CalibrationKind, Request, UploadKind};

use super::{Calibration, HistoryKind, Order};
use crate::rules::parse_time;

impl Order {
    /// The order that a request amounts to. `None` for what is not passed on: new passwords and
    /// keys, the settings of 2005 for alarms and addresses, and history without a readable span.
    pub fn from_request(request: &Request<'_>) -> Option<Self> {
        Some(match request {
            Request::SetTimeouts {
                over_time_s,
                resend_count,
            } => Self::SetTimeouts {
                over_time_s: *over_time_s,
                resend_count: *resend_count,
            },
            Request::GetTime { factor } => Self::GetClock {
                factor: factor.map(str::to_owned),
            },
            Request::SetTime { factor, time } => Self::SetClock {
                factor: factor.map(str::to_owned),
                time: Some(parse_time(time)?),
            },
            Request::GetRealtimeInterval => Self::GetRealtimeInterval {},
            Request::SetRealtimeInterval { interval_s } => Self::SetRealtimeInterval {
                interval_s: *interval_s,
            },
            Request::GetMinuteInterval => Self::GetMinuteInterval {},
            Request::SetMinuteInterval { interval_min } => Self::SetMinuteInterval {
                interval_min: *interval_min,
            },
            Request::StartRealtime => Self::StartRealtime {},
            Request::StopRealtime => Self::StopRealtime {},
            Request::StartDeviceState => Self::StartDeviceState {},
            Request::StopDeviceState => Self::StopDeviceState {},
            Request::History { kind, span } => Self::GetHistory {
                kind: history_kind(*kind)?,
                from: parse_time(span.begin)?,
                to: parse_time(span.end)?,
            },
            request => return of_control(request),
        })
    }
}

/// 3011 to 3024.
fn of_control(request: &Request<'_>) -> Option<Order> {
    let owned = |text: &str| text.to_owned();
    Some(match request {
        Request::Calibrate { factor, kind } => Order::Calibrate {
            factor: owned(factor),
            calibration: kind.map(|kind| match kind {
                CalibrationKind::Zero => Calibration::Zero,
                CalibrationKind::Span => Calibration::Span,
            }),
        },
        Request::SampleNow { factor } => Order::SampleNow {
            factor: owned(factor),
        },
        Request::Clean { factor } => Order::Clean {
            factor: owned(factor),
        },
        Request::CompareSample { factor } => Order::CompareSample {
            factor: owned(factor),
        },
        Request::KeepSampleOnExceedance => Order::KeepSample {},
        Request::SetSamplePeriod {
            factor,
            start,
            hours,
        } => Order::SetSamplePeriod {
            factor: owned(factor),
            start: owned(start),
            hours: *hours,
        },
        Request::GetSamplePeriod { factor } => Order::GetSamplePeriod {
            factor: owned(factor),
        },
        Request::GetResultDelay { factor } => Order::GetResultDelay {
            factor: owned(factor),
        },
        Request::GetSerialNumber { factor } => Order::GetSerialNumber {
            factor: owned(factor),
        },
        Request::GetInformation {
            factor,
            information,
            span,
        } => Order::GetInformation {
            factor: owned(factor),
            information: owned(information),
            from: span.map(|span| parse_time(span.begin)).unwrap_or_default(),
            to: span.map(|span| parse_time(span.end)).unwrap_or_default(),
        },
        Request::SetInformation {
            factor,
            information,
            value,
        } => Order::SetInformation {
            factor: owned(factor),
            information: owned(information),
            value: owned(value),
        },
        Request::KeepSampleNow { factor } => Order::KeepSampleNow {
            factor: owned(factor),
        },
        Request::StartStandardCheck { factor } => Order::StartStandardCheck {
            factor: owned(factor),
        },
        _ => return None,
    })
}

fn history_kind(kind: UploadKind) -> Option<HistoryKind> {
    Some(match kind {
        UploadKind::Realtime => HistoryKind::Realtime,
        UploadKind::Minute => HistoryKind::Minute,
        UploadKind::Hour => HistoryKind::Hour,
        UploadKind::Day => HistoryKind::Day,
        UploadKind::RunningTime => HistoryKind::RunningTime,
        UploadKind::AlarmRecord => HistoryKind::AlarmRecord,
        UploadKind::StandardCheck => HistoryKind::StandardCheck,
        _ => return None,
    })
}
