//! The arguments of a case, read by name; an argument that no function reads is an error.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use beijing_time::CivilDate;
use exact_decimal::Decimal;
use standards::{Based, Basis, Cell, Explanation, Parameters};

/// The arguments of one case.
pub(crate) struct Given<'a> {
    /// The shipped parameters.
    pub(crate) parameters: &'a Parameters,
    cells: &'a BTreeMap<String, Cell>,
    used: RefCell<BTreeSet<&'a str>>,
}

impl<'a> Given<'a> {
    pub(crate) fn new(parameters: &'a Parameters, cells: &'a BTreeMap<String, Cell>) -> Self {
        Self {
            parameters,
            cells,
            used: RefCell::new(BTreeSet::new()),
        }
    }

    /// Every argument was read by the function.
    pub(crate) fn check_all_used(&self) -> Result<(), String> {
        let used = self.used.borrow();
        match self.cells.keys().find(|name| !used.contains(name.as_str())) {
            Some(name) => Err(format!(
                "`{name}` is given, but the function reads no such argument"
            )),
            None => Ok(()),
        }
    }

    /// A text that may be absent.
    pub(crate) fn find(&self, name: &str) -> Option<&'a str> {
        let (key, cell) = self.cells.get_key_value(name)?;
        self.used.borrow_mut().insert(key);
        match cell {
            Cell::Text(text) => Some(text),
            Cell::List(_) => panic!("`{name}` is a list, not a text"),
        }
    }

    /// A text.
    pub(crate) fn text(&self, name: &str) -> &'a str {
        self.find(name)
            .unwrap_or_else(|| panic!("the case gives no `{name}`"))
    }

    /// A list, empty when absent.
    pub(crate) fn list(&self, name: &str) -> &'a [String] {
        let Some((key, cell)) = self.cells.get_key_value(name) else {
            return &[];
        };
        self.used.borrow_mut().insert(key);
        match cell {
            Cell::List(list) => list,
            Cell::Text(_) => panic!("`{name}` is a text, not a list"),
        }
    }

    /// A number that may be absent.
    pub(crate) fn find_decimal(&self, name: &str) -> Option<Decimal> {
        self.find(name).map(|text| {
            text.parse()
                .unwrap_or_else(|error| panic!("{name}: {error}"))
        })
    }

    /// A number.
    pub(crate) fn decimal(&self, name: &str) -> Decimal {
        self.text(name)
            .parse()
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// A whole number.
    pub(crate) fn number(&self, name: &str) -> u32 {
        self.text(name)
            .parse()
            .unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// Numbers.
    pub(crate) fn decimals(&self, name: &str) -> Vec<Decimal> {
        self.list(name)
            .iter()
            .map(|text| {
                text.parse()
                    .unwrap_or_else(|error| panic!("{name}: {error}"))
            })
            .collect()
    }

    /// Numbers, an empty text for each that is missing.
    pub(crate) fn find_decimals(&self, name: &str) -> Vec<Option<Decimal>> {
        self.list(name)
            .iter()
            .map(|text| (!text.is_empty()).then(|| text.parse().unwrap()))
            .collect()
    }

    /// The day, by default 2020-06-15.
    pub(crate) fn date(&self) -> CivilDate {
        self.date_of("date", "2020-06-15")
    }

    /// A named day with its default.
    pub(crate) fn date_of(&self, name: &str, default: &str) -> CivilDate {
        self.find(name).unwrap_or(default).parse().unwrap()
    }

    /// Every text argument whose name `pick` accepts, with what it made of it.
    pub(crate) fn each<T>(&self, pick: impl Fn(&str) -> Option<T>) -> Vec<(T, Decimal)> {
        self.cells
            .keys()
            .filter_map(|name| Some((pick(name)?, self.decimal(name))))
            .collect()
    }
}

/// An outcome from pairs of name and value.
pub(crate) fn outcome<const N: usize>(pairs: [(&str, String); N]) -> super::Outcome {
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// An outcome that carries what it rests on.
pub(crate) trait WithBasis {
    /// The outcome with its basis, every part of which says something.
    fn on(self, basis: &Basis) -> super::Outcome;
}

impl WithBasis for super::Outcome {
    fn on(mut self, basis: &Basis) -> super::Outcome {
        for (part, text) in [
            ("edition", basis.edition.as_str()),
            ("clause", basis.clause),
            ("method", basis.method),
            ("parameters", basis.parameters.as_str()),
            ("rounding", basis.rounding),
        ] {
            assert!(
                !text.trim().is_empty(),
                "the basis has no {part}: {basis:?}"
            );
        }
        assert!(
            !basis.inputs.is_empty(),
            "the basis has no inputs: {basis:?}"
        );
        for input in &basis.inputs {
            assert!(
                !input.name.is_empty() && !input.value.is_empty(),
                "{input:?}"
            );
        }
        self.insert("basis".to_owned(), basis.to_string());
        let inputs: Vec<_> = basis
            .inputs
            .iter()
            .map(|input| format!("{} {}", input.name, input.value))
            .collect();
        self.insert("inputs".to_owned(), inputs.join("; "));
        self
    }
}

/// The last step of a worked example in both languages, and how many steps there are.
pub(crate) fn told(explanation: &Explanation) -> super::Outcome {
    let last = explanation.steps.last().unwrap();
    outcome([
        ("steps", explanation.steps.len().to_string()),
        ("zh", last.chinese.clone()),
        ("en", last.english.clone()),
    ])
}

/// A rate with its basis.
pub(crate) fn rate(rate: Option<Based<Decimal>>) -> super::Outcome {
    maybe("rate", rate)
}

/// A result with its basis; `-` for none, which rests on nothing.
pub(crate) fn maybe(name: &str, result: Option<Based<Decimal>>) -> super::Outcome {
    match result {
        Some(result) => outcome([(name, result.to_string())]).on(&result.basis),
        None => outcome([(name, "-".to_owned()), ("basis", "-".to_owned())]),
    }
}

/// `-` for nothing.
pub(crate) fn or_dash<T: ToString>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}

/// An exact fraction as `numerator/denominator`, or as a whole number.
pub(crate) fn fraction(value: exact_decimal::Fraction) -> String {
    if value.denominator() == 1 {
        value.numerator().to_string()
    } else {
        format!("{}/{}", value.numerator(), value.denominator())
    }
}
