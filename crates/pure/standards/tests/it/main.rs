//! The air index, the water class and rows of emissions against hand calculation.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod evaluation;
mod summary;

use exact_decimal::Decimal;
use standards::Parameters;
use standards::air::{AqiRules, Concentrations, IndexMethod, Item, Note, SubIndex};
use standards::water::{Samples, WaterBody, WaterClass, WaterItem, WaterMethod, WaterRules};

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn rules(edition: &str) -> AqiRules {
    AqiRules::of_edition(&Parameters::shipped().unwrap(), edition).unwrap()
}

#[test]
fn each_breakpoint_gives_its_sub_index_and_one_step_above_gives_the_next_integer() {
    let parameters = Parameters::shipped().unwrap();
    let mut tried = 0;
    for edition in ["HJ 633-2012", "HJ 633-2026"] {
        let rules = rules(edition);
        let version = parameters
            .load_table("aqi-breakpoints")
            .unwrap()
            .load_edition(edition)
            .unwrap();
        for item in Item::ALL {
            let row = version.load_row(item.breakpoint_key()).unwrap();
            let (indices, points) = (
                row.load_decimals("iaqi").unwrap(),
                row.load_decimals("concentration").unwrap(),
            );
            for (position, (index, point)) in indices.iter().zip(&points).enumerate() {
                let expected = u16::try_from(index.mantissa_and_scale().0).unwrap();
                assert_eq!(
                    rules.compute_sub_index(item, *point).unwrap(),
                    SubIndex::Value(expected),
                    "{edition} {item:?} {point}"
                );
                let above = point.checked_add(decimal("0.001")).unwrap();
                let outcome = rules.compute_sub_index(item, above).unwrap();
                if position + 1 == points.len() {
                    assert_eq!(outcome, SubIndex::AboveTable(expected));
                } else {
                    assert_eq!(outcome, SubIndex::Value(expected + 1));
                }
                tried += 1;
            }
        }
    }
    assert!(tried > 150);
}

#[test]
fn ties_of_the_primary_pollutant_are_judged_after_rounding_up() {
    // PM2.5 43: 50·8/40 + 50 = 60; PM10 69: 50·19/100 + 50 = 59.5, rounded up to 60
    let values: Concentrations = [
        (Item::Pm25Hour, decimal("43")),
        (Item::Pm10Hour, decimal("69")),
        (Item::So2Hour, decimal("4")),
        (Item::No2Hour, decimal("31")),
        (Item::CoHour, decimal("0.6")),
        (Item::O3Hour, decimal("26")),
    ]
    .into_iter()
    .collect();
    let rules = rules("HJ 633-2012");
    let index = rules
        .compute_index(IndexMethod::HourlyPractice2012, &values, &[])
        .unwrap();
    assert_eq!(index.index, Some(60));
    assert_eq!(index.primary_names(), ["颗粒物(PM10)", "细颗粒物(PM2.5)"]);
    assert!(index.missing.is_empty());
    assert_eq!(rules.find_level(60).unwrap().category, "良");
}

#[test]
fn sulphur_dioxide_above_800_counts_200_by_practice_and_by_its_day_by_the_text() {
    let values: Concentrations = [
        (Item::So2Hour, decimal("900")),
        (Item::So2Day, decimal("475")),
    ]
    .into_iter()
    .collect();
    let rules = rules("HJ 633-2012");
    let practice = rules
        .compute_index(IndexMethod::HourlyPractice2012, &values, &[])
        .unwrap();
    assert_eq!(practice.index, Some(200));
    assert_eq!(practice.notes, [Note::So2Counts200]);
    let text = rules
        .compute_index(IndexMethod::HourlyText2012, &values, &[])
        .unwrap();
    assert_eq!(text.index, Some(150));
    assert_eq!(text.notes, [Note::So2ByDay]);
}

#[test]
fn a_missing_pollutant_withholds_an_index_up_to_100_under_the_rules_of_2026() {
    let rules = rules("HJ 633-2026");
    for (pm25, expected) in [("60", None), ("61", Some(101))] {
        let values: Concentrations = [(Item::Pm25Hour, decimal(pm25))].into_iter().collect();
        let index = rules
            .compute_index(IndexMethod::HourlyText2026, &values, &[])
            .unwrap();
        // 61: 50·1/55 + 100 = 100.9…, up to 101
        assert_eq!(index.index, expected, "{pm25}");
    }
}

#[test]
fn a_section_takes_its_worst_item_and_phosphorus_by_its_water_body() {
    let parameters = Parameters::shipped().unwrap();
    let rules = WaterRules::on(&parameters, "2021-04-01".parse().unwrap()).unwrap();
    let samples: Samples = [
        (WaterItem::Ph, decimal("7.61")),
        (WaterItem::DissolvedOxygen, decimal("9.12")),
        (WaterItem::PermanganateIndex, decimal("2.84")),
        (WaterItem::AmmoniaNitrogen, decimal("0.050")),
        (WaterItem::TotalPhosphorus, decimal("0.078")),
        (WaterItem::TotalNitrogen, decimal("2.25")),
    ]
    .into_iter()
    .collect();
    for (body, expected) in [
        (WaterBody::River, WaterClass::Two),
        (WaterBody::Lake, WaterClass::Four),
    ] {
        let section = rules
            .classify_section(body, WaterMethod::AutomaticUnrounded, &samples)
            .unwrap();
        assert_eq!(section.class, Some(expected), "{body:?}");
    }
}

#[test]
fn ph_outside_six_to_nine_is_worse_than_class_five_unless_rounding_brings_it_in() {
    let parameters = Parameters::shipped().unwrap();
    let rules = WaterRules::on(&parameters, "2021-04-01".parse().unwrap()).unwrap();
    for (method, expected) in [
        (WaterMethod::AutomaticUnrounded, WaterClass::WorseThanFive),
        (WaterMethod::ManualRounded, WaterClass::One),
    ] {
        let item = rules
            .classify_item(
                WaterItem::Ph,
                WaterBody::River,
                method,
                decimal("9.4"),
                None,
            )
            .unwrap();
        assert_eq!(item.class, expected);
    }
}
