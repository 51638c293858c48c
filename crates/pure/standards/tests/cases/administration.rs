//! Cases of reduction, compensation, emergencies, waste and time limits.

use exact_decimal::{Decimal, Fraction};
use standards::compensation::{self, Overrun};
use standards::emergency::{self, EventFacts, Sensitivity, SupplyCut};
use standards::reduction::{self, ReductionProject};
use standards::water::WaterClass;
use standards::{Based, StandardError, time_limits, waste};

use crate::Outcome;
use crate::given::{Given, WithBasis, fraction, outcome, told};

fn words(text: &str) -> Vec<&str> {
    text.split(' ').collect()
}

fn number(text: &str) -> Decimal {
    text.parse().unwrap()
}

pub(crate) fn reduction(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let result = match function {
        "reduction::compute_reduction_rate" => {
            reduction::compute_reduction_rate(given.decimal("base"), given.decimal("now"))
                .map(|rate| outcome([("rate", rate.to_string())]).on(&rate.basis))
        }
        "reduction::compute_year_emission" => reduction::compute_year_emission(
            given.decimal("base"),
            given.decimal("increment"),
            given.decimal("reduction"),
        )
        .map(|emission| outcome([("emission", emission.to_string())]).on(&emission.basis)),
        "reduction::explain_reduction_rate" => {
            reduction::explain_reduction_rate(given.decimal("base"), given.decimal("now"))
                .map(|steps| told(&steps))
        }
        "reduction::explain_year_emission" => reduction::explain_year_emission(
            given.decimal("base"),
            given.decimal("increment"),
            given.decimal("reduction"),
        )
        .map(|steps| told(&steps)),
        "reduction::compute_project_reduction" | "reduction::explain_project_reduction" => {
            let (first, second, third) = (
                given.decimal("first"),
                given.decimal("second"),
                given.decimal("third"),
            );
            let project = match given.text("kind") {
                "new" => ReductionProject::NewWaterPlant {
                    water: first,
                    inlet: second,
                    outlet: third,
                },
                "upgrade" => ReductionProject::UpgradedWaterPlant {
                    water: first,
                    old_outlet: second,
                    new_outlet: third,
                },
                "gas" => ReductionProject::FlueGas {
                    raw: first,
                    old_efficiency: second,
                    new_efficiency: third,
                },
                _ => ReductionProject::Closure { base_year: first },
            };
            if function == "reduction::explain_project_reduction" {
                reduction::explain_project_reduction(&project).map(|steps| told(&steps))
            } else {
                reduction::compute_project_reduction(&project)
                    .map(|tons| outcome([("tons", fraction(*tons))]).on(&tons.basis))
            }
        }
        _ => return None,
    };
    Some(result.map_err(|error| error.to_string()))
}

pub(crate) fn compensation(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let class = |name| WaterClass::find(given.text(name)).unwrap();
    let result = match function {
        "compensation::compute_hunan_reward" => {
            compensation::compute_hunan_reward(given.parameters, given.date(), class("class"))
                .map(|payment| outcome([("yuan", payment.yuan.to_string())]).on(&payment.basis))
        }
        "compensation::compute_hunan_change" | "compensation::explain_hunan_change" => {
            hunan_change(function, given)
        }
        "compensation::compute_henan_payment" | "compensation::explain_henan_payment" => {
            let items: Vec<_> = given
                .list("items")
                .iter()
                .map(|text| {
                    let parts = words(text);
                    (
                        parts[0],
                        Overrun {
                            measured: number(parts[1]),
                            target: number(parts[2]),
                            water: number(parts[3]),
                        },
                    )
                })
                .collect();
            let (parameters, date) = (given.parameters, given.date());
            if function == "compensation::explain_henan_payment" {
                compensation::explain_henan_payment(parameters, date, &items)
                    .map(|steps| told(&steps))
            } else {
                compensation::compute_henan_payment(parameters, date, &items)
                    .map(|payment| outcome([("yuan", payment.yuan.to_string())]).on(&payment.basis))
            }
        }
        "compensation::compute_xinan_index" | "compensation::explain_xinan_index" => {
            let items: Vec<_> = given
                .list("items")
                .iter()
                .map(|text| {
                    let parts = words(text);
                    (parts[0], number(parts[1]), number(parts[2]))
                })
                .collect();
            let (parameters, date) = (given.parameters, given.date());
            if function == "compensation::explain_xinan_index" {
                compensation::explain_xinan_index(parameters, date, &items)
                    .map(|steps| told(&steps))
            } else {
                compensation::compute_xinan_index(parameters, date, &items).map(|xinan| {
                    outcome([
                        ("index", fraction(xinan.index)),
                        ("downstream_pays", xinan.downstream_pays.to_string()),
                    ])
                    .on(&xinan.basis)
                })
            }
        }
        _ => return None,
    };
    Some(result.map_err(|error| error.to_string()))
}

/// `improved`, `bad` and `worsened` are a city's own amounts.
fn hunan_change(function: &str, given: &Given<'_>) -> Result<Outcome, StandardError> {
    use std::fmt::Write;
    let class = |name| WaterClass::find(given.text(name)).unwrap();
    let mut overrides = String::new();
    for key in ["improved", "bad", "worsened"] {
        if let Some(yuan) = given.find(key) {
            write!(
                overrides,
                "[[override]]\ntable = \"compensation-hunan\"\nedition = \"湘江流域生态补偿暂行办法 2014\"\n\
                 key = \"{key}\"\ncolumn = \"yuan_a_month\"\nvalue = \"{yuan}\"\n\
                 author = \"a\"\ndate = \"2026-01-01\"\nreason = \"r\"\n"
            )
            .unwrap();
        }
    }
    let parameters = if overrides.is_empty() {
        given.parameters.clone()
    } else {
        given.parameters.with_overrides("own.toml", &overrides)?
    };
    let (date, now, past) = (
        given.date(),
        class("class"),
        (class("target"), class("before")),
    );
    if function == "compensation::explain_hunan_change" {
        return compensation::explain_hunan_change(&parameters, date, now, past)
            .map(|steps| told(&steps));
    }
    compensation::compute_hunan_change(&parameters, date, now, past)
        .map(|payment| outcome([("yuan", payment.yuan.to_string())]).on(&payment.basis))
}

pub(crate) fn emergency(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let result = match function {
        "emergency::compute_hazard_ratio" => {
            let substances: Vec<_> = given
                .list("substances")
                .iter()
                .map(|text| {
                    let parts = words(text);
                    (number(parts[0]), number(parts[1]))
                })
                .collect();
            emergency::compute_hazard_ratio(&substances)
                .map(|ratio| outcome([("ratio", fraction(*ratio))]).on(&ratio.basis))
        }
        "emergency::compute_risk_grade" => emergency::compute_risk_grade(
            given.parameters,
            given.date(),
            Fraction::try_from(given.decimal("ratio")).unwrap(),
            given.number("points"),
            match given.text("sensitivity") {
                "E1" => Sensitivity::E1,
                "E2" => Sensitivity::E2,
                _ => Sensitivity::E3,
            },
        )
        .map(|grade| {
            outcome([
                ("name", grade.name.clone()),
                ("hazard", grade.hazard.to_owned()),
                ("process", grade.process.to_owned()),
            ])
            .on(&grade.basis)
        }),
        "emergency::compute_event_grade" => {
            let grade = emergency::compute_event_grade(&EventFacts {
                deaths: given.number("deaths"),
                poisoned: given.number("poisoned"),
                evacuated: given.number("evacuated"),
                loss_yuan: given.text("loss").parse().unwrap(),
                supply_cut: given.find("cut").map(|cut| match cut {
                    "township" => SupplyCut::Township,
                    "county" => SupplyCut::CountyCity,
                    _ => SupplyCut::PrefectureCity,
                }),
                is_unclear_and_sensitive: given.find("unclear").is_some(),
            });
            Ok(outcome([
                ("grade", grade.chinese_name().to_owned()),
                ("hours", grade.report_within_hours().to_string()),
            ])
            .on(&grade.basis))
        }
        _ => return None,
    };
    Some(result.map_err(|error| error.to_string()))
}

pub(crate) fn waste(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let result = match function {
        "waste::parse_waste_code" => {
            waste::parse_waste_code(given.parameters, given.date(), given.text("code")).map(
                |code| {
                    outcome([("category", code.category), ("name", code.category_name)])
                        .on(&code.basis)
                },
            )
        }
        "waste::parse_manifest_number" => {
            waste::parse_manifest_number(given.text("number")).map(|number| {
                assert_eq!(number.to_string(), given.text("number"));
                outcome([(
                    "told",
                    format!(
                        "{} {} {} {}",
                        number.year, number.province, number.city, number.serial
                    ),
                )])
                .on(&number.basis)
            })
        }
        "waste::compute_unit_class" => waste::compute_unit_class(
            &given.decimals("years"),
            given.find("own_treatment").is_some(),
            given.find("licence").is_some(),
        )
        .map(|class| outcome([("class", class.chinese_name().to_owned())]).on(&class.basis)),
        _ => return None,
    };
    Some(result.map_err(|error| error.to_string()))
}

pub(crate) fn time_limits(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let start = || given.date_of("start", "2025-03-03");
    let parameters = given.parameters;
    let day_of =
        |day: Based<beijing_time::CivilDate>| outcome([("day", day.to_string())]).on(&day.basis);
    let result = match function {
        "time_limits::is_working_day" => time_limits::is_working_day(parameters, given.date())
            .map(|is| outcome([("is_working_day", is.to_string())]).on(&is.basis)),
        "time_limits::add_working_days" => {
            time_limits::add_working_days(parameters, start(), given.number("count")).map(day_of)
        }
        "time_limits::add_calendar_days" => {
            time_limits::add_calendar_days(parameters, start(), given.number("count")).map(day_of)
        }
        "time_limits::add_months" => {
            time_limits::add_months(parameters, start(), given.number("count")).map(day_of)
        }
        "time_limits::compute_deadline" => {
            time_limits::compute_deadline(parameters, given.text("limit"), start()).map(|found| {
                outcome([("day", found.day.to_string()), ("law", found.law)]).on(&found.basis)
            })
        }
        _ => return None,
    };
    Some(result.map_err(|error| error.to_string()))
}
