//! Scores by hand: every step of the rule.

use city_plan::assessment::{
    EntryInput, Grounds, ScoreSheet, TotalScore, WorkInput, WorkKind, compute_scores,
};
use city_plan::progress::Status;
use city_plan::{AssessmentRule, Indicator, Plan, PlanSource, WorkWeights, read_plan};
use exact_decimal::Decimal;

const RULE: &str = r#"
[assessment]
id = "rule"
title = "办法"
issued_by = "试"
full_score = "100"
places = 2
binding_weight = "2"
guiding_weight = "1"
binding_behind_most = "60"
least_coverage = "60"
best_grade_unless_binding_met = "fair"
cite = []
[[assessment.grade]]
id = "best"
name = "优"
from = "90"
[[assessment.grade]]
id = "fair"
name = "中"
from = "60"
[[assessment.grade]]
id = "poor"
name = "差"
from = "0"
[[assessment.responsibility]]
unit = "bureau"
indicators = ["nitrogen", "sewage"]
"#;

fn plan() -> Plan {
    let indicator = |id: &str, force: &str, meaning: &str, target: &str| {
        format!(
            "[[indicator]]\nid = \"{id}\"\nname = \"{id}\"\ncategory = \"c\"\nforce = \"{force}\"\n\
             unit = \"u\"\ntarget = \"{target}\"\nmeaning = \"{meaning}\"\nwritten = \"w\"\ncite = []\n"
        )
    };
    let text = [
        RULE.to_owned(),
        indicator("nitrogen", "binding", "reduce_by", "10"),
        indicator("sewage", "guiding", "at_least", "96"),
        indicator("waters", "guiding", "at_most", "10"),
        indicator("class", "binding", "class_or_better", "3"),
        indicator("air", "guiding", "at_least", "85"),
    ]
    .concat();
    let source = PlanSource {
        name: "plan.toml".to_owned(),
        text,
    };
    let (plan, findings) = read_plan(&[source]);
    assert!(findings.is_empty(), "{findings:?}");
    plan
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

struct Given(
    &'static str,
    &'static str,
    Option<&'static str>,
    Option<&'static str>,
    &'static str,
    Status,
);

fn scored(rule: &AssessmentRule, plan: &Plan, given: &[Given]) -> ScoreSheet {
    scored_with(rule, plan, given, &[])
}

fn scored_with(
    rule: &AssessmentRule,
    plan: &Plan,
    given: &[Given],
    works: &[WorkInput],
) -> ScoreSheet {
    let find = |id: &str| -> &Indicator {
        let found = plan.indicators.iter().find(|one| one.id.get_ref() == id);
        found.unwrap()
    };
    let inputs: Vec<EntryInput<'_>> = given
        .iter()
        .map(
            |Given(id, region, base, value, expected, status)| EntryInput {
                indicator: find(id),
                region: (*region).to_owned(),
                base: base.map(decimal),
                value: value.map(decimal),
                expected: Some(decimal(expected)),
                status: *status,
            },
        )
        .collect();
    compute_scores(rule, "100", &inputs, works).unwrap()
}

/// An entry's score as text (`none` without one), and why it has it.
fn score_of(sheet: &ScoreSheet, index: usize) -> (String, Grounds) {
    let entry = sheet.entries.get(index).unwrap();
    let score = entry
        .score
        .map_or_else(|| "none".to_owned(), |score| score.to_string());
    (score, entry.grounds)
}

fn text(text: &str) -> String {
    text.to_owned()
}

#[test]
fn each_meaning_has_its_degree() {
    let plan = plan();
    let rule = plan.assessment.as_ref().unwrap();
    let sheet = scored(
        rule,
        &plan,
        &[
            // the way from 1000 to 940 is 60; 45 are gone: 75 %
            Given(
                "nitrogen",
                "100",
                Some("1000"),
                Some("955"),
                "940",
                Status::AtRisk,
            ),
            // without a base worse than the path: 91 ÷ 93 = 97.849…
            Given("sewage", "100", None, Some("91"), "93", Status::AtRisk),
            // less is better: 10 ÷ 12.5 = 0.8
            Given("waters", "100", None, Some("12.5"), "10", Status::Behind),
            // on its path or met
            Given("class", "100", Some("4"), Some("3"), "3.6", Status::Met),
            Given("air", "101", None, Some("80"), "84", Status::OnTrack),
        ],
    );
    assert_eq!(score_of(&sheet, 0), (text("75.00"), Grounds::Degree));
    assert_eq!(score_of(&sheet, 1), (text("97.85"), Grounds::Degree));
    assert_eq!(score_of(&sheet, 2), (text("80.00"), Grounds::Degree));
    assert_eq!(score_of(&sheet, 3), (text("100"), Grounds::Full));
    assert_eq!(score_of(&sheet, 4), (text("100"), Grounds::Full));
    // (2×75 + 1×97.85 + 1×80 + 2×100 + 1×100) ÷ 7 = 627.85 ÷ 7 = 89.692…
    assert_eq!(sheet.total.score, Some(decimal("89.69")));
    assert_eq!(sheet.total.coverage, decimal("100"));
    assert_eq!(sheet.total.grade.as_deref(), Some("fair"));
    // (2×75 + 97.85) ÷ 3 = 82.616…
    assert_eq!(sheet.units[0].id, "bureau");
    assert_eq!(sheet.units[0].total.score, Some(decimal("82.62")));
    assert_eq!(sheet.counties.len(), 1);
    assert_eq!(sheet.counties[0].total.score, Some(decimal("100")));
}

#[test]
fn a_degree_lies_between_nothing_and_all() {
    let plan = plan();
    let rule = plan.assessment.as_ref().unwrap();
    let sheet = scored(
        rule,
        &plan,
        &[
            // worse than the base
            Given(
                "nitrogen",
                "100",
                Some("1000"),
                Some("1200"),
                "940",
                Status::Behind,
            ),
            // the base is better than the ceiling already: no way, a ratio of 60 ÷ 75
            Given(
                "waters",
                "100",
                Some("54.4"),
                Some("75"),
                "60",
                Status::Behind,
            ),
            // nothing measured where something is expected
            Given("sewage", "100", None, Some("0"), "93", Status::Behind),
        ],
    );
    assert_eq!(score_of(&sheet, 0), (text("0.00"), Grounds::Degree));
    assert_eq!(score_of(&sheet, 1), (text("80.00"), Grounds::Degree));
    assert_eq!(score_of(&sheet, 2), (text("0.00"), Grounds::Degree));
}

#[test]
fn a_binding_indicator_behind_is_cut_and_lowers_the_grade() {
    let plan = plan();
    let rule = plan.assessment.as_ref().unwrap();
    let sheet = scored(
        rule,
        &plan,
        &[
            // 59 of 60 gone would be 98.33
            Given(
                "nitrogen",
                "100",
                Some("1000"),
                Some("941"),
                "940",
                Status::Behind,
            ),
            Given("sewage", "100", None, Some("97"), "93", Status::Met),
            Given("waters", "100", None, Some("1"), "10", Status::Met),
            Given("air", "100", None, Some("99"), "84", Status::Met),
            Given("class", "100", None, Some("2"), "3", Status::Met),
        ],
    );
    assert_eq!(score_of(&sheet, 0), (text("60"), Grounds::Cut));
    assert_eq!(sheet.entries[0].degree_percent, Some(decimal("98.33")));
    // (120 + 100 + 100 + 100 + 200) ÷ 7 = 88.571…: fair by itself already
    assert_eq!(sheet.total.score, Some(decimal("88.57")));
    assert!(!sheet.total.is_grade_lowered);
    // weighed less, the score is 96.78 and the grade still fair
    let mut light = rule.item.clone();
    light.binding_weight = decimal("0.5");
    let sheet = scored(
        &light,
        &plan,
        &[
            Given(
                "nitrogen",
                "100",
                Some("1000"),
                Some("941"),
                "940",
                Status::Behind,
            ),
            Given("sewage", "100", None, Some("97"), "93", Status::Met),
            Given("waters", "100", None, Some("1"), "10", Status::Met),
            Given("air", "100", None, Some("99"), "84", Status::Met),
        ],
    );
    assert_eq!(sheet.total.score, Some(decimal("94.29")));
    assert_eq!(sheet.total.grade.as_deref(), Some("fair"));
    assert!(sheet.total.is_grade_lowered);
}

#[test]
fn no_data_is_never_zero_and_too_little_gives_no_total() {
    let plan = plan();
    let rule = plan.assessment.as_ref().unwrap();
    let sheet = scored(
        rule,
        &plan,
        &[
            Given(
                "nitrogen",
                "100",
                Some("1000"),
                Some("900"),
                "940",
                Status::Met,
            ),
            Given("sewage", "100", None, None, "93", Status::NoData),
        ],
    );
    assert_eq!(score_of(&sheet, 1), (text("none"), Grounds::NoData));
    assert_eq!(sheet.total.score, Some(decimal("100")));
    // 2 of 3
    assert_eq!(sheet.total.coverage, decimal("66.7"));
    assert_eq!((sheet.total.count, sheet.total.scored), (2, 1));
    let sheet = scored(
        rule,
        &plan,
        &[
            Given("sewage", "100", None, Some("97"), "93", Status::Met),
            Given("nitrogen", "100", Some("1000"), None, "940", Status::NoData),
        ],
    );
    // 1 of 3 is below 60 %
    assert_eq!(sheet.total.score, None);
    assert_eq!(sheet.total.grade, None);
    assert_eq!(sheet.total.coverage, decimal("33.3"));
}

#[test]
fn an_indicator_of_several_counties_is_their_plain_mean() {
    let plan = plan();
    let rule = plan.assessment.as_ref().unwrap();
    let sheet = scored(
        rule,
        &plan,
        &[
            Given("air", "101", None, Some("90"), "85", Status::Met),
            Given("air", "102", None, Some("80"), "85", Status::Behind),
            Given("air", "103", None, None, "85", Status::NoData),
            Given("sewage", "102", None, Some("48"), "96", Status::Behind),
        ],
    );
    // 80 ÷ 85 = 94.117…; (100 + 94.12) ÷ 2
    assert_eq!(sheet.indicators[0].total.score, Some(decimal("97.06")));
    assert_eq!(sheet.indicators[0].total.scored, 2);
    // half to even: (97.06 + 50.00) ÷ 2 = 73.53
    assert_eq!(sheet.total.score, Some(decimal("73.53")));
    let county: Vec<_> = sheet
        .counties
        .iter()
        .map(|one| (one.id.as_str(), one.total.score))
        .collect();
    assert_eq!(
        county,
        [
            ("101", Some(decimal("100"))),
            ("102", Some(decimal("72.06"))),
            ("103", None),
        ]
    );
}

#[test]
fn the_clauses_say_the_figures_of_the_rule() {
    let plan = plan();
    let rule = plan.assessment.as_ref().unwrap();
    let clauses = rule.clauses();
    let all: String = clauses.iter().map(|one| one.zh.as_str()).collect();
    for words in [
        "最高不超过60分",
        "不足60%",
        "90分以上为“优”",
        "等次最高为“中”",
    ] {
        assert!(all.contains(words), "{words} is not in {all}");
    }
    assert!(clauses.iter().all(|one| !one.en.is_empty()));
}

fn work(kind: WorkKind, id: &str, units: &[&str], due: u32, done: Option<u32>) -> WorkInput {
    WorkInput {
        kind,
        id: id.to_owned(),
        units: units.iter().map(|unit| (*unit).to_owned()).collect(),
        due,
        done,
    }
}

#[test]
fn tasks_and_projects_count_beside_the_indicators_where_the_rule_says_so() {
    let plan = plan();
    let alone = plan.assessment.as_ref().unwrap().item.clone();
    let mut rule = alone.clone();
    rule.work = Some(WorkWeights {
        indicators: decimal("70"),
        tasks: decimal("20"),
        projects: decimal("10"),
    });
    let given = [
        // full, and 60 of 100: a mean of (2 × 100 + 1 × 60) ÷ 3 = 86.67
        Given(
            "nitrogen",
            "100",
            Some("100"),
            Some("90"),
            "95",
            Status::Met,
        ),
        Given("sewage", "100", None, Some("57.6"), "96", Status::Behind),
    ];
    let works = [
        work(WorkKind::Task, "a", &["bureau"], 100, Some(100)),
        work(WorkKind::Task, "b", &["bureau", "county"], 300, Some(170)),
        work(WorkKind::Task, "c", &[], 100, None),
        work(WorkKind::Project, "W-1", &[], 3, Some(3)),
        work(WorkKind::Project, "W-2", &[], 3, Some(0)),
    ];
    let shown = |total: &TotalScore| {
        let score = total.score.map(|score| score.to_string());
        (score, total.coverage.to_string(), total.count)
    };
    let is = |score: &str, coverage: &str, count| (Some(text(score)), text(coverage), count);
    let sheet = scored_with(&rule, &plan, &given, &works);
    let scores: Vec<Option<String>> = (sheet.works.iter())
        .map(|one| one.score.map(|score| score.to_string()))
        .collect();
    // 170 of 300 is 56.67; a project without anything reached has 0, a task nobody told of has none
    assert_eq!(
        scores,
        [
            Some(text("100.00")),
            Some(text("56.67")),
            None,
            Some(text("100.00")),
            Some(text("0.00"))
        ]
    );
    let parts: Vec<_> = (sheet.parts.iter())
        .map(|one| (one.part, shown(&one.total)))
        .collect();
    // tasks: (100 + 56.67) ÷ 2 = 78.335, half to even
    assert_eq!(
        parts,
        [
            ("indicators", is("86.67", "100.0", 2)),
            ("tasks", is("78.34", "66.7", 3)),
            ("projects", is("50.00", "100.0", 2)),
        ]
    );
    // (86.67 × 70 + 78.34 × 20 + 50 × 10) ÷ 100 = 81.337; (70 + 13.34 + 10) % has data
    assert_eq!(shown(&sheet.total), is("81.34", "93.3", 7));
    // the bureau: (86.67 × 70 + 78.34 × 20) ÷ 90 = 84.8189; the county leads one task alone
    let units: Vec<_> = (sheet.units.iter())
        .map(|one| (one.id.as_str(), shown(&one.total)))
        .collect();
    assert_eq!(
        units,
        [
            ("bureau", is("84.82", "100.0", 4)),
            ("county", is("56.67", "100.0", 1)),
        ]
    );
    // nothing is due: the indicators are the whole
    let none_due = scored_with(&rule, &plan, &given, &[]);
    assert_eq!(shown(&none_due.total), is("86.67", "100.0", 2));
    // a rule that counts indicators alone does not change
    let sheet = scored_with(&alone, &plan, &given, &works);
    assert_eq!(shown(&sheet.total), is("86.67", "100.0", 2));
    assert!(sheet.works.is_empty() && sheet.parts.is_empty());
    assert_eq!(sheet.units.len(), 1);
    // the words of the rule say so
    let clauses = |rule: &AssessmentRule| rule.clauses().len();
    assert_eq!(clauses(&rule), clauses(&alone) + 2);
}
