//! `qingshan verdicts recompute` of a year gives the same bits, and `qingshan evaluate stored` says what
//! would turn by other rules and writes nothing.

use std::fmt::Write as _;

use city_simulator::City;
use serde_json::Value;

use crate::program::Installation;

/// A year of one pollutant of an air station: every day of 60 to 83 µg/m³, 71.5 in the mean.
fn year(city: &City) -> String {
    let point = (city.points.iter())
        .find(|point| point.outlet.medium == "air")
        .unwrap();
    let site = city.site_of(point).unwrap();
    let mut text = "站点编码,点位编码,数据类型,时间,因子编码,数据标记,平均值\n".to_owned();
    let start = "2020-01-01".parse::<beijing_time::Timestamp>().unwrap();
    for hour in 0..366 * 24_i64 {
        let time = start.plus_ms(hour * beijing_time::HOUR_MS).civil();
        let (day, clock) = (time.date(), hour % 24);
        writeln!(
            text,
            "{},{},小时,{day} {clock}:00,a34004,N,{}",
            site.code,
            point.code,
            60 + clock
        )
        .unwrap();
    }
    text
}

fn run(installation: &Installation, words: &[&str]) -> String {
    let output = installation.command(words).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{words:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_year_recomputed_is_the_same_to_the_bit_and_other_rules_turn_it() {
    let installation = Installation::new();
    let city = City::hengyang(1).unwrap();
    installation.register(&city);
    let file = installation.path().join("year.csv");
    std::fs::write(&file, year(&city)).unwrap();
    run(
        &installation,
        &["import", "records", file.to_str().unwrap()],
    );

    let recompute = [
        "verdicts",
        "recompute",
        "--from",
        "2020-01-01",
        "--to",
        "2020-12-31",
    ];
    let first = run(&installation, &recompute);
    assert!(first.contains("verdicts written, 0 changed;"), "{first}");
    assert!(!first.contains(", 0 verdicts written"), "{first}");
    let digest = run(&installation, &["verdicts", "digest"]);
    let again = run(&installation, &recompute);
    assert!(again.contains(", 0 verdicts written, 0 changed"), "{again}");
    assert_eq!(run(&installation, &["verdicts", "digest"]), digest);

    let stored = |more: &[&str]| -> Vec<Value> {
        let words = [
            "evaluate",
            "stored",
            "air",
            "--from",
            "2020-01-01",
            "--to",
            "2020-12-31",
            "--format",
            "jsonl",
        ];
        let said = run(&installation, &[&words, more].concat());
        said.lines()
            .map(|line| serde_json::from_str(line).unwrap())
            .collect()
    };
    // 2012: 50 + 50 × 36.5 ÷ 40, up to 95 of 71.5 rounded to 72: 50 + 46.25, up to 97; 2026: above 100
    let turned = stored(&["--with-rules-of", "2026-03-01"]);
    let totals = &turned.last().unwrap()["totals"];
    assert_eq!(
        (&totals["judged"], &totals["worse"]),
        (&366.into(), &366.into())
    );
    assert_eq!(turned.len(), 367);
    assert_eq!(turned[0]["present"]["figure"], 97);
    assert_eq!(turned[0]["direction"], "worse");
    assert_eq!(turned[0]["is_simulated"], true);

    let limits = installation.path().join("limits.toml");
    std::fs::write(&limits, "[[override]]\ntable = \"nothing\"\n").unwrap();
    let refused = |words: &[&str]| {
        let output = installation.command(words).output().unwrap();
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let day = [
        "evaluate",
        "stored",
        "air",
        "--from",
        "2020-01-01",
        "--to",
        "2020-01-02",
    ];
    assert!(refused(&day).contains("hint: --with-limits"));
    let with_file = [&day[..], &["--with-limits", limits.to_str().unwrap()]].concat();
    assert!(
        refused(&with_file).contains("missing field"),
        "{}",
        refused(&with_file)
    );
    assert_eq!(
        run(&installation, &["verdicts", "digest"]),
        digest,
        "nothing was written"
    );
}
