//! Runs every case under `cases/`: one test for each `[[case]]` and for each row of a `[[series]]`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod administration;
mod air;
mod emission;
mod file;
mod given;
mod noise;
mod soil;
mod water;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Arc;

use libtest_mimic::{Arguments, Failed, Trial};
use standards::Parameters;

use crate::file::Case;
use crate::given::Given;

/// What a function gave, by name.
type Outcome = BTreeMap<String, String>;
/// Runs one function of the crate; none when it is not its module's.
type Run = fn(&str, &Given<'_>) -> Option<Result<Outcome, String>>;

const MODULES: [(&str, Run); 10] = [
    ("air::", air::run),
    ("compensation::", administration::compensation),
    ("emergency::", administration::emergency),
    ("emission::", emission::run),
    ("noise::", noise::run),
    ("reduction::", administration::reduction),
    ("soil::", soil::run),
    ("time_limits::", administration::time_limits),
    ("waste::", administration::waste),
    ("water::", water::run),
];

fn main() -> ExitCode {
    let mut arguments = Arguments::from_args();
    // one character a case, unless some are asked for by name
    arguments.quiet |= !arguments.list && arguments.filter.is_none() && arguments.format.is_none();
    let parameters = Arc::new(Parameters::shipped().unwrap());
    let trials = file::read_all()
        .into_iter()
        .map(|case| {
            let parameters = Arc::clone(&parameters);
            Trial::test(case.title.clone(), move || {
                check(&case, &parameters).map_err(Failed::from)
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit_code()
}

/// Whether the function gives what the case expects; each expected name must be there.
fn check(case: &Case, parameters: &Parameters) -> Result<(), String> {
    let given = Given::new(parameters, &case.given);
    let run = MODULES
        .into_iter()
        .find(|(prefix, _)| case.function.starts_with(prefix))
        .and_then(|(_, run)| run(&case.function, &given))
        .ok_or_else(|| format!("no case can call `{}`", case.function))?;
    given.check_all_used()?;
    if case.expect.is_empty() {
        return Err("the case expects nothing".to_owned());
    }
    let outcome = match run {
        Ok(outcome) => outcome,
        Err(error) => Outcome::from([("error".to_owned(), error)]),
    };
    for (name, expected) in &case.expect {
        let got = outcome
            .get(name)
            .ok_or_else(|| format!("no `{name}` in {outcome:?}"))?;
        let is_equal = if name == "error" || name == "basis" {
            got.contains(expected.as_str())
        } else {
            got == expected
        };
        if !is_equal {
            return Err(format!(
                "{name}: expected {expected}, got {got}\n  given {:?}\n  outcome {outcome:?}\n  expectation from: {}",
                case.given, case.source
            ));
        }
    }
    Ok(())
}
