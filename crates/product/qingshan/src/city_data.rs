//! The city's map and plan that come with the program; the map is put in its place where there is
//! none yet.

use access::Actor;
use assessment::CountyOutline;
use beijing_time::Clock;
use city_plan::{PlanSource, Severity};
use database::Database;
use plan::PlanBook;
use sites::NewMapLayer;

const LAYERS: [(&str, &str, &str); 2] = [
    (
        "counties",
        include_str!("../../../../cities/hengyang/map/counties.geojson"),
        "示意图，非法定界线 / schematic, no official boundary",
    ),
    (
        "rivers",
        include_str!("../../../../cities/hengyang/map/rivers.geojson"),
        "Natural Earth (public domain); 支流为示意 / tributaries are schematic",
    ),
];

/// The files of a folder beside this crate, by name.
macro_rules! files {
    ($folder:literal: $($name:literal)*) => {
        [$(($name, include_str!(concat!("../../../../cities/hengyang/", $folder, $name))),)*]
    };
}

const PLAN: [(&str, &str); 14] = files!["plan/":
    "0-not-commitments.toml"
    "1-results.toml"
    "3-indicators.toml"
    "4-tasks-air.toml"
    "4-tasks-noise-waste-institutions.toml"
    "4-tasks-risk-enforcement.toml"
    "4-tasks-soil-ecology.toml"
    "4-tasks-water.toml"
    "5-projects.toml"
    "6-safeguards.toml"
    "assessment.toml"
    "measures.toml"
    "plan.toml"
    "text.txt"
];

const REGIONS: &str = include_str!("../../../../cities/hengyang/regions.toml");

/// The public air stations whose published figures can be imported.
pub(crate) const AIR_STATIONS: &str =
    include_str!("../../../../cities/hengyang/public-air-stations.toml");

/// The city's plan. What is wrong with its files is logged: the rest of the plan still works.
pub(crate) fn plan() -> PlanBook {
    let mut sources: Vec<PlanSource> = PLAN
        .into_iter()
        .chain([("../regions.toml", REGIONS)])
        .map(|(name, text)| PlanSource {
            name: name.to_owned(),
            text: text.to_owned(),
        })
        .collect();
    sources.sort_by(|left, right| left.name.cmp(&right.name));
    let book = PlanBook::read(&sources);
    for finding in book.findings() {
        if finding.severity() == Severity::Error {
            tracing::error!(
                "the plan: {}:{} {}",
                finding.place.file,
                finding.place.line,
                finding.message(city_plan::Language::English)
            );
        }
    }
    book
}

/// Outlines of counties and lines of rivers, for the map of a report.
///
/// # Errors
/// When a file of the program cannot be read.
pub(crate) fn outlines() -> anyhow::Result<Vec<CountyOutline>> {
    let mut all = Vec::new();
    for (name, text, _source) in LAYERS {
        let read = assessment::read_outlines(text);
        all.extend(read.map_err(|reason| anyhow::anyhow!("{name}: {reason}"))?);
    }
    Ok(all)
}

/// Puts the layers that are missing.
///
/// # Errors
/// When the database cannot be written.
pub(crate) async fn install(database: &Database, clock: &dyn Clock) -> anyhow::Result<()> {
    let actor = Actor::system("start");
    for (name, text, source) in LAYERS {
        let layer = NewMapLayer::read(name, text.as_bytes(), source, true)?;
        sites::install_map_layer(database, clock, &actor, layer).await?;
    }
    Ok(())
}
