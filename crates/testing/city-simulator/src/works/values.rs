//! Yearly figures of the plan's measures as units would report them, and the reduction accounts with
//! the projects of the pool. All of it is made up and says so.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context, Result};
use city_plan::{Account, Indicator, Meaning};

use super::Works;
use crate::city::City;
use crate::noise::Noise;
use crate::register::open;

/// What the whole is of which a measure is a share, in the measure's unit; of counties about as much.
const WHOLES: [(&str, f64); 17] = [
    ("sampled_drinking_water", 168.0),
    ("black_water_listed", 26.0),
    ("land_area", 1_531_000.0),
    ("all_sources", 312.0),
    ("all_sewage_plants", 21.0),
    ("all_industrial_plants", 14.0),
    ("city_sewage_discharged", 13_800.0),
    ("city_refuse_produced", 58.0),
    ("county_sewage_discharged", 1_150.0),
    ("county_refuse_produced", 9.0),
    ("hazardous_waste_due", 186_000.0),
    ("radiation_users", 240.0),
    ("e_government_planned", 36.0),
    ("staff_posts", 820.0),
    ("stations_all", 13.0),
    ("enforcement_planned", 18.0),
    ("vehicle_lines", 64.0),
];
/// The whole of a measure that is not in the list.
const OTHER_WHOLE: f64 = 200.0;
/// Measures that count days of the year.
const DAYS: &str = "valid_air_days";
/// Units of things that are counted.
const COUNTED: [&str; 8] = ["天", "次", "个", "家", "座", "项", "人", "条"];
/// Which kind of projects takes something away of which account, and how much of the way to the target
/// they come until the end, in per cent.
const ACCOUNTS: [(&str, &str, f64); 4] = [
    ("cod_account", "water_projects", 104.0),
    ("ammonia_account", "water_projects", 97.0),
    ("so2_account", "air_projects", 112.0),
    ("nox_account", "air_projects", 78.0),
];
/// Tenths of a tonne.
const TENTHS: f64 = 10.0;

struct Table {
    file: csv::Writer<std::fs::File>,
    written: BTreeSet<(String, String, i32)>,
}

impl Table {
    fn write(
        &mut self,
        (measure, name): (&str, &str),
        (region, year): (&str, i32),
        project: &str,
        value: &str,
    ) -> Result<()> {
        let key = (measure.to_owned(), region.to_owned(), year);
        if project.is_empty() && !self.written.insert(key) {
            // a measure of two indicators
            return Ok(());
        }
        let evidence = if project.is_empty() {
            format!("模拟：{year}年{name}统计表")
        } else {
            format!("模拟：{year}年减排核算认定表，{project}")
        };
        self.file.write_record([
            measure,
            region,
            &year.to_string(),
            project,
            value,
            &evidence,
            "模拟填报员",
            "模拟核对员",
            "模拟审定员",
            "是",
        ])?;
        Ok(())
    }
}

/// A project of the pool that was built in a year.
struct Built {
    code: String,
    kind: String,
    county: String,
    year: i32,
}

pub(super) fn write(works: &Works, city: &City, pool: &Path, folder: &Path) -> Result<()> {
    let heads = [
        "measure",
        "region_code",
        "year",
        "project_code",
        "value",
        "evidence",
        "reported_by",
        "checked_by",
        "accepted_by",
        "is_simulated",
    ];
    let mut table = Table {
        file: open(folder, "values.csv", &heads)?,
        written: BTreeSet::new(),
    };
    let built = read_built(pool)?;
    for account in &works.plan.accounts {
        write_account(works, city, &mut table, (account, &built))?;
    }
    for indicator in &works.plan.indicators {
        let is_accounted = works
            .plan
            .accounts
            .iter()
            .any(|account| account.indicator == *indicator.id.get_ref());
        if !is_accounted {
            write_indicator(works, city, &mut table, indicator)?;
        }
    }
    table.file.flush()?;
    Ok(())
}

fn name_of<'a>(works: &'a Works, measure: &'a str) -> (&'a str, &'a str, &'a str) {
    let mut measures = works.plan.measures.iter();
    let found = measures.find(|one| one.id.get_ref() == measure);
    found.map_or((measure, measure, ""), |one| {
        (measure, one.name.as_str(), one.unit.as_str())
    })
}

/// A figure in the unit's precision: things are whole, the rest has one place.
fn figure(value: f64, unit: &str) -> String {
    if COUNTED.contains(&unit) || unit == "类" {
        format!("{value:.0}")
    } else {
        format!("{value:.1}")
    }
}

fn days_in(year: i32) -> f64 {
    if year % 4 == 0 { 366.0 } else { 365.0 }
}

/// Where an indicator comes to: six of ten reach the target, two fall a little short, two more.
fn end_of(noise: Noise, indicator: &Indicator, start: f64) -> f64 {
    let goal = match indicator.meaning {
        Meaning::ReduceBy => start * (1.0 - indicator.target.approximate_to_f64() / 100.0),
        _ => indicator.target.approximate_to_f64(),
    };
    let way = goal - start;
    match noise.number(1) % 10 {
        0..6 => goal + way * 0.06,
        6..8 => start + way * 0.95,
        _ => start + way * 0.7,
    }
}

/// Where an indicator without a base begins.
fn start_of(indicator: &Indicator) -> f64 {
    if let Some(base) = indicator.base {
        return base.approximate_to_f64();
    }
    let target = indicator.target.approximate_to_f64();
    match indicator.meaning {
        Meaning::AtMost => target * 9.0,
        _ => target * 0.82,
    }
}

fn level(noise: Noise, indicator: &Indicator, (base_year, last): (i32, i32), year: i32) -> f64 {
    let start = start_of(indicator);
    let stir = noise.unit(i64::from(year)) - 0.5;
    if indicator.meaning == Meaning::ClassOrBetter {
        let target = indicator.target.approximate_to_f64();
        let is_there = year > base_year + 2 || (start <= target && noise.happens(7, 0.6));
        return if is_there { target } else { target + 1.0 };
    }
    if indicator.meaning == Meaning::Keep {
        // kept, but for a year now and then
        let is_kept = !noise.number(i64::from(year)).is_multiple_of(7);
        return if is_kept { start } else { start * 0.985 };
    }
    if indicator.meaning == Meaning::AtMost && indicator.base.is_some() {
        // a ceiling that is kept already
        return start * (1.0 + stir * 0.02);
    }
    let end = end_of(noise, indicator, start);
    let part = f64::from(year - base_year) / f64::from(last - base_year);
    let value = start + (end - start) * (part + if year == last { 0.0 } else { stir * 0.14 });
    if indicator.unit == "%" {
        value.clamp(0.0, 100.0)
    } else {
        value
    }
}

fn write_indicator(
    works: &Works,
    city: &City,
    table: &mut Table,
    indicator: &Indicator,
) -> Result<()> {
    let header = works.plan.header.as_ref().context("the plan's years")?;
    let years = (header.base_year, header.last_year);
    let Some(formula) = indicator.formula.as_ref().map(|one| one.get_ref().as_str()) else {
        return Ok(());
    };
    let own = [header.region.clone()];
    let regions = if indicator.regions.is_empty() {
        &own[..]
    } else {
        &indicator.regions
    };
    for region in regions {
        let noise = Noise::new(city.seed, &format!("{} {region}", indicator.id.get_ref()));
        for year in header.first_year..=header.last_year {
            let level = level(noise, indicator, years, year);
            if let Some((part, whole)) = formula.split_once(" * 100 / ") {
                let (whole, whole_name, whole_unit) = name_of(works, whole);
                let own = Noise::new(city.seed, &format!("{whole} {region}"));
                let is_of_county = !indicator.regions.is_empty();
                let of = whole_of(own, (whole, is_of_county, year));
                let of = figure(of, whole_unit);
                table.write((whole, whole_name), (region, year), "", &of)?;
                let (part, name, unit) = name_of(works, part);
                let share = figure(of.parse::<f64>()? * level / 100.0, unit);
                table.write((part, name), (region, year), "", &share)?;
            } else {
                let measure = formula
                    .strip_prefix("round(")
                    .and_then(|rest| rest.split_once(','))
                    .map_or(formula, |(measure, _)| measure);
                let (measure, name, unit) = name_of(works, measure);
                table.write((measure, name), (region, year), "", &figure(level, unit))?;
            }
        }
    }
    Ok(())
}

fn whole_of(noise: Noise, (measure, is_of_county, year): (&str, bool, i32)) -> f64 {
    if measure.ends_with(DAYS) {
        let lost = noise.number(i64::from(year)) % 5;
        return days_in(year) - f64::from(u32::try_from(lost).unwrap_or(0));
    }
    let whole = WHOLES.iter().find(|(name, _)| *name == measure);
    let whole = whole.map_or(OTHER_WHOLE, |(_, whole)| *whole);
    if is_of_county {
        whole * (0.6 + noise.unit(0))
    } else {
        whole
    }
}

/// The simulated projects that were built, with the year of it.
fn read_built(pool: &Path) -> Result<Vec<Built>> {
    let rows = |name: &str| -> Result<Vec<BTreeMap<String, String>>> {
        let path = pool.join(name);
        let mut reader =
            csv::Reader::from_path(&path).with_context(|| path.display().to_string())?;
        reader
            .deserialize()
            .map(|row| row.with_context(|| path.display().to_string()))
            .collect()
    };
    let cell = |row: &BTreeMap<String, String>, name: &str| {
        row.get(name).cloned().with_context(|| name.to_owned())
    };
    let mut years = BTreeMap::new();
    for step in rows("steps.csv")? {
        if cell(&step, "to")? == "built" {
            let year = cell(&step, "on")?.chars().take(4).collect::<String>();
            years.insert(cell(&step, "code")?, year.parse::<i32>()?);
        }
    }
    let mut built = Vec::new();
    for project in rows("projects.csv")? {
        let code = cell(&project, "code")?;
        if let Some(year) = years.get(&code).copied()
            && cell(&project, "is_simulated")? == "是"
        {
            built.push(Built {
                code,
                kind: cell(&project, "kind")?,
                county: cell(&project, "region_code")?,
                year,
            });
        }
    }
    Ok(built)
}

/// Tenths of a tonne as text.
fn tonnes(tenths: i64) -> String {
    let text = format!("{}.{}", tenths / 10, tenths % 10);
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

/// Shares tenths out by weights: the last has the rest.
fn share_out(total: i64, weights: &[f64]) -> Vec<i64> {
    let sum: f64 = weights.iter().sum();
    let mut left = total;
    let mut shares = Vec::with_capacity(weights.len());
    for (index, weight) in weights.iter().enumerate() {
        let share = if index + 1 == weights.len() {
            left
        } else {
            to_tenths(from_tenths(total) * weight / sum)
        };
        left -= share;
        shares.push(share);
    }
    shares
}

fn to_tenths(tonnes: f64) -> i64 {
    #[expect(clippy::cast_possible_truncation, reason = "tonnes of a city")]
    let tenths = (tonnes * TENTHS).round() as i64;
    tenths
}

fn from_tenths(tenths: i64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "tonnes of a city")]
    let tenths = tenths as f64;
    tenths / TENTHS
}

/// The bases of the counties add up to the plan's; each has an increment of each year; what projects
/// take away is shared out among those of the pool that are built, each once.
fn write_account(
    works: &Works,
    city: &City,
    table: &mut Table,
    (account, built): (&Account, &[Built]),
) -> Result<()> {
    let id = account.id.get_ref().as_str();
    let header = works.plan.header.as_ref().context("the plan's years")?;
    let mut indicators = works.plan.indicators.iter();
    let indicator = indicators.find(|one| *one.id.get_ref() == account.indicator);
    let indicator = indicator.context("the account's indicator")?;
    let base = indicator.base.context("a base")?.approximate_to_f64();
    let Some((_, kind, reached)) = ACCOUNTS.iter().find(|(account, ..)| *account == id) else {
        return Ok(());
    };
    let noise = Noise::new(city.seed, id);
    let weights: Vec<f64> = (0_i64..)
        .zip(&works.counties)
        .map(|(index, _)| 0.4 + noise.unit(index))
        .collect();
    let bases = share_out(to_tenths(base), &weights);
    let (_, name, _) = name_of(works, &account.emission);
    let (_, added_name, _) = name_of(works, &account.increment);
    let mut added = 0;
    for (county, base) in works.counties.iter().zip(&bases) {
        let emission = (account.emission.as_str(), name);
        let place = (county.code.as_str(), header.base_year);
        table.write(emission, place, "", &tonnes(*base))?;
        let own = noise.of(&county.code);
        for year in header.first_year..=header.last_year {
            let part = 0.002 + 0.006 * own.unit(i64::from(year));
            let tenths = to_tenths(from_tenths(*base) * part);
            added += tenths;
            let increment = (account.increment.as_str(), added_name);
            table.write(increment, (&county.code, year), "", &tonnes(tenths))?;
        }
    }
    let years = header.first_year..=header.last_year;
    let projects: Vec<&Built> = built
        .iter()
        .filter(|one| one.kind == *kind && years.contains(&one.year))
        .collect();
    let weights: Vec<f64> = projects
        .iter()
        .map(|one| {
            // the projects of a county share what the county takes away
            let others = projects.iter().filter(|other| other.county == one.county);
            let county = works.counties.iter().position(|of| of.code == one.county);
            let base = county.and_then(|index| bases.get(index)).copied();
            let count = u32::try_from(others.count()).unwrap_or(1);
            let own = 0.7 + 0.6 * noise.of(&one.code).unit(0);
            from_tenths(base.unwrap_or(0)) * own / f64::from(count)
        })
        .collect();
    let wanted = base * indicator.target.approximate_to_f64() / 100.0 * reached / 100.0;
    let shares = share_out(to_tenths(wanted) + added, &weights);
    let (_, name, _) = name_of(works, &account.reduction);
    for (project, share) in projects.iter().zip(&shares) {
        let reduction = (account.reduction.as_str(), name);
        let place = (project.county.as_str(), project.year);
        table.write(reduction, place, &project.code, &tonnes(*share))?;
    }
    Ok(())
}
