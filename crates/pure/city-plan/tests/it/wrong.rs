//! Each rule finds what it is for: one change to a good plan, one finding more.

use city_plan::{Finding, Language, PlanSource, Rule, check_sources, skeleton};

use crate::support::shown;

/// The findings of the skeleton after one replacement in one file, without its own hint.
fn changed(file: &str, from: &str, to: &str) -> Vec<Finding> {
    let mut sources = skeleton();
    let source = sources.iter_mut().find(|one| one.name == file).unwrap();
    assert!(source.text.contains(from), "{file} has no {from}");
    source.text = source.text.replacen(from, to, 1);
    let (_plan, mut findings) = check_sources(&sources);
    findings.retain(|finding| finding.rule != Rule::TotalRounded);
    findings
}

/// Exactly these findings, whose English messages and suggestions hold these words.
fn finds(file: &str, from: &str, to: &str, rules: &[Rule], words: &[&str]) {
    let findings = changed(file, from, to);
    let all = shown(&findings, Language::English);
    let found: Vec<Rule> = findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(found, rules, "{from} → {to}\n{all}");
    for word in words {
        assert!(all.contains(word), "`{word}` is not in\n{all}");
    }
    for finding in &findings {
        assert!(!finding.message(Language::Chinese).is_empty());
        assert!(!finding.suggestion(Language::Chinese).is_empty());
    }
}

#[test]
fn errors_of_toml_say_file_line_what_and_what_to_do() {
    for (from, to, words) in [
        (
            "target = \"100\"",
            "target = 100",
            ["invalid type", "decimals in quotes"],
        ),
        (
            "target = \"100\"",
            "target = \"1e2x\"",
            ["is not a decimal", "TOML"],
        ),
        (
            "due = \"2027\"",
            "due = \"2027年\"",
            ["is no deadline", "2017-10"],
        ),
        (
            "heading =",
            "haeding =",
            ["unknown field `haeding`", "plan-schema.md"],
        ),
        (
            "meaning = \"at_least\"",
            "meaning = \"more\"",
            ["unknown variant `more`", "plan-schema.md"],
        ),
        (
            "name = \"淘汰比例\"\n",
            "",
            ["missing field `name`", "add the field"],
        ),
        ("unit = \"%\"", "unit = %", ["cannot be read", "TOML"]),
    ] {
        let findings = changed("tasks.toml", from, to);
        let all = shown(&findings, Language::English);
        let unreadable: Vec<_> = findings
            .iter()
            .filter(|finding| finding.rule == Rule::UnreadableFile)
            .collect();
        assert_eq!(unreadable.len(), 1, "{from} → {to}\n{all}");
        assert_eq!(unreadable[0].place.file, "tasks.toml");
        assert!(unreadable[0].place.line > 3, "{all}");
        for word in words {
            assert!(all.contains(word), "`{word}` is not in\n{all}");
        }
    }
}

#[test]
fn what_is_named_must_be_there() {
    let unknown = &[Rule::UnknownReference];
    finds(
        "tasks.toml",
        "lead = [\"ecology_bureau\"]",
        "lead = [\"ecology_buraeu\"]",
        unknown,
        &["unit `ecology_buraeu`", "did you mean `ecology_bureau`"],
    );
    finds(
        "tasks.toml",
        "regions = [\"990101\"]",
        "regions = [\"110000\"]",
        unknown,
        &["region `110000`"],
    );
    finds(
        "plan.toml",
        "region = \"990100\"",
        "region = \"1\"",
        unknown,
        &["region `1`"],
    );
    finds(
        "projects.toml",
        "task = \"boilers_out\"",
        "task = \"heating\"",
        unknown,
        &["task `heating`"],
    );
    finds(
        "projects.toml",
        "kind = \"air_projects\"",
        "kind = \"airs\"",
        unknown,
        &["kind of projects `airs`"],
    );
    finds(
        "tasks.toml",
        "meaning = \"at_least\"",
        "meaning = \"at_least\"\nindicator = \"boilers\"",
        unknown,
        &["indicator `boilers`"],
    );
    finds(
        "indicators.toml",
        "good_days * 100 / valid_days",
        "good_days * 100 / all_days",
        &[Rule::UnknownReference, Rule::UnusedMeasure],
        &["measure `all_days`", "no data source"],
    );
}

#[test]
fn identifiers_are_good_and_unique() {
    finds(
        "tasks.toml",
        "id = \"mid_term\"",
        "id = \"good_air_days\"",
        &[Rule::DuplicateId],
        &["indicators.toml:5"],
    );
    finds(
        "tasks.toml",
        "id = \"mid_term\"",
        "id = \"Mid-Term\"",
        &[Rule::BadId],
        &["lower-case"],
    );
    finds(
        "tasks.toml",
        "id = \"mid_term\"",
        "id = \"\"",
        &[Rule::BadId],
        &["lower-case"],
    );
}

#[test]
fn quotes_are_the_words_of_their_section() {
    let lost = &[Rule::QuoteNotFound, Rule::Uncovered];
    finds(
        "tasks.toml",
        "2028年开展中期评估",
        "2028年开展中期评价",
        lost,
        &["own words", "no entry cites 2028"],
    );
    finds(
        "tasks.toml",
        "{ at = \"四\", quote = \"2028",
        "{ at = \"三\", quote = \"2028",
        lost,
        &["is not in 三"],
    );
    finds(
        "tasks.toml",
        "{ at = \"四\", quote = \"2028",
        "{ at = \"九\", quote = \"2028",
        lost,
        &["no section `九`"],
    );
    finds(
        "tasks.toml",
        "cite = [{ at = \"四\", quote = \"2028年开展中期评估\" }]",
        "cite = []",
        lost,
        &["cites nothing"],
    );
    finds(
        "text.txt",
        "2028年开展中期评估，",
        "2028年开展中期评估，2028年开展中期评估，",
        &[Rule::QuoteAmbiguous, Rule::Uncovered],
        &["more than once"],
    );
    finds(
        "plan.toml",
        "text = \"text.txt\"",
        "text = \"full.txt\"",
        &[Rule::QuoteNotFound],
        &["no file `full.txt`"],
    );
    finds(
        "text.txt",
        "四、保障\n",
        "四、保障\n到2029年投资5.5亿元。",
        &[Rule::Uncovered],
        &["2029", "5.5"],
    );
    finds(
        "text.txt",
        "四、保障\n",
        "四、保障\n市生态环境局负责协调。",
        &[Rule::Uncovered],
        &["市生态环境局"],
    );
}

#[test]
fn formulas_are_read_and_double_literals_refused() {
    let formula = "good_days * 100 / valid_days";
    finds(
        "indicators.toml",
        formula,
        "good_days / 0.85 + valid_days",
        &[Rule::Formula, Rule::UnusedMeasure, Rule::UnusedMeasure],
        &["character 13", "write decimal(\"0.85\")"],
    );
    finds(
        "indicators.toml",
        formula,
        "good_days > valid_days",
        &[Rule::Formula],
        &["must give a number"],
    );
    finds(
        "indicators.toml",
        "formula = \"good_days * 100 / valid_days\"\n",
        "",
        &[Rule::NoDataSource, Rule::UnusedMeasure, Rule::UnusedMeasure],
        &["no formula"],
    );
}

#[test]
fn years_lie_inside_the_period_and_paths_end_at_their_target() {
    let outside = &[Rule::OutsidePeriod];
    finds(
        "tasks.toml",
        "due = \"2027\"",
        "due = \"2031-06\"",
        outside,
        &["2031 lies outside the period 2026 to 2030"],
    );
    finds(
        "tasks.toml",
        "due = \"2028\"",
        "due = \"2025\"",
        outside,
        &["2025"],
    );
    finds(
        "indicators.toml",
        "year = 2028",
        "year = 2035",
        &[Rule::OutsidePeriod, Rule::OutsidePeriod],
        &["2035", "order of years"],
    );
    finds(
        "indicators.toml",
        "{ year = 2030, target = \"90\" }",
        "{ year = 2030, target = \"91\" }",
        outside,
        &["ends at 91"],
    );
    finds(
        "plan.toml",
        "base_year = 2025",
        "base_year = 2026",
        &[Rule::Header],
        &["base year"],
    );
}

#[test]
fn figures_are_held_against_each_other() {
    finds(
        "indicators.toml",
        "base = \"88.0\"",
        "base = \"92\"",
        &[Rule::LooserThanBase],
        &["asks for less than the 92 %"],
    );
    finds(
        "indicators.toml",
        "meaning = \"at_least\"",
        "meaning = \"at_most\"",
        &[Rule::LooserThanBase],
        &["doing nothing"],
    );
    let lines = "base = \"88.0\"                     # 基准年的值；规划未给出则删去此行 / leave out when the plan gives none\n";
    finds(
        "indicators.toml",
        lines,
        "",
        &[Rule::MissingBase],
        &["no base of 2025"],
    );
    finds(
        "projects.toml",
        "amount = \"2.01\"",
        "amount = \"2.1\"",
        &[Rule::TotalDiffers],
        &["2.005", "more than rounding"],
    );
    finds(
        "projects.toml",
        "count = 5",
        "count = 6",
        &[Rule::TotalDiffers],
        &["5 projects, the total says 6"],
    );
    finds(
        "tasks.toml",
        "meaning = \"at_least\"",
        "meaning = \"at_least\"\nindicator = \"good_air_days\"\ndue = \"2030\"",
        &[Rule::Contradiction],
        &["asks for 100 %", "for 90 %"],
    );
}

#[test]
fn a_task_can_be_checked_and_somebody_is_responsible() {
    finds(
        "tasks.toml",
        "deliverable = \"向社会公布的黑臭水体清单\"\n",
        "",
        &[Rule::CannotBeChecked],
        &["nobody can tell"],
    );
    finds(
        "tasks.toml",
        "lead = [\"ecology_bureau\"]\n",
        "",
        &[Rule::NobodyResponsible],
        &["yearly programme"],
    );
}

/// The skeleton with one more file.
fn with_file(text: &str) -> Vec<Finding> {
    let mut sources = skeleton();
    sources.push(PlanSource {
        name: "more.toml".to_owned(),
        text: text.to_owned(),
    });
    let (_plan, mut findings) = check_sources(&sources);
    findings.retain(|finding| finding.rule != Rule::TotalRounded);
    findings
}

#[test]
fn two_facts_of_one_quantity_and_year_must_agree() {
    let fact = |id: &str, value: &str, unit: &str, year: i32| {
        format!(
            "[[fact]]\nid = \"{id}\"\nname = \"x\"\nsubject = \"so2\"\nyear = {year}\nvalue = \"{value}\"\nunit = \"{unit}\"\ncite = [{{ at = \"四\", quote = \"2028年\" }}]\n"
        )
    };
    let contradictions = |text: String| {
        with_file(&text)
            .iter()
            .filter(|finding| finding.rule == Rule::Contradiction)
            .map(|finding| finding.message(Language::English).to_owned())
            .collect::<Vec<_>>()
    };
    let said = contradictions(fact("one", "81713", "t", 2025) + &fact("two", "81723", "t", 2025));
    assert_eq!(said.len(), 1);
    assert!(
        said[0].contains("81713 t") && said[0].contains("81723 t"),
        "{said:?}"
    );
    // the same figure written otherwise, another unit, another year: no contradiction
    for other in [
        fact("two", "81713.0", "t", 2025),
        fact("two", "322", "天", 2025),
        fact("two", "81723", "t", 2026),
    ] {
        assert!(
            contradictions(fact("one", "81713", "t", 2025) + &other).is_empty(),
            "{other}"
        );
    }
}

#[test]
fn identities_between_facts_are_computed() {
    let text = |formula: &str| {
        format!(
            "[[fact]]\nid = \"days\"\nname = \"x\"\nyear = 2025\nvalue = \"322\"\nunit = \"天\"\ncite = [{{ at = \"四\", quote = \"2028年\" }}]\n[[identity]]\nid = \"holds\"\nname = \"成立\"\nformula = '{formula}'\n"
        )
    };
    let rules = |formula: &str| {
        with_file(&text(formula))
            .iter()
            .map(|one| one.rule)
            .collect::<Vec<_>>()
    };
    assert_eq!(rules("round(days * 100 / 365, 1) == decimal(\"88.2\")"), []);
    assert_eq!(
        rules("round(days * 100 / 365, 1) == decimal(\"88.3\")"),
        [Rule::IdentityBroken]
    );
    assert_eq!(rules("days + 1"), [Rule::Formula]);
    assert_eq!(rules("days / 0 == 1"), [Rule::Formula]);
    assert_eq!(rules("nights == 1"), [Rule::UnknownReference]);
    assert_eq!(rules("days =="), [Rule::Formula]);
}

#[test]
fn weights_of_tasks_and_projects_that_say_nothing_are_found() {
    for (from, to) in [
        ("indicators = \"70\"", "indicators = \"0\""),
        ("tasks = \"20\"", "tasks = \"-1\""),
        (
            "tasks = \"20\"                      # 当年年底以前到期的任务 / tasks due by the end of the year\nprojects = \"10\"",
            "tasks = \"0\"\nprojects = \"0.0\"",
        ),
    ] {
        finds(
            "assessment.toml",
            from,
            to,
            &[Rule::Assessment],
            &["work: indicators must weigh more than 0", "mend the figure"],
        );
    }
    // a unit or a word that the rule does not know
    let findings = changed("assessment.toml", "projects = \"10\"", "works = \"10\"");
    assert!(!findings.is_empty());
}

#[test]
fn a_folder_without_a_plan_or_with_two_is_an_error() {
    let (_plan, findings) = check_sources(&[]);
    assert_eq!(
        findings.iter().map(|one| one.rule).collect::<Vec<_>>(),
        [Rule::Header]
    );
    let second = skeleton().remove(0).text;
    let second = second.split("[[region]]").next().unwrap().to_owned();
    let rules: Vec<_> = with_file(&second).iter().map(|one| one.rule).collect();
    assert_eq!(rules, [Rule::Header]);
}

#[test]
fn any_damage_is_reported_and_nothing_panics() {
    for source in skeleton() {
        let step = (source.text.len() / 25).max(1);
        for cut in (0..source.text.len()).step_by(step) {
            let mut sources = skeleton();
            let target = sources
                .iter_mut()
                .find(|one| one.name == source.name)
                .unwrap();
            target.text = source.text.chars().take(cut).collect();
            let (plan, _findings) = check_sources(&sources);
            let _links = plan.links();
        }
    }
}
