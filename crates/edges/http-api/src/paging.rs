//! Seek pagination: `after` and `limit` in, `meta.next` out.

use serde::Serialize;
use utoipa::ToSchema;

/// Beside every list.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct Meta {
    /// Give this as `after` to get what follows; null at the end.
    pub(crate) next: Option<String>,
}

/// The number of items to answer with: `asked`, or 100, at most 1000, at least 1.
pub(crate) fn page_size(asked: Option<u32>) -> u32 {
    asked.unwrap_or(100).clamp(1, 1000)
}

impl Meta {
    /// The place to go on from: the last item's key when the page is full.
    pub(crate) fn after<T>(items: &[T], limit: u32, key: impl Fn(&T) -> String) -> Self {
        let is_full = items.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
        Self {
            next: if is_full { items.last().map(key) } else { None },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_page_names_the_place_to_go_on_from() {
        let key = |item: &i32| item.to_string();
        assert_eq!(Meta::after(&[3, 5], 2, key).next.as_deref(), Some("5"));
        assert_eq!(Meta::after(&[3, 5], 3, key).next, None);
        assert_eq!(Meta::after(&[], 2, key).next, None);
        assert_eq!(
            (page_size(None), page_size(Some(0)), page_size(Some(9999))),
            (100, 1, 1000)
        );
    }
}
