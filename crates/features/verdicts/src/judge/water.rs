//! The class of a surface-water section, held against its target (GB 3838-2002).

use beijing_time::{CivilDate, StatDay, Timestamp};
use exact_decimal::{Decimal, Rounding};
use monitoring::{Field, Record};
use standards::air::compute_exceedance_multiple;
use standards::water::{
    ItemClass, Samples, SectionClass, WaterClass, WaterItem, WaterMethod, WaterRules,
    compute_mean_ph, compute_period_mean,
};
use standards::{Explanation, StandardError};

use super::{Bench, Judged, Judgements};
use crate::inputs::{Inputs, Unit, read};
use crate::model::class_number;
use crate::{Outcome, Verdict, VerdictItem, VerdictKind, VerdictState, VerdictsError};

/// A year's mean needs at least so many monthly values (环办〔2011〕22号, to be verified).
const MONTHS_NEEDED: usize = 8;

/// The item of a code (HJ 525).
fn item_of(code: &str) -> Option<WaterItem> {
    Some(match code {
        "w01001" => WaterItem::Ph,
        "w01009" => WaterItem::DissolvedOxygen,
        "w01019" => WaterItem::PermanganateIndex,
        "w01018" => WaterItem::ChemicalOxygenDemand,
        "w01017" => WaterItem::BiochemicalOxygenDemand,
        "w21003" => WaterItem::AmmoniaNitrogen,
        "w21011" => WaterItem::TotalPhosphorus,
        "w21001" => WaterItem::TotalNitrogen,
        "w20122" => WaterItem::Copper,
        "w20123" => WaterItem::Zinc,
        "w21017" => WaterItem::Fluoride,
        "w20128" => WaterItem::Selenium,
        "w20119" => WaterItem::Arsenic,
        "w20111" => WaterItem::Mercury,
        "w20115" => WaterItem::Cadmium,
        "w20117" => WaterItem::HexavalentChromium,
        "w20120" => WaterItem::Lead,
        "w21016" => WaterItem::Cyanide,
        "w23002" => WaterItem::VolatilePhenol,
        "w22001" => WaterItem::Oil,
        "w19002" => WaterItem::AnionicSurfactant,
        "w21019" => WaterItem::Sulfide,
        "w02003" => WaterItem::FecalColiform,
        _ => return None,
    })
}

const fn unit_of(item: WaterItem) -> Unit {
    match item {
        WaterItem::Ph | WaterItem::FecalColiform => Unit::Any,
        _ => Unit::MilligramsPerLitre,
    }
}

/// The mean of an item over a period; pH by hydrogen-ion activity. Unrounded but for what no
/// decimal can hold.
fn mean_of(item: WaterItem, values: &[Decimal]) -> Result<Decimal, StandardError> {
    let mean = if item == WaterItem::Ph {
        compute_mean_ph(values, 6)?
    } else {
        compute_period_mean(values, 12)?
    };
    Ok(mean.normalized())
}

impl Bench<'_> {
    pub(super) fn judge_water_day(
        &self,
        day: StatDay,
        records: &[Record],
        judgements: &mut Judgements,
    ) -> Result<(), VerdictsError> {
        let mut inputs = Inputs::new(self.is_told);
        let mut samples = Samples::default();
        let mut told = Explanation::default();
        for factor in &self.point.factors {
            let Some(item) = item_of(&factor.factor_code) else {
                continue;
            };
            let mut values = Vec::new();
            for record in records {
                let Some(read) = read(record, &factor.factor_code, &Field::Avg) else {
                    continue;
                };
                let mut read = read.into_unit(self.point, unit_of(item));
                if item == WaterItem::Ph && read.value.is_ok_and(|value| value > 14) {
                    read.value = Err(crate::LeftOut::OutOfRange);
                }
                inputs.take(record.time, &read);
                values.extend(read.value);
            }
            if values.is_empty() {
                continue;
            }
            let least = self.setting.least_samples;
            if i64::try_from(values.len()).unwrap_or(i64::MAX) < least {
                tell_too_few(&mut told, item, values.len(), least);
                continue;
            }
            let mean = mean_of(item, &values)?;
            tell_mean(&mut told, item, values.len(), mean, ("次", "samples"));
            samples.set(item, mean);
        }
        let judged = self.judge_section(day.date(), &samples, inputs, told, true)?;
        judgements.extend(judged.map(|judged| ((VerdictKind::Day, day.start()), judged)));
        Ok(())
    }

    /// A month from its days, or a year from its months.
    pub(super) fn judge_water_mean(
        &self,
        kind: VerdictKind,
        start: Timestamp,
        shorter: &[Verdict],
    ) -> Result<Option<Judged>, VerdictsError> {
        if shorter.is_empty() {
            return Ok(None);
        }
        let mut inputs = Inputs::new(self.is_told);
        let mut samples = Samples::default();
        let mut told = Explanation::default();
        let what = if kind == VerdictKind::Year {
            ("个月", "months")
        } else {
            ("天", "days")
        };
        for item in WaterItem::ALL {
            let mut values = Vec::new();
            for verdict in shorter {
                if let Some(found) = verdict.outcome.item(item.key()) {
                    let value: Decimal = found.value.parse()?;
                    inputs.take_item(verdict.time, item.key(), value);
                    values.push(value);
                }
            }
            if values.is_empty() {
                continue;
            }
            let mean = mean_of(*item, &values)?;
            tell_mean(&mut told, *item, values.len(), mean, what);
            samples.set(*item, mean);
        }
        let is_enough = kind != VerdictKind::Year || shorter.len() >= MONTHS_NEEDED;
        let last = kind.end(start).plus_ms(-1).stat_day().date();
        self.judge_section(last, &samples, inputs, told, is_enough)
    }

    fn judge_section(
        &self,
        date: CivilDate,
        samples: &Samples,
        inputs: Inputs,
        told: Explanation,
        is_enough: bool,
    ) -> Result<Option<Judged>, VerdictsError> {
        let Some(rules) = self.rulebook.water(date) else {
            return Ok(None);
        };
        let (body, target) = (self.setting.water_body, self.setting.target_class);
        let method = WaterMethod::AutomaticUnrounded;
        let section = rules.classify_section(body, method, samples)?;
        let mut items = Vec::new();
        let mut over = Vec::new();
        for judged in &section.items {
            let multiple = multiple_of(rules, &section, judged, target)?;
            let mut mark = class_number(judged.class).to_string();
            if let Some(multiple) = multiple {
                mark.push('*');
                mark.push_str(&multiple.to_string());
            }
            if judged.is_evaluated && judged.class > target {
                over.push((judged, multiple));
            }
            items.push(VerdictItem {
                key: judged.item.key().to_owned(),
                value: judged.value.to_string(),
                mark,
            });
        }
        // cyanide and heavy metals first, then the worst class, then the largest multiple
        over.sort_by(|(a, a_multiple), (b, b_multiple)| {
            b.item
                .takes_precedence()
                .cmp(&a.item.takes_precedence())
                .then(b.class.cmp(&a.class))
                .then(b_multiple.cmp(a_multiple))
                .then(a.item.cmp(&b.item))
        });
        let class = section.class.filter(|_| is_enough);
        let outcome = Outcome {
            state: if class.is_some() {
                VerdictState::Given
            } else {
                VerdictState::Insufficient
            },
            figure: None,
            grade: class.map(class_number),
            is_attained: class.map(|class| class <= target),
            deciding: over
                .iter()
                .map(|(judged, _)| judged.item.key().to_owned())
                .collect(),
            items,
        };
        let told = self.is_told.then(|| {
            let mut told = told;
            told.steps.extend(rules.explain(&section).steps);
            tell_target(&mut told, rules, &section, target, &over);
            if !is_enough {
                told.push(
                    format!("不足 {MONTHS_NEEDED} 个月，不作年度评价。"),
                    format!("Fewer than {MONTHS_NEEDED} months: the year is not judged."),
                );
            }
            told
        });
        let basis = self.rulebook.keep(&rules.basis(&section));
        Ok(Some(Judged::new(outcome, basis, inputs).told(told)))
    }
}

/// 超标倍数 over the target class; none within it, and none for pH and dissolved oxygen.
fn multiple_of(
    rules: &WaterRules,
    section: &SectionClass,
    judged: &ItemClass,
    target: WaterClass,
) -> Result<Option<Decimal>, StandardError> {
    if judged.class <= target {
        return Ok(None);
    }
    rules
        .find_class_limit((judged.item, section.body), target)
        .map(|limit| {
            compute_exceedance_multiple(judged.value, limit, Rounding::HalfEven { places: 2 })
        })
        .transpose()
}

fn tell_mean(
    told: &mut Explanation,
    item: WaterItem,
    count: usize,
    mean: Decimal,
    (what_zh, what_en): (&str, &str),
) {
    let (how_zh, how_en) = if item == WaterItem::Ph {
        ("按氢离子活度平均", "mean by hydrogen-ion activity")
    } else {
        ("算术平均", "arithmetic mean")
    };
    let shown = mean.rounded(Rounding::HalfEven { places: 6 }).normalized();
    told.push(
        format!("{}：{count} {what_zh}{how_zh}为 {shown}。", item.key()),
        format!(
            "{}: {how_en} of {count} {what_en} is {shown}.",
            item.english_name()
        ),
    );
}

fn tell_too_few(told: &mut Explanation, item: WaterItem, count: usize, least: i64) {
    told.push(
        format!(
            "{}：有效样本 {count} 次，少于该断面评价参数要求的 {least} 次，不参与评价。",
            item.key()
        ),
        format!(
            "{}: {count} valid samples, fewer than the {least} that this section asks for: left out.",
            item.english_name()
        ),
    );
}

fn tell_target(
    told: &mut Explanation,
    rules: &WaterRules,
    section: &SectionClass,
    target: WaterClass,
    over: &[(&ItemClass, Option<Decimal>)],
) {
    let target_name = target.published_name();
    let Some(class) = section.class else { return };
    if class <= target {
        told.push(
            format!("目标为 {target_name} 类：达标。"),
            format!("The target is class {target_name}: kept."),
        );
        return;
    }
    let list = |names: Vec<String>, between: &str| names.join(between);
    let name = |judged: &ItemClass, multiple: &Option<Decimal>, name: &str| match multiple {
        Some(multiple) => format!("{name}({multiple})"),
        None => format!("{name}({})", judged.class.published_name()),
    };
    let zh = over
        .iter()
        .map(|(judged, multiple)| name(judged, multiple, rules.name(judged.item)))
        .collect();
    let en = over
        .iter()
        .map(|(judged, multiple)| name(judged, multiple, judged.item.english_name()))
        .collect();
    told.push(
        format!(
            "目标为 {target_name} 类：不达标，超标项目（超标倍数）：{}。",
            list(zh, "、")
        ),
        format!(
            "The target is class {target_name}: not kept, by (multiple over the limit): {}.",
            list(en, ", ")
        ),
    );
}
