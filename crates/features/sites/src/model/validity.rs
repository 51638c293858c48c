//! From when to when something holds.

use beijing_time::Timestamp;

/// A period of validity: from an instant up to, not including, another or for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Validity {
    /// The first instant at which it holds.
    pub from: Timestamp,
    /// The first instant at which it holds no more; `None` for no end.
    pub to: Option<Timestamp>,
}

impl Validity {
    /// From the beginning of time, without end.
    pub const ALWAYS: Self = Self {
        from: Timestamp::from_epoch_ms(0),
        to: None,
    };

    /// From an instant, without end.
    pub const fn since(from: Timestamp) -> Self {
        Self { from, to: None }
    }

    /// Whether it holds at an instant.
    pub fn contains(&self, at: Timestamp) -> bool {
        self.from <= at && self.to.is_none_or(|to| at < to)
    }

    /// Whether there is an instant at which both hold.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.to.is_none_or(|to| other.from < to) && other.to.is_none_or(|to| self.from < to)
    }

    /// Whether it ends after it begins.
    pub fn is_in_order(&self) -> bool {
        self.to.is_none_or(|to| self.from < to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn validity(from: i64, to: Option<i64>) -> Validity {
        Validity {
            from: Timestamp::from_epoch_ms(from),
            to: to.map(Timestamp::from_epoch_ms),
        }
    }

    #[test]
    fn the_end_belongs_to_the_next() {
        let (first, second) = (validity(0, Some(10)), validity(10, None));
        assert!(!first.overlaps(&second) && !second.overlaps(&first));
        assert!(!first.contains(Timestamp::from_epoch_ms(10)));
        assert!(second.contains(Timestamp::from_epoch_ms(10)));
        assert!(validity(0, Some(11)).overlaps(&second));
        assert!(second.overlaps(&validity(0, None)));
        assert!(!validity(5, Some(5)).is_in_order());
    }
}
