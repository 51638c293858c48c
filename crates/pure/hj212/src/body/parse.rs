//! From messages to typed values.

use super::reader::FieldReader;
use super::{Answer, Body, Notice, Report};
use crate::defect::{Defect, excerpt};
use crate::edition::Edition;
use crate::message::{DataArea, Field, Message};
use crate::replies::{ExecutionResult, Reply, RequestResult};
use crate::request::{parse_limits, parse_request, report_target};
use crate::upload::parse_upload;

/// Reads what a message says, by its command and its fields.
///
/// Several commands are used in both directions; what tells them apart is whether they carry
/// values (from the device) or not (from the host).
pub fn parse_body<'a>(message: &Message<'a>) -> (Body<'a>, Vec<Defect>) {
    if let Some((upload, defects)) = parse_upload(message) {
        return (Body::Upload(upload), defects);
    }
    let mut reader = FieldReader::new(&message.data_area);
    let body = parse_answer(message, &mut reader)
        .map(Body::Answer)
        .or_else(|| parse_notice(message, &mut reader).map(Body::Notice))
        .or_else(|| parse_report(message, &mut reader).map(Body::Report))
        .or_else(|| parse_request(message, &mut reader).map(Body::Request))
        .unwrap_or(Body::Other);
    (body, reader.defects.into_vec())
}

fn parse_answer<'a>(message: &Message<'a>, reader: &mut FieldReader<'_, 'a>) -> Option<Answer<'a>> {
    let reply = match message.cn? {
        "9011" => Reply::Request(RequestResult::from_code(result(reader, "QnRtn")?)),
        "9012" => Reply::Execution(ExecutionResult::from_code(result(reader, "ExeRtn")?)),
        "9013" => Reply::Notice,
        "9014" => Reply::Data,
        _ => return None,
    };
    Some(Answer {
        reply,
        qn: message.qn.or_else(|| reader.optional("QN")),
        command: reader.optional("CN"),
        packet: reader.optional("PNO").zip(reader.optional("PNUM")),
    })
}

fn result(reader: &mut FieldReader<'_, '_>, name: &'static str) -> Option<u16> {
    let number = reader.number(name)?;
    let code = u16::try_from(number).ok();
    if code.is_none() {
        reader.malformed(name, &number.to_string());
    }
    code
}

fn parse_notice<'a>(message: &Message<'a>, reader: &mut FieldReader<'_, 'a>) -> Option<Notice<'a>> {
    Some(match message.cn? {
        "1001" if message.edition != Edition::Hjt2005 && !reader.has("WarnTime") => {
            Notice::Hardware {
                information: information(reader.area),
            }
        }
        "1013" => Notice::AskTime {
            factor: reader.optional_factor(),
        },
        "1014" if !reader.has("NewSK") => Notice::AskKey {
            created: reader.time("SKCreateTime")?,
        },
        "9015" | "9021" => Notice::Heartbeat {
            fields: reader.area.fields.clone(),
        },
        _ => return None,
    })
}

fn parse_report<'a>(message: &Message<'a>, reader: &mut FieldReader<'_, 'a>) -> Option<Report<'a>> {
    let has_factor_field = |suffix: &str| {
        let mut names = reader.area.fields.iter().filter_map(Field::split_name);
        names.any(|(_, name)| name == suffix)
    };
    Some(match message.cn? {
        "1011" if reader.has("SystemTime") => Report::Time {
            factor: reader.optional_factor(),
            time: reader.time("SystemTime")?,
        },
        "1021" if has_factor_field("LowValue") || has_factor_field("UpValue") => {
            Report::AlarmLimits {
                limits: parse_limits(reader.area),
            }
        }
        "1031" if reader.has("AlarmTarget") || reader.has("ReportTarget") => Report::ReportTarget {
            target: report_target(reader)?,
        },
        "1041" if reader.has("ReportTime") => Report::ReportTime {
            time: reader.required("ReportTime")?,
        },
        "1061" if reader.has("RtdInterval") => Report::RealtimeInterval {
            interval_s: reader.number("RtdInterval")?,
        },
        "1063" if reader.has("MinInterval") => Report::MinuteInterval {
            interval_min: reader.number("MinInterval")?,
        },
        "3015" if reader.has("VaseNo") => Report::KeptSample {
            data_time: reader.optional_time("DataTime"),
            bottle: reader.number("VaseNo")?,
            information: information(reader.area),
        },
        "3017" if reader.has("CstartTime") => Report::SamplePeriod {
            factor: reader.factor()?,
            start: reader.required("CstartTime")?,
            hours: reader.number(if reader.has("Ctime") {
                "Ctime"
            } else {
                "CTime"
            })?,
        },
        "3018" if reader.has("Stime") => Report::ResultDelay {
            factor: reader.factor()?,
            delay_min: reader.number("Stime")?,
        },
        "3019" if has_factor_field("SN") => parse_serial(reader)?,
        "3020" if has_factor_field("Info") => Report::Information {
            data_time: reader.optional_time("DataTime"),
            factor: reader.optional_factor(),
            information: information(reader.area),
        },
        _ => return None,
    })
}

fn parse_serial<'a>(reader: &mut FieldReader<'_, 'a>) -> Option<Report<'a>> {
    let field = reader
        .area
        .fields
        .iter()
        .find(|f| f.split_name().is_some_and(|n| n.1 == "SN"))?;
    let (code, _) = field.split_name()?;
    let factor = reader.optional_factor().unwrap_or(code);
    if factor != code {
        reader.defects.push(Defect::FieldForm {
            field: excerpt(field.name),
            value: factor.into(),
        });
    }
    Some(Report::SerialNumber {
        data_time: reader.optional_time("DataTime"),
        factor: code,
        serial: field.value,
    })
}

/// Every `iNNNNN-Info`.
fn information<'a>(area: &DataArea<'a>) -> Vec<(&'a str, &'a str)> {
    area.fields
        .iter()
        .filter_map(|field| match field.split_name()? {
            (code, "Info") => Some((code, field.value)),
            _ => None,
        })
        .collect()
}
