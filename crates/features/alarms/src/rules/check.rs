//! What a rule must fulfil before it may be kept.

use exact_decimal::Decimal;

use super::{Condition, Expression, RuleDefinition};

/// Something wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{pointer}: {detail}")]
pub struct RuleProblem {
    /// Where, as a JSON pointer.
    pub pointer: String,
    /// A stable word.
    pub code: &'static str,
    /// In words.
    pub detail: String,
}

impl RuleProblem {
    pub(crate) fn new(pointer: &str, code: &'static str, detail: impl Into<String>) -> Self {
        Self {
            pointer: pointer.to_owned(),
            code,
            detail: detail.into(),
        }
    }
}

const MOST_EXPRESSION_PARTS: usize = 32;

impl RuleDefinition {
    /// Checks what the types cannot say.
    ///
    /// # Errors
    /// Everything that is wrong.
    #[expect(
        clippy::too_many_lines,
        reason = "one check after the other, in the order of the fields"
    )]
    pub fn check(&self) -> Result<(), Vec<RuleProblem>> {
        let mut problems = Vec::new();
        let mut require = |holds: bool, pointer: &str, code: &'static str, detail: &str| {
            if !holds {
                problems.push(RuleProblem::new(pointer, code, detail));
            }
        };
        for (name, pointer) in [(&self.name_zh, "/name_zh"), (&self.name_en, "/name_en")] {
            let length = name.trim().chars().count();
            require(
                (1..=80).contains(&length),
                pointer,
                "length",
                "1 to 80 characters",
            );
        }
        for region in &self.scope.regions {
            require(
                region.parse::<access::RegionCode>().is_ok(),
                "/scope/regions",
                "region_code",
                "no region code",
            );
        }
        require(
            self.life.delay_count >= 1,
            "/life/delay_count",
            "too_small",
            "at least 1; for a delay by seconds alone give a number that is never reached",
        );
        require(
            self.life.recover_count >= 1,
            "/life/recover_count",
            "too_small",
            "at least 1",
        );
        for step in &self.life.steps {
            require(
                step.after_s.is_some() != step.multiple.is_some(),
                "/life/steps",
                "one_of",
                "exactly one of after_s and multiple",
            );
            require(
                step.after_s != Some(0)
                    && step.multiple.is_none_or(|multiple| !multiple.is_negative()),
                "/life/steps",
                "too_small",
                "after_s above 0, multiple not below 0",
            );
        }
        if let Some(storm) = &self.storm {
            require(
                storm.least >= 2 && storm.window_s >= 1,
                "/storm",
                "too_small",
                "at least 2 alarms within at least 1 second",
            );
        }
        match &self.condition {
            Condition::OverUpper(limits) | Condition::BelowLower(limits) => {
                require(
                    !limits.kinds.is_empty(),
                    "/condition/kinds",
                    "empty",
                    "at least one kind of record",
                );
                require(
                    !limits.hysteresis.is_negative() && limits.hysteresis < Decimal::ONE,
                    "/condition/hysteresis",
                    "out_of_range",
                    "from 0 to below 1",
                );
            }
            Condition::Fault(flags) | Condition::Maintenance(flags) => require(
                !flags.kinds.is_empty() && !flags.flags.is_empty(),
                "/condition",
                "empty",
                "at least one kind of record and one flag",
            ),
            Condition::Combined { when, .. } => {
                let parts = count_parts(when);
                require(
                    parts.is_some_and(|parts| parts <= MOST_EXPRESSION_PARTS),
                    "/condition/when",
                    "parts",
                    "all and any need parts, at most 32 in all",
                );
            }
            Condition::Offline { after_s } => {
                require(
                    *after_s >= 1,
                    "/condition/after_s",
                    "too_small",
                    "at least 1",
                );
            }
            Condition::Missing { count, .. } => {
                require(*count >= 1, "/condition/count", "too_small", "at least 1");
            }
            Condition::Stuck {
                count, tolerance, ..
            } => {
                require(*count >= 2, "/condition/count", "too_small", "at least 2");
                require(
                    !tolerance.is_negative(),
                    "/condition/tolerance",
                    "too_small",
                    "not below 0",
                );
            }
            Condition::ClockSkew { more_than_s } => require(
                *more_than_s >= 1,
                "/condition/more_than_s",
                "too_small",
                "at least 1",
            ),
            Condition::Platform { above, below, .. } => require(
                above.is_some() || below.is_some(),
                "/condition",
                "one_of",
                "above or below",
            ),
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }
}

/// The number of comparisons, or nothing when a group is empty.
fn count_parts(expression: &Expression) -> Option<usize> {
    match expression {
        Expression::All { of } | Expression::Any { of } => {
            if of.is_empty() {
                return None;
            }
            of.iter().map(count_parts).sum()
        }
        Expression::Above { .. } | Expression::Below { .. } | Expression::Flagged { .. } => Some(1),
    }
}
