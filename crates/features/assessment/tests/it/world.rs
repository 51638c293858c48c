//! The plan of Hengyang with simulated values, and the people who assess it.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use access::Actor;
use assessment::{
    Assessment, Desk, NewAssessment, create_assessment, publish_assessment, read_outlines,
    review_assessment, take_figures,
};
use beijing_time::FixedClock;
use city_plan::{AssessmentKind, PlanSource};
use database::Database;
use plan::{NewValue, PlanBook, accept_value, check_value, report_value};
use sites::SealingKey;
use uuid::Uuid;

pub(crate) fn clock() -> FixedClock {
    FixedClock::new("2021-03-01T09:00:00+08:00".parse().unwrap())
}

pub(crate) fn person(name: &str) -> Actor {
    Actor {
        name: format!("user:{name}"),
        ..Actor::built_in_operator()
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..")
}

/// The plan of Hengyang.
pub(crate) fn hengyang() -> PlanBook {
    let folder = root().join("cities/hengyang/plan");
    let mut sources: Vec<PlanSource> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .filter(|path| path.is_file())
        .map(|path| PlanSource {
            name: path.file_name().unwrap().to_string_lossy().into_owned(),
            text: std::fs::read_to_string(&path).unwrap(),
        })
        .collect();
    sources.push(PlanSource {
        name: "../regions.toml".to_owned(),
        text: std::fs::read_to_string(folder.join("../regions.toml")).unwrap(),
    });
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    PlanBook::read(&sources)
}

pub(crate) fn desk(book: PlanBook) -> Arc<Desk> {
    let map = root().join("cities/hengyang/map");
    let outlines = ["counties.geojson", "rivers.geojson"]
        .iter()
        .flat_map(|name| read_outlines(&std::fs::read_to_string(map.join(name)).unwrap()).unwrap())
        .collect();
    Arc::new(Desk {
        book: Arc::new(book),
        sealing_key: SealingKey::from_bytes([5; 32]),
        outlines,
        font_folder: None,
        organ: "衡阳市生态环境局".to_owned(),
        press: tokio::sync::Mutex::new(()),
    })
}

/// A desk with the made-up plan of another city.
pub(crate) fn other_desk() -> Arc<Desk> {
    desk(PlanBook::read(&city_plan::skeleton()))
}

/// One value on its way to acceptance.
pub(crate) async fn accepted(
    database: &Database,
    book: &PlanBook,
    (measure, region, year, value): (&str, &str, i32, &str),
) {
    let id = Uuid::now_v7();
    let new = NewValue {
        id,
        measure: measure.to_owned(),
        region: region.parse().unwrap(),
        year,
        project_id: None,
        value: value.parse().unwrap(),
        evidence: "演示用模拟数据".to_owned(),
        is_simulated: true,
    };
    let clock = clock();
    report_value(database, &clock, book, &person("填报员"), new)
        .await
        .unwrap();
    check_value(database, &clock, &person("核实员"), id)
        .await
        .unwrap();
    accept_value(database, &clock, book, &person("确认人"), id)
        .await
        .unwrap();
}

/// All simulated values of Hengyang.
pub(crate) async fn fill(database: &Database, book: &PlanBook) {
    for line in include_str!("../../testdata/hengyang-simulated.csv")
        .lines()
        .skip(1)
    {
        let mut fields = line.split(',');
        let mut next = || fields.next().unwrap();
        let (measure, region, year, value) = (next(), next(), next(), next());
        accepted(
            database,
            book,
            (measure, region, year.parse().unwrap(), value),
        )
        .await;
    }
}

/// Begun and taken by one person.
pub(crate) async fn taken(
    database: &Database,
    desk: &Desk,
    kind: AssessmentKind,
    year: i32,
) -> Assessment {
    let new = NewAssessment {
        id: Uuid::now_v7(),
        kind,
        year,
    };
    let clerk = person("规划科");
    create_assessment(database, &clock(), desk, &clerk, new)
        .await
        .unwrap();
    take_figures(database, &clock(), desk, &clerk, new.id)
        .await
        .unwrap()
}

/// The same, reviewed and published by another.
pub(crate) async fn published(
    database: &Database,
    desk: &Desk,
    kind: AssessmentKind,
    year: i32,
) -> Assessment {
    let found = taken(database, desk, kind, year).await;
    let id = found.summary.new.id;
    let reviewed = review_assessment(
        database,
        &clock(),
        &person("副局长"),
        id,
        found.summary.revision,
    )
    .await
    .unwrap();
    let chief = person("局长");
    let seen = (id, reviewed.summary.revision);
    publish_assessment(database, &clock(), desk, &chief, seen)
        .await
        .unwrap()
}
