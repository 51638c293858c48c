//! `qingshan evaluate`: files in, verdicts out, bad rows named, exit codes.

use std::path::Path;
use std::process::{Command, Output};

use calamine::Reader as _;
use serde_json::Value;

fn evaluate(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_qingshan"))
        .arg("evaluate")
        .args(arguments)
        .current_dir(folder)
        .output()
        .unwrap()
}

fn folder_with(name: &str, content: impl AsRef<[u8]>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), content).unwrap();
    folder
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(&output.stderr));
    })
}

fn error(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const HOURS: &str = "站点,时间,SO2,NO2,CO,O3,PM10,PM2.5\n\
    a,2020-04-02 05:00,4,31,0.6,26,69,43\n\
    b,2020-04-02 05:00,4,oops,0.6,26,-1,43\n\
    c,2026-03-01 05:00,4,31,0.6,26,69,43\n";

#[test]
fn good_rows_come_out_and_bad_cells_are_named_with_row_column_and_reason() {
    let folder = folder_with("hours.csv", HOURS);
    let output = evaluate(folder.path(), &["air", "hours.csv", "--format", "json"]);
    assert_eq!(output.status.code(), Some(3), "{}", error(&output));
    let found = json(&output);
    assert_eq!(found["summary"]["judged"], 2);
    assert_eq!(found["summary"]["refused"], 1);
    let rows = found["rows"].as_array().unwrap();
    assert_eq!(rows[0]["result"]["aqi"], "60");
    assert_eq!(
        rows[0]["result"]["primary_pollutants"],
        "颗粒物(PM10)、细颗粒物(PM2.5)"
    );
    assert_eq!(rows[0]["basis"]["edition"], "HJ 633-2012");
    assert_eq!(rows[0]["given"]["站点"], "a");
    assert_eq!(rows[1]["row"], 3);
    let columns: Vec<_> = rows[1]["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["column"].as_str().unwrap())
        .collect();
    assert_eq!(columns, ["NO2", "PM10"]);
    // the edition follows the day: 50 + 50 × 8 ÷ 25 = 66
    assert_eq!(rows[2]["basis"]["edition"], "HJ 633-2026");
    assert_eq!(rows[2]["result"]["aqi"], "66");
    assert!(error(&output).contains("第 3 行：NO2 `oops` 不是数字"));
}

#[test]
fn a_table_without_bad_rows_exits_with_0_and_a_csv_keeps_its_columns() {
    let folder = folder_with("days.csv", "日期,PM2.5\n2020-01-01,76\n");
    let output = evaluate(
        folder.path(),
        &["air", "days.csv", "--explain", "--language", "en"],
    );
    assert_eq!(output.status.code(), Some(0), "{}", error(&output));
    let mut reader = csv::Reader::from_reader(output.stdout.as_slice());
    let header = reader.headers().unwrap().clone();
    assert_eq!(&header[0], "日期");
    let row = reader.records().next().unwrap().unwrap();
    let cell = |name: &str| &row[header.iter().position(|column| column == name).unwrap()];
    // a row without a time of day is a day: 100 + 50 × 1 ÷ 40, up to 102
    assert_eq!(cell("aqi"), "102");
    assert_eq!(cell("method"), "daily-text-2012");
    assert!(cell("explanation").contains("(150 - 100) / (115 - 75) × (76 - 75) + 100 = 101.25"));
}

#[test]
fn a_workbook_comes_back_as_a_workbook() {
    let folder = tempfile::tempdir().unwrap();
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    let day = rust_xlsxwriter::Format::new().set_num_format("yyyy-mm-dd");
    for (column, name) in ["断面", "日期", "氨氮", "总磷(河流)", "水质目标"]
        .iter()
        .enumerate()
    {
        sheet
            .write(0, u16::try_from(column).unwrap(), *name)
            .unwrap();
    }
    let date = rust_xlsxwriter::ExcelDateTime::from_ymd(2021, 4, 1).unwrap();
    sheet.write(1, 0, "一号桥").unwrap();
    sheet.write_with_format(1, 1, &date, &day).unwrap();
    sheet.write(1, 2, 1.2).unwrap();
    sheet.write(1, 3, 0.05).unwrap();
    sheet.write(1, 4, "Ⅲ类").unwrap();
    sheet.write(2, 0, "二号桥").unwrap();
    sheet.write_with_format(2, 1, &date, &day).unwrap();
    sheet.write(2, 2, "未检出").unwrap();
    workbook.save(folder.path().join("in.xlsx")).unwrap();
    let output = evaluate(
        folder.path(),
        &["water", "in.xlsx", "--output", "out.xlsx", "--explain"],
    );
    assert_eq!(output.status.code(), Some(3), "{}", error(&output));
    let mut found: calamine::Xlsx<_> =
        calamine::open_workbook(folder.path().join("out.xlsx")).unwrap();
    let results = found.worksheet_range("评价结果").unwrap();
    let texts = |row: usize| -> Vec<String> {
        results
            .rows()
            .nth(row)
            .unwrap()
            .iter()
            .map(ToString::to_string)
            .collect()
    };
    let headings = texts(0);
    let first = texts(1);
    let cell = |name: &str| &first[headings.iter().position(|heading| heading == name).unwrap()];
    assert_eq!(cell("日期"), "2021-04-01");
    assert_eq!(cell("水质类别"), "Ⅳ");
    assert_eq!(cell("主要污染指标(超标倍数)"), "氨氮(0.20)");
    assert_eq!(cell("是否达到目标"), "否");
    assert!(cell("计算过程").contains("氨氮 1.2：限值 ≤ 0.15 / 0.5 / 1.0 / 1.5 / 2.0，Ⅳ 类。"));
    let problems = found.worksheet_range("问题").unwrap();
    let problem: Vec<String> = problems
        .rows()
        .nth(1)
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(problem, ["3", "氨氮", "未检出", "不是数字"]);
}

#[test]
fn other_limits_and_other_editions_name_the_rows_that_flip() {
    let folder = folder_with("days.csv", "date,pm2_5_24h\n2020-01-01,20\n2020-01-02,70\n");
    let limits = "[[override]]\ntable = \"aqi-breakpoints\"\nedition = \"HJ 633-2012\"\n\
        key = \"pm2_5.24h\"\ncolumn = \"concentration\"\n\
        value = [\"0\", \"35\", \"60\", \"115\", \"150\", \"250\", \"350\", \"500\"]\n\
        author = \"a\"\ndate = \"2026-01-01\"\nreason = \"what if\"\n";
    std::fs::write(folder.path().join("limits.toml"), limits).unwrap();
    let arguments = [
        "air",
        "days.csv",
        "--format",
        "json",
        "--with-limits",
        "limits.toml",
    ];
    let found = json(&evaluate(folder.path(), &arguments));
    assert_eq!(found["summary"]["changed"], 1);
    assert_eq!(
        found["rows"][0]["would_change"].as_array().unwrap().len(),
        0
    );
    let flips = found["rows"][1]["would_change"].as_array().unwrap();
    let category = flips
        .iter()
        .find(|flip| flip["column"] == "category")
        .unwrap();
    assert_eq!(
        (category["from"].as_str(), category["to"].as_str()),
        (Some("良"), Some("轻度污染"))
    );

    let arguments = [
        "air",
        "days.csv",
        "--format",
        "json",
        "--with-rules-of",
        "2026-03-01",
    ];
    let found = json(&evaluate(folder.path(), &arguments));
    // 2026: the other five pollutants are missing, so 20 is withheld, 70 is above 100
    assert_eq!(found["summary"]["changed"], 2);
}

#[test]
fn a_table_that_cannot_be_judged_fails_with_a_reason() {
    for (content, arguments, expected) in [
        ("a,b\n1,2\n", vec![], "没有可评价的列"),
        (
            "time,pm2_5\n2020-01-01 01:00,1\n",
            vec!["--method", "x"],
            "没有这种方法",
        ),
        ("PM2.5,pm2_5\n1,2\n", vec![], "与第 1 列是同一项"),
        ("", vec![], "it is empty"),
    ] {
        let folder = folder_with("in.csv", content);
        let mut all = vec!["air", "in.csv"];
        all.extend(arguments);
        let output = evaluate(folder.path(), &all);
        assert_eq!(output.status.code(), Some(1), "{content}");
        assert!(error(&output).contains(expected), "{}", error(&output));
    }
}

#[test]
fn a_row_without_a_day_is_refused_unless_one_is_given() {
    let folder = folder_with("in.csv", "nh3n\n1.2\n");
    let output = evaluate(folder.path(), &["water", "in.csv"]);
    assert_eq!(output.status.code(), Some(3));
    let output = evaluate(folder.path(), &["water", "in.csv", "--date", "2021-04-01"]);
    assert_eq!(output.status.code(), Some(0), "{}", error(&output));
    assert!(String::from_utf8_lossy(&output.stdout).contains("Ⅳ"));
}

#[test]
fn every_problem_goes_to_its_file() {
    let rows = "2020-01-01,x\n".repeat(50);
    let folder = folder_with("in.csv", format!("date,pm2_5\n{rows}"));
    let output = evaluate(
        folder.path(),
        &["air", "in.csv", "--problems", "problems.csv"],
    );
    assert_eq!(output.status.code(), Some(3));
    let problems = std::fs::read_to_string(folder.path().join("problems.csv")).unwrap();
    assert_eq!(problems.lines().count(), 51);
    assert_eq!(problems.lines().last(), Some("51,pm2_5,x,不是数字"));
    assert_eq!(error(&output).matches("行：").count(), 20);
}

#[test]
fn the_output_never_overwrites_the_input() {
    let folder = folder_with("in.csv", "date,pm2_5\n2020-01-01,1\n");
    let output = evaluate(folder.path(), &["air", "in.csv", "--output", "in.csv"]);
    assert_eq!(output.status.code(), Some(1));
    let kept = std::fs::read_to_string(folder.path().join("in.csv")).unwrap();
    assert!(kept.starts_with("date,pm2_5"));
}

#[test]
fn noise_is_judged_by_zone_and_period() {
    let folder = folder_with(
        "noise.csv",
        "点位,日期,功能区类别,昼间,夜间,夜间最大声级\n\
         a,2026-05-01,2类,60.0,50.1,66\n\
         b,2026-05-01,9类,60.0,50.0,\n",
    );
    let output = evaluate(folder.path(), &["noise", "noise.csv", "--format", "json"]);
    assert_eq!(output.status.code(), Some(3), "{}", error(&output));
    let found = json(&output);
    let result = &found["rows"][0]["result"];
    assert_eq!(result["attains"], "否");
    assert_eq!(result["night_excess"], "0.1");
    assert_eq!(result["peak_limit"], "65");
    assert_eq!(result["over"], "夜间、夜间最大声级");
    assert!(
        found["rows"][1]["problems"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("没有 `9` 一行")
    );
    let output = evaluate(
        folder.path(),
        &[
            "noise",
            "noise.csv",
            "--format",
            "json",
            "--standard",
            "gb22337",
        ],
    );
    // at the boundary of social life there is no allowance for a peak
    assert_eq!(json(&output)["summary"]["judged"], 0);
}

#[test]
fn soil_is_judged_by_land_and_ph() {
    let folder = folder_with(
        "soil.csv",
        "采样日期,土地利用,pH,镉,铜\n\
         2026-05-01,水田,6.5,0.5,40\n\
         2026-05-01,第一类用地,,21,40\n\
         2026-05-01,水田,,0.5,40\n",
    );
    let output = evaluate(
        folder.path(),
        &["soil", "soil.csv", "--format", "json", "--explain"],
    );
    assert_eq!(output.status.code(), Some(3), "{}", error(&output));
    let found = json(&output);
    assert_eq!(found["rows"][0]["result"]["farmland_class"], "安全利用类");
    assert_eq!(found["rows"][0]["result"]["above_screening"], "镉");
    assert_eq!(
        found["rows"][0]["explanation"][2],
        "3. 镉 0.5 mg/kg：筛选值 0.4，管制值 2.0；0.4 < 0.5 ≤ 2.0，高于筛选值。"
    );
    assert_eq!(found["rows"][1]["result"]["above_screening"], "镉");
    assert_eq!(found["rows"][1]["basis"]["edition"], "GB 36600-2018");
    assert_eq!(found["rows"][2]["problems"][0]["column"], "pH");
}

const RIVERS: &str = "河流,断面,日期,氨氮\n\
    蒸水,一,2026-01-05,0.2\n\
    蒸水,二,2026-01-05,1.4\n\
    蒸水,一,2026-02-05,0.2\n\
    蒸水,二,2026-02-05,oops\n\
    ,三,2026-02-05,0.2\n";

#[test]
fn rivers_of_a_table_are_summed_up_beside_its_rows() {
    let folder = folder_with("sections.csv", RIVERS);
    let output = evaluate(
        folder.path(),
        &["water", "sections.csv", "--format", "json", "--explain"],
    );
    assert_eq!(output.status.code(), Some(3), "{}", error(&output));
    let found = json(&output);
    let groups = found["summary"]["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2);
    // (0.2 + 1.4) / 2 = 0.8 is class Ⅲ, 0.2 class Ⅱ
    assert_eq!(groups[0]["result"]["class"], "Ⅲ");
    assert_eq!(groups[1]["result"]["class"], "Ⅱ");
    assert_eq!(groups[1]["result"]["change"], "有所好转");
    assert_eq!(
        (&groups[1]["rows"], &groups[1]["left_out"]),
        (&1.into(), &1.into())
    );
    assert!(
        groups[1]["basis"]["edition"]
            .as_str()
            .unwrap()
            .contains("22号")
    );
    assert!(
        groups[1]["explanation"]
            .to_string()
            .contains("水质状况由良好变为优")
    );
    assert_eq!(found["summary"]["left_out_rows"], 2);
    assert_eq!(found["summary"]["left_out"][0]["row"], 5);
    assert_eq!(found["summary"]["left_out"][1]["row"], 6);
}

#[test]
fn a_summary_goes_to_its_own_csv_and_to_a_sheet_of_a_workbook() {
    let folder = folder_with("sections.csv", RIVERS);
    let output = evaluate(folder.path(), &["water", "sections.csv", "-o", "rows.csv"]);
    assert!(
        error(&output).contains("--summary FILE"),
        "{}",
        error(&output)
    );
    let output = evaluate(
        folder.path(),
        &[
            "water",
            "sections.csv",
            "-o",
            "rows.csv",
            "--summary",
            "rivers.csv",
            "--language",
            "en",
        ],
    );
    assert_eq!(output.status.code(), Some(3), "{}", error(&output));
    assert!(error(&output).contains("groups summed up: 2, rows left out of them: 2"));
    let text = std::fs::read_to_string(folder.path().join("rivers.csv")).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    assert_eq!(&reader.headers().unwrap()[0], "kind");
    let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
    assert_eq!(
        (&rows[0][0], &rows[0][1], &rows[0][2]),
        ("river", "蒸水", "2026-01")
    );
    assert!(
        rows[2]
            .iter()
            .next_back()
            .unwrap()
            .starts_with("row 5: the row could not be judged")
    );
    let book = folder.path().join("rows.xlsx");
    let output = evaluate(folder.path(), &["water", "sections.csv", "-o", "rows.xlsx"]);
    assert_eq!(output.status.code(), Some(3), "{}", error(&output));
    let mut found: calamine::Xlsx<_> = calamine::open_workbook(&book).unwrap();
    assert_eq!(found.sheet_names(), ["评价结果", "汇总", "问题"]);
    let sheet = found.worksheet_range("汇总").unwrap();
    assert_eq!(sheet.get((0, 1)).unwrap().to_string(), "名称");
    assert_eq!(sheet.get((1, 0)).unwrap().to_string(), "河流、流域水质");
    // never over another file of the same run
    let output = evaluate(
        folder.path(),
        &[
            "water",
            "sections.csv",
            "-o",
            "rows.csv",
            "--summary",
            "rows.csv",
        ],
    );
    assert_eq!(output.status.code(), Some(1));
}
