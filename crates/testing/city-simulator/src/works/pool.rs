//! The pool as four tables: the plan's named projects as they are, the others made up until kinds,
//! counts and money are the plan's.

use std::path::Path;

use anyhow::{Context, Result};
use city_plan::{Investment, NamedProject};

use super::lives::{self, End, Life};
use super::names::{KindWords, of_kind};
use super::{County, Works};
use crate::city::{City, SimulatedSite};
use crate::noise::Noise;
use crate::register::open;

/// Fen of 亿元.
const HUNDRED_MILLION_PLACES: u32 = 10;
/// Fen of 万元: amounts are whole 万元 but for the last of a kind.
const TEN_THOUSAND_YUAN: i64 = 1_000_000;
/// Projects of each kind that were taken out and made up for.
const REMOVED_OF_KINDS: [(&str, usize); 4] = [
    ("water_projects", 2),
    ("waste_projects", 1),
    ("ecology_projects", 2),
    ("metal_projects", 1),
];
const SOURCES: [&str; 7] = [
    "central",
    "provincial",
    "city",
    "county",
    "enterprise",
    "loan",
    "private",
];

struct Files {
    projects: csv::Writer<std::fs::File>,
    milestones: csv::Writer<std::fs::File>,
    funds: csv::Writer<std::fs::File>,
    steps: csv::Writer<std::fs::File>,
}

pub(super) fn write(works: &Works, city: &City, folder: &Path) -> Result<()> {
    let mut files = Files {
        projects: open(
            folder,
            "projects.csv",
            &[
                "code",
                "name",
                "kind",
                "region_code",
                "owner",
                "planned",
                "first_year",
                "last_year",
                "site_code",
                "longitude",
                "latitude",
                "named",
                "task",
                "indicator",
                "note",
                "is_simulated",
            ],
        )?,
        milestones: open(
            folder,
            "milestones.csv",
            &["code", "name", "planned_on", "actual_on"],
        )?,
        funds: open(
            folder,
            "funds.csv",
            &["code", "source", "year", "planned", "arrived", "paid"],
        )?,
        steps: open(
            folder,
            "steps.csv",
            &["code", "to", "on", "document", "note"],
        )?,
    };
    for kind in &works.plan.investments {
        write_kind(works, city, &mut files, kind)?;
    }
    files.projects.flush()?;
    files.milestones.flush()?;
    files.funds.flush()?;
    files.steps.flush()?;
    Ok(())
}

fn write_kind(works: &Works, city: &City, files: &mut Files, kind: &Investment) -> Result<()> {
    let id = kind.id.get_ref().as_str();
    let named_as = of_kind(id);
    let named: Vec<&NamedProject> = works
        .plan
        .projects
        .iter()
        .map(|entry| &entry.item)
        .filter(|project| project.kind == id)
        .collect();
    for (index, project) in named.iter().enumerate() {
        write_named(works, files, (named_as, index + 1), project)?;
    }
    let (mantissa, scale) = kind.amount.mantissa_and_scale();
    let shift = HUNDRED_MILLION_PLACES
        .checked_sub(scale)
        .context("an amount finer than a fen")?;
    let fen = i64::try_from(mantissa * 10_i128.pow(shift))?;
    let count = usize::try_from(kind.count)?.saturating_sub(named.len());
    let removed = REMOVED_OF_KINDS
        .iter()
        .find(|(kind, _)| *kind == id)
        .map_or(0, |(_, count)| *count);
    let noise = Noise::new(city.seed, id);
    let amounts = share_out(noise, fen, count);
    for index in 0..count + removed {
        let own = noise.of(&format!("project {index}"));
        let (end, amount) = match amounts.get(index) {
            Some(amount) => (lives::draw_end(own), *amount),
            None => (
                End::Removed,
                fen / 60 / TEN_THOUSAND_YUAN * TEN_THOUSAND_YUAN,
            ),
        };
        let number = named.len() + index + 1;
        write_simulated(
            works,
            city,
            files,
            &Simulated {
                kind: id,
                words: named_as,
                number,
                noise: own,
                end,
                amount,
            },
        )?;
    }
    Ok(())
}

/// Shares an amount out among projects: a few are large, the last has the rest.
fn share_out(noise: Noise, fen: i64, count: usize) -> Vec<i64> {
    let weights: Vec<i64> = (0_i64..)
        .take(count)
        .map(|index| {
            let unit = i64::try_from(noise.number(1000 + index) % 1000).unwrap_or(0);
            // most are small, some are many times larger
            150 + unit * unit * unit / 300_000
        })
        .collect();
    let sum: i64 = weights.iter().sum();
    let mut left = fen;
    let mut amounts = Vec::with_capacity(count);
    for (index, weight) in weights.iter().enumerate() {
        let amount = if index + 1 == count {
            left
        } else {
            let exact = i128::from(fen) * i128::from(*weight) / i128::from(sum.max(1));
            let exact = i64::try_from(exact).unwrap_or(left);
            (exact / TEN_THOUSAND_YUAN).max(1) * TEN_THOUSAND_YUAN
        };
        left -= amount;
        amounts.push(amount);
    }
    amounts
}

/// 万元 of an amount in fen.
fn wan(fen: i64) -> String {
    let text = format!("{}.{:06}", fen / TEN_THOUSAND_YUAN, fen % TEN_THOUSAND_YUAN);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A project that the plan names: nothing is made up for it.
fn write_named(
    works: &Works,
    files: &mut Files,
    (kind, number): (KindWords, usize),
    project: &NamedProject,
) -> Result<()> {
    let city = works
        .plan
        .header
        .as_ref()
        .map(|header| header.region.clone());
    let region = project
        .regions
        .first()
        .cloned()
        .or(city)
        .unwrap_or_default();
    files.projects.write_record([
        format!("{}-{number:03}", kind.prefix).as_str(),
        &project.name,
        &project.kind,
        &region,
        "规划未列",
        "",
        "",
        "",
        "",
        "",
        "",
        project.id.get_ref(),
        project.task.as_deref().unwrap_or_default(),
        project.indicator.as_deref().unwrap_or_default(),
        "规划点名项目；规划未列投资、单位和进度",
        "否",
    ])?;
    Ok(())
}

struct Simulated<'a> {
    kind: &'a str,
    words: KindWords,
    number: usize,
    noise: Noise,
    end: End,
    amount: i64,
}

fn pick<T>(noise: Noise, index: i64, from: &[T]) -> Option<&T> {
    let count = u64::try_from(from.len()).ok().filter(|count| *count > 0)?;
    from.get(usize::try_from(noise.number(index) % count).ok()?)
}

/// A place somewhere around a county's seat.
fn near(noise: Noise, county: &County) -> (f64, f64) {
    let round = |degrees: f64| (degrees * 10_000.0).round() / 10_000.0;
    (
        round(county.longitude + (noise.unit(100) - 0.5) * 0.22),
        round(county.latitude + (noise.unit(101) - 0.5) * 0.18),
    )
}

fn write_simulated(
    works: &Works,
    city: &City,
    files: &mut Files,
    project: &Simulated<'_>,
) -> Result<()> {
    let noise = project.noise;
    let county = pick(noise, 102, &works.counties).context("a county")?;
    let subject = pick(noise, 103, project.words.subjects).context("a subject")?;
    let sites: Vec<&SimulatedSite> = city
        .sites
        .iter()
        .filter(|site| {
            site.region == county.code && project.words.sites.contains(&site.kind.as_str())
        })
        .collect();
    let site = pick(noise, 104, &sites).filter(|_| noise.happens(105, 0.6));
    let place = site.map_or_else(
        || near(noise, county),
        |site| (site.longitude, site.latitude),
    );
    let tasks: Vec<&str> = works
        .plan
        .tasks
        .iter()
        .filter(|task| {
            let mut cites = task.cite.iter();
            cites.any(|cite| project.words.sections.contains(&cite.at.as_str()))
        })
        .map(|task| task.id.get_ref().as_str())
        .collect();
    let task = pick(noise, 106, &tasks).copied().unwrap_or_default();
    let header = works.plan.header.as_ref().context("the plan's years")?;
    let years = (header.first_year, header.last_year);
    let life = lives::draw(noise, years, (project.end, project.amount), &SOURCES)?;
    let code = format!("{}-{:03}", project.words.prefix, project.number);
    files.projects.write_record([
        code.as_str(),
        &format!("模拟{}{subject}（{:03}）", county.name_zh, project.number),
        project.kind,
        &county.code,
        &format!("模拟{}建设单位", county.name_zh),
        &wan(project.amount),
        &life.years.0.to_string(),
        &life.years.1.to_string(),
        site.map_or("", |site| &site.code),
        &place.0.to_string(),
        &place.1.to_string(),
        "",
        task,
        "",
        "",
        "是",
    ])?;
    write_life(files, &code, &life)
}

fn write_life(files: &mut Files, code: &str, life: &Life) -> Result<()> {
    for (name, planned_on, actual_on) in &life.milestones {
        let actual = actual_on.map_or_else(String::new, |day| day.to_string());
        let planned = planned_on.to_string();
        files
            .milestones
            .write_record([code, *name, &planned, &actual])?;
    }
    for fund in &life.funds {
        files.funds.write_record([
            code,
            fund.source,
            &fund.year.to_string(),
            &wan(fund.planned),
            &wan(fund.arrived),
            &wan(fund.paid),
        ])?;
    }
    for (to, on, document, note) in &life.steps {
        files
            .steps
            .write_record([code, *to, &on.to_string(), document, *note])?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_out_is_what_there_was() {
        let noise = Noise::new(1, "share");
        for (fen, count) in [(493_036_200_000_i64, 55), (45_000_000_000, 2), (7, 1)] {
            let amounts = share_out(noise, fen, count);
            assert_eq!(amounts.len(), count);
            assert_eq!(amounts.iter().sum::<i64>(), fen);
            assert!(amounts.iter().all(|amount| *amount > 0), "{amounts:?}");
        }
    }

    #[test]
    fn amounts_are_written_without_zeros_that_say_nothing() {
        assert_eq!(wan(12_500_000), "12.5");
        assert_eq!(wan(1_000_000), "1");
        assert_eq!(wan(1), "0.000001");
    }
}
