//! Something for each of a few kinds of records. A subject has one or two of them, for which a tree
//! with its node of eleven places would be mostly air.

use crate::words::RecordKind;

/// Values by kind of record, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ByKind<T>(Vec<(RecordKind, T)>);

impl<T> Default for ByKind<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> ByKind<T> {
    fn find(&self, kind: RecordKind) -> Result<usize, usize> {
        self.0.binary_search_by_key(&kind, |(own, _)| *own)
    }

    pub(crate) fn get(&self, kind: RecordKind) -> Option<&T> {
        let place = self.find(kind).ok()?;
        self.0.get(place).map(|(_, value)| value)
    }

    pub(crate) fn insert(&mut self, kind: RecordKind, value: T) {
        match self.find(kind) {
            Ok(place) => {
                if let Some((_, own)) = self.0.get_mut(place) {
                    *own = value;
                }
            }
            Err(place) => {
                self.0.reserve_exact(1);
                self.0.insert(place, (kind, value));
            }
        }
    }

    pub(crate) fn remove(&mut self, kind: RecordKind) -> Option<T> {
        let place = self.find(kind).ok()?;
        let (_, value) = self.0.remove(place);
        Some(value)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (RecordKind, &T)> {
        self.0.iter().map(|(kind, value)| (*kind, value))
    }

    pub(crate) fn values(&self) -> impl Iterator<Item = &T> {
        self.0.iter().map(|(_, value)| value)
    }

    pub(crate) fn values_mut(&mut self) -> impl Iterator<Item = &mut T> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    pub(crate) fn retain(&mut self, mut stays: impl FnMut(&T) -> bool) {
        self.0.retain(|(_, value)| stays(value));
    }
}

impl<T: Default> ByKind<T> {
    /// The value of a kind, made when there is none.
    #[expect(clippy::indexing_slicing, reason = "the place was just found or made")]
    pub(crate) fn of(&mut self, kind: RecordKind) -> &mut T {
        let place = match self.find(kind) {
            Ok(place) => place,
            Err(place) => {
                self.0.reserve_exact(1);
                self.0.insert(place, (kind, T::default()));
                place
            }
        };
        let (_, value) = &mut self.0[place];
        value
    }
}
