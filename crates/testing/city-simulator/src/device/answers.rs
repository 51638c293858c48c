//! How a logger answers what the host asks.

use beijing_time::{Clock, SystemClock, Timestamp};
use bytes::BytesMut;
use hj212::{ExecutionResult, Frame, Message, Reply, RequestResult, build_reply};

use super::{Device, put};
use crate::city::Memory;
use crate::packet::{PacketKind, build_answers, encode_upload};

/// Periods answered to one request at the most.
const MOST_PERIODS: i64 = 1_500;

impl Device<'_> {
    /// Answers a request: 9011, what was asked for, 9012.
    pub(super) fn answer(&mut self, frame: &Frame, message: &Message<'_>, out: &mut BytesMut) {
        let Some(command) = message.cn else { return };
        let envelope = frame.envelope();
        if command == "1013" {
            return;
        }
        let reply = |reply: Reply| build_reply(&envelope, reply);
        let is_known = matches!(
            command,
            "1000"
                | "1011"
                | "1012"
                | "1061"
                | "1062"
                | "1063"
                | "1064"
                | "1072"
                | "2011"
                | "2012"
                | "2031"
                | "2051"
                | "2061"
                | "3011"
                | "3012"
                | "3013"
                | "3014"
                | "3015"
                | "3016"
                | "3017"
                | "3018"
                | "3019"
        );
        if !is_known {
            put([reply(Reply::Request(RequestResult::WrongCommand))], out);
            return;
        }
        put([reply(Reply::Request(RequestResult::Ready))], out);
        let result = self.execute(command, message, out);
        put([reply(Reply::Execution(result))], out);
    }

    fn execute(
        &mut self,
        command: &str,
        message: &Message<'_>,
        out: &mut BytesMut,
    ) -> ExecutionResult {
        let number = message
            .qn
            .or_else(|| message.data_area.value("QN"))
            .unwrap_or_default()
            .to_owned();
        match command {
            "1011" => {
                let now = SystemClock.now().civil().to_compact();
                self.tell(&number, "1011", &format!("SystemTime={now}"), out);
                ExecutionResult::Done
            }
            "1061" => {
                self.tell(&number, "1061", "RtdInterval=60", out);
                ExecutionResult::Done
            }
            "1063" => {
                self.tell(&number, "1063", "MinInterval=10", out);
                ExecutionResult::Done
            }
            "2011" => {
                self.is_live_on = true;
                ExecutionResult::Done
            }
            "2012" => {
                self.is_live_on = false;
                ExecutionResult::Done
            }
            "2031" => self.tell_history(PacketKind::Day, &number, message, out),
            "2051" => self.tell_history(PacketKind::Minute, &number, message, out),
            "2061" => self.tell_history(PacketKind::Hour, &number, message, out),
            _ => ExecutionResult::Done,
        }
    }

    fn tell(&mut self, number: &str, command: &str, area: &str, out: &mut BytesMut) {
        let Some(logger) = self.world.city.loggers.get(self.logger) else {
            return;
        };
        let system_type = logger
            .points
            .first()
            .and_then(|point| self.world.city.points.get(*point))
            .map_or("31", |point| point.outlet.system_type.as_str());
        let frame = encode_upload(logger, (system_type, command), number, None, area, false);
        put([frame], out);
    }

    fn tell_history(
        &mut self,
        kind: PacketKind,
        number: &str,
        message: &Message<'_>,
        out: &mut BytesMut,
    ) -> ExecutionResult {
        let read = |name: &str| message.data_area.value(name).and_then(read_time);
        let (Some(begin), Some(end)) = (read("BeginTime"), read("EndTime")) else {
            return ExecutionResult::WrongCondition;
        };
        let now = SystemClock.now();
        let mut sent = 0;
        let points = self
            .world
            .city
            .loggers
            .get(self.logger)
            .map_or_else(Vec::new, |logger| logger.points.clone());
        for index in points {
            let Some(point) = self.world.city.points.get(index) else {
                continue;
            };
            let length = kind.length_ms(point);
            // the host asks by the labels that the logger itself uses
            let label = if point.is_labelled_by_end { length } else { 0 };
            let (begin, end) = (begin.plus_ms(-label), end.plus_ms(-label));
            let mut start = match kind {
                PacketKind::Day => begin.stat_day().start(),
                _ => Timestamp::from_epoch_ms(begin.epoch_ms().div_euclid(length) * length),
            };
            while start <= end && start.plus_ms(length) <= now && sent < MOST_PERIODS {
                let period_end = start.plus_ms(length);
                if self.memory() == Memory::Forgets && self.schedule.is_left_out(period_end) {
                    start = period_end;
                    continue;
                }
                let uploads = build_answers(
                    &self.world.city,
                    &self.world.signals,
                    index,
                    (kind, start),
                    number,
                );
                put(uploads.into_iter().map(|upload| upload.frame), out);
                sent += 1;
                start = start.plus_ms(length);
            }
        }
        if sent == 0 {
            ExecutionResult::NoData
        } else {
            ExecutionResult::Done
        }
    }
}

/// `YYYYMMDDhhmmss`, Beijing time.
fn read_time(text: &str) -> Option<Timestamp> {
    let part = |from: usize, to: usize| text.get(from..to);
    let text = format!(
        "{}-{}-{}T{}:{}:{}+08:00",
        part(0, 4)?,
        part(4, 6)?,
        part(6, 8)?,
        part(8, 10)?,
        part(10, 12)?,
        part(12, 14)?
    );
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compact_time_is_read() {
        let expected: Timestamp = "2016-05-04T15:07:09+08:00".parse().unwrap();
        assert_eq!(read_time("20160504150709"), Some(expected));
        assert_eq!(read_time("2016"), None);
        assert_eq!(read_time("20161304150709"), None);
    }
}
