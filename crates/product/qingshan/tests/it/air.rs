//! `qingshan import air` on a tiny extract of published figures, and the plan's figure that follows
//! from it, down to the row of the file.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::program::{Installation, Server};

/// One day of the station 市监测站 (2460A) as the national monitoring centre published it, hour by
/// hour: AQI, PM2.5, PM10, SO2, NO2, O3, CO. Facts, by the collection of 2019 that the importer names.
const HOURS: [&str; 24] = [
    "29,20,,5,41,8,1",
    "25,17,,4,28,17,0.8",
    "18,12,,4,31,16,0.9",
    "18,12,13,4,30,15,1",
    "15,10,11,5,28,16,1",
    "17,10,,5,33,11,1.1",
    "18,10,12,5,36,8,1.1",
    "21,11,,5,42,5,1.2",
    "20,10,10,6,39,6,1.2",
    "20,13,15,6,39,6,1.2",
    "20,14,18,6,36,8,1.2",
    "23,16,20,6,35,12,1.1",
    "20,10,20,6,34,14,1",
    "27,12,27,5,36,15,1.1",
    "18,12,12,5,34,15,1",
    "20,14,,5,34,18,0.9",
    "19,10,,5,38,16,0.9",
    "20,8,9,5,39,20,1.1",
    "21,9,18,5,41,19,1.1",
    "26,13,26,5,39,18,1.1",
    "25,17,,4,40,15,1.1",
    "25,17,,4,38,15,1.1",
    "19,13,17,5,38,16,1.1",
    "24,14,,4,47,9,1.2",
];

/// Three days of the city as a third party gives them.
const DAYS: &str = "city,date,aqi,range,level,pm25,pm10,so2,co,no2,o3,rank
衡阳,2016-03-01,103,82~124,轻度污染,72.8,144.9,23.3,1.2,57.5,136,261
株洲,2016-03-01,103,82~124,轻度污染,72.8,144.9,23.3,1.2,57.5,136,261
衡阳,2016-03-02,105,77~163,轻度污染,77.5,139.4,27.0,1.333,61.5,148,213
衡阳,2016-03-03,116,76~153,轻度污染,86.8,135.8,22.2,1.383,58.3,141,239
";

fn hours() -> String {
    let mut text = "time,station,aqi,pm25,pm10,so2,no2,o3,co\n".to_owned();
    for (hour, values) in (1..).zip(HOURS) {
        // labelled by the end of the hour
        let time = if hour == 24 {
            "2019-03-03T00:00".to_owned()
        } else {
            format!("2019-03-02T{hour:02}:00")
        };
        writeln!(text, "{time},2460A,{values}").unwrap();
        writeln!(text, "{time},1001A,{values}").unwrap();
    }
    text
}

fn run(installation: &Installation, words: &[&str]) -> (bool, String) {
    let output = installation.command(words).output().unwrap();
    let error = String::from_utf8(output.stderr).unwrap();
    (
        output.status.success(),
        format!("{}{error}", String::from_utf8(output.stdout).unwrap()),
    )
}

fn get(server: &Server, path: &str) -> Value {
    let url = format!("http://{}/api/v1/{path}", server.http);
    let text = ureq::get(&url)
        .call()
        .unwrap()
        .body_mut()
        .read_to_string()
        .unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The state of the share of good-air days in a year, as soon as it has a value.
fn wait_for_value(server: &Server, year: i32) -> Value {
    let load = || {
        let body = get(server, &format!("plan/indicators?year={year}"));
        let states = body["indicators"].as_array().unwrap();
        let state = states
            .iter()
            .find(|state| state["indicator"] == "city_good_air");
        state.unwrap().clone()
    };
    server.wait_for(&format!("a value of {year}"), |_system| {
        !load()["value"].is_null()
    });
    load()
}

#[test]
fn published_air_data_come_in_marked_and_reach_the_plan() {
    let installation = Installation::new();
    installation.run(&["migrate"]);
    let regions = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../cities/hengyang/regions.toml"
    );
    installation.run(&["sites", "import", regions]);
    let folder = installation.path().join("air");
    let daily = folder.join("air_aqistudy_daily_2013_2017");
    let hourly = folder.join("air_cnemc_2019_hourly");
    for one in [&daily, &hourly] {
        fs::create_dir_all(one).unwrap();
    }
    fs::write(daily.join("hengyang_daily.csv"), DAYS).unwrap();
    // compressed, as the collection is
    let packed = zstd::encode_all(hours().as_bytes(), 3).unwrap();
    fs::write(hourly.join("hengyang_2019H1.csv.zst"), packed).unwrap();
    let folder = folder.to_str().unwrap();

    let (is_good, said) = run(&installation, &["import", "air", "--dry-run", folder]);
    assert!(is_good, "{said}");
    assert!(said.contains("would register: HENGYANG-DAILY"), "{said}");
    assert!(said.contains("18 values in 3 records"), "{said}");
    assert!(said.contains("dry run"), "{said}");
    let (is_good, said) = run(&installation, &["import", "air", folder]);
    assert!(is_good, "{said}");
    assert!(said.contains("registered: 2456A"), "{said}");
    assert!(said.contains("import 1: 3 new records"), "{said}");
    assert!(said.contains("import 2: 24 new records"), "{said}");
    let (is_good, said) = run(&installation, &["import", "air", folder]);
    assert!(is_good && said.contains("nothing to do"), "{said}");
    // one wrong cell keeps all of its file out
    let wrong = hours().replace("29,20,,5", "29,2O,,5");
    fs::write(hourly.join("hengyang_2019H1.csv"), &wrong).unwrap();
    fs::remove_file(hourly.join("hengyang_2019H1.csv.zst")).unwrap();
    let (is_good, said) = run(&installation, &["import", "air", folder]);
    assert!(!is_good && said.contains("第 2 行"), "{said}");
    let nothing = installation.path().join("nothing");
    fs::create_dir(&nothing).unwrap();
    let said = installation.fail(&["import", "air", nothing.to_str().unwrap()], &[]);
    assert!(said.contains("hengyang_2019H1.csv"), "{said}");

    let server = installation.serve();
    let state = wait_for_value(&server, 2019);
    assert_eq!(state["value"], "100.0", "{state}");
    assert_eq!(state["provisional"], true);
    assert_eq!(state["simulated"], false);
    let input = &state["inputs"][0];
    assert_eq!(input["computed"]["origin"], "official");
    assert_eq!(input["computed"]["covered"], 1);
    assert_eq!(input["computed"]["coverable"], 365);
    // a third party's days, judged by HJ 633: two of three are over 100
    let state = wait_for_value(&server, 2016);
    assert_eq!(state["inputs"][0]["computed"]["origin"], "third_party");
    assert_eq!(state["value"], "33.3", "{state}");

    // down to a row: year, day, hour, file
    let measure = "plan/measures/city_good_air_days?region=430400&year=2019";
    let opened = &get(&server, measure)["plan_measure"];
    assert_eq!(opened["days"][0]["date"], "2019-03-02", "{opened}");
    let point = &opened["points"][0]["point_id"];
    let day = format!("points/{point}/verdict-explanation?kind=day&time=2019-03-02");
    let day = get(&server, &day);
    assert_eq!(day["agrees"], true, "{day}");
    let input = &day["inputs"][0];
    let time = input["time"].as_str().unwrap().replace('+', "%2B");
    let source = format!(
        "points/{point}/import-source?import_id={}&kind=hour&time={time}",
        input["import_id"]
    );
    let source = &get(&server, &source)["import_source"];
    assert_eq!(source["row"], 2, "{source}");
    assert_eq!(source["file_name"], "hengyang_2019H1.csv.zst");
    assert_eq!(source["origin"], "official");
    server.stop();
}
