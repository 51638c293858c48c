//! The data area of any message as a typed value: the commands of the three editions, both
//! directions.

mod encode;
mod parse;
pub(crate) mod reader;

pub use parse::parse_body;

use crate::message::Field;
use crate::replies::Reply;
use crate::request::{AlarmLimit, Request};
use crate::upload::Upload;

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Body<'a> {
    /// The host asks or orders.
    Request(Request<'a>),
    /// The device sends a parameter or information, mostly because it was asked.
    Report(Report<'a>),
    /// The device tells something and wants 9013.
    Notice(Notice<'a>),
    /// The device sends data.
    Upload(Upload<'a>),
    /// 9011 to 9014.
    Answer(Answer<'a>),
    /// A command that is not known, or whose required fields are missing.
    Other,
}

/// A parameter or information sent by a device.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Report<'a> {
    /// 1011: the clock.
    Time {
        /// Of which instrument.
        factor: Option<&'a str>,
        /// `SystemTime`.
        time: &'a str,
    },
    /// 1021 (2005).
    AlarmLimits {
        /// The limits.
        limits: Vec<AlarmLimit<'a>>,
    },
    /// 1031 (2005).
    ReportTarget {
        /// The address.
        target: &'a str,
    },
    /// 1041 (2005).
    ReportTime {
        /// `hhmm`.
        time: &'a str,
    },
    /// 1061.
    RealtimeInterval {
        /// Seconds.
        interval_s: u32,
    },
    /// 1063.
    MinuteInterval {
        /// Minutes.
        interval_min: u32,
    },
    /// 3015: a sample was kept.
    KeptSample {
        /// When.
        data_time: Option<&'a str>,
        /// `VaseNo`, the bottle.
        bottle: u32,
        /// Further information (2025).
        information: Vec<(&'a str, &'a str)>,
    },
    /// 3017.
    SamplePeriod {
        /// Which factor.
        factor: &'a str,
        /// `CstartTime`, hhmmss.
        start: &'a str,
        /// `CTime`, hours.
        hours: u32,
    },
    /// 3018.
    ResultDelay {
        /// Which factor.
        factor: &'a str,
        /// `Stime`, minutes.
        delay_min: u32,
    },
    /// 3019.
    SerialNumber {
        /// When it was read or changed.
        data_time: Option<&'a str>,
        /// Which factor.
        factor: &'a str,
        /// `xxx-SN`.
        serial: &'a str,
    },
    /// 3020: logs, states, parameters.
    Information {
        /// When.
        data_time: Option<&'a str>,
        /// Which factor.
        factor: Option<&'a str>,
        /// Code and value of each piece of information; a log stands between `//` and `//`.
        information: Vec<(&'a str, &'a str)>,
    },
}

/// Something a device tells and wants 9013 for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// 1001 of 2025: the hardware of a logger that asks to be admitted.
    Hardware {
        /// Code and value of each piece of information.
        information: Vec<(&'a str, &'a str)>,
    },
    /// 1013: the clock wants setting.
    AskTime {
        /// Of which instrument.
        factor: Option<&'a str>,
    },
    /// 1014 of 2025: the key wants renewal.
    AskKey {
        /// `SKCreateTime` of the key in use.
        created: &'a str,
    },
    /// 9015 of 2025, and 9021 outside the standard: a heartbeat or login.
    Heartbeat {
        /// Whatever it carries.
        fields: Vec<Field<'a>>,
    },
}

/// An answer 9011 to 9014.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer<'a> {
    /// Which answer, with its result.
    pub reply: Reply,
    /// The request number it answers, from the head or, in 2005, from the data area.
    pub qn: Option<&'a str>,
    /// The command it answers (2005, 9014).
    pub command: Option<&'a str>,
    /// PNO and PNUM as written (2005, 9014).
    pub packet: Option<(&'a str, &'a str)>,
}
