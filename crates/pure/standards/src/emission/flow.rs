//! Flow and mass: stack gas by HJ 75, water by HJ 356, benchmark volume.

use exact_decimal::{Decimal, Fraction};

use crate::based::{EXACT, Rule, listed};
use crate::{Based, Confidence, InvalidReason, StandardError, Validity};

/// 烟气流量和排放量 (HJ 75-2017).
const STACK: Rule = Rule {
    edition: "HJ 75-2017",
    clause: "烟气流量和排放量",
    method: "formulas of flow and mass",
    parameters: "HJ 75-2017: 273 K, 101325 Pa",
    confidence: Confidence::MemoryHigh,
    rounding: EXACT,
};

/// 流量加权均值、月均值 (HJ 356-2019).
const WATER: Rule = Rule {
    edition: "HJ 356-2019",
    clause: "日均值和月均值",
    method: "day weighted by flow, month as the mean of its valid days",
    parameters: "HJ 356-2019: 75 % of what is due",
    confidence: Confidence::MemoryHigh,
    rounding: EXACT,
};

/// 基准水量、基准排气量 (GB 26132-2010).
const BENCHMARK: Rule = Rule {
    edition: "GB 26132-2010",
    clause: "formula 1",
    method: "measured × discharged over allowed, when more than 1",
    parameters: "benchmark volumes as given",
    confidence: Confidence::ConfirmedPrimary,
    rounding: EXACT,
};

/// An exact value as an input of a basis.
fn shown(value: Fraction) -> String {
    if value.denominator() == 1 {
        return value.numerator().to_string();
    }
    format!("{}/{}", value.numerator(), value.denominator())
}

/// The state of the gas in a stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackGas {
    /// Temperature `ts`, °C.
    pub temperature: Decimal,
    /// Atmospheric pressure `Ba`, Pa.
    pub atmospheric_pressure: Decimal,
    /// Static pressure of the gas `Ps`, Pa (may be below zero).
    pub static_pressure: Decimal,
    /// Moisture `Xsw` by volume, percent.
    pub moisture_percent: Decimal,
}

fn exact(value: Decimal) -> Result<Fraction, StandardError> {
    Ok(Fraction::try_from(value)?)
}

fn not_negative(name: &'static str, value: Decimal) -> Result<Fraction, StandardError> {
    if value.is_negative() {
        return Err(StandardError::BadInput {
            name,
            value: value.to_string(),
            detail: "is below zero",
        });
    }
    exact(value)
}

/// `Qs` = 3600 × F × `Vs`: area in m², speed in m/s, flow in m³/h at the state of the stack.
///
/// # Errors
/// For an area or speed below zero.
pub fn compute_stack_flow(area: Decimal, speed: Decimal) -> Result<Based<Fraction>, StandardError> {
    let flow = Fraction::from(3600)
        .checked_multiply(not_negative("area", area)?)?
        .checked_multiply(not_negative("speed", speed)?)?;
    Ok(STACK.based(flow, &[("area", &area), ("speed", &speed)]))
}

/// `Qsn` = `Qs` × 273 ÷ (273 + `ts`) × (`Ba` + `Ps`) ÷ 101325 × (1 − `Xsw`): dry, at 273 K and 101325 Pa.
///
/// # Errors
/// For a temperature at or below −273 °C, moisture outside 0 to 100 %, or no pressure.
pub fn compute_standard_dry_flow(
    stack_flow: Fraction,
    gas: &StackGas,
) -> Result<Based<Fraction>, StandardError> {
    let bad = |name, value: Decimal, detail| StandardError::BadInput {
        name,
        value: value.to_string(),
        detail,
    };
    let kelvin = gas.temperature.checked_add(Decimal::from(273))?;
    if kelvin <= 0 {
        return Err(bad(
            "temperature",
            gas.temperature,
            "is at or below -273 °C",
        ));
    }
    if gas.moisture_percent.is_negative() || gas.moisture_percent > 100 {
        return Err(bad(
            "moisture",
            gas.moisture_percent,
            "is outside 0 to 100 %",
        ));
    }
    let pressure = gas.atmospheric_pressure.checked_add(gas.static_pressure)?;
    if pressure <= 0 {
        return Err(bad("pressure", pressure, "is not above zero"));
    }
    let dry = exact(Decimal::from(100).checked_subtract(gas.moisture_percent)?)?
        .checked_divide(Fraction::from(100))?;
    let flow = stack_flow
        .checked_multiply(Fraction::from(273))?
        .checked_divide(exact(kelvin)?)?
        .checked_multiply(exact(pressure)?)?
        .checked_divide(Fraction::from(101_325))?
        .checked_multiply(dry)?;
    Ok(STACK.based(
        flow,
        &[
            ("stack flow", &shown(stack_flow)),
            ("temperature", &gas.temperature),
            ("atmospheric pressure", &gas.atmospheric_pressure),
            ("static pressure", &gas.static_pressure),
            ("moisture (%)", &gas.moisture_percent),
        ],
    ))
}

/// Mass of an hour in kg: C × `Qsn` × 10⁻⁶, with C the measured dry concentration in mg/m³, not the
/// one converted to reference oxygen (HJ 75-2017).
///
/// # Errors
/// For a concentration below zero.
pub fn compute_hour_mass(
    measured: Decimal,
    standard_dry_flow: Fraction,
) -> Result<Based<Fraction>, StandardError> {
    let mass = not_negative("concentration", measured)?
        .checked_multiply(standard_dry_flow)?
        .checked_divide(Fraction::from(1_000_000))?;
    Ok(STACK.based(
        mass,
        &[
            ("measured", &measured),
            ("dry flow", &shown(standard_dry_flow)),
        ],
    ))
}

/// Mass of a day in t: the sum of its hours in kg × 10⁻³. Months, quarters and years are sums of days.
///
/// # Errors
/// When the sum leaves its range.
pub fn compute_day_mass(hours: &[Fraction]) -> Result<Based<Fraction>, StandardError> {
    let mut sum = Fraction::ZERO;
    for hour in hours {
        sum = sum.checked_add(*hour)?;
    }
    Ok(STACK.based(
        sum.checked_divide(Fraction::from(1000))?,
        &[("hours (kg)", &listed(hours.iter().copied().map(shown)))],
    ))
}

/// The flow-weighted mean of water over a day: Σ(C × Q) ÷ ΣQ over the valid readings. A reading
/// without flow is invalid, one below zero always; at least 75 % of the due readings must be valid
/// (HJ 356-2019). Each reading is (concentration, flow).
///
/// # Errors
/// When the arithmetic leaves its range.
pub fn compute_flow_weighted_mean(
    readings: &[(Decimal, Decimal)],
    due: u32,
) -> Result<Based<Validity<Fraction>>, StandardError> {
    let (mut mass, mut flow) = (Fraction::ZERO, Fraction::ZERO);
    let mut valid = 0_u32;
    for (concentration, volume) in readings {
        if concentration.is_negative() || *volume <= 0 {
            continue;
        }
        let volume = exact(*volume)?;
        mass = mass.checked_add(exact(*concentration)?.checked_multiply(volume)?)?;
        flow = flow.checked_add(volume)?;
        valid += 1;
    }
    let mean = if valid == 0 {
        Validity::Missing
    } else {
        with_share(mass.checked_divide(flow)?, valid, due)
    };
    Ok(WATER.based(
        mean,
        &[
            ("readings", &readings.len()),
            ("valid", &valid),
            ("due", &due),
        ],
    ))
}

/// The mean of a month: the arithmetic mean of its valid day means, at least 75 % of the due days
/// (HJ 356-2019).
///
/// # Errors
/// When the arithmetic leaves its range.
pub fn compute_month_mean(
    days: &[Fraction],
    due: u32,
) -> Result<Based<Validity<Fraction>>, StandardError> {
    let mut sum = Fraction::ZERO;
    for day in days {
        sum = sum.checked_add(*day)?;
    }
    let valid = u32::try_from(days.len()).unwrap_or(u32::MAX);
    let mean = if valid == 0 {
        Validity::Missing
    } else {
        with_share(
            sum.checked_divide(Fraction::from(i64::from(valid)))?,
            valid,
            due,
        )
    };
    Ok(WATER.based(mean, &[("valid days", &valid), ("due", &due)]))
}

/// Valid with at least 75 % of what is due.
fn with_share(mean: Fraction, valid: u32, due: u32) -> Validity<Fraction> {
    if u64::from(valid) * 100 >= u64::from(due) * 75 {
        Validity::Valid(mean)
    } else {
        Validity::Invalid(
            mean,
            InvalidReason::TooFew {
                have: valid,
                need: (u64::from(due) * 75)
                    .div_ceil(100)
                    .try_into()
                    .unwrap_or(u32::MAX),
            },
        )
    }
}

/// 基准水量 (or gas volume) concentration: ρ = Q ÷ Σ(Y × `Q base`) × ρ measured when more is discharged
/// than the benchmark allows, otherwise the measured one; the period is one working day
/// (GB 26132-2010, formula 1). Each product is (output, benchmark volume per unit).
///
/// # Errors
/// Without output, or for a value below zero.
pub fn compute_benchmark_concentration(
    measured: Decimal,
    discharged: Decimal,
    products: &[(Decimal, Decimal)],
) -> Result<Based<Fraction>, StandardError> {
    let mut allowed = Fraction::ZERO;
    for (output, benchmark) in products {
        allowed = allowed.checked_add(
            not_negative("output", *output)?
                .checked_multiply(not_negative("benchmark volume", *benchmark)?)?,
        )?;
    }
    let exact = not_negative("concentration", measured)?;
    let ratio = not_negative("discharged volume", discharged)?.checked_divide(allowed)?;
    let concentration = if ratio > Fraction::ONE {
        ratio.checked_multiply(exact)?
    } else {
        exact
    };
    let given = products
        .iter()
        .map(|(output, benchmark)| format!("{output} × {benchmark}"));
    Ok(BENCHMARK.based(
        concentration,
        &[
            ("measured", &measured),
            ("discharged", &discharged),
            ("products", &listed(given)),
        ],
    ))
}
