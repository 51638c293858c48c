//! Uploads as a logger of each edition writes them.

use beijing_time::{DAY_MS, HOUR_MS, MINUTE_MS, Timestamp};
use bytes::Bytes;
use hj212::{Edition, Flag, encode_frame};

use crate::city::{City, Logger, SimulatedPoint};
use crate::outlet::Factor;
use crate::signal::{PeriodValue, Signals};

/// What an upload reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PacketKind {
    /// 2011
    Realtime,
    /// 2051
    Minute,
    /// 2061
    Hour,
    /// 2031
    Day,
}

impl PacketKind {
    /// The command code of its upload.
    pub const fn command(self) -> &'static str {
        match self {
            Self::Realtime => "2011",
            Self::Minute => "2051",
            Self::Hour => "2061",
            Self::Day => "2031",
        }
    }

    /// How long the period of a point is; real-time values have none, only a pace.
    pub fn length_ms(self, point: &SimulatedPoint) -> i64 {
        match self {
            Self::Realtime => i64::from(point.realtime_interval_s) * 1_000,
            Self::Minute => i64::from(point.minute_interval_min) * MINUTE_MS,
            Self::Hour => HOUR_MS,
            Self::Day => DAY_MS,
        }
    }

    /// The last period of a point that is over at a moment.
    pub fn last_complete(self, point: &SimulatedPoint, now: Timestamp) -> Timestamp {
        match self {
            Self::Realtime => now,
            Self::Day => now.stat_day().plus(-1).start(),
            Self::Minute | Self::Hour => {
                let length = self.length_ms(point);
                Timestamp::from_epoch_ms((now.epoch_ms().div_euclid(length) - 1) * length)
            }
        }
    }
}

/// A packet to send and the number that its acknowledgement will carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Upload {
    /// QN.
    pub request: String,
    /// The whole frame.
    pub frame: Bytes,
}

/// Request numbers of one logger: the time in milliseconds, never the same twice.
#[derive(Debug, Clone, Copy, Default)]
pub struct RequestNumbers {
    last_ms: i64,
}

impl RequestNumbers {
    /// The next number at a moment.
    pub fn next(&mut self, now: Timestamp) -> String {
        self.last_ms = now.epoch_ms().max(self.last_ms + 1);
        Timestamp::from_epoch_ms(self.last_ms)
            .civil()
            .to_compact_milliseconds()
    }
}

/// When an upload is sent, and whether again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sending {
    /// The moment of sending.
    pub at: Timestamp,
    /// Whether it is history sent again (RF=1 where the edition has that).
    pub is_resent: bool,
}

/// The standard allows 950 characters of data area, and 1024 of all: with a long head that is less.
const MAX_AREA: usize = 890;

/// The uploads of a period (of a moment for real-time values) by a point's logger: one packet, or
/// several when one would be too long.
pub fn build_uploads(
    city: &City,
    signals: &Signals,
    index: usize,
    period: (PacketKind, Timestamp),
    numbers: &mut RequestNumbers,
    sending: Sending,
) -> Vec<Upload> {
    let next = || numbers.next(sending.at);
    build(city, signals, index, period, next, sending.is_resent)
}

/// The same in answer to a request: every packet carries the request's number.
pub fn build_answers(
    city: &City,
    signals: &Signals,
    index: usize,
    period: (PacketKind, Timestamp),
    request: &str,
) -> Vec<Upload> {
    build(city, signals, index, period, || request.to_owned(), true)
}

fn build(
    city: &City,
    signals: &Signals,
    index: usize,
    (kind, start): (PacketKind, Timestamp),
    mut next: impl FnMut() -> String,
    is_resent: bool,
) -> Vec<Upload> {
    let Some(point) = city.points.get(index) else {
        return Vec::new();
    };
    let Some(logger) = city.loggers.get(point.logger) else {
        return Vec::new();
    };
    let values = match kind {
        PacketKind::Realtime => signals.at(city, index, start),
        PacketKind::Minute => signals.minute(city, index, start),
        PacketKind::Hour => signals.hour(city, index, start),
        PacketKind::Day => signals.day(city, index, start),
    };
    let label = if point.is_labelled_by_end && kind != PacketKind::Realtime {
        start.plus_ms(kind.length_ms(point))
    } else {
        start
    };
    let head = format!("DataTime={}", label.civil().to_compact());
    let mut areas = vec![head.clone()];
    for (factor, value) in point.outlet.factors.iter().zip(&values) {
        let Some(code) = code_of(factor, logger.edition) else {
            continue;
        };
        let text = factor_text(code, factor, value, kind);
        match areas.last_mut() {
            Some(area) if area.len() + text.len() <= MAX_AREA => area.push_str(&text),
            _ => areas.push(format!("{head}{text}")),
        }
    }
    let total = areas.len();
    areas
        .iter()
        .zip(1..)
        .map(|(area, number)| {
            let request = next();
            let frame = encode_upload(
                logger,
                (&point.outlet.system_type, kind.command()),
                &request,
                (total > 1).then_some((number, total)),
                area,
                is_resent,
            );
            Upload { request, frame }
        })
        .collect()
}

/// A data segment in a frame, with an acknowledgement asked for.
pub(crate) fn encode_upload(
    logger: &Logger,
    (system_type, command): (&str, &str),
    request: &str,
    part: Option<(usize, usize)>,
    area: &str,
    is_resent: bool,
) -> Bytes {
    let Logger { mn, password, .. } = logger;
    let mut flag = Flag::of(logger.edition).with_answer();
    let mut after = String::new();
    if let Some((number, total)) = part {
        flag = flag.with_packet_numbers();
        after = format!("PNUM={total};PNO={number};");
    }
    if is_resent && logger.edition == Edition::Hj2025 {
        after.push_str("RF=1;");
    }
    let flag = flag.0;
    let segment = format!(
        "QN={request};ST={system_type};CN={command};PW={password};MN={mn};Flag={flag};{after}CP=&&{area}&&"
    );
    encode_frame(segment.as_bytes())
}

/// The code that an edition uses; loggers of 2005 do not know what has no old code.
fn code_of(factor: &Factor, edition: Edition) -> Option<&str> {
    match edition {
        Edition::Hjt2005 => factor.old.as_deref(),
        Edition::Hj2017 | Edition::Hj2025 => Some(&factor.code),
    }
}

/// `;code-Avg=…,code-Flag=N`
fn factor_text(code: &str, factor: &Factor, value: &PeriodValue, kind: PacketKind) -> String {
    let places = usize::from(factor.decimals);
    let mut text = String::with_capacity(160);
    let mut field = |name: &str, value: String| {
        text.push(if text.is_empty() { ';' } else { ',' });
        text.push_str(code);
        text.push('-');
        text.push_str(name);
        text.push('=');
        text.push_str(&value);
    };
    let [low, mean, high] = value.measured;
    if kind == PacketKind::Realtime {
        field("Rtd", format!("{mean:.places$}"));
        if let Some([_, mean, _]) = value.converted {
            field("ZsRtd", format!("{mean:.places$}"));
        }
    } else {
        if let Some(amount) = value.amount {
            field("Cou", format!("{amount:.4}"));
        }
        for (name, value) in [("Min", low), ("Avg", mean), ("Max", high)] {
            field(name, format!("{value:.places$}"));
        }
        if let Some([low, mean, high]) = value.converted {
            for (name, value) in [("ZsMin", low), ("ZsAvg", mean), ("ZsMax", high)] {
                field(name, format!("{value:.places$}"));
            }
        }
    }
    field("Flag", value.flag.to_string());
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use hj212::{ParseSettings, parse_message_strict};

    const SENDING: Sending = Sending {
        at: Timestamp::from_epoch_ms(1_462_348_800_000),
        is_resent: true,
    };

    #[test]
    fn every_packet_of_every_point_is_one_that_the_standard_accepts() {
        let city = City::hengyang(1).unwrap();
        let signals = Signals::new(&city);
        let start: Timestamp = "2016-05-04T15:00:00+08:00".parse().unwrap();
        let mut most = 0;
        for index in 0..city.points.len() {
            for kind in [
                PacketKind::Realtime,
                PacketKind::Minute,
                PacketKind::Hour,
                PacketKind::Day,
            ] {
                let start = if kind == PacketKind::Day {
                    start.stat_day().start()
                } else {
                    start
                };
                let uploads = build_uploads(
                    &city,
                    &signals,
                    index,
                    (kind, start),
                    &mut RequestNumbers::default(),
                    SENDING,
                );
                assert!(!uploads.is_empty());
                for (upload, number) in uploads.iter().zip(1..) {
                    let frame = &upload.frame;
                    let segment = std::str::from_utf8(&frame[6..frame.len() - 6]).unwrap();
                    assert!(segment.len() <= hj212::STANDARD_SEGMENT_LIMIT);
                    let message = parse_message_strict(segment, &ParseSettings::default())
                        .unwrap_or_else(|defects| panic!("{segment}: {defects:?}"));
                    assert_eq!(
                        message.edition,
                        city.loggers[city.points[index].logger].edition
                    );
                    assert!(message.wants_answer());
                    assert_eq!(message.qn, Some(upload.request.as_str()));
                    let part = (uploads.len() > 1)
                        .then_some((number, u32::try_from(uploads.len()).unwrap()));
                    assert_eq!(message.packet_number(), part);
                    most = most.max(uploads.len());
                    let (upload, defects) = hj212::parse_upload(&message).unwrap();
                    assert!(defects.is_empty(), "{segment}: {defects:?}");
                    assert!(upload.factors().len() > 1, "{segment}");
                }
            }
        }
        assert!(most > 1, "some packets are split");
    }

    #[test]
    fn an_air_station_labels_an_hour_by_its_end() {
        let city = City::hengyang(1).unwrap();
        let signals = Signals::new(&city);
        let index = city
            .points
            .iter()
            .position(|p| p.is_labelled_by_end)
            .unwrap();
        let start: Timestamp = "2016-05-04T23:00:00+08:00".parse().unwrap();
        let uploads = build_uploads(
            &city,
            &signals,
            index,
            (PacketKind::Hour, start),
            &mut RequestNumbers::default(),
            SENDING,
        );
        let text = String::from_utf8(uploads[0].frame.to_vec()).unwrap();
        assert!(text.contains("DataTime=20160505000000;"), "{text}");
    }
}
