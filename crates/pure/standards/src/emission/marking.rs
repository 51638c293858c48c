//! The marking of automatic data by enterprises: its codes, its deadlines, and the manual samples
//! that are owed while a monitor is out of order.

use beijing_time::{CivilDate, HOUR_MS, StatDay, Timestamp};
use exact_decimal::Decimal;

use crate::based::{NO_NUMBER, Rule};
use crate::time_limits::{Deadline, compute_deadline};
use crate::{Based, Confidence, Parameters, StandardError};

/// 无有效日均值时排放量的替代 (HJ 356-2019).
const DAY_AMOUNT: Rule = Rule {
    edition: "HJ 356-2019",
    clause: "数据无效时段的处理",
    method: "largest emission of the valid days before",
    parameters: "HJ 356-2019: the last qualified period",
    confidence: Confidence::MemoryHigh,
    rounding: NO_NUMBER,
};

const CODES: &str = "marking-codes";
/// 间隔不得超过 6 小时 (自动监控设施运行管理办法 2008, article 15).
const LONGEST_GAP_MS: i64 = 6 * HOUR_MS;

/// What an enterprise may say of its own values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkingCode {
    /// The stable word.
    pub code: String,
    /// In Chinese.
    pub name_zh: String,
    /// In English.
    pub name_en: String,
    /// The media it is said of, such as `waste_gas`; `any` for every monitor.
    pub media: Vec<String>,
    /// Whether nothing is due while it is so, once it is accepted.
    pub is_not_due: bool,
    /// Whether manual samples are owed while it is so.
    pub owes_samples: bool,
    /// Whether it is to be shown by a photograph or a document.
    pub needs_file: bool,
    /// The flag of HJ 212 that a device would have set.
    pub flag: Option<String>,
    /// Where it stands.
    pub basis: String,
    /// How sure that is.
    pub confidence: Confidence,
}

impl MarkingCode {
    /// Whether it is said of points of a medium.
    pub fn is_for(&self, medium: &str) -> bool {
        self.media.iter().any(|of| of == "any" || of == medium)
    }
}

/// The codes in force on a day, in the order of the rule.
///
/// # Errors
/// [`StandardError::NotInForce`] before the rule, [`StandardError::BadCell`].
pub fn list_marking_codes(
    parameters: &Parameters,
    date: CivilDate,
) -> Result<Vec<MarkingCode>, StandardError> {
    let version = parameters.load_version(CODES, date)?;
    let rows = version.rows.iter();
    rows.map(|row| {
        let says = |column| Ok::<_, StandardError>(row.load_text(column)? == "yes");
        Ok(MarkingCode {
            code: row.key.clone(),
            name_zh: row.load_text("name_zh")?.to_owned(),
            name_en: row.load_text("name_en")?.to_owned(),
            media: row.load_texts("media")?.to_vec(),
            is_not_due: says("not_due")?,
            owes_samples: says("owes_samples")?,
            needs_file: says("needs_file")?,
            flag: row.find_text("flag").map(str::to_owned),
            basis: version.citation(),
            confidence: row.confidence,
        })
    })
    .collect()
}

/// Until when values are to be marked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkingDeadlines {
    /// The last day on which a marking is in time.
    pub in_time: Deadline,
    /// The last day on which a late marking is taken, and shown as late.
    pub close: Deadline,
}

/// Until when values of a period that ended on `last_day` are to be marked.
///
/// # Errors
/// [`StandardError::NoRow`] when the calendar of the year is not among the parameters.
pub fn compute_marking_deadlines(
    parameters: &Parameters,
    last_day: CivilDate,
) -> Result<MarkingDeadlines, StandardError> {
    Ok(MarkingDeadlines {
        in_time: compute_deadline(parameters, "marking.mark", last_day)?,
        close: compute_deadline(parameters, "marking.close", last_day)?,
    })
}

/// Until when the bureau reviews a marking made on a day.
///
/// # Errors
/// As [`compute_marking_deadlines`].
pub fn compute_review_deadline(
    parameters: &Parameters,
    made_on: CivilDate,
) -> Result<Deadline, StandardError> {
    compute_deadline(parameters, "marking.review", made_on)
}

/// What is missing of the manual samples of one day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SampleShortfall {
    /// The day.
    pub day: StatDay,
    /// The part of the day in which samples are owed.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// How many are owed at least.
    pub owed: u32,
    /// How many there are.
    pub taken: u32,
    /// What lies in the day of times of more than six hours without any, where the sixth hour ends in
    /// it or before.
    pub gaps: Vec<(Timestamp, Timestamp)>,
}

impl SampleShortfall {
    /// Whether the day has what is owed.
    pub fn is_met(&self) -> bool {
        self.taken >= self.owed && self.gaps.is_empty()
    }
}

/// How many samples a part of a day owes: four for a whole day (每天不少于 4 次), one for each six
/// hours begun of a part of it. The article speaks of whole days only; the reading of parts of days
/// is ours, to be verified.
pub fn owed_samples(from: Timestamp, to: Timestamp) -> u32 {
    let length = to.ms_since(from).max(0);
    u32::try_from((length + LONGEST_GAP_MS - 1) / LONGEST_GAP_MS).unwrap_or(u32::MAX)
}

/// Each day of `from..to`, in which manual samples are owed, with what it has: at least four a day
/// and no more than six hours between two (自动监控设施运行管理办法 2008, article 15). The beginning and
/// the end of the time count as samples for the gaps. `sampled` is rising.
pub fn find_sample_shortfalls(
    from: Timestamp,
    to: Timestamp,
    sampled: &[Timestamp],
) -> Vec<SampleShortfall> {
    let mut days = Vec::new();
    let mut start = from;
    while start < to {
        let day = start.stat_day();
        let end = day.end().min(to);
        let of_day = |at: &&Timestamp| start <= **at && **at < end;
        let taken = sampled.iter().filter(of_day).count();
        days.push(SampleShortfall {
            day,
            from: start,
            to: end,
            owed: owed_samples(start, end),
            taken: u32::try_from(taken).unwrap_or(u32::MAX),
            gaps: Vec::new(),
        });
        start = end;
    }
    let within = sampled.iter().filter(|at| from <= **at && **at < to);
    let mut times = vec![from];
    times.extend(within);
    times.push(to);
    for (first, second) in times.iter().zip(times.iter().skip(1)) {
        if second.ms_since(*first) > LONGEST_GAP_MS {
            // a day is to blame for what lies beyond the sixth hour
            let overdue = first.plus_ms(LONGEST_GAP_MS);
            let touched = days
                .iter_mut()
                .filter(|day| day.from < *second && overdue < day.to);
            for day in touched {
                let gap = ((*first).max(day.from), (*second).min(day.to));
                day.gaps.push(gap);
            }
        }
    }
    days
}

/// What stands in for the emission of a day without a valid mean: the largest day's emission among
/// the valid days of the last qualified period (HJ 356-2019; to be verified). Concentration and flow
/// are not replaced. None without a valid day.
pub fn compute_largest_day_amount(valid_days: &[Decimal]) -> Option<Based<Decimal>> {
    let largest = valid_days.iter().copied().max()?;
    Some(DAY_AMOUNT.based(largest, &[("valid days", &valid_days.len())]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn date(text: &str) -> CivilDate {
        text.parse().unwrap()
    }

    #[test]
    fn the_deadline_counts_working_days_over_a_holiday() {
        let parameters = Parameters::shipped().unwrap();
        // Wednesday before the National Day holiday of 2026 (1 to 7 October; the 10th is worked)
        let deadlines = compute_marking_deadlines(&parameters, date("2026-09-30")).unwrap();
        assert_eq!(deadlines.in_time.day, date("2026-10-10"));
        assert_eq!(deadlines.close.day, date("2026-10-30"));
        assert!(deadlines.in_time.basis.confidence.is_to_be_verified());
        let review = compute_review_deadline(&parameters, date("2026-11-26")).unwrap();
        assert_eq!(review.day, date("2026-12-03"));
        assert!(compute_marking_deadlines(&parameters, date("2031-01-01")).is_err());
    }

    #[test]
    fn each_code_says_what_follows() {
        let parameters = Parameters::shipped().unwrap();
        let codes = list_marking_codes(&parameters, date("2026-11-26")).unwrap();
        let of = |word: &str| codes.iter().find(|code| code.code == word).unwrap();
        assert!(of("stopped").is_not_due && !of("stopped").owes_samples);
        assert!(of("monitor_fault").owes_samples && of("monitor_fault").needs_file);
        assert_eq!(of("calibration").flag.as_deref(), Some("C"));
        assert!(!of("flow_interrupted").is_for("waste_gas"));
        assert!(of("flow_interrupted").is_for("waste_water") && of("other").is_for("air"));
    }

    #[test]
    fn four_samples_a_day_and_no_gap_above_six_hours() {
        let (from, to) = (
            at("2026-11-01T00:00:00+08:00"),
            at("2026-11-02T00:00:00+08:00"),
        );
        let every_six: Vec<_> = [6, 12, 18]
            .map(|hour| from.plus_ms(hour * HOUR_MS))
            .to_vec();
        let days = find_sample_shortfalls(from, to, &every_six);
        assert_eq!((days.len(), days[0].owed, days[0].taken), (1, 4, 3));
        assert!(days[0].gaps.is_empty() && !days[0].is_met());
        let four = [&[from], every_six.as_slice()].concat();
        assert!(find_sample_shortfalls(from, to, &four)[0].is_met());
        // one millisecond more than six hours is a gap
        let shifted = [from, from.plus_ms(6 * HOUR_MS + 1), four[2], four[3]];
        let days = find_sample_shortfalls(from, to, &shifted);
        assert_eq!(days[0].gaps, [(from, shifted[1])]);
    }

    #[test]
    fn parts_of_days_owe_their_part_and_gaps_run_over_midnight() {
        let from = at("2026-11-01T20:00:00+08:00");
        let to = at("2026-11-02T09:00:00+08:00");
        let days = find_sample_shortfalls(from, to, &[]);
        assert_eq!(days.len(), 2);
        assert_eq!((days[0].owed, days[1].owed), (1, 2));
        let midnight = at("2026-11-02T00:00:00+08:00");
        assert_eq!(days[0].gaps, [], "at midnight four hours have passed");
        assert_eq!(days[1].gaps, [(midnight, to)]);
        assert_eq!(find_sample_shortfalls(to, from, &[]), []);
    }
}
