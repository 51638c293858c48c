//! The codes of pollutants, process parameters, noise indices and device information: names,
//! units, and the old code for the new.
//!
//! The table holds HJ 212-2017 appendix B with the codes of 2005 it names (all read from the
//! printed tables), what is reported of 2025, and some codes that exist only in the field; each
//! row says which.

use std::sync::OnceLock;

/// Where a code comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodeSource {
    /// Printed in HJ 212-2017 or HJ/T 212-2005.
    Standard,
    /// Reported of HJ 212-2025 by implementers.
    Reported,
    /// Seen in packets from the field.
    Field,
}

/// One code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CodeEntry {
    /// The code since 2017, for instance `w01018`; empty for the few that exist only in 2005. In
    /// process codes `xx` stands for the number of the device.
    pub code: &'static str,
    /// The code of 2005, for instance `011`; empty if it had none.
    pub old_code: &'static str,
    /// 名称
    pub name_zh: &'static str,
    /// Name.
    pub name_en: &'static str,
    /// The default unit of the concentration or value.
    pub unit: &'static str,
    /// The unit of the amount (`Cou`).
    pub unit_emission: &'static str,
    /// `water`, `gas`, `noise`, `process-water`, `process-gas`, `device-info`, `production`,
    /// `power`.
    pub medium: &'static str,
    /// The default type of 2017: `N5.1` has five digits before the point and one behind.
    pub number_type: &'static str,
    /// Where the code comes from.
    pub source: CodeSource,
    /// What else is to be known.
    pub note: &'static str,
}

/// Every code, in the order of the tables.
pub fn codes() -> &'static [CodeEntry] {
    &catalogue().entries
}

/// Finds a code as a device sends it: new, old, of a process device (`e10203`), or a plain name
/// such as `SO2`.
pub fn find_code(code: &str) -> Option<&'static CodeEntry> {
    find_new_code(code)
        .or_else(|| find_old_code(code))
        .or_else(|| find_new_code(alias(code)?))
}

/// Finds a code of 2017 or 2025.
pub fn find_new_code(code: &str) -> Option<&'static CodeEntry> {
    let catalogue = catalogue();
    let exact = lookup(&catalogue.by_code, &catalogue.entries, code, |entry| {
        entry.code
    });
    exact.or_else(|| find_numbered(code))
}

/// Finds a code of 2005. These are strings: `01`, `001` and `101` are different.
pub fn find_old_code(code: &str) -> Option<&'static CodeEntry> {
    let catalogue = catalogue();
    lookup(&catalogue.by_old_code, &catalogue.entries, code, |entry| {
        entry.old_code
    })
}

/// A code of a process device or of a numbered point: `e10203` is found as `e102xx`.
fn find_numbered(code: &str) -> Option<&'static CodeEntry> {
    if code.len() != 6 || !code.is_ascii() {
        return None;
    }
    let catalogue = catalogue();
    let find = |kept: usize, wild: &str| {
        let (prefix, number) = code.split_at_checked(kept)?;
        let is_number = number.bytes().all(|b| b.is_ascii_digit());
        let pattern = format!("{prefix}{wild}");
        let found = lookup(&catalogue.by_code, &catalogue.entries, &pattern, |entry| {
            entry.code
        });
        found.filter(|_| is_number)
    };
    find(4, "xx").or_else(|| find(5, "x"))
}

/// Plain names that devices send instead of codes.
fn alias(name: &str) -> Option<&'static str> {
    const ALIASES: [(&str, &str); 18] = [
        ("SO2", "a21026"),
        ("NO2", "a21004"),
        ("NO", "a21003"),
        ("NOX", "a21002"),
        ("CO", "a21005"),
        ("O3", "a05024"),
        ("H2S", "a21028"),
        ("NH3", "a21001"),
        ("TSP", "a34001"),
        ("PM10", "a34002"),
        ("PM25", "a34004"),
        ("PM2.5", "a34004"),
        ("TEM", "a01001"),
        ("TEMP", "a01001"),
        ("HUM", "a01002"),
        ("HUMI", "a01002"),
        ("WS", "a01007"),
        ("WD", "a01008"),
    ];
    ALIASES
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(name))
        .map(|(_, code)| *code)
}

struct Catalogue {
    entries: Vec<CodeEntry>,
    /// Positions sorted by code.
    by_code: Vec<u16>,
    by_old_code: Vec<u16>,
}

/// The table is compiled in and read on first use.
fn catalogue() -> &'static Catalogue {
    static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
    CATALOGUE.get_or_init(|| {
        let lines = include_str!("catalogue/codes.tsv").lines().skip(1);
        let entries: Vec<CodeEntry> = lines.filter_map(read_line).collect();
        let by_code = index(&entries, |entry| entry.code);
        let by_old_code = index(&entries, |entry| entry.old_code);
        Catalogue {
            entries,
            by_code,
            by_old_code,
        }
    })
}

fn read_line(line: &'static str) -> Option<CodeEntry> {
    let mut columns = line.split('\t');
    Some(CodeEntry {
        code: columns.next()?,
        old_code: columns.next()?,
        name_zh: columns.next()?,
        name_en: columns.next()?,
        unit: columns.next()?,
        unit_emission: columns.next()?,
        medium: columns.next()?,
        number_type: columns.next()?,
        source: match columns.next()? {
            "standard" => CodeSource::Standard,
            "reported" => CodeSource::Reported,
            _ => CodeSource::Field,
        },
        note: columns.next()?,
    })
}

/// Positions of the entries that have a key, sorted by it; the order of the table decides among
/// equal keys (the standard prints two codes twice).
fn index(entries: &[CodeEntry], key: fn(&CodeEntry) -> &'static str) -> Vec<u16> {
    let mut keyed: Vec<(&str, u16)> = (0_u16..)
        .zip(entries)
        .map(|(at, entry)| (key(entry), at))
        .filter(|(key, _)| !key.is_empty())
        .collect();
    keyed.sort_unstable_by_key(|(key, at)| (key.to_ascii_lowercase(), *at));
    keyed.into_iter().map(|(_, at)| at).collect()
}

fn lookup<'c>(
    index: &[u16],
    entries: &'c [CodeEntry],
    wanted: &str,
    key: fn(&CodeEntry) -> &'static str,
) -> Option<&'c CodeEntry> {
    let entry = |at: &u16| entries.get(usize::from(*at));
    let compare = |at: &u16| {
        let key = entry(at).map(key).unwrap_or_default();
        let lower =
            |text: &str| -> Vec<u8> { text.bytes().map(|b| b.to_ascii_lowercase()).collect() };
        lower(key).cmp(&lower(wanted))
    };
    let first = index.partition_point(|at| compare(at).is_lt());
    let range = index.get(first..)?;
    let same = || range.iter().take_while(|at| compare(at).is_eq());
    let exact = same().filter_map(entry).find(|found| key(found) == wanted);
    exact.or_else(|| same().find_map(entry))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        let lines = include_str!("catalogue/codes.tsv").lines().count() - 1;
        assert_eq!((codes().len(), lines), (401, 401));
        for entry in codes() {
            if !entry.code.is_empty() {
                assert_eq!(
                    find_new_code(entry.code).map(|found| found.code),
                    Some(entry.code)
                );
            }
            if !entry.old_code.is_empty() {
                assert_eq!(find_old_code(entry.old_code), Some(entry));
            }
        }
    }

    #[test]
    fn codes_are_found_both_ways() {
        let check = |sent: &str, code: &str, unit: &str| {
            let found = find_code(sent).map(|entry| (entry.code, entry.unit));
            assert_eq!(found, Some((code, unit)), "{sent}");
        };
        check("w01018", "w01018", "mg/L");
        check("011", "w01018", "mg/L");
        check("001", "w01001", "1");
        check("01", "a34013", "mg/m3");
        check("101", "w21011", "mg/L");
        check("S01", "a19001", "%");
        check("e10203", "e102xx", "mg/L");
        check("i33345", "i3334x", "degC");
        check("PM25", "a34004", "ng/m3");
        check("Leq", "Leq", "dB");
        assert_eq!(find_code("zzz"), None);
        assert_eq!(find_code("e1020a"), None);
    }
}
