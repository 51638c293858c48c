//! What people type into a search box, as a pattern of `LIKE`.

/// The most characters of a search that are looked for.
const MOST_CHARACTERS: usize = 100;

/// A search text as a pattern of `LIKE … ESCAPE '\'` on lower-cased columns; none for a text without
/// anything to look for.
pub fn search_pattern(search: Option<&str>) -> Option<String> {
    let search = search?.trim().to_lowercase();
    if search.is_empty() {
        return None;
    }
    let mut pattern = "%".to_owned();
    for character in search.chars().take(MOST_CHARACTERS) {
        if matches!(character, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern.push('%');
    Some(pattern)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signs_of_a_pattern_are_looked_for_as_they_are() {
        assert_eq!(
            search_pattern(Some(" A_1% ")).as_deref(),
            Some("%a\\_1\\%%")
        );
        assert_eq!(search_pattern(Some("  ")), None);
        assert_eq!(search_pattern(None), None);
    }
}
