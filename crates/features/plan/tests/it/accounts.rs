//! Reduction accounts from accepted reports: each project once, county by county, real apart from
//! simulated.

use access::{Actor, Scope};
use beijing_time::FixedClock;
use city_plan::progress::{ReductionError, Status};
use city_plan::skeleton;
use database::{Database, audit, on_transaction, sqlx};
use plan::{
    AccountBase, InputSource, NewValue, PlanBook, PlanError, PollutantAccount, ReportedValue,
    accept_value, check_value, import_values, list_account_entries, list_accounts,
    list_indicator_states, report_value, state_of_plan,
};
use sites::read_table;
use test_support::{TestDatabase, test_on_both_databases};
use uuid::Uuid;

const COUNTIES: [&str; 2] = ["990101", "990102"];

fn clock() -> FixedClock {
    FixedClock::new("2029-01-10T08:00:00+08:00".parse().unwrap())
}

/// The skeleton's plan with an account of its own: 1000 t less 10 % until 2030.
fn book() -> PlanBook {
    let measure = |id: &str| {
        format!(
            "[[measure]]\nid = \"{id}\"\nname = \"{id}\"\nunit = \"t\"\nsource = \"reported\"\nfrom = \"试\"\n"
        )
    };
    let more = format!(
        "{}{}{}[[account]]\nid = \"cod_account\"\nname = \"化学需氧量\"\nindicator = \"cod\"\n\
         emission = \"emission\"\nincrement = \"increment\"\nreduction = \"reduction\"\n\
         [[indicator]]\nid = \"cod\"\nname = \"化学需氧量\"\ncategory = \"减排\"\nforce = \"binding\"\n\
         unit = \"t\"\nbase = \"1000\"\ntarget = \"10\"\nmeaning = \"reduce_by\"\n\
         written = \"削减10%\"\nformula = \"emission\"\nplaces = 0\ncite = []\n\
         [[region]]\ncode = \"990102\"\nname_zh = \"乙县\"\nname_en = \"B\"\n",
        measure("emission"),
        measure("increment"),
        measure("reduction"),
    );
    let mut sources = skeleton();
    let file = sources
        .iter_mut()
        .find(|source| source.text.contains("[[indicator]]"))
        .unwrap();
    file.text = format!("{}\n{more}", file.text);
    let book = PlanBook::read(&sources);
    assert_eq!(book.years(), (2025, 2026, 2030));
    assert_eq!(book.plan().accounts.len(), 1);
    book
}

fn person(name: &str) -> Actor {
    Actor {
        name: format!("user:{name}"),
        ..Actor::built_in_operator()
    }
}

/// Puts a project into the pool, as the feature of projects keeps it.
async fn add_project(
    database: &Database,
    (code, region): (&str, &str),
    state: &str,
    is_simulated: bool,
) -> Uuid {
    const INSERT: &str = "INSERT INTO project (id, code, name, kind, region_code, owner, note, \
         is_simulated, state, revision) VALUES ($1, $2, $3, 'water', $4, '单位', '', $5, $6, 1)";
    let id = Uuid::now_v7();
    let mut transaction = database.begin().await.unwrap();
    let added = on_transaction!(&mut transaction, |connection| sqlx::query(INSERT)
        .bind(id)
        .bind(code)
        .bind(format!("提标改造 {code}"))
        .bind(region)
        .bind(is_simulated)
        .bind(state)
        .execute(connection)
        .await
        .unwrap()
        .rows_affected());
    transaction.commit().await.unwrap();
    assert_eq!(added, 1);
    id
}

fn value(measure: &str, (region, year): (&str, i32), tonnes: &str) -> NewValue {
    NewValue {
        id: Uuid::now_v7(),
        measure: measure.to_owned(),
        region: region.parse().unwrap(),
        year,
        project_id: None,
        value: tonnes.parse().unwrap(),
        evidence: "核算表".to_owned(),
        is_simulated: true,
    }
}

fn reduction(place: (&str, i32), project: Uuid, tonnes: &str) -> NewValue {
    NewValue {
        project_id: Some(project),
        ..value("reduction", place, tonnes)
    }
}

fn real(new: NewValue) -> NewValue {
    NewValue {
        is_simulated: false,
        ..new
    }
}

async fn try_accept(database: &Database, new: NewValue) -> Result<ReportedValue, PlanError> {
    let (id, book) = (new.id, book());
    report_value(database, &clock(), &book, &person("unit"), new).await?;
    check_value(database, &clock(), &person("checker"), id).await?;
    accept_value(database, &clock(), &book, &person("chief"), id).await
}

async fn accept(database: &Database, new: NewValue) {
    try_accept(database, new).await.unwrap();
}

async fn load(database: &Database) -> PollutantAccount {
    list_accounts(database, &person("reader"), &book())
        .await
        .unwrap()
        .remove(0)
}

/// Year by year: opening, increment, reduction, closing, and `…` while the year is open.
fn shown(account: &PollutantAccount, region: Option<&str>, years: usize) -> Vec<String> {
    let regions = account.result.as_ref().unwrap();
    let one = regions
        .iter()
        .find(|one| one.region.as_deref() == region)
        .unwrap();
    let text = |year: &city_plan::progress::ReductionYear| {
        let open = if year.is_closed { "" } else { " …" };
        format!(
            "{}+{}-{}={}{open}",
            year.opening, year.increment, year.reduction, year.closing
        )
    };
    one.years.iter().take(years).map(text).collect()
}

async fn adds_up(test: TestDatabase) {
    let database = test.handle();
    let empty = load(&database).await;
    assert_eq!(empty.base, AccountBase::Plan);
    assert_eq!(shown(&empty, None, 1), ["1000+0-0=1000 …"]);

    // a value of another measure is nothing to the account
    accept(&database, value("good_days", (COUNTIES[0], 2026), "300")).await;
    for (county, base) in COUNTIES.into_iter().zip(["600", "400"]) {
        accept(&database, value("emission", (county, 2025), base)).await;
        accept(&database, value("increment", (county, 2026), "10")).await;
    }
    accept(&database, value("increment", (COUNTIES[0], 2027), "5.5")).await;
    let first = add_project(&database, ("W-1", COUNTIES[0]), "accepted", true).await;
    let second = add_project(&database, ("W-2", COUNTIES[0]), "built", true).await;
    accept(&database, reduction((COUNTIES[0], 2026), first, "50")).await;
    accept(&database, reduction((COUNTIES[0], 2026), second, "20")).await;
    let account = load(&database).await;
    assert_eq!(account.base, AccountBase::Counties);
    assert!(account.is_whole() && account.is_simulated);
    assert_eq!(
        shown(&account, Some(COUNTIES[0]), 2),
        ["600+10-70=540", "540+5.5-0=545.5"]
    );
    // the other county has not told 2027: the sum of that year is open
    assert_eq!(
        shown(&account, None, 2),
        ["1000+20-70=950", "950+5.5-0=955.5 …"]
    );

    // the indicator takes the sum of 2026 from it, and nothing for 2027
    let states = list_indicator_states(&database, &person("reader"), &book(), 2026)
        .await
        .unwrap();
    let state = states.iter().find(|one| one.indicator == "cod").unwrap();
    assert_eq!(state.value.unwrap().to_string(), "950");
    assert_eq!(state.status, Status::OnTrack);
    assert!(state.is_simulated && !state.is_provisional);
    let input = &state.inputs[0];
    assert_eq!(input.source, InputSource::Accounted);
    assert_eq!(input.accounted.as_ref().unwrap().projects, 2);
    let states = list_indicator_states(&database, &person("reader"), &book(), 2027)
        .await
        .unwrap();
    let state = states.iter().find(|one| one.indicator == "cod").unwrap();
    assert_eq!(
        (state.value, state.inputs[0].source),
        (None, InputSource::Missing)
    );
    let figures = state_of_plan(&database, &clock(), &book(), 2026)
        .await
        .unwrap();
    let kept = figures
        .indicators
        .iter()
        .find(|one| one.indicator == "cod")
        .unwrap();
    let kept = kept.inputs[0].accounted.as_ref().unwrap();
    assert_eq!(
        (kept.opening.as_str(), kept.closing.as_str()),
        ("1000", "950")
    );

    // a correction takes the place of its own project's value
    accept(&database, reduction((COUNTIES[0], 2026), second, "30")).await;
    assert_eq!(shown(&load(&database).await, None, 1), ["1000+20-80=940"]);
}

test_on_both_databases!(an_account_adds_up_and_the_indicator_takes_it, |database| {
    adds_up(database)
});

async fn counts_once(test: TestDatabase) {
    let database = test.handle();
    let project = add_project(&database, ("W-1", "990100"), "built", true).await;
    accept(&database, reduction(("990101", 2026), project, "50")).await;
    // in another year, and in another county
    for again in [("990101", 2027), ("990102", 2026)] {
        let refused = try_accept(&database, reduction(again, project, "50")).await;
        assert!(
            matches!(
                refused,
                Err(PlanError::Account(ReductionError::CreditedTwice { .. }))
            ),
            "{refused:?}"
        );
    }
    // taken back first, it may be counted in the other year
    accept(&database, reduction(("990101", 2026), project, "0")).await;
    accept(&database, reduction(("990101", 2027), project, "45")).await;
    let account = load(&database).await;
    assert_eq!(
        shown(&account, None, 2),
        ["1000+0-0=1000 …", "1000+0-45=955 …"]
    );
    let entries = list_account_entries(&database, &person("reader"), &book(), "cod_account")
        .await
        .unwrap();
    assert_eq!(entries.len(), 1);
    assert_eq!(entries[0].project.as_ref().unwrap().code, "W-1");
    let below = try_accept(&database, value("emission", ("990100", 2025), "40")).await;
    assert!(
        matches!(
            below,
            Err(PlanError::Account(ReductionError::BelowZero { .. }))
        ),
        "{below:?}"
    );
    assert_eq!(audit::find_break(&database).await.unwrap(), None);
}

test_on_both_databases!(a_project_is_counted_once, |database| counts_once(database));

async fn is_checked(test: TestDatabase) {
    let database = test.handle();
    let there = add_project(&database, ("W-1", COUNTIES[0]), "under_construction", true).await;
    let gone = add_project(&database, ("W-2", COUNTIES[0]), "removed", true).await;
    let at = (COUNTIES[0], 2026);
    for (field, wrong) in [
        ("project_id", value("reduction", at, "5")),
        (
            "project_id",
            NewValue {
                project_id: Some(there),
                ..value("increment", at, "5")
            },
        ),
        ("project_id", reduction(at, Uuid::now_v7(), "5")),
        ("project_id", reduction(at, gone, "5")),
        ("region", reduction((COUNTIES[1], 2026), there, "5")),
        ("year", reduction((COUNTIES[0], 2025), there, "5")),
        ("year", value("increment", (COUNTIES[0], 2025), "5")),
        ("simulated", real(reduction(at, there, "5"))),
    ] {
        let refused = report_value(&database, &clock(), &book(), &person("unit"), wrong).await;
        assert!(
            matches!(refused, Err(PlanError::Invalid { field: told, .. }) if told == field),
            "{field}: {refused:?}"
        );
    }
    // a project of the county next door is not there
    let neighbour = Actor {
        scope: Scope::Region(COUNTIES[1].parse().unwrap()),
        ..person("neighbour")
    };
    let wide = add_project(&database, ("W-3", "990100"), "built", true).await;
    let hidden = reduction((COUNTIES[1], 2026), wide, "5");
    let hidden = report_value(&database, &clock(), &book(), &neighbour, hidden).await;
    assert!(matches!(
        hidden,
        Err(PlanError::Invalid {
            field: "project_id",
            ..
        })
    ));
    let early = try_accept(&database, reduction(at, there, "5")).await;
    assert!(
        matches!(early, Err(PlanError::NotBuilt { .. })),
        "{early:?}"
    );
    // entries are those of one's own county, sums are everybody's
    accept(&database, reduction((COUNTIES[0], 2026), wide, "5")).await;
    let entries = list_account_entries(&database, &neighbour, &book(), "cod_account").await;
    assert!(entries.unwrap().is_empty());
    let sums = list_accounts(&database, &neighbour, &book()).await.unwrap();
    assert_eq!(shown(&sums[0], None, 1), ["1000+0-5=995 …"]);
    let unknown = list_account_entries(&database, &neighbour, &book(), "nox").await;
    assert!(matches!(unknown, Err(PlanError::NotFound { .. })));
    let nobody = Actor {
        permissions: std::collections::BTreeSet::new(),
        ..person("nobody")
    };
    assert!(list_accounts(&database, &nobody, &book()).await.is_err());
    let refused = list_account_entries(&database, &nobody, &book(), "cod_account").await;
    assert!(matches!(refused, Err(PlanError::Refused(_))));
}

test_on_both_databases!(an_entry_is_checked_before_it_counts, |database| is_checked(
    database
));

async fn never_mix(test: TestDatabase) {
    let database = test.handle();
    let city = ("990100", 2026);
    accept(&database, value("increment", city, "100")).await;
    assert_eq!(shown(&load(&database).await, None, 1), ["1000+100-0=1100"]);
    // a real project's reduction: the simulated increment is left out, and the year open again
    let project = add_project(&database, ("W-1", "990100"), "built", false).await;
    accept(&database, reduction(("990101", 2026), project, "1")).await;
    accept(&database, real(reduction(("990101", 2027), project, "30"))).await;
    let account = load(&database).await;
    assert_eq!((account.is_simulated, account.left_out), (false, 1));
    assert_eq!(
        shown(&account, None, 2),
        ["1000+0-0=1000 …", "1000+0-30=970 …"]
    );
    let over = try_accept(&database, reduction(("990101", 2026), project, "1")).await;
    assert!(matches!(over, Err(PlanError::RealStands)), "{over:?}");
    accept(&database, real(value("increment", city, "7"))).await;
    let over = try_accept(&database, value("increment", city, "9")).await;
    assert!(matches!(over, Err(PlanError::RealStands)), "{over:?}");
    assert_eq!(shown(&load(&database).await, None, 1), ["1000+7-0=1007"]);

    // nor within one value: of two measures one is real
    accept(&database, real(value("good_days", city, "300"))).await;
    accept(&database, value("valid_days", city, "360")).await;
    let states = list_indicator_states(&database, &person("reader"), &book(), 2026)
        .await
        .unwrap();
    assert_eq!(states[0].value, None);
    assert_eq!(states[0].inputs[0].source, InputSource::Reported);
    assert!(states[0].inputs[1].is_left_out);
    assert_eq!(states[0].inputs[1].source, InputSource::Missing);
}

test_on_both_databases!(real_and_simulated_entries_never_mix, |database| never_mix(
    database
));

async fn comes_from_a_table(test: TestDatabase) {
    let database = test.handle();
    add_project(&database, ("W-1", "990100"), "built", true).await;
    let table = |text: &str| {
        let head = "measure,region_code,year,project_code,value,evidence,reported_by,checked_by,\
                    accepted_by,is_simulated\n";
        read_table(format!("{head}{text}").as_bytes()).unwrap()
    };
    let actor = Actor::system("command_line");
    let take = async |text: &str| {
        import_values(&database, &clock(), &book(), &actor, &table(text))
            .await
            .unwrap()
    };
    let good = "increment,990100,2026,,20,核算表,甲,乙,丙,是\n\
                reduction,990101,2026,W-1,50,认定书,甲,乙,丙,是\n";
    let wrong = take(&format!(
        "{good}increment,990100,2026,,1,核算表,甲,甲,丙,是\n\
         increment,990100,2025,,1,核算表,甲,乙,丙,是\n\
         reduction,990102,2027,W-1,1,认定书,甲,乙,丙,是\n\
         reduction,990101,2027,W-9,1,认定书,甲,乙,丙,是\n"
    ))
    .await;
    let told: Vec<(u32, &str)> = wrong
        .problems
        .iter()
        .map(|one| (one.row, one.column.as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (4, "checked_by"),
            (5, "year"),
            (6, "value"),
            (7, "project_code")
        ]
    );
    assert_eq!(wrong.created, 0);
    assert_eq!(shown(&load(&database).await, None, 1), ["1000+0-0=1000 …"]);
    let taken = take(good).await;
    assert_eq!((taken.rows, taken.created, taken.problems.len()), (2, 2, 0));
    assert_eq!(shown(&load(&database).await, None, 1), ["1000+20-50=970"]);
    let again = take(good).await;
    assert_eq!((again.created, again.unchanged), (0, 2));
    let entries = list_account_entries(&database, &actor, &book(), "cod_account")
        .await
        .unwrap();
    assert_eq!(entries[0].reported_by, "import:甲");
    assert_eq!(entries[1].decided_by.as_deref(), Some("import:丙"));
}

test_on_both_databases!(values_come_from_a_table, |database| comes_from_a_table(
    database
));
