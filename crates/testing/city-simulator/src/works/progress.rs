//! Reports on the plan's tasks as the years went by: most done in time, some late, a few never.

use std::path::Path;

use anyhow::{Context, Result};
use beijing_time::CivilDate;
use city_plan::Task;
use tasks::{Period, periods_of};

use super::Works;
use crate::city::City;
use crate::noise::Noise;
use crate::register::open;

/// One in so many tasks with a single deadline is never done.
const NEVER: u64 = 14;
/// Of a hundred periods of a task that comes again, so many are done in time.
const KEPT: u64 = 96;

pub(super) fn write(works: &Works, city: &City, folder: &Path) -> Result<()> {
    let header = works.plan.header.as_ref().context("the plan's years")?;
    let years = (header.first_year, header.last_year);
    let mut reports = open(
        folder,
        "reports.csv",
        &[
            "task",
            "region_code",
            "due_on",
            "as_of",
            "percent",
            "text",
            "is_simulated",
        ],
    )?;
    let mut goals = open(folder, "goals.csv", &["task", "year", "percent", "goal"])?;
    for task in &works.plan.tasks {
        let id = task.id.get_ref().as_str();
        let noise = Noise::new(city.seed, &format!("task {id}"));
        let periods = periods_of(task, years);
        for (year, percent, goal) in breakdown(task, &periods, years) {
            goals.write_record([id, &year.to_string(), &percent.to_string(), &goal])?;
        }
        for (due_on, as_of, percent, text) in progress(noise, &periods)? {
            reports.write_record([
                id,
                header.region.as_str(),
                &due_on.to_string(),
                &as_of.to_string(),
                &percent.to_string(),
                &text,
                "是",
            ])?;
        }
    }
    reports.flush()?;
    goals.flush()?;
    Ok(())
}

/// A yearly breakdown: even steps to the deadline; a task that comes again is due each year.
fn breakdown(task: &Task, periods: &[Period], (first, last): (i32, i32)) -> Vec<(i32, u8, String)> {
    let end = periods
        .last()
        .map_or(last, |period| i32::from(period.due_on.year()));
    let count = (end - first + 1).max(1);
    (first..=end)
        .map(|year| {
            let share = if task.recurrence.is_some() {
                100
            } else {
                u8::try_from((year - first + 1) * 100 / count).unwrap_or(100)
            };
            let goal = if share == 100 {
                "模拟：全部完成并通过核查".to_owned()
            } else {
                format!("模拟：累计完成 {share}%")
            };
            (year, share, goal)
        })
        .collect()
}

type Report = (CivilDate, CivilDate, u8, String);

fn said(due_on: CivilDate, as_of: CivilDate, percent: u8) -> Report {
    let text = match percent {
        100 => "模拟：已完成，资料已归档",
        0..=20 => "模拟：已制定实施方案，开展摸底",
        21..=60 => "模拟：按计划推进",
        _ => "模拟：主体工作完成，正在收尾",
    };
    (due_on, as_of, percent, text.to_owned())
}

fn progress(noise: Noise, periods: &[Period]) -> Result<Vec<Report>> {
    if let [only] = periods {
        return single(noise, *only);
    }
    let mut reports = Vec::new();
    for (index, period) in (0_i64..).zip(periods) {
        let is_kept = noise.number(index) % 100 < KEPT;
        let late = i32::try_from(noise.number(100 + index) % 25)?;
        let percent = if is_kept { 100 } else { 70 };
        let as_of = period
            .due_on
            .plus_days(if is_kept { -late } else { 12 + late });
        reports.push(said(period.due_on, as_of, percent));
        if !is_kept && !noise.number(200 + index).is_multiple_of(5) {
            // made up for later
            let as_of = period.due_on.plus_days(70 + late);
            reports.push(said(period.due_on, as_of, 100));
        }
    }
    Ok(reports)
}

/// Half-yearly progress until the task is done, or until it does not move any more.
fn single(noise: Noise, period: Period) -> Result<Vec<Report>> {
    let is_never = noise.number(1).is_multiple_of(NEVER);
    let shift = i32::try_from(noise.number(2) % 230)? - 150;
    let done_on = period.due_on.plus_days(shift);
    let whole = done_on.midnight().ms_since(period.from.midnight()).max(1);
    let most = if is_never {
        45 + i64::try_from(noise.number(3) % 40)?
    } else {
        97
    };
    let mut reports = Vec::new();
    let mut day = period
        .from
        .plus_days(170 + i32::try_from(noise.number(4) % 15)?);
    while day < done_on {
        let share = day.midnight().ms_since(period.from.midnight()) * 100 / whole;
        let percent = u8::try_from((share / 5 * 5).clamp(5, most))?;
        reports.push(said(period.due_on, day, percent));
        day = day.plus_days(182);
    }
    if !is_never {
        reports.push(said(period.due_on, done_on, 100));
    }
    Ok(reports)
}
