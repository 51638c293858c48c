//! How a simulated project lives: its steps, milestones and money, drawn from its own noise.

use anyhow::Result;
use beijing_time::CivilDate;

use crate::noise::Noise;

/// How far a project comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum End {
    Reserve,
    Approved,
    Going,
    Built,
    Accepted,
    Removed,
}

/// What one project does; amounts in fen.
#[derive(Debug, Default)]
pub(super) struct Life {
    pub(super) years: (i32, i32),
    pub(super) steps: Vec<(&'static str, CivilDate, String, &'static str)>,
    pub(super) milestones: Vec<(&'static str, CivilDate, Option<CivilDate>)>,
    pub(super) funds: Vec<Money>,
}

/// Money of one source and year, in fen.
#[derive(Debug, Clone)]
pub(super) struct Money {
    pub(super) source: &'static str,
    pub(super) year: i32,
    pub(super) planned: i64,
    pub(super) arrived: i64,
    pub(super) paid: i64,
}

/// A hundred yuan: money is planned in whole hundreds, the last row has the rest.
const HUNDRED_YUAN: i64 = 10_000;
/// One in so many projects under way has paid more than it got.
const OVERPAID: u64 = 6;

pub(super) fn draw_end(noise: Noise) -> End {
    match noise.number(1) % 100 {
        0..5 => End::Reserve,
        5..12 => End::Approved,
        12..26 => End::Going,
        26..40 => End::Built,
        _ => End::Accepted,
    }
}

fn between(noise: Noise, index: i64, (low, high): (i64, i64)) -> i64 {
    let span = u64::try_from(high - low + 1).unwrap_or(1);
    low + i64::try_from(noise.number(index) % span).unwrap_or(0)
}

fn days(noise: Noise, index: i64, (low, high): (i64, i64)) -> i32 {
    i32::try_from(between(noise, index, (low, high))).unwrap_or(0)
}

/// Draws a life within the years of the plan.
pub(super) fn draw(
    noise: Noise,
    (first, last): (i32, i32),
    (end, planned): (End, i64),
    sources: &[&'static str],
) -> Result<Life> {
    let begin = match end {
        End::Reserve | End::Approved => last - 1,
        End::Going => first + i32::try_from(between(noise, 2, (2, 3)))?,
        _ => first + i32::try_from(between(noise, 2, (0, 2)))?,
    };
    let finish = (begin + i32::try_from(between(noise, 3, (1, 2)))?).min(last);
    let mut life = Life {
        years: (begin, finish),
        ..Life::default()
    };
    let approved = CivilDate::new(i16::try_from(begin)?, 1, 5)?.plus_days(days(noise, 4, (0, 150)));
    let started = approved.plus_days(days(noise, 5, (25, 120)));
    let finish_day =
        CivilDate::new(i16::try_from(finish)?, 9, 1)?.plus_days(days(noise, 6, (0, 110)));
    let half =
        i32::try_from((finish_day.midnight().ms_since(started.midnight()) / 2) / 86_400_000)?;
    let middle = started.plus_days(half);
    if end == End::Removed {
        let document = format!("模拟发改〔{begin}〕{}号", between(noise, 7, (11, 480)));
        life.steps = vec![
            ("approved", approved, document, ""),
            (
                "removed",
                approved.plus_days(days(noise, 8, (60, 300))),
                format!("模拟环〔{begin}〕{}号", between(noise, 9, (5, 90))),
                "选址与规划不符，无法实施，调出项目库",
            ),
        ];
        life.funds = plan_money(noise, &life, planned, sources);
        return Ok(life);
    }
    let late = days(noise, 10, (-10, 25));
    life.milestones = vec![
        ("开工", started, None),
        ("主体工程完工", middle, None),
        ("竣工", finish_day, None),
    ];
    let reached = match end {
        End::Built | End::Accepted => 3,
        End::Going => 2,
        _ => 0,
    };
    for (_, day, actual) in life.milestones.iter_mut().take(reached) {
        *actual = Some(day.plus_days(if *day == started { 0 } else { late }));
    }
    let document = format!("模拟发改〔{begin}〕{}号", between(noise, 7, (11, 480)));
    let accepted = finish_day.plus_days(45 + days(noise, 11, (0, 120)));
    let steps = [
        (End::Approved, "approved", approved, document),
        (End::Going, "under_construction", started, String::new()),
        (
            End::Built,
            "built",
            finish_day.plus_days(late.max(0) + 12),
            String::new(),
        ),
        (
            End::Accepted,
            "accepted",
            accepted,
            format!(
                "模拟环验〔{}〕{}号",
                accepted.year(),
                between(noise, 12, (3, 200))
            ),
        ),
    ];
    life.steps = steps
        .into_iter()
        .filter(|(least, ..)| *least <= end)
        .map(|(_, to, on, document)| (to, on, document, ""))
        .collect();
    if end > End::Reserve {
        life.funds = plan_money(noise, &life, planned, sources);
        spend(noise, end, &mut life.funds);
    }
    Ok(life)
}

/// The planned money by source and year: whole hundreds of yuan, the last row has the rest.
fn plan_money(noise: Noise, life: &Life, planned: i64, sources: &[&'static str]) -> Vec<Money> {
    let count = 1 + usize::try_from(noise.number(20) % 3)
        .unwrap_or(0)
        .min(sources.len() - 1);
    let offset = usize::try_from(noise.number(21) % 7).unwrap_or(0);
    let mut rows = Vec::new();
    for year in life.years.0..=life.years.1 {
        for index in 0..count {
            if let Some(source) = sources.get((offset + index) % sources.len()) {
                rows.push((*source, year));
            }
        }
    }
    rows.dedup();
    let total = i64::try_from(rows.len()).unwrap_or(1).max(1);
    let mut left = planned;
    let mut funds = Vec::new();
    for (index, (source, year)) in (0_i64..).zip(rows) {
        let rest = total - index;
        let share = if rest == 1 {
            left
        } else {
            let even = left / rest;
            let weighted = even * between(noise, 30 + index, (60, 130)) / 100;
            (weighted / HUNDRED_YUAN * HUNDRED_YUAN).min(left)
        };
        left -= share;
        funds.push(Money {
            source,
            year,
            planned: share,
            arrived: 0,
            paid: 0,
        });
    }
    funds
}

/// What came and what was paid.
fn spend(noise: Noise, end: End, funds: &mut [Money]) {
    let whole = |amount: i64, percent: i64| amount * percent / 100 / HUNDRED_YUAN * HUNDRED_YUAN;
    let is_overpaid = end == End::Going && noise.number(40).is_multiple_of(OVERPAID);
    for (index, fund) in (50_i64..).zip(funds.iter_mut()) {
        let (come, paid) = match end {
            End::Accepted => (between(noise, index, (97, 100)), 100),
            End::Built => (
                between(noise, index, (88, 100)),
                between(noise, index + 50, (82, 97)),
            ),
            End::Going => (
                between(noise, index, (45, 80)),
                between(noise, index + 50, (50, 90)),
            ),
            _ => (between(noise, index, (0, 20)), 0),
        };
        fund.arrived = if come == 100 {
            fund.planned
        } else {
            whole(fund.planned, come)
        };
        fund.paid = if paid == 100 {
            fund.arrived
        } else {
            whole(fund.arrived, paid)
        };
    }
    if is_overpaid && let Some(last) = funds.last_mut() {
        last.paid = last.arrived + whole(last.planned, 6).max(HUNDRED_YUAN);
    }
}
