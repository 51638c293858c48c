//! Every SQL statement of this feature, one module for each kind of thing.

pub(crate) mod alarms;
pub(crate) mod changes;
pub(crate) mod duty;
pub(crate) mod engine;
pub(crate) mod exceedances;
pub(crate) mod exemptions;
pub(crate) mod rules;
pub(crate) mod subjects;

use access::Scope;
use beijing_time::Timestamp;

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

/// Words as `,a,b,`, for `LIKE`; empty for no limit.
pub(crate) fn word_list<'a>(words: impl IntoIterator<Item = &'a str>) -> String {
    let mut list = String::new();
    for word in words {
        if list.is_empty() {
            list.push(',');
        }
        list.push_str(word);
        list.push(',');
    }
    list
}

pub(crate) fn time(epoch_ms: i64) -> Timestamp {
    Timestamp::from_epoch_ms(epoch_ms)
}
