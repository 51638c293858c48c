//! Expected path, status, projection, reduction accounting, ranking.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use city_plan::progress::{
    Credit, Direction, ExpectedPath, Increment, Margin, Observation, PathError, ReductionBook,
    ReductionError, Status, StatusInput, YearShare, account, judge, project, rank,
};
use city_plan::{Indicator, Plan, read_plan};
use exact_decimal::Decimal;

use crate::support::sources;

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

fn indicator(id: &str) -> Indicator {
    static PLAN: LazyLock<Plan> = LazyLock::new(|| read_plan(&sources("cities/hengyang/plan")).0);
    let found = PLAN.indicators.iter().find(|one| one.id.get_ref() == id);
    found.unwrap().item.clone()
}

fn path(id: &str) -> ExpectedPath {
    ExpectedPath::of(&indicator(id), 2015, 2020).unwrap()
}

fn levels(path: &ExpectedPath) -> Vec<String> {
    (2015..=2021)
        .map(|year| path.expected(year).unwrap().unwrap().to_string())
        .collect()
}

#[test]
fn a_level_is_expected_on_the_straight_line() {
    assert_eq!(
        levels(&path("forest_cover")),
        ["46.3", "47.04", "47.78", "48.52", "49.26", "50", "50"]
    );
}

#[test]
fn a_reduction_is_turned_into_levels_of_the_base() {
    // 145679 × (100 − 10.5) % = 130382.705
    assert_eq!(
        levels(&path("cod_reduction")),
        [
            "145679",
            "142619.741",
            "139560.482",
            "136501.223",
            "133441.964",
            "130382.705",
            "130382.705"
        ]
    );
    assert_eq!(path("city_pm25").target.to_string(), "45.1");
    assert_eq!(path("city_pm25").expected(2014).unwrap(), None);
}

#[test]
fn yearly_targets_of_the_plan_come_before_the_straight_line() {
    let mut one = indicator("forest_cover");
    one.path = vec![
        city_plan::YearTarget {
            year: 2017,
            target: decimal("49"),
        },
        city_plan::YearTarget {
            year: 2018,
            target: decimal("49.5"),
        },
    ];
    let path = ExpectedPath::of(&one, 2015, 2020).unwrap();
    assert_eq!(
        levels(&path),
        ["46.3", "47.65", "49", "49.5", "49.75", "50", "50"]
    );
}

#[test]
fn without_a_base_only_the_target_can_be_expected_and_a_reduction_not_at_all() {
    assert_eq!(levels(&path("red_line_share")), ["50"; 7]);
    let mut one = indicator("cod_reduction");
    one.base = None;
    assert_eq!(ExpectedPath::of(&one, 2015, 2020), Err(PathError::NoBase));
    one.target_year = Some(2015);
    assert_eq!(ExpectedPath::of(&one, 2015, 2020), Err(PathError::Years));
}

fn status(id: &str, year: i32, value: Option<&str>) -> Status {
    status_on(YearShare::Whole, id, year, value)
}

fn status_on(share: YearShare, id: &str, year: i32, value: Option<&str>) -> Status {
    judge(&StatusInput {
        share,
        path: &path(id),
        meaning: indicator(id).meaning,
        year,
        value: value.map(decimal),
        margin: Margin::default(),
    })
    .unwrap()
}

#[test]
fn the_rule_of_the_status_at_each_of_its_edges() {
    // expected 2017: 47.78; the way is 3.7, so the margin is 0.37
    for (year, value, expected) in [
        (2017, Some("50"), Status::Met),
        (2017, Some("49.99"), Status::OnTrack),
        (2017, Some("47.78"), Status::OnTrack),
        (2017, Some("47.77"), Status::AtRisk),
        (2017, Some("47.41"), Status::AtRisk),
        (2017, Some("47.40"), Status::Behind),
        (2017, None, Status::NoData),
        (2014, Some("47"), Status::NoData),
        (2020, Some("49.99"), Status::Behind),
        (2020, Some("50.0"), Status::Met),
    ] {
        assert_eq!(
            status("forest_cover", year, value),
            expected,
            "{year} {value:?}"
        );
    }
}

#[test]
fn nothing_is_met_by_a_part_of_a_year_and_nothing_said_by_a_scrap_of_it() {
    let seen = |share, year, value| status_on(share, "forest_cover", year, Some(value));
    for (share, year, value, expected) in [
        (YearShare::Part, 2017, "50", Status::OnTrack),
        (YearShare::Part, 2020, "50", Status::OnTrack),
        (YearShare::Part, 2017, "47.78", Status::OnTrack),
        (YearShare::Part, 2017, "47.41", Status::AtRisk),
        (YearShare::Part, 2020, "49.99", Status::Behind),
        (YearShare::Scrap, 2017, "50", Status::NoData),
        (YearShare::Scrap, 2017, "40", Status::NoData),
    ] {
        assert_eq!(
            seen(share, year, value),
            expected,
            "{share:?} {year} {value}"
        );
    }
    // a third of 365 days is 121.7
    for (covered, coverable, is_sufficient, expected) in [
        (1, 365, false, YearShare::Scrap),
        (121, 365, false, YearShare::Scrap),
        (122, 365, false, YearShare::Part),
        (323, 365, false, YearShare::Part),
        (324, 365, true, YearShare::Whole),
        (0, 0, false, YearShare::Scrap),
        (1, 3, false, YearShare::Part),
    ] {
        let share = YearShare::of(covered, coverable, is_sufficient);
        assert_eq!(share, expected, "{covered} of {coverable}");
    }
}

#[test]
fn lower_is_better_for_ceilings_classes_and_reductions() {
    // PM2.5: 55 → 45.1; 2016: 53.02; margin 0.99
    assert_eq!(status("city_pm25", 2016, Some("53.02")), Status::OnTrack);
    assert_eq!(status("city_pm25", 2016, Some("54.01")), Status::AtRisk);
    assert_eq!(status("city_pm25", 2016, Some("54.02")), Status::Behind);
    assert_eq!(status("city_pm25", 2016, Some("45.1")), Status::Met);
    assert_eq!(
        status("zhengshui_mouth_class", 2017, Some("3")),
        Status::Met
    );
    assert_eq!(
        status("zhengshui_mouth_class", 2017, Some("4")),
        Status::Behind
    );
    assert_eq!(status("area_noise", 2017, Some("59.9")), Status::Met);
    // kept at 100: the margin is a tenth of the level
    assert_eq!(status("drinking_water", 2017, Some("100")), Status::Met);
    assert_eq!(status("drinking_water", 2017, Some("97.3")), Status::AtRisk);
    assert_eq!(status("drinking_water", 2017, Some("89.9")), Status::Behind);
}

fn observations(values: &[(i32, &str)]) -> Vec<Observation> {
    values
        .iter()
        .map(|(year, value)| Observation {
            year: *year,
            value: decimal(value),
        })
        .collect()
}

#[test]
fn a_projection_has_an_interval_and_needs_three_years() {
    assert_eq!(
        project(&observations(&[(2016, "1"), (2017, "2")]), 2020),
        None
    );
    assert_eq!(
        project(
            &observations(&[(2016, "1"), (2016, "2"), (2016, "3")]),
            2020
        ),
        None
    );
    let exact = project(
        &observations(&[(2016, "10"), (2017, "12"), (2018, "14")]),
        2020,
    )
    .unwrap();
    assert!((exact.value - 18.0).abs() < 1e-9 && (exact.upper - exact.lower).abs() < 1e-9);
    // x = −1.5 … 1.5, y = 1, 3, 2, 4: slope 0.8, ŷ(2020) = 4.9 … by hand:
    // s² = 1.8 / 2, half width = 1.886 · √0.9 · √(1 + 1/4 + 2.5²/5) = 2.8290
    let four = observations(&[(2016, "1"), (2017, "3"), (2018, "2"), (2019, "4")]);
    let made = project(&four, 2020).unwrap();
    assert!((made.slope - 0.8).abs() < 1e-9);
    assert!((made.value - 4.5).abs() < 1e-9, "{made:?}");
    assert!((made.upper - made.value - 2.8290).abs() < 1e-3, "{made:?}");
    assert!((made.value - made.lower - 2.8290).abs() < 1e-3);
}

fn book() -> ReductionBook {
    ReductionBook {
        bases: BTreeMap::from([
            ("430421".to_owned(), decimal("1000")),
            ("430422".to_owned(), decimal("500.5")),
        ]),
        increments: vec![Increment {
            region: "430421".to_owned(),
            year: 2016,
            tonnes: decimal("30"),
        }],
        credits: vec![
            Credit {
                project: "plant".to_owned(),
                region: "430421".to_owned(),
                year: 2016,
                tonnes: decimal("80"),
            },
            Credit {
                project: "closure".to_owned(),
                region: "430422".to_owned(),
                year: 2017,
                tonnes: decimal("100.5"),
            },
        ],
    }
}

#[test]
fn reductions_are_reckoned_from_base_increment_and_projects() {
    let accounts = account(&book(), 2016, 2017).unwrap();
    assert_eq!(accounts.len(), 3);
    let shown: Vec<Vec<String>> = accounts
        .iter()
        .map(|one| {
            one.years
                .iter()
                .map(|y| {
                    format!(
                        "{} +{} -{} ={} {}%",
                        y.opening,
                        y.increment,
                        y.reduction,
                        y.closing,
                        y.net_percent.unwrap()
                    )
                })
                .collect()
        })
        .collect();
    assert_eq!(
        shown[0],
        ["1000 +30 -80 =950 5.00%", "950 +0 -0 =950 5.00%"]
    );
    assert_eq!(
        shown[1],
        ["500.5 +0 -0 =500.5 0.00%", "500.5 +0 -100.5 =400.0 20.08%"]
    );
    // (1500.5 − 1350) ÷ 1500.5 = 10.0300 %
    assert_eq!(
        shown[2],
        [
            "1500.5 +30 -80 =1450.5 3.33%",
            "1450.5 +0 -100.5 =1350.0 10.03%"
        ]
    );
    assert_eq!(accounts[2].region, None);
}

#[test]
fn a_year_whose_increment_nobody_has_told_is_open_and_so_are_those_after_it() {
    let mut book = book();
    let mut tell = |region: &str, year, tonnes| {
        book.increments.push(Increment {
            region: region.to_owned(),
            year,
            tonnes: decimal(tonnes),
        });
    };
    tell("430422", 2016, "0");
    tell("430422", 2017, "2");
    tell("430421", 2018, "3");
    let closed: Vec<Vec<bool>> = account(&book, 2016, 2018)
        .unwrap()
        .iter()
        .map(|one| one.years.iter().map(|year| year.is_closed).collect())
        .collect();
    assert_eq!(
        closed,
        [
            // told for 2016 and 2018: 2018 rests on 2017
            [true, false, false],
            [true, true, false],
            [true, false, false],
        ]
    );
}

#[test]
fn a_project_counts_once_and_a_wrong_book_gives_no_account() {
    let mut twice = book();
    twice.credits.push(Credit {
        project: "plant".to_owned(),
        region: "430421".to_owned(),
        year: 2017,
        tonnes: decimal("1"),
    });
    assert_eq!(
        account(&twice, 2016, 2020),
        Err(ReductionError::CreditedTwice {
            project: "plant".to_owned(),
            first: 2016,
            second: 2017
        })
    );
    let mut nowhere = book();
    nowhere.credits[0].region = "430423".to_owned();
    assert!(matches!(
        account(&nowhere, 2016, 2020),
        Err(ReductionError::NoBase { .. })
    ));
    assert!(matches!(
        account(&book(), 2017, 2020),
        Err(ReductionError::OutsidePeriod { year: 2016, .. })
    ));
    let mut more = book();
    more.credits[0].tonnes = decimal("1030.1");
    assert!(matches!(
        account(&more, 2016, 2020),
        Err(ReductionError::BelowZero { year: 2016, .. })
    ));
    more.credits[0].tonnes = decimal("-1");
    assert!(matches!(
        account(&more, 2016, 2020),
        Err(ReductionError::Negative { .. })
    ));
}

#[test]
fn equal_counties_share_a_rank_and_those_without_a_value_have_none() {
    let values = || {
        [
            ("d", None),
            ("c", Some("80")),
            ("b", Some("90.0")),
            ("a", Some("90")),
            ("e", Some("95")),
        ]
        .map(|(name, value)| (name.to_owned(), value.map(decimal)))
        .to_vec()
    };
    let shown = |direction| {
        rank(values(), direction)
            .into_iter()
            .map(|one| {
                format!(
                    "{}{}",
                    one.region,
                    one.rank.map_or_else(String::new, |rank| rank.to_string())
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(
        shown(Direction::HigherIsBetter),
        ["e1", "a2", "b2", "c4", "d"]
    );
    assert_eq!(
        shown(Direction::LowerIsBetter),
        ["c1", "a2", "b2", "e4", "d"]
    );
}
