//! Pollution equivalents and tax of an outlet in a month, and their sum for a taxpayer
//! (环境保护税法).

mod names;

use std::collections::BTreeMap;

use beijing_time::CivilDate;
use exact_decimal::{Decimal, Fraction, Rounding};

use super::super::{Fields, Options, OutputColumn, column, join};
use super::{Book, Group, GroupKind, Summary, SummaryPeriod, day_of, name_some, period_of};
use crate::emission::{
    Equivalent, TaxMedium, compute_equivalents, compute_tax, explain_equivalents, explain_tax,
    select_taxed,
};
use crate::{Basis, Explanation, Parameters, StandardError};

use names::{mass_kg, taxed_name};

/// The most pollutants, each counted once an outlet and month.
const MOST_POLLUTANTS: usize = 100_000;

pub(in super::super) const COLUMNS: &[OutputColumn] = &[
    column("medium", "类别", false),
    column("outlets", "排放口数", false),
    column("taxed", "应税污染物", true),
    column("equivalents", "污染当量数", false),
    column("tax", "应纳税额(元)", true),
];

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    taxpayer: String,
    period: String,
    outlet: String,
    is_water: bool,
}

/// A pollutant of an outlet in a month.
#[derive(Debug)]
struct Sums {
    rows: u64,
    mass_kg: Decimal,
    concentrations: (Decimal, u32),
    limit: Decimal,
    is_over: bool,
    rate: Option<Decimal>,
    day: CivilDate,
}

/// What a judged row says of a pollutant.
pub(in super::super) struct Judged<'a> {
    pub(in super::super) day: CivilDate,
    pub(in super::super) pollutant: &'a str,
    pub(in super::super) unit: &'a str,
    pub(in super::super) value: Decimal,
    /// None for a limit that is no single number.
    pub(in super::super) limit: Option<Decimal>,
    pub(in super::super) attains: bool,
}

/// Keeps what taxes need.
pub(in super::super) struct EmissionLedger<'a> {
    parameters: &'a Parameters,
    date: Option<CivilDate>,
    rules_of: Option<CivilDate>,
    outlets: BTreeMap<Place, BTreeMap<String, Sums>>,
    kept: usize,
    book: Book,
}

impl<'a> EmissionLedger<'a> {
    /// A ledger for a table that says how much was emitted.
    pub(in super::super) fn open(
        parameters: &'a Parameters,
        options: &Options,
        has: impl Fn(&str) -> bool,
    ) -> Option<Self> {
        has("mass").then(|| Self {
            parameters,
            date: options.date,
            rules_of: options.rules_of,
            outlets: BTreeMap::new(),
            kept: 0,
            book: Book::default(),
        })
    }

    /// Takes a judged row.
    pub(in super::super) fn take(&mut self, row: &Fields<'_>, judged: &Judged<'_>) {
        let text = |key| row.text(key).unwrap_or_default().to_owned();
        let place = Place {
            taxpayer: text("taxpayer"),
            period: period_of(row, SummaryPeriod::Month, Some(judged.day)),
            outlet: text("outlet"),
            is_water: judged.unit == "mg/L",
        };
        let name = place.name();
        match self.add(row, place.clone(), judged) {
            Ok(()) => {}
            Err((chinese, english)) => {
                let group = (name.as_str(), place.period.as_str());
                self.book.leave(row.number, group, &chinese, &english);
            }
        }
    }

    fn add(
        &mut self,
        row: &Fields<'_>,
        place: Place,
        judged: &Judged<'_>,
    ) -> Result<(), (String, String)> {
        let owned = |(zh, en): (&str, &str)| (zh.to_owned(), en.to_owned());
        let Some(mass) = mass_kg(row).map_err(owned)? else {
            return Err(owned(("没有排放量", "no mass")));
        };
        let rate = match row.decimal("tax_rate") {
            Ok(rate) if rate.is_none_or(|rate| rate > 0) => rate,
            _ => {
                return Err(owned((
                    "适用税额应大于零",
                    "the rate of the tax is not above zero",
                )));
            }
        };
        let pollutant = row
            .text("taxed_as")
            .unwrap_or_else(|| taxed_name(place.is_water, judged.pollutant))
            .to_owned();
        if matches!(pollutant.as_str(), "PM" | "颗粒物") {
            return Err(owned((
                "颗粒物须在“应税污染物”一列写明烟尘或一般性粉尘",
                "of particles the column `taxed_as` must say 烟尘 (soot) or 一般性粉尘 (dust)",
            )));
        }
        let of = self.rules_of.unwrap_or(judged.day);
        let medium = place.medium();
        compute_equivalents(self.parameters, of, medium, &[(&pollutant, mass)])
            .map_err(|error| (error.chinese(), error.to_string()))?;
        let Some(limit) = judged.limit.filter(|limit| *limit > 0) else {
            return Err(owned((
                "限值不是一个数，无法比较浓度",
                "the limit is no single number to compare with",
            )));
        };
        if self.kept >= MOST_POLLUTANTS {
            return Err(owned((
                "排放口的污染物超过 100000 个，不再参与汇总",
                "there are more than 100000 pollutants of outlets",
            )));
        }
        let pollutants = self.outlets.entry(place).or_default();
        let is_new = !pollutants.contains_key(&pollutant);
        let sums = pollutants.entry(pollutant).or_insert(Sums {
            rows: 0,
            mass_kg: Decimal::ZERO,
            concentrations: (Decimal::ZERO, 0),
            limit,
            is_over: false,
            rate: None,
            day: judged.day,
        });
        self.kept += usize::from(is_new);
        let added = sums
            .mass_kg
            .checked_add(mass)
            .and_then(|mass| Ok((mass, sums.concentrations.0.checked_add(judged.value)?)));
        let (mass, concentration) = added.map_err(|error| {
            let error = StandardError::from(error);
            (error.chinese(), error.to_string())
        })?;
        sums.mass_kg = mass;
        sums.concentrations = (concentration, sums.concentrations.1 + 1);
        sums.limit = sums.limit.min(limit);
        sums.is_over |= !judged.attains;
        sums.rate = rate.or(sums.rate);
        sums.rows += 1;
        Ok(())
    }

    /// Takes note of a row that could not be judged.
    pub(in super::super) fn refuse(&mut self, row: &Fields<'_>) {
        let period = period_of(row, SummaryPeriod::Month, day_of(row, self.date));
        let text = |key| row.text(key).unwrap_or_default();
        let name = named(text("taxpayer"), text("outlet"));
        self.book.refuse(row.number, (&name, &period));
    }

    /// The summary of what was taken.
    pub(in super::super) fn close(mut self) -> Summary {
        let mut groups: Vec<Group> = Vec::new();
        let mut payers: BTreeMap<(String, String), Vec<NamedTax>> = BTreeMap::new();
        for (place, pollutants) in std::mem::take(&mut self.outlets) {
            match self.judge(&place, &pollutants) {
                Ok((group, taxed)) => {
                    groups.push(group);
                    if !place.taxpayer.is_empty() {
                        let (zh, en) = place.medium_name();
                        let outlet = [
                            format!("{}（{zh}）", place.outlet),
                            format!("{} ({en})", place.outlet),
                        ];
                        let key = (place.taxpayer, place.period);
                        payers.entry(key).or_default().push((outlet, taxed));
                    }
                }
                Err(error) => self.book.fail((&place.name(), &place.period), &error),
            }
        }
        for ((taxpayer, period), outlets) in payers {
            match sum_up(&taxpayer, &period, &outlets) {
                Ok(group) => groups.push(group),
                Err(error) => self.book.fail((&taxpayer, &period), &error),
            }
        }
        self.book.close(COLUMNS, groups)
    }

    fn judge(
        &self,
        place: &Place,
        pollutants: &BTreeMap<String, Sums>,
    ) -> Result<(Group, Taxed), StandardError> {
        let day = pollutants.values().map(|sums| sums.day).min().or(self.date);
        let day = self.rules_of.or(day).ok_or(StandardError::BadInput {
            name: "day",
            value: String::new(),
            detail: "is missing",
        })?;
        let masses: Vec<(&str, Decimal)> = pollutants
            .iter()
            .map(|(name, sums)| (name.as_str(), sums.mass_kg))
            .collect();
        let medium = place.medium();
        let equivalents = compute_equivalents(self.parameters, day, medium, &masses)?;
        let mut told = explain_equivalents(self.parameters, day, medium, &masses)?;
        let taxed = select_taxed(medium, equivalents);
        let (mut sum, mut tax) = (Fraction::ZERO, Decimal::ZERO);
        let mut basis: Option<Basis> = None;
        let mut rows = 0;
        for entry in &taxed {
            let Some(sums) = pollutants.get(&entry.pollutant) else {
                continue;
            };
            sum = sum.checked_add(entry.equivalents)?;
            let of = self.tax(day, place, entry, sums, &mut told)?;
            tax = tax.checked_add(of.0)?;
            let rests = basis.get_or_insert_with(|| {
                let mut first = entry.basis.clone();
                first.clause = "articles 8, 9, 11 and 13, annexes 1 and 2";
                first.method =
                    "equivalents of the first pollutants × rate × share by the concentration";
                first.rounding = of.1.rounding;
                first.parameters = format!("{}; {}", first.parameters, of.1.parameters);
                first.inputs.clear();
                first
            });
            rests.confidence = rests
                .confidence
                .max(entry.basis.confidence)
                .max(of.1.confidence);
            rests.inputs.extend(entry.basis.inputs.iter().cloned());
            rests.inputs.extend(of.1.inputs.iter().cloned());
        }
        rows += pollutants.values().map(|sums| sums.rows).sum::<u64>();
        let basis = basis.ok_or(StandardError::BadInput {
            name: "pollutants",
            value: String::new(),
            detail: "none of them is taxed",
        })?;
        let (zh, en) = (tax.to_string(), tax.to_string());
        told.push(
            format!("该排放口应纳税额合计 {zh} 元。"),
            format!("Tax of the outlet in all: {en} yuan."),
        );
        let names: Vec<_> = taxed.iter().map(|entry| entry.pollutant.as_str()).collect();
        let group = Group {
            kind: GroupKind::Outlet,
            name: place.name(),
            period: place.period.clone(),
            values: vec![
                Some(place.medium_name().0.to_owned()),
                None,
                join(&names),
                Some(shown(sum)?),
                Some(tax.to_string()),
            ],
            rows,
            left_out: 0,
            basis: basis.clone(),
            explanation: told,
        };
        let taxed = Taxed {
            equivalents: sum,
            tax,
            rows,
            basis,
        };
        Ok((group, taxed))
    }

    /// The tax of one pollutant, and what it rests on.
    fn tax(
        &self,
        day: CivilDate,
        place: &Place,
        entry: &Equivalent,
        sums: &Sums,
        told: &mut Explanation,
    ) -> Result<(Decimal, Basis), StandardError> {
        let name = &entry.pollutant;
        let version = self.parameters.load_version("tax-rates", day)?;
        let row = version.load_row(if place.is_water { "water" } else { "air" })?;
        let (rate, source) = match sums.rate {
            Some(rate) => (rate, None),
            None => (row.load_decimal("yuan")?, Some(row.confidence)),
        };
        let mean = Fraction::try_from(sums.concentrations.0)?
            .checked_divide(Fraction::from(i64::from(sums.concentrations.1)))?
            .rounded(Rounding::HalfEven { places: 6 })?
            .normalized();
        let limit = sums.limit;
        // 减征 only when no value of the month was over (实施条例, article 10)
        let concentration = if sums.is_over { limit.max(mean) } else { mean };
        let over = if sums.is_over {
            (
                "，当月有测值超标，不减征",
                ", one of the values is over: no less tax",
            )
        } else {
            ("", "")
        };
        let count = sums.concentrations.1;
        told.push(
            format!(
                "{name}：当月 {count} 个测值的均值 {mean}，限值 {limit}{}。",
                over.0
            ),
            format!(
                "{name}: values of the month: {count}, mean {mean}, limit {limit}{}.",
                over.1
            ),
        );
        told.steps
            .extend(explain_tax(entry.equivalents, rate, concentration, limit)?.steps);
        let tax = compute_tax(entry.equivalents, rate, concentration, limit)?;
        let mut basis = tax.basis;
        if let Some(confidence) = source {
            basis.parameters = format!("{}; {}: {rate} yuan", basis.parameters, version.citation());
            basis.confidence = basis.confidence.max(confidence);
        } else {
            basis.parameters = format!("{}; rate as given: {rate} yuan", basis.parameters);
        }
        Ok((tax.value, basis))
    }
}

impl Place {
    fn medium(&self) -> TaxMedium {
        if self.is_water {
            TaxMedium::Water
        } else {
            TaxMedium::Air
        }
    }

    fn medium_name(&self) -> (&'static str, &'static str) {
        if self.is_water {
            ("水污染物", "water")
        } else {
            ("大气污染物", "air")
        }
    }

    fn name(&self) -> String {
        named(&self.taxpayer, &self.outlet)
    }
}

fn named(taxpayer: &str, outlet: &str) -> String {
    match (taxpayer, outlet) {
        ("", outlet) => outlet.to_owned(),
        (taxpayer, "") => taxpayer.to_owned(),
        (taxpayer, outlet) => format!("{taxpayer} {outlet}"),
    }
}

/// An outlet in Chinese and English, and what it comes to.
type NamedTax = ([String; 2], Taxed);

/// What an outlet comes to.
struct Taxed {
    equivalents: Fraction,
    tax: Decimal,
    rows: u64,
    basis: Basis,
}

fn shown(value: Fraction) -> Result<String, StandardError> {
    Ok(value
        .rounded(Rounding::HalfEven { places: 4 })?
        .normalized()
        .to_string())
}

/// The sum of a taxpayer's outlets.
fn sum_up(taxpayer: &str, period: &str, outlets: &[NamedTax]) -> Result<Group, StandardError> {
    let (mut sum, mut tax, mut rows) = (Fraction::ZERO, Decimal::ZERO, 0);
    let mut basis: Option<Basis> = None;
    let (mut chinese, mut english) = (Vec::new(), Vec::new());
    for ([name, name_en], taxed) in outlets {
        sum = sum.checked_add(taxed.equivalents)?;
        tax = tax.checked_add(taxed.tax)?;
        rows += taxed.rows;
        chinese.push(format!("{name} {}", taxed.tax));
        english.push(format!("{name_en} {}", taxed.tax));
        let rests = basis.get_or_insert_with(|| {
            let mut first = taxed.basis.clone();
            first.method = "sum over the outlets";
            first.inputs.clear();
            first
        });
        rests.confidence = rests.confidence.max(taxed.basis.confidence);
        rests.inputs.push(crate::Input {
            name: name.clone(),
            value: format!("{} yuan", taxed.tax),
        });
    }
    let basis = basis.ok_or(StandardError::BadInput {
        name: "outlets",
        value: String::new(),
        detail: "there are none",
    })?;
    let (zh, en) = (name_some(&chinese).0, name_some(&english).1);
    let mut told = Explanation::default();
    told.push(
        format!("各排放口应纳税额：{zh} 元；合计 {tax} 元。"),
        format!("Tax of the outlets: {en} yuan; in all {tax} yuan."),
    );
    Ok(Group {
        kind: GroupKind::Taxpayer,
        name: taxpayer.to_owned(),
        period: period.to_owned(),
        values: vec![
            None,
            Some(outlets.len().to_string()),
            None,
            Some(shown(sum)?),
            Some(tax.to_string()),
        ],
        rows,
        left_out: 0,
        basis,
        explanation: told,
    })
}
