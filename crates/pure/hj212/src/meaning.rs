//! What fields of a packet mean, in words.

use std::borrow::Cow;

use crate::catalogue::find_code;
use crate::message::Field;
use crate::names::{Name, find_field, find_suffix, find_system};

/// What a field of the data area means.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Meaning {
    /// Factor and statistic, or the field's own name, in Chinese; empty when it is not known.
    pub zh: Cow<'static, str>,
    /// The same in English.
    pub en: Cow<'static, str>,
    /// The unit of the value, by the catalogue; empty when it has none.
    pub unit: &'static str,
}

/// What a field of the head means: for ST the system that it names.
pub fn explain_head(name: &str, value: &str) -> Option<Name> {
    let system = if name == "ST" {
        find_system(value)
    } else {
        None
    };
    system.or_else(|| find_field(name))
}

/// What a field of the data area means. Codes that are in no catalogue stand for themselves.
pub fn explain_field(field: &Field<'_>) -> Meaning {
    let Some((code, suffix)) = field.split_name() else {
        return find_field(field.name).map_or_else(Meaning::default, |name| Meaning {
            zh: name.zh.into(),
            en: name.en.into(),
            unit: "",
        });
    };
    let factor = find_code(code);
    let (zh, en) = factor.map_or((code, code), |entry| (entry.name_zh, entry.name_en));
    let statistic = find_suffix(suffix);
    let (of_zh, of_en) = statistic.map_or((suffix, suffix), |name| (name.zh, name.en));
    Meaning {
        zh: format!("{zh} {of_zh}").into(),
        en: format!("{en} {of_en}").into(),
        unit: match (suffix, factor) {
            ("Flag" | "EFlag" | "Info" | "SN", _) | (_, None) => "",
            ("Cou", Some(entry)) => entry.unit_emission,
            (_, Some(entry)) => entry.unit,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(name: &str) -> Meaning {
        explain_field(&Field {
            name,
            value: "1",
            item: 0,
        })
    }

    #[test]
    fn a_factor_has_the_unit_of_what_is_said_of_it() {
        let (mean, amount, flag) = (
            field("w01018-Avg"),
            field("w01018-Cou"),
            field("w01018-Flag"),
        );
        assert_eq!(mean.zh, "化学需氧量 平均值");
        assert_eq!((mean.unit, flag.unit), ("mg/L", ""));
        assert_ne!(amount.unit, mean.unit);
    }

    #[test]
    fn what_is_not_known_stands_for_itself_or_says_nothing() {
        assert_eq!(field("x1-Avg").en, "x1 mean");
        assert_eq!(field("w01018-Odd").zh, "化学需氧量 Odd");
        assert_eq!(field("Nonsense"), Meaning::default());
    }

    #[test]
    fn a_system_is_named_by_its_value() {
        let named = |value| explain_head("ST", value).map(|name| name.en);
        assert_eq!(named("22"), Some("air quality"));
        assert_eq!(named("xx"), find_field("ST").map(|name| name.en));
    }
}
