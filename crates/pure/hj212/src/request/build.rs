//! Requests to bytes.

use super::{CalibrationKind, Request, TimeSpan};
use crate::device_time::DeviceTime;
use crate::edition::{Edition, Flag};
use crate::frame::STANDARD_SEGMENT_LIMIT;
use crate::message::{DataArea, Message};
use crate::writer::DataAreaWriter;
use bytes::Bytes;

/// The head of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RequestHead<'a> {
    /// The edition the device speaks.
    pub edition: Edition,
    /// Request number: 17 digits, unique for the device; every answer carries it.
    pub qn: &'a str,
    /// System code of the device.
    pub st: &'a str,
    /// Password of the device.
    pub pw: &'a str,
    /// Identifier of the device.
    pub mn: &'a str,
}

/// Why a request cannot be built.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The edition has no such request.
    #[error("{} has no command {command} of this meaning", edition.name())]
    NotInEdition {
        /// The command.
        command: &'static str,
        /// The edition.
        edition: Edition,
    },
    /// A value contains a character that would end it.
    #[error("the value {value:?} of {field} contains a separator or a line end")]
    ForbiddenCharacter {
        /// The field.
        field: String,
        /// Its value.
        value: String,
    },
    /// A time is none.
    #[error("{field} is not a time: {value:?}")]
    NotATime {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
    },
    /// The segment would be longer than 1024 bytes.
    #[error("the data segment would have {length} bytes, more than 1024")]
    TooLong {
        /// Its length.
        length: usize,
    },
}

/// Builds a request in the form of the device's edition, asking for an answer.
///
/// ```
/// use hj212::{Edition, Request, RequestHead, build_request};
///
/// let head = RequestHead {
///     edition: Edition::Hj2017,
///     qn: "20160801085857223",
///     st: "32",
///     pw: "100000",
///     mn: "010000A8900016F000169DC0",
/// };
/// let packet = build_request(&head, &Request::SetRealtimeInterval { interval_s: 30 })?;
/// assert_eq!(
///     &packet[..],
///     b"##0101QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&1C80\r\n",
/// );
/// # Ok::<(), hj212::BuildError>(())
/// ```
pub fn build_request(head: &RequestHead<'_>, request: &Request<'_>) -> Result<Bytes, BuildError> {
    let edition = head.edition;
    if !request.is_in(edition) {
        return Err(BuildError::NotInEdition {
            command: request.command(),
            edition,
        });
    }
    for (field, value) in [
        ("QN", head.qn),
        ("ST", head.st),
        ("PW", head.pw),
        ("MN", head.mn),
    ] {
        check_value(field, value)?;
    }
    let text = request.encode_area(edition)?;
    let (data_area, _) = DataArea::parse(&text);
    let message = Message {
        qn: Some(head.qn),
        st: Some(head.st),
        cn: Some(request.command()),
        pw: Some(head.pw),
        mn: Some(head.mn),
        flag: Some(Flag::of(edition).with_answer()),
        data_area,
        ..Message::new(edition)
    };
    let segment = message.encode_segment();
    if segment.len() > STANDARD_SEGMENT_LIMIT {
        return Err(BuildError::TooLong {
            length: segment.len(),
        });
    }
    Ok(crate::frame::encode_frame(segment.as_bytes()))
}

fn check_value(field: &str, value: &str) -> Result<(), BuildError> {
    let is_forbidden = |c: char| matches!(c, ';' | ',' | '&') || c.is_control();
    if value.contains(is_forbidden) {
        return Err(BuildError::ForbiddenCharacter {
            field: field.into(),
            value: value.into(),
        });
    }
    Ok(())
}

fn check_time(field: &'static str, value: &str) -> Result<(), BuildError> {
    if DeviceTime::parse(value).is_none() {
        return Err(BuildError::NotATime {
            field,
            value: value.into(),
        });
    }
    Ok(())
}

/// Writes fields, checking every value.
struct Writer {
    area: DataAreaWriter,
}

impl Writer {
    fn item(&mut self, name: &str, value: &str) -> Result<(), BuildError> {
        check_value(name, value)?;
        self.area.item(name, value);
        Ok(())
    }

    fn join(&mut self, name: &str, value: &str) -> Result<(), BuildError> {
        check_value(name, value)?;
        self.area.join(name, value);
        Ok(())
    }

    fn number(&mut self, name: &str, value: u32) {
        self.area.item(name, &value.to_string());
    }

    fn span(&mut self, span: &TimeSpan<'_>, separator: char) -> Result<(), BuildError> {
        check_time("BeginTime", span.begin)?;
        check_time("EndTime", span.end)?;
        self.item("BeginTime", span.begin)?;
        if separator == ',' {
            self.join("EndTime", span.end)
        } else {
            self.item("EndTime", span.end)
        }
    }
}

impl Request<'_> {
    /// The data area of the request in the form of an edition.
    pub fn encode_area(&self, edition: Edition) -> Result<String, BuildError> {
        let mut out = Writer {
            area: DataAreaWriter::new(),
        };
        let is_old = edition == Edition::Hjt2005;
        match self {
            Self::GetReportTarget
            | Self::GetReportTime
            | Self::GetRealtimeInterval
            | Self::GetMinuteInterval
            | Self::StartRealtime
            | Self::StopRealtime
            | Self::StartDeviceState
            | Self::StopDeviceState
            | Self::KeepSampleOnExceedance => {}
            Self::SetTimeouts {
                over_time_s,
                resend_count,
            } => {
                out.number("OverTime", *over_time_s);
                out.number("ReCount", *resend_count);
            }
            Self::SetAlarmDelay { delay_s } => out.number("WarnTime", *delay_s),
            Self::SetIdentifier { identifier } => out.item("i23005-Info", identifier)?,
            Self::GetTime { factor } => out.optional_factor(*factor)?,
            Self::SetTime { factor, time } => {
                check_time("SystemTime", time)?;
                out.optional_factor(*factor)?;
                out.item("SystemTime", time)?;
            }
            Self::SetKey { created, key } => {
                check_time("SKCreateTime", created)?;
                out.item("SKCreateTime", created)?;
                out.join("NewSK", key)?;
            }
            Self::SetReportTarget { target } => out.item("AlarmTarget", target)?,
            Self::SetReportTime { time } => out.item("ReportTime", time)?,
            Self::SetRealtimeInterval { interval_s } => out.number("RtdInterval", *interval_s),
            Self::SetMinuteInterval { interval_min } => out.number("MinInterval", *interval_min),
            Self::SetPassword { password } => {
                out.item(if is_old { "PW" } else { "NewPW" }, password)?;
            }
            Self::History { span, .. } => out.span(span, if is_old { ',' } else { ';' })?,
            Self::GetAlarmLimits { .. } | Self::SetAlarmLimits { .. } => out.limits(self)?,
            _ => out.control(self, is_old)?,
        }
        Ok(out.area.finish())
    }
}

impl Writer {
    fn optional_factor(&mut self, factor: Option<&str>) -> Result<(), BuildError> {
        factor.map_or(Ok(()), |factor| self.item("PolId", factor))
    }

    fn limits(&mut self, request: &Request<'_>) -> Result<(), BuildError> {
        match request {
            Request::GetAlarmLimits { factors } => {
                for factor in factors {
                    self.item("PolId", factor)?;
                }
            }
            Request::SetAlarmLimits { limits } => {
                for limit in limits {
                    check_value("factor", limit.factor)?;
                    let mut is_joined = false;
                    for (suffix, value) in [("LowValue", limit.low), ("UpValue", limit.high)] {
                        let Some(value) = value else { continue };
                        check_value(suffix, value)?;
                        if is_joined {
                            self.area.factor_join(limit.factor, suffix, value);
                        } else {
                            self.area.factor_item(limit.factor, suffix, value);
                            is_joined = true;
                        }
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The requests of group 3000, which all name a factor.
    fn control(&mut self, request: &Request<'_>, is_old: bool) -> Result<(), BuildError> {
        let Some(factor) = request.factor() else {
            return Ok(());
        };
        self.item(if is_old { "PolID" } else { "PolId" }, factor)?;
        match request {
            Request::Calibrate {
                kind: Some(kind), ..
            } => {
                let number = if *kind == CalibrationKind::Zero {
                    "0"
                } else {
                    "1"
                };
                self.join("CalibrationType", number)
            }
            Request::SetSampleHours { hours, .. } => {
                hours.iter().try_for_each(|hour| self.join("CTime", hour))
            }
            Request::SetSamplePeriod { start, hours, .. } => {
                self.item("CstartTime", start)?;
                self.number("CTime", *hours);
                Ok(())
            }
            Request::GetInformation {
                information, span, ..
            } => {
                self.item("InfoId", information)?;
                span.as_ref().map_or(Ok(()), |span| self.span(span, ','))
            }
            Request::SetInformation {
                information, value, ..
            } => {
                self.item("InfoId", information)?;
                let name = format!("{information}-Info");
                self.item(&name, value)
            }
            _ => Ok(()),
        }
    }
}

impl<'a> Request<'a> {
    /// The factor a request of group 3000 names.
    pub fn factor(&self) -> Option<&'a str> {
        match self {
            Self::Calibrate { factor, .. }
            | Self::SampleNow { factor }
            | Self::Clean { factor }
            | Self::CompareSample { factor }
            | Self::SetSampleHours { factor, .. }
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
}
