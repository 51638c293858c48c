//! What a measurement leaves behind: a table and JSON under `target/bench/`, and how far each figure
//! is from its goal.

use std::fmt;

use anyhow::Result;
use serde::Serialize;

use crate::project::Project;

/// A figure beside its goal, said in words.
#[derive(Debug, Clone, Copy)]
pub(super) struct Goal {
    measured: f64,
    wanted: f64,
    is_floor: bool,
    unit: &'static str,
}

impl Goal {
    /// The figure must not be above the goal.
    pub(super) const fn at_most(measured: f64, goal: f64, unit: &'static str) -> Self {
        Self {
            measured,
            wanted: goal,
            is_floor: false,
            unit,
        }
    }

    /// The figure must not be below the goal.
    pub(super) const fn at_least(measured: f64, goal: f64, unit: &'static str) -> Self {
        Self {
            measured,
            wanted: goal,
            is_floor: true,
            unit,
        }
    }

    /// By how much the goal is missed; what cannot be compared is missed by all of it.
    fn short_by(&self) -> Option<f64> {
        let short = if self.is_floor {
            self.wanted - self.measured
        } else {
            self.measured - self.wanted
        };
        match short {
            short if short <= 0.0 => None,
            short if short.is_nan() => Some(self.wanted),
            short => Some(short),
        }
    }
}

impl fmt::Display for Goal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.is_floor { '≥' } else { '≤' };
        let (goal, unit) = (self.wanted, self.unit);
        write!(formatter, "{sign} {goal} {unit}: ")?;
        match self.short_by() {
            None => formatter.write_str("met"),
            Some(short) => {
                let percent = short / goal * 100.0;
                write!(
                    formatter,
                    "**short by {short:.1} {unit}** ({percent:.0} % of the goal)"
                )
            }
        }
    }
}

/// Prints the table and writes both forms.
pub(super) fn write_report(
    project: &Project,
    name: &str,
    report: &impl Serialize,
    markdown: &str,
) -> Result<()> {
    println!("\n{markdown}");
    let folder = project.path("target/bench");
    std::fs::create_dir_all(&folder)?;
    let (json, table) = (
        folder.join(format!("{name}.json")),
        folder.join(format!("{name}.md")),
    );
    std::fs::write(&json, serde_json::to_string_pretty(report)?)?;
    std::fs::write(&table, markdown)?;
    println!("written: {} and {}", json.display(), table.display());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missed_goal_says_by_how_much() {
        let text = |goal: Goal| goal.to_string();
        assert_eq!(text(Goal::at_most(60.0, 60.0, "s")), "≤ 60 s: met");
        assert_eq!(
            text(Goal::at_most(90.0, 60.0, "s")),
            "≤ 60 s: **short by 30.0 s** (50 % of the goal)"
        );
        assert_eq!(
            text(Goal::at_least(15_000.0, 20_000.0, "packets/s")),
            "≥ 20000 packets/s: **short by 5000.0 packets/s** (25 % of the goal)"
        );
        assert!(text(Goal::at_most(f64::NAN, 4.0, "bytes")).contains("short by 4.0"));
    }
}
