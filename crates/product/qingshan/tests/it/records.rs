//! `qingshan import records` on files as older systems write them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use city_simulator::City;

use crate::program::Installation;

/// Hours of one point of the city, in the form of an older system.
fn history(city: &City, hours: u32) -> String {
    let point = &city.points[0];
    let site = city.site_of(point).unwrap();
    let factor = &point.outlet.factors[0];
    let mut text = "站点编码,点位编码,数据类型,时间,因子编码,数据标记,平均值\n".to_owned();
    for hour in 0..hours {
        let (day, hour) = (hour / 24, hour % 24);
        writeln!(
            text,
            "{},{},小时,2020/1/{} {hour}:00,{},N,{hour}.50",
            site.code,
            point.code,
            day + 1,
            factor.code
        )
        .unwrap();
    }
    text
}

fn run(installation: &Installation, words: &[&str]) -> (bool, String) {
    let output = installation.command(words).output().unwrap();
    (
        output.status.success(),
        String::from_utf8(output.stdout).unwrap(),
    )
}

fn write(path: &Path, bytes: &[u8]) -> String {
    fs::write(path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn history_comes_in_once_as_a_whole_and_shows_where_it_is_from() {
    let installation = Installation::new();
    let city = City::hengyang(1).unwrap();
    installation.register(&city);
    let text = history(&city, 24 * 28);
    let path = installation.path().join("history.csv");
    let file = write(&path, &encoding_rs::GB18030.encode(&text).0);

    let (is_good, said) = run(&installation, &["import", "records", "--dry-run", &file]);
    assert!(is_good && said.contains("dry run"), "{said}");
    let broken = format!(
        "{text}{}",
        text.lines().last().unwrap().replace(".50", ".5O")
    );
    let other = write(&installation.path().join("broken.csv"), broken.as_bytes());
    let (is_good, said) = run(&installation, &["import", "records", &other]);
    assert!(!is_good && said.contains("第 674 行"), "{said}");
    assert!(said.contains("nothing was imported"), "{said}");

    let server = installation.serve();
    let (is_good, said) = run(&installation, &["import", "records", &file]);
    assert!(is_good && said.contains("672 new records"), "{said}");
    let (is_good, said) = run(&installation, &["import", "records", &file]);
    assert!(is_good && said.contains("nothing to do"), "{said}");

    let get = |path: &str| -> serde_json::Value {
        let url = format!("http://{}/api/v1/{path}", server.http);
        let text = ureq::get(&url)
            .call()
            .unwrap()
            .body_mut()
            .read_to_string()
            .unwrap();
        serde_json::from_str(&text).unwrap()
    };
    let points = get("points?limit=500");
    let (code, site) = (&city.points[0].code, city.site_of(&city.points[0]).unwrap());
    let point = points["points"]
        .as_array()
        .unwrap()
        .iter()
        .find(|point| {
            point["code"] == code.as_str() && point["site_name_zh"] == site.name_zh.as_str()
        })
        .unwrap_or_else(|| panic!("{points}"));
    let records = get(&format!(
        "points/{}/records?kind=hour&from=2020-01-01T00:00:00%2B08:00&to=2020-02-01T00:00:00%2B08:00",
        point["id"]
    ));
    let first = &records["records"][0];
    assert!(first["packet_id"].is_null(), "{records}");
    assert_eq!(first["import_id"], 1, "{records}");
    assert_eq!(first["values"][0]["import_id"], 1, "{records}");
    let alarms = get("alarms?limit=10");
    let called = alarms["alarms"].as_array().unwrap().iter();
    let of_point = called
        .filter(|alarm| alarm["point_id"] == point["id"])
        .count();
    assert_eq!(of_point, 0, "{alarms}");
    server.stop();
}

#[test]
fn a_file_that_is_no_table_of_records_is_told() {
    let installation = Installation::new();
    installation.run(&["migrate"]);
    let path = installation.path().join("a.csv");
    for (text, with) in [
        ("", "empty"),
        ("site,point,kind,time,factor\n", "values"),
        ("site,point,kind,time,factor,avg,rain\n", "rain"),
    ] {
        let file = write(&path, text.as_bytes());
        let said = installation.fail(&["import", "records", &file], &[]);
        assert!(said.contains(with), "{said}");
    }
    let file = write(&installation.path().join("a.xlsx"), b"no workbook");
    installation.fail(&["import", "records", &file], &[]);
    installation.fail(&["import", "records", "not-there.csv"], &[]);
}
