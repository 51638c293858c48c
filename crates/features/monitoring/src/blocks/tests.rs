//! What goes into a block comes out of it, and takes little room.

use proptest::prelude::*;

use super::*;
use crate::store::records::{RecordRow, RowContent};
use crate::{FactorReading, Field, Payload, Value};

fn reading(code: &str, flag: Option<&str>, values: &[(Field, &str)]) -> FactorReading {
    FactorReading {
        code: code.into(),
        flag: flag.map(Into::into),
        values: values
            .iter()
            .map(|(field, text)| (field.clone(), Value::parse(text)))
            .collect(),
    }
}

fn readings() -> impl Strategy<Value = Vec<FactorReading>> {
    let code = prop_oneof!["a2102[0-3]", "w01018", "", "SB[12]"];
    let field = prop_oneof![
        Just(Field::Avg),
        Just(Field::Max),
        Just(Field::Cou),
        Just(Field::Other("Odd".into())),
    ];
    let value = prop_oneof!["[0-9]{1,3}\\.[0-9]{0,4}", "-?[0-9]{1,16}", "\\PC{0,5}"]
        .prop_map(|text: String| Value::parse(&text));
    let flag = proptest::option::of("N|D|M|x y").prop_map(|flag| flag.map(Into::into));
    let values = proptest::collection::vec((field, value), 0..4);
    proptest::collection::vec((code, flag, values), 0..5).prop_map(|factors| {
        factors
            .into_iter()
            .map(|(code, flag, values)| FactorReading {
                code: code.into(),
                flag,
                values,
            })
            .collect()
    })
}

fn rows() -> impl Strategy<Value = Vec<RecordRow>> {
    let payload = prop_oneof![
        9 => readings().prop_map(Payload::encode),
        1 => any::<Vec<u8>>().prop_map(Payload::from_stored),
    ];
    let number = prop_oneof![
        Just(0_i64),
        Just(RESENT_BIT),
        0..RESENT_BIT * 2,
        any::<i64>()
    ];
    let row = (any::<i64>(), number, any::<i64>(), any::<i64>(), payload);
    proptest::collection::vec(row, 0..40).prop_map(|rows| {
        rows.into_iter()
            .map(
                |(time_ms, version, packet_id, received_ms, payload)| RecordRow {
                    point_id: 7,
                    time_ms,
                    version,
                    packet_id,
                    received_ms,
                    content: RowContent::Stored(payload),
                },
            )
            .collect()
    })
}

proptest! {
    #[test]
    fn every_row_comes_back_as_it_was(rows in rows()) {
        // encoding reads back and compares every bit
        let block = encode_block(&rows).unwrap();
        prop_assert_eq!(usize::try_from(block.row_count).unwrap(), rows.len());
    }

    #[test]
    fn a_selection_is_what_a_filter_would_leave(rows in rows(), split in any::<i64>()) {
        let block = encode_block(&rows).unwrap();
        let factors = ["a21021".to_owned()];
        let selection = Selection { from_ms: split, to_ms: i64::MAX, factors: Some(&factors) };
        let found = decode_block(7, &block.content, &selection).unwrap();
        let wanted: Vec<_> = rows
            .into_iter()
            .filter(|row| row.time_ms >= split && row.time_ms < i64::MAX)
            .collect();
        prop_assert_eq!(found.len(), wanted.len());
        for (mut found, mut wanted) in found.into_iter().zip(wanted) {
            prop_assert_eq!(found.key(), wanted.key());
            let of_factor = |mut readings: Vec<FactorReading>| {
                readings.retain(|reading| &*reading.code == "a21021");
                readings
            };
            prop_assert_eq!(of_factor(found.take_readings()), of_factor(wanted.take_readings()));
        }
    }

    #[test]
    fn damaged_blocks_are_noticed_or_read_without_a_panic(
        rows in rows(),
        place in any::<proptest::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let block = encode_block(&rows).unwrap();
        let mut plain = zstd::bulk::decompress(&block.content, 1 << 24).unwrap();
        if !plain.is_empty() {
            let place = place.index(plain.len());
            plain[place] = byte;
            let content = zstd::bulk::compress(&plain, 1).unwrap();
            let _ = decode_block(7, &content, &Selection::EVERYTHING);
        }
    }
}

/// A day of minutes of ten factors; each value a step from the one before, or noise.
fn day_of_minutes(is_noise: bool) -> Vec<RecordRow> {
    let start = 1_700_000_000_000 / 86_400_000 * 86_400_000;
    let mut state = 1_u64;
    let mut random = move |below: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        i64::try_from((state >> 33) % below).unwrap()
    };
    let mut levels = [50_000_i64; 10];
    (0..1440)
        .map(|minute| {
            let time_ms = start + minute * 60_000;
            let received_ms = time_ms + 60_000 + random(2000);
            let readings = (0..10)
                .map(|factor| {
                    let level = &mut levels[factor];
                    *level = if is_noise {
                        random(100_000)
                    } else {
                        *level + random(401) - 200
                    };
                    let text = format!("{}.{:03}", *level / 1000, (*level % 1000).abs());
                    reading(&format!("a2100{factor}"), Some("N"), &[(Field::Avg, &text)])
                })
                .collect();
            RecordRow {
                point_id: 7,
                time_ms,
                version: received_ms - random(100),
                packet_id: (minute * 40 + random(40)) << 16 | random(500),
                received_ms,
                content: RowContent::Stored(Payload::encode(readings)),
            }
        })
        .collect()
}

#[test]
fn a_value_takes_about_two_bytes() {
    let size = |is_noise| {
        let block = encode_block(&day_of_minutes(is_noise)).unwrap();
        assert_eq!(block.value_count, 14_400);
        block.content.len() * 100 / 14_400
    };
    // hundredths of a byte: with time of receipt, number and packet of each row
    let (steady, noise) = (size(false), size(true));
    assert!(steady < 180, "{steady}");
    assert!(noise < 290, "{noise}");
}
