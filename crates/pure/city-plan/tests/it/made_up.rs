//! The skeleton is a small made-up plan of another city: nothing is bound to Hengyang.

use city_plan::{Language, Rule, Severity, check_sources, skeleton};

use crate::support::shown;

#[test]
fn the_skeleton_passes_with_only_the_intended_hints() {
    let (plan, findings) = check_sources(&skeleton());
    let found: Vec<_> = findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(
        found,
        [Rule::TotalRounded],
        "{}",
        shown(&findings, Language::English)
    );
    assert!(findings.iter().all(|one| one.severity() == Severity::Hint));
    assert_eq!(plan.indicators.len(), 1);
    assert_eq!(plan.tasks.len(), 2);
    assert_eq!(plan.links().len(), 11);
}

#[test]
fn a_plan_in_one_file_is_read_like_one_in_many() {
    let mut whole = String::new();
    let mut sources = skeleton();
    sources.retain(|source| {
        if source.name == "text.txt" {
            return true;
        }
        whole.push_str(&source.text);
        whole.push('\n');
        false
    });
    sources.push(city_plan::PlanSource {
        name: "plan.toml".to_owned(),
        text: whole,
    });
    let (plan, findings) = check_sources(&sources);
    let found: Vec<_> = findings.iter().map(|finding| finding.rule).collect();
    assert_eq!(found, [Rule::TotalRounded]);
    assert_eq!(plan.investments.len(), 2);
}
