//! What stands in for values that do not count, step by step.

use access::{Actor, Permission};
use beijing_time::{CivilDate, Clock, DAY_MS, HOUR_MS, StatDay, Timestamp};
use database::Database;
use exact_decimal::{Decimal, Rounding};
use monitoring::layers::{Decision, Validity};
use monitoring::{Field, Layer, RecordKind, RecordReading, RecordsRequest, Value, load_records};
use sites::{DeviceDirectory, PointId};
use standards::emission::{
    choose_replacement_window, compute_capture_rate, compute_largest_day_amount,
    compute_replacement,
};
use uuid::Uuid;

use super::load_for;
use crate::MarkingError;
use crate::error::{damaged, invalid, not_found};
use crate::model::{Calculation, Marking, Substitute, SubstituteMethod};
use crate::store::sample;

/// How far back valid hours are looked for: twice the longest window of HJ 75-2017.
const BACK_DAYS: i64 = 180;
/// The qualified period before a day when nobody names its beginning.
const QUALIFIED_DAYS: i64 = 30;

/// Computes what would stand in for the values of a marking; nothing is changed.
///
/// # Errors
/// [`MarkingError::Refused`], [`MarkingError::NotFound`], [`MarkingError::Invalid`] for a factor
/// that the marking is not about.
pub async fn compute_substitute(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    id: Uuid,
    substitute: &Substitute,
) -> Result<Calculation, MarkingError> {
    let marking = load_for(database, actor, Permission::ReviewData, id).await?;
    find_substitute(database, directory, clock, actor, (&marking, substitute)).await
}

pub(crate) async fn find_substitute(
    database: &Database,
    directory: &DeviceDirectory,
    clock: &dyn Clock,
    actor: &Actor,
    (marking, substitute): (&Marking, &Substitute),
) -> Result<Calculation, MarkingError> {
    let point_id = marking.subject.point_id;
    let point = directory
        .point(PointId(point_id))
        .filter(|point| point.is_covered_by(&actor.scope))
        .ok_or_else(|| not_found("monitoring point", point_id))?;
    let code = substitute.factor_code.as_str();
    let factor = point
        .factor(code)
        .ok_or_else(|| invalid("factor_code", "the point does not measure this"))?;
    let is_about = marking
        .subject
        .factor_code
        .as_deref()
        .is_none_or(|of| of == code);
    if !is_about {
        return Err(invalid(
            "factor_code",
            "the marking is about another factor",
        ));
    }
    let mut found = Calculation {
        factor_code: code.to_owned(),
        method: substitute.method.as_str(),
        kind: RecordKind::Hour,
        from: marking.subject.from,
        to: marking.subject.to,
        decision: Decision::AmountReplaced,
        value: None,
        unit: "kg".to_owned(),
        basis: "HJ 75-2017",
        is_to_be_verified: true,
        steps: Vec::new(),
    };
    match &substitute.method {
        SubstituteMethod::LargestHours => {
            let hours = Hours {
                database,
                directory,
                actor,
                point_id,
                now: clock.now(),
            };
            hours.find_largest(&mut found).await?;
        }
        SubstituteMethod::LargestDay(since) => {
            found.basis = "HJ 356-2019";
            let hours = Hours {
                database,
                directory,
                actor,
                point_id,
                now: clock.now(),
            };
            hours.find_largest_day(&mut found, *since).await?;
        }
        SubstituteMethod::ManualSamples => {
            found.decision = Decision::Replaced;
            found.unit.clone_from(&factor.unit);
            found.basis = "自动监控设施运行管理办法 (2008), article 15; HJ 75-2017; HJ 356-2019";
            take_samples(database, &mut found, (point_id, factor.decimals)).await?;
        }
        SubstituteMethod::Stated(value) => {
            found.decision = Decision::Replaced;
            found.unit.clone_from(&factor.unit);
            found.basis = "";
            found.is_to_be_verified = false;
            found.value = Some(*value);
            found.say(
                format!("审核人指定替代值 {value} {}", found.unit),
                format!("The reviewer names {value} {}", found.unit),
            );
        }
    }
    Ok(found)
}

impl Calculation {
    fn say(&mut self, chinese: String, english: String) {
        self.steps.push((chinese, english));
    }
}

/// The calculation as it is kept beside the review.
pub(crate) fn write_calculation(found: &Calculation) -> String {
    let steps: Vec<_> = found
        .steps
        .iter()
        .map(|(zh, en)| serde_json::json!({ "zh": zh, "en": en }))
        .collect();
    serde_json::json!({
        "factor_code": found.factor_code,
        "method": found.method,
        "kind": found.kind.as_str(),
        "from": found.from.to_string(),
        "to": found.to.to_string(),
        "decision": found.decision.as_str(),
        "value": found.value.map(|value| value.to_string()),
        "unit": found.unit,
        "basis": found.basis,
        "is_to_be_verified": found.is_to_be_verified,
        "steps": steps,
    })
    .to_string()
}

/// What an hour or a day of a factor is for the substitution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Held {
    Valid,
    Invalid,
    Stopped,
}

fn judge(won: &RecordReading) -> Held {
    let flag = won.reading.flag.as_deref().unwrap_or("N");
    let is_number = won
        .reading
        .main_value()
        .is_some_and(|(_, value)| value.decimal().is_some());
    match won.validity {
        Some(Validity::Invalid) if won.mark.is_some_and(monitoring::layers::Mark::excuses) => {
            Held::Stopped
        }
        Some(Validity::Invalid | Validity::AmountReplaced) => Held::Invalid,
        Some(Validity::Replaced) => Held::Valid,
        Some(Validity::Received) | None => match flag {
            "F" => Held::Stopped,
            "N" if is_number => Held::Valid,
            _ => Held::Invalid,
        },
    }
}

fn amount(won: &RecordReading) -> Option<Decimal> {
    won.reading.value(&Field::Cou).and_then(Value::decimal)
}

fn quarter_of(at: Timestamp) -> Result<(Timestamp, Timestamp), MarkingError> {
    let date = at.civil().date();
    let first = (date.month() - 1) / 3 * 3 + 1;
    let start = CivilDate::new(date.year(), first, 1)
        .map_err(|error| damaged("time", error))?
        .midnight();
    let end = start.stat_month().plus(3).start();
    Ok((start, end))
}

struct Hours<'a> {
    database: &'a Database,
    directory: &'a DeviceDirectory,
    actor: &'a Actor,
    point_id: i64,
    now: Timestamp,
}

impl Hours<'_> {
    async fn load(
        &self,
        kind: RecordKind,
        code: &str,
        (from, to): (Timestamp, Timestamp),
    ) -> Result<Vec<(Timestamp, RecordReading)>, MarkingError> {
        let request = RecordsRequest {
            layer: Layer::Effective,
            ..RecordsRequest::new(self.point_id, kind, from, to)
        };
        let records = load_records(self.database, self.directory, self.actor, request).await?;
        Ok(records
            .into_iter()
            .filter_map(|record| {
                let time = record.time;
                let mut readings = record.readings.into_iter();
                readings
                    .find(|won| &*won.reading.code == code)
                    .map(|won| (time, won))
            })
            .collect())
    }

    /// HJ 75-2017: 有效数据捕集率 of the quarter chooses the window, whose largest amount stands in.
    async fn find_largest(&self, found: &mut Calculation) -> Result<(), MarkingError> {
        let (from, to) = (found.from.stat_hour().start(), found.to);
        let (start, end) = quarter_of(from)?;
        let end = end.min(self.now.stat_hour().start());
        let code = found.factor_code.clone();
        let hours = u32::try_from(end.ms_since(start) / HOUR_MS).unwrap_or(0);
        let held = self.load(RecordKind::Hour, &code, (start, end)).await?;
        let count = |wanted: Held| {
            let of = held.iter().filter(|(time, won)| {
                let is_marked = from <= *time && *time < to;
                !is_marked && judge(won) == wanted
            });
            u32::try_from(of.count()).unwrap_or(u32::MAX)
        };
        let (valid, stopped) = (count(Held::Valid), count(Held::Stopped));
        let invalid = hours.saturating_sub(valid).saturating_sub(stopped);
        let rate = compute_capture_rate(hours, invalid, stopped)?;
        let Some(rate) = rate.map(|rate| rate.value) else {
            found.say(
                format!("本季度 {hours} 小时均为停运，无需替代"),
                format!("All {hours} hours of the quarter stood still: nothing to replace"),
            );
            return Ok(());
        };
        found.say(
            format!(
                "季度有效数据捕集率 = ({hours} − {invalid} − {stopped}) ÷ ({hours} − {stopped}) × 100 \
                 = {rate}%（季度小时数 {hours}，无效 {invalid}，停运 {stopped}）"
            ),
            format!(
                "Capture rate of the quarter = ({hours} − {invalid} − {stopped}) ÷ ({hours} − \
                 {stopped}) × 100 = {rate}% ({hours} hours, {invalid} invalid, {stopped} stopped)"
            ),
        );
        let gap = u32::try_from((to.ms_since(from) + HOUR_MS - 1) / HOUR_MS).unwrap_or(u32::MAX);
        let Some(window) = choose_replacement_window(rate, gap) else {
            found.say(
                format!("捕集率 {rate}% 低于 75%，本季度数据整体无效，不适用最大值替代"),
                format!(
                    "The capture rate of {rate}% is below 75%: the quarter itself is not valid and \
                     no largest value stands in"
                ),
            );
            return Ok(());
        };
        let most = window.hours();
        found.say(
            format!("失效 {gap} 小时，取之前最近 {most} 个有效小时的排放量最大值"),
            format!("{gap} hours are lost: the largest emission of the {most} valid hours before"),
        );
        let back = (from.plus_ms(-BACK_DAYS * DAY_MS), from);
        let before: Vec<Decimal> = self
            .load(RecordKind::Hour, &code, back)
            .await?
            .iter()
            .filter(|(_, won)| judge(won) == Held::Valid)
            .filter_map(|(_, won)| amount(won))
            .collect();
        let used = before.len().min(most);
        found.value = compute_replacement(&before, window).map(|largest| largest.value);
        found.say_largest(used, "有效小时", "valid hours");
        Ok(())
    }

    /// HJ 356-2019: 以上一合格时段内有效日排放量的最大值替代.
    async fn find_largest_day(
        &self,
        found: &mut Calculation,
        since: Option<Timestamp>,
    ) -> Result<(), MarkingError> {
        let first = found.from.stat_day();
        let last = StatDay::containing(found.to.plus_ms(-1));
        (found.kind, found.from, found.to) = (RecordKind::Day, first.start(), last.end());
        let start = since.map_or_else(|| first.plus(-QUALIFIED_DAYS), StatDay::containing);
        if start >= first || first.number() - start.number() > 400 {
            return Err(invalid("since", "lies at most 400 days before the marking"));
        }
        found.say(
            format!("合格时段：{} 至 {}", start.date(), first.plus(-1).date()),
            format!(
                "Qualified period: {} to {}",
                start.date(),
                first.plus(-1).date()
            ),
        );
        let code = found.factor_code.clone();
        let span = (start.start(), first.start());
        let days: Vec<Decimal> = self
            .load(RecordKind::Day, &code, span)
            .await?
            .iter()
            .filter(|(_, won)| judge(won) == Held::Valid)
            .filter_map(|(_, won)| amount(won))
            .collect();
        found.value = compute_largest_day_amount(&days).map(|largest| largest.value);
        found.say_largest(days.len(), "有效日", "valid days");
        Ok(())
    }
}

impl Calculation {
    fn say_largest(&mut self, used: usize, of_zh: &str, of_en: &str) {
        match self.value {
            Some(value) => self.say(
                format!("{used} 个{of_zh}中最大排放量 = {value} kg；浓度不替代"),
                format!("Largest of {used} {of_en} = {value} kg; concentrations are not replaced"),
            ),
            None => self.say(
                format!("之前没有带排放量（Cou）的{of_zh}，无法替代"),
                format!("There are no {of_en} with an amount (Cou) before: nothing stands in"),
            ),
        }
    }
}

async fn take_samples(
    database: &Database,
    found: &mut Calculation,
    (point_id, places): (i64, u32),
) -> Result<(), MarkingError> {
    let span = (found.from, found.to);
    let samples = sample::list_standing(database, point_id, span).await?;
    let mut sum = Decimal::default();
    let mut texts = Vec::new();
    for one in samples
        .iter()
        .filter(|one| one.new.factor_code == found.factor_code)
    {
        let value: Decimal = one
            .new
            .value
            .parse()
            .map_err(|error| damaged("sample", error))?;
        sum = sum
            .checked_add(value)
            .map_err(standards::StandardError::from)?;
        texts.push(one.new.value.as_str());
    }
    let count = texts.len();
    if count == 0 {
        found.say(
            "该时段没有手工监测数据，无法替代".to_owned(),
            "There is no manual sample in this time: nothing stands in".to_owned(),
        );
        return Ok(());
    }
    let rounding = Rounding::HalfEven { places };
    let divisor = Decimal::from(i64::try_from(count).unwrap_or(i64::MAX));
    let mean = sum
        .multiply_then_divide(Decimal::from(1), divisor, rounding)
        .map_err(standards::StandardError::from)?;
    let (listed, unit) = (texts.join(" + "), found.unit.clone());
    found.say(
        format!("{count} 次手工监测均值 = ({listed}) ÷ {count} = {mean} {unit}（修约至 {places} 位小数）"),
        format!(
            "Mean of {count} manual samples = ({listed}) ÷ {count} = {mean} {unit} (rounded half \
             to even to {places} places)"
        ),
    );
    found.value = Some(mean);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_ends_where_the_next_begins() {
        let of = |text: &str| {
            let (start, end) = quarter_of(text.parse().unwrap()).unwrap();
            (start.to_string(), end.to_string())
        };
        let expected = |from: &str, to: &str| {
            let text = |day: &str| {
                format!("{day}T00:00:00+08:00")
                    .parse::<Timestamp>()
                    .unwrap()
            };
            (text(from).to_string(), text(to).to_string())
        };
        assert_eq!(
            of("2026-11-26T10:00:00+08:00"),
            expected("2026-10-01", "2027-01-01")
        );
        assert_eq!(
            of("2026-01-01T00:00:00+08:00"),
            expected("2026-01-01", "2026-04-01")
        );
        assert_eq!(
            of("2026-06-30T23:59:59+08:00"),
            expected("2026-04-01", "2026-07-01")
        );
    }
}
