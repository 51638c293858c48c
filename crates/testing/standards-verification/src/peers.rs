//! Sub-indices that other programs expect, beside those of the standard's table.

use anyhow::{Context, Result};
use standards::Parameters;
use standards::air::{AqiRules, Item, SubIndex};

use crate::gate::{Demand, Gate, Mismatch};
use crate::source::Source;

/// The file.
pub(crate) const FILES: &[&str] = &["aqi_peer_vectors/iaqi_vectors.csv"];

fn find_item(name: &str) -> Option<Item> {
    Some(match name {
        "SO2_1H" => Item::So2Hour,
        "SO2_24H" => Item::So2Day,
        "NO2_1H" => Item::No2Hour,
        "NO2_24H" => Item::No2Day,
        "CO_1H" => Item::CoHour,
        "CO_24H" => Item::CoDay,
        "O3_1H" => Item::O3Hour,
        "O3_8H" => Item::O3EightHours,
        "PM10_1H" => Item::Pm10Hour,
        "PM10_24H" => Item::Pm10Day,
        "PM25_1H" | "PM2.5_1H" => Item::Pm25Hour,
        "PM25_24H" | "PM2.5_24H" => Item::Pm25Day,
        _ => return None,
    })
}

/// Each vector against the standard's table (gate) and against the peer's expectation (reported).
pub(crate) fn verify(source: &Source<'_>, parameters: &Parameters) -> Result<Vec<Gate>> {
    let mut table = Gate::new("sub-indices by the standard's table", Demand::AllBut(0));
    let mut peer = Gate::new("sub-indices as other programs expect", Demand::None);
    for file in FILES {
        source.each_row(file, |row| {
            let name = row.text("item");
            let item = find_item(name).with_context(|| format!("unknown item `{name}`"))?;
            let rules = AqiRules::of_edition(parameters, row.text("standard"))?;
            let value = row
                .number("concentration")?
                .context("a vector has a concentration")?;
            let (SubIndex::Value(computed) | SubIndex::AboveTable(computed)) =
                rules.compute_sub_index(item, value)?;
            for (gate, column) in [
                (&mut table, "iaqi_by_standard_table"),
                (&mut peer, "iaqi_expected_by_peer"),
            ] {
                let Some(expected) = row.number(column)? else {
                    gate.leave_out("no expectation");
                    continue;
                };
                gate.count(expected == i32::from(computed), || Mismatch {
                    kind: "another sub-index".to_owned(),
                    detail: format!(
                        "{} {} {name} {value}: expected {expected}, computed {computed}; {}",
                        row.text("source"),
                        row.text("standard"),
                        row.text("note")
                    ),
                });
            }
            Ok(())
        })?;
    }
    Ok(vec![table, peer])
}
