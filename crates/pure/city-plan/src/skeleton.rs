//! A first plan with comments, for another city.

use crate::read::PlanSource;

/// The files of a new plan: they pass the check with hints only.
pub fn skeleton() -> Vec<PlanSource> {
    [
        ("plan.toml", include_str!("skeleton/plan.toml")),
        ("indicators.toml", include_str!("skeleton/indicators.toml")),
        ("tasks.toml", include_str!("skeleton/tasks.toml")),
        ("projects.toml", include_str!("skeleton/projects.toml")),
        ("assessment.toml", include_str!("skeleton/assessment.toml")),
        ("text.txt", include_str!("skeleton/text.txt")),
    ]
    .into_iter()
    .map(|(name, text)| PlanSource {
        name: name.to_owned(),
        text: text.to_owned(),
    })
    .collect()
}
