//! A project from its entry to its acceptance, lists, totals, the pool against the plan.

use access::Permission;
use database::{Database, audit};
use projects::{
    Condition, Explanation, ProjectDetails, ProjectFilter, ProjectState, ProjectsError,
    create_project, list_projects, load_project, load_reconciliation, load_totals, put_funds,
    step_project, step_projects, update_project,
};
use test_support::{TestDatabase, test_on_both_databases};
use uuid::Uuid;

use crate::completion::how_far_it_had_come;
use crate::world::{
    book, clock, details, enter, fund, give, install, kind, milestone, money, of_county, person,
    plan_dates, step, take, without,
};

async fn a_project_lives_from_reserve_to_acceptance(test: TestDatabase) {
    let database = test.handle();
    install(&database).await;
    let entered = enter(&database, details("W-1", "990101")).await;
    let early = step_project(
        &database,
        &clock(),
        &person("chief"),
        (entered.project.id, 1),
        &step(ProjectState::Approved, "2026-03-01"),
    )
    .await;
    let Err(ProjectsError::ConditionsUnmet { unmet }) = early else {
        panic!("{early:?}");
    };
    assert_eq!(unmet.len(), 1);
    assert_eq!(unmet[0].0, Condition::FundsPlanned);
    let funded = give(&database, &entered, &[fund("100", "0", "0")]).await;
    assert_eq!(funded.project.revision, 2);
    let approved = take(&database, &funded, (ProjectState::Approved, "2026-03-01")).await;
    let planned = plan_dates(&database, &approved, &[milestone(None)]).await;
    let going = take(
        &database,
        &planned,
        (ProjectState::UnderConstruction, "2026-05-01"),
    )
    .await;
    let reached = plan_dates(&database, &going, &[milestone(Some("2027-04-02"))]).await;
    let paid = give(&database, &reached, &[fund("100", "60", "60.5")]).await;
    let built = take(&database, &paid, (ProjectState::Built, "2027-04-10")).await;
    take(&database, &built, (ProjectState::Accepted, "2027-06-01")).await;
    let kept = load_project(&database, &person("reader"), entered.project.id)
        .await
        .unwrap();
    assert_eq!(kept.project.state, ProjectState::Accepted);
    assert_eq!(kept.steps.len(), 4);
    assert_eq!(kept.steps[3].author, "user:chief");
    assert_eq!(
        kept.milestones[0].actual_on,
        Some("2027-04-02".parse().unwrap())
    );
    assert_eq!(kept.funds[0].paid, money("60.5"));
    how_far_it_had_come(&database).await;
    let subject = format!("project:{}", entered.project.id);
    let trail = audit::list_of_subject(&database, &subject, None, 20)
        .await
        .unwrap();
    assert_eq!(trail.len(), 9);
    assert_eq!(trail[0].action, "projects.step");
    let closed = step_project(
        &database,
        &clock(),
        &person("chief"),
        (entered.project.id, kept.project.revision),
        &step(ProjectState::Removed, "2027-06-02"),
    )
    .await;
    assert!(matches!(closed, Err(ProjectsError::NoSuchPassage { .. })));
}

test_on_both_databases!(a_project_lives, |database| {
    a_project_lives_from_reserve_to_acceptance(database)
});

async fn change(
    database: &Database,
    (id, revision): (Uuid, i64),
    details: ProjectDetails,
) -> Result<i64, ProjectsError> {
    let change = (id, revision, details);
    update_project(database, &clock(), &book(), &person("keeper"), change)
        .await
        .map(|dossier| dossier.project.revision)
}

#[expect(clippy::too_many_lines, reason = "a table of what is asked")]
async fn what_cannot_be_is_refused_and_nothing_is_lost(test: TestDatabase) {
    let database = test.handle();
    install(&database).await;
    let first = enter(&database, details("W-1", "990101")).await;
    let id = first.project.id;
    let field = |result: Result<i64, ProjectsError>| match result {
        Err(ProjectsError::Invalid { field, .. }) => field,
        other => format!("{other:?}"),
    };
    let good = details("W-1", "990101");
    for (wrong, expected) in [
        (
            ProjectDetails {
                code: "W 1".into(),
                ..good.clone()
            },
            "code",
        ),
        (
            ProjectDetails {
                name: " ".into(),
                ..good.clone()
            },
            "name",
        ),
        (
            ProjectDetails {
                kind: "roads".into(),
                ..good.clone()
            },
            "kind",
        ),
        (
            ProjectDetails {
                first_year: Some(2025),
                ..good.clone()
            },
            "first_year",
        ),
        (
            ProjectDetails {
                last_year: Some(2026),
                first_year: Some(2027),
                ..good.clone()
            },
            "last_year",
        ),
        (
            ProjectDetails {
                named: Some("x".into()),
                ..good.clone()
            },
            "named",
        ),
        (
            ProjectDetails {
                task: Some("x".into()),
                ..good.clone()
            },
            "task",
        ),
        (
            ProjectDetails {
                indicator: Some("x".into()),
                ..good.clone()
            },
            "indicator",
        ),
        (
            ProjectDetails {
                region: "990199".parse().unwrap(),
                ..good.clone()
            },
            "region_code",
        ),
        (
            ProjectDetails {
                site_id: Some(99),
                ..good.clone()
            },
            "site_id",
        ),
    ] {
        assert_eq!(field(change(&database, (id, 1), wrong).await), expected);
    }
    let renamed = ProjectDetails {
        name: "模拟管网二期".into(),
        ..good.clone()
    };
    assert_eq!(change(&database, (id, 1), renamed).await.unwrap(), 2);
    let late = change(&database, (id, 1), good.clone()).await;
    assert!(matches!(late, Err(ProjectsError::Stale)));
    let of = (id, 1);
    let stale = put_funds(&database, &clock(), (&book(), &person("keeper")), of, &[]).await;
    assert!(matches!(stale, Err(ProjectsError::Stale)));
    // the same id or number for another project
    let keeper = person("keeper");
    let other = (id, details("W-2", "990101"));
    let taken = create_project(&database, &clock(), &book(), &keeper, other).await;
    assert!(matches!(taken, Err(ProjectsError::IdTaken { .. })));
    let other = (Uuid::now_v7(), good.clone());
    let taken = create_project(&database, &clock(), &book(), &keeper, other).await;
    assert!(
        matches!(taken, Err(ProjectsError::CodeTaken { .. })),
        "{taken:?}"
    );
    let named = book().plan().projects[0].id.get_ref().clone();
    let kind = book().plan().projects[0].kind.clone();
    let of_plan = |code: &str| ProjectDetails {
        named: Some(named.clone()),
        kind: kind.clone(),
        ..details(code, "990101")
    };
    enter(&database, of_plan("N-1")).await;
    let twice = (Uuid::now_v7(), of_plan("N-2"));
    let twice = create_project(&database, &clock(), &book(), &keeper, twice).await;
    assert!(
        matches!(twice, Err(ProjectsError::NamedTaken { .. })),
        "{twice:?}"
    );
    let rows = [fund("1", "0", "0"), fund("2", "0", "0")];
    let of = (id, 2);
    let twice = put_funds(&database, &clock(), (&book(), &keeper), of, &rows).await;
    assert!(matches!(twice, Err(ProjectsError::Invalid { .. })));
    let kept = load_project(&database, &keeper, id).await.unwrap();
    assert_eq!(kept.project.details.name, "模拟管网二期");
    assert_eq!(kept.project.revision, 2);
}

test_on_both_databases!(what_cannot_be_is_refused, |database| {
    what_cannot_be_is_refused_and_nothing_is_lost(database)
});

async fn permission_and_region_hold(test: TestDatabase) {
    let database = test.handle();
    install(&database).await;
    let home = enter(&database, details("W-1", "990101")).await;
    enter(&database, details("W-2", "990102")).await;
    let id = home.project.id;
    let neighbour = of_county("990102");
    let hidden = load_project(&database, &neighbour, id).await;
    assert!(matches!(hidden, Err(ProjectsError::NotFound { .. })));
    let filter = ProjectFilter {
        limit: 10,
        ..ProjectFilter::default()
    };
    let own = list_projects(&database, &clock(), &neighbour, &filter)
        .await
        .unwrap();
    let codes: Vec<_> = own
        .iter()
        .map(|one| one.project.details.code.as_str())
        .collect();
    assert_eq!(codes, ["W-2"]);
    let foreign = (Uuid::now_v7(), details("W-3", "990101"));
    let refused = create_project(&database, &clock(), &book(), &neighbour, foreign).await;
    assert!(matches!(refused, Err(ProjectsError::Refused(_))));
    // nobody moves a project into a county that is not theirs
    let own_id = own[0].project.id;
    let moved = (own_id, 1, details("W-2", "990101"));
    let refused = update_project(&database, &clock(), &book(), &neighbour, moved).await;
    assert!(matches!(refused, Err(ProjectsError::Refused(_))));
    let go = step(ProjectState::Removed, "2026-03-01");
    let hidden = step_project(&database, &clock(), &neighbour, (id, 1), &go).await;
    assert!(matches!(hidden, Err(ProjectsError::NotFound { .. })));
    let whole = load_reconciliation(&database, &clock(), &book(), &neighbour).await;
    assert!(matches!(whole, Err(ProjectsError::Refused(_))));
    for permission in [
        Permission::ReadPlan,
        Permission::ManageProjects,
        Permission::DecideProjects,
    ] {
        let somebody = without(permission);
        let read = load_project(&database, &somebody, id).await.is_ok();
        assert_eq!(read, permission != Permission::ReadPlan);
        let change = (id, 1, details("W-1", "990101"));
        let step = step_project(&database, &clock(), &somebody, (id, 99), &go).await;
        let is_refused = matches!(step, Err(ProjectsError::Refused(_)));
        assert_eq!(is_refused, permission == Permission::DecideProjects);
        if permission == Permission::ManageProjects {
            let changed = update_project(&database, &clock(), &book(), &somebody, change).await;
            assert!(matches!(changed, Err(ProjectsError::Refused(_))));
        }
    }
}

test_on_both_databases!(
    permission_and_region,
    |database| permission_and_region_hold(database)
);

#[expect(clippy::too_many_lines, reason = "a table of what is asked")]
async fn lists_go_page_by_page_and_totals_follow_the_filter(test: TestDatabase) {
    let database = test.handle();
    install(&database).await;
    for number in 1..=5 {
        let region = if number < 4 { "990101" } else { "990102" };
        enter(&database, details(&format!("W-{number}"), region)).await;
    }
    let mut filter = ProjectFilter {
        limit: 2,
        ..ProjectFilter::default()
    };
    let mut codes = Vec::new();
    loop {
        let page = list_projects(&database, &clock(), &person("reader"), &filter)
            .await
            .unwrap();
        filter.after = page.last().map(|one| one.project.details.code.clone());
        codes.extend(page.iter().map(|one| one.project.details.code.clone()));
        if page.len() < 2 {
            break;
        }
    }
    assert_eq!(codes, ["W-1", "W-2", "W-3", "W-4", "W-5"]);
    let reader = person("reader");
    let first = list_projects(
        &database,
        &clock(),
        &reader,
        &ProjectFilter {
            limit: 1,
            ..ProjectFilter::default()
        },
    )
    .await
    .unwrap();
    let first = load_project(&database, &reader, first[0].project.id)
        .await
        .unwrap();
    give(&database, &first, &[fund("100", "10", "12")]).await;
    let everything = ProjectFilter {
        limit: 10,
        ..ProjectFilter::default()
    };
    for (filter, expected) in [
        (
            ProjectFilter {
                search: Some("w-3".into()),
                ..everything.clone()
            },
            vec!["W-3"],
        ),
        (
            ProjectFilter {
                search: Some("%".into()),
                ..everything.clone()
            },
            vec![],
        ),
        (
            ProjectFilter {
                region: Some("990102".parse().unwrap()),
                ..everything.clone()
            },
            vec!["W-4", "W-5"],
        ),
        (
            ProjectFilter {
                state: Some(ProjectState::Built),
                ..everything.clone()
            },
            vec![],
        ),
        (
            ProjectFilter {
                kind: Some("roads".into()),
                ..everything.clone()
            },
            vec![],
        ),
        (
            ProjectFilter {
                task: Some("x".into()),
                ..everything.clone()
            },
            vec![],
        ),
        (
            ProjectFilter {
                indicator: Some("x".into()),
                ..everything.clone()
            },
            vec![],
        ),
        (
            ProjectFilter {
                only_named: true,
                ..everything.clone()
            },
            vec![],
        ),
        (
            ProjectFilter {
                only_attention: true,
                ..everything.clone()
            },
            vec!["W-1"],
        ),
    ] {
        let found = list_projects(&database, &clock(), &reader, &filter)
            .await
            .unwrap();
        let codes: Vec<_> = found
            .iter()
            .map(|one| one.project.details.code.as_str())
            .collect();
        assert_eq!(codes, expected, "{filter:?}");
        assert!(
            found
                .iter()
                .all(|one| one.needs_attention == (one.project.details.code == "W-1"))
        );
    }
    let of_one = ProjectFilter {
        region: Some("990101".parse().unwrap()),
        ..ProjectFilter::default()
    };
    let (totals, funds) = load_totals(&database, &clock(), &reader, &of_one)
        .await
        .unwrap();
    assert_eq!(totals, [(kind(), ProjectState::Reserve, 3, money("300"))]);
    assert_eq!(funds.len(), 1);
    assert_eq!(
        (funds[0].arrived, funds[0].paid),
        (money("10"), money("12"))
    );
}

test_on_both_databases!(lists_and_totals, |database| {
    lists_go_page_by_page_and_totals_follow_the_filter(database)
});

async fn a_batch_takes_the_step_where_it_can_and_the_balance_follows(test: TestDatabase) {
    let database = test.handle();
    install(&database).await;
    let one = enter(&database, details("W-1", "990101")).await;
    let bare = ProjectDetails {
        planned: None,
        ..details("W-2", "990101")
    };
    let two = enter(&database, bare).await;
    let reader = person("reader");
    let before = load_reconciliation(&database, &clock(), &book(), &reader)
        .await
        .unwrap();
    assert_eq!(before.kinds[0].pool.count, 2);
    assert!(
        before.kinds[0]
            .explanations
            .contains(&Explanation::WithoutAmount { count: 1 })
    );
    let unknown = Uuid::now_v7();
    let ids = [one.project.id, two.project.id, unknown];
    let chief = person("chief");
    let approve = step(ProjectState::Approved, "2026-03-01");
    let outcomes = step_projects(&database, &clock(), &chief, &ids, &approve)
        .await
        .unwrap();
    assert!(outcomes.iter().all(|outcome| outcome.result.is_err()));
    let Err(ProjectsError::ConditionsUnmet { unmet }) = &outcomes[1].result else {
        panic!("{outcomes:?}");
    };
    assert_eq!(unmet[0].0, Condition::Investment);
    assert!(matches!(
        outcomes[2].result,
        Err(ProjectsError::NotFound { .. })
    ));
    let remove = step(ProjectState::Removed, "2026-04-01");
    let outcomes = step_projects(&database, &clock(), &chief, &ids, &remove)
        .await
        .unwrap();
    let done: Vec<_> = outcomes
        .iter()
        .map(|outcome| outcome.result.is_ok())
        .collect();
    assert_eq!(done, [true, true, false]);
    let after = load_reconciliation(&database, &clock(), &book(), &reader)
        .await
        .unwrap();
    assert_eq!(after.kinds[0].pool.count, 0);
    let removed = Explanation::Removed {
        count: 2,
        amount: money("100"),
    };
    assert!(
        after.kinds[0].explanations.contains(&removed),
        "{:?}",
        after.kinds[0]
    );
    let none = step_projects(&database, &clock(), &chief, &[], &remove).await;
    assert!(matches!(none, Err(ProjectsError::Invalid { .. })));
}

test_on_both_databases!(a_batch_takes_the_step, |database| {
    a_batch_takes_the_step_where_it_can_and_the_balance_follows(database)
});
