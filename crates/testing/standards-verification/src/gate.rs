//! One comparison of computed with published results: what was tried, what was equal, what not.

use std::collections::BTreeMap;

/// What a gate demands of its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Demand {
    /// Every row equal, but at most so many, each named in the text of the gate.
    AllBut(u64),
    /// At least so many rows of a thousand.
    PerMille(u64),
    /// Nothing: the rate is reported.
    None,
}

/// A row whose computed result is not the published one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mismatch {
    /// What sort of difference it is.
    pub(crate) kind: String,
    /// The row, what was published, what was computed.
    pub(crate) detail: String,
}

/// One comparison over many rows.
#[derive(Debug, Clone)]
pub(crate) struct Gate {
    /// What is compared.
    pub(crate) name: &'static str,
    /// What it demands.
    pub(crate) demand: Demand,
    /// Rows compared.
    pub(crate) tried: u64,
    /// Rows equal.
    pub(crate) equal: u64,
    /// Rows left out, by reason.
    pub(crate) left_out: BTreeMap<&'static str, u64>,
    /// The rows that differ.
    pub(crate) mismatches: Vec<Mismatch>,
}

impl Gate {
    /// A gate without rows yet.
    pub(crate) fn new(name: &'static str, demand: Demand) -> Self {
        Self {
            name,
            demand,
            tried: 0,
            equal: 0,
            left_out: BTreeMap::new(),
            mismatches: Vec::new(),
        }
    }

    /// Counts a row that is not compared.
    pub(crate) fn leave_out(&mut self, reason: &'static str) {
        *self.left_out.entry(reason).or_default() += 1;
    }

    /// Counts a row; `differs` tells of the difference when there is one.
    pub(crate) fn count(&mut self, is_equal: bool, differs: impl FnOnce() -> Mismatch) {
        self.tried += 1;
        if is_equal {
            self.equal += 1;
        } else {
            self.mismatches.push(differs());
        }
    }

    /// Whether the demand is met. A gate that tried nothing has not passed.
    pub(crate) fn has_passed(&self) -> bool {
        let missed = self.tried - self.equal;
        self.tried > 0
            && match self.demand {
                Demand::AllBut(allowed) => missed <= allowed,
                Demand::PerMille(share) => self.equal * 1000 >= self.tried * share,
                Demand::None => true,
            }
    }

    /// The rate in percent with four decimals, cut off: 100 means every row.
    fn rate(&self) -> String {
        if self.tried == 0 {
            return "-".to_owned();
        }
        let millionths = self.equal * 1_000_000 / self.tried;
        format!("{}.{:04} %", millionths / 10_000, millionths % 10_000)
    }

    /// The lines that tell of the gate, with at most `shown` mismatches of each kind.
    pub(crate) fn lines(&self, shown: usize) -> Vec<String> {
        let verdict = match (self.has_passed(), self.demand) {
            (true, Demand::None) => "reported",
            (true, _) => "passed",
            (false, _) => "FAILED",
        };
        let demand = match self.demand {
            Demand::AllBut(0) => "every row".to_owned(),
            Demand::AllBut(count) => format!("every row but {count}"),
            Demand::PerMille(share) => format!("at least {}.{} %", share / 10, share % 10),
            Demand::None => "none".to_owned(),
        };
        let mut lines = vec![
            format!("{verdict}: {}", self.name),
            format!(
                "    tried {}, equal {} ({}), demanded: {demand}",
                self.tried,
                self.equal,
                self.rate()
            ),
        ];
        for (reason, count) in &self.left_out {
            lines.push(format!("    left out {count}: {reason}"));
        }
        let mut kinds: BTreeMap<&str, Vec<&Mismatch>> = BTreeMap::new();
        for mismatch in &self.mismatches {
            kinds.entry(&mismatch.kind).or_default().push(mismatch);
        }
        for (kind, mismatches) in kinds {
            lines.push(format!("    {} differ: {kind}", mismatches.len()));
            for mismatch in mismatches.iter().take(shown) {
                lines.push(format!("        {}", mismatch.detail));
            }
            if mismatches.len() > shown {
                lines.push(format!(
                    "        … {} more in the file of mismatches",
                    mismatches.len() - shown
                ));
            }
        }
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(demand: Demand, equal: u64, missed: u64) -> Gate {
        let mut gate = Gate::new("test", demand);
        for row in 0..equal + missed {
            gate.count(row < equal, || Mismatch {
                kind: "other".to_owned(),
                detail: row.to_string(),
            });
        }
        gate
    }

    #[test]
    fn a_gate_without_rows_has_not_passed() {
        assert!(!gate(Demand::AllBut(0), 0, 0).has_passed());
        assert!(!gate(Demand::None, 0, 0).has_passed());
    }

    #[test]
    fn equality_is_demanded_of_every_row_but_the_named() {
        assert!(gate(Demand::AllBut(0), 5, 0).has_passed());
        assert!(!gate(Demand::AllBut(0), 5, 1).has_passed());
        assert!(gate(Demand::AllBut(1), 5, 1).has_passed());
    }

    #[test]
    fn a_share_is_judged_without_rounding() {
        assert!(gate(Demand::PerMille(990), 99, 1).has_passed());
        assert!(!gate(Demand::PerMille(990), 98, 1).has_passed());
    }

    #[test]
    fn the_report_names_each_kind_and_says_how_many_more_there_are() {
        let lines = gate(Demand::PerMille(500), 9, 3).lines(2);
        assert_eq!(lines.first().map(String::as_str), Some("passed: test"));
        assert!(lines.iter().any(|line| line.contains("3 differ: other")));
        assert!(lines.iter().any(|line| line.contains("… 1 more")));
    }
}
