//! From fields to factors, with every check on names, numbers, flags and times.

use super::factor::{DataFlag, Factor, FactorValue, Statistic};
use super::{Upload, UploadKind};
use crate::defect::{Defect, DefectList, excerpt};
use crate::device_time::DeviceTime;
use crate::message::{Field, Message};
use crate::number::Number;

/// Reads the data area of an upload. `None` if the command is no data upload, or if the message is
/// the host's request of the same code (it then carries neither `DataTime` nor factors).
pub fn parse_upload<'a>(message: &Message<'a>) -> Option<(Upload<'a>, Vec<Defect>)> {
    let kind = UploadKind::from_command(message.cn?)?;
    let mut defects = DefectList::default();
    let mut reader = Reader {
        upload: Upload {
            kind,
            data_time_text: None,
            data_time: None,
            is_resent: message.is_resent(),
            common_flag: None,
            others: Vec::new(),
            factors: Vec::with_capacity((message.data_area.fields.len() / 2 + 1).min(128)),
            values: Vec::with_capacity(message.data_area.fields.len()),
        },
        defects: &mut defects,
    };
    for field in &message.data_area.fields {
        reader.take(field);
    }
    let upload = reader.finish();
    let is_request = upload.data_time_text.is_none() && upload.factors.is_empty();
    (!is_request).then(|| (upload, defects.into_vec()))
}

struct Reader<'a, 'd> {
    upload: Upload<'a>,
    defects: &'d mut DefectList,
}

impl<'a> Reader<'a, '_> {
    fn take(&mut self, field: &Field<'a>) {
        match field.split_name() {
            Some((code, suffix)) => self.take_factor_field(field, code, suffix),
            None => self.take_plain_field(field),
        }
    }

    fn take_plain_field(&mut self, field: &Field<'a>) {
        let is_time = match (field.name, self.upload.kind) {
            ("DataTime", _) => true,
            ("AlarmTime", kind) => kind == UploadKind::AlarmEvent,
            _ => false,
        };
        if is_time && self.upload.data_time_text.is_none() {
            self.upload.data_time_text = Some(field.value);
            self.upload.data_time = self.read_time(field);
            return;
        }
        match field.name {
            "Flag" => {
                self.upload.common_flag = self.read_flag(field);
                self.defects.push(Defect::BareFlag);
            }
            "RestartTime" => {
                self.read_time(field);
                self.upload.others.push(*field);
            }
            _ => self.upload.others.push(*field),
        }
    }

    fn take_factor_field(&mut self, field: &Field<'a>, code: &'a str, suffix: &'a str) {
        let is_same = self
            .upload
            .factors
            .last()
            .is_some_and(|factor| factor.code == code);
        if !is_same {
            let start = u32::try_from(self.upload.values.len()).unwrap_or(u32::MAX);
            self.upload.factors.push(Factor::new(code, start));
        }
        let statistic = Statistic::from_suffix(suffix);
        if statistic != Statistic::Other {
            let number = self.read_number(field);
            self.push_value(FactorValue {
                statistic,
                suffix,
                text: field.value,
                number,
            });
            return;
        }
        match suffix {
            "Flag" => {
                let flag = self.read_flag(field);
                self.with_factor(|factor| factor.flag = flag);
            }
            "EFlag" => self.with_factor(|factor| factor.vendor_flag = Some(field.value)),
            "SampleTime" => {
                self.read_time(field);
                self.with_factor(|factor| factor.sample_time = Some(field.value));
            }
            "CompleteTime" => {
                self.read_time(field);
                self.with_factor(|factor| factor.complete_time = Some(field.value));
            }
            _ => {
                self.defects.push(Defect::SuffixUnknown {
                    field: excerpt(field.name),
                });
                let number = Number::parse(field.value);
                self.push_value(FactorValue {
                    statistic,
                    suffix,
                    text: field.value,
                    number,
                });
            }
        }
    }

    fn with_factor(&mut self, change: impl FnOnce(&mut Factor<'a>)) {
        if let Some(factor) = self.upload.factors.last_mut() {
            change(factor);
        }
    }

    fn push_value(&mut self, value: FactorValue<'a>) {
        self.upload.values.push(value);
        let end = u32::try_from(self.upload.values.len()).unwrap_or(u32::MAX);
        self.with_factor(|factor| factor.end = end);
    }

    fn read_number(&mut self, field: &Field<'a>) -> Option<Number> {
        let number = Number::parse(field.value);
        if number.is_none() {
            self.judge_number(field);
        }
        number
    }

    #[cold]
    fn judge_number(&mut self, field: &Field<'a>) {
        // States of production (ST=45, `p99101-Rtd=St`) are letters.
        let is_state = field.name.starts_with('p') && field.value.len() <= 2;
        if field.value.is_empty() {
            self.defects.push(Defect::NumberEmpty {
                field: excerpt(field.name),
            });
        } else if !Number::is_decimal(field.value) && !is_state {
            self.defects.push(Defect::NumberMalformed {
                field: excerpt(field.name),
                value: excerpt(field.value),
            });
        }
    }

    fn read_flag(&mut self, field: &Field<'a>) -> Option<DataFlag> {
        let flag = DataFlag::parse(field.value);
        let is_known = !matches!(flag, None | Some(DataFlag::Other(_)));
        let is_air_station = matches!(field.value, "0" | "1" | "2" | "3");
        if !is_known && !is_air_station {
            self.defects.push(Defect::DataFlagUnknown {
                field: excerpt(field.name),
                value: excerpt(field.value),
            });
        }
        flag
    }

    fn read_time(&mut self, field: &Field<'a>) -> Option<DeviceTime<'a>> {
        let time = DeviceTime::parse(field.value);
        match &time {
            None => self.defects.push(Defect::TimeMalformed {
                field: excerpt(field.name),
                value: excerpt(field.value),
            }),
            Some(time) if !time.is_standard_length() => self.defects.push(Defect::TimeDigits {
                field: excerpt(field.name),
                digits: time.text.len(),
            }),
            Some(_) => {}
        }
        time
    }

    fn finish(mut self) -> Upload<'a> {
        if self.upload.data_time_text.is_none() && !self.upload.factors.is_empty() {
            self.defects
                .push(Defect::FieldMissing { field: "DataTime" });
        }
        self.check_codes();
        self.upload
    }

    /// Finds factors that occur in several places. One pass over sorted codes, so that a hostile
    /// packet of thousands of factors costs no more than sorting them.
    fn check_codes(&mut self) {
        let factors = &self.upload.factors;
        if factors.len() <= 24 {
            for (at, factor) in factors.iter().enumerate() {
                let is_repeated = factors
                    .iter()
                    .take(at)
                    .any(|earlier| earlier.code == factor.code);
                if is_repeated {
                    self.defects.push(Defect::FactorSplit {
                        factor: excerpt(factor.code),
                    });
                }
            }
            return;
        }
        let mut codes: Vec<&str> = factors.iter().map(|factor| factor.code).collect();
        codes.sort_unstable();
        for same in codes.chunk_by(|a, b| a == b) {
            if let [code, _, ..] = same {
                self.defects.push(Defect::FactorSplit {
                    factor: excerpt(code),
                });
            }
        }
    }
}
