//! The past of the whole city, sent as fast as it is acknowledged, to its end: what a store of a
//! year holds.

use std::collections::HashSet;
use std::sync::Arc;

use anyhow::{Context, Result, bail};
use beijing_time::{DAY_MS, HOUR_MS, Timestamp};
use bytes::BytesMut;
use hj212::{Decoded, FrameDecoder, FrameSettings, ParseSettings, parse_message};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::device::World;
use crate::packet::{PacketKind, RequestNumbers, Sending, build_uploads};

/// Unacknowledged packets of one logger at a time: a device would keep to fewer, but waits for
/// nobody here.
const WINDOW: usize = 64;

/// A period to be sent: its end, which orders them, its kind and point.
type Period = (i64, PacketKind, usize, Timestamp);

/// Sends the past of every logger up to a moment, the oldest first, and returns how many packets
/// were acknowledged.
///
/// # Errors
/// When a connection ends before everything is acknowledged.
pub async fn send_history(world: Arc<World>, until: Timestamp) -> Result<u64> {
    let mut tasks = tokio::task::JoinSet::new();
    for logger in 0..world.city.loggers.len() {
        let world = Arc::clone(&world);
        tasks.spawn(async move {
            send_logger(&world, logger, until)
                .await
                .with_context(|| format!("logger {logger}"))
        });
    }
    let mut packets = 0;
    while let Some(sent) = tasks.join_next().await {
        packets += sent.context("a logger's task broke off")??;
    }
    Ok(packets)
}

/// What a logger has of the past, in the order in which the periods ended.
fn list_periods(world: &World, logger: usize, until: Timestamp) -> Vec<Period> {
    let mut periods = Vec::new();
    let points = world.city.loggers.get(logger).map(|logger| &logger.points);
    for index in points.into_iter().flatten() {
        let Some(point) = world.city.points.get(*index) else {
            continue;
        };
        for kind in [PacketKind::Minute, PacketKind::Hour, PacketKind::Day] {
            let back_ms = match kind {
                PacketKind::Minute => world.backfill.minute_hours * HOUR_MS,
                _ => world.backfill.days * DAY_MS,
            };
            let length = kind.length_ms(point);
            let from = until.plus_ms(-back_ms);
            let mut start = match kind {
                PacketKind::Day => from.stat_day().start(),
                _ => Timestamp::from_epoch_ms(from.epoch_ms().div_euclid(length) * length),
            };
            while start.plus_ms(length) <= until {
                let end = start.plus_ms(length);
                periods.push((end.epoch_ms(), kind, *index, start));
                start = end;
            }
        }
    }
    periods.sort_unstable();
    periods
}

async fn send_logger(world: &World, logger: usize, until: Timestamp) -> Result<u64> {
    let mut periods = list_periods(world, logger, until).into_iter();
    let mut stream = TcpStream::connect(&world.server).await?;
    stream.set_nodelay(true)?;
    let mut decoder = FrameDecoder::new(FrameSettings::standard());
    let mut received = BytesMut::new();
    let mut numbers = RequestNumbers::default();
    let mut waiting: HashSet<String> = HashSet::new();
    let mut acknowledged = 0;
    loop {
        let mut out = BytesMut::new();
        while waiting.len() < WINDOW {
            let Some((end_ms, kind, point, start)) = periods.next() else {
                break;
            };
            // the number that the packet had when its period was over
            let sending = Sending {
                at: Timestamp::from_epoch_ms(end_ms),
                is_resent: true,
            };
            let (city, signals) = (&world.city, &world.signals);
            for upload in build_uploads(city, signals, point, (kind, start), &mut numbers, sending)
            {
                out.extend_from_slice(&upload.frame);
                waiting.insert(upload.request);
            }
        }
        if waiting.is_empty() {
            stream.shutdown().await?;
            return Ok(acknowledged);
        }
        stream.write_all(&out).await?;
        if stream.read_buf(&mut received).await? == 0 {
            bail!(
                "the server ended the connection; {} packets wait",
                waiting.len()
            );
        }
        while let Some(found) = decoder.decode(&mut received) {
            let Decoded::Frame(frame) = found else {
                continue;
            };
            let text = frame.text();
            let (message, _defects) = parse_message(&text, &ParseSettings::default());
            let number = message.qn.or_else(|| message.data_area.value("QN"));
            if message.cn == Some("9014") && number.is_some_and(|number| waiting.remove(number)) {
                acknowledged += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Backfill, City, Signals};

    fn world() -> World {
        let city = City::hengyang(1).unwrap();
        World {
            signals: Signals::new(&city),
            city,
            server: String::new(),
            backfill: Backfill {
                days: 3,
                minute_hours: 2,
            },
        }
    }

    #[test]
    fn every_complete_period_is_sent_once_in_the_order_of_ends() {
        let world = world();
        let until: Timestamp = "2016-05-04T00:00:00+08:00".parse().unwrap();
        for logger in 0..world.city.loggers.len() {
            let periods = list_periods(&world, logger, until);
            assert!(periods.is_sorted());
            let points = world.city.loggers[logger].points.len();
            let count = |kind: PacketKind| periods.iter().filter(|it| it.1 == kind).count();
            assert_eq!(count(PacketKind::Day), 3 * points);
            assert_eq!(count(PacketKind::Hour), 72 * points);
            let minutes: i64 = world.city.loggers[logger]
                .points
                .iter()
                .map(|index| 120 / i64::from(world.city.points[*index].minute_interval_min))
                .sum();
            assert_eq!(count(PacketKind::Minute), usize::try_from(minutes).unwrap());
            assert!(periods.iter().all(|it| it.0 <= until.epoch_ms()));
        }
    }
}
