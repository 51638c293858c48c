//! The index told step by step, like a worked example.

use exact_decimal::{Decimal, Fraction, Rounding};

use super::{AirIndex, AqiRules, Concentrations, IndexMethod, Item, Note};
use crate::{Explanation, StandardError};

impl AqiRules {
    /// The calculation of an index step by step.
    ///
    /// # Errors
    /// As [`AqiRules::compute_index`].
    pub fn explain(
        &self,
        index: &AirIndex,
        concentrations: &Concentrations,
    ) -> Result<Explanation, StandardError> {
        let mut told = Explanation::default();
        let (title_zh, title_en) = index.method.title();
        told.push(
            format!("依据 {}（{title_zh}）。", self.edition()),
            format!("By {}: {title_en}.", self.citation()),
        );
        for &item in index.method.items() {
            match concentrations.get(item) {
                Some(value) => self.tell_item(&mut told, index.method, item, value)?,
                None => told.push(
                    format!("{}：缺测，不参与计算。", item.english_name()),
                    format!("{}: missing, takes no part.", item.english_name()),
                ),
            }
        }
        for note in &index.notes {
            tell_note(&mut told, *note);
        }
        let Some(largest) = index.largest else {
            told.push(
                "没有任何分指数，AQI 无法计算。".to_owned(),
                "No sub-index at all: no AQI.".to_owned(),
            );
            return Ok(told);
        };
        let list = Item::ALL
            .into_iter()
            .filter_map(|item| {
                index
                    .sub_index(item)
                    .map(|number| format!("{} {number}", item.english_name()))
            })
            .collect::<Vec<_>>()
            .join(", ");
        told.push(
            format!("AQI = max{{{list}}} = {largest}。"),
            format!("AQI = max{{{list}}} = {largest}."),
        );
        let Some(published) = index.index else {
            return Ok(told);
        };
        if let Some(level) = self.find_level(published) {
            told.push(
                format!(
                    "AQI {published} 属 {}（{}，{}）。",
                    level.name, level.category, level.colour
                ),
                format!(
                    "AQI {published} is level {} ({}, {}).",
                    level.number,
                    level.english_name(),
                    level.english_colour()
                ),
            );
        }
        if index.primary.is_empty() {
            told.push(
                "AQI 不大于 50，无首要污染物。".to_owned(),
                "AQI is not above 50: no primary pollutant.".to_owned(),
            );
        } else {
            let names = index.primary_names().join("、");
            let english: Vec<_> = (index.primary.iter()).map(Item::english_name).collect();
            let english = english.join(", ");
            told.push(
                format!("首要污染物（分指数最大，并列同列）：{names}。"),
                format!("Primary pollutant (largest rounded sub-index, ties together): {english}."),
            );
        }
        Ok(told)
    }

    fn tell_item(
        &self,
        told: &mut Explanation,
        method: IndexMethod,
        item: Item,
        given: Decimal,
    ) -> Result<(), StandardError> {
        let value = Self::entering_value(method, item, given);
        let unit = item.pollutant().unit();
        let name = item.english_name();
        if value != given {
            told.push(
                format!("{name}：{given} 按 GB/T 8170 修约为 {value} {unit}。"),
                format!("{name}: {given} rounded half to even to {value} {unit}."),
            );
        }
        let Some(curve) = self.curve(item) else {
            return Ok(());
        };
        let mut below: Option<(i64, Decimal)> = None;
        for &(number, mantissa) in &curve.points {
            let breakpoint = Decimal::from_mantissa_and_scale(mantissa, curve.scale)?;
            if value <= breakpoint {
                let (index_low, low) = below.unwrap_or((number, breakpoint));
                if below.is_none() {
                    told.push(
                        format!("{name} = {value} {unit}：IAQI = {number}。"),
                        format!("{name} = {value} {unit}: IAQI = {number}."),
                    );
                    return Ok(());
                }
                let exact = Fraction::from(number - index_low)
                    .checked_multiply(Fraction::try_from(value.checked_subtract(low)?)?)?
                    .checked_divide(Fraction::try_from(breakpoint.checked_subtract(low)?)?)?
                    .checked_add(Fraction::from(index_low))?;
                let up = exact.rounded(Rounding::UpToInteger)?;
                let shown = exact.rounded(Rounding::Truncate { places: 4 })?;
                let tail = if Fraction::try_from(shown)? == exact {
                    ""
                } else {
                    "…"
                };
                let formula = format!(
                    "({number} - {index_low}) / ({breakpoint} - {low}) × ({value} - {low}) + {index_low} = {}{tail}",
                    shown.normalized()
                );
                told.push(
                    format!("{name} = {value} {unit}：IAQI = {formula}，进位取整得 {up}。"),
                    format!("{name} = {value} {unit}: IAQI = {formula}, rounded up to {up}."),
                );
                return Ok(());
            }
            below = Some((number, breakpoint));
        }
        if let Some((number, last)) = below {
            told.push(
                format!("{name} = {value} {unit}：高于表中最后限值 {last}（IAQI {number}）。"),
                format!("{name} = {value} {unit}: above the table's last breakpoint {last} (IAQI {number})."),
            );
        }
        Ok(())
    }
}

fn tell_note(told: &mut Explanation, note: Note) {
    let (chinese, english) = match note {
        Note::AboveTable(item) => (
            format!("{}：取表中最大分指数。", item.english_name()),
            format!("{}: the table's largest sub-index stands.", item.english_name()),
        ),
        Note::So2ByDay => (
            "SO2 1 小时浓度高于 800，不再计算 1 小时分指数，按 24 小时平均分指数报告。".to_owned(),
            "SO2 of the hour is above 800: reported by its 24-hour sub-index.".to_owned(),
        ),
        Note::So2Counts200 => (
            "SO2 1 小时浓度高于 800，分指数按 200 计。".to_owned(),
            "SO2 of the hour is above 800: the sub-index counts 200.".to_owned(),
        ),
        Note::OzoneByHour => (
            "O3 8 小时浓度高于 800，不再计算 8 小时分指数，按 1 小时分指数报告。".to_owned(),
            "O3 of 8 hours is above 800: reported by its 1-hour sub-index.".to_owned(),
        ),
        Note::OzoneCounts300 => (
            "O3 8 小时浓度高于 800，分指数按 300 计。".to_owned(),
            "O3 of 8 hours is above 800: the sub-index counts 300.".to_owned(),
        ),
        Note::WithheldForMissing => (
            "有污染物缺测且其余项目 AQI 不大于 100：AQI 记为 NA（HJ 633-2026，5.3.1）。".to_owned(),
            "A pollutant is missing and the rest give no AQI above 100: AQI is NA (HJ 633-2026, 5.3.1).".to_owned(),
        ),
    };
    told.push(chinese, english);
}
