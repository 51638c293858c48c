//! Cases of noise.

use exact_decimal::Decimal;
use standards::noise::{self, NightPeak, NoiseCheck, NoiseObject, NoiseStandard, Period};

use crate::Outcome;
use crate::given::{self, Given, WithBasis, or_dash, outcome};
use standards::Based;

fn standard(given: &Given<'_>) -> NoiseStandard {
    NoiseStandard::find(given.text("standard")).unwrap()
}

fn period(given: &Given<'_>) -> Period {
    Period::find(given.text("period")).unwrap()
}

fn told(check: &NoiseCheck) -> Outcome {
    outcome([
        ("limit", check.limit.to_string()),
        ("attains", check.attains.to_string()),
        ("excess", or_dash(check.excess)),
    ])
    .on(&check.basis)
}

/// A list of `WEIGHT LEVEL`.
fn weighted(list: &[String]) -> Vec<(Decimal, Decimal)> {
    list.iter()
        .map(|text| {
            let (weight, level) = text.split_once(' ').unwrap();
            (weight.parse().unwrap(), level.parse().unwrap())
        })
        .collect()
}

pub(crate) fn run(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let parameters = given.parameters;
    let level_of = |level: Based<Decimal>| outcome([("level", level.to_string())]).on(&level.basis);
    let result = match function {
        "noise::check_noise_limit" => noise::check_noise_limit(
            parameters,
            given.date(),
            standard(given),
            given.text("class"),
            (period(given), given.decimal("level")),
        )
        .map(|check| told(&check)),
        "noise::check_indoor_limit" => noise::check_indoor_limit(
            parameters,
            given.date(),
            standard(given),
            given.text("class"),
            (period(given), given.decimal("level")),
        )
        .map(|check| told(&check)),
        "noise::check_night_peak" => noise::check_night_peak(
            parameters,
            given.date(),
            standard(given),
            given.text("class"),
            (
                NightPeak::find(given.text("peak")).unwrap(),
                given.decimal("level"),
            ),
        )
        .map(|check| told(&check)),
        "noise::Period::of_hour" => Ok(outcome([(
            "period",
            Period::of_hour(given.text("hour").parse().unwrap())
                .english_name()
                .to_owned(),
        )])),
        "noise::compute_energy_mean" => {
            noise::compute_energy_mean(&weighted(given.list("levels"))).map(level_of)
        }
        "noise::compute_day_night_level" => {
            noise::compute_day_night_level(given.decimal("day"), given.decimal("night"))
                .map(level_of)
        }
        "noise::explain_day_night_level" => {
            noise::explain_day_night_level(given.decimal("day"), given.decimal("night"))
                .map(|steps| given::told(&steps))
        }
        "noise::compute_background_correction" => noise::compute_background_correction(
            given.decimal("measured"),
            given.decimal("background"),
        )
        .map(level_of),
        "noise::compute_noise_grade" => noise::compute_noise_grade(
            parameters,
            given.date(),
            match given.text("object") {
                "region" => NoiseObject::Region,
                _ => NoiseObject::Road,
            },
            period(given),
            given.decimal("level"),
        )
        .map(|grade| {
            outcome([("number", grade.number.to_string()), ("name", grade.name)]).on(&grade.basis)
        }),
        "noise::compute_region_mean" => {
            noise::compute_region_mean(&given.decimals("levels")).map(level_of)
        }
        "noise::compute_road_mean" => {
            noise::compute_road_mean(&weighted(given.list("roads"))).map(level_of)
        }
        "noise::explain_region_mean" => {
            noise::explain_region_mean(&given.decimals("levels")).map(|steps| given::told(&steps))
        }
        "noise::explain_road_mean" => noise::explain_road_mean(&weighted(given.list("roads")))
            .map(|steps| given::told(&steps)),
        "noise::compute_functional_rate" => {
            noise::compute_functional_rate(given.number("attained"), given.number("readings"))
                .map(given::rate)
        }
        _ => return None,
    };
    Some(result.map_err(|error| error.to_string()))
}
