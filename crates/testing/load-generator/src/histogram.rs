//! Latencies in buckets of at most 1.6 % width, whatever their size.

use std::sync::atomic::{AtomicU64, Ordering};

/// Buckets for each doubling.
const FINE: u64 = 64;
const FINE_BITS: u32 = 6;
const BUCKETS: usize = 64 * 40;

/// Counts of microseconds; many tasks add to it at once.
#[derive(Debug)]
pub(crate) struct Histogram {
    counts: Vec<AtomicU64>,
    longest_us: AtomicU64,
}

impl Default for Histogram {
    fn default() -> Self {
        Self {
            counts: (0..BUCKETS).map(|_bucket| AtomicU64::new(0)).collect(),
            longest_us: AtomicU64::new(0),
        }
    }
}

impl Histogram {
    pub(crate) fn add(&self, us: u64) {
        if let Some(count) = self.counts.get(bucket_of(us)) {
            count.fetch_add(1, Ordering::Relaxed);
        }
        self.longest_us.fetch_max(us, Ordering::Relaxed);
    }

    pub(crate) fn longest_us(&self) -> u64 {
        self.longest_us.load(Ordering::Relaxed)
    }

    /// The upper edge of the bucket in which the given share (in 1/10,000) of all values ends.
    pub(crate) fn quantile_us(&self, per_ten_thousand: u64) -> u64 {
        let counts: Vec<u64> = self
            .counts
            .iter()
            .map(|count| count.load(Ordering::Relaxed))
            .collect();
        let total: u64 = counts.iter().sum();
        let wanted = (total * per_ten_thousand).div_ceil(10_000).max(1);
        let mut seen = 0;
        for (bucket, count) in counts.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return upper_edge(bucket).min(self.longest_us());
            }
        }
        self.longest_us()
    }
}

fn bucket_of(us: u64) -> usize {
    let bucket = if us < FINE {
        us
    } else {
        let shift = us.ilog2() - FINE_BITS;
        u64::from(shift + 1) * FINE + ((us >> shift) - FINE)
    };
    usize::try_from(bucket).map_or(BUCKETS - 1, |bucket| bucket.min(BUCKETS - 1))
}

fn upper_edge(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    if bucket < FINE {
        return bucket;
    }
    let shift = bucket / FINE - 1;
    ((bucket % FINE + FINE + 1) << shift) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_its_bucket_and_buckets_are_narrow() {
        for us in (0..100_000).chain([1 << 20, (1 << 33) + 12_345]) {
            let edge = upper_edge(bucket_of(us));
            assert!(edge >= us, "{us} is above its bucket's edge {edge}");
            assert!(edge - us <= us / 64 + 1, "{us} is far below {edge}");
        }
    }

    #[test]
    fn quantiles_of_a_thousand_values() {
        let histogram = Histogram::default();
        for us in 1..=1000 {
            histogram.add(us);
        }
        let (half, most) = (histogram.quantile_us(5_000), histogram.quantile_us(9_900));
        assert!((500..=508).contains(&half), "{half}");
        assert!((990..=1000).contains(&most), "{most}");
        assert_eq!(histogram.quantile_us(10_000), 1000);
        assert_eq!(Histogram::default().quantile_us(5_000), 0);
    }
}
