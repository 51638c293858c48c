//! What a task owes and how it stands on a day: pure functions.

use beijing_time::CivilDate;
use city_plan::{Meaning, Recurrence, Task, TaskMeasure};
use exact_decimal::{Decimal, Rounding};

use crate::model::{DuePeriod, ReportState, Stage, Status, TaskReport, TaskState, Work};

/// A deadline that is so many days away, or fewer, is near.
const NEAR_DAYS: i32 = 60;
/// A report that is so many days old, or older, says nothing any more.
const STALE_DAYS: i32 = 183;

/// What a task owes by a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Period {
    /// The first day.
    pub from: CivilDate,
    /// The last day.
    pub due_on: CivilDate,
}

fn day(year: i32, month: u8, of_month: u8) -> CivilDate {
    let year = i16::try_from(year).unwrap_or(i16::MAX);
    let (month, of_month) = (month.cast_signed(), of_month.cast_signed());
    // the plan's reader has checked days; a damaged one falls back to the year's first
    CivilDate::new(year, month, of_month)
        .or_else(|_no_such_day| CivilDate::new(year.clamp(1, 9999), 1, 1))
        .unwrap_or_else(|_never| beijing_time::Timestamp::from_epoch_ms(0).civil().date())
}

/// The periods of a task in the years of its plan, in their order; at least one.
pub fn periods_of(task: &Task, (first_year, last_year): (i32, i32)) -> Vec<Period> {
    let end = task.due.map_or_else(
        || day(last_year, 12, 31),
        |due| day(due.year, due.month, due.day),
    );
    let begin = day(first_year, 1, 1).min(end);
    let whole = vec![Period {
        from: begin,
        due_on: end,
    }];
    let ends: &[(u8, u8, u8)] = match task.recurrence {
        None => return whole,
        Some(Recurrence::HalfYearly) => &[(1, 6, 30), (7, 12, 31)],
        // what goes on all the time is told once a year
        Some(Recurrence::Yearly | Recurrence::Daily | Recurrence::Continuous) => &[(1, 12, 31)],
    };
    let mut periods = Vec::new();
    for year in first_year..=last_year {
        for (month, last_month, last_day) in ends {
            let period = Period {
                from: day(year, *month, 1),
                due_on: day(year, *last_month, *last_day).min(end),
            };
            if period.from <= end {
                periods.push(period);
            }
        }
    }
    if periods.is_empty() { whole } else { periods }
}

/// Per cent of a measure's target that a figure reaches. Only `at least` has degrees; the other
/// measures are reached or not.
pub(crate) fn percent_of(measure: &TaskMeasure, figure: Decimal) -> u8 {
    let reached = match measure.meaning {
        Meaning::AtLeast | Meaning::ReduceBy | Meaning::Keep => figure >= measure.target,
        Meaning::AtMost | Meaning::ClassOrBetter => figure <= measure.target,
    };
    if reached {
        return 100;
    }
    let has_degrees = matches!(measure.meaning, Meaning::AtLeast | Meaning::ReduceBy);
    if !has_degrees || figure.is_negative() {
        return 0;
    }
    let share = figure.multiply_then_divide(
        Decimal::from(100_u32),
        measure.target,
        Rounding::Truncate { places: 0 },
    );
    // what is not reached is never 100
    share
        .ok()
        .and_then(|share| share.to_string().parse::<u8>().ok())
        .map_or(0, |percent| percent.min(99))
}

/// How a task stands on a day, by the reports of one region.
pub(crate) fn stand(
    (id, periods): (&str, &[Period]),
    reports: &[&TaskReport],
    work: Work,
    on: CivilDate,
) -> TaskState {
    let counted: Vec<&&TaskReport> = reports
        .iter()
        .filter(|report| report.state == ReportState::Checked && report.new.as_of <= on)
        .collect();
    let is_done = |period: &Period| {
        let mut own = counted.iter();
        own.any(|report| report.new.due_on == period.due_on && report.percent() == 100)
    };
    let done = periods.iter().filter(|period| is_done(period)).count();
    let begun = periods.iter().filter(|period| period.from <= on);
    let open = begun.clone().find(|period| !is_done(period));
    // nothing open: the period that goes on, or the last; the plan has one at least
    let fallback = begun.clone().next_back().or(periods.first());
    let period = open.or(fallback).copied().unwrap_or(Period {
        from: on,
        due_on: on,
    });
    let latest = counted
        .iter()
        .filter(|report| report.new.due_on == period.due_on)
        .max_by_key(|report| (report.new.as_of, report.reported_at));
    let last_of_all = counted.iter().map(|report| report.new.as_of).max();
    let is_whole = done == periods.len() && done > 0;
    let status = if is_whole {
        Status::Done
    } else if open.is_none() {
        Status::OnTrack
    } else if period.due_on < on {
        Status::Overdue
    } else if period.due_on <= on.plus_days(NEAR_DAYS) {
        Status::DueSoon
    } else {
        let stale = on.plus_days(-STALE_DAYS);
        let is_heard = last_of_all.is_some_and(|day| day > stale) || period.from > stale;
        if is_heard {
            Status::OnTrack
        } else {
            Status::NoReport
        }
    };
    TaskState {
        task: id.to_owned(),
        status,
        period,
        periods_done: (done, periods.len()),
        percent: latest.map_or(0, |report| report.percent()),
        reported_as_of: last_of_all,
        done_on: if is_whole { last_of_all } else { None },
        waiting: reports
            .iter()
            .filter(|report| report.state == ReportState::Reported)
            .count(),
        work,
        is_simulated: counted.iter().any(|report| report.new.is_simulated),
    }
}

/// The periods of a task whose deadline has come by a day, each with the report that counts for it: of
/// the checked ones that tell of a day until then the last, and before it the last that says it is done.
pub(crate) fn due_periods(
    periods: &[Period],
    reports: &[&TaskReport],
    on: CivilDate,
) -> Vec<DuePeriod> {
    let counting = |period: &Period| {
        let own = reports.iter().filter(|report| {
            report.state == ReportState::Checked
                && report.new.due_on == period.due_on
                && report.new.as_of <= on
        });
        own.max_by_key(|report| {
            let is_done = report.percent() == 100;
            (is_done, report.new.as_of, report.reported_at)
        })
    };
    let due = periods.iter().filter(|period| period.due_on <= on);
    due.map(|period| DuePeriod {
        period: *period,
        report: counting(period).map(|report| (*report).clone()),
    })
    .collect()
}

/// The stage of a deadline on a day: the last that has begun.
pub(crate) fn stage_on(due_on: CivilDate, on: CivilDate) -> Option<Stage> {
    Stage::ALL
        .iter()
        .copied()
        .rfind(|stage| due_on.plus_days(stage.days_after()) <= on)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::NewReport;
    use beijing_time::Timestamp;
    use city_plan::{PlanSource, read_plan};
    use uuid::Uuid;

    fn date(text: &str) -> CivilDate {
        text.parse().unwrap()
    }

    fn task(more: &str) -> Task {
        let text =
            format!("[[task]]\nid = \"a\"\nname = \"甲\"\nheading = \"一\"\ncite = []\n{more}");
        let source = PlanSource {
            name: "a.toml".to_owned(),
            text,
        };
        let (plan, findings) = read_plan(&[source]);
        assert!(findings.is_empty(), "{findings:?}");
        plan.tasks[0].item.clone()
    }

    fn report(due_on: &str, as_of: &str, percent: u8) -> TaskReport {
        TaskReport {
            new: NewReport {
                id: Uuid::nil(),
                task: "a".to_owned(),
                region: "990100".parse().unwrap(),
                due_on: date(due_on),
                as_of: date(as_of),
                percent: Some(percent),
                figure: None,
                text: "进展".to_owned(),
                is_simulated: false,
            },
            state: ReportState::Checked,
            reported_by: "user:a".to_owned(),
            reported_at: Timestamp::from_epoch_ms(0),
            decided: None,
            note: None,
            revision: 2,
        }
    }

    fn status(task: &Task, reports: &[TaskReport], on: &str) -> Status {
        let periods = periods_of(task, (2016, 2020));
        let reports: Vec<_> = reports.iter().collect();
        stand(("a", &periods), &reports, Work::default(), date(on)).status
    }

    #[test]
    fn a_task_has_one_period_or_those_of_its_recurrence() {
        let ends = |more: &str| {
            let periods = periods_of(&task(more), (2016, 2020));
            let last = periods.last().unwrap().due_on.to_string();
            (periods.len(), periods[0].due_on.to_string(), last)
        };
        let ends_of =
            |count: usize, first: &str, last: &str| (count, first.to_owned(), last.to_owned());
        assert_eq!(ends(""), ends_of(1, "2020-12-31", "2020-12-31"));
        assert_eq!(
            ends("due = \"2017-10\""),
            ends_of(1, "2017-10-31", "2017-10-31")
        );
        assert_eq!(
            ends("recurrence = \"half_yearly\""),
            ends_of(10, "2016-06-30", "2020-12-31")
        );
        assert_eq!(
            ends("recurrence = \"yearly\"\ndue = \"2018\""),
            ends_of(3, "2016-12-31", "2018-12-31")
        );
        assert_eq!(ends("recurrence = \"continuous\"").0, 5);
    }

    #[test]
    fn the_status_follows_the_written_rule_day_by_day() {
        let task = task("due = \"2017-12-31\"");
        let none: [TaskReport; 0] = [];
        assert_eq!(status(&task, &none, "2016-06-30"), Status::OnTrack);
        assert_eq!(status(&task, &none, "2016-07-02"), Status::NoReport);
        assert_eq!(status(&task, &none, "2017-10-31"), Status::NoReport);
        assert_eq!(status(&task, &none, "2017-11-01"), Status::DueSoon);
        assert_eq!(status(&task, &none, "2017-12-31"), Status::DueSoon);
        assert_eq!(status(&task, &none, "2018-01-01"), Status::Overdue);
        let half = [report("2017-12-31", "2017-01-10", 50)];
        assert_eq!(status(&task, &half, "2017-01-09"), Status::NoReport);
        assert_eq!(status(&task, &half, "2017-01-10"), Status::OnTrack);
        assert_eq!(status(&task, &half, "2017-07-12"), Status::NoReport);
        let whole = [report("2017-12-31", "2018-02-01", 100)];
        assert_eq!(status(&task, &whole, "2018-01-31"), Status::Overdue);
        assert_eq!(status(&task, &whole, "2018-02-01"), Status::Done);
        let mut waiting = whole.clone();
        waiting[0].state = ReportState::Reported;
        assert_eq!(status(&task, &waiting, "2018-02-01"), Status::Overdue);
    }

    #[test]
    fn of_a_task_that_comes_again_the_first_open_period_counts() {
        let task = task("recurrence = \"yearly\"");
        let mut reports = vec![report("2016-12-31", "2016-12-20", 100)];
        assert_eq!(status(&task, &reports, "2016-12-25"), Status::OnTrack);
        assert_eq!(status(&task, &reports, "2017-06-01"), Status::OnTrack);
        assert_eq!(status(&task, &reports, "2018-01-01"), Status::Overdue);
        for year in 2017..=2020 {
            let day = format!("{year}-12-31");
            reports.push(report(&day, &day, 100));
        }
        assert_eq!(status(&task, &reports, "2020-12-30"), Status::DueSoon);
        assert_eq!(status(&task, &reports, "2020-12-31"), Status::Done);
        let periods = periods_of(&task, (2016, 2020));
        let reports: Vec<_> = reports.iter().collect();
        let state = stand(
            ("a", &periods),
            &reports,
            Work::default(),
            date("2021-01-01"),
        );
        assert_eq!(state.periods_done, (5, 5));
        assert_eq!(state.done_on, Some(date("2020-12-31")));
    }

    #[test]
    fn a_due_period_counts_by_its_last_checked_report_until_the_day() {
        let periods = periods_of(&task("recurrence = \"yearly\""), (2016, 2020));
        let mut returned = report("2016-12-31", "2016-12-30", 90);
        returned.state = ReportState::Returned;
        let reports = [
            report("2016-12-31", "2016-06-30", 40),
            report("2016-12-31", "2016-12-01", 60),
            returned,
            report("2016-12-31", "2017-02-01", 100),
            report("2016-12-31", "2017-03-01", 80),
            report("2018-12-31", "2017-11-01", 20),
        ];
        let reports: Vec<_> = reports.iter().collect();
        let percents = |on: &str| -> Vec<Option<u8>> {
            (due_periods(&periods, &reports, date(on)).into_iter())
                .map(|due| due.report.map(|report| report.percent()))
                .collect()
        };
        assert!(percents("2016-12-30").is_empty());
        assert_eq!(percents("2016-12-31"), [Some(60)]);
        // done stays done, and nobody told of the second year
        assert_eq!(percents("2017-12-31"), [Some(100), None]);
        assert_eq!(percents("2018-12-31"), [Some(100), None, Some(20)]);
    }

    #[test]
    fn a_figure_of_the_measure_becomes_a_percentage() {
        let task = |meaning: &str| {
            task(&format!(
                "[[task.measure]]\nname = \"率\"\ntarget = \"6\"\nunit = \"个\"\nmeaning = \"{meaning}\""
            ))
        };
        for (meaning, figure, expected) in [
            ("at_least", "0", 0),
            ("at_least", "2", 33),
            ("at_least", "5.9999", 99),
            ("at_least", "6.00", 100),
            ("at_least", "-1", 0),
            ("at_most", "6", 100),
            ("at_most", "7", 0),
        ] {
            let task = task(meaning);
            let percent = percent_of(&task.measure[0], figure.parse().unwrap());
            assert_eq!(percent, expected, "{meaning} {figure}");
        }
    }

    #[test]
    fn the_last_stage_that_has_begun_is_reminded_of() {
        let due = date("2017-12-31");
        for (on, expected) in [
            ("2017-10-31", None),
            ("2017-11-01", Some(Stage::Before60)),
            ("2017-12-16", Some(Stage::Before15)),
            ("2017-12-31", Some(Stage::Before15)),
            ("2018-01-01", Some(Stage::Overdue1)),
            ("2018-01-30", Some(Stage::Overdue30)),
            ("2026-01-01", Some(Stage::Overdue90)),
        ] {
            assert_eq!(stage_on(due, date(on)), expected, "{on}");
        }
    }
}
