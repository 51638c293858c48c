//! Noise without state: a value depends on the seed, the subject and the time only, so that any
//! moment of any year is computed at once and always the same.

/// A stream of noise of one subject (a point's factor, the weather, a plant's load).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Noise {
    seed: u64,
}

impl Noise {
    /// The stream of a subject under a seed.
    pub fn new(seed: u64, subject: &str) -> Self {
        // FNV-1a, then mixed
        let hash = subject
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        Self {
            seed: mix(seed ^ hash),
        }
    }

    /// A stream of its own for a part of the subject.
    #[must_use]
    pub fn of(self, part: &str) -> Self {
        Self::new(self.seed, part)
    }

    /// A number of this stream, evenly spread over all of `u64`.
    pub fn number(self, index: i64) -> u64 {
        mix(self.seed ^ mix(index.cast_unsigned()))
    }

    /// Evenly spread over [0, 1).
    pub fn unit(self, index: i64) -> f64 {
        // the upper 53 bits fill a double exactly
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit a double")]
        let upper = (self.number(index) >> 11) as f64;
        upper / 9_007_199_254_740_992.0
    }

    /// Whether something of this chance happens at an index.
    pub fn happens(self, index: i64, chance: f64) -> bool {
        self.unit(index) < chance
    }

    /// A smooth curve in [-1, 1] that changes over about `period_ms`.
    pub fn smooth(self, time_ms: i64, period_ms: i64) -> f64 {
        let step = time_ms.div_euclid(period_ms);
        #[expect(clippy::cast_precision_loss, reason = "periods are far below 2^52 ms")]
        let part = time_ms.rem_euclid(period_ms) as f64 / period_ms as f64;
        let weight = part * part * (3.0 - 2.0 * part);
        let from = self.unit(step) * 2.0 - 1.0;
        let to = self.unit(step + 1) * 2.0 - 1.0;
        from + (to - from) * weight
    }

    /// Slow, middle and fast changes together, in [-1, 1], mostly near 0.
    pub fn layered(self, time_ms: i64) -> f64 {
        const MINUTE: i64 = 60_000;
        0.5 * self.smooth(time_ms, 9 * 60 * MINUTE)
            + 0.3
                * Self {
                    seed: self.seed ^ 1,
                }
                .smooth(time_ms, 95 * MINUTE)
            + 0.2
                * Self {
                    seed: self.seed ^ 2,
                }
                .smooth(time_ms, 4 * MINUTE)
    }
}

/// The finaliser of splitmix64.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_subject_give_the_same_curve() {
        let one = Noise::new(7, "a");
        assert_eq!(one, Noise::new(7, "a"));
        assert_ne!(one.number(5), Noise::new(7, "b").number(5));
        assert_ne!(one.number(5), Noise::new(8, "a").number(5));
    }

    #[test]
    fn units_fill_their_range_evenly() {
        let noise = Noise::new(1, "even");
        let mean = (0..10_000).map(|i| noise.unit(i)).sum::<f64>() / 10_000.0;
        assert!((mean - 0.5).abs() < 0.02, "{mean}");
        assert!((0..10_000).all(|i| (0.0..1.0).contains(&noise.unit(i))));
    }

    #[test]
    fn curves_are_smooth_and_bounded() {
        let noise = Noise::new(3, "curve");
        let mut before = noise.layered(0);
        for second in 1..7_200 {
            let now = noise.layered(second * 1_000);
            assert!(now.abs() <= 1.0);
            assert!((now - before).abs() < 0.01, "{second}: {before} {now}");
            before = now;
        }
    }
}
