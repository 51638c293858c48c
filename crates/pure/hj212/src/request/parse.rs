//! Requests from messages: what a device, or its simulator, is asked to do.

use super::{AlarmLimit, CalibrationKind, Request, TimeSpan};
use crate::body::reader::FieldReader;
use crate::edition::Edition;
use crate::message::{DataArea, Message};
use crate::upload::UploadKind;

/// Reads a message as a request. `None` if the command is none, or a required field is missing.
pub(crate) fn parse_request<'a>(
    message: &Message<'a>,
    reader: &mut FieldReader<'_, 'a>,
) -> Option<Request<'a>> {
    let is_old = message.edition == Edition::Hjt2005;
    Some(match message.cn? {
        "1000" => Request::SetTimeouts {
            over_time_s: reader.number("OverTime")?,
            resend_count: reader.number("ReCount")?,
        },
        "1001" => Request::SetAlarmDelay {
            delay_s: reader.number("WarnTime")?,
        },
        "1002" => Request::SetIdentifier {
            identifier: reader.required("i23005-Info")?,
        },
        "1011" => Request::GetTime {
            factor: reader.optional_factor(),
        },
        "1012" => Request::SetTime {
            factor: reader.optional_factor(),
            time: reader.time("SystemTime")?,
        },
        "1014" => Request::SetKey {
            created: reader.time("SKCreateTime")?,
            key: reader.required("NewSK")?,
        },
        "1021" => Request::GetAlarmLimits {
            factors: reader.area.values("PolId").collect(),
        },
        "1022" => Request::SetAlarmLimits {
            limits: parse_limits(reader.area),
        },
        "1031" => Request::GetReportTarget,
        "1032" => Request::SetReportTarget {
            target: report_target(reader)?,
        },
        "1041" => Request::GetReportTime,
        "1042" => Request::SetReportTime {
            time: reader.required("ReportTime")?,
        },
        "1061" => Request::GetRealtimeInterval,
        "1062" => Request::SetRealtimeInterval {
            interval_s: reader.number("RtdInterval")?,
        },
        "1063" => Request::GetMinuteInterval,
        "1064" => Request::SetMinuteInterval {
            interval_min: reader.number("MinInterval")?,
        },
        "1072" => {
            let name = if is_old && reader.has("PW") {
                "PW"
            } else {
                "NewPW"
            };
            Request::SetPassword {
                password: reader.required(name)?,
            }
        }
        "2012" => Request::StopRealtime,
        "2022" => Request::StopDeviceState,
        "2011" if !reader.has("BeginTime") => Request::StartRealtime,
        "2021" if !reader.has("BeginTime") => Request::StartDeviceState,
        "3015" => Request::KeepSampleOnExceedance,
        "3014" if reader.has("CTime") => Request::SetSampleHours {
            factor: reader.factor()?,
            hours: reader.area.values("CTime").collect(),
        },
        command => {
            if let Some(kind) = UploadKind::from_command(command) {
                let span = TimeSpan {
                    begin: reader.time("BeginTime")?,
                    end: reader.time("EndTime")?,
                };
                return Some(Request::History { kind, span });
            }
            return parse_control(command, reader);
        }
    })
}

fn parse_control<'a>(command: &str, reader: &mut FieldReader<'_, 'a>) -> Option<Request<'a>> {
    let is_control = matches!(command.as_bytes(), [b'3', b'0', _, _]);
    if !is_control {
        return None;
    }
    let factor = reader.factor()?;
    Some(match command {
        "3011" => Request::Calibrate {
            factor,
            kind: calibration_kind(reader),
        },
        "3012" => Request::SampleNow { factor },
        "3013" => Request::Clean { factor },
        "3014" => Request::CompareSample { factor },
        "3016" => Request::SetSamplePeriod {
            factor,
            start: reader.required("CstartTime")?,
            hours: reader.number(if reader.has("Ctime") {
                "Ctime"
            } else {
                "CTime"
            })?,
        },
        "3017" => Request::GetSamplePeriod { factor },
        "3018" => Request::GetResultDelay { factor },
        "3019" => Request::GetSerialNumber { factor },
        "3020" => {
            let information = reader.required("InfoId")?;
            let begin = reader.optional_time("BeginTime");
            let end = reader.optional_time("EndTime");
            let span = begin.zip(end).map(|(begin, end)| TimeSpan { begin, end });
            Request::GetInformation {
                factor,
                information,
                span,
            }
        }
        "3021" => {
            let information = reader.required("InfoId")?;
            let value = information_value(reader.area, information);
            if value.is_none() {
                reader.malformed("InfoId", information);
            }
            Request::SetInformation {
                factor,
                information,
                value: value?,
            }
        }
        "3022" => Request::KeepSampleNow { factor },
        "3024" => Request::StartStandardCheck { factor },
        _ => return None,
    })
}

fn calibration_kind(reader: &mut FieldReader<'_, '_>) -> Option<CalibrationKind> {
    match reader.optional("CalibrationType") {
        Some("0") => Some(CalibrationKind::Zero),
        Some("1") => Some(CalibrationKind::Span),
        None => None,
        Some(other) => {
            reader.malformed("CalibrationType", other);
            None
        }
    }
}

fn information_value<'a>(area: &DataArea<'a>, information: &str) -> Option<&'a str> {
    area.fields
        .iter()
        .find(|field| field.split_name() == Some((information, "Info")))
        .map(|field| field.value)
}

/// `AlarmTarget` in the examples of 2005, `ReportTarget` in its table.
pub(crate) fn report_target<'a>(reader: &mut FieldReader<'_, 'a>) -> Option<&'a str> {
    reader
        .optional("ReportTarget")
        .or_else(|| reader.required("AlarmTarget"))
}

/// `xxx-LowValue`, `xxx-UpValue`.
pub(crate) fn parse_limits<'a>(area: &DataArea<'a>) -> Vec<AlarmLimit<'a>> {
    let mut limits: Vec<AlarmLimit<'a>> = Vec::new();
    for field in &area.fields {
        let Some((factor, suffix @ ("LowValue" | "UpValue"))) = field.split_name() else {
            continue;
        };
        if limits.last().is_none_or(|limit| limit.factor != factor) {
            limits.push(AlarmLimit {
                factor,
                low: None,
                high: None,
            });
        }
        if let Some(limit) = limits.last_mut() {
            let slot = if suffix == "LowValue" {
                &mut limit.low
            } else {
                &mut limit.high
            };
            *slot = Some(field.value);
        }
    }
    limits
}
