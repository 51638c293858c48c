//! From typed values to data areas.

use super::{Body, Notice, Report};
use crate::edition::Edition;
use crate::request::BuildError;
use crate::upload::Upload;
use crate::writer::DataAreaWriter;

impl Body<'_> {
    /// The data area in the form of an edition. For answers use [`crate::build_reply`].
    ///
    /// `qn` is written first in the reports of 2005, which name there the request they answer.
    pub fn encode_area(&self, edition: Edition, qn: Option<&str>) -> Result<String, BuildError> {
        Ok(match self {
            Self::Request(request) => request.encode_area(edition)?,
            Self::Report(report) => {
                let mut area = DataAreaWriter::new();
                if let Some(qn) = qn.filter(|_| edition == Edition::Hjt2005) {
                    area.item("QN", qn);
                }
                write_report(report, &mut area);
                area.finish()
            }
            Self::Notice(notice) => write_notice(notice),
            Self::Upload(upload) => upload.encode_area(),
            Self::Answer(_) | Self::Other => String::new(),
        })
    }
}

fn write_information(information: &[(&str, &str)], area: &mut DataAreaWriter) {
    for (code, value) in information {
        area.factor_item(code, "Info", value);
    }
}

fn write_notice(notice: &Notice<'_>) -> String {
    let mut area = DataAreaWriter::new();
    match notice {
        Notice::Hardware { information } => write_information(information, &mut area),
        Notice::AskTime { factor } => {
            if let Some(factor) = factor {
                area.item("PolId", factor);
            }
        }
        Notice::AskKey { created } => {
            area.item("SKCreateTime", created);
        }
        Notice::Heartbeat { fields } => {
            for field in fields {
                area.item(field.name, field.value);
            }
        }
    }
    area.finish()
}

fn write_report(report: &Report<'_>, area: &mut DataAreaWriter) {
    let time = |area: &mut DataAreaWriter, data_time: Option<&str>| {
        if let Some(time) = data_time {
            area.item("DataTime", time);
        }
    };
    match report {
        Report::Time { factor, time } => {
            if let Some(factor) = factor {
                area.item("PolId", factor);
            }
            area.item("SystemTime", time);
        }
        Report::AlarmLimits { limits } => {
            for limit in limits {
                let mut is_joined = false;
                for (suffix, value) in [("LowValue", limit.low), ("UpValue", limit.high)] {
                    let Some(value) = value else { continue };
                    if is_joined {
                        area.factor_join(limit.factor, suffix, value);
                    } else {
                        area.factor_item(limit.factor, suffix, value);
                        is_joined = true;
                    }
                }
            }
        }
        Report::ReportTarget { target } => {
            area.item("AlarmTarget", target);
        }
        Report::ReportTime { time } => {
            area.item("ReportTime", time);
        }
        Report::RealtimeInterval { interval_s } => {
            area.item("RtdInterval", &interval_s.to_string());
        }
        Report::MinuteInterval { interval_min } => {
            area.item("MinInterval", &interval_min.to_string());
        }
        Report::KeptSample {
            data_time,
            bottle,
            information,
        } => {
            time(area, *data_time);
            area.item("VaseNo", &bottle.to_string());
            write_information(information, area);
        }
        Report::SamplePeriod {
            factor,
            start,
            hours,
        } => {
            area.item("PolId", factor).item("CstartTime", start);
            area.item("CTime", &hours.to_string());
        }
        Report::ResultDelay { factor, delay_min } => {
            area.item("PolId", factor)
                .item("Stime", &delay_min.to_string());
        }
        Report::SerialNumber {
            data_time,
            factor,
            serial,
        } => {
            time(area, *data_time);
            area.item("PolId", factor).factor_item(factor, "SN", serial);
        }
        Report::Information {
            data_time,
            factor,
            information,
        } => {
            time(area, *data_time);
            if let Some(factor) = factor {
                area.item("PolId", factor);
            }
            write_information(information, area);
        }
    }
}

impl Upload<'_> {
    /// The data area: `DataTime`, fields of no factor, then each factor with its sample times,
    /// values, flag and vendor's flag.
    pub fn encode_area(&self) -> String {
        use crate::upload::UploadKind;
        let mut area = DataAreaWriter::new();
        if let Some(time) = self.data_time_text {
            let is_event = self.kind == UploadKind::AlarmEvent;
            area.item(if is_event { "AlarmTime" } else { "DataTime" }, time);
        }
        for field in &self.others {
            area.item(field.name, field.value);
        }
        for factor in self.factors() {
            let flag = factor.flag.map(crate::upload::DataFlag::letter);
            let mut buffer = [0; 4];
            let flag = flag.map(|letter| &*letter.encode_utf8(&mut buffer));
            let before = [
                ("SampleTime", factor.sample_time),
                ("CompleteTime", factor.complete_time),
            ];
            let after = [("Flag", flag), ("EFlag", factor.vendor_flag)];
            let values = factor
                .values
                .iter()
                .map(|value| (value.suffix, Some(value.text)));
            let mut is_joined = false;
            for (suffix, value) in before.into_iter().chain(values).chain(after) {
                let Some(value) = value else { continue };
                if is_joined {
                    area.factor_join(factor.code, suffix, value);
                } else {
                    area.factor_item(factor.code, suffix, value);
                    is_joined = true;
                }
            }
        }
        area.finish()
    }
}
