//! Seek pagination: `after` and `limit` in, `meta.next` out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Beside every list.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct Meta {
    /// Give this as `after` to get what follows; null at the end.
    pub(crate) next: Option<String>,
}

/// The most items that one answer holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "u32")]
#[schema(value_type = u32, minimum = 1, maximum = 1000, example = 100)]
pub(crate) struct PageSize(u32);

impl PageSize {
    /// A whole list of what a city has few of.
    pub(crate) const MOST: Self = Self(1000);
}

impl Default for PageSize {
    fn default() -> Self {
        Self(100)
    }
}

impl TryFrom<u32> for PageSize {
    type Error = String;

    fn try_from(asked: u32) -> Result<Self, String> {
        if (1..=Self::MOST.0).contains(&asked) {
            Ok(Self(asked))
        } else {
            Err(format!(
                "limit is {asked}, and one answer holds 1 to {} items: ask for fewer, then go on with after",
                Self::MOST.0
            ))
        }
    }
}

/// The number of items to answer with: as asked, or 100.
pub(crate) fn page_size(asked: Option<PageSize>) -> u32 {
    asked.unwrap_or_default().0
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
    }

    #[test]
    fn a_page_is_1_to_1000_items() {
        assert_eq!(page_size(None), 100);
        assert_eq!(PageSize::try_from(1), Ok(PageSize(1)));
        assert_eq!(PageSize::try_from(1000), Ok(PageSize::MOST));
        assert!(PageSize::try_from(0).is_err());
        let refused = PageSize::try_from(1001).expect_err("1001 is too many");
        assert!(refused.contains("limit is 1001"), "{refused}");
    }
}
