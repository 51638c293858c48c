//! Every SQL statement of this feature.

pub(crate) mod file;
pub(crate) mod marking;
pub(crate) mod sample;

use access::Scope;

/// The part of the city a list is held to, as bound to a statement.
pub(crate) struct ScopeFilter {
    /// What a region code must begin with.
    pub(crate) prefix: String,
    /// `,1,7,` for sites 1 and 7 only; empty for no such limit.
    pub(crate) sites: String,
}

impl ScopeFilter {
    pub(crate) fn of(scope: &Scope) -> Self {
        let sites = scope.site_ids().map_or_else(String::new, |sites| {
            sites
                .iter()
                .fold(",".to_owned(), |list, site| format!("{list}{site},"))
        });
        Self {
            prefix: scope.region_prefix().to_owned(),
            sites,
        }
    }
}
