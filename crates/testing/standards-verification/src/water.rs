//! Classes of sections as published by automatic stations, against GB 3838-2002.

use std::collections::HashSet;

use anyhow::Result;
use standards::Parameters;
use standards::water::{Samples, WaterBody, WaterClass, WaterItem, WaterMethod, WaterRules};

use crate::gate::{Demand, Gate, Mismatch};
use crate::source::{Row, Source};

const DAILY: &str = "water_cnemc_2020_2021/daily_snapshots_2020-05_2021-04.csv.zst";
const APRIL: &str = "water_cnemc_2020_2021/april2021_4hourly.csv.zst";
const LAKES: &str = "water_cnemc_2020_2021/lake_sections_inferred.csv";
/// The files.
pub(crate) const FILES: &[&str] = &[DAILY, APRIL, LAKES];

/// The items that set the published class, with their columns.
const ITEMS: [(WaterItem, &str, &str); 5] = [
    (WaterItem::Ph, "ph", "ph_raw"),
    (WaterItem::DissolvedOxygen, "do", "do_raw"),
    (WaterItem::PermanganateIndex, "codmn", "codmn_raw"),
    (WaterItem::AmmoniaNitrogen, "nh3n", "nh3n_raw"),
    (WaterItem::TotalPhosphorus, "tp", "tp_raw"),
];

/// The classes, from raw values and from values as displayed.
pub(crate) fn verify(source: &Source<'_>, parameters: &Parameters) -> Result<Vec<Gate>> {
    let rules = WaterRules::on(parameters, beijing_time::CivilDate::new(2021, 4, 1)?)?;
    let mut lakes = HashSet::new();
    source.each_row(LAKES, |row| {
        lakes.insert((
            row.text("province").to_owned(),
            row.text("section").to_owned(),
        ));
        Ok(())
    })?;
    let mut raw = Gate::new("class from raw values, 2020-05", Demand::PerMille(990));
    let mut daily = Gate::new("class from displayed values, daily", Demand::PerMille(980));
    let mut april = Gate::new(
        "class from displayed values, April 2021, 4-hourly",
        Demand::PerMille(980),
    );
    let judge = |gate: &mut Gate, row: &Row<'_>, is_raw: bool, label: &str| {
        judge(&rules, &lakes, gate, row, is_raw, label)
    };
    source.each_row(DAILY, |row| {
        let label = format!(
            "{} {} {}",
            row.text("snapshot"),
            row.text("province"),
            row.text("section")
        );
        if ITEMS
            .iter()
            .any(|(_, _, column)| !row.text(column).is_empty())
        {
            judge(&mut raw, row, true, &label)?;
        }
        judge(&mut daily, row, false, &label)
    })?;
    source.each_row(APRIL, |row| {
        let label = format!(
            "{} {} {}",
            row.text("province"),
            row.text("section"),
            row.text("time")
        );
        judge(&mut april, row, false, &label)
    })?;
    Ok(vec![raw, daily, april])
}

/// Judges one row, from its raw values or from those displayed.
fn judge(
    rules: &WaterRules,
    lakes: &HashSet<(String, String)>,
    gate: &mut Gate,
    row: &Row<'_>,
    is_raw: bool,
    label: &str,
) -> Result<()> {
    let Some(published) = WaterClass::find(row.text("class")) else {
        gate.leave_out("no class published");
        return Ok(());
    };
    let mut samples = Samples::default();
    for (item, displayed, unrounded) in ITEMS {
        if let Some(value) = row.number(if is_raw { unrounded } else { displayed })? {
            samples.set(item, value);
        }
    }
    if samples.is_empty() {
        gate.leave_out("none of the five items");
        return Ok(());
    }
    let key = (
        row.text("province").to_owned(),
        row.text("section").to_owned(),
    );
    let is_lake = lakes.contains(&key);
    let body = if is_lake {
        WaterBody::Lake
    } else {
        WaterBody::River
    };
    let section = rules.classify_section(body, WaterMethod::AutomaticUnrounded, &samples)?;
    let is_equal = section.class == Some(published);
    let kind = if is_equal {
        String::new()
    } else {
        let other = if is_lake {
            WaterBody::River
        } else {
            WaterBody::Lake
        };
        let other = rules.classify_section(other, WaterMethod::AutomaticUnrounded, &samples)?;
        if other.class == Some(published) {
            "fits the other column of total phosphorus".to_owned()
        } else if label.contains(" 00:00") {
            "slot of 00:00, often published with the class of the slot before".to_owned()
        } else if is_raw {
            "fits neither column".to_owned()
        } else {
            "fits neither column; published from unrounded values".to_owned()
        }
    };
    gate.count(is_equal, || Mismatch {
        kind,
        detail: format!(
            "{label}: published {}, computed {} from {}",
            published.published_name(),
            section.class.map_or("none", WaterClass::published_name),
            samples
                .iter()
                .map(|(item, value)| format!("{} {value}", item.key()))
                .collect::<Vec<_>>()
                .join(", ")
        ),
    });
    Ok(())
}
