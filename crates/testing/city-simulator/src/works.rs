//! What the city's people do with its plan: the project pool, the reports on tasks and the yearly
//! figures, as files for `qingshan projects import`, `qingshan tasks import` and `qingshan plan import`.
//! Kinds, counts and money are the plan's; what it names keeps its name and nothing is made up for it.

mod lives;
mod names;
mod pool;
mod progress;
mod values;

use std::path::Path;

use anyhow::{Context, Result};
use city_plan::{Plan, PlanSource, read_plan};
use serde::Deserialize;

use crate::city::City;

/// The largest file of a plan that is read.
const MOST_BYTES: u64 = 4 << 20;

/// A county with its place.
#[derive(Debug, Clone, PartialEq, Deserialize)]
struct County {
    code: String,
    name_zh: String,
    longitude: f64,
    latitude: f64,
}

#[derive(Debug, Deserialize)]
struct RegionsFile {
    region: Vec<County>,
}

/// A plan with its counties.
#[derive(Debug)]
pub struct Works {
    plan: Plan,
    counties: Vec<County>,
}

fn read(path: &Path) -> Result<String> {
    let name = || path.display().to_string();
    let size = std::fs::metadata(path).with_context(name)?.len();
    anyhow::ensure!(size <= MOST_BYTES, "{} is too large", name());
    std::fs::read_to_string(path).with_context(name)
}

impl Works {
    /// Reads a plan's folder and the regions that it names.
    ///
    /// # Errors
    /// When a file cannot be read or the folder is no plan.
    pub fn read(folder: &Path) -> Result<Self> {
        let mut sources = Vec::new();
        for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == "toml")
            {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                let name = name.into_owned();
                let text = read(&path)?;
                sources.push(PlanSource { name, text });
            }
        }
        sources.sort_by(|left, right| left.name.cmp(&right.name));
        let (plan, _findings) = read_plan(&sources);
        let header = plan.header.as_ref().context("the folder has no [plan]")?;
        let regions = header
            .regions
            .as_ref()
            .context("the plan names no regions")?;
        let file: RegionsFile = toml::from_str(&read(&folder.join(regions))?)?;
        let city = header.region.clone();
        let prefix = city.trim_end_matches('0').to_owned();
        let counties: Vec<County> = file
            .region
            .into_iter()
            .filter(|region| region.code.starts_with(&prefix) && region.code != city)
            .collect();
        anyhow::ensure!(!counties.is_empty(), "{city} has no counties");
        Ok(Self { plan, counties })
    }

    /// Writes the project pool into a folder: projects, milestones, money and the steps of their
    /// lives.
    ///
    /// # Errors
    /// When a file cannot be written or the plan has no money to spend.
    pub fn write_pool(&self, city: &City, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        pool::write(self, city, folder)
    }

    /// Writes reports on the plan's tasks and their yearly breakdown into a folder.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write_progress(&self, city: &City, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        progress::write(self, city, folder)
    }

    /// Writes the yearly figures of the plan's measures and of its reduction accounts into a folder,
    /// with the projects of a pool that was written before.
    ///
    /// # Errors
    /// When the pool cannot be read or a file not be written.
    pub fn write_values(&self, city: &City, pool: &Path, folder: &Path) -> Result<()> {
        std::fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        values::write(self, city, pool, folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn rows(folder: &Path, name: &str) -> Vec<BTreeMap<String, String>> {
        let mut reader = csv::Reader::from_path(folder.join(name)).unwrap();
        let heads: Vec<String> = reader
            .headers()
            .unwrap()
            .iter()
            .map(str::to_owned)
            .collect();
        reader
            .records()
            .map(|record| {
                let record = record.unwrap();
                heads
                    .iter()
                    .cloned()
                    .zip(record.iter().map(str::to_owned))
                    .collect()
            })
            .collect()
    }

    /// Fen of 万元.
    fn fen(text: &str) -> i64 {
        let (whole, part) = text.split_once('.').unwrap_or((text, ""));
        format!("{whole}{part:0<6}").parse().unwrap()
    }

    #[test]
    fn the_pool_has_the_plans_kinds_counts_and_money_and_makes_nothing_up_for_what_it_names() {
        let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../cities/hengyang/plan");
        let works = Works::read(&plan).unwrap();
        let city = City::hengyang(1).unwrap();
        let folder = tempfile::tempdir().unwrap();
        works.write_pool(&city, folder.path()).unwrap();
        let removed: Vec<String> = rows(folder.path(), "steps.csv")
            .iter()
            .filter(|row| row["to"] == "removed")
            .map(|row| row["code"].clone())
            .collect();
        assert_eq!(removed.len(), 6);
        let projects = rows(folder.path(), "projects.csv");
        for kind in &works.plan.investments {
            let own: Vec<_> = projects
                .iter()
                .filter(|row| &row["kind"] == kind.id.get_ref() && !removed.contains(&row["code"]))
                .collect();
            assert_eq!(own.len(), usize::try_from(kind.count).unwrap());
            let (mantissa, scale) = kind.amount.mantissa_and_scale();
            let wanted = mantissa * 10_i128.pow(10 - scale);
            let amounts = own.iter().filter(|row| !row["planned"].is_empty());
            let sum: i64 = amounts.map(|row| fen(&row["planned"])).sum();
            assert_eq!(i128::from(sum), wanted, "{}", kind.name);
        }
        for row in &projects {
            let is_named = !row["named"].is_empty();
            assert_eq!(row["is_simulated"], if is_named { "否" } else { "是" });
            assert_eq!(row["planned"].is_empty(), is_named, "{row:?}");
            assert_eq!(row["name"].starts_with("模拟"), !is_named, "{row:?}");
        }
        let funds = rows(folder.path(), "funds.csv");
        for project in &projects {
            let own: Vec<_> = funds
                .iter()
                .filter(|row| row["code"] == project["code"])
                .collect();
            if !own.is_empty() {
                let sum: i64 = own.iter().map(|row| fen(&row["planned"])).sum();
                assert_eq!(sum, fen(&project["planned"]), "{project:?}");
            }
        }
    }

    #[test]
    fn values_are_marked_and_accounts_have_the_plans_base_and_each_project_once() {
        let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../cities/hengyang/plan");
        let works = Works::read(&plan).unwrap();
        let city = City::hengyang(1).unwrap();
        let (pool, folder) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        works.write_pool(&city, pool.path()).unwrap();
        works
            .write_values(&city, pool.path(), folder.path())
            .unwrap();
        let values = rows(folder.path(), "values.csv");
        assert!(values.iter().all(|row| row["is_simulated"] == "是"));
        let sum = |measure: &str, year: &str| -> f64 {
            let own = values
                .iter()
                .filter(|row| row["measure"] == measure && row["year"] == year);
            own.map(|row| row["value"].parse::<f64>().unwrap()).sum()
        };
        for account in &works.plan.accounts {
            let mut indicators = works.plan.indicators.iter();
            let indicator = indicators
                .find(|one| *one.id.get_ref() == account.indicator)
                .unwrap();
            let base = indicator.base.unwrap().approximate_to_f64();
            assert!((sum(&account.emission, "2015") - base).abs() < 0.01);
            let credits: Vec<&str> = values
                .iter()
                .filter(|row| row["measure"] == account.reduction)
                .map(|row| row["project_code"].as_str())
                .collect();
            let once: std::collections::BTreeSet<&&str> = credits.iter().collect();
            assert!(credits.len() > 5, "{}", credits.len());
            assert_eq!(once.len(), credits.len());
        }
        // every measure that a formula of the plan needs has its five years
        for indicator in &works.plan.indicators {
            let formula = indicator.formula.as_ref().unwrap().get_ref();
            for measure in &works.plan.measures {
                let id = measure.id.get_ref();
                let is_used = formula
                    .split(|letter: char| !letter.is_alphanumeric() && letter != '_')
                    .any(|word| word == id);
                let is_accounted = works.plan.accounts.iter().any(|one| one.emission == *id);
                let years: std::collections::BTreeSet<&str> = values
                    .iter()
                    .filter(|row| row["measure"] == *id)
                    .map(|row| row["year"].as_str())
                    .collect();
                assert!(
                    !is_used || is_accounted || years.len() == 5,
                    "{id}: {years:?}"
                );
            }
        }
    }

    #[test]
    fn progress_is_marked_and_of_every_task() {
        let plan = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../cities/hengyang/plan");
        let works = Works::read(&plan).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let city = City::hengyang(1).unwrap();
        works.write_progress(&city, folder.path()).unwrap();
        let reports = rows(folder.path(), "reports.csv");
        let mut last: BTreeMap<&str, u8> = BTreeMap::new();
        for row in &reports {
            assert_eq!(row["is_simulated"], "是");
            let percent = row["percent"].parse().unwrap();
            last.insert(&row["task"], percent);
        }
        assert_eq!(last.len(), works.plan.tasks.len());
        let open = last.values().filter(|percent| **percent < 100).count();
        assert!((2..30).contains(&open), "{open} tasks are left open");
    }
}
