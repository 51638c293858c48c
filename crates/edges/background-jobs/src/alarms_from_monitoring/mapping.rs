//! From what was interpreted to what alarms observe.

use std::collections::HashMap;

use alarms::RecordKind;
use alarms::engine::{DeviceObservation, Observation, RecordObservation};
use beijing_time::Timestamp;
use monitoring::{DeviceSign, InterpretedBatch, InterpretedRecord};

/// What alarms observe in a batch: signs of life first, then records.
pub fn observe_batch(batch: &InterpretedBatch) -> Vec<Observation> {
    let stamps = list_stamps(batch);
    let signs = batch
        .signs
        .iter()
        // what is replayed or re-sent does not say that the device is well now
        .filter(|sign| !sign.is_historical)
        .map(|sign| {
            let stamp = stamps.get(&(sign.device_id, sign.received_at));
            Observation::Device(observe_sign(sign, stamp.copied()))
        });
    let records = batch.records.iter().filter_map(observe_record);
    signs.chain(records.map(Observation::Record)).collect()
}

/// The times real-time packets were stamped with, by device and arrival: only they tell how a
/// device's clock goes.
pub(super) fn list_stamps(batch: &InterpretedBatch) -> HashMap<(i64, Timestamp), Timestamp> {
    batch
        .records
        .iter()
        .filter(|record| {
            record.kind == monitoring::RecordKind::Realtime && !record.marks.is_historical()
        })
        .map(|record| ((record.device_id, record.received_at), record.time))
        .collect()
}

fn observe_sign(sign: &DeviceSign, stamp: Option<Timestamp>) -> DeviceObservation {
    DeviceObservation {
        device_id: sign.device_id,
        at: sign.received_at,
        peer: Some(address_of(&sign.peer).to_owned()).filter(|peer| !peer.is_empty()),
        skew_ms: stamp.map(|stamp| stamp.ms_since(sign.received_at)),
    }
}

/// A peer's network address without its port.
fn address_of(peer: &str) -> &str {
    if peer.parse::<std::net::SocketAddr>().is_err() {
        return peer;
    }
    peer.rsplit_once(':').map_or(peer, |(address, _)| address)
}

fn observe_record(record: &InterpretedRecord) -> Option<RecordObservation> {
    let kind = match record.kind {
        monitoring::RecordKind::Realtime => RecordKind::Realtime,
        monitoring::RecordKind::Minute => RecordKind::Minute,
        monitoring::RecordKind::Hour => RecordKind::Hour,
        monitoring::RecordKind::Day => RecordKind::Day,
        _ => return None,
    };
    let readings = record.payload.readings();
    Some(RecordObservation {
        point_id: record.point_id,
        kind,
        time: record.time,
        received_at: record.received_at,
        packet_id: Some(record.packet_id.0),
        is_history: record.marks.is_historical(),
        factors: readings
            .iter()
            .filter(|reading| !reading.code.is_empty())
            .map(|reading| alarms::observe_reading(reading, kind))
            .collect(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alarms::Statistic;
    use monitoring::{FactorReading, Field, PacketId, Payload, RecordMarks, Value};
    use std::sync::Arc;

    fn record(kind: monitoring::RecordKind, marks: RecordMarks) -> InterpretedRecord {
        let reading = |code: &str, flag: Option<&str>, values: &[(Field, &str)]| FactorReading {
            code: code.into(),
            flag: flag.map(Into::into),
            values: values
                .iter()
                .map(|(field, text)| (field.clone(), Value::parse(text)))
                .collect(),
        };
        InterpretedRecord {
            point_id: 7,
            device_id: 3,
            kind,
            time: Timestamp::from_epoch_ms(60_000),
            received_at: Timestamp::from_epoch_ms(61_000),
            packet_id: PacketId(65_536),
            marks,
            payload: Payload::encode(vec![
                reading(
                    "a21026",
                    Some("N"),
                    &[(Field::Rtd, "35.10"), (Field::ZsRtd, "40")],
                ),
                reading("a21002", Some("D"), &[(Field::Rtd, "--")]),
            ]),
        }
    }

    fn batch(records: Vec<InterpretedRecord>, is_historical: bool) -> InterpretedBatch {
        let sign = DeviceSign {
            device_id: 3,
            received_at: Timestamp::from_epoch_ms(61_000),
            peer: Arc::from("10.0.0.8:4711"),
            data_time: Some(Timestamp::from_epoch_ms(60_000)),
            is_historical,
        };
        InterpretedBatch {
            batch_id: 1,
            records,
            signs: vec![sign],
        }
    }

    #[test]
    fn a_packet_is_a_sign_of_life_and_a_record() {
        let live = record(monitoring::RecordKind::Realtime, RecordMarks::default());
        let observations = observe_batch(&batch(vec![live], false));
        let [Observation::Device(device), Observation::Record(record)] = &observations[..] else {
            panic!("{observations:?}");
        };
        assert_eq!(device.peer.as_deref(), Some("10.0.0.8"));
        assert_eq!(device.skew_ms, Some(-1_000));
        assert_eq!(record.packet_id, Some(65_536));
        assert!(!record.is_history);
        let value = |code: &str, statistic| record.factor(code).unwrap().value(statistic);
        assert_eq!(
            value("a21026", Statistic::ZsRtd).map(|value| value.to_string()),
            Some("40".to_owned())
        );
        let damaged = record.factor("a21002").unwrap();
        assert_eq!((damaged.flag, damaged.is_valid), (Some('D'), false));
        assert!(damaged.values.is_empty());
    }

    #[test]
    fn what_is_re_sent_is_history_and_no_sign_of_life() {
        let marks = RecordMarks {
            is_resent: true,
            ..RecordMarks::default()
        };
        let again = record(monitoring::RecordKind::Hour, marks);
        let observations = observe_batch(&batch(vec![again], true));
        let [Observation::Record(record)] = &observations[..] else {
            panic!("{observations:?}");
        };
        assert!(record.is_history);
        assert_eq!(record.kind, RecordKind::Hour);
    }

    #[test]
    fn a_port_is_taken_off_an_address() {
        assert_eq!(address_of("10.0.0.8:4711"), "10.0.0.8");
        assert_eq!(address_of("[::1]:4711"), "[::1]");
        assert_eq!(address_of("10.0.0.8"), "10.0.0.8");
    }
}
