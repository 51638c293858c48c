//! The source text of a formula: its limits, and where in it something stands.

use crate::FormulaError;

/// The longest formula, in characters.
pub(crate) const LONGEST: usize = 1000;
/// The deepest nesting.
pub(crate) const DEEPEST: usize = 48;

/// Counts brackets and chained operators before the parser recurses over them.
pub(crate) fn check_nesting(source: &str) -> Result<(), FormulaError> {
    let mut depth = 0_usize;
    let mut operators = 0_usize;
    let mut previous = ' ';
    for (at, letter) in source.chars().enumerate() {
        match letter {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '+' | '-' | '*' | '/' | '%' | '!' | '?' | '<' | '>' | '.' => operators += 1,
            '&' | '|' | '=' if previous != letter => operators += 1,
            _ => {}
        }
        if depth > DEEPEST || operators > 2 * DEEPEST {
            return Err(FormulaError {
                column: at + 1,
                problem: format!(
                    "the formula has more than {DEEPEST} nested brackets or {} operators",
                    2 * DEEPEST
                ),
                hint: "give its parts names of their own as measures, or use sum(a, b, …)"
                    .to_owned(),
            });
        }
        previous = letter;
    }
    Ok(())
}

pub(crate) fn syntax_error(source: &str, errors: &cel::ParseErrors) -> FormulaError {
    let (column, problem) = errors.errors.first().map_or_else(
        || (1, "the formula cannot be read".to_owned()),
        |error| {
            let column = usize::try_from(error.pos.1).unwrap_or(1).max(1);
            (column, shorten(&error.msg))
        },
    );
    let hint = if source.contains('，') || source.contains('（') || source.contains('）') {
        "use the ASCII signs ( ) and , instead of （ ） and ，"
    } else if source.contains('×') || source.contains('÷') {
        "write * for × and / for ÷"
    } else {
        "write for example good_days * 100 / valid_days"
    };
    FormulaError {
        column,
        problem,
        hint: hint.to_owned(),
    }
}

/// The first 160 characters of one line.
fn shorten(message: &str) -> String {
    let line = message.lines().next().unwrap_or_default();
    let mut short: String = line.chars().take(160).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}

/// The first number of the source that CEL reads as binary floating point.
pub(crate) fn first_double(source: &str) -> String {
    source
        .split(|letter: char| !(letter.is_alphanumeric() || letter == '.' || letter == '_'))
        .find(|word| {
            word.starts_with(|letter: char| letter.is_ascii_digit() || letter == '.')
                && word.contains(['.', 'e', 'E'])
        })
        .unwrap_or_default()
        .chars()
        .take(40)
        .collect()
}
