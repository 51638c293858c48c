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

/// Parts of a calculation, whose basis is that of the result they end in, and why each is none.
const PARTS: [(&str, &str); 27] = [
    ("air::AqiRules::compute_sub_index", "of the index"),
    ("air::AqiRules::entering_value", "of the index"),
    ("air::AqiRules::find_level", "a row of the table of levels"),
    ("air::AqiRules::on", "the rules themselves"),
    ("air::percentile", "of the year"),
    (
        "air::compute_daily_mean",
        "an input of the index and the year",
    ),
    (
        "air::compute_maximum_eight_hours",
        "an input of the index and the year",
    ),
    ("air::compute_running_eight_hours", "an input of the index"),
    ("air::compute_running_mean", "an input of the index"),
    (
        "air::compute_exceedance_multiple",
        "of the check of a limit",
    ),
    ("air::is_city_day_valid", "of the mean of the city"),
    ("emission::choose_binding_limit", "of the check of a limit"),
    ("emission::is_hour_valid", "of a mean or a rate"),
    ("emission::is_day_valid", "of a mean or a rate"),
    ("emission::is_month_valid", "of a mean or a rate"),
    ("emission::choose_replacement_window", "of the replacement"),
    ("emission::DataFlag::is_valid", "of a mean or a rate"),
    ("noise::Period::of_hour", "of the check of a limit"),
    (
        "soil::compute_farmland_class",
        "of the checks it is made of",
    ),
    ("water::WaterRules::classify_item", "of the section"),
    ("water::WaterRules::judged_value", "of the section"),
    ("water::compute_main_pollutants", "of the section"),
    ("water::compute_period_mean", "an input of the section"),
    ("water::compute_mean_ph", "an input of the section"),
    ("water::compute_mean_section", "an input of the section"),
    ("water::TrophicLevel::of", "of the trophic level index"),
    ("water::WaterRules::explain", "told by the section"),
];

/// Whether a function gives a result, which must say what it rests on: not a part of one, and not
/// the telling of one.
fn is_result(function: &str) -> bool {
    let name = function.rsplit("::").next().unwrap_or(function);
    !name.starts_with("explain") && !PARTS.iter().any(|(part, _)| *part == function)
}

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
    let is_refused = outcome.contains_key("error");
    if is_result(&case.function) && !is_refused && !outcome.contains_key("basis") {
        return Err(format!(
            "{} gives a result without its basis",
            case.function
        ));
    }
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
