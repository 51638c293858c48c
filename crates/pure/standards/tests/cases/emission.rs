//! Cases of emissions, their monitoring and their tax.

use exact_decimal::{Decimal, Fraction};
use standards::emission::{
    self, Conversion, DataFlag, EmissionQuery, JudgedAverage, LimitColumn, LimitForm, OxygenRule,
    ReplacementWindow, StackGas, TaxMedium,
};
use standards::{Based, StandardError, Validity};

use crate::Outcome;
use crate::given::{self, Given, WithBasis, fraction, or_dash, outcome, told};

fn exact(given: &Given<'_>, name: &str) -> Fraction {
    given.decimal(name).try_into().unwrap()
}

/// A list of `FIRST SECOND`.
fn pairs(list: &[String]) -> Vec<(Decimal, Decimal)> {
    list.iter()
        .map(|text| {
            let (first, second) = text.split_once(' ').unwrap();
            (first.parse().unwrap(), second.parse().unwrap())
        })
        .collect()
}

pub(crate) fn run(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let result = match function {
        "emission::find_emission_limits" => limits(given),
        "emission::check_emission" => check(given),
        "emission::choose_binding_limit" => Ok(outcome([(
            "limit",
            or_dash(emission::choose_binding_limit(
                given.find_decimal("standard"),
                given.find_decimal("permit"),
            )),
        )])),
        "emission::convert_to_oxygen" => oxygen(given),
        "emission::compute_benchmark_concentration" => emission::compute_benchmark_concentration(
            given.decimal("value"),
            given.decimal("discharged"),
            &pairs(given.list("products")),
        )
        .map(|value| outcome([("concentration", fraction(*value))]).on(&value.basis)),
        "emission::judged_average" => {
            let judged = emission::judged_average(
                given.text("medium") == "water",
                given.text("incinerator") == "yes",
            );
            let average = match judged.value {
                JudgedAverage::Hour => "hour",
                JudgedAverage::Day => "day",
            };
            Ok(outcome([("average", average.to_owned())]).on(&judged.basis))
        }
        _ => return flow(function, given).or_else(|| monitoring(function, given)),
    };
    Some(result.map_err(|error| error.to_string()))
}

fn query<'a>(given: &Given<'a>) -> EmissionQuery<'a> {
    EmissionQuery {
        standard: given.text("standard"),
        facility: given.text("facility"),
        tier: given.find("tier"),
        pollutant: given.text("pollutant"),
        averaging: given.find("averaging"),
    }
}

fn limits(given: &Given<'_>) -> Result<Outcome, StandardError> {
    let found = emission::find_emission_limits(given.parameters, given.date(), &query(given))?;
    let listed: Vec<_> = found
        .iter()
        .map(|limit| {
            let form = match &limit.form {
                LimitForm::AtMost(upper) => upper.to_string(),
                other => format!("{other:?}"),
            };
            format!("{form} {} {}", limit.unit, limit.averaging)
        })
        .collect();
    Ok(outcome([
        ("limits", listed.join(", ")),
        ("oxygen", or_dash(found[0].oxygen_baseline)),
    ])
    .on(&found[0].basis))
}

fn check(given: &Given<'_>) -> Result<Outcome, StandardError> {
    let found = emission::find_emission_limits(given.parameters, given.date(), &query(given))?;
    let column = match given.find("column") {
        Some("second") => LimitColumn::Second,
        _ => LimitColumn::First,
    };
    let check = emission::check_emission(&found[0], column, given.decimal("value"))?;
    Ok(outcome([
        ("attains", check.attains.to_string()),
        ("multiple", or_dash(check.exceedance_multiple)),
    ])
    .on(&found[0].basis))
}

fn oxygen(given: &Given<'_>) -> Result<Outcome, StandardError> {
    let mut rule = OxygenRule::with_air(given.decimal("baseline"));
    if let Some(air) = given.find_decimal("combustion_air") {
        rule.combustion_air = air;
    }
    let conversion =
        emission::convert_to_oxygen(&rule, given.decimal("value"), given.decimal("oxygen"))?;
    Ok(outcome([(
        "converted",
        match conversion.value {
            Conversion::Converted(value) => fraction(value),
            Conversion::TooMuchOxygen => "too much oxygen".to_owned(),
        },
    )])
    .on(&conversion.basis))
}

fn flow(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let flow_of = |flow: Based<Fraction>| outcome([("flow", fraction(*flow))]).on(&flow.basis);
    let mass_of = |mass: Based<Fraction>| outcome([("mass", fraction(*mass))]).on(&mass.basis);
    let mean_of = |mean: Based<Validity<Fraction>>| {
        outcome([
            ("validity", mean.name().to_owned()),
            ("mean", or_dash(mean.any().map(fraction))),
        ])
        .on(&mean.basis)
    };
    let result = match function {
        "emission::compute_stack_flow" => {
            emission::compute_stack_flow(given.decimal("area"), given.decimal("speed")).map(flow_of)
        }
        "emission::compute_standard_dry_flow" => emission::compute_standard_dry_flow(
            exact(given, "flow"),
            &StackGas {
                temperature: given.decimal("temperature"),
                atmospheric_pressure: given.decimal("atmospheric"),
                static_pressure: given.decimal("static"),
                moisture_percent: given.decimal("moisture"),
            },
        )
        .map(flow_of),
        "emission::compute_hour_mass" => {
            emission::compute_hour_mass(given.decimal("value"), exact(given, "flow")).map(mass_of)
        }
        "emission::compute_day_mass" => {
            let hours = vec![exact(given, "hour"); usize::try_from(given.number("hours")).unwrap()];
            emission::compute_day_mass(&hours).map(mass_of)
        }
        "emission::compute_flow_weighted_mean" => emission::compute_flow_weighted_mean(
            &pairs(given.list("readings")),
            given.number("due"),
        )
        .map(mean_of),
        "emission::compute_month_mean" => {
            let days: Vec<Fraction> = given
                .decimals("days")
                .into_iter()
                .map(|day| day.try_into().unwrap())
                .collect();
            emission::compute_month_mean(&days, given.number("due")).map(mean_of)
        }
        _ => return None,
    };
    Some(result.map_err(|error: StandardError| error.to_string()))
}

fn monitoring(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let is_valid = |is: bool| outcome([("is_valid", is.to_string())]);
    let window = || emission::choose_replacement_window(given.decimal("rate"), given.number("gap"));
    let result = match function {
        "emission::is_hour_valid" => Ok(is_valid(emission::is_hour_valid(given.number("minutes")))),
        "emission::is_day_valid" => Ok(is_valid(emission::is_day_valid(given.number("hours")))),
        "emission::is_month_valid" => Ok(is_valid(emission::is_month_valid(
            given.number("days"),
            given.text("month").parse().unwrap(),
        ))),
        "emission::compute_capture_rate" => emission::compute_capture_rate(
            given.number("hours"),
            given.number("invalid"),
            given.number("stopped"),
        )
        .map(given::rate),
        "emission::choose_replacement_window" => Ok(outcome([(
            "hours",
            or_dash(window().map(ReplacementWindow::hours)),
        )])),
        "emission::compute_replacement" => {
            let before: Vec<Decimal> = given
                .list("before")
                .iter()
                .flat_map(|text| {
                    let (value, count) = text.split_once('*').unwrap();
                    std::iter::repeat_n(value.parse().unwrap(), count.parse().unwrap())
                })
                .collect();
            let largest = emission::compute_replacement(&before, window().unwrap());
            Ok(given::maybe("mass", largest))
        }
        "emission::DataFlag::is_valid" => {
            let flag = DataFlag::find(given.text("flag")).unwrap();
            Ok(outcome([
                ("is_valid", flag.is_valid().to_string()),
                ("name", flag.chinese_name().to_owned()),
            ]))
        }
        "emission::compute_transmission_effective_rate" => {
            emission::compute_transmission_effective_rate(
                given.number("due"),
                given.number("received"),
                given.number("valid"),
            )
            .map(given::rate)
        }
        "emission::is_manual_sampling_sufficient" => {
            let hours: Vec<u8> = given
                .text("hours")
                .split(' ')
                .map(|hour| hour.parse().unwrap())
                .collect();
            let is_sufficient = emission::is_manual_sampling_sufficient(&hours);
            Ok(outcome([("is_sufficient", is_sufficient.to_string())]).on(&is_sufficient.basis))
        }
        _ => return tax(function, given),
    };
    Some(result.map_err(|error| error.to_string()))
}

fn tax(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let medium = || match given.text("medium") {
        "air" => TaxMedium::Air,
        _ => TaxMedium::Water,
    };
    let compute = |masses: &[(&str, Decimal)]| {
        emission::compute_equivalents(given.parameters, given.date(), medium(), masses)
    };
    let masses = || -> Vec<(&str, Decimal)> {
        given
            .list("masses")
            .iter()
            .map(|text| {
                let (pollutant, mass) = text.split_once(' ').unwrap();
                (pollutant, mass.parse().unwrap())
            })
            .collect()
    };
    let result = match function {
        "emission::explain_equivalents" => {
            emission::explain_equivalents(given.parameters, given.date(), medium(), &masses())
                .map(|steps| told(&steps))
        }
        "emission::explain_tax" => emission::explain_tax(
            exact(given, "equivalents"),
            given.decimal("rate"),
            given.decimal("concentration"),
            given.decimal("limit"),
        )
        .map(|steps| told(&steps)),
        "emission::compute_equivalents" => {
            compute(&[(given.text("pollutant"), given.decimal("mass"))]).map(|found| {
                outcome([("equivalents", fraction(found[0].equivalents))]).on(&found[0].basis)
            })
        }
        "emission::select_taxed" => compute(&masses()).map(|found| {
            let entries = emission::select_taxed(medium(), found);
            let taxed: Vec<_> = entries
                .iter()
                .map(|entry| entry.pollutant.as_str())
                .collect();
            outcome([("taxed", taxed.join(" "))]).on(&entries[0].basis)
        }),
        "emission::compute_tax" => emission::compute_tax(
            exact(given, "equivalents"),
            given.decimal("rate"),
            given.decimal("concentration"),
            given.decimal("limit"),
        )
        .map(|tax| outcome([("tax", tax.to_string())]).on(&tax.basis)),
        _ => return None,
    };
    Some(result.map_err(|error| error.to_string()))
}
