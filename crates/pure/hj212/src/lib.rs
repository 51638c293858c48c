#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod body;
pub mod catalogue;
pub mod command;
pub mod crc;
mod defect;
mod device_time;
mod edition;
pub mod encryption;
mod envelope;
mod frame;
mod meaning;
mod message;
pub mod names;
mod number;
mod readdress;
pub mod reassembly;
mod replies;
mod request;
mod text;
mod upload;
mod writer;

pub use body::{Answer, Body, Notice, Report, parse_body};
pub use crc::ChecksumRule;
pub use defect::{Defect, Excerpt, Explanation, Language, Severity};
pub use device_time::{CivilTime, DeviceTime};
pub use edition::{Dialect, Edition, Flag};
pub use envelope::Envelope;
pub use frame::{
    ChecksumDigits, Decoded, Frame, FrameDecoder, FrameSettings, FrameSpan, Garbage, Input,
    LengthRule, STANDARD_SEGMENT_LIMIT, Scanned, Terminator, TerminatorRule, encode_frame,
    encode_frame_with, scan_frame,
};
pub use meaning::{Meaning, explain_field, explain_head};
pub use message::{DataArea, Field, Message, ParseSettings, parse_message, parse_message_strict};
pub use number::Number;
pub use readdress::{NewHead, readdress};
pub use replies::{ExecutionResult, Reply, RequestResult, build_reply, build_reply_as};
pub use request::{
    AlarmLimit, BuildError, CalibrationKind, Request, RequestHead, TimeSpan, build_request,
};
pub use text::{TextEncoding, decode_text};
pub use upload::{
    DataFlag, FactorReading, FactorValue, Statistic, Upload, UploadKind, parse_upload,
};
pub use writer::{DataAreaWriter, FactorWriter, UploadWriter};
