//! How far projects had come on a day.

use beijing_time::CivilDate;
use database::Database;
use projects::{ProjectDetails, ProjectState, list_completion};
use test_support::{TestDatabase, test_on_both_databases};

use crate::world::{details, enter, fund, give, install, milestone, plan_dates, take};

/// The same project on days of its life: it was to be finished in 2028.
pub(crate) async fn how_far_it_had_come(database: &Database) {
    let on = async |day: &str| {
        let found = list_completion(database, day.parse().unwrap())
            .await
            .unwrap();
        let text = |day: CivilDate| day.to_string();
        let shown = found.into_iter().map(|one| {
            let reached = one.milestones[0].actual_on.map(text);
            (one.code, one.built_on.map(text), reached)
        });
        shown.collect::<Vec<_>>()
    };
    assert_eq!(on("2027-12-31").await, []);
    let reached = Some("2027-04-02".to_owned());
    let built = Some("2027-04-10".to_owned());
    assert_eq!(on("2028-12-31").await, [("W-1".to_owned(), built, reached)]);
}

/// One that was to be finished long ago: what came after the day does not count, nor what left the pool.
async fn what_came_later_does_not_count(test: TestDatabase) {
    let database = test.handle();
    install(&database).await;
    let late = ProjectDetails {
        first_year: Some(2026),
        last_year: Some(2026),
        ..details("W-2", "990101")
    };
    let entered = enter(&database, late).await;
    let funded = give(&database, &entered, &[fund("100", "0", "0")]).await;
    let approved = take(&database, &funded, (ProjectState::Approved, "2026-03-01")).await;
    let milestones = [milestone(Some("2026-06-01")), milestone(Some("2027-01-05"))];
    let dated = plan_dates(&database, &approved, &milestones).await;
    let found = list_completion(&database, "2026-12-31".parse().unwrap())
        .await
        .unwrap();
    let reached = found[0]
        .milestones
        .iter()
        .map(|one| one.actual_on.is_some());
    assert_eq!(reached.collect::<Vec<_>>(), [true, false]);
    assert_eq!(found[0].built_on, None);
    take(&database, &dated, (ProjectState::Removed, "2027-02-01")).await;
    let count = async |day: &str| {
        let found = list_completion(&database, day.parse().unwrap()).await;
        found.unwrap().len()
    };
    assert_eq!(
        (count("2026-12-31").await, count("2027-12-31").await),
        (1, 0)
    );
}

test_on_both_databases!(what_came_later, |database| what_came_later_does_not_count(
    database
));
