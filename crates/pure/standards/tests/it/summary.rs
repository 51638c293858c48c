//! What many rows come to together, judged through their headings.

use std::fmt::Write;

use standards::evaluation::{Evaluator, Group, GroupKind, Medium, Options, Summary, SummaryPeriod};
use standards::{Language, Parameters};

/// The summary of a table, the first line its headings; rows are numbered as a file counts them.
fn sum_up(medium: Medium, table: &str, options: Options) -> Summary {
    let parameters = Parameters::shipped().unwrap();
    let options = Options {
        is_summarized: true,
        ..options
    };
    let cells = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let mut lines = table.lines().map(str::trim);
    let mut judge =
        Evaluator::new(&parameters, medium, &options, &cells(lines.next().unwrap())).unwrap();
    for (number, line) in (2..).zip(lines) {
        let _refused = judge.evaluate_numbered(number, &cells(line));
    }
    judge.summarize().unwrap()
}

fn value<'a>(summary: &'a Summary, group: &'a Group, key: &str) -> &'a str {
    let place = summary
        .columns
        .iter()
        .position(|column| column.key == key)
        .unwrap();
    group.values[place].as_deref().unwrap_or("-")
}

fn find<'a>(summary: &'a Summary, kind: GroupKind, name: &str, period: &str) -> &'a Group {
    summary
        .groups
        .iter()
        .find(|group| {
            (group.kind, group.name.as_str(), group.period.as_str()) == (kind, name, period)
        })
        .unwrap_or_else(|| panic!("no {kind:?} {name} {period} in {:#?}", summary.groups))
}

fn told(group: &Group, language: Language) -> String {
    group.explanation.lines(language).join("\n")
}

/// Every group says what it rests on, and is told in both languages.
fn check_all_told(summary: &Summary) {
    for group in &summary.groups {
        let basis = &group.basis;
        assert!(
            !basis.edition.is_empty() && !basis.inputs.is_empty(),
            "{group:?}"
        );
        assert!(group.rows > 0, "{group:?}");
        assert!(!group.explanation.steps.is_empty(), "{group:?}");
        for step in &group.explanation.steps {
            let is_chinese = step
                .english
                .chars()
                .any(|sign| matches!(sign, '，' | '。' | '：'));
            assert!(!is_chinese, "{}", step.english);
        }
    }
}

#[test]
fn five_sections_are_judged_by_shares_and_two_months_compared() {
    let mut table = "河流,断面,日期,高锰酸盐指数,氨氮\n".to_owned();
    for (month, ammonia) in [
        ("01", ["0.1", "0.1", "0.1", "1.6", "2.4"]),
        ("02", ["0.1"; 5]),
    ] {
        for (section, ammonia) in ["一", "二", "三", "四", "五"].into_iter().zip(ammonia) {
            writeln!(table, "蒸水,断面{section},2026-{month}-05,1.5,{ammonia}").unwrap();
        }
    }
    let summary = sum_up(Medium::Water, table.trim_end(), Options::default());
    check_all_told(&summary);
    // ammonia nitrogen: class Ⅱ from 0.15, Ⅴ to 2.0, 2.4 is worse: 3 of 5 good, 1 of 5 worst
    let before = find(&summary, GroupKind::River, "蒸水", "2026-01");
    assert_eq!(value(&summary, before, "good_share"), "60.0");
    assert_eq!(value(&summary, before, "worst_share"), "20.0");
    assert_eq!(value(&summary, before, "state"), "中度污染");
    assert_eq!(value(&summary, before, "main_pollutants"), "氨氮(40.0%)");
    assert_eq!(value(&summary, before, "change"), "-");
    // ΔG − ΔD = 40 − (−20) = 60
    let after = find(&summary, GroupKind::River, "蒸水", "2026-02");
    assert_eq!(value(&summary, after, "state"), "优");
    assert_eq!(value(&summary, after, "change"), "明显好转");
    assert!(told(after, Language::Chinese).contains("ΔG - ΔD = 60.0，|60.0| > 20：明显好转"));
    assert!(told(after, Language::English).contains("markedly better"));
    assert!(after.basis.confidence.is_to_be_verified());
    assert_eq!((after.rows, after.left_out), (5, 0));
}

#[test]
fn fewer_than_five_sections_are_one_section_and_samples_of_a_period_a_mean() {
    let table = "河流,断面,日期,氨氮\n\
        耒水,甲,2026-03-02,0.2\n\
        耒水,甲,2026-03-20,0.6\n\
        耒水,乙,2026-03-05,1.4";
    let summary = sum_up(Medium::Water, table, Options::default());
    check_all_told(&summary);
    // (0.4 + 1.4) / 2 = 0.9: class Ⅲ
    let river = find(&summary, GroupKind::River, "耒水", "2026-03");
    assert_eq!(value(&summary, river, "class"), "Ⅲ");
    assert_eq!(value(&summary, river, "state"), "良好");
    assert_eq!(value(&summary, river, "sections"), "2");
    assert_eq!(value(&summary, river, "good_share"), "-");
    assert_eq!(river.rows, 3);
    let by_quarter = Options {
        period: Some(SummaryPeriod::Quarter),
        ..Options::default()
    };
    let summary = sum_up(Medium::Water, table, by_quarter);
    find(&summary, GroupKind::River, "耒水", "2026-Q1");
}

#[test]
fn cities_are_ranked_by_their_index_and_a_basin_has_all_its_rivers() {
    let table = "流域,河流,城市,断面,日期,水体类型,氨氮\n\
        湘江,蒸水,甲市,一,2026-03-01,河流,0.5\n\
        湘江,耒水,甲市,二,2026-03-01,河流,1.0\n\
        湘江,耒水,乙市,三,2026-03-01,河流,0.2\n\
        ,某水库,乙市,四,2026-03-01,湖库,0.4";
    let summary = sum_up(Medium::Water, table, Options::default());
    check_all_told(&summary);
    let basin = find(&summary, GroupKind::River, "湘江", "2026-03");
    assert_eq!(value(&summary, basin, "sections"), "3");
    // (0.5 + 1.0) / 2; (0.2 × 1 + 0.4 × 1) / 2
    let first = find(&summary, GroupKind::CityWater, "甲市", "2026-03");
    let second = find(&summary, GroupKind::CityWater, "乙市", "2026-03");
    assert_eq!(value(&summary, first, "water_index"), "0.7500");
    assert_eq!(value(&summary, first, "rank"), "2");
    assert_eq!(value(&summary, second, "water_index"), "0.3000");
    assert_eq!(value(&summary, second, "rank"), "1");
    let lake = find(&summary, GroupKind::Lake, "某水库", "2026-03");
    assert_eq!(value(&summary, lake, "class"), "Ⅱ");
}

#[test]
fn a_lake_is_the_mean_of_its_points_with_its_trophic_level() {
    let table = "湖库,点位,日期,水体类型,总磷,总氮,高锰酸盐指数,叶绿素a,透明度(m)\n\
        某水库,一,2026-03-01,湖库,0.02,0.6,3.0,8,2.0\n\
        某水库,二,2026-03-01,湖库,0.04,1.0,4.0,12,1.0";
    let summary = sum_up(Medium::Water, table, Options::default());
    check_all_told(&summary);
    let lake = find(&summary, GroupKind::Lake, "某水库", "2026-03");
    // total phosphorus of a lake: 0.03 is above 0.025, class Ⅲ
    assert_eq!(value(&summary, lake, "class"), "Ⅲ");
    assert_eq!(value(&summary, lake, "trophic_level"), "中营养");
    assert!(told(lake, Language::Chinese).contains("透明度 1.5 m"));
}

#[test]
fn roads_are_weighted_by_length_grids_are_not_and_zones_have_a_rate() {
    let table = "监测对象,网格,路段长度(km),功能区,日期,昼间,夜间\n\
        道路,,2,4a,2025-05-01,70.0,60.0\n\
        道路,,1,4a,2025-05-01,64.0,54.0\n\
        道路,,,4a,2025-05-01,64.0,54.0\n\
        区域,1,,2,2025-05-02,54.0,44.0\n\
        区域,2,,2,2025-05-02,57.0,47.0\n\
        功能区,,,2,2025-06-01,61.0,49.0\n\
        功能区,,,2,2025-06-02,59.0,49.0";
    let summary = sum_up(Medium::Noise, table, Options::default());
    check_all_told(&summary);
    let of = |kind, name| {
        let group = find(&summary, kind, name, "2025");
        assert_eq!(value(&summary, group, "time_of_day"), "昼间");
        group
    };
    // (2 × 70 + 1 × 64) / 3 = 68.0
    let road = of(GroupKind::NoiseRoad, "");
    assert_eq!(value(&summary, road, "mean_level"), "68.0");
    assert_eq!(value(&summary, road, "grade"), "一级 好");
    assert_eq!(value(&summary, road, "length"), "3");
    assert_eq!((road.rows, road.left_out), (2, 1));
    // 55.5: grade 3 begins above 55.0
    let region = of(GroupKind::NoiseRegion, "");
    assert_eq!(value(&summary, region, "mean_level"), "55.5");
    assert_eq!(value(&summary, region, "grade"), "三级 一般");
    let zone = of(GroupKind::NoiseZone, "2 类");
    assert_eq!(value(&summary, zone, "rate"), "50.0");
    assert_eq!(summary.left_out_count, 1);
    assert_eq!(summary.left_out[0].row, 4);
    assert!(
        summary.left_out[0]
            .reason(Language::Chinese)
            .contains("路段长度")
    );
}

const OUTLETS: &str = "企业,排口,日期,执行标准,设施,级别,污染物,折算浓度,排放量(t),应税污染物";

fn outlet(day: &str, pollutant: &str, value: &str, mass: &str, taxed: &str) -> String {
    format!(
        "\n模拟企业,DA001,{day},GB 13271-2014,coal boiler (<=65 t/h steam),new,{pollutant},{value},{mass},{taxed}"
    )
}

#[test]
fn an_outlet_pays_for_its_first_three_by_the_concentration_of_the_month() {
    let table = [
        OUTLETS.to_owned(),
        outlet("2026-03-01", "SO2", "120", "0.95", ""),
        outlet("2026-03-11", "SO2", "130", "0.95", ""),
        outlet("2026-03-01", "NOx", "280", "1.9", ""),
        outlet("2026-03-01", "PM", "20", "0.218", "烟尘"),
        outlet("2026-03-01", "PM", "20", "0.218", ""),
        outlet("2026-03-02", "SO2", "oops", "1", ""),
    ]
    .concat();
    let summary = sum_up(Medium::Emission, &table, Options::default());
    check_all_told(&summary);
    let outlet = find(&summary, GroupKind::Outlet, "模拟企业 DA001", "2026-03");
    // SO2 1900 / 0.95 = 2000, mean 125 of 300 is below half: × 2.4 × 50 % = 2400;
    // NOx 1900 / 0.95 = 2000, 280 of 300: × 2.4 = 4800; soot 218 / 2.18 = 100, 20 of 50: × 2.4 × 50 % = 120
    assert_eq!(value(&summary, outlet, "equivalents"), "4100");
    assert_eq!(value(&summary, outlet, "tax"), "7320.00");
    assert_eq!(value(&summary, outlet, "medium"), "大气污染物");
    assert_eq!((outlet.rows, outlet.left_out), (4, 2));
    assert!(
        outlet.basis.confidence.is_to_be_verified(),
        "the rate is from memory"
    );
    let chinese = told(outlet, Language::Chinese);
    assert!(
        chinese.contains("SO2：当月 2 个测值的均值 125，限值 300。"),
        "{chinese}"
    );
    let payer = find(&summary, GroupKind::Taxpayer, "模拟企业", "2026-03");
    assert_eq!(value(&summary, payer, "tax"), "7320.00");
    let rows: Vec<_> = summary.left_out.iter().map(|left| left.row).collect();
    assert_eq!(rows, [6, 7]);
}

#[test]
fn one_value_over_the_limit_takes_the_reduction_away() {
    let table = [
        OUTLETS.to_owned(),
        outlet("2026-03-01", "SO2", "20", "0.95", ""),
        outlet("2026-03-11", "SO2", "310", "0.95", ""),
    ]
    .concat();
    let summary = sum_up(Medium::Emission, &table, Options::default());
    let outlet = find(&summary, GroupKind::Outlet, "模拟企业 DA001", "2026-03");
    // the mean of 165 alone would be taxed at 75 %
    assert_eq!(value(&summary, outlet, "tax"), "4800.00");
    assert!(told(outlet, Language::Chinese).contains("当月有测值超标，不减征"));
}

#[test]
fn days_of_a_station_make_its_year_and_a_day_counts_once() {
    let mut table = "站点,日期,SO2,NO2,CO,O3_8h,PM10,PM2.5".to_owned();
    let first: beijing_time::CivilDate = "2025-01-01".parse().unwrap();
    for number in 0..365 {
        let day = first.plus_days(number);
        let particles = if number < 73 { 80 } else { 20 };
        write!(table, "\n甲,{day},10,20,0.8,100,50,{particles}").unwrap();
    }
    table += "\n甲,2025-12-31,10,20,0.8,100,50,20";
    let summary = sum_up(Medium::Air, &table, Options::default());
    check_all_told(&summary);
    // PM2.5 of 80 is above the daily 75 (index 107): 292 of 365 days are good
    let days = find(&summary, GroupKind::GoodDays, "甲", "2025");
    assert_eq!(value(&summary, days, "good_days"), "292");
    assert_eq!(value(&summary, days, "good_day_rate"), "80.0");
    assert_eq!((days.rows, days.left_out), (365, 1));
    let item = summary
        .groups
        .iter()
        .find(|group| value(&summary, group, "pollutant") == "PM2.5")
        .unwrap();
    // (73 × 80 + 292 × 20) / 365 = 32; percentile 95 is 80, above 75
    assert_eq!(value(&summary, item, "mean"), "32");
    assert_eq!(value(&summary, item, "percentile"), "80");
    assert_eq!(value(&summary, item, "year_attains"), "否");
    // 10/60 + 20/40 + 50/70 + 32/35 + 0.8/4 + 100/160 = 3.1202…
    let index = find(&summary, GroupKind::Composite, "甲", "2025");
    assert_eq!(value(&summary, index, "composite_index"), "3.12");
}

#[test]
fn a_table_that_names_no_groups_has_no_summary_and_many_names_are_no_fault() {
    let parameters = Parameters::shipped().unwrap();
    let options = Options {
        is_summarized: true,
        ..Options::default()
    };
    let mut judge =
        Evaluator::new(&parameters, Medium::Water, &options, &["日期", "氨氮"]).unwrap();
    assert!(judge.evaluate(&["2026-03-01", "0.2"]).is_ok());
    assert!(judge.summarize().is_none());
    // a name and a number of the same outlet: the first names it
    let header = ["排口名称", "排口编号", "企业", "企业名称", "浓度", "污染物"];
    assert!(Evaluator::new(&parameters, Medium::Emission, &options, &header).is_ok());
    let header = ["城市", "站点", "PM2.5"];
    assert!(Evaluator::new(&parameters, Medium::Air, &options, &header).is_ok());
}

#[test]
fn sections_beyond_the_bound_are_left_out_and_counted() {
    let mut table = "河流,断面,日期,氨氮".to_owned();
    for number in 0..20_003 {
        write!(table, "\n某河,{number},2026-03-01,0.2").unwrap();
    }
    let summary = sum_up(Medium::Water, &table, Options::default());
    assert_eq!(summary.left_out_count, 3);
    let river = find(&summary, GroupKind::River, "某河", "2026-03");
    assert_eq!((river.rows, river.left_out), (20_000, 3));
}
