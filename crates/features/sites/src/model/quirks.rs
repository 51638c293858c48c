//! Settings for devices that break the standard, kept as JSON.

use hj212::{ChecksumRule, Edition, FrameSettings, LengthRule};
use serde::{Deserialize, Serialize};

use super::PeriodLabel;

/// How one device differs from the standard. The default is a device that follows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct DeviceQuirks {
    /// How it computes its checksum.
    pub checksum: ChecksumQuirk,
    /// How it writes its length field.
    pub length: LengthQuirk,
    /// The longest data segment it may send, bytes.
    pub max_segment_bytes: u32,
    /// Whether its password is checked.
    pub password_check: PasswordCheck,
    /// Whether its periods are labelled by `start` or `end`, when its points' setting is wrong
    /// for it.
    pub period_label: Option<String>,
    /// When its packets are acknowledged.
    pub acknowledgement: Acknowledgement,
    /// The edition (`2005`, `2017`, `2025`) whose form its answers take, whatever it sends.
    pub answer_edition: Option<String>,
    /// Minutes to add to the times it sends, for a clock kept in another time zone.
    pub time_shift_minutes: i32,
    /// Whether missing data is asked for again (补传).
    pub has_history: bool,
    /// Seconds after which a request without an answer is sent to it again (超时时间); those of the
    /// settings if none. A command 1000 that the device has taken sets it.
    pub over_time_s: Option<u32>,
    /// How often such a request is sent again (重发次数); as often as the settings say if none.
    pub resend_count: Option<u32>,
}

/// How a device computes its checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChecksumQuirk {
    /// As the standard orders.
    #[default]
    Standard,
    /// As the standard orders, its bytes swapped.
    StandardSwapped,
    /// CRC-16/Modbus, high byte first.
    Modbus,
    /// CRC-16/Modbus, low byte first.
    ModbusSwapped,
    /// CRC-16/ARC.
    Arc,
    /// Not looked at.
    Ignored,
}

/// How a device writes its length field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LengthQuirk {
    /// As the standard orders.
    #[default]
    Standard,
    /// Anyhow: a packet whose checksum is right is accepted.
    Ignored,
}

/// Whether a device's password is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PasswordCheck {
    /// A wrong password sends the packet to the quarantine.
    #[default]
    Required,
    /// Any password is accepted.
    Ignored,
}

/// When a device's packets are acknowledged with 9014.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Acknowledgement {
    /// When the packet asks for it.
    #[default]
    AsAsked,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The settings could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the device settings are wrong: {reason}")]
pub struct QuirksError {
    /// What is wrong with them.
    pub reason: String,
}

impl Default for DeviceQuirks {
    fn default() -> Self {
        Self {
            checksum: ChecksumQuirk::default(),
            length: LengthQuirk::default(),
            max_segment_bytes: Self::DEFAULT_SEGMENT_BYTES,
            password_check: PasswordCheck::default(),
            period_label: None,
            acknowledgement: Acknowledgement::default(),
            answer_edition: None,
            time_shift_minutes: 0,
            has_history: true,
            over_time_s: None,
            resend_count: None,
        }
    }
}

impl DeviceQuirks {
    /// The longest data segment of the standard, 1024 bytes.
    pub const DEFAULT_SEGMENT_BYTES: u32 = 1024;
    /// The longest data segment that may be allowed.
    pub const MOST_SEGMENT_BYTES: u32 = 65_536;

    /// Reads the settings from JSON text; an empty text is the default.
    ///
    /// # Errors
    /// [`QuirksError`] for unknown settings and values outside their range.
    pub fn from_json(text: &str) -> Result<Self, QuirksError> {
        if text.trim().is_empty() {
            return Ok(Self::default());
        }
        // a struct can be read from an array too: that is not what we keep
        if !text.trim_start().starts_with('{') {
            return Err(QuirksError {
                reason: "not a JSON object".to_owned(),
            });
        }
        let quirks: Self = serde_json::from_str(text).map_err(|error| QuirksError {
            reason: error.to_string(),
        })?;
        quirks.check()?;
        Ok(quirks)
    }

    /// The settings as JSON text.
    ///
    /// # Panics
    /// Never: the settings are plain data.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("plain fields always serialise")
    }

    /// Checks ranges and words.
    ///
    /// # Errors
    /// [`QuirksError`] naming the first setting that is wrong.
    pub fn check(&self) -> Result<(), QuirksError> {
        let wrong = |reason: &str| {
            Err(QuirksError {
                reason: reason.to_owned(),
            })
        };
        if !(64..=Self::MOST_SEGMENT_BYTES).contains(&self.max_segment_bytes) {
            return wrong("max_segment_bytes must be 64 to 65536");
        }
        if self.time_shift_minutes.unsigned_abs() > 1440 {
            return wrong("time_shift_minutes must be -1440 to 1440");
        }
        // HJ 212-2017, table 8: OverTime 1 to 99; ReCount 0 to 99 also admits none, as in 2005
        if self
            .over_time_s
            .is_some_and(|time| !(1..=99).contains(&time))
        {
            return wrong("over_time_s must be 1 to 99");
        }
        if self.resend_count.is_some_and(|count| count > 99) {
            return wrong("resend_count must be 0 to 99");
        }
        if self.period_label.is_some() && self.period_label().is_none() {
            return wrong("period_label must be start or end");
        }
        if self.answer_edition.is_some() && self.answer_edition().is_none() {
            return wrong("answer_edition must be 2005, 2017 or 2025");
        }
        Ok(())
    }

    /// The period label that overrides the points' own.
    pub fn period_label(&self) -> Option<PeriodLabel> {
        self.period_label.as_deref()?.parse().ok()
    }

    /// The edition whose form answers take, if it is fixed.
    pub fn answer_edition(&self) -> Option<Edition> {
        Edition::from_year(self.answer_edition.as_deref()?)
    }

    /// Milliseconds to add to the times the device sends.
    pub fn time_shift_ms(&self) -> i64 {
        i64::from(self.time_shift_minutes) * beijing_time::MINUTE_MS
    }

    /// The checksum rule of the frame decoder.
    pub const fn checksum_rule(&self) -> ChecksumRule {
        match self.checksum {
            ChecksumQuirk::Standard => ChecksumRule::Hj212,
            ChecksumQuirk::StandardSwapped => ChecksumRule::Hj212Swapped,
            ChecksumQuirk::Modbus => ChecksumRule::Modbus,
            ChecksumQuirk::ModbusSwapped => ChecksumRule::ModbusSwapped,
            ChecksumQuirk::Arc => ChecksumRule::Arc,
            ChecksumQuirk::Ignored => ChecksumRule::Off,
        }
    }

    /// The length rule of the frame decoder.
    pub const fn length_rule(&self) -> LengthRule {
        match self.length {
            LengthQuirk::Standard => LengthRule::Exact,
            LengthQuirk::Ignored => LengthRule::TrustChecksum,
        }
    }

    /// These settings on top of others of the frame decoder.
    #[must_use]
    #[expect(
        clippy::needless_pass_by_value,
        reason = "settings are handed over whole"
    )]
    pub fn frame_settings(&self, base: FrameSettings) -> FrameSettings {
        FrameSettings {
            max_segment: usize::try_from(self.max_segment_bytes).unwrap_or(usize::MAX),
            checksum: self.checksum_rule(),
            length: self.length_rule(),
            ..base
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_back_as_they_were_written() {
        let quirks = DeviceQuirks {
            checksum: ChecksumQuirk::Modbus,
            length: LengthQuirk::Ignored,
            period_label: Some("end".to_owned()),
            answer_edition: Some("2005".to_owned()),
            time_shift_minutes: -60,
            ..DeviceQuirks::default()
        };
        assert_eq!(DeviceQuirks::from_json(&quirks.to_json()), Ok(quirks));
        assert_eq!(DeviceQuirks::from_json(" "), Ok(DeviceQuirks::default()));
        assert_eq!(DeviceQuirks::from_json("{}"), Ok(DeviceQuirks::default()));
    }

    #[test]
    fn wrong_settings_are_refused() {
        for text in [
            r#"{"checksums":"modbus"}"#,
            r#"{"checksum":"crc32"}"#,
            r#"{"max_segment_bytes":1}"#,
            r#"{"max_segment_bytes":100000}"#,
            r#"{"time_shift_minutes":2000}"#,
            r#"{"over_time_s":0}"#,
            r#"{"over_time_s":100}"#,
            r#"{"resend_count":100}"#,
            r#"{"period_label":"middle"}"#,
            r#"{"answer_edition":"2010"}"#,
            "[]",
            "{",
        ] {
            assert!(DeviceQuirks::from_json(text).is_err(), "{text}");
        }
    }
}
