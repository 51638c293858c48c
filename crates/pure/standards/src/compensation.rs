//! Ecological compensation of river sections (流域生态补偿): Hunan, Henan and Xin'an. Amounts are
//! parameters; what could not be confirmed ships disabled or to be verified.

use beijing_time::CivilDate;
use exact_decimal::{Decimal, Fraction, Rounding};

use crate::based::{EXACT, NO_NUMBER, TWO_DECIMALS, TableRule, listed};
use crate::water::WaterClass;
use crate::{Basis, Confidence, Explanation, Parameters, StandardError};

/// 水质优质奖励 of Hunan.
const HUNAN_REWARD: TableRule = TableRule {
    clause: "水质优质奖励",
    method: "amount of the table at class II or better",
    rounding: NO_NUMBER,
};

/// 水质改善奖励、水质劣质处罚、水质恶化处罚 of Hunan.
const HUNAN_CHANGE: TableRule = TableRule {
    clause: "水质改善奖励、水质劣质处罚、水质恶化处罚",
    method: "classes of difference × amount of the table",
    rounding: NO_NUMBER,
};

/// 超标污染物通量 of Henan.
const HENAN: TableRule = TableRule {
    clause: "超标污染物通量",
    method: "sum of (measured - target) × water × price",
    rounding: TWO_DECIMALS,
};

/// 补偿指数 of the Xin'an agreement.
const XINAN: TableRule = TableRule {
    clause: "补偿指数 P",
    method: "k0 × sum of factor × measured / base",
    rounding: EXACT,
};

/// A payment in yuan: above zero a reward (or what the downstream pays), below zero a penalty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Yuan.
    pub yuan: Decimal,
    /// What it rests on.
    pub basis: Basis,
}

/// 水质优质奖励 of Hunan's 湘江流域 rules of 2014: an outlet section of a month with all items at
/// class II gets the amount of the table, any other none. The other three of "two rewards, two
/// penalties" have no confirmed amounts: a city gives them by an override (rows `improved`, `bad`, `worsened`).
///
/// # Errors
/// When the rules were not in force or the table lacks a row.
pub fn compute_hunan_reward(
    parameters: &Parameters,
    date: CivilDate,
    class: WaterClass,
) -> Result<Payment, StandardError> {
    let version = parameters.load_version("compensation-hunan", date)?;
    let row = version.load_row("excellent")?;
    Ok(Payment {
        yuan: if class <= WaterClass::Two {
            row.load_decimal("yuan_a_month")?
        } else {
            Decimal::ZERO
        },
        basis: HUNAN_REWARD.basis(
            version,
            row.confidence,
            &[("class", &class.published_name())],
        ),
    })
}

/// Hunan's improvement, bad-water and worsening amounts of a month: `class` against `target` and
/// against the class of the same month a year before.
///
/// # Errors
/// [`StandardError::Disabled`] while the city has not given the amounts.
pub fn compute_hunan_change(
    parameters: &Parameters,
    date: CivilDate,
    class: WaterClass,
    past: (WaterClass, WaterClass),
) -> Result<Payment, StandardError> {
    tell_hunan_change(parameters, date, class, past, &mut Explanation::default())
}

/// The same, told like a worked example.
///
/// # Errors
/// As [`compute_hunan_change`].
pub fn explain_hunan_change(
    parameters: &Parameters,
    date: CivilDate,
    class: WaterClass,
    past: (WaterClass, WaterClass),
) -> Result<Explanation, StandardError> {
    let mut told = Explanation::default();
    tell_hunan_change(parameters, date, class, past, &mut told)?;
    Ok(told)
}

fn tell_hunan_change(
    parameters: &Parameters,
    date: CivilDate,
    class: WaterClass,
    (target, before): (WaterClass, WaterClass),
    told: &mut Explanation,
) -> Result<Payment, StandardError> {
    let version = parameters.load_version("compensation-hunan", date)?;
    let mut sum = Decimal::ZERO;
    let mut confidence = Confidence::ConfirmedPrimary;
    let [now, aim, past] = [class, target, before].map(WaterClass::published_name);
    told.push(
        format!("本月 {now} 类，目标 {aim} 类，上年同月 {past} 类。"),
        format!("This month class {now}, target {aim}, the same month a year before {past}."),
    );
    let mut add = |key: &str, steps: i32, sign: i32| -> Result<(), StandardError> {
        if steps > 0 {
            let row = version.load_row(key)?;
            confidence = confidence.max(row.confidence);
            let rate = row.load_decimal("yuan_a_month")?;
            let amount = rate.checked_multiply(Decimal::from(steps * sign))?;
            sum = sum.checked_add(amount)?;
            let (zh, en) = match key {
                "improved" => ("水质改善奖励", "improvement"),
                "bad" => ("水质劣质处罚", "worse than the target"),
                _ => ("水质恶化处罚", "worse than a year before"),
            };
            told.push(
                format!("{zh}：{steps} 个类别 × {rate} 元 = {amount} 元。"),
                format!("{en}: {steps} classes × {rate} yuan = {amount} yuan."),
            );
        }
        Ok(())
    };
    let gap = class as i32 - target as i32;
    let change = class as i32 - before as i32;
    add("improved", -change, 1)?;
    add("bad", gap, -1)?;
    add("worsened", change, -1)?;
    told.push(format!("合计 {sum} 元。"), format!("In all {sum} yuan."));
    Ok(Payment {
        yuan: sum,
        basis: HUNAN_CHANGE.basis(
            version,
            confidence,
            &[("class", &now), ("target", &aim), ("a year before", &past)],
        ),
    })
}

/// One item of a section over a week or month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overrun {
    /// Measured concentration, mg/L.
    pub measured: Decimal,
    /// Target concentration, mg/L.
    pub target: Decimal,
    /// Water in m³.
    pub water: Decimal,
}

/// Henan's rule of 2010: Σ max(0, C − target) × water × price, in yuan, price in yuan per t
/// (COD 2500, ammonia nitrogen 10000; from memory). Each is (`cod` or `nh3n`, overrun).
///
/// # Errors
/// For an item without a price or a value below zero.
pub fn compute_henan_payment(
    parameters: &Parameters,
    date: CivilDate,
    items: &[(&str, Overrun)],
) -> Result<Payment, StandardError> {
    tell_henan_payment(parameters, date, items, &mut Explanation::default())
}

/// The same, told like a worked example.
///
/// # Errors
/// As [`compute_henan_payment`].
pub fn explain_henan_payment(
    parameters: &Parameters,
    date: CivilDate,
    items: &[(&str, Overrun)],
) -> Result<Explanation, StandardError> {
    let mut told = Explanation::default();
    tell_henan_payment(parameters, date, items, &mut told)?;
    Ok(told)
}

fn tell_henan_payment(
    parameters: &Parameters,
    date: CivilDate,
    items: &[(&str, Overrun)],
    told: &mut Explanation,
) -> Result<Payment, StandardError> {
    let version = parameters.load_version("compensation-henan", date)?;
    let mut sum = Fraction::ZERO;
    let mut confidence = version.confidence;
    for (item, overrun) in items {
        if overrun.measured.is_negative() || overrun.water.is_negative() {
            return Err(StandardError::BadInput {
                name: "section",
                value: format!("{} mg/L, {} m3", overrun.measured, overrun.water),
                detail: "is below zero",
            });
        }
        let row = version.load_row(item)?;
        confidence = confidence.max(row.confidence);
        let over = overrun.measured.checked_subtract(overrun.target)?;
        let Overrun {
            measured,
            target,
            water,
        } = overrun;
        if over.is_negative() {
            told.push(
                format!("{item}：{measured} 不高于目标 {target} mg/L，不计。"),
                format!("{item}: {measured} is not above the target of {target} mg/L: nothing."),
            );
            continue;
        }
        // mg/L × m³ = g; 10⁻⁶ t
        let tons = Fraction::try_from(over)?
            .checked_multiply(Fraction::try_from(overrun.water)?)?
            .checked_divide(Fraction::from(1_000_000))?;
        let price = row.load_decimal("yuan_a_ton")?;
        sum = sum.checked_add(tons.checked_multiply(Fraction::try_from(price)?)?)?;
        let shown = tons.rounded(Rounding::HalfEven { places: 6 })?.normalized();
        told.push(
            format!(
                "{item}：({measured} - {target}) × {water} × 10^-6 = {shown} t，× {price} 元/t。"
            ),
            format!(
                "{item}: ({measured} - {target}) × {water} × 10^-6 = {shown} t, × {price} yuan/t."
            ),
        );
    }
    let yuan = sum.rounded(Rounding::HalfEven { places: 2 })?;
    told.push(
        format!("合计 {yuan} 元（修约到分）。"),
        format!("In all {yuan} yuan (to the fen)."),
    );
    let given = items.iter().map(|(item, overrun)| {
        let Overrun {
            measured,
            target,
            water,
        } = overrun;
        format!("{item} {measured} mg/L, target {target} mg/L, {water} m³")
    });
    Ok(Payment {
        yuan,
        basis: HENAN.basis(version, confidence, &[("items", &listed(given))]),
    })
}

/// The index of the Xin'an agreement: P = k0 × Σ k × C ÷ C0 over permanganate index, ammonia
/// nitrogen, total nitrogen and total phosphorus, by the round in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XinanIndex {
    /// Exact P.
    pub index: Fraction,
    /// Whether the downstream pays the upstream (P at most 1), else the other way round.
    pub downstream_pays: bool,
    /// What it rests on.
    pub basis: Basis,
}

/// Computes the Xin'an index. Each item is (`codmn`, `nh3n`, `tn` or `tp`, measured, base).
///
/// # Errors
/// For an item the round does not have, or a base of zero.
pub fn compute_xinan_index(
    parameters: &Parameters,
    date: CivilDate,
    items: &[(&str, Decimal, Decimal)],
) -> Result<XinanIndex, StandardError> {
    tell_xinan_index(parameters, date, items, &mut Explanation::default())
}

/// The same, told like a worked example.
///
/// # Errors
/// As [`compute_xinan_index`].
pub fn explain_xinan_index(
    parameters: &Parameters,
    date: CivilDate,
    items: &[(&str, Decimal, Decimal)],
) -> Result<Explanation, StandardError> {
    let mut told = Explanation::default();
    tell_xinan_index(parameters, date, items, &mut told)?;
    Ok(told)
}

fn tell_xinan_index(
    parameters: &Parameters,
    date: CivilDate,
    items: &[(&str, Decimal, Decimal)],
    told: &mut Explanation,
) -> Result<XinanIndex, StandardError> {
    let shown = |value: Fraction| {
        value
            .rounded(Rounding::HalfEven { places: 4 })
            .map(Decimal::normalized)
    };
    let version = parameters.load_version("compensation-xinan", date)?;
    let stability = version.load_row("k0")?;
    let mut confidence = stability.confidence;
    let mut sum = Fraction::ZERO;
    for (item, measured, base) in items {
        let row = version.load_row(item)?;
        confidence = confidence.max(row.confidence);
        let factor = row.load_decimal("factor")?;
        let term = Fraction::try_from(factor)?
            .checked_multiply(Fraction::try_from(*measured)?)?
            .checked_divide(Fraction::try_from(*base)?)?;
        sum = sum.checked_add(term)?;
        let term = shown(term)?;
        told.push(
            format!("{item}：{factor} × {measured} / {base} = {term}。"),
            format!("{item}: {factor} × {measured} / {base} = {term}."),
        );
    }
    let k0 = stability.load_decimal("factor")?;
    let index = sum.checked_multiply(Fraction::try_from(k0)?)?;
    let downstream_pays = index <= Fraction::ONE;
    let (sign, payer_zh, payer_en) = if downstream_pays {
        ('≤', "下游", "downstream")
    } else {
        ('>', "上游", "upstream")
    };
    let (sum, shown_index) = (shown(sum)?, shown(index)?);
    told.push(
        format!("P = {k0} × {sum} = {shown_index} {sign} 1：{payer_zh}补偿。"),
        format!("P = {k0} × {sum} = {shown_index} {sign} 1: the {payer_en} pays."),
    );
    Ok(XinanIndex {
        index,
        downstream_pays,
        basis: XINAN.basis(
            version,
            confidence,
            &[(
                "items",
                &listed(
                    items
                        .iter()
                        .map(|(item, measured, base)| format!("{item} {measured} / {base}")),
                ),
            )],
        ),
    })
}
