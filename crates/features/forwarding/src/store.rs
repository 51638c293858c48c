//! Every SQL statement of forwarding.

pub(crate) mod command;
pub(crate) mod failure;
pub(crate) mod mapping;
pub(crate) mod target;

use access::Scope;

/// The part of the city a list is held to, as bound to a statement.
pub(crate) struct ScopeFilter {
    pub(crate) prefix: String,
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
