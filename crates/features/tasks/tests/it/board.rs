//! Reports, reminders by played time, breakdown and hand-over.

use access::{Actor, Permission, Scope};
use beijing_time::FixedClock;
use database::{Database, audit};
use plan::PlanBook;
use sites::{RegionDetails, read_table};
use tasks::{
    Goal, Level, NewReport, Stage, Status, TaskQuery, TaskState, TasksError, assign_task,
    attach_file, check_report, hand_over_task, import_reports, list_reminders, list_tasks,
    load_file, load_task, mark_seen, put_goals, report_task, return_report, write_reminders,
};
use test_support::{TestDatabase, test_on_both_databases};
use uuid::Uuid;

const TASK: &str = "boilers_out";

fn at(day: &str) -> FixedClock {
    FixedClock::new(format!("{day}T09:00:00+08:00").parse().unwrap())
}

fn book() -> PlanBook {
    PlanBook::read(&city_plan::skeleton())
}

fn person(name: &str) -> Actor {
    Actor {
        name: format!("user:{name}"),
        ..Actor::built_in_operator()
    }
}

fn of_county(code: &str) -> Actor {
    Actor {
        scope: Scope::Region(code.parse().unwrap()),
        ..person("county")
    }
}

async fn install(database: &Database) {
    let region = |parent: Option<&str>| RegionDetails {
        parent_code: parent.map(|code| code.parse().unwrap()),
        name_zh: "模拟".to_owned(),
        name_en: String::new(),
        position: None,
        is_simulated: true,
    };
    let regions = vec![
        ("990000".parse().unwrap(), region(None)),
        ("990100".parse().unwrap(), region(Some("990000"))),
        ("990101".parse().unwrap(), region(Some("990100"))),
        ("990102".parse().unwrap(), region(Some("990100"))),
    ];
    sites::install_regions(database, &at("2026-01-01"), &person("start"), regions)
        .await
        .unwrap();
}

fn progress(region: &str, as_of: &str, percent: u8) -> NewReport {
    NewReport {
        id: Uuid::now_v7(),
        task: TASK.to_owned(),
        region: region.parse().unwrap(),
        due_on: "2027-12-31".parse().unwrap(),
        as_of: as_of.parse().unwrap(),
        percent: Some(percent),
        figure: None,
        text: "已完成一半".to_owned(),
        is_simulated: true,
    }
}

async fn told(database: &Database, new: NewReport, day: &str) -> Uuid {
    let id = new.id;
    report_task(database, &at(day), &book(), &person("unit"), new)
        .await
        .unwrap();
    check_report(database, &at(day), &person("chief"), id)
        .await
        .unwrap();
    id
}

async fn boilers(database: &Database, day: &str) -> TaskState {
    let states = list_tasks(
        database,
        &at(day),
        &book(),
        &person("reader"),
        &TaskQuery::default(),
    )
    .await
    .unwrap();
    states.into_iter().find(|state| state.task == TASK).unwrap()
}

async fn a_report_counts_when_somebody_else_has_checked_it(test: TestDatabase) {
    let database = test.handle();
    install(&database).await;
    let day = "2026-03-01";
    let unit = person("unit");
    let new = progress("990100", day, 40);
    let id = new.id;
    report_task(&database, &at(day), &book(), &unit, new.clone())
        .await
        .unwrap();
    // again changes nothing; the id for another is refused
    report_task(&database, &at(day), &book(), &unit, new.clone())
        .await
        .unwrap();
    let other = NewReport {
        percent: Some(41),
        ..new.clone()
    };
    let taken = report_task(&database, &at(day), &book(), &unit, other).await;
    assert!(matches!(taken, Err(TasksError::IdTaken { .. })));
    let state = boilers(&database, day).await;
    assert_eq!((state.percent, state.waiting), (0, 1));
    let own = check_report(&database, &at(day), &unit, id).await;
    assert!(matches!(own, Err(TasksError::SamePerson)));
    let file = attach_file(
        &database,
        &at(day),
        &unit,
        id,
        ("照片.png", b"\x89PNG\r\n\x1a\nx"),
    )
    .await
    .unwrap();
    let again = attach_file(
        &database,
        &at(day),
        &unit,
        id,
        ("b.png", b"\x89PNG\r\n\x1a\nx"),
    )
    .await
    .unwrap();
    assert_eq!(file.id, again.id, "the same content once");
    let bad = attach_file(&database, &at(day), &unit, id, ("a.png", b"<svg>")).await;
    assert!(matches!(bad, Err(TasksError::Attachment(_))));
    let chief = person("chief");
    check_report(&database, &at(day), &chief, id).await.unwrap();
    let late = return_report(&database, &at(day), &chief, id, "迟了").await;
    assert!(matches!(late, Err(TasksError::WrongState { .. })));
    let late = attach_file(&database, &at(day), &unit, id, ("c.pdf", b"%PDF-1")).await;
    assert!(matches!(late, Err(TasksError::WrongState { .. })));
    let state = boilers(&database, day).await;
    assert_eq!((state.percent, state.waiting), (40, 0));
    assert!(state.is_simulated);
    let (kept, content) = load_file(&database, &person("reader"), file.id)
        .await
        .unwrap();
    assert_eq!((kept.name.as_str(), content.len()), ("照片.png", 9));
    let query = TaskQuery::default();
    let dossier = load_task(&database, &at(day), &book(), &chief, (TASK, &query))
        .await
        .unwrap();
    assert_eq!(dossier.reports[0].1.len(), 1);
    let trail = audit::list_of_subject(&database, "task:boilers_out", None, 10)
        .await
        .unwrap();
    let actions: Vec<_> = trail.iter().map(|entry| entry.action.as_str()).collect();
    assert_eq!(actions, ["tasks.check", "tasks.attach", "tasks.report"]);
}

test_on_both_databases!(a_report_counts, |database| {
    a_report_counts_when_somebody_else_has_checked_it(database)
});

async fn reminders_are_written_once_as_time_is_played(test: TestDatabase) {
    let database = test.handle();
    install(&database).await;
    let remind = async |day: &str| write_reminders(&database, &at(day), &book()).await.unwrap();
    let open = async || {
        let found = list_reminders(&database, &person("reader")).await.unwrap();
        let mut stages: Vec<_> = found
            .into_iter()
            .filter(|one| one.task == TASK)
            .map(|one| one.stage)
            .collect();
        stages.sort();
        stages
    };
    assert_eq!(remind("2027-10-31").await, 0);
    assert_eq!(remind("2027-11-01").await, 1);
    assert_eq!(remind("2027-11-01").await, 0, "once");
    assert_eq!(remind("2027-11-20").await, 0);
    assert_eq!(remind("2027-12-16").await, 1);
    assert_eq!(remind("2028-01-01").await, 1);
    assert_eq!(
        open().await,
        [Stage::Before60, Stage::Before15, Stage::Overdue1]
    );
    let see = (
        "boilers_out",
        "2027-12-31".parse().unwrap(),
        Stage::Before60,
    );
    mark_seen(&database, &at("2028-01-02"), &person("chief"), see)
        .await
        .unwrap();
    let twice = mark_seen(&database, &at("2028-01-02"), &person("chief"), see).await;
    assert!(matches!(twice, Err(TasksError::NotFound { .. })));
    assert_eq!(open().await, [Stage::Before15, Stage::Overdue1]);
    // nothing ran for months: the last stage counts, the one before is not made up for
    assert_eq!(remind("2028-05-01").await, 1);
    assert_eq!(
        open().await,
        [Stage::Before15, Stage::Overdue1, Stage::Overdue90]
    );
    told(
        &database,
        progress("990100", "2028-05-02", 100),
        "2028-05-02",
    )
    .await;
    assert_eq!(boilers(&database, "2028-05-02").await.status, Status::Done);
    let query = TaskQuery::default();
    let of = (TASK, &query);
    let dossier = load_task(&database, &at("2028-05-02"), &book(), &person("reader"), of)
        .await
        .unwrap();
    assert_eq!(dossier.reminders.len(), 4, "those that were seen too");
}

test_on_both_databases!(reminders_are_written_once, |database| {
    reminders_are_written_once_as_time_is_played(database)
});

async fn a_task_is_broken_down_named_and_handed_up(test: TestDatabase) {
    let database = test.handle();
    install(&database).await;
    let clock = at("2028-02-01");
    let (plan, chief) = (book(), person("chief"));
    let who = (&plan, &chief);
    let goal = |year: i32, percent: u8| Goal {
        year,
        percent,
        goal: format!("{percent}%"),
    };
    for wrong in [
        vec![goal(2025, 10)],
        vec![goal(2026, 1), goal(2026, 2)],
        vec![goal(2026, 101)],
    ] {
        let result = put_goals(&database, &clock, who, TASK, &wrong).await;
        assert!(
            matches!(result, Err(TasksError::Invalid { .. })),
            "{wrong:?}"
        );
    }
    put_goals(
        &database,
        &clock,
        who,
        TASK,
        &[goal(2027, 100), goal(2026, 50)],
    )
    .await
    .unwrap();
    let named = assign_task(
        &database,
        &clock,
        who,
        (TASK, 0),
        (Some("市局大气科"), Some("张明")),
    )
    .await
    .unwrap();
    assert_eq!(named.revision, 1);
    let stale = assign_task(&database, &clock, who, (TASK, 0), (None, None)).await;
    assert!(matches!(stale, Err(TasksError::Stale)));
    let up = (Level::County, "李县长", "逾期一个月");
    let work = hand_over_task(&database, &clock, who, (TASK, 1), up)
        .await
        .unwrap();
    assert_eq!(work.level, Level::County);
    let down = (Level::County, "王局长", "再来");
    let refused = hand_over_task(&database, &clock, who, (TASK, 2), down).await;
    assert!(matches!(refused, Err(TasksError::NotUp { .. })));
    let up = (Level::Bureau, "王局长", "仍未推进");
    hand_over_task(&database, &clock, who, (TASK, 2), up)
        .await
        .unwrap();
    let query = TaskQuery::default();
    let dossier = load_task(&database, &clock, &plan, &chief, (TASK, &query))
        .await
        .unwrap();
    let years: Vec<_> = dossier.goals.iter().map(|goal| goal.year).collect();
    assert_eq!(years, [2026, 2027]);
    let trace: Vec<_> = dossier
        .hand_overs
        .iter()
        .map(|one| (one.from, one.to, one.recipient.as_str()))
        .collect();
    assert_eq!(
        trace,
        [
            (Level::Unit, Level::County, "李县长"),
            (Level::County, Level::Bureau, "王局长"),
        ]
    );
    assert_eq!(dossier.state.work.unit.as_deref(), Some("市局大气科"));
}

test_on_both_databases!(broken_down_and_handed_up, |database| {
    a_task_is_broken_down_named_and_handed_up(database)
});

async fn counties_report_for_themselves_and_the_citys_is_the_citys(test: TestDatabase) {
    let database = test.handle();
    install(&database).await;
    let day = "2026-03-01";
    let county = of_county("990101");
    let new = progress("990101", day, 70);
    let id = new.id;
    report_task(&database, &at(day), &book(), &county, new)
        .await
        .unwrap();
    let foreign = report_task(
        &database,
        &at(day),
        &book(),
        &county,
        progress("990102", day, 1),
    )
    .await;
    assert!(matches!(foreign, Err(TasksError::Refused(_))));
    let hidden = check_report(&database, &at(day), &of_county("990102"), id).await;
    assert!(matches!(hidden, Err(TasksError::NotFound { .. })));
    check_report(&database, &at(day), &person("chief"), id)
        .await
        .unwrap();
    assert_eq!(
        boilers(&database, day).await.percent,
        0,
        "the city's own reports"
    );
    let own = list_tasks(&database, &at(day), &book(), &county, &TaskQuery::default())
        .await
        .unwrap();
    assert_eq!(own[0].percent, 70, "a county's board is its own");
    let next_door = TaskQuery {
        region: Some("990102".parse().unwrap()),
        ..TaskQuery::default()
    };
    let refused = list_tasks(&database, &at(day), &book(), &county, &next_door).await;
    assert!(matches!(refused, Err(TasksError::Refused(_))));
    let plan = book();
    let who = (&plan, &county);
    let refused = put_goals(&database, &at(day), who, TASK, &[]).await;
    assert!(matches!(refused, Err(TasksError::Refused(_))));
    let refused = assign_task(&database, &at(day), who, (TASK, 0), (None, None)).await;
    assert!(matches!(refused, Err(TasksError::Refused(_))));
    assert!(list_reminders(&database, &county).await.is_err());
    let mut reader = person("reader");
    reader.permissions = [Permission::ReadPlan].into();
    let refused = report_task(
        &database,
        &at(day),
        &book(),
        &reader,
        progress("990100", day, 1),
    )
    .await;
    assert!(matches!(refused, Err(TasksError::Refused(_))));
}

test_on_both_databases!(counties_report, |database| {
    counties_report_for_themselves_and_the_citys_is_the_citys(database)
});

async fn reports_of_the_past_come_from_a_table_once(test: TestDatabase) {
    let database = test.handle();
    install(&database).await;
    let clock = at("2028-02-01");
    let rows = "任务,行政区划代码,期限,截至日期,进度,进展,是否模拟\n\
         boilers_out,990100,,2026-06-30,30,推进中,是\n\
         boilers_out,990100,2027-12-31,2027-12-20,100,完成,是\n";
    let import = async |table: &str| {
        let rows = read_table(table.as_bytes()).unwrap();
        import_reports(&database, &clock, &book(), &person("keeper"), &rows)
            .await
            .unwrap()
    };
    let done = import(rows).await;
    assert_eq!((done.created, done.problems.len()), (2, 0));
    let again = import(rows).await;
    assert_eq!((again.created, again.unchanged), (0, 2));
    assert_eq!(boilers(&database, "2026-12-01").await.percent, 30);
    assert_eq!(boilers(&database, "2028-01-01").await.status, Status::Done);
    let wrong = import(
        "任务,行政区划代码,截至日期,进度,进展\n\
         no_such,990100,2026-06-30,30,推进中\n\
         boilers_out,990100,2026-06-31,30,推进中\n\
         boilers_out,990100,2026-06-30,300,推进中\n",
    )
    .await;
    let columns: Vec<_> = wrong
        .problems
        .iter()
        .map(|one| one.column.as_str())
        .collect();
    assert_eq!(columns, ["task", "as_of", "percent"]);
    assert_eq!(wrong.created, 0);
}

test_on_both_databases!(reports_of_the_past, |database| {
    reports_of_the_past_come_from_a_table_once(database)
});
