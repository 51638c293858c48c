//! Tasks and projects in an assessment, as they stood at the end of its year.

use std::fmt::Write;

use access::Actor;
use assessment::{Content, NewAssessment, canonical_json, compare, take_content};
use beijing_time::Clock;
use city_plan::{AssessmentKind, Recurrence};
use database::{Database, on_transaction};
use plan::PlanBook;
use sites::read_table;
use test_support::{TestDatabase, test_on_both_databases};
use uuid::Uuid;

use crate::world::{clock, hengyang, person};

async fn content(database: &Database, book: &PlanBook, year: i32) -> Content {
    let new = NewAssessment {
        id: Uuid::now_v7(),
        kind: AssessmentKind::Yearly,
        year,
    };
    let now = clock().now();
    take_content(database, book, &person("规划科"), &new, now)
        .await
        .unwrap()
}

/// A project that was to be finished in a year, with milestones of which the first was reached.
async fn add_project(
    database: &Database,
    code: &str,
    (last_year, milestones): (i64, i64),
    built_on: Option<&str>,
) {
    const PROJECT: &str = "INSERT INTO project (id, code, name, kind, region_code, owner, last_year, \
         note, is_simulated, state, revision) \
         VALUES ($1, $2, $2, 'water_projects', '430421', '单位', $3, '', $4, $5, 1)";
    const MILESTONE: &str = "INSERT INTO project_milestone (project_id, number, name, planned_on, \
         actual_on) VALUES ($1, $2, '节点', '2017-06-30', $3)";
    const STEP: &str = "INSERT INTO project_step (project_id, number, from_state, to_state, \
         happened_on, document, note, author, at_ms) \
         VALUES ($1, 1, 'under_construction', 'built', $2, '', '', 'user:a', 0)";
    let id = Uuid::now_v7();
    let state = if built_on.is_some() {
        "built"
    } else {
        "under_construction"
    };
    let mut transaction = database.begin().await.unwrap();
    on_transaction!(&mut transaction, |connection| {
        sqlx::query(PROJECT)
            .bind(id)
            .bind(code)
            .bind(last_year)
            .bind(true)
            .bind(state)
            .execute(&mut *connection)
            .await
            .unwrap();
        for number in 1..=milestones {
            sqlx::query(MILESTONE)
                .bind(id)
                .bind(number)
                .bind((number == 1).then_some("2017-07-01"))
                .execute(&mut *connection)
                .await
                .unwrap();
        }
        if let Some(on) = built_on {
            sqlx::query(STEP)
                .bind(id)
                .bind(on)
                .execute(&mut *connection)
                .await
                .unwrap();
        }
    });
    transaction.commit().await.unwrap();
}

/// A task that comes again every year and has a unit that leads it, and one with a single deadline.
fn due_tasks(book: &PlanBook) -> [&city_plan::Task; 2] {
    let is_single = |task: &city_plan::Task| {
        task.recurrence.is_none() && task.due.is_some_and(|due| due.last_day().as_str() < "2019")
    };
    let find = |is_it: &dyn Fn(&city_plan::Task) -> bool| {
        let mut tasks = book.plan().tasks.iter();
        &tasks.find(|task| is_it(&task.item)).unwrap().item
    };
    let led = |task: &city_plan::Task| {
        task.recurrence == Some(Recurrence::Yearly) && !task.lead.is_empty()
    };
    [find(&led), find(&is_single)]
}

/// Checked reports: task, deadline, day, per cent, whether it is made up.
async fn tell(database: &Database, book: &PlanBook, reports: &[(&str, &str, &str, u8, bool)]) {
    let mut table = "task,region_code,due_on,as_of,percent,text,is_simulated\n".to_owned();
    for (task, due_on, as_of, percent, is_simulated) in reports {
        let simulated = if *is_simulated { "是" } else { "否" };
        let _ = writeln!(
            table,
            "{task},430400,{due_on},{as_of},{percent},进展,{simulated}"
        );
    }
    let rows = read_table(table.as_bytes()).unwrap();
    let actor = Actor::system("command_line");
    let import = tasks::import_reports(database, &clock(), book, &actor, &rows)
        .await
        .unwrap();
    assert_eq!((import.created, import.problems.len()), (reports.len(), 0));
}

/// Work of which some was done by the end of 2018.
async fn fill(database: &Database, book: &PlanBook) {
    let [led, other] = due_tasks(book).map(|task| task.id.get_ref().as_str());
    let reports = [
        (led, "2016-12-31", "2016-12-20", 100, true),
        (led, "2017-12-31", "2018-01-10", 50, true),
        (led, "2018-12-31", "2019-02-01", 100, true),
        (other, "", "2018-12-31", 100, true),
    ];
    tell(database, book, &reports).await;
    add_project(database, "W-1", (2017, 2), Some("2017-12-31")).await;
    add_project(database, "W-2", (2018, 4), None).await;
    add_project(database, "W-3", (2018, 0), None).await;
    add_project(database, "W-4", (2019, 2), Some("2018-05-01")).await;
    // built after the year: then it had one of two
    add_project(database, "W-5", (2018, 2), Some("2019-01-01")).await;
}

async fn count(test: TestDatabase) {
    let database = test.handle();
    let book = hengyang();
    fill(&database, &book).await;
    let [led, other] = due_tasks(&book);
    let found = content(&database, &book, 2018).await;
    let of = |id: &str| {
        let work = found.works.iter().find(|work| work.id == id);
        work.map(|work| {
            let score = work.score.map(|score| score.to_string());
            (work.done, work.due, score.unwrap_or_default())
        })
    };
    let is = |done, due, score: &str| Some((done, due, score.to_owned()));
    // what tells of a day after the year does not count in it
    assert_eq!(of(led.id.get_ref()), is(Some(150), 300, "50.00"));
    assert_eq!(of(other.id.get_ref()), is(Some(100), 100, "100.00"));
    assert_eq!(of("W-1"), is(Some(2), 2, "100.00"));
    assert_eq!(of("W-2"), is(Some(1), 4, "25.00"));
    assert_eq!(of("W-3"), is(None, 1, ""));
    assert_eq!(of("W-4"), None);
    assert_eq!(of("W-5"), is(Some(1), 2, "50.00"));
    // and each opens to what it was counted from
    let steps = |id: &str| -> Vec<(Option<u32>, Option<String>)> {
        let work = found.works.iter().find(|work| work.id == id).unwrap();
        let steps = work.steps.iter();
        steps.map(|one| (one.percent, one.as_of.clone())).collect()
    };
    let on = |day: &str| Some(day.to_owned());
    assert_eq!(
        steps(led.id.get_ref()),
        [
            (Some(100), on("2016-12-20")),
            (Some(50), on("2018-01-10")),
            (None, None)
        ]
    );
    assert_eq!(
        steps("W-5"),
        [(Some(100), on("2017-07-01")), (Some(0), None)]
    );
    let first = found.works.iter().find(|work| work.id == "W-1").unwrap();
    assert_eq!(first.built_on, on("2017-12-31"));
    assert!(first.project.is_some() && first.simulated);
    let parts: Vec<&str> = found.parts.iter().map(|one| one.part.as_str()).collect();
    assert_eq!(parts, ["indicators", "tasks", "projects"]);
    // (100 + 25 + 50) ÷ 3, of four projects three have data
    let projects = &found.parts[2].total;
    assert_eq!(projects.score.unwrap().to_string(), "58.33");
    assert_eq!(projects.coverage.to_string(), "75.0");
    let leader = led.lead.first().map(String::as_str);
    let unit = found
        .units
        .iter()
        .find(|one| Some(one.id.as_str()) == leader);
    assert!(unit.is_some_and(|unit| unit.total.scored == 1));
    assert!(found.is_simulated());
    // the content is the same after a way through JSON
    let json = serde_json::to_string(&found).unwrap();
    let back: Content = serde_json::from_str(&json).unwrap();
    assert_eq!(back, found);
}

async fn compare_then_and_now(test: TestDatabase) {
    let database = test.handle();
    let book = hengyang();
    // nothing was told: every task that is due has no data, and there is no project
    let before = content(&database, &book, 2018).await;
    assert!(before.works.iter().all(|work| work.score.is_none()));
    assert_eq!(before.parts.len(), 2);
    fill(&database, &book).await;
    let after = content(&database, &book, 2018).await;
    // what would stand otherwise now is told: two tasks, and four projects that were not there
    let difference = compare(&before, &after);
    let changed: Vec<(&str, bool)> = (difference.works.iter())
        .map(|one| (one.id.as_str(), one.then.is_some()))
        .collect();
    let [led, other] = due_tasks(&book).map(|task| task.id.get_ref().as_str());
    let tasks = book.plan().tasks.iter();
    let mut expected: Vec<(&str, bool)> = tasks
        .map(|task| task.id.get_ref().as_str())
        .filter(|id| [led, other].contains(id))
        .map(|id| (id, true))
        .collect();
    expected.extend(["W-1", "W-2", "W-3", "W-5"].map(|id| (id, false)));
    assert_eq!(changed, expected);
    assert!(!difference.is_rule_changed);
    let gone = compare(&after, &before).works;
    let is_gone = |id: &str| gone.iter().any(|one| one.id == id && one.now.is_none());
    assert!(is_gone("W-1") && gone.len() == 6);
    // a real report: simulated ones do not count beside it
    tell(&database, &book, &[(other, "", "2018-12-01", 70, false)]).await;
    let real = content(&database, &book, 2018).await;
    let done = |id: &str| real.works.iter().find(|one| one.id == id).unwrap().done;
    assert_eq!(done(led), None);
    assert_eq!(done(other), Some(70));
    assert_eq!(done("W-2"), Some(1));
}

test_on_both_databases!(what_would_be_counted_otherwise_is_told, |database| {
    compare_then_and_now(database)
});

test_on_both_databases!(tasks_and_projects_count, |database| count(database));

async fn count_indicators_alone(test: TestDatabase) {
    let database = test.handle();
    let mut sources = city_plan::skeleton();
    let rule = (sources.iter_mut())
        .find(|source| source.name == "assessment.toml")
        .unwrap();
    let start = rule.text.find("[assessment.work]").unwrap();
    let end = start + rule.text[start..].find("[[assessment.grade]]").unwrap();
    rule.text.replace_range(start..end, "");
    let content = content(&database, &PlanBook::read(&sources), 2026).await;
    assert!(content.parts.is_empty() && content.works.is_empty());
    // the form that was signed before there were parts: no field more
    let value = serde_json::to_value(&content).unwrap();
    assert!(value.get("parts").is_none() && value.get("works").is_none());
    let back: Content = serde_json::from_value(value.clone()).unwrap();
    let again = serde_json::to_value(&back).unwrap();
    assert_eq!(canonical_json(&again), canonical_json(&value));
    assert_eq!(back.digest().unwrap(), content.digest().unwrap());
    // what was signed then is compared with a rule that counts works since
    let mut since = content.clone();
    "another".clone_into(&mut since.rule.id);
    assert!(compare(&content, &since).is_rule_changed);
}

test_on_both_databases!(without_weights_the_content_is_what_it_was, |database| {
    count_indicators_alone(database)
});
