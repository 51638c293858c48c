//! Pollution sources against the limits in force: waste gas by its valid hours, waste water by its
//! valid days (HJ 75-2017, HJ 356-2019; which average is judged is from memory of HJ 942).

use std::borrow::Cow;

use beijing_time::{StatDay, Timestamp};
use exact_decimal::{Decimal, Fraction, Rounding};
use monitoring::{Field, Record};
use sites::{LimitDetails, LimitStatistic, RecordKind};
use standards::emission::compute_flow_weighted_mean;
use standards::water::compute_mean_ph;
use standards::{Basis, Confidence, Explanation, StandardError, Validity};

use super::{Bench, Judged, Judgements};
use crate::inputs::{Inputs, Unit, read};
use crate::{LeftOut, Outcome, VerdictItem, VerdictKind, VerdictState, VerdictsError};

/// The flow of waste water (HJ 212, appendix B).
const FLOW: &str = "w00000";
/// pH is averaged by hydrogen-ion activity.
const PH: &str = "w01001";

/// What limits say of values.
#[derive(Debug, Default)]
struct Held {
    items: Vec<VerdictItem>,
    over: Vec<String>,
    told: Explanation,
}

impl Held {
    /// Holds a value against a limit; equal is within.
    fn hold(&mut self, factor: &str, key: String, value: Decimal, limit: &LimitDetails) {
        let is_over = limit.upper.is_some_and(|upper| value > upper)
            || limit.lower.is_some_and(|lower| value < lower);
        let bounds = match (limit.lower, limit.upper) {
            (Some(lower), Some(upper)) => format!("{lower}~{upper}"),
            (None, Some(upper)) => format!("≤ {upper}"),
            (Some(lower), None) => format!("≥ {lower}"),
            (None, None) => String::new(),
        };
        let (zh, en) = if is_over {
            ("超标", "over the limit")
        } else {
            ("达标", "within the limit")
        };
        let basis = &limit.basis;
        self.told.push(
            format!("{key} = {value}，限值 {bounds}（{basis}）：{zh}。"),
            format!("{key} = {value}, limit {bounds} ({basis}): {en}."),
        );
        if is_over && !self.over.iter().any(|known| known == factor) {
            self.over.push(factor.to_owned());
        }
        self.items.push(VerdictItem {
            key,
            value: value.to_string(),
            mark: if is_over { "over" } else { "within" }.to_owned(),
        });
    }

    fn outcome(self) -> (Outcome, Explanation) {
        let is_given = !self.items.is_empty();
        let outcome = Outcome {
            state: if is_given {
                VerdictState::Given
            } else {
                VerdictState::Insufficient
            },
            figure: None,
            grade: None,
            is_attained: is_given.then_some(self.over.is_empty()),
            deciding: self.over,
            items: self.items,
        };
        (outcome, self.told)
    }
}

fn basis(
    edition: &str,
    clause: &'static str,
    method: &'static str,
    rounding: &'static str,
) -> Basis {
    Basis {
        edition: edition.to_owned(),
        clause,
        method,
        parameters: "limits registered at the point, in force at the time".to_owned(),
        confidence: Confidence::MemoryMedium,
        rounding,
        inputs: Vec::new(),
    }
}

impl Bench<'_> {
    /// The limits of a kind of record in force at a time, each bound one of a mean; with the bounds
    /// that are tried in their place, where there are such.
    fn limits(&self, kind: RecordKind, at: Timestamp) -> Vec<Cow<'_, LimitDetails>> {
        let medium = self.point.details.medium;
        self.point
            .limits
            .iter()
            .map(|(_, limit)| limit)
            .filter(|limit| limit.kind == kind && limit.validity.contains(at))
            .filter(|limit| limit.lower.is_some() || limit.upper.is_some())
            .map(|limit| {
                let other = (self.rulebook.limits.iter()).find(|other| other.is_for(medium, limit));
                other.map_or(Cow::Borrowed(limit), |other| {
                    Cow::Owned(other.in_place_of(limit))
                })
            })
            .collect()
    }

    pub(super) fn judge_gas_hours(&self, records: &[Record], judgements: &mut Judgements) {
        for record in records {
            let limits = self.limits(RecordKind::Hour, record.time);
            if limits.is_empty() {
                continue;
            }
            let mut inputs = Inputs::new(self.is_told);
            let mut held = Held::default();
            for limit in limits {
                let name = limit.statistic.to_hj212().suffix();
                let field = Field::from_name(name);
                let Some(read) = read(record, &limit.factor_code, &field) else {
                    continue;
                };
                let read = self.minutes.hold(record.time, read);
                inputs.take(record.time, &read);
                if let Ok(value) = read.value {
                    let key = format!("{}.{}", limit.factor_code, limit.statistic.as_str());
                    held.hold(&limit.factor_code, key, value, &limit);
                }
            }
            let (outcome, told) = held.outcome();
            let basis = self.rulebook.keep(&basis(
                "HJ 75-2017",
                "valid hour means are judged",
                "hour mean against the limit",
                "none: the value as given (GB/T 8170, 全数值比较法)",
            ));
            let judged = Judged::new(outcome, basis, inputs).told(self.is_told.then_some(told));
            judgements.insert((VerdictKind::Hour, record.time), judged);
        }
    }

    pub(super) fn judge_waste_water_day(
        &self,
        day: StatDay,
        records: &[Record],
        judgements: &mut Judgements,
    ) -> Result<(), VerdictsError> {
        let mut limits = self.limits(RecordKind::Day, day.start());
        if limits.is_empty() {
            // a limit of the hour mean is the same permitted concentration; water is judged by its day
            limits = self.limits(RecordKind::Hour, day.start());
        }
        limits.retain(|limit| limit.statistic == LimitStatistic::Avg);
        if limits.is_empty() {
            return Ok(());
        }
        let mut inputs = Inputs::new(self.is_told);
        let mut held = Held::default();
        for limit in limits {
            let mean = self.water_mean(records, &limit.factor_code, &mut inputs, &mut held.told)?;
            if let Some(mean) = mean {
                let key = format!("{}.avg", limit.factor_code);
                held.hold(&limit.factor_code, key, mean, &limit);
            }
        }
        let (outcome, told) = held.outcome();
        let basis = self.rulebook.keep(&basis(
            "HJ 356-2019",
            "day mean by flow over valid hours, at least 75 %",
            "flow-weighted day mean against the limit",
            "half to even to the decimals of the factor, once (GB/T 8170)",
        ));
        let judged = Judged::new(outcome, basis, inputs).told(self.is_told.then_some(told));
        judgements.insert((VerdictKind::Day, day.start()), judged);
        Ok(())
    }

    /// The mean of a day by flow; of the hours alone where no flow is measured.
    fn water_mean(
        &self,
        records: &[Record],
        code: &str,
        inputs: &mut Inputs,
        told: &mut Explanation,
    ) -> Result<Option<Decimal>, StandardError> {
        let has_flow = self.point.factor(FLOW).is_some() && code != PH;
        let mut readings = Vec::new();
        for record in records {
            let Some(read) = read(record, code, &Field::Avg) else {
                continue;
            };
            let mut read = read.into_unit(self.point, Unit::Any);
            let flow = if has_flow {
                self::read(record, FLOW, &Field::Avg)
                    .and_then(|flow| flow.value.ok())
                    .filter(|flow| *flow > 0)
            } else {
                Some(Decimal::ONE)
            };
            if read.value.is_ok() && flow.is_none() {
                read.value = Err(LeftOut::NoFlow);
            }
            if code == PH && read.value.is_ok_and(|value| value > 14) {
                read.value = Err(LeftOut::OutOfRange);
            }
            inputs.take(record.time, &read);
            if let (Ok(value), Some(flow)) = (read.value, flow) {
                // the weight is an input too
                if has_flow {
                    inputs.weigh(flow);
                }
                readings.push((value, flow));
            }
        }
        let mean = compute_flow_weighted_mean(&readings, 24)?;
        let have = readings.len();
        let Validity::Valid(mean) = mean.value else {
            told.push(
                format!(
                    "{code}：有效小时 {have} 个，少于应有 24 个的 75%，不评价（HJ 356-2019）。"
                ),
                format!(
                    "{code}: {have} valid hours, fewer than 75 % of 24: not judged (HJ 356-2019)."
                ),
            );
            return Ok(None);
        };
        let places = self.point.factor(code).map_or(2, |factor| factor.decimals);
        let rounded = if code == PH {
            let values: Vec<Decimal> = readings.iter().map(|(value, _)| *value).collect();
            compute_mean_ph(&values, places)?
        } else {
            mean.rounded(Rounding::HalfEven { places })?
        };
        tell_mean(told, code, have, mean, rounded, has_flow);
        Ok(Some(rounded))
    }
}

fn tell_mean(
    told: &mut Explanation,
    code: &str,
    have: usize,
    mean: Fraction,
    rounded: Decimal,
    has_flow: bool,
) {
    let (zh, en) = match (code == PH, has_flow) {
        (true, _) => ("按氢离子活度平均", "mean by hydrogen-ion activity"),
        (false, true) => ("按流量加权 Σ(C×Q)÷ΣQ", "by flow, Σ(C×Q) ÷ ΣQ,"),
        (false, false) => ("算术平均（无流量）", "arithmetic mean (no flow measured)"),
    };
    let exact = mean
        .rounded(Rounding::Truncate { places: 6 })
        .map_or_else(|_| String::new(), |value| value.normalized().to_string());
    told.push(
        format!("{code}：{have} 个有效小时{zh} {exact}，修约为 {rounded}。"),
        format!("{code}: {have} valid hours, {en} {exact}, rounded to {rounded}."),
    );
}
