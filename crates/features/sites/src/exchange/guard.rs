//! Text in CSV files that a spreadsheet would take for a formula.
//!
//! A cell that begins with `=`, `+`, `-`, `@`, a tab or a return, and is no number, is written
//! with an apostrophe before it; so is one that begins with an apostrophe, so that reading takes
//! away exactly what writing put there.

use std::borrow::Cow;

fn is_dangerous(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r', '\'']) && text.parse::<f64>().is_err()
}

/// The text as written to a CSV file.
pub(super) fn add(text: &str) -> Cow<'_, str> {
    if is_dangerous(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// The text as read from a CSV file.
pub(super) fn remove(text: &str) -> &str {
    text.strip_prefix('\'')
        .filter(|rest| is_dangerous(rest))
        .unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_formula_becomes_text_and_a_number_stays_one() {
        assert_eq!(add("=HYPERLINK(\"http://x\")"), "'=HYPERLINK(\"http://x\")");
        assert_eq!(add("@SUM(1)"), "'@SUM(1)");
        assert_eq!(add("-1+cmd|' /C calc'!A0"), "'-1+cmd|' /C calc'!A0");
        assert_eq!(add("-26.5"), "-26.5");
        assert_eq!(add("衡阳"), "衡阳");
        assert_eq!(remove("'abc"), "'abc");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(text in "['=+@\t\r-]{0,3}[a-z0-9']{0,4}") {
            let written = add(&text).into_owned();
            prop_assert!(!written.starts_with(['=', '+', '@', '\t', '\r']) || written.parse::<f64>().is_ok());
            prop_assert_eq!(remove(&written), text);
        }
    }
}
