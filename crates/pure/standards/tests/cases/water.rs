//! Cases of the surface water.

use exact_decimal::{Decimal, Fraction};
use standards::Language;
use standards::water::{
    self, BlackOdorousGrade, CityWater, Samples, TrophicSample, WaterBody, WaterClass, WaterItem,
    WaterMethod, WaterRules, WaterState,
};

use crate::Outcome;
use crate::given::{Given, WithBasis, fraction, or_dash, outcome, told};

fn body(given: &Given<'_>) -> WaterBody {
    match given.find("body") {
        Some("lake") => WaterBody::Lake,
        _ => WaterBody::River,
    }
}

fn method(given: &Given<'_>) -> WaterMethod {
    given
        .find("method")
        .map_or_else(WaterMethod::default, |name| {
            WaterMethod::find(name).unwrap()
        })
}

fn item(given: &Given<'_>) -> WaterItem {
    let key = given.text("item");
    WaterItem::find(key).unwrap_or_else(|| panic!("no item `{key}`"))
}

fn samples(given: &Given<'_>) -> Samples {
    let mut samples: Samples = given.each(WaterItem::find).into_iter().collect();
    samples.oxygen_saturation = given.find_decimal("oxygen_saturation");
    samples
}

fn class(name: &str) -> WaterClass {
    WaterClass::find(name).unwrap_or_else(|| panic!("no class `{name}`"))
}

pub(crate) fn run(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let rules = || WaterRules::on(given.parameters, given.date()).unwrap();
    let result = match function {
        "water::WaterRules::classify_item" => rules()
            .classify_item(
                item(given),
                body(given),
                method(given),
                given.decimal("value"),
                given.find_decimal("oxygen_saturation"),
            )
            .map(|item| {
                outcome([
                    ("class", item.class.published_name().to_owned()),
                    ("multiple", or_dash(item.exceedance_multiple)),
                    ("value", item.value.to_string()),
                    ("is_evaluated", item.is_evaluated.to_string()),
                ])
            }),
        "water::WaterRules::classify_section" => section(given),
        "water::WaterRules::explain" => explain(given),
        "water::WaterRules::judged_value" => Ok(outcome([(
            "value",
            rules()
                .judged_value(
                    item(given),
                    body(given),
                    method(given),
                    given.decimal("value"),
                )
                .to_string(),
        )])),
        "water::compute_main_pollutants" => main_pollutants(given),
        "water::compute_period_mean" => {
            water::compute_period_mean(&given.decimals("samples"), given.number("places"))
                .map(|mean| outcome([("mean", mean.to_string())]))
        }
        "water::compute_mean_ph" => {
            water::compute_mean_ph(&given.decimals("samples"), given.number("places"))
                .map(|mean| outcome([("mean", mean.to_string())]))
        }
        "water::compute_mean_section" => {
            water::compute_mean_section(&sections(given)).map(|mean| {
                mean.iter()
                    .map(|(item, value)| (item.key().to_owned(), value.to_string()))
                    .collect()
            })
        }
        "water::compute_river_main_pollutants" => river_main_pollutants(given),
        "water::compute_river_state" => water::compute_river_state(&classes(given)).map(|river| {
            outcome([
                ("good_share", fraction(river.good_share)),
                ("worst_share", fraction(river.worst_share)),
                ("state", or_dash(river.state.map(WaterState::chinese_name))),
            ])
            .on(&river.basis)
        }),
        "water::explain_river_state" => {
            water::explain_river_state(&classes(given)).map(|steps| told(&steps))
        }
        "water::compare_states" => {
            let change = water::compare_states(
                class(given.text("before")).state(),
                class(given.text("after")).state(),
            );
            Ok(outcome([("change", change.chinese_name().to_owned())]).on(&change.basis))
        }
        "water::explain_state_change" => Ok(told(&water::explain_state_change(
            class(given.text("before")).state(),
            class(given.text("after")).state(),
        ))),
        "water::compare_rates" => {
            let (before, after) = rates(given);
            water::compare_rates(before, after).map(|change| {
                outcome([("change", change.chinese_name().to_owned())]).on(&change.basis)
            })
        }
        "water::explain_rates" => {
            let (before, after) = rates(given);
            water::explain_rates(before, after).map(|steps| told(&steps))
        }
        _ => return more(function, given),
    };
    Some(result.map_err(|error| error.to_string()))
}

/// `Ⅱ*9` for nine classes.
fn classes(given: &Given<'_>) -> Vec<WaterClass> {
    given
        .list("classes")
        .iter()
        .flat_map(|text| {
            let (name, count) = text.split_once('*').unwrap_or((text, "1"));
            std::iter::repeat_n(class(name), count.parse().unwrap())
        })
        .collect()
}

/// Shares of good and of worst before, and after.
fn rates(given: &Given<'_>) -> ((Decimal, Decimal), (Decimal, Decimal)) {
    (
        (given.decimal("good_before"), given.decimal("worst_before")),
        (given.decimal("good_after"), given.decimal("worst_after")),
    )
}

fn trophic_sample(given: &Given<'_>) -> TrophicSample {
    TrophicSample {
        chlorophyll: given.decimal("chla"),
        total_phosphorus: given.decimal("tp"),
        total_nitrogen: given.decimal("tn"),
        transparency: given.decimal("sd"),
        permanganate_index: given.decimal("codmn"),
    }
}

fn city(given: &Given<'_>) -> CityWater {
    let exact = |name| Fraction::try_from(given.decimal(name)).unwrap();
    CityWater {
        river_index: exact("river_index"),
        river_sections: given.number("river_sections"),
        lake_index: exact("lake_index"),
        lake_points: given.number("lake_points"),
    }
}

fn more(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let rules = || WaterRules::on(given.parameters, given.date()).unwrap();
    let result = match function {
        "water::compute_trophic_level_index" => water::compute_trophic_level_index(
            given.parameters,
            given.date(),
            &trophic_sample(given),
        )
        .map(|lake| {
            outcome([
                ("index", lake.index.to_string()),
                ("level", lake.level.chinese_name().to_owned()),
            ])
            .on(&lake.basis)
        }),
        "water::explain_trophic_level_index" => water::explain_trophic_level_index(
            given.parameters,
            given.date(),
            &trophic_sample(given),
        )
        .map(|steps| told(&steps)),
        "water::TrophicLevel::of" => Ok(outcome([(
            "level",
            water::TrophicLevel::of(given.decimal("index"))
                .chinese_name()
                .to_owned(),
        )])),
        "water::compute_section_index" => {
            water::compute_section_index(&rules(), body(given), &samples(given))
                .map(|index| outcome([("index", fraction(*index))]).on(&index.basis))
        }
        "water::explain_section_index" => {
            water::explain_section_index(&rules(), body(given), &samples(given))
                .map(|steps| told(&steps))
        }
        "water::compute_city_water_index" => {
            water::compute_city_water_index(&city(given), given.number("places"))
                .map(|index| outcome([("index", index.to_string())]).on(&index.basis))
        }
        "water::explain_city_water_index" => {
            water::explain_city_water_index(&city(given), given.number("places"))
                .map(|steps| told(&steps))
        }
        "water::check_drinking_source" | "water::explain_drinking_source" => {
            let version = given
                .parameters
                .load_version("drinking-source-limits", given.date())
                .unwrap();
            let others: Vec<_> =
                given.each(|name| version.find_row(name).map(|row| row.key.clone()));
            let place = (given.parameters, given.date(), body(given), samples(given));
            let (parameters, date, body, samples) = &place;
            if function == "water::explain_drinking_source" {
                return Some(
                    water::explain_drinking_source(parameters, *date, *body, samples, &others)
                        .map(|steps| told(&steps))
                        .map_err(|error| error.to_string()),
                );
            }
            water::check_drinking_source(parameters, *date, *body, samples, &others).map(|check| {
                let over: Vec<_> = check
                    .exceedances
                    .iter()
                    .map(|over| over.key.clone())
                    .collect();
                outcome([
                    ("is_qualified", check.is_qualified.to_string()),
                    ("over", or_dash((!over.is_empty()).then(|| over.join(",")))),
                ])
                .on(&check.basis)
            })
        }
        "water::compute_qualified_rate" => {
            water::compute_qualified_rate(given.decimal("qualified"), given.decimal("all"))
                .map(|rate| outcome([("rate", rate.to_string())]).on(&rate.basis))
        }
        _ => return black_odorous(function, given),
    };
    Some(result.map_err(|error| error.to_string()))
}

fn black_odorous(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let result = match function {
        "water::compute_black_odorous_grade" => water::compute_black_odorous_grade(
            given.parameters,
            given.date(),
            given.text("indicator"),
            given.decimal("value"),
            given.find_decimal("depth"),
        )
        .map(|grade| outcome([("grade", grade.chinese_name().to_owned())]).on(&grade.basis)),
        "water::explain_black_odorous_grade" => water::explain_black_odorous_grade(
            given.parameters,
            given.date(),
            given.text("indicator"),
            given.decimal("value"),
            given.find_decimal("depth"),
        )
        .map(|steps| told(&steps)),
        "water::is_rural_black_odorous" => water::is_rural_black_odorous(
            given.parameters,
            given.date(),
            given.text("indicator"),
            given.decimal("value"),
        )
        .map(|is| outcome([("is_black_odorous", is.to_string())]).on(&is.basis)),
        "water::compute_point_grade" => {
            let readings: Vec<_> = ["transparency", "do", "orp", "nh3n"]
                .into_iter()
                .map(|name| grades(given.list(name)))
                .collect();
            let grade = water::compute_point_grade(&readings);
            Ok(outcome([("grade", grade.chinese_name().to_owned())]).on(&grade.basis))
        }
        "water::compute_body_grade" => {
            let body = water::compute_body_grade(&grades(given.list("points")));
            let reaches = body.as_ref().map(|body| {
                body.heavy_reaches
                    .iter()
                    .map(|(first, last)| format!("{first}-{last}"))
                    .collect::<Vec<_>>()
                    .join(",")
            });
            let told = outcome([
                (
                    "grade",
                    or_dash(body.as_ref().map(|body| body.grade.chinese_name())),
                ),
                ("reaches", or_dash(reaches.filter(|text| !text.is_empty()))),
                // without points there is nothing that could rest on anything
                ("basis", "-".to_owned()),
            ]);
            Ok(match &body {
                Some(body) => told.on(&body.basis),
                None => told,
            })
        }
        _ => return None,
    };
    Some(result.map_err(|error| error.to_string()))
}

/// `heavy*3` for three grades.
fn grades(list: &[String]) -> Vec<BlackOdorousGrade> {
    list.iter()
        .flat_map(|text| {
            let (name, count) = text.split_once('*').unwrap_or((text, "1"));
            let grade = match name {
                "heavy" => BlackOdorousGrade::Heavy,
                "light" => BlackOdorousGrade::Light,
                "none" => BlackOdorousGrade::None,
                other => panic!("no grade `{other}`"),
            };
            std::iter::repeat_n(grade, count.parse().unwrap())
        })
        .collect()
}

/// Each item is a list of values, one a section.
fn sections(given: &Given<'_>) -> Vec<Samples> {
    let mut sections: Vec<Samples> = Vec::new();
    for item in WaterItem::ALL {
        for (position, value) in given.decimals(item.key()).into_iter().enumerate() {
            if sections.len() <= position {
                sections.resize_with(position + 1, Samples::default);
            }
            sections[position].set(*item, value);
        }
    }
    sections
}

fn river_main_pollutants(given: &Given<'_>) -> Result<Outcome, standards::StandardError> {
    let rules = WaterRules::on(given.parameters, given.date())?;
    let classes = sections(given)
        .iter()
        .map(|samples| rules.classify_section(body(given), method(given), samples))
        .collect::<Result<Vec<_>, _>>()?;
    let found = water::compute_river_main_pollutants(&classes)?;
    let named: Vec<_> = found
        .iter()
        .map(|(item, share)| format!("{} {}", item.key(), fraction(*share)))
        .collect();
    Ok(outcome([("pollutants", named.join(","))]).on(&found.basis))
}

fn section(given: &Given<'_>) -> Result<Outcome, standards::StandardError> {
    let rules = WaterRules::on(given.parameters, given.date())?;
    let section = rules.classify_section(body(given), method(given), &samples(given))?;
    let deciding: Vec<_> = section.deciding.iter().map(|item| item.key()).collect();
    Ok(outcome([
        (
            "class",
            or_dash(section.class.map(WaterClass::published_name)),
        ),
        (
            "state",
            or_dash(section.class.map(|class| class.state().chinese_name())),
        ),
        (
            "deciding",
            or_dash((!deciding.is_empty()).then(|| deciding.join(","))),
        ),
    ])
    .on(&rules.basis(&section)))
}

fn main_pollutants(given: &Given<'_>) -> Result<Outcome, standards::StandardError> {
    let rules = WaterRules::on(given.parameters, given.date())?;
    let section = rules.classify_section(body(given), method(given), &samples(given))?;
    let named: Vec<_> = water::compute_main_pollutants(&section)
        .into_iter()
        .map(|main| match main.exceedance_multiple {
            Some(multiple) => format!("{}({multiple})", main.item.key()),
            None => main.item.key().to_owned(),
        })
        .collect();
    Ok(outcome([(
        "pollutants",
        or_dash((!named.is_empty()).then(|| named.join(","))),
    )]))
}

fn explain(given: &Given<'_>) -> Result<Outcome, standards::StandardError> {
    let rules = WaterRules::on(given.parameters, given.date())?;
    let section = rules.classify_section(body(given), method(given), &samples(given))?;
    let told = rules.explain(&section);
    Ok(outcome([
        ("chinese", told.lines(Language::Chinese).join("\n")),
        ("english", told.lines(Language::English).join("\n")),
    ]))
}
