//! The shipped parameters against the tables they were typed from, row by row.

use anyhow::{Context, Result};
use exact_decimal::Decimal;
use standards::{Parameters, Row as Parameter, Version};

use crate::gate::{Demand, Gate, Mismatch};
use crate::source::{Row, Source, parse_number};

/// The files, beside the folder of the data sets.
pub(crate) const FILES: &[&str] = &[
    "../standards/air_quality_limits.csv",
    "../standards/aqi_breakpoints.csv",
    "../standards/emission_limits.csv",
    "../standards/noise_limits.csv",
    "../standards/pollution_equivalents.csv",
    "../standards/soil_limits.csv",
    "../standards/surface_water_limits.csv",
];

/// What one row of a table says of the parameters; none when the row is not one of them.
type Compare = fn(&Row<'_>, &Parameters) -> Result<Option<Verdict>>;

/// Equal, or how it differs.
type Verdict = Result<(), String>;

const TABLES: [(&str, &str, Compare); 7] = [
    ("limits of ambient air", "air_quality_limits", air_limit),
    (
        "breakpoints of the air index",
        "aqi_breakpoints",
        breakpoint,
    ),
    ("emission limits", "emission_limits", emission),
    ("noise limits", "noise_limits", noise),
    ("pollution equivalents", "pollution_equivalents", equivalent),
    ("soil limits", "soil_limits", soil),
    ("surface water limits", "surface_water_limits", water),
];

/// Every row of every table.
pub(crate) fn verify(source: &Source<'_>, parameters: &Parameters) -> Result<Vec<Gate>> {
    let mut gates = Vec::new();
    for (name, file, compare) in TABLES {
        let mut gate = Gate::new(name, Demand::AllBut(0));
        source.each_row(&format!("../standards/{file}.csv"), |row| {
            match compare(row, parameters)? {
                None => gate.leave_out("not a row of the parameters"),
                Some(verdict) => gate.count(verdict.is_ok(), || Mismatch {
                    kind: "another number".to_owned(),
                    detail: verdict.err().unwrap_or_default(),
                }),
            }
            Ok(())
        })?;
        gates.push(gate);
    }
    Ok(gates)
}

fn version<'a>(parameters: &'a Parameters, table: &str, edition: &str) -> Result<&'a Version> {
    Ok(parameters.load_table(table)?.load_edition(edition)?)
}

/// A row, disabled or not.
fn find_row<'a>(version: &'a Version, key: &str) -> Option<&'a Parameter> {
    version.rows.iter().find(|row| row.key == key)
}

fn is_equal(ours: Option<&str>, theirs: &str) -> bool {
    match (ours, theirs) {
        (None, "") => true,
        (Some(ours), theirs) => {
            let number = |text: &str| parse_number(text).ok();
            ours == theirs || number(ours).is_some_and(|ours| Some(ours) == number(theirs))
        }
        (None, _) => false,
    }
}

/// One cell of one row.
fn compare(version: &Version, key: &str, column: &str, theirs: &str) -> Verdict {
    let row = find_row(version, key).ok_or_else(|| format!("no row `{key}`"))?;
    let ours = row.find_text(column);
    if is_equal(ours, theirs) {
        Ok(())
    } else {
        Err(format!(
            "{} `{key}` {column}: parameter {}, table {theirs}",
            version.edition,
            ours.unwrap_or("absent")
        ))
    }
}

fn list_item(version: &Version, key: &str, column: &str, position: usize, theirs: &str) -> Verdict {
    let row = find_row(version, key).ok_or_else(|| format!("no row `{key}`"))?;
    let ours = row
        .load_texts(column)
        .ok()
        .and_then(|list| list.get(position))
        .map(String::as_str);
    if is_equal(ours, theirs) {
        Ok(())
    } else {
        Err(format!(
            "`{key}` {column} {position}: parameter {ours:?}, table {theirs}"
        ))
    }
}

fn pollutant_key(name: &str) -> String {
    name.to_lowercase().replace('.', "_")
}

fn air_limit(row: &Row<'_>, parameters: &Parameters) -> Result<Option<Verdict>> {
    let editions: &[&str] = match (row.text("standard"), row.text("phase")) {
        ("GB 3095-2012", _) => &["GB 3095-2012"],
        ("GB 3095-2026", "transition") => &["GB 3095-2026 (transition)"],
        ("GB 3095-2026", "final") => &["GB 3095-2026"],
        ("GB 3095-2026", "both") => &["GB 3095-2026 (transition)", "GB 3095-2026"],
        _ => return Ok(None),
    };
    let key = format!(
        "{}.{}",
        pollutant_key(row.text("pollutant")),
        row.text("averaging")
    );
    for edition in editions {
        let version = version(parameters, "air-quality-limits", edition)?;
        for column in ["class1", "class2"] {
            let verdict = compare(version, &key, column, row.text(column));
            if verdict.is_err() {
                return Ok(Some(verdict));
            }
        }
    }
    Ok(Some(Ok(())))
}

fn breakpoint(row: &Row<'_>, parameters: &Parameters) -> Result<Option<Verdict>> {
    let version = version(parameters, "aqi-breakpoints", row.text("standard"))?;
    let averaging = row.text("averaging");
    let key = format!("{}.{averaging}", pollutant_key(row.text("pollutant")));
    let parameter = find_row(version, &key).with_context(|| format!("no row `{key}`"))?;
    let pairs: Vec<(Decimal, Decimal)> = parameter
        .load_decimals("iaqi")?
        .into_iter()
        .zip(parameter.load_decimals("concentration")?)
        .collect();
    let (Some(iaqi), Some(concentration)) = (row.number("iaqi")?, row.number("concentration")?)
    else {
        return Ok(None);
    };
    Ok(Some(if pairs.contains(&(iaqi, concentration)) {
        Ok(())
    } else {
        Err(format!(
            "{key}: {iaqi} at {concentration} is not in {pairs:?}"
        ))
    }))
}

fn emission(row: &Row<'_>, parameters: &Parameters) -> Result<Option<Verdict>> {
    // a line of the table that repeats its header
    if row.text("standard") == "standard" {
        return Ok(None);
    }
    let version = version(parameters, "emission-limits", row.text("standard"))?;
    let columns = [
        ("medium", "medium"),
        ("facility", "industry_or_facility"),
        ("tier", "tier"),
        ("pollutant", "pollutant"),
        ("averaging", "averaging"),
        ("monitor_point", "monitor_point"),
        ("unit", "unit"),
        ("o2_baseline", "o2_baseline_pct"),
        ("limit", "limit"),
    ];
    let is_same = version.rows.iter().any(|parameter| {
        columns
            .iter()
            .all(|(ours, theirs)| is_equal(parameter.find_text(ours), row.text(theirs)))
    });
    Ok(Some(if is_same {
        Ok(())
    } else {
        Err(format!(
            "{} {} {} {} {}: no such row",
            row.text("standard"),
            row.text("industry_or_facility"),
            row.text("tier"),
            row.text("pollutant"),
            row.text("limit")
        ))
    }))
}

fn noise(row: &Row<'_>, parameters: &Parameters) -> Result<Option<Verdict>> {
    let edition = row.text("standard");
    let number = edition
        .trim_start_matches("GB ")
        .split('-')
        .next()
        .unwrap_or_default();
    let version = version(parameters, &format!("noise-limits-gb{number}"), edition)?;
    let key = match row.text("class") {
        "-" => "site",
        class => class,
    };
    Ok(Some(compare(
        version,
        key,
        row.text("period"),
        row.text("limit_dBA"),
    )))
}

fn equivalent(row: &Row<'_>, parameters: &Parameters) -> Result<Option<Verdict>> {
    let version = version(parameters, "pollution-equivalents", "环境保护税法 2018")?;
    let key = format!("{}.{}", row.text("medium"), row.text("pollutant"));
    Ok(Some(compare(
        version,
        &key,
        "equivalent_kg",
        row.text("equivalent_kg"),
    )))
}

fn soil(row: &Row<'_>, parameters: &Parameters) -> Result<Option<Verdict>> {
    let element = row.text("element").to_lowercase();
    let (screening, intervention) = (row.text("screening"), row.text("intervention"));
    match row.text("standard") {
        "GB 15618-2018" => {
            let version = version(parameters, "soil-agricultural", "GB 15618-2018")?;
            let land = match row.text("land") {
                "水田" => "paddy",
                "果园" => "orchard",
                "全部" => "any",
                _ => "other",
            };
            let bin = match row.text("ph_bin") {
                "<=5.5" => 0,
                "5.5-6.5" => 1,
                "6.5-7.5" => 2,
                _ => 3,
            };
            let key = format!("{element}.{land}");
            let mut verdict = list_item(version, &key, "screening", bin, screening);
            if verdict.is_ok() && !intervention.is_empty() {
                verdict = list_item(version, &key, "intervention", bin, intervention);
            }
            Ok(Some(verdict))
        }
        "GB 36600-2018" => {
            let version = version(parameters, "soil-construction", "GB 36600-2018")?;
            let land = if row.text("land").starts_with("第一") {
                "first"
            } else {
                "second"
            };
            let key = format!("{element}.{land}");
            let mut verdict = compare(version, &key, "screening", screening);
            if verdict.is_ok() {
                verdict = compare(version, &key, "intervention", intervention);
            }
            Ok(Some(verdict))
        }
        _ => Ok(None),
    }
}

fn water(row: &Row<'_>, parameters: &Parameters) -> Result<Option<Verdict>> {
    let name = row.text("name");
    if row.text("direction") == "special" {
        return Ok(None);
    }
    if row.text("table") != "1" {
        let version = version(parameters, "drinking-source-limits", "GB 3838-2002")?;
        let parameter = version.rows.iter().find(|parameter| {
            parameter.find_text("table") == Some(row.text("table"))
                && parameter.find_text("number") == Some(row.text("no"))
        });
        return Ok(Some(match parameter {
            Some(parameter) if parameter.find_text("name") == Some(name) => {
                compare(version, &parameter.key, "limit", row.text("III"))
            }
            _ => Err(format!(
                "table {} no. {} {name}: no such row",
                row.text("table"),
                row.text("no")
            )),
        }));
    }
    let version = version(parameters, "surface-water-limits", "GB 3838-2002")?;
    let Some(parameter) = version
        .rows
        .iter()
        .find(|parameter| parameter.find_text("name") == Some(name))
    else {
        return Ok(Some(Err(format!("no row called {name}"))));
    };
    for (position, class) in ["I", "II", "III", "IV", "V"].into_iter().enumerate() {
        let verdict = list_item(version, &parameter.key, "limits", position, row.text(class));
        if verdict.is_err() {
            return Ok(Some(verdict));
        }
    }
    Ok(Some(compare(
        version,
        &parameter.key,
        "is_evaluated",
        row.text("in_21_items_evaluation"),
    )))
}
