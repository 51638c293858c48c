//! Cases of the ambient air.

use beijing_time::StatDay;
use exact_decimal::{Decimal, Rounding};
use standards::air::{
    self, AnnualRules, AqiRules, AreaClass, Concentrations, DailyValue, IndexMethod, Item, Mean,
    Pollutant, Reading, SubIndex, Trend, YearStatistic,
};
use standards::{Language, Validity};

use crate::Outcome;
use crate::given::{self, Given, WithBasis, fraction, or_dash, outcome};

fn find_item(key: &str) -> Option<Item> {
    Item::ALL.into_iter().find(|item| item.key() == key)
}

fn find_pollutant(key: &str) -> Option<Pollutant> {
    Pollutant::ALL
        .into_iter()
        .find(|pollutant| pollutant.key() == key)
}

fn pollutant(given: &Given<'_>) -> Pollutant {
    find_pollutant(given.text("pollutant")).unwrap()
}

fn item(given: &Given<'_>) -> Item {
    let key = given.text("item");
    find_item(key).unwrap_or_else(|| panic!("no item `{key}`"))
}

fn method(given: &Given<'_>) -> IndexMethod {
    let name = given.text("method");
    IndexMethod::find(name).unwrap_or_else(|| panic!("no method `{name}`"))
}

fn rules(given: &Given<'_>, method: Option<IndexMethod>) -> AqiRules {
    let edition = given
        .find("edition")
        .or(method.map(IndexMethod::edition))
        .unwrap_or("HJ 633-2012");
    AqiRules::of_edition(given.parameters, edition).unwrap()
}

fn area(given: &Given<'_>) -> AreaClass {
    match given.find("class") {
        Some("1") => AreaClass::First,
        _ => AreaClass::Second,
    }
}

pub(crate) fn run(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let result = match function {
        "air::AqiRules::compute_sub_index" => sub_index(given),
        "air::AqiRules::entering_value" => Ok(outcome([(
            "value",
            AqiRules::entering_value(method(given), item(given), given.decimal("value"))
                .to_string(),
        )])),
        "air::AqiRules::compute_index" => index(given),
        "air::AqiRules::explain" => explain(given),
        "air::AqiRules::find_level" => Ok(level(given)),
        "air::AqiRules::on" => AqiRules::on(given.parameters, given.date())
            .map(|rules| outcome([("edition", rules.edition().to_owned())])),
        "air::check_air_limit" => air::check_air_limit(
            given.parameters,
            given.date(),
            area(given),
            given.text("key"),
            given.decimal("value"),
        )
        .map(|check| {
            outcome([
                ("limit", check.limit.to_string()),
                ("attains", check.attains.to_string()),
                ("multiple", or_dash(check.exceedance_multiple)),
            ])
            .on(&check.basis)
        }),
        "air::percentile" => {
            let mut values = given.decimals("values");
            values.sort_unstable();
            air::percentile(&values, given.number("percent"))
                .map(|value| outcome([("value", or_dash(value.map(Decimal::normalized)))]))
        }
        "air::AnnualRules::evaluate" => year(given),
        "air::AnnualRules::evaluate_without_sand_dust" => sand_dust(given),
        "air::compute_single_indices" => single_indices(given),
        "air::compute_composite_index" => air::compute_composite_index(
            given.parameters,
            given.date(),
            &given.decimals("statistics").try_into().unwrap(),
        )
        .map(|index| outcome([("index", index.to_string())]).on(&index.basis)),
        "air::compute_attainment_rate" => {
            air::compute_attainment_rate(given.number("attained"), given.number("valid"))
                .map(given::rate)
        }
        "air::compute_good_day_rate" => air::compute_good_day_rate(
            given
                .list("indices")
                .iter()
                .map(|text| text.parse().unwrap()),
        )
        .map(given::rate),
        "air::compute_exceedance_multiple" => air::compute_exceedance_multiple(
            given.decimal("value"),
            given.decimal("limit"),
            Rounding::HalfEven { places: 2 },
        )
        .map(|multiple| outcome([("multiple", multiple.to_string())])),
        "air::compute_spearman_trend" => {
            air::compute_spearman_trend(given.parameters, &given.decimals("values")).map(|found| {
                let name = match found.trend {
                    Trend::Rising => "rising",
                    Trend::Falling => "falling",
                    Trend::NotSignificant => "none",
                };
                outcome([
                    ("trend", name.to_owned()),
                    ("r", fraction(found.coefficient)),
                    ("critical", found.critical.to_string()),
                ])
                .on(&found.basis)
            })
        }
        _ => return means(function, given),
    };
    Some(result.map_err(|error| error.to_string()))
}

fn means(function: &str, given: &Given<'_>) -> Option<Result<Outcome, String>> {
    let scale = || given.find("scale").map_or(0, |text| text.parse().unwrap());
    let places = || given.find("places").map_or(0, |text| text.parse().unwrap());
    let result = match function {
        "air::compute_daily_mean" => {
            let scale = scale();
            Ok(told(
                air::compute_daily_mean(&hours(given, scale), scale),
                places(),
            ))
        }
        "air::compute_maximum_eight_hours" => {
            let limit = given.find("limit").map(|text| text.parse().unwrap());
            Ok(told(
                air::compute_maximum_eight_hours(&day(given, 0), 0, limit),
                places(),
            ))
        }
        "air::compute_running_eight_hours" => {
            let means = air::compute_running_eight_hours(&day(given, 0), 0);
            let position = usize::try_from(given.number("hour") - 1).unwrap();
            let places = places();
            Ok(outcome([(
                "mean",
                or_dash(means[position].map(|mean| mean.rounded(places))),
            )]))
        }
        "air::compute_running_mean" => {
            let means = air::compute_running_mean(
                &hours(given, 0),
                0,
                usize::try_from(given.number("window")).unwrap(),
                given.number("minimum"),
            );
            let places = places();
            Ok(outcome([(
                "mean",
                or_dash(means.last().unwrap().map(|mean| mean.rounded(places))),
            )]))
        }
        "air::compute_city_mean" => air::compute_city_mean(&given.find_decimals("sites"), places())
            .map(|mean| {
                outcome([
                    ("validity", mean.name().to_owned()),
                    ("mean", or_dash(mean.any().map(|mean| mean.rounded))),
                ])
                .on(&mean.basis)
            }),
        "air::is_city_day_valid" => Ok(outcome([(
            "is_valid",
            air::is_city_day_valid(given.number("valid"), given.number("all")).to_string(),
        )])),
        _ => return None,
    };
    Some(result.map_err(|error: standards::StandardError| error.to_string()))
}

fn told(mean: Validity<Mean>, places: u32) -> Outcome {
    outcome([
        ("validity", mean.name().to_owned()),
        ("mean", or_dash(mean.any().map(|mean| mean.rounded(places)))),
    ])
}

/// `hours`: a list of values, each `VALUE`, empty for a missing hour, or `VALUE*COUNT`.
fn hours(given: &Given<'_>, scale: u32) -> Vec<Reading> {
    let mut hours = Vec::new();
    for text in given.list("hours") {
        let (value, count) = text.split_once('*').unwrap_or((text, "1"));
        let reading = if value.is_empty() {
            Reading::MISSING
        } else {
            let value: Decimal = value.parse().unwrap();
            let value = value.with_at_least_places(scale);
            Reading::new(i32::try_from(value.mantissa_and_scale().0).unwrap())
        };
        hours.extend(std::iter::repeat_n(reading, count.parse().unwrap()));
    }
    hours
}

fn day(given: &Given<'_>, scale: u32) -> [Reading; 24] {
    hours(given, scale).try_into().unwrap()
}

fn sub_index(given: &Given<'_>) -> Result<Outcome, standards::StandardError> {
    let (number, is_above) =
        match rules(given, None).compute_sub_index(item(given), given.decimal("value"))? {
            SubIndex::Value(number) => (number, false),
            SubIndex::AboveTable(number) => (number, true),
        };
    Ok(outcome([
        ("iaqi", number.to_string()),
        ("is_above_table", is_above.to_string()),
    ]))
}

fn level(given: &Given<'_>) -> Outcome {
    let rules = rules(given, None);
    let level = rules
        .find_level(u16::try_from(given.number("aqi")).unwrap())
        .unwrap();
    outcome([
        ("level", level.name.clone()),
        ("category", level.category.clone()),
        ("colour", level.colour.clone()),
        ("rgb", level.rgb.map(|part| part.to_string()).join(",")),
    ])
}

fn concentrations(given: &Given<'_>) -> Concentrations {
    given.each(find_item).into_iter().collect()
}

fn index(given: &Given<'_>) -> Result<Outcome, standards::StandardError> {
    let method = method(given);
    let rules = rules(given, Some(method));
    let values = concentrations(given);
    let not_monitored: Vec<_> = given
        .list("not_monitored")
        .iter()
        .map(|key| find_pollutant(key).unwrap())
        .collect();
    let index = rules.compute_index(method, &values, &not_monitored)?;
    let join = |items: Vec<&str>| {
        if items.is_empty() {
            "-".to_owned()
        } else {
            items.join(",")
        }
    };
    Ok(outcome([
        ("aqi", or_dash(index.index)),
        ("largest", or_dash(index.largest)),
        (
            "primary",
            join(index.primary.iter().map(Item::key).collect()),
        ),
        (
            "exceeding",
            join(index.exceeding.iter().map(Item::key).collect()),
        ),
        (
            "missing",
            join(
                index
                    .missing
                    .iter()
                    .map(|pollutant| pollutant.key())
                    .collect(),
            ),
        ),
        (
            "notes",
            join(index.notes.iter().map(|note| note.name()).collect()),
        ),
        (
            "category",
            or_dash(
                index
                    .index
                    .and_then(|number| rules.find_level(number))
                    .map(|level| level.category.clone()),
            ),
        ),
    ])
    .on(&index.basis(&rules, &values)))
}

fn explain(given: &Given<'_>) -> Result<Outcome, standards::StandardError> {
    let method = method(given);
    let rules = rules(given, Some(method));
    let values = concentrations(given);
    let index = rules.compute_index(method, &values, &[])?;
    let told = rules.explain(&index, &values)?;
    Ok(outcome([
        ("chinese", told.lines(Language::Chinese).join("\n")),
        ("english", told.lines(Language::English).join("\n")),
    ]))
}

/// `pattern` is repeated over `days` days from `from`.
fn daily_values(given: &Given<'_>) -> Vec<DailyValue> {
    let first = given.date_of("from", "2020-01-01");
    let pattern = given.decimals("pattern");
    let days = i64::from(given.number("days"));
    (0..days)
        .zip(pattern.iter().cycle())
        .map(|(number, value)| DailyValue {
            day: StatDay::of(first).plus(number),
            value: *value,
        })
        .collect()
}

fn annual_rules(given: &Given<'_>) -> AnnualRules {
    let first = given.date_of("from", "2020-01-01");
    AnnualRules::on(given.parameters, first, area(given)).unwrap()
}

/// The days whose value is above `exclude_above` are the approved days.
fn sand_dust(given: &Given<'_>) -> Result<Outcome, standards::StandardError> {
    let values = daily_values(given);
    let bound = given.decimal("exclude_above");
    let approved: Vec<_> = values
        .iter()
        .filter(|value| value.value > bound)
        .map(|value| value.day)
        .collect();
    let both =
        annual_rules(given).evaluate_without_sand_dust(pollutant(given), &values, &approved)?;
    Ok(outcome([
        ("original_mean", or_dash(both.original.mean_rounded)),
        ("original_attains", or_dash(both.original.attains)),
        ("adjusted_mean", or_dash(both.adjusted.mean_rounded)),
        ("excluded", both.excluded.len().to_string()),
    ])
    .on(&both.adjusted.basis))
}

/// `year`: a list of `POLLUTANT MEAN PERCENTILE`, `-` for no mean.
fn single_indices(given: &Given<'_>) -> Result<Outcome, standards::StandardError> {
    let year: Vec<_> = given
        .list("year")
        .iter()
        .map(|text| {
            let parts: Vec<_> = text.split(' ').collect();
            YearStatistic {
                pollutant: find_pollutant(parts[0]).unwrap(),
                mean: parts[1].parse().ok(),
                percentile: parts[2].parse().unwrap(),
            }
        })
        .collect();
    let indices = air::compute_single_indices(annual_rules(given).items(), &year)?;
    Ok(outcome([
        ("largest", fraction(indices.largest)),
        ("sum", fraction(indices.sum)),
    ])
    .on(&indices.basis))
}

fn year(given: &Given<'_>) -> Result<Outcome, standards::StandardError> {
    let result = annual_rules(given).evaluate(pollutant(given), &daily_values(given))?;
    Ok(outcome([
        ("validity", result.mean.name().to_owned()),
        ("mean", or_dash(result.mean_rounded)),
        ("percentile", or_dash(result.percentile_rounded)),
        ("attains", or_dash(result.attains)),
        ("days_within", result.days_within.to_string()),
        ("rate", or_dash(result.attainment_rate)),
    ])
    .on(&result.basis))
}
