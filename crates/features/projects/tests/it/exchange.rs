//! Projects from files: all of it or nothing, and back.

use projects::{
    FileForm, PoolTables, ProjectFilter, ProjectState, check_pool, export_projects, import_pool,
    load_project_by_code, project_template,
};
use sites::read_table;
use test_support::{TestDatabase, test_on_both_databases};

use crate::world::{book, clock, install, kind, money, of_county, person};

fn table(text: &str) -> Vec<sites::TableRow> {
    read_table(text.as_bytes()).unwrap()
}

fn tables(projects: &str) -> PoolTables {
    PoolTables {
        projects: table(projects),
        ..PoolTables::default()
    }
}

const HEAD: &str =
    "项目编号,项目名称,项目类型,行政区划代码,实施单位,计划投资,开始年份,完成年份,是否模拟\n";

async fn a_file_with_lives_is_imported_whole_and_once(test: TestDatabase) {
    let database = test.handle();
    install(&database).await;
    let keeper = person("keeper");
    let kind = kind();
    let pool = PoolTables {
        projects: table(&format!(
            "{HEAD}W-1,模拟一,{kind},990101,模拟单位,100,2026,2027,是\n\
             W-2,模拟二,{kind},990102,模拟单位,50.5,2026,2027,是\n"
        )),
        milestones: table(
            "code,name,planned_on,actual_on\nW-1,完工,2026/9/1,2026-09-02\n"
                .replace("2026/9/1", "2026-09-01")
                .as_str(),
        ),
        funds: table("code,source,year,planned,arrived,paid\nW-1,市级资金,2026,100,80,20\n"),
        steps: table(
            "code,to,on,document,note\nW-1,立项,2026-02-01,模〔2026〕1号,\n\
             W-1,在建,2026-03-01,,\nW-1,建成,2026-10-01,,\n",
        ),
    };
    let tried = check_pool(&database, &clock(), &book(), &keeper, &pool)
        .await
        .unwrap();
    assert_eq!(tried.problems, []);
    assert_eq!((tried.created, tried.is_applied), (2, false));
    let none = load_project_by_code(&database, &keeper, "W-1").await;
    assert!(none.is_err());
    let done = import_pool(&database, &clock(), &book(), &keeper, &pool)
        .await
        .unwrap();
    assert!(done.is_applied);
    let first = load_project_by_code(&database, &keeper, "W-1")
        .await
        .unwrap();
    assert_eq!(first.project.state, ProjectState::Built);
    assert_eq!(first.steps.len(), 3);
    assert_eq!(first.funds[0].arrived, money("80"));
    assert_eq!(first.milestones[0].name, "完工");
    let again = import_pool(&database, &clock(), &book(), &keeper, &pool)
        .await
        .unwrap();
    assert_eq!((again.created, again.unchanged), (0, 2));
    assert_eq!(again.problems, []);
}

test_on_both_databases!(a_file_is_imported, |database| {
    a_file_with_lives_is_imported_whole_and_once(database)
});

async fn wrong_rows_are_told_and_nothing_is_imported(test: TestDatabase) {
    let database = test.handle();
    install(&database).await;
    let kind = kind();
    let keeper = of_county("990101");
    let rows = format!(
        "{HEAD}W-1,模拟一,{kind},990101,模拟单位,100,2026,2027,是\n\
         W-1,模拟一,{kind},990101,模拟单位,100,2026,2027,是\n\
         W-2,模拟二,道路,990101,模拟单位,1,2026,2027,是\n\
         W-3,模拟三,{kind},990102,模拟单位,1,2026,2027,是\n\
         W-4,模拟四,{kind},990101,模拟单位,很多,2026,2027,是\n\
         W-5,模拟五,{kind},990101,模拟单位,1,2020,2027,是\n\
         W-6,模拟六,{kind},990101,,1,2026,2027,是\n"
    );
    let report = import_pool(&database, &clock(), &book(), &keeper, &tables(&rows))
        .await
        .unwrap();
    let mut told: Vec<_> = report
        .problems
        .iter()
        .map(|(_, one)| (one.row, one.column.as_str(), one.code.as_str()))
        .collect();
    told.sort_unstable();
    assert_eq!(
        told,
        [
            (3, "code", "twice"),
            (4, "kind", "invalid"),
            (5, "region_code", "outside_scope"),
            (6, "planned", "not_an_amount"),
            (7, "first_year", "invalid"),
            (8, "owner", "missing"),
        ]
    );
    assert!(!report.is_applied);
    assert!(
        load_project_by_code(&database, &keeper, "W-1")
            .await
            .is_err()
    );
    let steps = PoolTables {
        steps: table("code,to,on\nW-1,建成,2026-02-01\nW-9,立项,2026-02-01\n"),
        ..tables(&format!(
            "{HEAD}W-1,模拟一,{kind},990101,模拟单位,100,2026,2027,是\n"
        ))
    };
    let report = check_pool(&database, &clock(), &book(), &keeper, &steps)
        .await
        .unwrap();
    let told: Vec<_> = report
        .problems
        .iter()
        .map(|(table, one)| (*table, one.code.as_str()))
        .collect();
    assert_eq!(told, [("steps", "no_such_step"), ("steps", "unknown")]);
}

test_on_both_databases!(wrong_rows_are_told, |database| {
    wrong_rows_are_told_and_nothing_is_imported(database)
});

async fn what_is_exported_can_be_imported(test: TestDatabase) {
    let database = test.handle();
    install(&database).await;
    let keeper = person("keeper");
    let kind = kind();
    let rows = format!("{HEAD}W-1,=模拟一,{kind},990101,模拟单位,0.000001,2026,2027,是\n");
    import_pool(&database, &clock(), &book(), &keeper, &tables(&rows))
        .await
        .unwrap();
    for form in [FileForm::Workbook, FileForm::Csv] {
        let filter = ProjectFilter::default();
        let bytes = export_projects(&database, &clock(), &keeper, &filter, form)
            .await
            .unwrap();
        let again = PoolTables {
            projects: read_table(&bytes).unwrap(),
            ..PoolTables::default()
        };
        let report = check_pool(&database, &clock(), &book(), &keeper, &again)
            .await
            .unwrap();
        assert_eq!(report.problems, []);
        assert_eq!((report.rows, report.unchanged), (1, 1));
    }
    assert_eq!(read_table(&project_template().unwrap()).unwrap().len(), 1);
}

test_on_both_databases!(exported_and_imported, |database| {
    what_is_exported_can_be_imported(database)
});
