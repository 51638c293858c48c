//! A city of two counties and the plan of the skeleton.

use access::{Actor, Permission, Scope};
use beijing_time::FixedClock;
use city_plan::skeleton;
use database::Database;
use plan::PlanBook;
use projects::{
    Dossier, Fund, FundSource, Milestone, Money, NewStep, ProjectDetails, ProjectState,
    create_project, put_funds, put_milestones, step_project,
};
use sites::RegionDetails;
use uuid::Uuid;

pub(crate) fn clock() -> FixedClock {
    FixedClock::new("2027-06-10T08:00:00+08:00".parse().unwrap())
}

pub(crate) fn book() -> PlanBook {
    PlanBook::read(&skeleton())
}

pub(crate) fn person(name: &str) -> Actor {
    Actor {
        name: format!("user:{name}"),
        ..Actor::built_in_operator()
    }
}

pub(crate) fn of_county(code: &str) -> Actor {
    Actor {
        scope: Scope::Region(code.parse().unwrap()),
        ..person("county")
    }
}

pub(crate) fn without(permission: Permission) -> Actor {
    let mut actor = person("somebody");
    actor.permissions.remove(&permission);
    actor
}

pub(crate) fn money(text: &str) -> Money {
    Money::parse(text).unwrap()
}

pub(crate) fn kind() -> String {
    book().plan().investments[0].id.get_ref().clone()
}

pub(crate) async fn install(database: &Database) {
    let region = |parent: Option<&str>, name_zh: &str| RegionDetails {
        parent_code: parent.map(|code| code.parse().unwrap()),
        name_zh: name_zh.to_owned(),
        name_en: String::new(),
        position: None,
        is_simulated: true,
    };
    let regions = vec![
        ("990000".parse().unwrap(), region(None, "模拟省")),
        ("990100".parse().unwrap(), region(Some("990000"), "模拟市")),
        (
            "990101".parse().unwrap(),
            region(Some("990100"), "模拟县一"),
        ),
        (
            "990102".parse().unwrap(),
            region(Some("990100"), "模拟县二"),
        ),
    ];
    sites::install_regions(database, &clock(), &person("start"), regions)
        .await
        .unwrap();
}

pub(crate) fn details(code: &str, region: &str) -> ProjectDetails {
    ProjectDetails {
        code: code.to_owned(),
        name: format!("模拟管网工程 {code}"),
        kind: kind(),
        region: region.parse().unwrap(),
        owner: "模拟建设单位".to_owned(),
        planned: Some(money("100")),
        first_year: Some(2026),
        last_year: Some(2028),
        site_id: None,
        position: None,
        named: None,
        task: None,
        indicator: None,
        note: String::new(),
        is_simulated: true,
    }
}

pub(crate) async fn enter(database: &Database, details: ProjectDetails) -> Dossier {
    let new = (Uuid::now_v7(), details);
    create_project(database, &clock(), &book(), &person("keeper"), new)
        .await
        .unwrap()
}

pub(crate) fn fund(planned: &str, arrived: &str, paid: &str) -> Fund {
    Fund {
        source: FundSource::City,
        year: 2026,
        planned: money(planned),
        arrived: money(arrived),
        paid: money(paid),
    }
}

pub(crate) async fn give(database: &Database, dossier: &Dossier, funds: &[Fund]) -> Dossier {
    let of = (dossier.project.id, dossier.project.revision);
    put_funds(database, &clock(), (&book(), &person("keeper")), of, funds)
        .await
        .unwrap()
}

pub(crate) fn milestone(actual: Option<&str>) -> Milestone {
    Milestone {
        name: "主体完工".to_owned(),
        planned_on: "2027-03-31".parse().unwrap(),
        actual_on: actual.map(|day| day.parse().unwrap()),
    }
}

pub(crate) async fn plan_dates(
    database: &Database,
    dossier: &Dossier,
    milestones: &[Milestone],
) -> Dossier {
    let of = (dossier.project.id, dossier.project.revision);
    put_milestones(database, &clock(), &person("keeper"), of, milestones)
        .await
        .unwrap()
}

pub(crate) fn step(to: ProjectState, on: &str) -> NewStep {
    NewStep {
        to,
        on: on.parse().unwrap(),
        document: "模发改〔2026〕1号".to_owned(),
        note: "按程序".to_owned(),
    }
}

pub(crate) async fn take(
    database: &Database,
    dossier: &Dossier,
    (to, on): (ProjectState, &str),
) -> Dossier {
    let of = (dossier.project.id, dossier.project.revision);
    step_project(database, &clock(), &person("chief"), of, &step(to, on))
        .await
        .unwrap()
}
