//! What most trackers never have takes no room in them: ten thousand points with ten factors each
//! have a hundred thousand trackers, of which a few saw something.

use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::changes::Circumstance;

/// Nothing was seen.
const NOTHING: &Circumstance = &Circumstance {
    value: None,
    flag: None,
    multiple: None,
    packet_id: None,
    limit: None,
};

/// A circumstance, which takes room only when something was seen. It is written as the circumstance
/// itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Remembered(Option<Box<Circumstance>>);

impl From<Circumstance> for Remembered {
    fn from(seen: Circumstance) -> Self {
        Self((seen != *NOTHING).then(|| Box::new(seen)))
    }
}

impl Deref for Remembered {
    type Target = Circumstance;

    fn deref(&self) -> &Circumstance {
        self.0.as_deref().unwrap_or(NOTHING)
    }
}

impl Serialize for Remembered {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Circumstance::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for Remembered {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Circumstance::deserialize(deserializer).map(Self::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::trackers::Tracker;

    #[test]
    fn it_is_written_as_the_circumstance_and_read_again() {
        for seen in [
            Circumstance::default(),
            Circumstance {
                flag: Some('D'),
                packet_id: Some(7),
                ..Circumstance::default()
            },
        ] {
            let remembered = Remembered::from(seen.clone());
            assert_eq!(*remembered, seen);
            let text = serde_json::to_string(&remembered).unwrap();
            assert_eq!(text, serde_json::to_string(&seen).unwrap());
            assert_eq!(
                serde_json::from_str::<Remembered>(&text).unwrap(),
                remembered
            );
        }
        assert_eq!(Remembered::from(Circumstance::default()), Remembered(None));
    }

    #[test]
    fn a_tracker_is_small() {
        let size = size_of::<Tracker>();
        assert!(size <= 192, "{size} bytes");
    }
}
