//! Columns of integers: each in the form that is shortest for it.

use pco::ChunkConfig;
use pco::standalone::{simple_compress, simple_decompress_into};

use crate::bytecode::{Reader, put_bytes, put_signed};

const CONSTANT: u8 = 0;
const VARIABLE: u8 = 1;
const PACKED: u8 = 2;

/// Shorter columns are not worth packing.
const LEAST_PACKED: usize = 16;

/// Appends a column; its length is not written.
pub(crate) fn put_column(out: &mut Vec<u8>, values: &[i64]) {
    let Some(first) = values.first() else { return };
    if values.iter().all(|value| value == first) {
        out.push(CONSTANT);
        put_signed(out, *first);
        return;
    }
    let mut plain = Vec::with_capacity(values.len() * 2);
    for value in values {
        put_signed(&mut plain, *value);
    }
    if values.len() >= LEAST_PACKED
        && let Ok(packed) = simple_compress(values, &ChunkConfig::default())
        && packed.len() < plain.len()
    {
        out.push(PACKED);
        put_bytes(out, &packed);
        return;
    }
    out.push(VARIABLE);
    put_bytes(out, &plain);
}

/// Reads a column of a known length.
pub(crate) fn read_column(reader: &mut Reader<'_>, length: usize) -> Option<Vec<i64>> {
    if length == 0 {
        return Some(Vec::new());
    }
    match reader.byte()? {
        CONSTANT => Some(vec![reader.signed()?; length]),
        VARIABLE => {
            let mut plain = Reader::new(reader.bytes()?);
            (0..length).map(|_| plain.signed()).collect()
        }
        PACKED => {
            let mut values = vec![0; length];
            let progress = simple_decompress_into(reader.bytes()?, &mut values).ok()?;
            (progress.n_processed == length).then_some(values)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn roundtrip(values: &[i64]) -> usize {
        let mut out = Vec::new();
        put_column(&mut out, values);
        let mut reader = Reader::new(&out);
        assert_eq!(read_column(&mut reader, values.len()).unwrap(), values);
        assert!(reader.is_at_end());
        out.len()
    }

    proptest! {
        #[test]
        fn what_is_put_is_read(
            values in prop_oneof![
                proptest::collection::vec(any::<i64>(), 0..60),
                proptest::collection::vec(-5_i64..5, 0..400),
            ],
        ) {
            roundtrip(&values);
        }

        #[test]
        fn any_bytes_are_read_without_a_panic(
            bytes in any::<Vec<u8>>(),
            mode in 0_u8..4,
            length in 0_usize..100,
        ) {
            let mut with_mode = vec![mode];
            with_mode.extend(bytes);
            let _ = read_column(&mut Reader::new(&with_mode), length);
        }
    }

    #[test]
    fn regular_columns_cost_next_to_nothing() {
        assert!(roundtrip(&vec![1_700_000_000_000; 1440]) < 10);
        let minutes: Vec<i64> = (0..1440).map(|minute| minute * 60_000).collect();
        assert!(roundtrip(&minutes) < 60);
        // 17 bits of noise need 17 bits
        let mut state = 7_u64;
        let noise: Vec<i64> = (0..1440)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                i64::try_from((state >> 33) % 100_000).unwrap()
            })
            .collect();
        assert!(roundtrip(&noise) < 1440 * 17 / 8 + 60);
    }
}
