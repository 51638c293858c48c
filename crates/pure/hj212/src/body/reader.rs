//! Named fields of a data area, with defects for what is missing or malformed.

use crate::defect::{Defect, DefectList, excerpt};
use crate::device_time::DeviceTime;
use crate::message::DataArea;

pub(crate) struct FieldReader<'m, 'a> {
    pub(crate) area: &'m DataArea<'a>,
    pub(crate) defects: DefectList,
}

impl<'m, 'a> FieldReader<'m, 'a> {
    pub(crate) fn new(area: &'m DataArea<'a>) -> Self {
        Self {
            area,
            defects: DefectList::default(),
        }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.area.value(name).is_some()
    }

    /// A value without the blanks that the standard's own examples have.
    pub(crate) fn optional(&self, name: &str) -> Option<&'a str> {
        self.area.value(name).map(str::trim_ascii)
    }

    pub(crate) fn required(&mut self, name: &'static str) -> Option<&'a str> {
        let value = self.optional(name);
        if value.is_none() {
            self.defects.push(Defect::FieldMissing { field: name });
        }
        value
    }

    pub(crate) fn number(&mut self, name: &'static str) -> Option<u32> {
        let value = self.required(name)?;
        let number = value.parse().ok();
        if number.is_none() {
            self.malformed(name, value);
        }
        number
    }

    pub(crate) fn time(&mut self, name: &'static str) -> Option<&'a str> {
        let value = self.required(name)?;
        self.check_time(name, value);
        Some(value)
    }

    pub(crate) fn optional_time(&mut self, name: &'static str) -> Option<&'a str> {
        let value = self.optional(name)?;
        self.check_time(name, value);
        Some(value)
    }

    fn check_time(&mut self, name: &'static str, value: &str) {
        if DeviceTime::parse(value).is_none() {
            self.defects.push(Defect::TimeMalformed {
                field: excerpt(name),
                value: excerpt(value),
            });
        }
    }

    pub(crate) fn malformed(&mut self, name: &str, value: &str) {
        self.defects.push(Defect::FieldForm {
            field: excerpt(name),
            value: excerpt(value),
        });
    }

    /// `PolId`, which the examples of 2005 write `PolID`.
    pub(crate) fn optional_factor(&self) -> Option<&'a str> {
        self.optional("PolId").or_else(|| self.optional("PolID"))
    }

    pub(crate) fn factor(&mut self) -> Option<&'a str> {
        let factor = self.optional_factor();
        if factor.is_none() {
            self.defects.push(Defect::FieldMissing { field: "PolId" });
        }
        factor
    }
}
